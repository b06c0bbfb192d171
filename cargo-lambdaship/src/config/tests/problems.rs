//! How problems are shown.

use insta::assert_snapshot;

use super::{refused, resolve};

#[test]
fn a_misspelt_key() {
    assert_snapshot!(refused("[function]\nmemroy = 256\n", "local"), @"
    lambdaship.toml has 1 problem

    unknown key `memroy` in [function]
     --> lambdaship.toml:2:1
      |
    2 | memroy = …
      | ^^^^^^
      = help: did you mean `memory`?
    ");
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(refused("[function]\nmemory = \"256\"\n", "local"), @r#"
    lambdaship.toml has 1 problem

    `memory` must be an integer, not a string
     --> lambdaship.toml:2:10
      |
    2 | memory = "256"
      |          ^^^^^
    "#);
}

#[test]
fn a_timeout_without_a_unit() {
    assert_snapshot!(refused("[function]\ntimeout = 10\n", "local"), @r#"
    lambdaship.toml has 1 problem

    `timeout` must be a string with a unit, not a bare number
     --> lambdaship.toml:2:11
      |
    2 | timeout = 10
      |           ^^
      = help: write `timeout = "10s"` for 10 seconds
    "#);
}

#[test]
fn out_of_range() {
    assert_snapshot!(refused("[functions.hello]\nmemory = 64 # too little\n", "local"), @"
    lambdaship.toml has 1 problem

    `memory` must be 128 to 10240 MB, not 64
     --> lambdaship.toml:2:10
      |
    2 | memory = 64
      |          ^^
    ");
}

#[test]
fn an_unknown_function() {
    assert_snapshot!(refused("[env.prod.functions.helo]\nmemory = 256\n", "local"), @"
    lambdaship.toml has 1 problem

    there is no function `helo` in the workspace
     --> lambdaship.toml:1:21
      |
    1 | [env.prod.functions.helo]
      |                     ^^^^
      = help: did you mean `hello`? The functions are `hello`, `worker`
    ");
}

#[test]
fn an_unknown_environment() {
    assert_snapshot!(refused("[env.staging]\n[env.prod]\n", "stagin"), @"
    there is no environment `stagin` in lambdaship.toml
    hint: did you mean `staging`? The environments are `prod`, `staging`, `local`; add one with a section `[env.stagin]` in lambdaship.toml
    ");
}

#[test]
fn several_problems_at_once() {
    assert_snapshot!(
        refused("[function]\narch = \"arm46\"\ntags = { team = 1 }\n\n[build]\nbuilder = 1\n", "local"),
        @r#"
    lambdaship.toml has 3 problems

    `arch` must be `arm64` or `x86_64`, not `arm46`
     --> lambdaship.toml:2:8
      |
    2 | arch = "arm46"
      |        ^^^^^^^
      = help: did you mean `arm64`?

    `tags.team` must be a string, not an integer
     --> lambdaship.toml:3:10
      |
    3 | tags = { team = … }
      |          ^^^^

    `builder` must be a string, not an integer
     --> lambdaship.toml:6:11
      |
    6 | builder = 1
      |           ^
    "#
    );
}

#[test]
fn a_syntax_error() {
    assert_snapshot!(refused("[function]\nmemory = \n", "local"), @"
    lambdaship.toml has 1 problem

    not TOML: string values must be quoted, expected literal string
     --> lambdaship.toml:2:10
    ");
}

#[test]
fn a_key_of_a_later_version() {
    assert_snapshot!(refused("[function]\nqueues = []\n", "prod"), @"
    lambdaship.toml has 1 problem

    this version does not know the key `queues` in [function] yet
     --> lambdaship.toml:2:1
      |
    2 | queues = []
      | ^^^^^^
    ");
}

#[test]
fn a_name_that_is_too_long_for_a_lambda() {
    let long = format!("[function]\nname = \"{}-{{function}}\"\n", "x".repeat(60));
    assert_snapshot!(refused(&long, "local"), @r#"
    lambdaship.toml has 2 problems

    function `hello`: lambda name `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-hello` must be 1 to 64 letters, digits, `-` or `_`
     --> lambdaship.toml:2:8
      |
    2 | name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-{function}"
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^

    function `worker`: lambda name `xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-worker` must be 1 to 64 letters, digits, `-` or `_`
     --> lambdaship.toml:2:8
      |
    2 | name = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-{function}"
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn two_functions_that_are_one_lambda() {
    assert_snapshot!(refused("[function]\nname = \"acme-{env}\"\n", "local"), @"
    lambdaship.toml has 1 problem

    functions `hello` and `worker` would both be the lambda `acme-local` in local
      = help: use `{function}` in `name`, or give each its own
    ");
}

#[test]
fn two_environments_that_are_one_alias() {
    let text = |more: &str| format!("[function]\nname = \"{{function}}\"\n[env.prod]\n{more}[env.staging]\n");
    assert_snapshot!(refused(&text(""), "staging"), @"
    lambdaship.toml has 1 problem

    environments `staging` and `prod` would both move the alias `live` of the lambda `hello`
      = help: use `{env}` in `name` or in `alias`, or state another `account` or `region`
    ");
    for distinct in ["alias = \"{env}\"\n", "name = \"{function}-{env}\"\n"] {
        assert!(resolve(&text(distinct), "staging").is_ok(), "{distinct}");
    }
    assert!(resolve(&text("").replace("staging", "local"), "local").is_ok());
}

#[test]
fn two_environments_that_may_be_one_place() {
    let (a, b) = ("account = \"111111111111\"\n", "account = \"222222222222\"\n");
    let (west, east) = ("region = \"eu-west-1\"\n", "region = \"us-east-1\"\n");
    let (both, far) =
        ("regions = [\"us-east-1\", \"eu-west-1\"]\n", "regions = [\"eu-north-1\", \"us-west-2\"]\n");
    let (p, q) = ("aws-profile = \"p\"\n", "aws-profile = \"q\"\n");
    let (here, empty) = ("endpoint-url = \"http://localhost:4566\"\n", "");
    for (prod, staging, one) in [
        ([a, west, p], [a, west, q], true),
        ([a, west, p], [a, west, empty], true),
        ([a, west, empty], [empty, west, empty], true),
        ([a, west, empty], [a, empty, empty], true),
        ([empty, west, p], [empty, empty, p], true),
        ([a, west, empty], [a, both, empty], true),
        ([a, both, empty], [a, both, empty], true),
        ([a, both, empty], [a, empty, empty], true),
        ([a, both, empty], [a, far, empty], false),
        ([a, west, empty], [a, far, empty], false),
        ([a, west, p], [b, west, p], false),
        ([a, west, empty], [a, east, empty], false),
        ([a, west, empty], [a, west, here], false),
        ([a, west, empty], [empty, empty, empty], false),
        ([a, west, p], [empty, west, q], false),
        ([empty, west, p], [empty, west, q], false),
        ([empty, west, p], [empty, west, empty], false),
    ] {
        let (prod, staging) = (prod.concat(), staging.concat());
        let text = format!("[function]\nname = \"{{function}}\"\n[env.prod]\n{prod}[env.staging]\n{staging}");
        assert_eq!(resolve(&text, "staging").is_err(), one, "{text}");
        assert_eq!(resolve(&text, "prod").is_err(), one, "{text}");
    }
}

#[test]
fn an_env_file_that_is_not_there() {
    assert_snapshot!(refused("[env.prod]\nenv-file = \"prod.env\"\n", "prod"), @r#"
    lambdaship.toml has 1 problem

    `env-file` names prod.env, which does not exist
     --> lambdaship.toml:2:12
      |
    2 | env-file = "prod.env"
      |            ^^^^^^^^^^
    "#);
    assert!(resolve("[env.prod]\nenv-file = \"prod.env\"\n", "local").is_ok());
}

#[test]
fn levels_without_json() {
    assert_snapshot!(refused("[functions.hello]\nlogging = { level = \"info\" }\n", "local"), @r#"
    lambdaship.toml has 1 problem

    `logging.level` of function `hello` needs JSON logs
     --> lambdaship.toml:2:21
      |
    2 | logging = { level = "info" }
      |                     ^^^^^^
      = help: add `format = "json"` to `logging`
    "#);
}

#[test]
fn parts_that_need_each_other() {
    let text = "[function]\nvpc = { subnets = [\"subnet-1\"] }\nfile-system = { mount = \"/mnt/x\" }\n";
    assert_snapshot!(refused(text, "local"), @"
    lambdaship.toml has 2 problems

    `vpc` must have both `subnets` and `security-groups`, or neither
     --> lambdaship.toml:2:1
      |
    2 | vpc = { subnets = […] }
      | ^^^

    `file-system` must have both `arn` and `mount`
     --> lambdaship.toml:3:1
      |
    3 | file-system = { mount = … }
      | ^^^^^^^^^^^
    ");
}
