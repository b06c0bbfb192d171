//! `smoke`: what is read of an event, which list wins, and what is refused.

use std::time::Duration;

use camino::Utf8PathBuf;
use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{refused, resolve};
use crate::config::{Config, EnvironmentConfig, Error};
use crate::model::{EnvName, Expect, Smoke};
use crate::workspace::testing::workspace;

/// The events of `hello` in `prod`.
fn smoke(text: &str) -> Vec<Smoke> {
    resolve(text, "prod").unwrap().functions.remove(0).smoke
}

/// The one event that `fields` say.
fn only(fields: &str) -> Smoke {
    smoke(&format!("[env.prod]\nsmoke = [{{ {fields} }}]\n")).remove(0)
}

fn message(fields: &str) -> String {
    let error = refused(&format!("[function]\nsmoke = [{{ {fields} }}]\n"), "local");
    error.split("\n\n").nth(1).and_then(|problem| problem.lines().next()).unwrap().to_owned()
}

#[test]
fn an_event_is_a_text_of_json_or_a_value() {
    for (event, expected) in [
        ("'{\"ping\": 1}'", "{\"ping\": 1}"),
        ("'\"text\"'", "\"text\""),
        ("{ ping = 1, list = [true, 'a', 1.5, 0x10] }", "{\"list\":[true,\"a\",1.5,16],\"ping\":1}"),
        ("[1, 2]", "[1,2]"),
        ("42", "42"),
        ("2026-01-02T03:04:05Z", "\"2026-01-02T03:04:05Z\""),
    ] {
        let found = only(&format!("event = {event}")).event;
        assert_eq!(String::from_utf8(found).unwrap(), expected, "{event}");
    }
}

#[test]
fn what_is_expected() {
    let expect = |fields: &str| only(&format!("event = 1, expect = {{ {fields} }}")).expect;
    assert_eq!(expect(""), Expect::default());
    assert_eq!(only("event = 1").expect, Expect::default());
    let pointers = |pairs: &[(&str, Value)]| {
        pairs.iter().map(|(pointer, value)| ((*pointer).to_owned(), value.clone())).collect()
    };
    let none = Expect::default;
    for (fields, expected) in [
        ("body = 'pong'", Expect { body: Some(json!("pong")), ..none() }),
        ("body = { a = [1, 2.5] }", Expect { body: Some(json!({ "a": [1, 2.5] })), ..none() }),
        ("body = false", Expect { body: Some(json!(false)), ..none() }),
        ("status = 200", Expect { status: Some(200), ..none() }),
        ("function-error = true", Expect { function_error: true, ..none() }),
        ("within = '2s'", Expect { within: Some(Duration::from_secs(2)), ..none() }),
        ("within = '500ms'", Expect { within: Some(Duration::from_millis(500)), ..none() }),
        (
            "json = { '/ok' = true, '/a~1b/0' = 'x', '' = [] }",
            Expect {
                pointers: pointers(&[("/ok", json!(true)), ("/a~1b/0", json!("x")), ("", json!([]))]),
                ..none()
            },
        ),
    ] {
        assert_eq!(expect(fields), expected, "{fields}");
    }
}

#[test]
fn an_event_without_a_name_is_called_by_its_number() {
    let names = smoke("[env.prod]\nsmoke = [{ event = 1 }, { name = 'ping', event = 2 }, { event = 3 }]\n");
    assert_eq!(names.iter().map(|smoke| smoke.name.as_str()).collect::<Vec<_>>(), ["1", "ping", "3"]);
    let arrays = smoke("[env.prod]\n[[env.prod.smoke]]\nevent = 1\n[[env.prod.smoke]]\nevent = 2\n");
    assert_eq!(arrays.len(), 2);
}

#[test]
fn the_last_list_that_is_stated_is_the_list() {
    let one = |event: u8| format!("smoke = [{{ event = {event} }}]\n");
    let events = |text: &str| -> Vec<String> {
        smoke(text).into_iter().map(|smoke| String::from_utf8(smoke.event).unwrap()).collect()
    };
    let lower = format!("[function]\n{}[functions.hello]\n{}", one(1), one(2));
    assert_eq!(events("[env.prod]\n"), [""; 0]);
    assert_eq!(events(&format!("{lower}[env.prod]\n")), ["2"]);
    assert_eq!(events(&format!("{lower}[env.prod]\n{}", one(3))), ["3"]);
    assert_eq!(events(&format!("{lower}[env.prod.functions.hello]\nsmoke = []\n[env.prod.tags]\n")), [""; 0]);
    let worker = &resolve(&format!("{lower}[env.prod]\n"), "prod").unwrap().functions[1];
    assert_eq!(worker.smoke[0].event, b"1");
}

#[test]
fn an_event_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::try_from(directory.path().to_owned()).unwrap();
    let load = |text: &str| -> Result<EnvironmentConfig, Error> {
        let config = Config::parse("lambdaship.toml", text, &root)?;
        config.resolve(&EnvName::new("prod").unwrap(), &workspace(&["hello", "worker"]))
    };
    let text = "[env.prod]\nsmoke = [{ event = '@events/order.json' }]\n";
    let problem = |expected: &str| {
        let error = load(text).unwrap_err().to_string();
        let expected = format!(
            "`event` names {}, {expected}\n --> lambdaship.toml:2:20",
            root.join("events/order.json")
        );
        assert!(error.starts_with("lambdaship.toml has 1 problem\n"), "{error}");
        assert!(error.contains(&expected), "{error}");
    };
    problem("which does not exist");
    fs_err::create_dir(root.join("events")).unwrap();
    fs_err::write(root.join("events/order.json"), "{\n").unwrap();
    problem("which is not JSON: EOF while parsing an object at line 2 column 0");
    fs_err::write(root.join("events/order.json"), format!("\"{}\"", "x".repeat(6_291_455))).unwrap();
    problem("which has 6291457 bytes, and Lambda takes at most 6291456");
    fs_err::write(root.join("events/order.json"), "{ \"id\": 1 }\n").unwrap();
    for function in load(text).unwrap().functions {
        assert_eq!(function.smoke[0].event, b"{ \"id\": 1 }\n");
    }
}

#[test]
fn a_file_of_another_environment_is_not_read() {
    assert!(resolve("[env.prod]\nsmoke = [{ event = '@none.json' }]\n[env.staging]\n", "staging").is_ok());
}

#[test]
fn a_value_that_is_wrong() {
    for (fields, expected) in [
        ("event = '@'", "`event` names no file after `@`"),
        ("event = nan", "`event` holds a number that JSON does not have"),
        ("event = [9223372036854775808]", "`event` holds a number that JSON does not have"),
        ("event = 1, name = ''", "`name` must be a line of 1 to 64 characters"),
        ("event = 1, expect = 'pong'", "`expect` must be a table, not a string"),
        ("event = 1, expect = { status = 99 }", "`status` must be 100 to 599, not 99"),
        ("event = 1, expect = { function-error = 1 }", "`function-error` must be a boolean, not an integer"),
        (
            "event = 1, expect = { within = '16m' }",
            "`within` must be a time such as `500ms` or `2s`, of at most 15m, not `16m`",
        ),
        (
            "event = 1, expect = { within = '0s' }",
            "`within` must be a time such as `500ms` or `2s`, of at most 15m, not `0s`",
        ),
        (
            "event = 1, expect = { json = { ok = 1 } }",
            "`json.ok` is not a JSON pointer such as `/items/0/id`",
        ),
        (
            "event = 1, expect = { json = { '/a~2' = 1 } }",
            "`json./a~2` is not a JSON pointer such as `/items/0/id`",
        ),
        ("event = 1, expect = { body = inf }", "`body` holds a number that JSON does not have"),
        ("event = 1, expects = {}", "unknown key `expects` in [function.smoke]"),
        ("event = 1, expect = { stauts = 200 }", "unknown key `stauts` in [function.smoke.expect]"),
        ("event = 1 }, { name = '1', event = 1", "`smoke` has two events that are called `1`"),
        ("event = 1 }, 'ping', { event = 1", "`smoke` must be an array of tables, not a string"),
    ] {
        assert_eq!(message(fields), expected, "{fields}");
    }
}

#[test]
fn an_event_that_is_not_json() {
    let text = "[functions.hello]\nsmoke = [{ name = \"greet\", event = \"hello\" }]\n";
    assert_snapshot!(refused(text, "local"), @r#"
    lambdaship.toml has 1 problem

    `event` is not JSON: expected value at line 1 column 1
     --> lambdaship.toml:2:36
      |
    2 | smoke = [{ name = …, event = "hello" }]
      |                              ^^^^^^^
      = help: a text needs quotes of its own, as in `'"text"'`; `"@FILE"` is a file
    "#);
}

#[test]
fn an_entry_without_an_event() {
    let text = "[functions.hello]\nsmoke = [\n  { event = 1 },\n  { name = \"ping\", expect = { body = \"pong\" } },\n]\n";
    assert_snapshot!(refused(text, "local"), @"
    lambdaship.toml has 1 problem

    each entry of `smoke` must have an `event`
     --> lambdaship.toml:4:3
      |
    4 |   { name = …, expect = { body = … } },
      |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    let text = "[[functions.hello.smoke]]\nname = \"ping\"\n";
    assert_snapshot!(refused(text, "local"), @"
    lambdaship.toml has 1 problem

    each entry of `smoke` must have an `event`
     --> lambdaship.toml:1:1
      |
    1 | [[functions.hello.smoke]]
      | ^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}

#[test]
fn not_a_list() {
    assert_snapshot!(refused("[function]\nsmoke = { event = \"secret\" }\n", "local"), @"
    lambdaship.toml has 1 problem

    `smoke` must be an array of tables, not a table
     --> lambdaship.toml:2:1
      |
    2 | smoke = { event = … }
      | ^^^^^
    ");
}
