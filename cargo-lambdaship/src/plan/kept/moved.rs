//! What is not as it was when a plan was made, in words: one line for each thing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{KeptAction, KeptFunction, KeptRollout, Serves, Then};
use crate::model::{Change, FunctionName};

/// Everything in which the plan that is made `now` is different from the one that is `kept`. Empty: it is the same.
#[must_use]
pub fn moved(kept: &[KeptFunction], now: &[KeptFunction]) -> Vec<String> {
    let names = |functions: &[KeptFunction]| functions.iter().map(|f| f.function.clone()).collect();
    let mut lines = added_or_gone(&names(kept), &names(now));
    for planned in kept {
        if let Some(now) = now.iter().find(|now| now.function == planned.function) {
            let function = &planned.function;
            lines.extend(differences(planned, now).into_iter().map(|line| format!("{function}: {line}")));
        }
    }
    lines
}

/// The functions that are in one of the two only.
#[must_use]
pub fn added_or_gone(kept: &BTreeSet<FunctionName>, now: &BTreeSet<FunctionName>) -> Vec<String> {
    let added =
        now.difference(kept).map(|name| format!("{name}: the function was added, and is not in the plan"));
    let gone = kept.difference(now).map(|name| format!("{name}: the function is not there any more"));
    added.chain(gone).collect()
}

/// Whether every alias serves what the plan was to bring, and there is nothing left to do.
#[must_use]
pub fn is_deployed(kept: &[KeptFunction], now: &[KeptFunction]) -> bool {
    let done = |planned: &KeptFunction| {
        let now = now.iter().find(|now| now.function == planned.function);
        now.is_some_and(|now| now.is_unchanged() && now.code_sha256 == planned.code_sha256)
    };
    kept.len() == now.len() && kept.iter().all(done)
}

fn differences(planned: &KeptFunction, now: &KeptFunction) -> Vec<String> {
    let mut lines = Lines::default();
    lines.unless(planned.lambda == now.lambda, || {
        format!("it would be lambda {}, and not {}", now.lambda, planned.lambda)
    });
    lines.unless(planned.alias == now.alias, || {
        format!("its alias would be {}, and not {}", now.alias, planned.alias)
    });
    lines.0.extend(alias(planned, now));
    lines.unless(planned.code_sha256 == now.code_sha256, || {
        let (old, new) = (planned.code_sha256.short(), now.code_sha256.short());
        format!("the code is another artifact (sha256 {new}) than the reviewed one ({old})")
    });
    lines.unless(planned.arch == now.arch, || {
        format!("it is built for {}, and was for {}", now.arch, planned.arch)
    });
    lines.unless(planned.action == now.action, || {
        format!("{}; by the plan, {}", to_do(now.action), to_do(planned.action))
    });
    lines.0.extend(changes(planned, now));
    lines.unless(planned.variables == now.variables, || {
        "the variables and their values are not those of the plan".to_owned()
    });
    lines.0.extend(only_in_one(&planned.kept, &now.kept, |name, is_new| {
        let (there, said) = if is_new { ("is", "was not") } else { ("is not", "was") };
        format!("{name}, set by others, {there} there to be kept, and {said} when the plan was made")
    }));
    lines.0.extend(only_in_one(&planned.notes, &now.notes, |note, is_new| {
        let said = if is_new { "the plan did not say" } else { "it does not hold any more" };
        format!("{said}: {note}")
    }));
    lines.0.extend(testing(planned, now));
    lines.0
}

#[derive(Default)]
struct Lines(Vec<String>);

impl Lines {
    fn unless(&mut self, same: bool, line: impl FnOnce() -> String) {
        if !same {
            self.0.push(line());
        }
    }
}

/// What became of the alias, and of the rollout that it was in the middle of.
fn alias(planned: &KeptFunction, now: &KeptFunction) -> Option<String> {
    let name = &now.alias;
    let place = |serves: Option<&Serves>| serves.map(|serves| serves.version);
    let (then, here) = (planned.serves.as_ref(), now.serves.as_ref());
    if place(then) != place(here) {
        let (is, was) = (at(here, "is", "does"), at(then, "was", "did"));
        return Some(format!("alias {name} {is}, and {was} when the plan was made"));
    }
    if planned.under_way != now.under_way {
        let (is, was) = (rolling(now.under_way), rolling(planned.under_way));
        return Some(format!("alias {name}: {is}; by the plan, {was}"));
    }
    let written = then.map(|serves| &serves.revision) != here.map(|serves| &serves.revision);
    written.then(|| format!("alias {name} was written to since the plan was made"))
}

fn at(serves: Option<&Serves>, be: &str, auxiliary: &str) -> String {
    match serves {
        None => format!("{auxiliary} not exist"),
        Some(Serves { version: None, .. }) => format!("{be} at $LATEST"),
        Some(Serves { version: Some(version), .. }) => format!("{be} at version {version}"),
    }
}

fn rolling(rollout: Option<KeptRollout>) -> String {
    match rollout {
        None => "no rollout is under way".to_owned(),
        Some(KeptRollout { version, then: Then::GoesOn }) => {
            format!("the rollout of version {version} goes on")
        }
        Some(KeptRollout { version, then: Then::Ends }) => {
            format!("the rollout of version {version} is ended first")
        }
    }
}

fn to_do(action: KeptAction) -> String {
    match action {
        KeptAction::Unchanged => "no version is to be published".to_owned(),
        KeptAction::Create => "the lambda is to be created".to_owned(),
        KeptAction::Publish => "a version is to be published".to_owned(),
        KeptAction::Move { to } => format!("the alias is to move to version {to}"),
    }
}

/// Fields that change in one of the two only, or in another way.
fn changes(planned: &KeptFunction, now: &KeptFunction) -> Vec<String> {
    let by_field = |function: &KeptFunction| -> BTreeMap<String, Change> {
        function.changes.iter().map(|change| (change.field.clone(), change.clone())).collect()
    };
    let (before, after) = (by_field(planned), by_field(now));
    let fields: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    // The code has a line of its own.
    let fields = fields.into_iter().filter(|field| field.as_str() != "code");
    let line = |field: &String| match (before.get(field), after.get(field)) {
        (Some(before), Some(after)) => differing(before, after),
        (None, Some(after)) => Some(format!("{field} would go {}, which was not planned", course(after))),
        (Some(before), None) => Some(format!("{field} would stay, and by the plan goes {}", course(before))),
        (None, None) => None,
    };
    let mut lines: Vec<String> = fields.filter_map(line).collect();
    // An extra's value is among the changes; what is left is one that is written without any.
    if lines.is_empty() {
        lines = only_in_one(&planned.extras, &now.extras, |field, is_new| {
            let told =
                if is_new { "would be written, which was not planned" } else { "would not be written" };
            format!("{field} {told}")
        });
    }
    lines
}

fn differing(planned: &Change, now: &Change) -> Option<String> {
    let field = &now.field;
    if field.starts_with("variables.") {
        // Their digests are of two runs, with a salt each: only whether there is a value can be compared.
        let there = |change: &Change| (change.from.is_some(), change.to.is_some());
        return (there(planned) != there(now))
            .then(|| format!("{field} would go {}, and not {}", course(now), course(planned)));
    }
    match (planned.from == now.from, planned.to == now.to) {
        (true, true) => None,
        (true, false) => {
            Some(format!("{field} would go {}, and not to {}", course(now), shown(planned.to.as_ref())))
        }
        (false, true) => {
            Some(format!("{field} would go {}, and not from {}", course(now), shown(planned.from.as_ref())))
        }
        (false, false) => Some(format!("{field} would go {}, and not {}", course(now), course(planned))),
    }
}

/// `from 256 to 512`.
fn course(change: &Change) -> String {
    format!("from {} to {}", shown(change.from.as_ref()), shown(change.to.as_ref()))
}

fn shown(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    }
}

/// How the alias moves, and what a new version has to show.
fn testing(planned: &KeptFunction, now: &KeptFunction) -> Vec<String> {
    let mut lines = Lines::default();
    lines.unless(planned.rollout == now.rollout, || {
        format!("its alias would move by `{}`, and not by `{}`", now.rollout, planned.rollout)
    });
    lines.unless(planned.limits == now.limits, || {
        "what a rollout holds it to is not what the plan was made with".to_owned()
    });
    let (then, here) = (&planned.smoke, &now.smoke);
    lines.unless(then == here, || match (then.events, here.events) {
        (then, here) if then != here => format!("it would be given {here} smoke events, and not {then}"),
        _ => "its smoke events are not those of the plan".to_owned(),
    });
    lines.0
}

/// What is in one of two lists only; `line` is told whether it is the new one.
fn only_in_one(planned: &[String], now: &[String], line: impl Fn(&str, bool) -> String) -> Vec<String> {
    let new = now.iter().filter(|text| !planned.contains(text)).map(|text| line(text, true));
    let gone = planned.iter().filter(|text| !now.contains(text)).map(|text| line(text, false));
    new.chain(gone).collect()
}
