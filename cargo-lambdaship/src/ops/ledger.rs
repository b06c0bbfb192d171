//! What the ledger is told of an alias that went from one version to another without a deploy: back, or to the end of a
//! rollout.

use jiff::SignedDuration;

use crate::config::FunctionConfig;
use crate::context;
use crate::model::CodeSha256;
use crate::ops::session::Session;
use crate::report::{FunctionReport, Outcome, RolloutEnd};
use crate::stamp::VersionStamp;
use crate::store::{Ended, Release, Versions};

/// A way that an alias went, or failed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Way {
    /// How it ended.
    pub(super) ended: Ended,
    /// Between which versions.
    pub(super) version: Versions,
    /// The code that is served at its end, where it is known.
    pub(super) code_sha256: Option<CodeSha256>,
}

impl Way {
    /// The way of an alias whose rollout was looked after; `None` while it goes on, and when this run did not end it.
    pub(super) fn looked_after(report: &FunctionReport) -> Option<Self> {
        let rollout = report.rollout.as_ref()?;
        let (ended, from) = match (report.outcome, rollout.end) {
            // The new version had its share.
            (Outcome::RolledBack, _) => (Ended::RolledBack, rollout.new),
            (Outcome::Moved, RolloutEnd::Promoted) => (Ended::Moved, rollout.old),
            _ => return None,
        };
        let version = Versions { from: Some(from), to: report.version.to };
        Some(Self { ended, version, code_sha256: report.code_sha256 })
    }
}

/// Notes what an alias did, in this order. A note that cannot be kept is said: what it is about is done.
pub(super) async fn note(session: &Session, function: &FunctionConfig, ways: &[Way]) {
    let Some(store) = &session.store else { return };
    let (context, mut at) = (session.context(), session.aws.now());
    for way in ways {
        let release = Release {
            env: session.bench.environment.env.clone(),
            function: function.function.name.clone(),
            lambda: function.lambda.clone(),
            alias: function.alias.clone(),
            version: way.version,
            code_sha256: way.code_sha256,
            source_hash: None,
            git: None,
            by: VersionStamp::new(None, &session.caller.arn).by,
            run: context::ci_run(&context.environment),
            at,
            outcome: way.ended,
            from: None,
            settings: None,
        };
        if let Err(error) = store.note(&release).await {
            let name = &release.function;
            context.console.warn(format_args!("{error}; the ledger lacks what became of `{name}`"));
        }
        // Entries are in the order of their times, to the millisecond.
        at = at.checked_add(SignedDuration::from_millis(1)).unwrap_or(at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Version;
    use crate::report::VersionMove;
    use crate::report::testing::{rollout, updated};

    #[test]
    fn the_end_of_a_rollout_is_noted_with_the_version_that_came_or_was_taken_back() {
        let way = |ended, from, to| Some((ended, Some(Version(from)), Some(Version(to))));
        for (outcome, end, to, expected) in [
            (Outcome::RolledBack, RolloutEnd::RolledBack, 7, way(Ended::RolledBack, 8, 7)),
            (Outcome::Moved, RolloutEnd::Promoted, 8, way(Ended::Moved, 7, 8)),
            // A tick that took a step.
            (Outcome::Moved, RolloutEnd::UnderWay, 7, None),
            (Outcome::Unchanged, RolloutEnd::UnderWay, 7, None),
            (Outcome::Failed, RolloutEnd::Held, 7, None),
            (Outcome::Failed, RolloutEnd::Stuck, 7, None),
            // Whoever ended it notes it.
            (Outcome::Moved, RolloutEnd::Overtaken, 8, None),
        ] {
            let report = FunctionReport {
                outcome,
                version: VersionMove { from: Some(Version(7)), to: Some(Version(to)) },
                rollout: Some(rollout(end, Vec::new())),
                ..updated()
            };
            let told = Way::looked_after(&report);
            let told = told.map(|way| (way.ended, way.version.from, way.version.to));
            assert_eq!(told, expected, "{outcome:?} {end:?}");
        }
        assert_eq!(Way::looked_after(&updated()), None);
    }
}
