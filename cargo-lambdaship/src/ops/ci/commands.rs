//! What each command of the action does.

use camino::Utf8Path;

use super::connect::{self, target};
use super::deployments::{Parts, begin};
use super::hint;
use super::inputs::{Command, Shard};
use super::job::{Done, Job, Planned};
use super::tell;
use crate::context;
use crate::error::Error;
use crate::github::workflow::Level;
use crate::model::{CodeSha256, EnvName};
use crate::ops::artifacts::Source;
use crate::ops::locks::LockFlags;
use crate::ops::matrix::{Jobs, Matrix, matrix};
use crate::ops::observe::Look;
use crate::ops::plan::Orders;
use crate::ops::prune::{self, Mode, Pruning};
use crate::ops::report::{show_failures, whole};
use crate::ops::rollback::{Way, rollback};
use crate::ops::rollout_flags::RolloutFlags;
use crate::ops::session::{LOCAL, Target};
use crate::ops::{deploy, drift, plan, plan_file, promote};
use crate::plan::prune::Keep;
use crate::report::run::PruneSummary;
use crate::report::{Format, Report};
use crate::rollout::Stay;
use crate::workspace::Selection;

/// Does it. What was done is in `done`.
///
/// # Errors
/// Why it ended early.
pub(super) async fn run(job: &Job<'_>, done: &mut Done) -> Result<(), Error> {
    let inputs = &job.inputs;
    match inputs.command {
        Command::Check | Command::Comment | Command::Install => Ok(()),
        Command::Matrix => split(job, done),
        Command::Deploy if inputs.plan_file.is_some() && !inputs.dry_run => {
            Box::pin(reviewed(job, done)).await
        }
        Command::Plan
        | Command::Deploy
        | Command::Promote
        | Command::Rollback
        | Command::Drift
        | Command::Prune => {
            let Some(target) = chosen(job, environment(job)?, done)? else { return Ok(()) };
            Box::pin(on_aws(job, &target, done)).await
        }
    }
}

/// The commands that work on an environment.
async fn on_aws(job: &Job<'_>, target: &Target, done: &mut Done) -> Result<(), Error> {
    let (inputs, context, until) = (&job.inputs, &job.context, job.until);
    let report = match inputs.command {
        Command::Drift => {
            let (report, failed) = until.unless(drift::drift(context, target)).await?;
            let report = report.whole(context.console.given());
            let shown = context.console.result(&report.render(Format::Human));
            done.drift = Some(report);
            return failed.map_or_else(|| Ok(shown?), Err);
        }
        Command::Prune => {
            return prune(job, target, done).await;
        }
        Command::Promote => {
            let from = inputs.from.clone().ok_or_else(|| empty(job, "from"))?;
            let request = promote::Request {
                to: target.clone(),
                from,
                rollout: rollout(),
                locks: LockFlags::default(),
            };
            if inputs.dry_run {
                promote::show(context, &request, until).await?
            } else {
                promote::promote(context, &request, until).await?
            }
        }
        Command::Rollback => rollback(context, target, &way(job), until).await?,
        Command::Deploy if !inputs.dry_run => {
            begin(job, (target, parts(inputs.selects())), done).await;
            deploy::deploy(context, target, &orders(), until).await?
        }
        Command::Plan
        | Command::Deploy
        | Command::Check
        | Command::Matrix
        | Command::Comment
        | Command::Install => show(job, target, done).await?,
    };
    finish(job, done, report)
}

/// What a deploy would do, kept in a file where one was named.
async fn show(job: &Job<'_>, target: &Target, done: &mut Done) -> Result<Report, Error> {
    let file = job.inputs.plan_file.as_deref().filter(|_| job.inputs.command == Command::Plan);
    let path = file.map(|file| job.context.absolute(file));
    if let Some(folder) = path.as_deref().and_then(Utf8Path::parent) {
        fs_err::create_dir_all(folder)?;
    }
    let report = job.until.unless(plan::show(&job.context, target, &orders(), path.as_deref())).await?;
    if let Some(path) = path {
        let hash = hash(&path)?;
        done.plan = Some(Planned { path: path.into_string(), hash });
    }
    Ok(report)
}

/// Exactly what was reviewed; what is planned now only where that is allowed.
async fn reviewed(job: &Job<'_>, done: &mut Done) -> Result<(), Error> {
    let (inputs, context) = (&job.inputs, &job.context);
    let file = inputs.plan_file.as_deref().unwrap_or(Utf8Path::new(""));
    let path = context.absolute(file);
    if !path.exists() && !inputs.require_plan {
        tell(
            context,
            Level::Notice,
            "there is no plan, and none is required: what is planned now is deployed",
        );
        let Some(target) = chosen(job, environment(job)?, done)? else { return Ok(()) };
        return anew(job, &target, done).await;
    }
    // The digest is that of the very bytes that are deployed.
    let bytes = plan_file::bytes(context, &path)?;
    let found = CodeSha256::of(&bytes).hex();
    if let Some(expected) = inputs.plan_hash.as_ref().filter(|expected| **expected != found) {
        let (path, expected) = (path.clone(), expected.clone());
        return Err(plan_file::Error::OtherDigest { path, expected, found }.into());
    }
    let plan = plan_file::parse(&bytes, &path)?;
    drop(bytes);
    let env = plan_file::environment(&plan, &path, inputs.environment.as_ref())?;
    done.environment = Some(env.clone());
    let mut target = target(job, env, connect::flags(job, true)?);
    let asked = &plan.asked;
    let (functions, packages) = (asked.functions.clone(), asked.packages.clone());
    let planned = Selection { functions, packages, changed_since: None };
    let all = planned.functions.is_empty() && planned.packages.is_empty();
    begin(job, (&target, parts(!all)), done).await;
    let order =
        plan_file::Order { plan: &plan, file: &path, locks: LockFlags::default(), stay: Stay::ToTheEnd };
    let report = match Box::pin(plan_file::deploy(context, &target, &order, job.until)).await {
        Err(Error::PlanFile(plan_file::Error::Moved { deployed: false, .. })) if !inputs.require_plan => {
            tell(context, Level::Notice, "the plan is not what would be deployed now, and is not required");
            target.selection = planned;
            return anew(job, &target, done).await;
        }
        report => report?,
    };
    finish(job, done, report)
}

/// A deploy of what is planned now.
async fn anew(job: &Job<'_>, target: &Target, done: &mut Done) -> Result<(), Error> {
    begin(job, (target, parts(!target.selection.functions.is_empty())), done).await;
    let report = deploy::deploy(&job.context, target, &orders(), job.until).await?;
    finish(job, done, report)
}

fn parts(selected: bool) -> Parts {
    if selected { Parts::Some } else { Parts::All }
}

async fn prune(job: &Job<'_>, target: &Target, done: &mut Done) -> Result<(), Error> {
    let mode = if job.inputs.dry_run { Mode::Show } else { Mode::Delete };
    let newest = usize::try_from(job.inputs.keep).unwrap_or(usize::MAX);
    let keep = Keep { newest, younger_than: None, now: context::now() };
    let pruning = prune::prune(&job.context, target, (keep, mode), job.until).await?;
    done.failures = pruning.failures().cloned().collect();
    done.pruned = Some(summary(&pruning, mode));
    Ok(job.context.console.result(&prune::rendered(&pruning, mode, Format::Human))?)
}

/// What went, or would.
fn summary(pruning: &Pruning, mode: Mode) -> PruneSummary {
    let deleted = mode == Mode::Delete;
    let versions =
        pruning.lambdas.iter().map(|one| if deleted { one.deleted.len() } else { one.unneeded.len() });
    let stored = pruning.stores.iter().map(|store| if deleted { store.deleted } else { store.unneeded });
    let gates = pruning.stores.iter().map(|store| &store.gates);
    let records = gates.map(|gates| if deleted { gates.deleted.count } else { gates.unneeded.count });
    let (artifacts, bytes) =
        stored.fold((0, 0), |(count, bytes), one| (count + one.count, bytes + one.bytes));
    let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    PruneSummary {
        versions: count(versions.sum()),
        artifacts: count(artifacts),
        bytes,
        records: count(records.sum()),
        deleted,
    }
}

/// The functions, split over jobs.
fn split(job: &Job<'_>, done: &mut Done) -> Result<(), Error> {
    let jobs = match job.inputs.shard {
        Some(Shard::AtMost(most)) => Jobs::AtMost(most),
        Some(Shard::Part { .. }) | None => Jobs::Most,
    };
    let env = job.inputs.environment.clone().map_or_else(local, Ok)?;
    // No role is assumed: no server is asked.
    let target = target(job, env, connect::flags(job, false)?);
    let matrix = Matrix::of(&matrix(&job.context, &target, jobs)?);
    job.context.console.result(&matrix.table(Format::Human))?;
    done.matrix = Some(matrix);
    Ok(())
}

/// What the command works on: of the selected functions those of the shard. `None` when the shard has none.
fn chosen(job: &Job<'_>, env: EnvName, done: &mut Done) -> Result<Option<Target>, Error> {
    let mut target = target(job, env, connect::flags(job, true)?);
    let Some(Shard::Part { number, of }) = job.inputs.shard else { return Ok(Some(target)) };
    let shards = matrix(&job.context, &target, Jobs::AtMost(of))?;
    let Some(names) = shards.get(number - 1).filter(|names| !names.is_empty()) else {
        let note =
            format!("part {number} of {of} has no functions: there are fewer than that, or none has changed");
        tell(&job.context, Level::Notice, &note);
        done.note = Some(note);
        return Ok(None);
    };
    target.selection.functions = names.iter().map(ToString::to_string).collect();
    // They are of those that changed.
    target.selection.changed_since = None;
    Ok(Some(target))
}

/// Notes what became of functions, and shows it.
fn finish(job: &Job<'_>, done: &mut Done, mut report: Report) -> Result<(), Error> {
    let failures = report.functions.iter_mut().filter_map(|one| one.error.as_mut());
    for failure in failures.chain(report.error.as_mut()) {
        failure.hint = failure.hint.take().map(|hint| hint::of_inputs(&hint));
    }
    let console = &job.context.console;
    let report = whole(report, console.given());
    console.result(&report.render(Format::Human))?;
    show_failures(console, &report);
    done.report = Some(report);
    Ok(())
}

fn environment(job: &Job<'_>) -> Result<EnvName, Error> {
    job.inputs.environment.clone().ok_or_else(|| empty(job, "environment"))
}

fn empty(job: &Job<'_>, input: &str) -> Error {
    let command = job.inputs.command.as_str();
    Error::Usage { message: format!("the input `{input}` is empty, and `{command}` needs it"), hint: None }
}

/// Splitting needs no environment: the settings of `local` are those that none changes.
fn local() -> Result<EnvName, Error> {
    EnvName::new(LOCAL).map_err(|error| Error::Usage { message: error.to_string(), hint: None })
}

/// Whatever the configuration says.
fn orders() -> Orders {
    Orders {
        source: Source::Build { builder: None, target: None },
        rollout: rollout(),
        locks: LockFlags::default(),
        verify_skip: false,
        accepts: None,
        look: Look::default(),
    }
}

fn rollout() -> RolloutFlags {
    RolloutFlags { shape: None, meeting: None, stay: Stay::ToTheEnd }
}

fn way(job: &Job<'_>) -> Way {
    match (job.inputs.to_version, &job.inputs.to_commit) {
        (Some(version), _) => Way::Version(version),
        (None, Some(commit)) => Way::Commit(commit.clone()),
        (None, None) => Way::Before,
    }
}

fn hash(path: &Utf8Path) -> Result<String, Error> {
    Ok(CodeSha256::of(&fs_err::read(path)?).hex())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ops::prune::{Amount, Forgotten, Shelved};

    #[test]
    fn records_of_gates_are_counted_as_what_is_pruned() {
        let amount = |count, bytes| Amount { count, bytes };
        let gates = Forgotten { records: 9, unneeded: amount(4, 40), deleted: amount(2, 20) };
        let store = Shelved { unneeded: amount(3, 30), deleted: amount(1, 10), gates, ..Shelved::default() };
        let pruning = Pruning { stores: vec![store], ..Pruning::default() };
        for (mode, artifacts, bytes, records) in [(Mode::Show, 3, 30, 4), (Mode::Delete, 1, 10, 2)] {
            let deleted = mode == Mode::Delete;
            let expected = PruneSummary { versions: 0, artifacts, bytes, records, deleted };
            assert_eq!(summary(&pruning, mode), expected);
        }
    }
}
