//! `ci --report`: what GitHub shows of the step before.
//!
//! In: the run document, or those of other jobs. Out: the step's summary, the comment, the issue, the end of Deployments. It
//! fails no job: what GitHub does not take is a warning.

use super::deployments;
use super::event::{Event, Trust};
use super::files::Files;
use super::inputs::{Command, CommentMode, Inputs};
use super::results::{self, results};
use super::tell;
use crate::context::Context;
use crate::error::Error;
use crate::github::workflow::Level;
use crate::github::{Access, DeploymentState, GitHub, IssueText, Stamp};
use crate::interruption::Interruption;
use crate::model::Exit;
use crate::report::comment;
use crate::report::run::{JobResult, RunReport};

/// What is shown, and where.
struct Page<'a> {
    context: &'a Context,
    inputs: &'a Inputs,
    event: &'a Event,
    runs: Vec<RunReport>,
}

/// Shows what the step before did. Deployments come first: nothing else may leave them under way.
pub(super) async fn report(context: &Context, until: &Interruption) -> Exit {
    let files = Files::of(context);
    let event = Event::read(&context.environment, &files.payload());
    let run = files.read_run(results::LONGEST * 16);
    let Ok(inputs) = Inputs::read(&context.environment) else {
        // The step before said what is wrong, and failed.
        summarise(context, &files, &run.into_iter().collect::<Vec<_>>());
        return Exit::Done;
    };
    if matches!(inputs.command, Command::Matrix | Command::Install) {
        return Exit::Done;
    }
    let runs = documents(context, &inputs, run);
    let page = Page { context, inputs: &inputs, event: &event, runs };
    if let Err(error) = until.unless(page.end_deployments(&files)).await {
        page.warn("the Deployment is left as it is", &error);
    }
    summarise(context, &files, &page.runs);
    if let Err(error) = until.unless(page.keep_issue()).await {
        page.warn("the issue is left as it is", &error);
    }
    match until.unless(page.write_comment()).await {
        Ok(url) => {
            if let Err(error) = files.write_outputs(&[("comment-url", url.unwrap_or_default())]) {
                warn(context, "the output `comment-url` is empty", &error);
            }
        }
        Err(error) => page.warn("there is no comment, see the summary of the job", &error),
    }
    Exit::Done
}

/// The documents to show: this job's own, or those of the others.
fn documents(context: &Context, inputs: &Inputs, own: Option<RunReport>) -> Vec<RunReport> {
    if inputs.command != Command::Comment {
        return own.into_iter().collect();
    }
    let folder = context.absolute(&inputs.working_directory).join(&inputs.results);
    let results = results(&folder);
    for why in &results.skipped {
        tell(context, Level::Warning, why);
    }
    if results.runs.is_empty() {
        tell(context, Level::Warning, &format!("there are no run documents in {folder}"));
    }
    results.runs
}

fn summarise(context: &Context, files: &Files, runs: &[RunReport]) {
    if runs.is_empty() {
        return;
    }
    if let Err(error) = files.write_summary(&format!("{}\n", comment::summary(runs))) {
        warn(context, "the job has no summary", &error);
    }
}

fn warn(context: &Context, what: &str, error: &Error) {
    let hint = error.hint().map(|hint| format!(" ({hint})")).unwrap_or_default();
    let why = [vec![error.to_string()], error.causes()].concat().join(": ");
    tell(context, Level::Warning, &format!("{what}: {why}{hint}"));
}

impl Page<'_> {
    /// Ends the Deployments that began.
    async fn end_deployments(&self, files: &Files) -> Result<(), Error> {
        let begun = files.read_deployments();
        let Some(access) = self.access()?.filter(|_| !begun.ids.is_empty()) else { return Ok(()) };
        let state = ended(self.runs.first());
        deployments::end((&access, &self.context.console), &begun, (state, self.event.page.as_deref())).await
    }

    /// Keeps one issue for each environment that is compared on a schedule or by hand: open while it drifts.
    async fn keep_issue(&self) -> Result<(), Error> {
        let is_watch = matches!(self.event.name.as_str(), "schedule" | "workflow_dispatch");
        let drift = self.runs.first().and_then(|run| run.drift.as_ref()).filter(|_| is_watch);
        let (Some(drift), Some(access)) = (drift, self.access()?) else { return Ok(()) };
        if !drift.drifted && self.inputs.selects() {
            // What was not looked at can drift still.
            return Ok(());
        }
        let body = drift.drifted.then(|| comment::render(&self.runs, self.event.page.as_deref()));
        let body = body.as_deref().filter(|body| !body.is_empty());
        // What could not be compared may have drifted: no issue is closed without a word on it.
        let whole = drift.functions.iter().all(|function| function.error.is_none());
        if (drift.drifted && body.is_none()) || (!drift.drifted && !whole) {
            return Ok(());
        }
        let github = GitHub::connect(&access, &self.context.console)?;
        let key = format!("drift-{}", drift.env);
        let title = format!("What is live in `{}` is not what was deployed", drift.env);
        let content = comment::content(&self.runs);
        let text = body.map(|body| IssueText { title: &title, body, content: Some(&content) });
        github.issue(&key, text).await?;
        Ok(())
    }

    /// Writes the comment, and answers its page.
    async fn write_comment(&self) -> Result<Option<String>, Error> {
        let body = comment::render(&self.runs, self.event.page.as_deref());
        if !self.inputs.comment.writes() || self.runs.is_empty() || body.is_empty() {
            return Ok(None);
        }
        if self.event.trust == Trust::Fork {
            let text = "a pull request from a fork has no token that may comment; the workflow after it does";
            tell(self.context, Level::Notice, text);
            return Ok(None);
        }
        let Some(access) = self.access()? else { return Ok(None) };
        let Some(stamp) = self.stamp() else { return Ok(None) };
        let github = GitHub::connect(&access, &self.context.console)?;
        let mut url = None;
        for pull_request in self.pull_requests(&github).await? {
            let written = if is_worth_it(self.inputs.comment, &self.runs) {
                Some(github.comment(pull_request, &stamp, &body).await?)
            } else {
                github.refresh(pull_request, &stamp, &body).await?
            };
            url = url.or(written.map(|comment| comment.url));
        }
        Ok(url)
    }

    /// By the input, by the event, or, after a run of somebody else's code, by the commit: never by what that code left.
    async fn pull_requests(&self, github: &GitHub) -> Result<Vec<u64>, Error> {
        if let Some(number) = self.stated() {
            return Ok(vec![number]);
        }
        match (self.event.name.as_str(), &self.event.head, &self.event.head_repository) {
            ("workflow_run", Some(head), Some(repository)) => {
                Ok(github.pull_requests(head, repository).await?)
            }
            // What was merged is told where it was reviewed.
            ("push", Some(head), _) => Ok(github.merged_pull_requests(head).await?),
            _ => Ok(Vec::new()),
        }
    }

    /// The pull request that the workflow or the event names. After a fork's run the workflow can have it only from what the
    /// fork's code left: that is not believed.
    fn stated(&self) -> Option<u64> {
        let named = self.inputs.pr_number;
        if named.is_some() && self.event.trust == Trust::ForkWithSecrets {
            let text = "the input `pr-number` is not read after a fork's run: the pull request is found by its commit";
            tell(self.context, Level::Warning, text);
            return self.event.pull_request;
        }
        named.or(self.event.pull_request)
    }

    fn access(&self) -> Result<Option<Access>, Error> {
        deployments::access(self.context, self.inputs, self.event)
    }

    fn stamp(&self) -> Option<Stamp> {
        Some(Stamp {
            key: self.inputs.comment_key.clone(),
            run: self.event.run,
            attempt: self.event.attempt,
            head: self.event.head.clone()?,
            content: Some(comment::content(&self.runs)),
        })
    }

    fn warn(&self, what: &str, error: &Error) {
        warn(self.context, what, error);
    }
}

/// How a Deployment ended. Without a document the run did not come to an end.
fn ended(run: Option<&RunReport>) -> DeploymentState {
    let Some(run) = run else { return DeploymentState::Error };
    match (run.result, &run.failure_reason) {
        (JobResult::Cancelled, _) => DeploymentState::Error,
        (JobResult::Failed, _) | (_, Some(_)) => DeploymentState::Failure,
        (JobResult::Unchanged | JobResult::Changed | JobResult::Planned | JobResult::RolledBack, None) => {
            DeploymentState::Success
        }
    }
}

/// Whether a comment is made where there is none.
fn is_worth_it(mode: CommentMode, runs: &[RunReport]) -> bool {
    mode == CommentMode::Always
        || runs.iter().any(|run| {
            let drifted = run.drift.as_ref().is_some_and(|drift| drift.drifted);
            run.result != JobResult::Unchanged || run.failure_reason.is_some() || drifted
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::run::SCHEMA;

    fn run(result: JobResult, reason: Option<&str>) -> RunReport {
        RunReport {
            schema: SCHEMA.into(),
            command: "deploy".to_owned(),
            environment: None,
            result,
            failure_reason: reason.map(str::to_owned),
            message: None,
            head: None,
            run_url: None,
            seconds: 0.0,
            gates: None,
            report: None,
            drift: None,
            pruned: None,
        }
    }

    #[test]
    fn a_deployment_ends_as_the_run_did_and_one_without_an_end_is_an_error() {
        for (run, expected) in [
            (None, DeploymentState::Error),
            (Some(run(JobResult::Changed, None)), DeploymentState::Success),
            (Some(run(JobResult::Unchanged, None)), DeploymentState::Success),
            // `rollback` itself.
            (Some(run(JobResult::RolledBack, None)), DeploymentState::Success),
            (Some(run(JobResult::RolledBack, Some("rolled-back"))), DeploymentState::Failure),
            (Some(run(JobResult::Failed, Some("build"))), DeploymentState::Failure),
            (Some(run(JobResult::Cancelled, Some("cancelled"))), DeploymentState::Error),
        ] {
            assert_eq!(ended(run.as_ref()), expected, "{run:?}");
        }
    }

    #[test]
    fn a_comment_is_made_for_what_changes_or_fails() {
        let (same, changed) = (run(JobResult::Unchanged, None), run(JobResult::Planned, None));
        let odd = run(JobResult::Unchanged, Some("drift"));
        for (mode, runs, expected) in [
            (CommentMode::ChangesOnly, vec![same.clone()], false),
            (CommentMode::Always, vec![same.clone()], true),
            (CommentMode::ChangesOnly, vec![same.clone(), changed], true),
            (CommentMode::ChangesOnly, vec![odd], true),
        ] {
            assert_eq!(is_worth_it(mode, &runs), expected, "{mode:?}");
        }
    }
}
