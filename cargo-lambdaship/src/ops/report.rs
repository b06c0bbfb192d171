//! From what a verb did to the report on it.

use std::time::Instant;

use crate::config::FunctionConfig;
use crate::console::Console;
use crate::context::{self, Context};
use crate::error::Error;
use crate::given::Given;
use crate::model::Exit;
use crate::ops::plan::Planned;
use crate::ops::session::Session;
use crate::plan::{Action, Encounter};
use crate::publish::Done;
use crate::report::{
    Failure, FunctionReport, Git, Origin, Outcome, Report, RequestCounts, RunResult, SCHEMA, Upload,
    VersionMove, result_of,
};
use crate::stamp;

/// What every report says of its run.
pub struct Header<'a> {
    /// The verb.
    pub command: &'static str,
    /// The environment.
    pub session: &'a Session,
    /// The commit that was built.
    pub git: Option<&'a stamp::Git>,
}

impl Header<'_> {
    /// The report on `functions`.
    #[must_use]
    pub fn report(&self, functions: Vec<FunctionReport>) -> Report {
        let session = self.session;
        let seconds = session.context().seconds();
        Report {
            schema: SCHEMA.into(),
            command: self.command.to_owned(),
            env: session.bench.environment.env.to_string(),
            account: Some(session.caller.account.to_string()),
            region: Some(session.aws.region().to_string()),
            result: result_of(&functions),
            git: self.git.map(|git| Git { commit: git.commit.clone(), dirty: git.dirty }),
            started: started(seconds),
            seconds: milliseconds(seconds),
            requests: RequestCounts { lambda: session.aws.meter().lambda(), s3: session.aws.meter().s3() },
            uploaded_bytes: functions.iter().map(|function| function.uploaded_bytes).sum(),
            functions,
            error: None,
        }
    }
}

/// One report on what was done in one or several regions; `None` when there was none.
#[must_use]
pub fn merged(reports: Vec<Report>) -> Option<Report> {
    let several = reports.len() > 1;
    let merged = reports.into_iter().map(|mut report| {
        for function in &mut report.functions {
            function.region = report.region.clone().filter(|_| several);
        }
        report
    });
    let both = |mut all: Report, next: Report| {
        all.region = all.region.zip(next.region).map(|(all, next)| format!("{all}, {next}"));
        all.requests.lambda += next.requests.lambda;
        all.requests.s3 += next.requests.s3;
        all.uploaded_bytes += next.uploaded_bytes;
        all.functions.extend(next.functions);
        all.result = result_of(&all.functions);
        all
    };
    merged.reduce(both)
}

/// The report of a run that ended before it reached any function.
#[must_use]
pub fn unreached(context: &Context, command: &'static str, env: String, error: &Error) -> Report {
    let seconds = context.seconds();
    Report {
        schema: SCHEMA.into(),
        command: command.to_owned(),
        env,
        account: None,
        region: None,
        result: RunResult::Failed,
        git: None,
        started: started(seconds),
        seconds: milliseconds(seconds),
        requests: RequestCounts::default(),
        uploaded_bytes: 0,
        functions: Vec::new(),
        error: Some(error.failure()),
    }
}

/// The same report, whose commands have what the run was given; those that are about a function name it. Also the only one of
/// the run: there may be others that it left out, by its plan or since they had not changed.
#[must_use]
pub fn whole(mut report: Report, given: &Given) -> Report {
    for function in &mut report.functions {
        let given = given.only(&function.function, function.region.as_deref());
        let hint = function.error.as_mut().and_then(|failure| failure.hint.as_mut());
        for text in function.notes.iter_mut().chain(hint) {
            *text = given.whole(text);
        }
    }
    if let Some(hint) = report.error.as_mut().and_then(|failure| failure.hint.as_mut()) {
        *hint = given.whole(hint);
    }
    report
}

/// Seconds from `begun` until now, to the millisecond.
#[must_use]
pub fn seconds_since(begun: Instant) -> f64 {
    milliseconds(context::instant().duration_since(begun).as_secs_f64())
}

fn milliseconds(seconds: f64) -> f64 {
    (seconds * 1000.0).round() / 1000.0
}

fn started(seconds: f64) -> String {
    let now = context::now();
    let span = jiff::SignedDuration::try_from_secs_f64(seconds).unwrap_or_default();
    let started = now.checked_sub(span).unwrap_or(now);
    started.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A function that was not built, and of which nothing is known yet but its `outcome`.
#[must_use]
pub fn bare(function: &FunctionConfig, outcome: Outcome) -> FunctionReport {
    FunctionReport {
        function: function.function.name.to_string(),
        lambda: function.lambda.to_string(),
        alias: function.alias.to_string(),
        outcome,
        changes: Vec::new(),
        kept: Vec::new(),
        notes: Vec::new(),
        version: VersionMove::default(),
        code_sha256: None,
        size: None,
        size_from: None,
        source_hash: None,
        origin: None,
        because: Vec::new(),
        built: false,
        region: None,
        upload: Upload::None,
        uploaded_bytes: 0,
        seconds: 0.0,
        smoke: Vec::new(),
        rollout: None,
        error: None,
    }
}

/// What a plan that was carried out has done.
#[must_use]
pub fn outcome_of(planned: &Planned<'_>) -> Outcome {
    match &planned.plan.action {
        Action::Unchanged if planned.plan.encounter == Encounter::End => Outcome::RolledBack,
        Action::Unchanged if planned.plan.extras.is_empty() => Outcome::Unchanged,
        Action::Create { .. } => Outcome::Created,
        Action::Publish { .. } | Action::Unchanged => Outcome::Updated,
        Action::Move { .. } => Outcome::Moved,
    }
}

/// A function whose plan was carried out, or, with a [`Done`] of nothing, would be.
#[must_use]
pub fn done(planned: &Planned<'_>, outcome: Outcome, done: Done) -> FunctionReport {
    let (config, supply) = (planned.desired.config, &planned.supply);
    FunctionReport {
        function: config.function.name.to_string(),
        lambda: config.lambda.to_string(),
        alias: config.alias.to_string(),
        outcome,
        changes: planned.plan.changes.clone(),
        kept: planned.plan.kept.clone(),
        notes: planned.plan.notes.clone(),
        version: VersionMove { from: planned.plan.from, to: done.version },
        code_sha256: Some(supply.code),
        size: Some(supply.size),
        size_from: planned.glance.served.as_ref().map(|served| served.configuration.code_size),
        source_hash: supply.source,
        origin: Some(supply.origin),
        because: supply.because.clone(),
        built: supply.origin == Origin::Built,
        region: None,
        upload: if done.uploaded > 0 { Upload::Direct } else { Upload::None },
        uploaded_bytes: done.uploaded,
        seconds: 0.0,
        smoke: done.smoke,
        rollout: done.rollout,
        error: None,
    }
}

/// A function that failed after `before` was done, or whose alias stayed because the new version is not as it has to be.
#[must_use]
pub fn failed(planned: &Planned<'_>, error: &Error, before: Done) -> FunctionReport {
    let outcome = if error.exit() == Exit::RolledBack { Outcome::RolledBack } else { Outcome::Failed };
    FunctionReport { error: Some(error.failure()), ..done(planned, outcome, before) }
}

/// A function that was not reached.
#[must_use]
pub fn skipped(planned: &Planned<'_>) -> FunctionReport {
    let mut report = done(planned, Outcome::Skipped, Done { version: planned.plan.from, ..Done::default() });
    if let Some(rolling) = &planned.glance.rolling {
        report.notes.push(format!("the rollout of version {} is still under way", rolling.under_way.next));
    }
    report
}

/// Says on stderr why functions failed.
pub fn show_failures(console: &Console, report: &Report) {
    for function in &report.functions {
        if let Some(failure) = &function.error {
            console.error(format_args!("`{}`: {}", function.function, failure.message));
            explain(console, failure);
        }
    }
    if let Some(failure) = &report.error {
        console.error(&failure.message);
        explain(console, failure);
    }
}

fn explain(console: &Console, failure: &Failure) {
    for cause in &failure.causes {
        console.caused_by(cause);
    }
    if let Some(hint) = &failure.hint {
        console.hint(hint);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing;

    #[test]
    fn a_command_about_a_function_is_about_no_other_one() {
        let said = || FunctionReport {
            notes: vec!["`cargo lambdaship rollout promote` ends it".to_owned()],
            ..testing::updated()
        };
        let elsewhere = || FunctionReport { region: Some("us-east-1".to_owned()), ..said() };
        let env = || Given::default().with("--env", "prod");
        for (functions, given, expected) in [
            // With `--plan` or `--changed-since` there may be more functions than the report has.
            (vec![said()], env(), "--env prod -f hello"),
            (vec![said(), testing::unchanged()], env(), "--env prod -f hello"),
            (vec![said()], env().with("-p", "web"), "--env prod -f hello"),
            (vec![elsewhere(), said()], env(), "--env prod -f hello --region us-east-1"),
        ] {
            let report = whole(testing::report("deploy", functions), &given);
            // As a hint is told.
            let note = given.whole(&report.functions[0].notes[0]);
            assert_eq!(note, format!("`cargo lambdaship rollout promote {expected}` ends it"));
        }
    }
}
