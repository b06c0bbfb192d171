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
use crate::ops::session::{Session, Target, Workbench};
use crate::publish::{Done, Job, Publisher, Stopped};
use crate::report::{FunctionReport, Outcome, Report};
use crate::rollout::Run;
use crate::stamp::{Git, VersionStamp};

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
    until: &Interruption,
) -> Result<Report, Error> {
    let bench = Workbench::open(context, target)?;
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
    let stamp = VersionStamp::new(git, &session.caller.arn).to_string();
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
        failed.set(failed.get() || report.error.is_some());
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

fn say_finished(session: &Session, report: &Report) {
    let env = &session.bench.environment.env;
    let counts = [
        (Outcome::Created, "created"),
        (Outcome::Updated, "updated"),
        (Outcome::Moved, "moved"),
        (Outcome::Unchanged, "unchanged"),
        (Outcome::RolledBack, "rolled back"),
        (Outcome::Failed, "failed"),
        (Outcome::Skipped, "skipped"),
    ];
    let counts = counts.map(|(outcome, word)| (report.count(outcome), word));
    let words: Vec<_> =
        counts.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    let message = format!("{env} in {:.1}s: {}", report.seconds, words.join(", "));
    session.context().console.status("Finished", message);
}
