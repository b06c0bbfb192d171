//! `ci`: what the GitHub Action calls. One job: gates, then one command; and after it, what GitHub shows of it.
//!
//! In: the variables that action.yml and the runner set. Out: outputs, a run document, and an exit code. The step that does the
//! work writes to GitHub nothing but Deployments that begin; [`report()`] does the rest, also when this was cancelled.

mod commands;
mod conclude;
mod connect;
mod deployments;
#[cfg(test)]
mod documented;
mod event;
mod files;
mod hint;
mod inputs;
mod job;
mod masked;
mod outputs;
mod reader;
mod reason;
mod report;
mod results;
mod tell;
mod words;

use futures::FutureExt;

use event::Event;
use inputs::Inputs;

use crate::console::Verbosity;
use crate::context::Context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::Exit;
use crate::process;
use conclude::conclude;
use files::Files;
use job::{Done, Job};
use tell::tell;

/// Does what the inputs say, until `until`, and leaves the outputs and the run document in any case.
///
/// # Errors
/// When these cannot be written, and nothing else went wrong. All of that is in them, and in the exit code.
pub async fn run(context: &Context, until: &Interruption) -> Result<Exit, Error> {
    // Whoever waits for the signal first takes it from the process: one that comes while cargo is asked, which nobody can
    // interrupt, is to end this run with its outputs.
    let _ = until.came().now_or_never();
    let files = Files::of(context);
    files.clear();
    let payload = files.payload();
    let event = Event::read(&context.environment, &payload);
    let mut done = Done::default();
    let (inputs, ended) = match Inputs::read(&context.environment) {
        Ok(inputs) => {
            let context = telling(context, &inputs);
            let job = Job { context, inputs, event: event.clone(), files: files.clone(), until };
            let ended = Box::pin(job.run(&mut done)).await;
            (Some(job.inputs), ended)
        }
        Err(problems) => (None, Err(problems.into())),
    };
    let context = &inputs.as_ref().map_or_else(|| context.clone(), |inputs| telling(context, inputs));
    let interrupted = until.came().now_or_never().is_some();
    let conclusion = conclude(inputs.as_ref(), &done, ended.as_ref().err(), interrupted);
    if let Err(error) = &ended {
        show(context, error);
    }
    tell::why(context, &done, &conclusion);
    let document = conclude::document(context, (inputs.as_ref(), &event), &done, &conclusion);
    let document = masked::masked(document, &process::secrets(&context.environment));
    let path = files.write_run(&document);
    let file = path.as_ref().ok().and_then(Option::as_deref);
    let outputs = files.write_outputs(&outputs::of(&document, &done, file));
    match outputs.and(path.map(drop)) {
        Err(error) if conclusion.exit == Exit::Done => Err(error),
        Err(error) => {
            // That somebody has to act says more.
            show(context, &error);
            Ok(conclusion.exit)
        }
        Ok(()) => Ok(conclusion.exit),
    }
}

/// The same, whose hints have what the job was given.
fn telling(context: &Context, inputs: &Inputs) -> Context {
    Context { console: context.console.clone().telling(hint::given(inputs)), ..context.clone() }
}

/// Shows on GitHub what the step before did: its summary, the comment, the issue, the end of Deployments.
/// What cannot be shown is a warning.
pub async fn report(context: &Context, until: &Interruption) -> Exit {
    Box::pin(report::report(context, until)).await
}

/// Says what went wrong, and what to do about it in a workflow.
fn show(context: &Context, error: &Error) {
    let console = &context.console;
    console.error(error);
    for cause in error.causes() {
        console.caused_by(cause);
    }
    if let Some(id) = error.request_id().filter(|_| console.verbosity() >= Verbosity::Verbose) {
        console.line(format_args!("request id: {id}"));
    }
    if let Some(hint) = hint::of(error) {
        console.hint(hint);
    }
}
