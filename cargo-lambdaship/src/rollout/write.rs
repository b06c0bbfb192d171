//! The one call that changes an alias.

use super::{AliasState, settling};
use crate::aws::{self, AliasTarget, Lambda};
use crate::model::{AliasName, LambdaName, LiveAlias, Version, Weight};

/// An alias of a lambda.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    /// The lambda.
    pub lambda: &'a LambdaName,
    /// The alias.
    pub alias: &'a AliasName,
}

/// What an alias is to serve, and to remember.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traffic {
    /// The version with all of the traffic, or what the split leaves of it.
    pub version: Version,
    /// A second version with its share.
    pub split: Option<(Version, Weight)>,
    /// What it remembers.
    pub state: AliasState,
}

/// Brings the alias at `place` to `target`, or creates it when `live` says that there is none, and returns it as it is
/// then. The write is fenced by `live`: an alias that somebody else moved since is left as it is.
///
/// # Errors
/// When the request fails and the alias is not known to be there; held when somebody else was here since `live` was read.
pub async fn write(
    client: &Lambda,
    Place { lambda, alias }: Place<'_>,
    live: Option<&LiveAlias>,
    target: Traffic,
) -> Result<LiveAlias, aws::Error> {
    let Traffic { version, split, state } = target;
    let target = AliasTarget { version, split, description: state.to_string() };
    let sent = match live {
        None => client.create_alias(lambda, alias, &target).await,
        Some(live) => client.update_alias(lambda, alias, &target, &live.revision).await,
    };
    let error = match sent {
        Ok(live) => return Ok(live),
        Err(error) => error,
    };
    // An answer that was lost is a move that was made, and its repetition is refused: what the alias says counts.
    match client.alias(lambda, alias).await {
        Ok(Some(now)) if is_at(&now, &target) => Ok(now),
        // Nobody but Lambda was here.
        Ok(Some(now)) if live.is_some_and(|live| has_settled(live, &now)) => {
            client.update_alias(lambda, alias, &target, &now.revision).await
        }
        // A refusal may be that of the repetition: as long as the alias cannot be read, nobody knows who moved it.
        Err(unread) if error.is_held() => Err(unread),
        _ => Err(error),
    }
}

/// Whether all that became of `before` since is that Lambda went on with moving its traffic.
fn has_settled(before: &LiveAlias, now: &LiveAlias) -> bool {
    settling(before).is_some()
        && (now.version, &now.description) == (before.version, &before.description)
        && (now.split.is_none() || settling(now).is_some())
        && now.revision != before.revision
}

fn is_at(alias: &LiveAlias, target: &AliasTarget) -> bool {
    let split = alias.split.filter(|_| settling(alias).is_none());
    let split = split.map(|(version, weight)| (version, Weight::nearest(weight)));
    alias.version == Some(target.version)
        && split == target.split.map(|(version, weight)| (version, Some(weight)))
        && alias.description == target.description
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::alias;

    #[test]
    fn an_alias_is_there_only_with_its_weight_and_its_words() {
        let target = |split: Option<&str>| AliasTarget {
            version: Version(7),
            split: split.map(|weight| (Version(8), weight.parse().unwrap())),
            description: "words".to_owned(),
        };
        let live = |split| LiveAlias { split, description: "words".to_owned(), ..alias(7) };
        let table = [
            (live(None), target(None), true),
            (live(None), target(Some("5%")), false),
            (live(Some((Version(8), 0.05))), target(Some("5%")), true),
            (live(Some((Version(8), 0.05))), target(None), false),
            (live(Some((Version(8), 0.06))), target(Some("5%")), false),
            (live(Some((Version(9), 0.05))), target(Some("5%")), false),
            (
                LiveAlias { description: "lambdaship/1 prev=6".to_owned(), ..live(Some((Version(6), 1.0))) },
                { AliasTarget { description: "lambdaship/1 prev=6".to_owned(), ..target(None) } },
                true,
            ),
            (LiveAlias { description: "others".to_owned(), ..live(None) }, target(None), false),
            (LiveAlias { version: Some(Version(6)), ..live(None) }, target(None), false),
        ];
        for (live, target, expected) in table {
            assert_eq!(is_at(&live, &target), expected, "{live:?} {target:?}");
        }
    }
}
