//! The alarms that end a rollout: whether those of the configuration exist, before anything is published for it.

use std::collections::BTreeSet;

use crate::aws::{self, Aws};
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::suggest::list;

/// What becomes of a plan whose alarms do not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alarms {
    /// It is made, and says so.
    Noted,
    /// It is refused: what is built would be published, and then not moved to.
    Required,
}

/// Whether the rollout of `function` asks for alarms.
pub(super) fn is_watched(function: &FunctionConfig) -> bool {
    !function.rollout.shape.is_all_at_once() && !function.rollout.limits.alarms.is_empty()
}

/// The alarms of `functions` that do not exist. Without any alarm nothing is asked.
///
/// # Errors
/// When they cannot be read.
pub(super) async fn missing(
    aws: &Aws,
    functions: &[&FunctionConfig],
) -> Result<BTreeSet<String>, aws::Error> {
    let watched = functions.iter().filter(|function| is_watched(function));
    let names: BTreeSet<&String> = watched.flat_map(|function| &function.rollout.limits.alarms).collect();
    if names.is_empty() {
        return Ok(BTreeSet::new());
    }
    let names: Vec<String> = names.into_iter().cloned().collect();
    Ok(aws.metrics().missing(&names).await?.into_iter().collect())
}

/// Refuses rollouts whose alarms do not exist, or cannot be read: they could not be judged.
///
/// # Errors
/// The first function with such an alarm, and what a request failed with.
pub(super) async fn require(aws: &Aws, functions: &[&FunctionConfig]) -> Result<(), Error> {
    let missing = missing(aws, functions).await?;
    let refused = functions.iter().find_map(|function| Some((function, lost(function, &missing)?)));
    let Some((function, lost)) = refused else { return Ok(()) };
    Err(Error::Function {
        message: format!("`{}` cannot move in steps: {lost}", function.function.name),
        hint: Some(format!(
            "make it in {}, or take it out of `alarms` in `rollout`; `--rollout all-at-once` minds none",
            aws.region()
        )),
        held: false,
    })
}

/// What is said of the alarms of `function` that are among `missing`.
pub(super) fn lost(function: &FunctionConfig, missing: &BTreeSet<String>) -> Option<String> {
    let own = function.rollout.limits.alarms.iter().filter(|_| is_watched(function));
    let own: Vec<&str> = own.filter(|name| missing.contains(*name)).map(String::as_str).collect();
    match own.len() {
        0 => None,
        1 => Some(format!("there is no alarm {}", list(&own))),
        _ => Some(format!("there are no alarms {}", list(&own))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing;

    #[test]
    fn an_alarm_is_missed_by_those_that_move_in_steps() {
        let function = |shape: &str, alarms: &[&str]| {
            let mut function = testing::function(|_| {});
            function.rollout.shape = shape.parse().unwrap();
            function.rollout.limits.alarms = alarms.iter().map(|name| (*name).to_owned()).collect();
            function
        };
        let missing: BTreeSet<String> = ["orders", "stock"].map(str::to_owned).into();
        for (shape, alarms, expected) in [
            ("10%/1m", &["orders", "there"][..], Some("there is no alarm `orders`")),
            ("10%/1m", &["orders", "stock"], Some("there are no alarms `orders`, `stock`")),
            ("10%/1m", &["there"], None),
            ("10%/1m", &[], None),
            ("all-at-once", &["orders"], None),
        ] {
            let lost = lost(&function(shape, alarms), &missing);
            assert_eq!(lost.as_deref(), expected, "{shape} {alarms:?}");
        }
    }
}
