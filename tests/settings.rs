//! Every setting reaches the version that the alias serves: at the first deploy, and when it changes.

use cargo_lambdaship::local::ACCOUNT;
use serde_json::{Value, json};

use crate::support::server::fresh_account;
use crate::support::stage::{Stage, for_this_machine};
use crate::support::{Answers, Local, Server, venv};

/// One key of `lambdaship.toml` with a first and a second value, and where AWS's SDK finds it.
struct Setting {
    key: &'static str,
    toml: [&'static str; 2],
    /// A JSON pointer into what `boto3/settings.py` reads.
    at: &'static str,
    read: [Value; 2],
    /// The fields that a plan of the change names.
    fields: &'static [&'static str],
}

fn setting(
    key: &'static str,
    toml: [&'static str; 2],
    (at, read): (&'static str, [Value; 2]),
    fields: &'static [&'static str],
) -> Setting {
    Setting { key, toml, at, read, fields }
}

/// All of them. `ACCOUNT` stands for the account.
fn settings() -> Vec<Setting> {
    let arn = |service: &str, name: &str| json!(format!("arn:aws:{service}:eu-west-1:ACCOUNT:{name}"));
    let layers = |names: [&str; 2]| json!(names.map(|name| arn("lambda", &format!("layer:{name}:1"))));
    vec![
        setting("memory", ["256", "512"], ("/MemorySize", [json!(256), json!(512)]), &["memory"]),
        setting("timeout", ["\"10s\"", "\"2m\""], ("/Timeout", [json!(10), json!(120)]), &["timeout"]),
        setting(
            "variables",
            [
                "{ PLAIN = \"one\", OLD = \"there\", PARAMETER = \"ssm:/acme/first\", SECRET = \"secret:acme/first\" }",
                "{ PLAIN = \"two\", OLD = false, PARAMETER = \"ssm:/acme/second\", SECRET = \"secret:acme/second\" }",
            ],
            (
                "/Environment/Variables",
                [
                    json!({ "PLAIN": "one", "OLD": "there", "PARAMETER": "ssm first", "SECRET": "secret first" }),
                    json!({ "PLAIN": "two", "PARAMETER": "ssm second", "SECRET": "secret second" }),
                ],
            ),
            &["variables.OLD", "variables.PARAMETER", "variables.PLAIN", "variables.SECRET"],
        ),
        setting(
            "env-file",
            ["\"first.env\"", "\"second.env\""],
            ("/Environment/Variables/FILED", [json!("first file"), json!("second file")]),
            &["variables.FILED"],
        ),
        setting(
            "role",
            ["\"arn:aws:iam::ACCOUNT:role/service/first\"", "\"service/second\""],
            (
                "/Role",
                [
                    json!("arn:aws:iam::ACCOUNT:role/service/first"),
                    json!("arn:aws:iam::ACCOUNT:role/service/second"),
                ],
            ),
            &["role"],
        ),
        setting(
            "layers",
            [
                "[\"arn:aws:lambda:eu-west-1:ACCOUNT:layer:first:1\", \"arn:aws:lambda:eu-west-1:ACCOUNT:layer:second:1\"]",
                "[\"arn:aws:lambda:eu-west-1:ACCOUNT:layer:second:1\", \"arn:aws:lambda:eu-west-1:ACCOUNT:layer:first:1\"]",
            ],
            ("/Layers", [layers(["first", "second"]), layers(["second", "first"])]),
            &["layers"],
        ),
        setting(
            "vpc",
            [
                "{ subnets = [\"subnet-1\"], security-groups = [\"sg-1\"] }",
                "{ subnets = [\"subnet-2\", \"subnet-3\"], security-groups = [\"sg-2\"], ipv6 = true }",
            ],
            ("/VpcConfig/SubnetIds", [json!(["subnet-1"]), json!(["subnet-2", "subnet-3"])]),
            &["vpc.ipv6", "vpc.security-groups", "vpc.subnets"],
        ),
        setting(
            "tracing",
            ["\"active\"", "\"pass-through\""],
            ("/TracingConfig/Mode", [json!("Active"), json!("PassThrough")]),
            &["tracing"],
        ),
        setting(
            "ephemeral-storage",
            ["1024", "2048"],
            ("/EphemeralStorage/Size", [json!(1024), json!(2048)]),
            &["ephemeral-storage"],
        ),
        setting(
            "dead-letter",
            ["\"arn:aws:sqs:eu-west-1:ACCOUNT:first\"", "\"arn:aws:sqs:eu-west-1:ACCOUNT:second\""],
            ("/DeadLetterConfig/TargetArn", [arn("sqs", "first"), arn("sqs", "second")]),
            &["dead-letter"],
        ),
        setting(
            "kms-key",
            [
                "\"arn:aws:kms:eu-west-1:ACCOUNT:key/11111111-1111-1111-1111-111111111111\"",
                "\"arn:aws:kms:eu-west-1:ACCOUNT:key/22222222-2222-2222-2222-222222222222\"",
            ],
            (
                "/KMSKeyArn",
                ["1", "2"].map(|digit| {
                    let digits = |count| digit.repeat(count);
                    let groups = [8, 4, 4, 4, 12].map(digits).join("-");
                    arn("kms", &format!("key/{groups}"))
                }),
            ),
            &["kms-key"],
        ),
        setting(
            "file-system",
            [
                "{ arn = \"arn:aws:elasticfilesystem:eu-west-1:ACCOUNT:access-point/fsap-11111111111111111\", mount = \"/mnt/first\" }",
                "{ arn = \"arn:aws:elasticfilesystem:eu-west-1:ACCOUNT:access-point/fsap-11111111111111111\", mount = \"/mnt/second\" }",
            ],
            ("/FileSystemConfigs/0/LocalMountPath", [json!("/mnt/first"), json!("/mnt/second")]),
            &["file-system"],
        ),
        setting(
            "logging",
            [
                "{ format = \"json\", level = \"debug\", system-level = \"warn\", group = \"/acme/first\", retention = 7 }",
                "{ format = \"json\", level = \"error\", system-level = \"info\", group = \"/acme/second\", retention = 14 }",
            ],
            (
                "/LoggingConfig",
                [
                    json!({ "LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "SystemLogLevel": "WARN",
                            "LogGroup": "/acme/first" }),
                    json!({ "LogFormat": "JSON", "ApplicationLogLevel": "ERROR", "SystemLogLevel": "INFO",
                            "LogGroup": "/acme/second" }),
                ],
            ),
            &["logging.group", "logging.level", "logging.retention"],
        ),
        setting(
            "tags",
            ["{ team = \"blue\" }", "{ team = \"green\" }"],
            ("/Tags", [json!({ "team": "blue" }), json!({ "team": "green" })]),
            &["tags.team"],
        ),
        setting(
            "description",
            ["\"the first\"", "\"the second\""],
            ("/Description", [json!("the first"), json!("the second")]),
            &["description"],
        ),
        setting(
            "reserved-concurrency",
            ["5", "6"],
            ("/Reserved", [json!(5), json!(6)]),
            &["reserved-concurrency"],
        ),
        setting(
            "provisioned-concurrency",
            ["1", "2"],
            ("/Provisioned", [json!(1), json!(2)]),
            &["provisioned-concurrency"],
        ),
        setting(
            "code-signing",
            [
                "\"arn:aws:lambda:eu-west-1:ACCOUNT:code-signing-config:csc-11111111111111111\"",
                "\"arn:aws:lambda:eu-west-1:ACCOUNT:code-signing-config:csc-22222222222222222\"",
            ],
            (
                "/Signing",
                ["1", "2"]
                    .map(|digit| arn("lambda", &format!("code-signing-config:csc-{}", digit.repeat(17)))),
            ),
            &["code-signing"],
        ),
    ]
}

/// A workspace in front of a server that has what its settings refer to.
struct Place<'a> {
    endpoint: &'a str,
    account: &'a str,
    stage: Stage,
}

impl<'a> Place<'a> {
    fn new(endpoint: &'a str, account: &'a str, answers: Answers, prepare: &[&str]) -> Self {
        let stage = Stage::new(&["hello"], endpoint, account, answers);
        for name in ["first", "second"] {
            stage.fixture.write(&format!("{name}.env"), &format!("FILED='{name} file'\n"));
        }
        let place = Self { endpoint, account, stage };
        place.boto3("prepare", prepare);
        place
    }

    fn boto3(&self, what: &str, more: &[&str]) -> String {
        let mut script = venv::script("boto3/settings.py");
        script.args([what, "--endpoint", self.endpoint, "--account", self.account]).args(more);
        let output = script.output().expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// Writes a configuration that states, of each setting, the value that `which` says.
    fn configure(&self, settings: &[Setting], which: impl Fn(&Setting) -> usize) {
        let mut text = for_this_machine().to_owned();
        text.truncate(text.trim_end().len());
        for setting in settings {
            text.push_str(&format!("\n{} = {}", setting.key, setting.toml[which(setting)]));
        }
        let text = format!("{text}\n\n[env.staging]\n").replace("ACCOUNT", self.account);
        self.stage.fixture.configure(&text);
    }

    /// Fails the test unless AWS's SDK reads, of each setting, the value that `which` says.
    fn assert_read(&self, settings: &[Setting], which: impl Fn(&Setting) -> usize) {
        let text = self.boto3("read", &["--lambda", "hello-staging"]).replace(self.account, "ACCOUNT");
        let read: Value = serde_json::from_str(&text).expect("JSON");
        for setting in settings {
            let (expected, found) = (&setting.read[which(setting)], read.pointer(setting.at));
            let found = found.unwrap_or_else(|| panic!("{} is not in {read:#}", setting.key));
            match (expected, found) {
                // The variables of the file are among the others.
                (Value::Object(expected), Value::Object(found)) if setting.key == "variables" => {
                    let mut expected = expected.clone();
                    expected.extend(found.get("FILED").map(|value| ("FILED".to_owned(), value.clone())));
                    assert_eq!(&expected, found);
                }
                _ => assert_eq!(expected, found, "{}", setting.key),
            }
        }
    }

    fn function(&self, arguments: &[&str]) -> Value {
        self.stage.report(arguments, 0).0["functions"][0].take()
    }
}

/// The fields that a plan or a deploy says it changes, each from one value to another.
fn fields(function: &Value) -> Vec<&str> {
    let changes = function["changes"].as_array().expect("changes");
    assert!(changes.iter().all(|change| change["from"] != change["to"]), "{changes:#?}");
    let mut fields: Vec<_> =
        changes.iter().map(|change| change["field"].as_str().expect("a field")).collect();
    fields.sort_unstable();
    fields
}

#[test]
fn every_setting_reaches_the_local_aws_and_each_change_of_one_does() {
    let local = Local::start();
    let place = Place::new(local.endpoint(), ACCOUNT, Answers::Strict, &[]);
    let settings = settings();
    place.configure(&settings, |_| 0);
    assert_eq!(place.function(&["deploy"])["outcome"], "created");
    place.assert_read(&settings, |_| 0);
    assert_eq!(place.function(&["deploy"])["outcome"], "unchanged");

    for (index, changed) in settings.iter().enumerate() {
        let second = |setting: &Setting| {
            usize::from(settings.iter().take(index + 1).any(|changed| changed.key == setting.key))
        };
        place.configure(&settings, second);
        let planned = place.function(&["plan"]);
        assert_eq!((fields(&planned), &planned["outcome"]), (changed.fields.to_vec(), &json!("updated")));
        let deployed = place.function(&["deploy"]);
        assert_eq!((fields(&deployed), &deployed["outcome"]), (changed.fields.to_vec(), &json!("updated")));
    }
    place.assert_read(&settings, |_| 1);
}

#[test]
fn every_setting_reaches_ministack_and_their_change_does() {
    let (endpoint, account) = (Server::ministack().endpoint(), fresh_account());
    let place = Place::new(&endpoint, &account, Answers::Lenient, &["--layers"]);
    let mut settings = settings();
    // It forgets the one that a lambda is created with.
    settings.retain(|setting| setting.key != "code-signing");
    place.configure(&settings, |_| 0);
    assert_eq!(place.function(&["deploy"])["outcome"], "created");
    place.assert_read(&settings, |_| 0);
    assert_eq!(place.function(&["deploy"])["outcome"], "unchanged");

    place.configure(&settings, |_| 1);
    let mut all: Vec<_> = settings.iter().flat_map(|setting| setting.fields.iter().copied()).collect();
    all.sort_unstable();
    assert_eq!(fields(&place.function(&["plan"])), all);
    assert_eq!(place.function(&["deploy"])["outcome"], "updated");
    place.assert_read(&settings, |_| 1);
    assert_eq!(place.function(&["deploy"])["outcome"], "unchanged");
}
