use super::*;
use crate::ops::ci::reader::Problems;

fn read(inputs: &[(&str, &str)]) -> Result<Inputs, Problems> {
    let variables = inputs.iter().map(|(name, value)| {
        let name = name.to_ascii_uppercase().replace('-', "_");
        let name = if name.starts_with("GITHUB_SERVER") { name } else { format!("INPUT_{name}") };
        (name, (*value).to_owned())
    });
    Inputs::read(
        &variables.chain([("GITHUB_API_URL".to_owned(), "https://api.github.com".to_owned())]).collect(),
    )
}

fn good(inputs: &[(&str, &str)]) -> Inputs {
    read(inputs).unwrap_or_else(|problems| panic!("{inputs:?}: {problems:?}"))
}

#[test]
fn an_empty_input_is_what_action_yml_says_of_it() {
    let empty = good(&[("environment", "staging"), ("command", ""), ("functions", " \n "), ("dry-run", " ")]);
    assert_eq!(
        (empty.command, empty.fail_on, empty.comment),
        (Command::Plan, FailOn::Error, CommentMode::ChangesOnly)
    );
    assert_eq!((empty.working_directory.as_str(), empty.config.as_deref()), (".", None));
    assert_eq!((empty.gates, empty.keep, empty.comment_key.as_str()), (Gates::ByCommand, 10, "staging"));
    assert_eq!(empty.results, "lambdaship-results");
    assert!(empty.functions.is_empty() && empty.require_plan && !empty.dry_run && !empty.deployments);
    assert!(
        good(&[("command", "prune"), ("environment", "staging")]).dry_run,
        "prune shows, unless it is told not to"
    );
    assert_eq!(good(&[("command", "comment")]).comment_key, "default");
}

#[test]
fn values_are_read_as_people_write_them() {
    let inputs = good(&[
        ("command", " deploy "),
        ("environment", "prod"),
        ("gates", "fmt clippy"),
        ("coverage-threshold", "83.5 %"),
        ("role-to-assume", "arn:aws-us-gov:iam::111111111111:role/team/deploy"),
        ("allowed-account-ids", "111111111111,222222222222"),
        ("plan-file", "plan.json"),
        ("plan-hash", &"AB".repeat(32)),
        ("require-plan", "false"),
        ("deployments", "on"),
        ("config", "other.toml"),
        ("github-api-url", "https://api.github.com"),
    ]);
    let plan = good(&[
        ("command", "plan"),
        ("environment", "prod"),
        ("functions", "hello, worker\n  third"),
        ("shard", "2/8"),
    ]);
    assert_eq!(plan.functions, ["hello", "worker", "third"]);
    assert_eq!(plan.shard, Some(Shard::Part { number: 2, of: 8 }));
    assert!(plan.selects() && !inputs.selects());
    assert_eq!(inputs.gates, Gates::Named(vec!["fmt".to_owned(), "clippy".to_owned()]));
    assert_eq!((inputs.coverage_threshold, inputs.accounts.len()), (Some(83.5), 2));
    assert_eq!(inputs.plan_hash.as_deref(), Some("ab".repeat(32).as_str()));
    assert!(!inputs.require_plan && inputs.deployments);
    assert!(good(&[("command", "deploy"), ("environment", "prod"), ("dry-run", "true")]).dry_run);
    assert_eq!(inputs.config.as_deref(), Some(camino::Utf8Path::new("other.toml")));
    assert_eq!(good(&[("command", "check"), ("gates", "none")]).gates, Gates::None);
    assert_eq!(good(&[("command", "matrix"), ("shard", "8")]).shard, Some(Shard::AtMost(8)));
}

#[test]
fn what_is_wrong_is_named_by_its_input() {
    for (inputs, expected) in [
        (&[("command", "dploy")][..], "`command` is `dploy`: did you mean `deploy`?"),
        (
            &[("command", "check"), ("comment", "change-only")],
            "`comment` is `change-only`: did you mean `changes-only`?",
        ),
        (&[("command", "check"), ("fail-on", "errors")], "`fail-on` is `errors`: did you mean `error`?"),
        (
            &[("command", "check"), ("deployments", "true")],
            "`deployments` is `true`: the words are `on`, `off`",
        ),
        (
            &[("command", "check"), ("require-plan", "yes")],
            "`require-plan` is `yes`, and can be `true` or `false`",
        ),
        (&[("command", "plan")], "`environment` is empty, and `plan` needs one"),
        (&[("command", "check"), ("environment", "a b")], "`environment` is `a b`"),
        (&[("command", "check"), ("environment", "a\n::error::b")], "`environment` has more than one line"),
        (
            &[("command", "check"), ("functions", "hello --config")],
            "`functions` has `--config`, which is no name",
        ),
        (&[("command", "check"), ("functions", "a\u{7}b")], "`functions` has `a\\u{7}b`, which is no name"),
        (&[("command", "check"), ("shard", "9/8")], "`shard` is `9/8`"),
        (&[("command", "check"), ("shard", "0/8")], "`shard` is `0/8`"),
        (&[("command", "check"), ("shard", "1/999")], "`shard` is `1/999`"),
        (&[("command", "check"), ("shard", "8")], "`shard` is a number alone"),
        (&[("command", "matrix"), ("shard", "2/8")], "`shard` is one of several parts"),
        (&[("command", "check"), ("changed-since", "--output=x")], "`changed-since` is `--output=x`"),
        (&[("command", "check"), ("coverage-threshold", "101")], "`coverage-threshold` is `101`"),
        (&[("command", "check"), ("coverage-threshold", "NaN")], "`coverage-threshold` is `NaN`"),
        (&[("command", "check"), ("role-to-assume", "deploy")], "`role-to-assume` is `deploy`"),
        (&[("command", "check"), ("role-to-assume", "arn:aws:iam::1:role/x")], "`role-to-assume` is"),
        (&[("command", "check"), ("aws-region", "Ireland")], "`aws-region` is `Ireland`"),
        (&[("command", "check"), ("allowed-account-ids", "123")], "`allowed-account-ids` is wrong"),
        (&[("command", "check"), ("plan-file", "p"), ("plan-hash", "abc")], "`plan-hash` is `abc`"),
        (&[("command", "check"), ("plan-hash", &"a".repeat(64))], "`plan-hash` is of no file"),
        (&[("command", "promote"), ("environment", "prod")], "`from` is empty"),
        (
            &[("command", "rollback"), ("environment", "p"), ("to-version", "1"), ("to-commit", "abc")],
            "`to-commit` cannot go with",
        ),
        (&[("command", "rollback"), ("environment", "p"), ("to-version", "0")], "`to-version` is `0`"),
        (
            &[("command", "rollback"), ("environment", "p"), ("dry-run", "true")],
            "`dry-run` cannot be for `rollback`",
        ),
        (&[("command", "prune"), ("environment", "p"), ("keep", "0")], "`keep` is `0`"),
        (&[("command", "check"), ("pr-number", "#7")], "`pr-number` is `#7`"),
        (&[("command", "check"), ("comment-key", "a-->b")], "`comment-key` is `a-->b`"),
        (
            &[("command", "check"), ("github-api-url", "https://evil.example")],
            "`github-api-url` is `https://evil.example`",
        ),
    ] {
        assert_refused(inputs, expected);
    }
}

#[test]
fn what_a_command_would_not_mind_is_refused() {
    for (inputs, expected) in [
        (
            &[("command", "comment"), ("gates", "test")][..],
            "`gates` cannot be for `comment`, which runs no code",
        ),
        (&[("command", "install"), ("gates", "test")], "`gates` cannot be for `install`"),
        (
            &[("command", "comment"), ("coverage-threshold", "90")],
            "`coverage-threshold` cannot be for `comment`",
        ),
        (
            &[("command", "check"), ("gates", "none"), ("coverage-threshold", "90")],
            "`coverage-threshold` asks for the gate `coverage`, and `gates` is `none`",
        ),
        (
            &[("command", "deploy"), ("plan-file", "p"), ("functions", "hello")],
            "`functions` cannot go with `plan-file`",
        ),
        (
            &[("command", "deploy"), ("plan-file", "p"), ("shard", "1/2")],
            "`shard` cannot go with `plan-file`",
        ),
        (
            &[("command", "deploy"), ("plan-file", "p"), ("changed-since", "main")],
            "`changed-since` cannot go with `plan-file`",
        ),
        (
            &[("command", "deploy"), ("plan-file", "p"), ("dry-run", "true")],
            "`dry-run` cannot go with `plan-file`",
        ),
        (
            &[("command", "deploy"), ("environment", "p"), ("from", "q")],
            "`from` is for `promote`, and `command` is `deploy`",
        ),
        (
            &[("command", "deploy"), ("environment", "p"), ("to-version", "3")],
            "`to-version` is for `rollback`, and `command` is `deploy`",
        ),
        (&[("command", "plan"), ("environment", "p"), ("to-commit", "abc")], "`to-commit` is for `rollback`"),
        (&[("command", "deploy"), ("environment", "p"), ("keep", "3")], "`keep` is for `prune`"),
        (
            &[("command", "drift"), ("environment", "p"), ("plan-file", "f")],
            "`plan-file` is for `plan` and `deploy`",
        ),
    ] {
        assert_refused(inputs, expected);
    }
}

fn assert_refused(inputs: &[(&str, &str)], expected: &str) {
    let problems = read(inputs).err().map(|problems| problems.0).unwrap_or_default();
    assert_eq!(problems.len(), 1, "{inputs:?}: {problems:?}");
    let expected = format!("the input {expected}");
    assert!(problems[0].starts_with(&expected), "{inputs:?}: {problems:?}");
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let problems =
        read(&[("command", "deploy"), ("keep", "x"), ("dry-run", "maybe"), ("shard", "x")]).unwrap_err();
    assert_eq!(problems.0.len(), 3, "{problems:?}");
}

#[test]
fn a_plan_says_where_it_goes() {
    assert!(read(&[("command", "deploy"), ("plan-file", "plan.json")]).is_ok());
    assert!(read(&[("command", "plan"), ("plan-file", "plan.json")]).is_err());
}

#[test]
fn a_token_is_never_shown() {
    let shown = format!("{:?}", good(&[("command", "check"), ("github-token", "ghs_canary")]));
    assert!(!shown.contains("ghs_canary"), "{shown}");
}
