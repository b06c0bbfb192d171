//! Smoke events: what a version answers before it gets traffic.

use std::time::Duration;

use super::{Error, Job, Publisher};
use crate::aws::{self, Answer, Kind, Lambda};
use crate::context;
use crate::model::{LambdaName, Secret, Smoke, Version};
use crate::publish::Done;
use crate::report::SmokeReport;
use crate::rollout::{problems, quoted};

/// How often an event is sent that does not arrive, or that Lambda throttles.
const TRIES: u32 = 5;
/// Between the first two tries; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// The most that is shown of an event and of its answer, in characters.
const SHOWN: usize = 1000;
/// The lines at the end of a log that are shown.
const LOG_LINES: usize = 10;

/// A version that did not answer its smoke events as it has to. Its causes are, for each such event, what was wrong, the
/// event, the answer, and the end of the log.
#[derive(Debug, thiserror::Error)]
#[error("version {version} of lambda `{lambda}` did not pass {events}")]
pub struct Failed {
    lambda: LambdaName,
    version: Version,
    events: String,
    #[source]
    causes: Option<Box<Cause>>,
}

#[derive(Debug, thiserror::Error)]
#[error("{text}")]
struct Cause {
    text: String,
    #[source]
    next: Option<Box<Cause>>,
}

/// An event, and what came back.
struct Trial<'a> {
    smoke: &'a Smoke,
    answer: Answer,
    took: Duration,
}

impl Publisher<'_> {
    /// Gives `version` each of its smoke events, in their order. One that fails does not keep the others from being tried.
    pub(super) async fn test(&self, job: &Job<'_>, version: Version, done: &mut Done) -> Result<(), Error> {
        let events = &job.desired.config.smoke;
        if events.is_empty() {
            return Ok(());
        }
        let (count, noun) = (events.len(), if events.len() == 1 { "event" } else { "events" });
        self.console.status("Testing", format_args!("{} v{version}: {count} smoke {noun}", job.function()));
        let _spinner = self.console.progress("Testing", job.function().as_str(), None);
        let mut trials = Vec::new();
        for smoke in events {
            match ask(self.aws.lambda(), job.lambda(), version, smoke).await {
                Ok(trial) => trials.push(trial),
                // What the version answered before counts more than that it cannot be asked any more.
                Err(_) if trials.iter().any(|trial| !trial.passed()) => break,
                Err(error) => return Err(error.into()),
            }
        }
        self.judge(job, version, &trials, done).await
    }

    async fn judge(
        &self,
        job: &Job<'_>,
        version: Version,
        trials: &[Trial<'_>],
        done: &mut Done,
    ) -> Result<(), Error> {
        let failed: Vec<_> = trials.iter().filter(|trial| !trial.passed()).collect();
        // Variables that others set are in neither configuration nor alias; they are read when something is to be shown.
        let set = if failed.is_empty() { Vec::new() } else { self.variables(job, version).await };
        let secrets: Vec<&str> = job.secrets().chain(set.iter().map(Secret::expose)).collect();
        done.smoke = trials.iter().map(|trial| trial.report(&secrets)).collect();
        if failed.is_empty() {
            return Ok(());
        }
        let causes = failed.iter().flat_map(|trial| trial.causes(&secrets)).collect::<Vec<_>>();
        let chain = |next, text| Some(Box::new(Cause { text, next }));
        Err(Error::Smoke(Failed {
            lambda: job.lambda().clone(),
            version,
            events: named(&failed, trials.len()),
            causes: causes.into_iter().rev().fold(None, chain),
        }))
    }

    async fn variables(&self, job: &Job<'_>, version: Version) -> Vec<Secret> {
        let live = self.aws.lambda().function(job.lambda(), Some(&version.to_string())).await;
        let live = live.ok().flatten().map(|live| live.configuration.settings.variables);
        live.unwrap_or_default().into_values().collect()
    }
}

/// Sends one event to `version` itself, so that no alias counts it. The function can get it twice, when the connection
/// breaks.
async fn ask<'a>(
    client: &Lambda,
    lambda: &LambdaName,
    version: Version,
    smoke: &'a Smoke,
) -> Result<Trial<'a>, aws::Error> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..TRIES {
        match once(client, lambda, version, smoke).await {
            Err(error) if matches!(error.kind(), Kind::Throttled | Kind::Unreachable) => {
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            asked => return asked,
        }
    }
    once(client, lambda, version, smoke).await
}

async fn once<'a>(
    client: &Lambda,
    lambda: &LambdaName,
    version: Version,
    smoke: &'a Smoke,
) -> Result<Trial<'a>, aws::Error> {
    let begun = context::instant();
    let answer = client.invoke(lambda, &version.to_string(), smoke.event.clone()).await?;
    Ok(Trial { smoke, answer, took: begun.elapsed() })
}

impl Trial<'_> {
    fn problems(&self, secrets: &[&str]) -> Vec<String> {
        problems(&self.smoke.expect, &self.answer, self.took, secrets)
    }

    fn passed(&self) -> bool {
        self.problems(&[]).is_empty()
    }

    fn report(&self, secrets: &[&str]) -> SmokeReport {
        let problems = self.problems(secrets);
        SmokeReport {
            name: self.smoke.name.clone(),
            passed: problems.is_empty(),
            seconds: (self.took.as_secs_f64() * 1000.0).round() / 1000.0,
            problems,
        }
    }

    fn causes(&self, secrets: &[&str]) -> Vec<String> {
        let name = &self.smoke.name;
        let show = |bytes: &[u8]| quoted(&String::from_utf8_lossy(bytes), SHOWN, secrets);
        let mut causes: Vec<String> =
            self.problems(secrets).into_iter().map(|problem| format!("`{name}` {problem}")).collect();
        causes.push(format!("`{name}` was sent {}", show(&self.smoke.event)));
        causes.push(format!("`{name}` came back as {}", show(&self.answer.payload)));
        causes
            .extend(tail(&self.answer.log_tail, secrets).map(|tail| format!("`{name}` logged\n    {tail}")));
        causes
    }
}

/// The last lines of a log, each on a line of its own.
fn tail(log: &str, secrets: &[&str]) -> Option<String> {
    // Redacted as a whole: a secret can have several lines.
    let log = aws::redact(log, secrets.iter().copied());
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.iter().skip(lines.len().saturating_sub(LOG_LINES));
    let last: Vec<String> = last.map(|line| quoted(line, SHOWN, &[])).collect();
    (!last.is_empty()).then(|| last.join("\n    "))
}

/// ``the smoke event `ping` ``, ``2 of 3 smoke events: `1`, `ping` ``.
fn named(failed: &[&Trial<'_>], of: usize) -> String {
    let names = failed.iter().map(|trial| format!("`{}`", trial.smoke.name)).collect::<Vec<_>>().join(", ");
    match failed.len() {
        1 => format!("the smoke event {names}"),
        count => format!("{count} of {of} smoke events: {names}"),
    }
}
