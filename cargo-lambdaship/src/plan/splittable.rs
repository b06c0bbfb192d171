//! Whether an alias can share its traffic between the version that it serves and the next one.
//!
//! Lambda splits an alias only between two published versions with the same execution role and the same dead-letter
//! target. In: what the configuration states, or the plan decided, and what the alias serves. Out: the reason why not.

use super::{Action, Glance, Look, Plan};
use crate::config::FunctionConfig;
use crate::model::{FunctionName, Versioned};

/// Why the alias of a function cannot move in steps.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unsplittable {
    /// The two versions would differ where they must not.
    #[error("`{function}` cannot move in steps: its `{field}` changes from {} to {}, and two versions that share an \
             alias must have the same", shown(.from), shown(.to))]
    Differs {
        /// The function.
        function: FunctionName,
        /// Its key in `lambdaship.toml`.
        field: &'static str,
        /// What the alias serves; empty is none.
        from: String,
        /// What is wanted; empty is none.
        to: String,
    },
    /// The alias does not point to a version.
    #[error("`{function}` cannot move in steps: its alias serves $LATEST, which cannot share traffic")]
    Latest {
        /// The function.
        function: FunctionName,
    },
}

fn shown(value: &str) -> &str {
    if value.is_empty() { "none" } else { value }
}

impl Unsplittable {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> String {
        "`--rollout all-at-once` moves the alias in one call".to_owned()
    }
}

/// Checks what `config` states, `role` being the ARN of the role that it states, against what the alias serves.
///
/// # Errors
/// When the alias is there, is to move in steps, and cannot.
pub fn before_build(
    config: &FunctionConfig,
    role: Option<&str>,
    glance: &Glance,
) -> Result<(), Unsplittable> {
    compare(config, glance, role, config.settings.dead_letter.as_deref())
}

/// Checks what `plan` decided: besides what is stated, a version has what others changed on `$LATEST`.
///
/// # Errors
/// As [`before_build`].
pub fn decided(
    config: &FunctionConfig,
    glance: &Glance,
    look: &Look,
    plan: &Plan,
) -> Result<(), Unsplittable> {
    let Some(next) = next(look, plan) else { return Ok(()) };
    compare(config, glance, Some(&next.role), Some(&next.dead_letter))
}

/// The settings of the version that the alias is to serve next.
fn next<'a>(look: &'a Look, plan: &'a Plan) -> Option<&'a Versioned> {
    match &plan.action {
        Action::Unchanged | Action::Create { .. } => None,
        Action::Publish { settings, .. } => Some(settings),
        Action::Move { to } => {
            let target = look.versions.iter().find(|version| version.version == Some(*to));
            target.map(|target| &target.settings)
        }
    }
}

fn compare(
    config: &FunctionConfig,
    glance: &Glance,
    role: Option<&str>,
    dead_letter: Option<&str>,
) -> Result<(), Unsplittable> {
    let (Some(alias), Some(served)) = (&glance.alias, &glance.served) else { return Ok(()) };
    if config.rollout.shape.is_all_at_once() {
        return Ok(());
    }
    let function = || config.function.name.clone();
    if alias.version.is_none() {
        return Err(Unsplittable::Latest { function: function() });
    }
    let served = &served.configuration.settings;
    let fields = [("role", &served.role, role), ("dead-letter", &served.dead_letter, dead_letter)];
    for (field, from, to) in fields {
        if let Some(to) = to.filter(|to| *to != from.as_str()) {
            let (from, to) = (from.clone(), to.to_owned());
            return Err(Unsplittable::Differs { function: function(), field, from, to });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{alias, configuration, function, lambda, live};
    use super::*;
    use crate::model::{Configuration, Version};

    const QUEUE: &str = "arn:aws:sqs:eu-west-1:111111111111:failed";

    /// A version with this role and dead-letter target.
    fn version(number: u64, role: &str, dead_letter: &str) -> Configuration {
        let settings = Versioned { role: role.to_owned(), dead_letter: dead_letter.to_owned(), ..live() };
        configuration(Some(number), b"code", settings)
    }

    fn glance(served: Configuration) -> Glance {
        Glance { alias: Some(alias(7)), served: Some(lambda(served)), ..Glance::default() }
    }

    fn hello(shape: &str, dead_letter: Option<&str>) -> FunctionConfig {
        let mut hello = function(|settings| settings.dead_letter = dead_letter.map(str::to_owned));
        hello.rollout.shape = shape.parse().unwrap();
        hello
    }

    fn plan(action: Action) -> Plan {
        Plan {
            encounter: crate::plan::Encounter::None,
            action,
            from: Some(Version(7)),
            changes: Vec::new(),
            extras: Vec::new(),
            kept: Vec::new(),
            notes: Vec::new(),
        }
    }

    fn text(checked: Result<(), Unsplittable>) -> Option<String> {
        checked.err().map(|refused| refused.to_string())
    }

    #[test]
    fn what_is_stated_against_what_is_served() {
        let says = |change: &str| {
            Some(format!(
                "`hello` cannot move in steps: its {change}, and two versions that share an alias must have the same"
            ))
        };
        let set = says(&format!("`dead-letter` changes from none to {QUEUE}"));
        let removed = says(&format!("`dead-letter` changes from {QUEUE} to none"));
        let role = says("`role` changes from arn:a to arn:b");
        let table = [
            ("10%/5m", None, None, "", None),
            ("10%/5m", Some("arn:a"), Some(""), "", None),
            ("10%/5m", Some("arn:a"), Some(QUEUE), QUEUE, None),
            ("10%/5m", Some("arn:b"), None, "", role.clone()),
            ("10%/5m", None, Some(QUEUE), "", set),
            ("10%/5m", None, Some(""), QUEUE, removed),
            // The first of two.
            ("10%/5m", Some("arn:b"), Some(QUEUE), "", role),
            ("all-at-once", Some("arn:b"), Some(QUEUE), "", None),
        ];
        for (shape, role, dead_letter, served, expected) in table {
            let hello = hello(shape, dead_letter);
            let checked = before_build(&hello, role, &glance(version(7, "arn:a", served)));
            assert_eq!(text(checked), expected, "{shape} {role:?} {dead_letter:?} {served}");
        }
    }

    #[test]
    fn what_is_decided_against_what_is_served() {
        let look = Look {
            latest: None,
            versions: vec![version(5, "arn:b", ""), version(6, "arn:a", QUEUE), version(9, "arn:a", "")],
        };
        let publish = |role: &str, dead_letter: &str| Action::Publish {
            latest: Box::new(configuration(None, b"code", live())),
            settings: Box::new(version(0, role, dead_letter).settings),
            upload: false,
        };
        let table = [
            (Action::Unchanged, None),
            (Action::Create { settings: Box::new(version(0, "arn:b", "").settings) }, None),
            (publish("arn:a", ""), None),
            (publish("arn:b", ""), Some("role")),
            (publish("arn:a", QUEUE), Some("dead-letter")),
            (Action::Move { to: Version(5) }, Some("role")),
            (Action::Move { to: Version(6) }, Some("dead-letter")),
            (Action::Move { to: Version(9) }, None),
        ];
        for (action, expected) in table {
            let plan = plan(action);
            for (shape, expected) in [("10%/5m", expected), ("all-at-once", None)] {
                let checked = decided(&hello(shape, None), &glance(version(7, "arn:a", "")), &look, &plan);
                let field = checked.err().map(|refused| match refused {
                    Unsplittable::Differs { field, .. } => field,
                    Unsplittable::Latest { .. } => "$LATEST",
                });
                assert_eq!(field, expected, "{shape} {:?}", plan.action);
            }
        }
    }

    #[test]
    fn only_an_alias_that_is_there_and_serves_a_version_can_share() {
        let steps = hello("10%/5m", None);
        assert_eq!(before_build(&steps, Some("arn:b"), &Glance::default()), Ok(()));
        let mut latest = glance(Configuration { version: None, ..version(7, "arn:a", "") });
        if let Some(alias) = &mut latest.alias {
            alias.version = None;
        }
        assert_eq!(
            text(before_build(&steps, None, &latest)).as_deref(),
            Some("`hello` cannot move in steps: its alias serves $LATEST, which cannot share traffic")
        );
        assert_eq!(before_build(&hello("all-at-once", None), None, &latest), Ok(()));
    }
}
