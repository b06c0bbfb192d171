//! `deploy`: the whole line.

use std::cell::Cell;

use futures::future::join_all;
use futures::join;

use crate::context::{self, Context};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::ops::artifacts::Source;
use crate::ops::plan::{Planned, SIDE_BY_SIDE, plan};
use crate::ops::report::{self, Header};
use crate::ops::rollout_flags::RolloutFlags;
use crate::ops::session::{Session, Target, Workbench};
use crate::publish::{Job, Publisher, Stopped, Turn};
use crate::report::{FunctionReport, Report, RolloutEnd};
use crate::rollout::{Run, Stay, Tools};
use crate::stamp::{Git, VersionStamp};

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
    let report = finish(&session, &planned, git.as_ref(), flags.stay, until).await;
    drop(planned);
    session.close().await;
    Ok(report)
}

/// Carries out all plans, and reports on them.
pub(super) async fn finish(
    session: &Session,
    planned: &[Planned<'_>],
    git: Option<&Git>,
    stay: Stay,
    until: &Interruption,
) -> Report {
    let functions = publish(session, planned, git, stay, until).await;
    let report = Header { command: "deploy", session, git }.report(functions);
    say_finished(session, &report);
    report
}

/// Carries out all plans, side by side. After a failure or a signal nothing new is begun; what bakes is watched to its end.
async fn publish(
    session: &Session,
    planned: &[Planned<'_>],
    git: Option<&Git>,
    stay: Stay,
    until: &Interruption,
) -> Vec<FunctionReport> {
    let stamp = VersionStamp::new(git, &session.caller.arn).to_string();
    let failed = Cell::new(false);
    let (aws, caller, console) = (&session.aws, &session.caller, &session.context().console);
    let tools = Tools::new(aws, caller, console, SIDE_BY_SIDE);
    let publisher = Publisher { tools: &tools, run: Run::at(aws.now()), stay, until };
    let jobs = planned.iter().map(|planned| async {
        let turn = tools.turn().await;
        if failed.get() {
            return report::skipped(planned);
        }
        let report = carry_out(&publisher, planned, &stamp, turn).await;
        failed.set(failed.get() || report.error.is_some());
        report
    });
    join_all(jobs).await
}

/// Carries out one plan.
pub(super) async fn carry_out(
    publisher: &Publisher<'_>,
    planned: &Planned<'_>,
    stamp: &str,
    turn: Turn<'_>,
) -> FunctionReport {
    let begun = context::instant();
    let job = Job {
        desired: &planned.desired,
        glance: &planned.glance,
        plan: &planned.plan,
        zip: &planned.ready.artifact.path,
        stamp,
    };
    let done = Box::pin(publisher.publish(&job, turn)).await;
    let seconds = report::seconds_since(begun);
    match done {
        Err(Stopped { done, error }) => {
            FunctionReport { seconds, ..report::failed(planned, &error.into(), done) }
        }
        Ok(done) => FunctionReport { seconds, ..report::done(planned, report::outcome_of(planned), done) },
    }
}

fn say_finished(session: &Session, report: &Report) {
    let env = &session.bench.environment.env;
    let message = format!("{env} in {:.1}s: {}", report.seconds, report.summary());
    session.context().console.status("Finished", message);
    let is_left = |function: &FunctionReport| {
        let end = function.rollout.as_ref().map(|rollout| rollout.end);
        end == Some(RolloutEnd::UnderWay) && function.error.is_none()
    };
    if report.functions.iter().any(is_left) {
        let verbs = "`cargo lambdaship rollout tick` or `resume` goes on with what is rolling out";
        session.context().console.hint(format_args!("{verbs}, `rollout status` shows it"));
    }
}
