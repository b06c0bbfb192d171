//! `deploy`: the whole line.

use std::cell::Cell;
use std::time::Instant;

use futures::{StreamExt, join, stream};

use crate::context::{self, Context};
use crate::error::Error;
use crate::ops::artifacts::Source;
use crate::ops::interruption::Interruption;
use crate::ops::plan::{Planned, SIDE_BY_SIDE, plan};
use crate::ops::report::{self, Header};
use crate::ops::rollout_flags::RolloutFlags;
use crate::ops::session::{Session, Target, Workbench};
use crate::publish::{Done, Job, Publisher, Stopped};
use crate::report::{FunctionReport, Outcome, Report};
use crate::rollout::Run;
use crate::stamp::Git;

/// What to do once the work on a function was interrupted.
const GO_ON: &str = "no alias is left between two versions; run the command again to go on";

/// Deploys the functions of one environment, until `until`.
///
/// # Errors
/// What went wrong before the first write. A function that fails later, or is interrupted, is in the report, beside the
/// others.
pub async fn deploy(
    context: &Context,
    target: &Target,
    source: &Source,
    flags: &RolloutFlags,
    until: &Interruption,
) -> Result<Report, Error> {
    let mut bench = Workbench::open(context, target)?;
    flags.apply(&mut bench.environment);
    let root = bench.workspace.root.clone();
    let (session, git) = join!(until.unless(Session::connect(bench, target)), Git::observe(&root));
    let session = session?;
    let planned = until.unless(plan(&session, source, git.as_ref())).await?;
    let functions = publish(&session, &planned, git.as_ref(), until).await;
    let report = Header { command: "deploy", session: &session, git: git.as_ref() }.report(functions);
    say_finished(&session, &report);
    session.close().await;
    Ok(report)
}

/// Carries out all plans, side by side. After a failure or a signal nothing new is begun.
async fn publish(
    session: &Session,
    planned: &[Planned<'_>],
    git: Option<&Git>,
    until: &Interruption,
) -> Vec<FunctionReport> {
    let stamp = version_stamp(git);
    let failed = Cell::new(false);
    let publisher = Publisher {
        aws: &session.aws,
        caller: &session.caller,
        console: &session.context().console,
        run: Run::now(),
    };
    let jobs = planned.iter().map(|planned| async {
        if failed.get() {
            return report::skipped(planned);
        }
        let begun = context::instant();
        let report = until.unless(async { Ok(carry_out(&publisher, planned, &stamp).await) }).await;
        let report = report.unwrap_or_else(|_interrupted| interrupted(planned, begun));
        failed.set(failed.get() || report.outcome == Outcome::Failed);
        report
    });
    stream::iter(jobs).buffered(SIDE_BY_SIDE).collect().await
}

/// Carries out one plan.
pub(super) async fn carry_out(
    publisher: &Publisher<'_>,
    planned: &Planned<'_>,
    stamp: &str,
) -> FunctionReport {
    let begun = context::instant();
    let job = Job {
        desired: &planned.desired,
        glance: &planned.glance,
        plan: &planned.plan,
        zip: &planned.ready.artifact.path,
        stamp,
    };
    let done = publisher.publish(&job).await;
    let seconds = report::seconds_since(begun);
    match done {
        Err(Stopped { done, error }) => {
            FunctionReport { seconds, ..report::failed(planned, &error.into(), done) }
        }
        Ok(done) => FunctionReport { seconds, ..report::done(planned, report::outcome_of(planned), done) },
    }
}

/// A function whose plan was under way when the signal came. The last request may have moved the alias or not.
fn interrupted(planned: &Planned<'_>, begun: Instant) -> FunctionReport {
    let error = Error::FunctionInterrupted { hint: GO_ON };
    let seconds = report::seconds_since(begun);
    FunctionReport { seconds, ..report::failed(planned, &error, Done::default()) }
}

/// The Description of every version that this run publishes: `lambdaship/1 git=0123456789ab`.
fn version_stamp(git: Option<&Git>) -> String {
    let Some(git) = git else { return "lambdaship/1".to_owned() };
    let commit: String = git.commit.chars().take(12).collect();
    format!("lambdaship/1 git={commit}{}", if git.dirty { "-dirty" } else { "" })
}

fn say_finished(session: &Session, report: &Report) {
    let env = &session.bench.environment.env;
    let counts = [
        (Outcome::Created, "created"),
        (Outcome::Updated, "updated"),
        (Outcome::Moved, "moved"),
        (Outcome::Unchanged, "unchanged"),
        (Outcome::Failed, "failed"),
        (Outcome::Skipped, "skipped"),
    ];
    let counts = counts.map(|(outcome, word)| (report.count(outcome), word));
    let words: Vec<_> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let message = format!("{env} in {:.1}s: {}", report.seconds, words.join(", "));
    session.context().console.status("Finished", message);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_versions_description_names_the_commit() {
        let git = |dirty| Git { commit: "0123456789abcdef0123456789abcdef01234567".to_owned(), dirty };
        assert_eq!(version_stamp(Some(&git(false))), "lambdaship/1 git=0123456789ab");
        assert_eq!(version_stamp(Some(&git(true))), "lambdaship/1 git=0123456789ab-dirty");
        assert_eq!(version_stamp(None), "lambdaship/1");
    }
}
