//! `ci`: what the GitHub Action calls. One job: gates, then one command; and after it, what GitHub shows of it.
//!
//! In: the variables that action.yml and the runner set. Out: outputs, a run document, and an exit code. The step that does the
//! work writes to GitHub nothing but Deployments that begin; [`report`] does the rest, also when this was cancelled.

mod commands;
mod conclude;
mod connect;
mod deployments;
#[cfg(test)]
mod documented;
mod event;
mod files;
mod inputs;
mod job;
mod outputs;
mod reader;
mod reason;
mod report;
mod results;
mod words;

use futures::FutureExt;

use event::Event;
use inputs::Inputs;
use reason::Reason;

use crate::context::{Context, is_on_github};
use crate::error::Error;
use crate::github::workflow::{self, Level};
use crate::interruption::Interruption;
use crate::model::Exit;
use conclude::{Conclusion, conclude};
use files::Files;
use job::{Done, Job};

/// The title of what is shown on the page of a run.
const TITLE: &str = "cargo lambdaship";

/// Does what the inputs say, until `until`, and leaves the outputs and the run document in any case.
///
/// # Errors
/// When these cannot be written. Whatever else goes wrong is in them, and in the exit code.
pub async fn run(context: &Context, until: &Interruption) -> Result<Exit, Error> {
    let files = Files::of(context);
    files.clear();
    let payload = files.payload();
    let event = Event::read(&context.environment, &payload);
    let mut done = Done::default();
    let (inputs, ended) = match Inputs::read(&context.environment) {
        Ok(inputs) => {
            let job =
                Job { context: context.clone(), inputs, event: event.clone(), files: files.clone(), until };
            let ended = Box::pin(job.run(&mut done)).await;
            (Some(job.inputs), ended)
        }
        Err(problems) => (None, Err(problems.into())),
    };
    let interrupted = until.came().now_or_never().is_some();
    let conclusion = conclude(inputs.as_ref(), &done, ended.as_ref().err(), interrupted);
    if let Err(error) = &ended {
        error.show(&context.console);
    }
    say(context, &conclusion);
    let document = conclude::document(context, (inputs.as_ref(), &event), &done, &conclusion);
    let path = files.write_run(&document);
    let file = path.as_ref().ok().and_then(Option::as_deref);
    files.write_outputs(&outputs::of(&document, &done, file))?;
    path?;
    Ok(conclusion.exit)
}

/// Shows on GitHub what the step before did: its summary, the comment, the issue, the end of Deployments.
///
/// # Errors
/// When the files of the step cannot be written.
pub async fn report(context: &Context, until: &Interruption) -> Result<Exit, Error> {
    Box::pin(report::report(context, until)).await
}

/// Shows on the page of the run why the job did not succeed.
fn say(context: &Context, conclusion: &Conclusion) {
    let Some(reason) = conclusion.reason else { return };
    let level = if conclusion.exit == Exit::Done { Level::Warning } else { Level::Error };
    let text = conclusion.message.as_deref().unwrap_or(match reason {
        Reason::Gates => "gates did not pass",
        Reason::Changes => "there is something to deploy",
        Reason::Drift => "what is live is not what was deployed",
        Reason::Cancelled => "cancelled",
        _ => "see the log",
    });
    tell(context, level, &format!("{reason}: {text}"));
}

/// Says something on the page of the run, or, outside of GitHub Actions, on stderr alone.
fn tell(context: &Context, level: Level, text: &str) {
    if is_on_github(context) {
        context.console.line(workflow::message(level, TITLE, text));
    } else if level != Level::Error {
        context.console.warn(text);
    }
}
