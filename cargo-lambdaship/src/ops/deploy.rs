//! `deploy`: the whole line.

use std::cell::Cell;

use futures::future::join_all;
use futures::join;

use crate::context::{self, Context};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::ops::plan::{Orders, Planned, plan};
use crate::ops::report::{self, Header};
use crate::ops::session::{Session, Target, Workbench};
use crate::ops::supply::Dispatch;
use crate::publish::{Done, Job, Parcel, Publisher, Stopped, Turn};
use crate::report::{FunctionReport, Report, RolloutEnd, Upload};
use crate::rollout::{Run, Tools};
use crate::stamp::{Git, VersionStamp};

/// Lambdas that are published at the same time: what it takes to use up Lambda's 15 writes a second while most of them wait
/// for their lambda to settle. Zips in memory have a limit of their own.
const PUBLISHED_SIDE_BY_SIDE: usize = 48;

/// Deploys the functions of one environment, until `until`.
///
/// # Errors
/// What went wrong before the first write. A function that fails later, or is interrupted, is in the report, beside the
/// others.
pub async fn deploy(
    context: &Context,
    target: &Target,
    orders: &Orders,
    until: &Interruption,
) -> Result<Report, Error> {
    let mut bench = Workbench::open(context, target)?;
    orders.rollout.apply(&mut bench.environment);
    let root = bench.workspace.root.clone();
    let (session, git) = join!(until.unless(Session::connect(bench, target)), Git::observe(&root));
    let session = session?;
    let planned = until.unless(plan(&session, orders, git.as_ref())).await?;
    let functions = publish(&session, &planned, (git.as_ref(), orders), until).await;
    let report = Header { command: "deploy", session: &session, git: git.as_ref() }.report(functions);
    say_finished(&session, &report);
    session.close().await;
    Ok(report)
}

/// Carries out all plans, side by side. After a failure or a signal nothing new is begun; what bakes is watched to its end.
async fn publish(
    session: &Session,
    planned: &[Planned<'_>],
    (git, orders): (Option<&Git>, &Orders),
    until: &Interruption,
) -> Vec<FunctionReport> {
    let failed = Cell::new(false);
    let (aws, caller, console) = (&session.aws, &session.caller, &session.context().console);
    let tools = Tools::new(aws, caller, console, PUBLISHED_SIDE_BY_SIDE);
    let publisher = Publisher { tools: &tools, run: Run::at(aws.now()), stay: orders.rollout.stay, until };
    let shipper = Shipper {
        publisher: &publisher,
        dispatch: session.dispatch(),
        stamp: VersionStamp::new(git, &caller.arn),
    };
    let jobs = planned.iter().map(|planned| async {
        let turn = tools.turn().await;
        if failed.get() {
            return report::skipped(planned);
        }
        let report = shipper.ship(planned, turn).await;
        failed.set(failed.get() || report.error.is_some());
        report
    });
    join_all(jobs).await
}

/// What it takes to carry out plans.
pub(super) struct Shipper<'a> {
    /// What publishes.
    pub(super) publisher: &'a Publisher<'a>,
    /// How zips get to Lambda.
    pub(super) dispatch: Dispatch<'a>,
    /// What versions say of themselves.
    pub(super) stamp: VersionStamp,
}

impl Shipper<'_> {
    /// Carries out one plan: brings the zip to where Lambda takes it from, and publishes it.
    pub(super) async fn ship(&self, planned: &Planned<'_>, turn: Turn<'_>) -> FunctionReport {
        let begun = context::instant();
        let report = match self.publisher.until.unless(self.bring(planned)).await {
            Ok((parcel, sent)) => self.publish(planned, (&parcel, sent), turn).await,
            Err(error) => {
                report::failed(planned, &error, Done { version: planned.plan.from, ..Done::default() })
            }
        };
        FunctionReport { seconds: report::seconds_since(begun), ..report }
    }

    /// Brings the zip, if the plan sends it, and lets the store know of its source.
    async fn bring(&self, planned: &Planned<'_>) -> Result<(Parcel, u64), Error> {
        let brought = if planned.plan.sends_code() {
            let function = &planned.desired.config.function.name;
            self.dispatch.bring(function, &planned.supply).await?
        } else {
            (Parcel::None, 0)
        };
        if let Some(record) = &planned.supply.record {
            self.dispatch.remember(record).await;
        }
        Ok(brought)
    }

    async fn publish(
        &self,
        planned: &Planned<'_>,
        (parcel, sent): (&Parcel, u64),
        turn: Turn<'_>,
    ) -> FunctionReport {
        let stamp = self.stamp.built_from(planned.supply.source).to_string();
        let job = Job {
            desired: &planned.desired,
            glance: &planned.glance,
            plan: &planned.plan,
            parcel,
            size: planned.supply.size,
            stamp: &stamp,
        };
        let report = match Box::pin(self.publisher.publish(&job, turn)).await {
            Err(Stopped { done, error }) => report::failed(planned, &error.into(), done),
            Ok(done) => report::done(planned, report::outcome_of(planned), done),
        };
        match parcel {
            Parcel::Object(_) if sent > 0 => {
                FunctionReport { upload: Upload::S3, uploaded_bytes: sent, ..report }
            }
            Parcel::Object(_) | Parcel::File(_) | Parcel::None => report,
        }
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
