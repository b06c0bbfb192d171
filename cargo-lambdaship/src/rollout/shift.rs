//! The one call that moves an alias.

use super::{AliasState, Run};
use crate::aws::{self, AliasTarget, Lambda};
use crate::model::{AliasName, LambdaName, LiveAlias, Version};

/// Where an alias goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Move {
    /// The version that it is to serve.
    pub to: Version,
    /// The run that moves it.
    pub run: Run,
}

/// Points `alias` to one version alone, or creates it when `live` says that there is none. The write is fenced by `live`: an
/// alias that somebody else moved since is left as it is.
///
/// # Errors
/// When the request fails and the alias is not there; held when somebody else was here since `live` was read.
pub async fn shift(
    client: &Lambda,
    lambda: &LambdaName,
    alias: &AliasName,
    live: Option<&LiveAlias>,
    step: Move,
) -> Result<(), aws::Error> {
    let target = AliasTarget { version: step.to, description: after(live, step).to_string() };
    let sent = match live {
        None => client.create_alias(lambda, alias, &target).await,
        Some(live) => client.move_alias(lambda, alias, &target, &live.revision).await,
    };
    let Err(error) = sent else { return Ok(()) };
    // An answer that was lost is a move that was made, and its repetition is refused: what the alias says counts.
    match client.alias(lambda, alias).await {
        Ok(Some(now)) if is_at(&now, &target) => Ok(()),
        _ => Err(error),
    }
}

/// What the alias will remember. One that goes back to its own primary version never left it.
fn after(live: Option<&LiveAlias>, step: Move) -> AliasState {
    let Some(live) = live else { return AliasState { run: Some(step.run), ..AliasState::default() } };
    let state = AliasState::parse(&live.description);
    if live.version == Some(step.to) { state } else { state.moved_from(live.version, step.run) }
}

fn is_at(alias: &LiveAlias, target: &AliasTarget) -> bool {
    alias.version == Some(target.version) && alias.split.is_none() && alias.description == target.description
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::alias;

    #[test]
    fn an_alias_remembers_what_it_served_before() {
        let mut live = alias(7);
        live.description = "lambdaship/1 prev=5".to_owned();
        let table = [
            (None, 1, "lambdaship/1 run=9"),
            (Some(&live), 8, "lambdaship/1 prev=7 run=9"),
            (Some(&live), 5, "lambdaship/1 prev=7 run=9"),
            (Some(&live), 7, "lambdaship/1 prev=5"),
        ];
        for (live, to, expected) in table {
            assert_eq!(after(live, Move { to: Version(to), run: Run(9) }).to_string(), expected, "{to}");
        }
    }
}
