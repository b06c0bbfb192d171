//! The JSON Schema and the reader agree, and the kept copy is current.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Error, parse};
use crate::config::schema;

#[test]
fn the_kept_schema_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/lambdaship.schema.json");
    let kept = fs_err::read_to_string(path).unwrap().replace("\r\n", "\n");
    assert!(kept == schema(), "run `cargo lambdaship schema > docs/lambdaship.schema.json`");
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let schema: Value = serde_json::from_str(&schema()).unwrap();
    for (table, path) in [
        ("", &[][..]),
        ("[build]", &["build"][..]),
        ("[gates]", &["gates"]),
        ("[gates.custom.x]\ncommand = [\"x\"]", &["gates", "custom", "*"]),
        ("[function]", &["function"]),
        ("[function.vpc]", &["function", "vpc"]),
        ("[function.file-system]", &["function", "file-system"]),
        ("[function.logging]", &["function", "logging"]),
        ("[function.rollout]", &["function", "rollout"]),
        ("[function.rollout.linear]", &["function", "rollout", "linear"]),
        ("[[function.smoke]]", &["function", "smoke", "[]"]),
        ("[[function.smoke]]\n[function.smoke.expect]", &["function", "smoke", "[]", "expect"]),
        ("[functions.hello]", &["functions", "*"]),
        ("[env.prod]", &["env", "*"]),
        ("[env.prod.functions.hello]", &["env", "*", "functions", "*"]),
    ] {
        let in_schema: BTreeSet<String> = properties(&schema, path).into_iter().collect();
        assert_eq!(keys_read(table), in_schema, "{table}");
    }
}

/// The keys that the reader names when it meets one that is like none of them.
fn keys_read(table: &str) -> BTreeSet<String> {
    let Err(Error::Problems(problems)) = parse(&format!("{table}\nzzzzzzzzzzzz = 1\n")) else {
        panic!("an unknown key in {table} must be refused");
    };
    let problem = problems.iter().find(|problem| problem.message.contains("zzzzzzzzzzzz")).unwrap();
    let help = problem.help.as_deref().unwrap();
    let list = help.split_once(" are ").unwrap().1;
    list.split(", ").map(|key| key.trim_matches('`').to_owned()).collect()
}

/// The properties of the object at `path`; `*` is any key of a map, and `[]` any entry of an array.
fn properties(schema: &Value, path: &[&str]) -> Vec<String> {
    let mut place = schema;
    for step in path {
        let next = match *step {
            "*" => &place["additionalProperties"],
            "[]" => &place["items"],
            key => &place["properties"][key],
        };
        place = dereference(schema, next);
    }
    assert_eq!(place["additionalProperties"], Value::Bool(false), "{path:?} takes any key");
    place["properties"].as_object().unwrap().keys().cloned().collect()
}

fn dereference<'a>(schema: &'a Value, place: &'a Value) -> &'a Value {
    let target = place["anyOf"][0]["$ref"].as_str().or(place["$ref"].as_str());
    match target {
        Some(reference) => dereference(schema, schema.pointer(reference.trim_start_matches('#')).unwrap()),
        None => place,
    }
}
