//! The fields in which two settings differ, as a person reads them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::{Value, json};

use crate::model::{Change, FileSystem, Salt, Secret, Versioned, Vpc};

/// Every field in which `to` differs from `from`. Variables' values show as digests salted with `salt`.
#[must_use]
pub fn changes(from: &Versioned, to: &Versioned, salt: &Salt) -> Vec<Change> {
    let fields = fields(from).into_iter().zip(fields(to));
    let differing = fields.filter(|((_, old), (_, new))| old != new);
    let mut changes: Vec<_> = differing.map(|((field, old), (_, new))| change(field, old, new)).collect();
    changes.extend(variables(&from.variables, &to.variables, salt));
    changes
}

/// A field's old and new value; empty ones are left out.
pub(super) fn change(field: impl Into<String>, from: Value, to: Value) -> Change {
    let shown = |value: Value| {
        Some(value).filter(|value| !(value.is_null() || *value == json!("") || *value == json!([])))
    };
    Change { field: field.into(), from: shown(from), to: shown(to) }
}

/// Every field but the variables, under its key in `lambdaship.toml`.
fn fields(s: &Versioned) -> [(&'static str, Value); 18] {
    let Vpc { subnets, security_groups, ipv6 } = &s.vpc;
    [
        ("runtime", json!(s.runtime)),
        ("handler", json!(s.handler)),
        ("arch", json!(s.arch)),
        ("memory", json!(s.memory)),
        ("timeout", json!(format!("{}s", s.timeout))),
        ("role", json!(s.role)),
        ("layers", json!(s.layers)),
        ("vpc.subnets", json!(subnets)),
        ("vpc.security-groups", json!(security_groups)),
        ("vpc.ipv6", json!(ipv6)),
        ("tracing", json!(s.tracing)),
        ("ephemeral-storage", json!(s.ephemeral_storage)),
        ("dead-letter", json!(s.dead_letter)),
        ("kms-key", json!(s.kms_key)),
        ("file-system", json!(s.file_system.as_ref().map(mounted))),
        ("logging.format", word(s.log_format)),
        ("logging.level", json!([s.log_level, s.system_log_level])),
        ("logging.group", json!(s.log_group)),
    ]
}

fn word(value: impl Serialize) -> Value {
    json!(value)
}

fn mounted(file_system: &FileSystem) -> String {
    format!("{} at {}", file_system.arn, file_system.mount)
}

fn variables(from: &BTreeMap<String, Secret>, to: &BTreeMap<String, Secret>, salt: &Salt) -> Vec<Change> {
    let shown = |value: Option<&Secret>| value.map_or(Value::Null, |value| json!(salt.digest(value)));
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let differing = names.into_iter().filter(|name| from.get(*name) != to.get(*name));
    let changes =
        differing.map(|name| change(format!("variables.{name}"), shown(from.get(name)), shown(to.get(name))));
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::live;
    use super::*;

    #[test]
    fn equal_settings_have_no_changes() {
        assert_eq!(changes(&live(), &live(), &Salt::random()), []);
    }

    #[test]
    fn each_field_shows_its_old_and_its_new_value() {
        let from = live();
        let mut to = live();
        to.memory = 256;
        to.timeout = 10;
        to.dead_letter = "arn:queue".to_owned();
        let changes = changes(&from, &to, &Salt::random());
        let shown: Vec<_> =
            changes.iter().map(|c| (c.field.as_str(), c.from.clone(), c.to.clone())).collect();
        assert_eq!(
            shown,
            [
                ("memory", Some(json!(128)), Some(json!(256))),
                ("timeout", Some(json!("3s")), Some(json!("10s"))),
                ("dead-letter", None, Some(json!("arn:queue"))),
            ]
        );
    }

    #[test]
    fn a_variables_value_never_shows() {
        let (mut from, mut to) = (live(), live());
        from.variables.insert("TOKEN".to_owned(), Secret::new("canary-old"));
        from.variables.insert("GONE".to_owned(), Secret::new("canary-gone"));
        to.variables.insert("TOKEN".to_owned(), Secret::new("canary-new"));
        let changes = changes(&from, &to, &Salt::random());
        let text = serde_json::to_string(&changes).unwrap();
        assert!(!text.contains("canary"), "{text}");
        let fields: Vec<_> = changes.iter().map(|c| (c.field.as_str(), c.to.is_some())).collect();
        assert_eq!(fields, [("variables.GONE", false), ("variables.TOKEN", true)]);
        assert_ne!(changes[1].from, changes[1].to);
    }
}
