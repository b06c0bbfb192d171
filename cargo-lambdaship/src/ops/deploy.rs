//! `deploy`: the whole line.

use std::cell::Cell;

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, join, stream};

use crate::context::Context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::RegionOrder;
use crate::ops::alarms::Alarms;
use crate::ops::gate::required::{self, Looked};
use crate::ops::guard::Guard;
use crate::ops::line::Line;
use crate::ops::plan::{Orders, Planned, READS_SIDE_BY_SIDE};
use crate::ops::report::{self, Header};
use crate::ops::session::{Session, Target, Workbench, close};
use crate::ops::ship::Shipper;
use crate::publish::Publisher;
use crate::report::{FunctionReport, Report, RolloutEnd};
use crate::rollout::{Run, Tools};
use crate::stamp::Git;

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
    let orders = &until.unless(orders.accepting(&bench, target)).await?;
    let line = Line { command: "deploy", target, orders, review: None, until };
    line.run(bench).await
}

/// What the regions of a run have in common.
struct Together<'a> {
    regions: usize,
    git: Option<&'a Git>,
    /// Whether a function failed in any.
    failed: &'a Cell<bool>,
}

impl Line<'_> {
    /// Plans for all regions before anything is written in one of them, and carries the plans out.
    ///
    /// # Errors
    /// What went wrong before the first write.
    pub(super) async fn run(&self, bench: Workbench) -> Result<Report, Error> {
        let root = bench.workspace.root.clone();
        let (sessions, git) =
            join!(self.until.unless(Session::connect_all(bench, self.target)), Git::observe(&root));
        let sessions = sessions?;
        let git = self.orders.source.commit(git);
        let report = self.deploy(&sessions, git.as_ref()).await;
        close(sessions).await;
        report
    }

    async fn deploy(&self, sessions: &[Session], git: Option<&Git>) -> Result<Report, Error> {
        if let Some(order) = self.review {
            order.is_for(sessions, self.target, git)?;
        }
        let mut guard = Guard::new(sessions, self.orders.locks);
        let (planned, gates) = loop {
            let planned = self.until.unless(self.approved(sessions, git)).await;
            let covered = match planned {
                Ok(planned) => {
                    guard.cover(&planned.0, self.until).await.map(|covered| covered.then_some(planned))
                }
                Err(error) => Err(error),
            };
            match covered {
                Ok(Some(planned)) => break planned,
                // Whoever had a lock has changed what was seen.
                Ok(None) => {}
                Err(error) => {
                    guard.free(&[]).await;
                    return Err(error);
                }
            }
        };
        if let Err(error) = self.until.unless(still_served(&planned)).await {
            guard.free(&[]).await;
            return Err(error);
        }
        for (session, looked) in sessions.iter().zip(&gates) {
            required::keep(session, looked).await;
        }
        // The artifact of a reviewed plan is what was built from its commit, whatever is checked out now.
        let git = self.review.map_or(git, |order| order.plan.git.as_ref());
        let shipped = self.publish(sessions, &planned, git).await;
        guard.free(&shipped).await;
        let reports = sessions
            .iter()
            .zip(shipped)
            .map(|(session, functions)| Header { command: self.command, session, git }.report(functions));
        let report = report::merged(reports.collect());
        let report = report.ok_or(Error::Interrupted)?;
        say_finished(&sessions[0], &report);
        Ok(report)
    }

    /// The plans of all regions, none of which ships what did not pass the gates that its environment asks for.
    async fn approved<'s>(
        &self,
        sessions: &'s [Session],
        git: Option<&Git>,
    ) -> Result<(Vec<Vec<Planned<'s>>>, Vec<Looked>), Error> {
        let planned = self.plan(sessions, git, Alarms::Required).await?;
        let mut gates = Vec::new();
        for (session, planned) in sessions.iter().zip(&planned) {
            gates.push(Box::pin(required::look(session, planned, self.orders)).await?);
        }
        required::refuse(&self.target.env, &gates)?;
        Ok((planned, gates))
    }

    /// Carries out the plans of all regions. After a failure or a signal nothing new is begun in any.
    async fn publish(
        &self,
        sessions: &[Session],
        planned: &[Vec<Planned<'_>>],
        git: Option<&Git>,
    ) -> Vec<Vec<FunctionReport>> {
        let failed = &Cell::new(false);
        let regions = sessions.iter().zip(planned);
        let together = &Together { regions: sessions.len(), git, failed };
        let regions = regions.map(|(session, planned)| self.publish_in(session, planned, together));
        match sessions[0].bench.environment.region_order {
            RegionOrder::SideBySide => join_all(regions).await,
            RegionOrder::OneAfterAnother => {
                let mut all = Vec::new();
                for region in regions {
                    all.push(region.await);
                }
                all
            }
        }
    }

    /// Carries out all plans of a region, side by side. What bakes is watched to its end.
    async fn publish_in(
        &self,
        session: &Session,
        planned: &[Planned<'_>],
        &Together { regions, git, failed }: &Together<'_>,
    ) -> Vec<FunctionReport> {
        let (aws, caller, console) = (&session.aws, &session.caller, &session.context().console);
        let tools = Tools::new(aws, caller, console, PUBLISHED_SIDE_BY_SIDE)
            .watching(planned.iter().map(|planned| planned.desired.config));
        let (run, stay) = (Run::at(aws.now()), self.orders.rollout.stay);
        let publisher = Publisher { tools: &tools, run, stay, until: self.until, regions };
        let shipper = Shipper::new(session, &publisher, git);
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
}

/// Makes sure, once and before anything is written, that what is promoted is served still where it comes from.
async fn still_served(planned: &[Vec<Planned<'_>>]) -> Result<(), Error> {
    let changed = planned.iter().flatten().filter(|planned| !planned.plan.is_unchanged());
    let promoted = changed.filter_map(|planned| planned.supply.promoted.as_ref());
    let checks = promoted.map(|promoted| promoted.is_still_served());
    stream::iter(checks).buffered(READS_SIDE_BY_SIDE).try_collect::<Vec<()>>().await.map(drop)
}

fn say_finished(session: &Session, report: &Report) {
    let env = &session.bench.environment.env;
    let message = format!("{env} in {:.1}s: {}", report.seconds, report.summary());
    session.context().console.status("Finished", message);
    for hint in left(report) {
        session.context().console.hint(hint);
    }
}

/// How to go on with what is rolling out still: for each region of several, since rollouts are looked after in one at a time.
fn left(report: &Report) -> Vec<String> {
    let is_left = |function: &&FunctionReport| {
        let end = function.rollout.as_ref().map(|rollout| rollout.end);
        end == Some(RolloutEnd::UnderWay) && function.error.is_none()
    };
    let mut regions: Vec<Option<&str>> = Vec::new();
    for function in report.functions.iter().filter(is_left) {
        if !regions.contains(&function.region.as_deref()) {
            regions.push(function.region.as_deref());
        }
    }
    let hint = |region: Option<&str>| {
        let flag = region.map(|region| format!(" --region {region}")).unwrap_or_default();
        format!(
            "`cargo lambdaship rollout status{flag}` shows what is rolling out, \
             `cargo lambdaship rollout resume{flag}` goes on with it"
        )
    };
    regions.into_iter().map(hint).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing;

    #[test]
    fn what_is_left_is_gone_on_with_where_it_is() {
        let function = |(region, end): &(Option<&str>, RolloutEnd)| FunctionReport {
            region: region.map(str::to_owned),
            rollout: Some(testing::rollout(*end, Vec::new())),
            ..testing::updated()
        };
        let (west, east) = (Some("eu-west-1"), Some("us-east-1"));
        let (left, done) = (RolloutEnd::UnderWay, RolloutEnd::Promoted);
        let table: [(&[_], &[&str]); 4] = [
            (&[(None, done)], &[]),
            (&[(None, left), (None, left)], &["status", "resume"]),
            (&[(west, done), (east, left)], &["status --region us-east-1", "resume --region us-east-1"]),
            (
                &[(west, left), (west, left), (east, left)],
                &[
                    "status --region eu-west-1",
                    "resume --region eu-west-1",
                    "status --region us-east-1",
                    "resume --region us-east-1",
                ],
            ),
        ];
        for (functions, expected) in table {
            let report = testing::report("deploy", functions.iter().map(function).collect());
            let hints = super::left(&report).concat();
            let parts = hints.split('`').filter_map(|part| part.strip_prefix("cargo lambdaship rollout "));
            assert_eq!(parts.collect::<Vec<_>>(), expected, "{functions:?}");
        }
    }
}
