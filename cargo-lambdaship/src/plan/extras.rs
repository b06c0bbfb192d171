//! What a lambda has outside its versions: which of it changes, what stays, and what a rollback will not bring back.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::diff::change;
use super::{Desired, Extra, Glance};
use crate::config::FunctionConfig;
use crate::model::{Change, LiveFunction};

/// The writes that the configuration asks for, with what they change.
pub(super) fn extras(
    desired: &Desired<'_>,
    glance: &Glance,
    live: Option<&LiveFunction>,
) -> (Vec<Extra>, Vec<Change>) {
    let stated = &desired.config.settings;
    let there = &glance.unversioned;
    let mut found = Found::default();
    // A new lambda gets description, tags and code signing with its creation.
    if let Some(live) = live {
        found.text(
            "description",
            stated.description.as_ref(),
            there.description.as_ref(),
            Extra::Description,
        );
        found.text(
            "code-signing",
            stated.code_signing.as_ref(),
            there.code_signing.as_ref(),
            Extra::CodeSigning,
        );
        found.tags(&stated.tags, &live.tags);
    }
    let reserved = live.and_then(|live| live.reserved_concurrency);
    found.number("reserved-concurrency", stated.reserved_concurrency, reserved, Extra::ReservedConcurrency);
    let provisioned = there.provisioned_concurrency.filter(|n| *n > 0);
    let wanted = stated.provisioned_concurrency.filter(|n| *n > 0 || provisioned.is_some());
    found.number("provisioned-concurrency", wanted, provisioned, Extra::ProvisionedConcurrency);
    if let Some(days) = stated.logging.retention {
        let group = log_group(desired.config, live);
        let read = there.retention.as_ref().filter(|read| read.group == group);
        let kept = read.and_then(|read| read.days).filter(|days| *days > 0);
        found.number("logging.retention", Some(days), kept, |days| Extra::Retention { group, days });
    }
    (found.extras, found.changes)
}

/// The log group that the alias' version will write to: the stated one, else the one that `live` writes to, which is
/// what the alias serves, or else `$LATEST`.
#[must_use]
pub fn log_group(config: &FunctionConfig, live: Option<&LiveFunction>) -> String {
    let stated = config.settings.logging.group.clone();
    let there = || live.map(|live| live.configuration.settings.log_group.clone());
    stated.or_else(there).unwrap_or_else(|| format!("/aws/lambda/{}", config.lambda))
}

#[derive(Default)]
struct Found {
    extras: Vec<Extra>,
    changes: Vec<Change>,
}

impl Found {
    fn text(&mut self, field: &str, to: Option<&String>, from: Option<&String>, extra: fn(String) -> Extra) {
        let from = from.map_or("", String::as_str);
        let Some(to) = to.filter(|to| to.as_str() != from) else { return };
        self.changes.push(change(field, json!(from), json!(to)));
        self.extras.push(extra(to.clone()));
    }

    fn number(&mut self, field: &str, to: Option<u32>, from: Option<u32>, extra: impl FnOnce(u32) -> Extra) {
        let Some(to) = to.filter(|to| Some(*to) != from) else { return };
        self.changes.push(change(field, from.map_or(Value::Null, |from| json!(from)), json!(to)));
        self.extras.push(extra(to));
    }

    fn tags(&mut self, to: &BTreeMap<String, String>, from: &BTreeMap<String, String>) {
        let differing = to.iter().filter(|(key, value)| from.get(*key) != Some(value));
        let differing: BTreeMap<_, _> = differing.map(|(key, value)| (key.clone(), value.clone())).collect();
        for (key, value) in &differing {
            self.changes.push(change(format!("tags.{key}"), json!(from.get(key)), json!(value)));
        }
        if !differing.is_empty() {
            self.extras.push(Extra::Tags(differing));
        }
    }
}

/// Variables and tags that others set and the configuration does not name.
pub(super) fn kept(desired: &Desired<'_>, live: &LiveFunction) -> Vec<String> {
    let variables = live.configuration.settings.variables.keys();
    let variables = variables.filter(|name| !desired.variables.contains_key(*name));
    let tags = live.tags.keys().filter(|key| !desired.config.settings.tags.contains_key(*key));
    variables.map(|name| format!("variables.{name}")).chain(tags.map(|key| format!("tags.{key}"))).collect()
}

/// What of `extras` a rollback of the alias will not bring back.
pub(super) fn not_undone(extras: &[Extra]) -> Vec<String> {
    let note = |extra: &Extra| match extra {
        Extra::Retention { group, days } => {
            format!("CloudWatch deletes what `{group}` holds beyond {days} days; that cannot be undone")
        }
        Extra::Description(_)
        | Extra::CodeSigning(_)
        | Extra::Tags(_)
        | Extra::ReservedConcurrency(_)
        | Extra::ProvisionedConcurrency(_) => {
            let field = extra.field();
            format!("`{field}` is not part of a version: a rollback does not bring the old value back")
        }
    };
    extras.iter().map(note).collect()
}
