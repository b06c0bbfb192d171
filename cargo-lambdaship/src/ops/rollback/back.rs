//! One alias on its way back.

use super::Reach;
use crate::aws::Kind;
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{Configuration, LiveAlias, Version};
use crate::ops::ledger;
use crate::report::RolloutReport;
use crate::rollout::{AliasState, Course, Driver, Run, Stance, Traffic, at_rest, settling, stance};
use crate::stamp::Lineage;
use crate::store::{Ended, Versions};

/// Where aliases go.
#[derive(Debug, Clone)]
pub(in crate::ops) enum Destination {
    /// What each served before.
    Before,
    /// This version.
    Version(Version),
    /// The newest version that was published from this commit, or one before it.
    Commit(Lineage),
}

/// Where an alias went back from and to.
pub(in crate::ops) struct Back {
    pub(in crate::ops) from: Option<Version>,
    pub(in crate::ops) to: Configuration,
    /// What the ledger is told of it, in this order; nothing when the alias was there.
    pub(in crate::ops) ways: Vec<ledger::Way>,
    pub(super) rollout: Option<RolloutReport>,
}

/// Moves one alias back, once the version that it goes to is known to work. One that is in the middle of a rollout comes
/// out of it at the old version. A signal is minded, but not while the
/// alias comes out of a rollout.
pub(in crate::ops) async fn move_back(
    driver: &Driver<'_>,
    (way, run, reach): (&Destination, Run, Reach<'_>),
    until: &Interruption,
) -> Result<Back, Error> {
    let (alias, to, there) = until.unless(look(driver, (way, reach))).await?;
    let from = alias.version;
    let code = there.code_sha256;
    let back = |ways, rollout| Back { from, to: there, ways, rollout };
    let went = || ledger::Way {
        ended: ended(way, from, to),
        version: Versions { from, to: Some(to) },
        code_sha256: Some(code),
    };
    if let Stance::Rolling(state, under_way, begun) = stance(&alias) {
        let course = Course::new(alias.clone(), state, under_way, begun);
        let say = || {
            let lambda = &driver.function.lambda;
            driver.tools.console.warn(format_args!(
                "the rollout of lambda `{lambda}` is being taken back, which no signal ends; it takes a minute or two at most"
            ));
        };
        let rolled = until.meanwhile(driver.abort(course, ASKED), say).await;
        if let Some(error) = rolled.error {
            return Err(error.into());
        }
        // It is the new version that is taken back: the alias was at the old one all the time.
        let taken_back = ledger::Way {
            ended: Ended::RolledBack,
            version: Versions { from: Some(rolled.report.new), to: from },
            code_sha256: Some(code).filter(|_| from == Some(to)),
        };
        if from == Some(to) {
            return Ok(back(vec![taken_back], Some(rolled.report)));
        }
        let ways = vec![taken_back, went()];
        return go(driver, &rolled.live, (way, to, run)).await.map(|()| back(ways, Some(rolled.report)));
    }
    if from == Some(to) && (alias.split.is_none() || settling(&alias).is_some()) {
        return Ok(back(Vec::new(), None));
    }
    let ways = vec![went()];
    // It is in one call from a version to another, or not at all.
    until.unless(go(driver, &alias, (way, to, run))).await.map(|()| back(ways, None))
}

/// Why a rollout is ended, and an alias moved.
const ASKED: &str = "it was asked for";

/// The alias, the version that it goes to, and what that is.
async fn look(
    driver: &Driver<'_>,
    (way, reach): (&Destination, Reach<'_>),
) -> Result<(LiveAlias, Version, Configuration), Error> {
    let client = driver.tools.aws.lambda();
    let (lambda, name) = (&driver.function.lambda, &driver.function.alias);
    let alias = client.alias(lambda, name).await?.ok_or_else(|| Error::Function {
        message: format!("lambda `{lambda}` has no alias `{name}`"),
        hint: Some("there is nothing to roll back before the first deploy".to_owned()),
        held: false,
    })?;
    let to = match way {
        Destination::Before => before(driver.function, &alias)?,
        Destination::Version(version) => reach.check(driver.function, &alias, *version).await?,
        Destination::Commit(lineage) => published_from(driver, &alias, (lineage, reach)).await?,
    };
    let there = client.ready(lambda, to).await.map_err(|error| match error.kind() {
        Kind::NotFound => Error::Function {
            message: format!("lambda `{lambda}` has no version {to} to go back to"),
            hint: Some("`cargo lambdaship history` shows the versions that there are".to_owned()),
            held: false,
        },
        _ => error.into(),
    })?;
    driver.warn_of_sleep(&there);
    Ok((alias, to, there))
}

/// Points the alias to `to` alone.
async fn go(
    driver: &Driver<'_>,
    alias: &LiveAlias,
    (way, to, run): (&Destination, Version, Run),
) -> Result<(), Error> {
    let state = remembered(alias, (way, to, run));
    driver.bring_back(alias, Traffic { version: to, split: None, state }, ASKED).await?;
    Ok(())
}

/// What the alias remembers once it is at `to`. One that goes back to its own primary version never left it.
fn remembered(alias: &LiveAlias, (way, to, run): (&Destination, Version, Run)) -> AliasState {
    let (state, from) = (at_rest(alias), alias.version);
    match ended(way, from, to) {
        _ if from == Some(to) => state,
        Ended::Moved => state.moved(from, to, run),
        _ => state.went_back(from, to, run),
    }
}

/// How an alias came to `to`: a newer version that was named is brought again; all else is gone back to.
fn ended(way: &Destination, from: Option<Version>, to: Version) -> Ended {
    match way {
        Destination::Version(_) | Destination::Commit(_) if from < Some(to) => Ended::Moved,
        Destination::Before | Destination::Version(_) | Destination::Commit(_) => Ended::RolledBack,
    }
}

/// Where the alias came from: its own primary version when it splits its traffic, as that is what it served before; else
/// what its own Description says, also while Lambda waits for provisioned concurrency and keeps it serving. Not to a version that was rolled back: the same command again, as of a job that is
/// tried once more, must not bring it back.
fn before(function: &FunctionConfig, alias: &LiveAlias) -> Result<Version, Error> {
    if let Some(primary) = alias.version.filter(|_| alias.split.is_some() && settling(alias).is_none()) {
        return Ok(primary);
    }
    let state = at_rest(alias);
    if let Some(undone) = state.previous.filter(|previous| state.undone.contains(previous)) {
        return Err(Error::Function {
            message: format!("version {undone} of lambda `{}` was rolled back before", function.lambda),
            hint: Some(format!("`--to-version {undone}` serves it again")),
            held: false,
        });
    }
    state.previous.ok_or_else(|| Error::Function {
        message: format!(
            "alias `{}` of lambda `{}` has served no other version that it knows of",
            alias.name, function.lambda
        ),
        hint: Some("say where to with --to-version or --to-commit".to_owned()),
        held: false,
    })
}

async fn published_from(
    driver: &Driver<'_>,
    alias: &LiveAlias,
    (lineage, reach): (&Lineage, Reach<'_>),
) -> Result<Version, Error> {
    let lambda = &driver.function.lambda;
    let versions = driver.tools.aws.lambda().versions(lambda).await?;
    let newest = reach.newest(driver, alias, lineage, versions).await?;
    newest.ok_or_else(|| Error::Function {
        message: format!("no version of lambda `{lambda}` was published from that commit, or one before it"),
        hint: Some("`cargo lambdaship history` shows which commit each version is from".to_owned()),
        held: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{alias, function};

    #[test]
    fn what_was_gone_back_from_is_remembered_and_what_was_named_is_not_taken_for_it() {
        let before = Destination::Before;
        let named = Destination::Version(Version(9));
        for (way, from, to, expected) in [
            (&before, 8, 7, "lambdaship/1 prev=8 run=4 undone=8"),
            // An older commit had been deployed again.
            (&before, 8, 9, "lambdaship/1 prev=8 run=4 undone=8"),
            (&named, 8, 9, "lambdaship/1 prev=8 run=4"),
            (&named, 8, 5, "lambdaship/1 prev=8 run=4 undone=8"),
            (&named, 8, 8, "lambdaship/1 prev=3 run=1"),
        ] {
            let live = LiveAlias { description: "lambdaship/1 prev=3 run=1".to_owned(), ..alias(from) };
            let state = remembered(&live, (way, Version(to), Run(4)));
            assert_eq!(state.to_string(), expected, "{way:?} from {from} to {to}");
        }
    }

    #[test]
    fn the_way_back_is_in_the_alias_itself() {
        let function = function(|_| {});
        let mut alias = alias(8);
        alias.description = "lambdaship/1 prev=5".to_owned();
        assert_eq!(before(&function, &alias).unwrap(), Version(5), "not the number below");
        alias.split = Some((Version(9), 0.1));
        assert_eq!(before(&function, &alias).unwrap(), Version(8), "out of the split");
        alias.description = "lambdaship/1 prev=9".to_owned();
        alias.split = Some((Version(9), 1.0));
        assert_eq!(before(&function, &alias).unwrap(), Version(9), "Lambda never left it");
        alias.split = Some((Version(9), 0.1));
        alias.description = "lambdaship/1 prev=9 undone=9,8".to_owned();
        assert_eq!(before(&function, &alias).unwrap(), Version(8), "it serves that one already");
        alias.split = None;
        let error = before(&function, &alias).unwrap_err();
        assert_eq!(error.to_string(), "version 9 of lambda `hello-staging` was rolled back before");
        assert_eq!(error.hint().as_deref(), Some("`--to-version 9` serves it again"));
        alias.description = "by hand".to_owned();
        let error = before(&function, &alias).unwrap_err();
        assert_eq!(
            error.to_string(),
            "alias `live` of lambda `hello-staging` has served no other version that it knows of"
        );
    }
}
