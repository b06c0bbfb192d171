//! Which layer wins, for every setting.

use camino::{Utf8Path, Utf8PathBuf};

use super::resolve;
use crate::config::{Config, FunctionConfig};
use crate::model::{AliasName, EnvName, LambdaName, Logging, Secret, Settings, Variable};
use crate::workspace::testing::workspace;

/// The tables that a setting can be in, the last word last.
const LAYERS: [&str; 4] = ["[function]", "[functions.hello]", "[env.prod]", "[env.prod.functions.hello]"];

/// Every setting that is replaced whole, with a value for each layer.
const SETTINGS: [(&str, [&str; 4]); 24] = [
    ("name", ["'a-{function}'", "'b-{function}'", "'c-{function}'", "'d-{function}'"]),
    ("alias", ["'a'", "'b'", "'{env}'", "'d'"]),
    ("include", ["['a']", "['b']", "['c', 'd']", "['d/**']"]),
    ("arch", ["'arm64'", "'x86_64'", "'arm64'", "'x86_64'"]),
    ("memory", ["128", "256", "512", "1024"]),
    ("timeout", ["'1s'", "'2s'", "'3m'", "'4s'"]),
    ("role", ["'one'", "'arn:aws:iam::111111111111:role/two'", "'three'", "'path/four'"]),
    (
        "layers",
        [
            "['arn:aws:lambda:eu-west-1:111111111111:layer:a:1']",
            "[]",
            "['arn:aws:lambda:eu-west-1:111111111111:layer:c:1']",
            "['arn:aws:lambda:eu-west-1:111111111111:layer:d:1']",
        ],
    ),
    (
        "vpc",
        [
            "{ subnets = ['subnet-1'], security-groups = ['sg-1'], ipv6 = true }",
            "{ subnets = [] }",
            "{ subnets = ['subnet-3'], security-groups = ['sg-3'] }",
            "{ subnets = ['subnet-4'], security-groups = ['sg-4'] }",
        ],
    ),
    ("tracing", ["'active'", "'pass-through'", "'active'", "'pass-through'"]),
    ("ephemeral-storage", ["512", "513", "514", "10240"]),
    (
        "dead-letter",
        ["'arn:aws:sqs:eu-west-1:111111111111:a'", "''", "'arn:aws:sns:eu-west-1:111111111111:c'", "''"],
    ),
    (
        "kms-key",
        [
            "'arn:aws:kms:eu-west-1:111111111111:key/a'",
            "''",
            "'arn:aws:kms:eu-west-1:111111111111:key/c'",
            "''",
        ],
    ),
    (
        "file-system",
        [
            "{ arn = 'arn:aws:elasticfilesystem:eu-west-1:111111111111:access-point/fsap-1', mount = '/mnt/a' }",
            "{ arn = 'arn:aws:elasticfilesystem:eu-west-1:111111111111:access-point/fsap-2', mount = '/mnt/a' }",
            "{ arn = 'arn:aws:elasticfilesystem:eu-west-1:111111111111:access-point/fsap-2', mount = '/mnt/c' }",
            "{ arn = 'arn:aws:elasticfilesystem:eu-west-1:111111111111:access-point/fsap-4', mount = '/mnt/d' }",
        ],
    ),
    ("logging.format", ["'json'", "'text'", "'json'", "'text'"]),
    ("logging.group", ["'/a'", "'/b'", "'/c'", "'/d'"]),
    ("logging.retention", ["1", "3", "5", "3653"]),
    ("tags.team", ["'a'", "'b'", "''", "'d'"]),
    ("description", ["'a'", "'b'", "''", "'d'"]),
    ("reserved-concurrency", ["1", "2", "0", "4"]),
    ("provisioned-concurrency", ["1", "2", "0", "4"]),
    ("variables.TOKEN", ["'a'", "'ssm:/b'", "'secret:c'", "false"]),
    ("variables.OTHER", ["false", "''", "'literal:ssm:/c'", "'d'"]),
    (
        "code-signing",
        [
            "'arn:aws:lambda:eu-west-1:111111111111:code-signing-config:csc-1'",
            "''",
            "'arn:aws:lambda:eu-west-1:111111111111:code-signing-config:csc-3'",
            "''",
        ],
    ),
];

/// Everything that is resolved for `hello` in `prod`.
fn hello(text: &str) -> (LambdaName, AliasName, Vec<String>, Settings) {
    let FunctionConfig { lambda, alias, include, settings, .. } =
        resolve(text, "prod").unwrap().functions.remove(0);
    (lambda, alias, include, settings)
}

#[test]
fn the_last_layer_that_states_a_setting_wins() {
    for (key, values) in SETTINGS {
        // Every set of layers that could state it, but none.
        for stated in 1..16_usize {
            let layers = (0..4).filter(|layer| stated & (1 << layer) != 0);
            let mut text = String::from("[env.prod]\n");
            let mut last = "";
            for layer in layers {
                if layer != 2 {
                    text.push_str(LAYERS[layer]);
                    text.push('\n');
                }
                last = values[layer];
                let line = format!("{key} = {last}\n");
                if layer == 2 { text.insert_str("[env.prod]\n".len(), &line) } else { text.push_str(&line) }
            }
            let expected = hello(&format!("[env.prod]\n[function]\n{key} = {last}\n"));
            assert_eq!(hello(&text), expected, "{text}");
            assert_ne!(hello(&text), hello("[env.prod]"), "{key} = {last} changes nothing");
        }
    }
}

#[test]
fn nothing_stated_states_nothing() {
    let (lambda, alias, include, settings) = hello("[env.prod]");
    assert_eq!((lambda.as_str(), alias.as_str()), ("hello-prod", "live"));
    assert_eq!((include, settings), (Vec::new(), Settings::default()));
}

#[test]
fn one_functions_settings_are_not_anothers() {
    let text = "[functions.hello]\nmemory = 512\n[env.prod.functions.hello]\ntimeout = '9s'\n";
    let environment = resolve(text, "prod").unwrap();
    let worker = &environment.functions[1];
    assert_eq!(worker.function.name.as_str(), "worker");
    assert_eq!(worker.settings, Settings::default());
}

#[test]
fn variables_tags_and_logging_merge_part_by_part() {
    let (_, _, _, settings) = hello(
        "[function]\nvariables = { AA = 'low', BB = 'low' }\ntags = { team = 'a', cost = 'x' }\n\
         logging = { format = 'json', group = '/a' }\n\
         [functions.hello]\nvariables.BB = 'high'\ntags.team = 'b'\nlogging.level = 'warn'\n\
         [env.prod]\nvariables.CC = false\nlogging = { system-level = 'debug' }\n",
    );
    let value = |text: &str| Variable::Value(Secret::new(text));
    let expected = [("AA", value("low")), ("BB", value("high")), ("CC", Variable::Removed)];
    assert_eq!(settings.variables, expected.map(|(name, v)| (name.to_owned(), v)).into());
    assert_eq!(
        settings.tags,
        [("cost", "x"), ("team", "b")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    );
    assert_eq!(
        settings.logging,
        Logging {
            format: Some(crate::model::LogFormat::Json),
            level: Some(crate::model::LogLevel::Warn),
            system_level: Some(crate::model::LogLevel::Debug),
            group: Some("/a".to_owned()),
            retention: None,
        }
    );
}

#[test]
fn an_env_file_is_below_the_variables_of_its_table_and_above_lower_tables() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
    fs_err::write(root.join("prod.env"), "# comment\nAA=file\nexport BB='file'\nCC=ssm:/file\n").unwrap();
    let text = "[function]\nvariables = { AA = 'low', DD = 'low' }\n\
                [env.prod]\nenv-file = 'prod.env'\nvariables = { BB = 'high' }\n";
    let config = Config::parse("lambdaship.toml", text, &root).unwrap();
    let environment = config.resolve(&EnvName::new("prod").unwrap(), &workspace(&["hello"])).unwrap();
    let value = |text: &str| Variable::Value(Secret::new(text));
    let expected = [
        ("AA", value("file")),
        ("BB", value("high")),
        ("CC", Variable::Ssm("/file".to_owned())),
        ("DD", value("low")),
    ];
    assert_eq!(environment.functions[0].settings.variables, expected.map(|(n, v)| (n.to_owned(), v)).into());
}

#[test]
fn an_environment_says_where_it_is() {
    let environment = resolve(
        "[env.prod]\nregion = 'eu-west-1'\naccount = '012345678901'\naws-profile = 'acme'\n\
         endpoint-url = 'http://127.0.0.1:4566'\n",
        "prod",
    )
    .unwrap();
    assert_eq!(environment.regions[0].as_str(), "eu-west-1");
    assert_eq!(environment.account.unwrap().as_str(), "012345678901");
    assert_eq!(environment.aws_profile.as_deref(), Some("acme"));
    assert_eq!(environment.endpoint_url.as_deref(), Some("http://127.0.0.1:4566"));
}

#[test]
fn local_needs_no_file_and_an_explicit_file_must_be_there() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
    let context = crate::workspace::testing::context(&root);
    let config = crate::config::load(&context, &root, None).unwrap();
    assert_eq!(config.environments().count(), 0);
    let local = config.resolve(&EnvName::new("local").unwrap(), &workspace(&["hello"])).unwrap();
    assert_eq!(local.functions[0].lambda.as_str(), "hello-local");
    let missing = crate::config::load(&context, &root, Some(Utf8Path::new("other.toml"))).unwrap_err();
    assert_eq!(missing.to_string(), format!("there is no configuration file {}", root.join("other.toml")));
    fs_err::write(root.join("lambdaship.toml"), "[env.prod]\n").unwrap();
    let config = crate::config::load(&context, &root, None).unwrap();
    assert_eq!(config.environments().map(EnvName::as_str).collect::<Vec<_>>(), ["prod"]);
}
