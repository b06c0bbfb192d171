//! The one call that moves an alias.

use super::AliasState;
use crate::aws::{self, AliasTarget, Lambda};
use crate::model::{AliasName, LambdaName, LiveAlias, Version};

/// Points `alias` to `to` alone, or creates it when `live` says that there is none. The write is fenced by `live`: an
/// alias that somebody else moved since is left as it is.
///
/// # Errors
/// When the request fails and the alias is not at `to`; held when somebody else was here since `live` was read.
pub async fn shift(
    client: &Lambda,
    lambda: &LambdaName,
    alias: &AliasName,
    live: Option<&LiveAlias>,
    to: Version,
) -> Result<(), aws::Error> {
    let target = AliasTarget { version: to, description: after(live, to).to_string() };
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
fn after(live: Option<&LiveAlias>, to: Version) -> AliasState {
    let Some(live) = live else { return AliasState::default() };
    let state = AliasState::parse(&live.description);
    if live.version == Some(to) { state } else { state.moved_from(live.version) }
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
            (None, 1, "lambdaship/1"),
            (Some(&live), 8, "lambdaship/1 prev=7"),
            (Some(&live), 5, "lambdaship/1 prev=7"),
            (Some(&live), 7, "lambdaship/1 prev=5"),
        ];
        for (live, to, expected) in table {
            assert_eq!(after(live, Version(to)).to_string(), expected, "{to}");
        }
    }
}
