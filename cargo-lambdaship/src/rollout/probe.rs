//! Smoke events: what a version answers before it gets traffic.

use std::time::Duration;

use super::{problems, quoted};
use crate::aws::{self, Answer, Kind, Lambda};
use crate::config::FunctionConfig;
use crate::console::Console;
use crate::context;
use crate::model::{LambdaName, Secret, Smoke, Version};
use crate::report::SmokeReport;

/// How often an event is sent that does not arrive, or that Lambda throttles.
const TRIES: u32 = 5;
/// How long a version may take to wake.
const WAKING: Duration = Duration::from_mins(3);
/// Between the first two tries; it doubles with each, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);
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

/// What came of the smoke events of a version.
#[derive(Debug)]
pub struct Probed {
    /// Each event that was sent.
    pub reports: Vec<SmokeReport>,
    /// Why the version must not get traffic.
    pub failed: Option<Failed>,
}

/// Gives versions their smoke events.
#[derive(Clone, Copy)]
pub struct Prober<'a> {
    /// Lambda.
    pub client: &'a Lambda,
    /// Where progress goes.
    pub console: &'a Console,
}

impl Prober<'_> {
    /// Gives `version` each of the smoke events of `function`, in their order. One that fails does not keep the others from
    /// being tried. None of `secrets` is in what is said of them.
    ///
    /// # Errors
    /// When an event could not be sent.
    pub async fn probe(
        &self,
        function: &FunctionConfig,
        version: Version,
        secrets: &[&str],
    ) -> Result<Probed, aws::Error> {
        let events = &function.smoke;
        if events.is_empty() {
            return Ok(Probed { reports: Vec::new(), failed: None });
        }
        let (count, noun) = (events.len(), if events.len() == 1 { "event" } else { "events" });
        let name = &function.function.name;
        self.console.status("Testing", format_args!("{name} v{version}: {count} smoke {noun}"));
        let _spinner = self.console.progress("Testing", name.as_str(), None);
        let mut trials = Vec::new();
        for smoke in events {
            match ask(self.client, &function.lambda, version, smoke).await {
                Ok(trial) => trials.push(trial),
                // What the version answered before counts more than that it cannot be asked any more.
                Err(_) if trials.iter().any(|trial| !trial.passed()) => break,
                Err(error) => return Err(error),
            }
        }
        Ok(self.judge(&function.lambda, version, &trials, secrets).await)
    }

    async fn judge(
        &self,
        lambda: &LambdaName,
        version: Version,
        trials: &[Trial<'_>],
        secrets: &[&str],
    ) -> Probed {
        let failed: Vec<_> = trials.iter().filter(|trial| !trial.passed()).collect();
        // Variables that others set are not in the configuration; they are read when something is to be shown.
        let set = if failed.is_empty() { Vec::new() } else { self.variables(lambda, version).await };
        let secrets: Vec<&str> = secrets.iter().copied().chain(set.iter().map(Secret::expose)).collect();
        let reports = trials.iter().map(|trial| trial.report(&secrets)).collect();
        if failed.is_empty() {
            return Probed { reports, failed: None };
        }
        let causes = failed.iter().flat_map(|trial| trial.causes(&secrets)).collect::<Vec<_>>();
        let chain = |next, text| Some(Box::new(Cause { text, next }));
        let failed = Failed {
            lambda: lambda.clone(),
            version,
            events: named(&failed, trials.len()),
            causes: causes.into_iter().rev().fold(None, chain),
        };
        Probed { reports, failed: Some(failed) }
    }

    async fn variables(&self, lambda: &LambdaName, version: Version) -> Vec<Secret> {
        let live = self.client.function(lambda, Some(&version.to_string())).await;
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
    let (mut pause, mut tries, mut waited) = (FIRST_PAUSE, 1, Duration::ZERO);
    loop {
        let error = match once(client, lambda, version, smoke).await {
            Err(error) => error,
            answered => return answered,
        };
        // The function did not get it, and will.
        let again = if error.is_waking() {
            waited < WAKING
        } else {
            tries += 1;
            tries <= TRIES && matches!(error.kind(), Kind::Throttled | Kind::Unreachable)
        };
        if !again {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        waited += pause;
        pause = LONGEST_PAUSE.min(pause * 2);
    }
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
