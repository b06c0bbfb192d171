//! `gate`: the checks that must pass before anything ships.

mod passes;
pub(in crate::ops) mod required;

use std::cell::Cell;

use camino::Utf8PathBuf;
use cargo_metadata::Metadata;
use futures::future::{join, join_all};

use passes::{Records, Target};

use crate::build::Toolchain;
use crate::config;
use crate::console::Verbosity;
use crate::context::{self, Context};
use crate::error::Error;
use crate::gate::{
    self, Budget, Gate, Ground, Lane, Pass, Places, Ran, Runner, Show, UnknownGate, annotations, fingerprint,
    invocation, junit,
};
use crate::interruption::Interruption;
use crate::model::EnvName;
use crate::ops::session::ConnectionFlags;
use crate::report::gates::{GateOutcome, GateReport, GatesReport, SCHEMA};
use crate::report::numbers;
use crate::source::{self, Inputs};
use crate::workspace::{self, CargoOptions, Workspace};

/// What is to be checked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Cargo's own flags.
    pub cargo: CargoOptions,
    /// `--config`.
    pub config: Option<Utf8PathBuf>,
    /// The environment whose store knows what passed; without one, only this machine does.
    pub env: Option<EnvName>,
    /// How the store is reached.
    pub connection: ConnectionFlags,
    /// The gates by name; without any, those of the configuration.
    pub gates: Vec<String>,
    /// The least share of lines that tests have to run, in percent; it asks for the gate `coverage`.
    pub coverage_threshold: Option<f64>,
    /// Whether gates run that are known to pass.
    pub force: bool,
    /// Where the `JUnit` file goes.
    pub junit: Option<Utf8PathBuf>,
}

/// Runs the gates, side by side where they do not need the same.
///
/// # Errors
/// When the workspace or the configuration are wrong, or a gate has a name that nothing has. A gate that does not pass is in the
/// report.
pub async fn gate(context: &Context, request: &Request, until: &Interruption) -> Result<GatesReport, Error> {
    let begun = context::instant();
    let bench = Bench::open(context, request)?;
    let before = bench.digest();
    let records = Records { context, workspace: &bench.workspace, target: Target::of(request) };
    let known = match (&before, request.force) {
        (Some(before), false) => until.unless(records.known(before)).await?,
        _ => Vec::new(),
    };
    let ran = bench.run(request, &known, until).await;
    let seconds = context::instant().duration_since(begun).as_secs_f64();
    let seconds = (seconds * 1000.0).round() / 1000.0;
    bench.remember(&ran, request, (before, &records)).await;
    if let Some(path) = &request.junit {
        let text = junit(&ran, seconds).map_err(std::io::Error::other)?;
        let path = context.absolute(path);
        if let Some(folder) = path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        fs_err::write(&path, &text)?;
        source::written::remember(&bench.workspace.target_directory, &[path])?;
    }
    let gates: Vec<GateReport> = ran.into_iter().map(|ran| ran.report).collect();
    let passed = gates.iter().all(|gate| gate.outcome.holds());
    Ok(GatesReport { schema: SCHEMA.into(), passed, seconds, gates })
}

/// Everything that the gates are about.
struct Bench<'a> {
    context: &'a Context,
    workspace: Workspace,
    toolchain: Toolchain,
    places: Places,
    gates: Vec<Gate>,
    /// Whether there was a lock file at first; cargo makes one, and that is no change.
    locked: bool,
    cargo: &'a CargoOptions,
    /// The annotations that are left for gates that did not end yet.
    budget: Cell<Budget>,
}

impl<'a> Bench<'a> {
    fn open(context: &'a Context, request: &'a Request) -> Result<Self, Error> {
        let workspace = workspace::discover(context, &request.cargo)?;
        let explicit = request.config.as_ref().map(|path| context.absolute(path));
        let config = config::load(context, &workspace.root, explicit.as_deref())?;
        let gates = chosen(context, &request.cargo, || {
            gate::chosen(&config.gates(), &request.gates, request.coverage_threshold)
        })?;
        let root = workspace.root.canonicalize_utf8().unwrap_or_else(|_| workspace.root.clone());
        let repository = source::repository_of(&root).unwrap_or_else(|| root.clone());
        let toolchain = Toolchain::load(context, &workspace.root)?;
        let locked = workspace.root.join("Cargo.lock").exists();
        let places = Places { root, repository };
        let budget = Cell::default();
        Ok(Self { context, workspace, toolchain, places, gates, locked, cargo: &request.cargo, budget })
    }

    /// What the gates are run on; `None` when that cannot be told, and then nothing is remembered.
    fn digest(&self) -> Option<Inputs> {
        let (context, workspace, toolchain) = (self.context, &self.workspace, &self.toolchain);
        match source::whole(&source::Checkout { context, workspace, toolchain, cargo: self.cargo }) {
            Ok(inputs) => Some(inputs),
            Err(reason) => {
                self.context.console.verbose("Checking", format_args!("in any case: {reason}"));
                None
            }
        }
    }

    /// What the gates were run on, if it is what is there now.
    fn unmoved(&self, before: &Inputs) -> Option<Inputs> {
        let now = self.digest()?;
        let moved = now.since(before);
        let made = source::Difference::New("file Cargo.lock".to_owned());
        moved.iter().all(|difference| !self.locked && *difference == made).then_some(now)
    }

    /// Runs all of them, in their order in the result.
    async fn run(&self, request: &Request, known: &[Pass], until: &Interruption) -> Vec<Ran> {
        let runner = Runner {
            context: self.context,
            root: &self.workspace.root,
            places: &self.places,
            until,
            show: show(self.context),
        };
        let ground = Ground {
            root: &self.workspace.root,
            target_directory: &self.workspace.target_directory,
            cargo: &request.cargo,
            nextest: self.gates.contains(&Gate::Test) && runner.has_nextest().await,
        };
        let run = async |gate: &Gate| {
            let print = fingerprint(gate, &request.cargo, &self.context.environment);
            let ran = if let Some(pass) = gate::known(gate, &print, known) {
                Ran::known(gate, gate::ago(pass, context::now()))
            } else {
                self.context.console.status("Checking", gate.name());
                runner.run(gate, &invocation(gate, &ground)).await
            };
            self.say(&ran.report);
            ran
        };
        let numbered =
            |lane: Lane| self.gates.iter().enumerate().filter(move |(_, gate)| gate.lane() == lane);
        let beside = join_all(numbered(Lane::Beside).map(async |(number, gate)| (number, run(gate).await)));
        let compile = async {
            let mut all = Vec::new();
            for (number, gate) in numbered(Lane::Compile) {
                all.push((number, run(gate).await));
            }
            all
        };
        let (beside, compile) = join(beside, compile).await;
        let mut all = [beside, compile].concat();
        all.sort_by_key(|(number, _)| *number);
        all.into_iter().map(|(_, ran)| ran).collect()
    }

    fn say(&self, report: &GateReport) {
        let console = &self.context.console;
        let verb = match report.outcome {
            GateOutcome::Passed => "Passed",
            GateOutcome::Known => "Known",
            GateOutcome::Failed => "Failed",
            GateOutcome::Missing => "Missing",
            GateOutcome::Interrupted => "Interrupted",
        };
        let summary = report.summary.as_ref().map(|summary| format!(": {summary}")).unwrap_or_default();
        console.status(verb, format_args!("{}{summary}", report.gate));
        if context::is_on_github(&self.context.environment) {
            let mut budget = self.budget.get();
            for line in annotations(report, &mut budget) {
                console.command(line);
            }
            self.budget.set(budget);
        }
    }

    /// Keeps what passed, unless files changed meanwhile. What cannot be kept is said: it is run again.
    async fn remember(
        &self,
        ran: &[Ran],
        request: &Request,
        (before, records): (Option<Inputs>, &Records<'_>),
    ) {
        let console = &self.context.console;
        let new = self.passed(ran, request).await;
        let interrupted = ran.iter().any(|ran| ran.report.outcome == GateOutcome::Interrupted);
        let Some(before) = before.filter(|_| !new.is_empty() && !interrupted) else { return };
        let Some(now) = self.unmoved(&before) else {
            console.warn("files changed while the gates ran, so what passed is not remembered");
            return;
        };
        if let Err(error) = records.keep(&now, &new).await {
            console.warn(format_args!("{error}, so the store does not know what passed"));
        }
    }

    /// What passed just now, with its circumstances.
    async fn passed(&self, ran: &[Ran], request: &Request) -> Vec<Pass> {
        let git = crate::stamp::Git::observe(&self.workspace.root).await;
        let commit = crate::stamp::VersionStamp::new(git.as_ref(), "").commit;
        let run = context::ci_run(&self.context.environment);
        let outcome =
            |gate: &Gate| ran.iter().find(|ran| ran.report.gate == gate.name()).map(|ran| ran.report.outcome);
        let examples = outcome(&Gate::Doctest).is_none_or(GateOutcome::holds);
        let passed = self.gates.iter().zip(ran).filter(|(gate, ran)| {
            // The examples are a part of it.
            ran.report.outcome == GateOutcome::Passed && (**gate != Gate::Test || examples)
        });
        passed
            .map(|(gate, ran)| Pass {
                summary: ran.report.summary.clone(),
                commit: commit.clone(),
                run: run.clone(),
                ..Pass::new(gate, &request.cargo, &self.context.environment, context::now())
            })
            .collect()
    }
}

/// The gates that `choose` names, without those that have nothing to look at.
fn chosen(
    context: &Context,
    cargo: &CargoOptions,
    choose: impl FnOnce() -> Result<Vec<Gate>, UnknownGate>,
) -> Result<Vec<Gate>, Error> {
    let gates = choose();
    let mut gates =
        gates.map_err(|unknown| Error::Usage { message: unknown.to_string(), hint: Some(unknown.hint) })?;
    if gates.contains(&Gate::Doctest) && !has_examples(&workspace::metadata(context, cargo)?) {
        gates.retain(|gate| *gate != Gate::Doctest);
    }
    Ok(gates)
}

/// Whether any package has a library, whose documentation can have examples.
fn has_examples(metadata: &Metadata) -> bool {
    metadata.packages.iter().flat_map(|package| &package.targets).any(|target| {
        let is_library = target.is_lib() || target.is_rlib() || target.is_proc_macro();
        is_library && target.doctest
    })
}

fn show(context: &Context) -> Show {
    if context::is_on_github(&context.environment) {
        Show::Grouped
    } else if context.console.verbosity() == Verbosity::Quiet {
        Show::Failures
    } else {
        Show::Live
    }
}

impl GatesReport {
    /// Says on stderr what did not pass, with the next steps.
    pub fn show_failures(&self, context: &Context) {
        for gate in self.gates.iter().filter(|gate| !gate.outcome.holds()) {
            let summary = gate.summary.as_ref().map(|summary| format!(": {summary}")).unwrap_or_default();
            let said = match gate.outcome {
                GateOutcome::Interrupted => "was interrupted",
                _ => "did not pass",
            };
            context.console.error(format_args!("gate `{}` {said}{summary}", gate.gate));
            if let Some(hint) = &gate.hint {
                context.console.hint(hint);
            }
        }
        if let Some(rest) = gate::rest(self).filter(|_| context::is_on_github(&context.environment)) {
            context.console.command(rest);
        }
        let count = self.gates.len();
        if self.passed && count > 0 {
            let took =
                numbers::span(std::time::Duration::try_from_secs_f64(self.seconds).unwrap_or_default());
            let gates = if count == 1 { "gate" } else { "gates" };
            context.console.status("Finished", format_args!("{count} {gates} in {took}"));
        }
    }
}
