//! The import, on configurations such as cargo-lambda's users write.

use camino::Utf8Path;
use insta::assert_snapshot;
use serde_json::json;

use super::super::render;
use super::{Sources, Value, import};
use crate::config::Config;
use crate::model::EnvName;
use crate::workspace::testing::workspace;

/// What is written for `sources`, which must load.
fn written(sources: &Sources) -> String {
    let workspace = workspace(&["hello", "worker"]);
    let text = render(&workspace.functions, &import(sources, &workspace.functions));
    let config = Config::parse("lambdaship.toml", &text, Utf8Path::new("/workspace")).unwrap();
    let local = EnvName::new("local").unwrap();
    if let Err(error) = config.resolve(&local, &workspace) {
        // The env file is not there; anything else is wrong.
        assert!(error.to_string().contains("which does not exist"), "{error}");
    }
    let kept = |line: &&str| {
        let example = line.starts_with("# ") && !line.starts_with("# - ");
        !example && !line.is_empty()
    };
    text.lines().filter(kept).collect::<Vec<_>>().join("\n")
}

fn package(lambda: &Value) -> Sources {
    Sources { packages: vec![("hello".to_owned(), json!({ "lambda": lambda }))], ..Sources::default() }
}

#[test]
fn everything_that_has_an_equal_is_carried_over() {
    assert_snapshot!(written(&package(&json!({
        "env": { "RUST_LOG": "info", "TOKEN": "ssm:/not-looked-up" },
        "deploy": {
            "memory": 512, "timeout": 60, "tracing": "Active",
            "iam_role": "arn:aws:iam::111111111111:role/hello",
            "env_file": ".env.production", "env": { "VAR1": "VAL1" }, "env_var": ["VAR2=VAL=2"],
            "layers": ["arn:aws:lambda:eu-west-1:111111111111:layer:a:1"],
            "tags": { "team": "lambda" }, "description": "says hello", "log_retention": 14,
            "subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"], "ipv6_allowed_for_dual_stack": true,
            "merge_env": true, "runtime": "provided.al2023",
        },
        "build": { "compiler": { "type": "cargo_zigbuild" }, "arm64": true, "release": true },
    }))), @r#"
    [function]
    [functions.hello]
    arch = "arm64"
    description = "says hello"
    env-file = ".env.production"
    layers = ["arn:aws:lambda:eu-west-1:111111111111:layer:a:1"]
    logging = { retention = 14 }
    memory = 512
    role = "arn:aws:iam::111111111111:role/hello"
    tags = { team = "lambda" }
    timeout = "60s"
    tracing = "active"
    variables = { RUST_LOG = "info", TOKEN = "literal:ssm:/not-looked-up", VAR1 = "VAL1", VAR2 = "VAL=2" }
    vpc = { ipv6 = true, security-groups = ["sg-1"], subnets = ["subnet-1"] }
    [build]
    builder = "zig"
    "#);
}

#[test]
fn what_has_no_equal_is_listed() {
    assert_snapshot!(written(&package(&json!({
        "watch": { "port": 9000 },
        "deploy": {
            "enable_function_url": true, "s3_bucket": "acme", "region": "eu-west-1", "name": "hi",
            "layers": ["layer-full-arn"], "timeout": 1000, "tracing": 1, "include": ["assets"],
            "runtime": "provided.al2", "env": { "AWS_REGION": "canary", "OTHER": 1 },
        },
        "build": { "compiler": { "type": "cargo", "subcommand": ["brazil"] }, "target": "x86_64-unknown-linux-musl" },
    }))), @r#"
    # - package.metadata.lambda of `hello`: `build.compiler` is carried over without its subcommand and extra arguments
    # - package.metadata.lambda of `hello`: `build.target` is carried over as `arch` alone; functions are built for glibc 2.34
    # - package.metadata.lambda of `hello`: `deploy.enable_function_url` is not carried over: it has no equal here
    # - package.metadata.lambda of `hello`: `deploy.env` is not carried over: its value is not understood
    # - package.metadata.lambda of `hello`: `deploy.include` is carried over, but its entries are globs relative to the package's folder here (`folder/**` for a folder)
    # - package.metadata.lambda of `hello`: `deploy.name` is not carried over: state it as `name` of the function
    # - package.metadata.lambda of `hello`: `deploy.region` is not carried over: state it in an environment, `[env.NAME]`
    # - package.metadata.lambda of `hello`: `deploy.runtime` is not carried over: it has no equal here
    # - package.metadata.lambda of `hello`: `deploy.s3_bucket` is not carried over: it has no equal here
    # - package.metadata.lambda of `hello`: `tracing` is not carried over: its value is not understood
    # - package.metadata.lambda of `hello`: `watch` is not carried over: it has no equal here
    # - package.metadata.lambda of `hello`: not carried over: `layers` must look like `arn:aws:lambda:…:layer:…`, not `layer-full-arn`
    # - package.metadata.lambda of `hello`: not carried over: `timeout` must be 1s to 900s (15m), not 1000s
    [function]
    [functions.hello]
    arch = "x86_64"
    include = ["assets"]
    [build]
    builder = "cargo"
    "#);
}

#[test]
fn the_nearer_table_wins() {
    let deploy = |memory: u32| json!({ "deploy": { "memory": memory } });
    let mut sources = Sources {
        file: json!({ "deploy": { "memory": 128, "timeout": 5, "tags": "team=a,cost=b" } }),
        workspace: json!({ "lambda": { "deploy": { "memory": 256 }, "bin": { "worker": deploy(300) } } }),
        packages: vec![
            (
                "hello".to_owned(),
                json!({ "lambda": { "deploy": { "memory": 512 }, "bin": { "hello": deploy(1024) } } }),
            ),
            ("worker".to_owned(), Value::Null),
        ],
    };
    assert_snapshot!(written(&sources), @r#"
    [function]
    memory = 256
    tags = { cost = "b", team = "a" }
    timeout = "5s"
    [functions.hello]
    memory = 1024
    [functions.worker]
    memory = 300
    "#);
    sources.packages.clear();
    sources.workspace = Value::Null;
    assert_snapshot!(written(&sources), @r#"
    [function]
    memory = 128
    tags = { cost = "b", team = "a" }
    timeout = "5s"
    "#);
}

#[test]
fn no_note_shows_the_value_of_a_variable() {
    for env in
        [json!({ "AWS_REGION": "canary" }), json!(["canary"]), json!("canary"), json!({ "A": ["canary"] })]
    {
        for lambda in [json!({ "env": env }), json!({ "deploy": { "env": env } })] {
            let workspace = workspace(&["hello"]);
            let notes = import(&package(&lambda), &workspace.functions).notes;
            assert!(!notes.is_empty(), "{lambda}");
            assert!(!notes.concat().contains("canary"), "{notes:?}");
        }
    }
}
