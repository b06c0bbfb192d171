//! Carrying out one plan: the zip to where Lambda takes it from, the version, the alias, and a note in the ledger.

use crate::console::Console;
use crate::context;
use crate::error::Error;
use crate::model::EnvName;
use crate::ops::plan::Planned;
use crate::ops::report;
use crate::ops::session::Session;
use crate::ops::supply::Dispatch;
use crate::publish::{Done, Job, Parcel, Publisher, Stopped, Turn};
use crate::report::{FunctionReport, Origin, Outcome, Upload};
use crate::stamp::{Git, VersionStamp};
use crate::store::{Ended, Release, Versions};

/// What it takes to carry out plans.
pub(super) struct Shipper<'a> {
    /// What publishes.
    pub(super) publisher: &'a Publisher<'a>,
    /// How zips get to Lambda.
    pub(super) dispatch: Dispatch<'a>,
    /// What versions say of themselves.
    pub(super) stamp: VersionStamp,
    /// What the ledger says of each release.
    pub(super) ledger: Ledger<'a>,
}

/// What the ledger says of every release of a run.
pub(super) struct Ledger<'a> {
    pub(super) env: &'a EnvName,
    pub(super) git: Option<&'a Git>,
    pub(super) run: Option<String>,
    pub(super) console: &'a Console,
}

impl<'a> Shipper<'a> {
    pub(super) fn new(session: &'a Session, publisher: &'a Publisher<'a>, git: Option<&'a Git>) -> Self {
        let context = session.context();
        let ledger = Ledger {
            env: &session.bench.environment.env,
            git,
            run: context::ci_run(&context.environment),
            console: &context.console,
        };
        let stamp = VersionStamp::new(git, &session.caller.arn);
        Self { publisher, dispatch: session.dispatch(), stamp, ledger }
    }

    /// Carries out one plan.
    pub(super) async fn ship(&self, planned: &Planned<'_>, turn: Turn<'_>) -> FunctionReport {
        let begun = context::instant();
        let report = match self.publisher.until.unless(self.bring(planned)).await {
            Ok((parcel, sent)) => self.publish(planned, (&parcel, sent), turn).await,
            Err(error) => {
                report::failed(planned, &error, Done { version: planned.plan.from, ..Done::default() })
            }
        };
        self.note(planned, &report).await;
        FunctionReport { seconds: report::seconds_since(begun), ..report }
    }

    /// Brings the zip, if the plan sends it, and lets the store know of its source.
    async fn bring(&self, planned: &Planned<'_>) -> Result<(Parcel, u64), Error> {
        if !planned.plan.is_nothing()
            && let Some(promoted) = &planned.supply.promoted
        {
            promoted.is_still_served().await?;
        }
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
        let supply = &planned.supply;
        let stamp = match &supply.promoted {
            Some(promoted) => VersionStamp { commit: promoted.commit.clone(), ..self.stamp.clone() },
            None => self.stamp.clone(),
        };
        let stamp = stamp.built_from(supply.source).to_string();
        let job = Job {
            desired: &planned.desired,
            glance: &planned.glance,
            plan: &planned.plan,
            parcel,
            size: supply.size,
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

    /// Notes in the ledger what became of the alias. A note that cannot be kept is said: what it is about is done.
    async fn note(&self, planned: &Planned<'_>, report: &FunctionReport) {
        let (Some(store), Some(outcome)) = (self.dispatch.store, ended(report)) else { return };
        let (config, supply) = (planned.desired.config, &planned.supply);
        let release = Release {
            env: self.ledger.env.clone(),
            function: config.function.name.clone(),
            lambda: config.lambda.clone(),
            alias: config.alias.clone(),
            version: Versions { from: report.version.from, to: report.version.to },
            code_sha256: Some(supply.code),
            source_hash: supply.source,
            git: self.ledger.git.filter(|_| supply.promoted.is_none()).cloned(),
            by: self.stamp.by.clone(),
            run: self.ledger.run.clone(),
            at: self.publisher.tools.aws.now(),
            outcome,
            from: supply.promoted.as_ref().map(|promoted| promoted.env.clone()),
            settings: None,
        };
        if let Err(error) = store.note(&release).await {
            self.ledger
                .console
                .warn(format_args!("{error}; the ledger lacks this release of `{}`", release.function));
        }
    }
}

/// How the ledger tells the end; nothing for a function to which nothing was done.
fn ended(report: &FunctionReport) -> Option<Ended> {
    let promoted = report.origin == Some(Origin::Promoted);
    match report.outcome {
        Outcome::Created | Outcome::Updated | Outcome::Moved if promoted => Some(Ended::Promoted),
        Outcome::Created | Outcome::Updated => Some(Ended::Updated),
        Outcome::Moved => Some(Ended::Moved),
        Outcome::RolledBack => Some(Ended::RolledBack),
        Outcome::Failed => Some(Ended::Failed),
        Outcome::Unchanged | Outcome::Skipped => None,
    }
}
