//! The job: which parts of it are done, in which order.

use camino::Utf8PathBuf;

use super::event::{Event, Trust};
use super::files::Files;
use super::inputs::{Gates, Inputs};
use super::{commands, connect, tell};
use crate::context::Context;
use crate::error::Error;
use crate::github::workflow::Level;
use crate::interruption::Interruption;
use crate::model::EnvName;
use crate::ops;
use crate::ops::matrix::Matrix;
use crate::report::Report;
use crate::report::drift::DriftReport;
use crate::report::gates::GatesReport;
use crate::report::run::PruneSummary;
use crate::workspace::CargoOptions;

/// A job, as it was asked for.
pub(super) struct Job<'a> {
    /// The outside world; its folder is the workspace's.
    pub(super) context: Context,
    /// What was asked for.
    pub(super) inputs: Inputs,
    /// For what.
    pub(super) event: Event,
    /// Where things are left.
    pub(super) files: Files,
    /// The signal that ends it.
    pub(super) until: &'a Interruption,
}

/// What was done so far.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// The environment, which a plan can say too.
    pub(super) environment: Option<EnvName>,
    /// The gates.
    pub(super) gates: Option<GatesReport>,
    /// What became of functions.
    pub(super) report: Option<Report>,
    /// What drifted.
    pub(super) drift: Option<DriftReport>,
    /// What was pruned.
    pub(super) pruned: Option<PruneSummary>,
    /// What failed without an error of its own.
    pub(super) failures: Vec<String>,
    /// The jobs.
    pub(super) matrix: Option<Matrix>,
    /// The plan that was kept.
    pub(super) plan: Option<Planned>,
    /// Deployments on GitHub that began.
    pub(super) deployments: Vec<u64>,
    /// What is worth knowing.
    pub(super) note: Option<String>,
}

/// A plan in a file.
#[derive(Debug)]
pub(super) struct Planned {
    /// The file.
    pub(super) path: String,
    /// Its SHA-256, in hexadecimal digits.
    pub(super) hash: String,
}

impl Job<'_> {
    /// Gates first, then the command. What was done is in `done`, also after an error.
    ///
    /// # Errors
    /// Why it ended early. A gate that does not pass, and a function that fails, are in `done`.
    pub(super) async fn run(&self, done: &mut Done) -> Result<(), Error> {
        let own = self.may_ask_aws()?;
        let job = &self.in_workspace()?;
        done.environment.clone_from(&job.inputs.environment);
        if let Some(names) = job.gates() {
            let gates = job.run_gates(names, own).await?;
            let passed = gates.passed;
            done.gates = Some(gates);
            if !passed {
                return Ok(());
            }
        }
        if !own && job.inputs.command.needs_environment() {
            let note = "a pull request from a fork gets no credentials, so that only gates were run";
            tell(&job.context, Level::Notice, note);
            done.note = Some(note.to_owned());
            return Ok(());
        }
        Box::pin(commands::run(job, done)).await
    }

    /// Whether the code is one that credentials are given to.
    ///
    /// # Errors
    /// When a fork's code would run beside the repository's secrets.
    fn may_ask_aws(&self) -> Result<bool, Error> {
        let runs_code = self.inputs.command.runs_code() || self.gates().is_some();
        match self.event.trust {
            Trust::Own => Ok(true),
            Trust::ForkWithSecrets if runs_code => Err(Error::Usage {
                message: format!(
                    "`{}` would run a fork's code beside the secrets of this repository, in an event `{}`",
                    self.inputs.command.as_str(),
                    self.event.name
                ),
                hint: Some("use the event `pull_request`; `comment` alone can come after it".to_owned()),
            }),
            Trust::Fork | Trust::ForkWithSecrets => Ok(false),
        }
    }

    /// The same job, in the folder of the workspace.
    fn in_workspace(&self) -> Result<Self, Error> {
        let joined = self.context.absolute(&self.inputs.working_directory);
        // Without the `.` that the input is most often: paths in it are read by people.
        let directory: Utf8PathBuf = joined.components().collect();
        if !directory.is_dir() {
            return Err(Error::Usage {
                message: format!("the input `working-directory` names {directory}, which is no folder"),
                hint: Some("it is seen from the folder of the job, after actions/checkout".to_owned()),
            });
        }
        let context = Context { directory, ..self.context.clone() };
        let (inputs, event) = (self.inputs.clone(), self.event.clone());
        Ok(Self { context, inputs, event, files: self.files.clone(), until: self.until })
    }

    /// The gates to run; an empty list is those of the configuration.
    fn gates(&self) -> Option<Vec<String>> {
        match &self.inputs.gates {
            Gates::None => None,
            Gates::Named(names) => Some(names.clone()),
            Gates::ByCommand if self.inputs.command.has_gates() => Some(Vec::new()),
            Gates::ByCommand => self.inputs.coverage_threshold.map(|_| vec!["coverage".to_owned()]),
        }
    }

    async fn run_gates(&self, gates: Vec<String>, own: bool) -> Result<GatesReport, Error> {
        let request = ops::gate::Request {
            cargo: CargoOptions::default(),
            config: self.inputs.config.clone(),
            env: self.inputs.environment.clone().filter(|_| own),
            connection: connect::flags(self, own)?,
            gates,
            coverage_threshold: self.inputs.coverage_threshold,
            force: false,
            junit: None,
        };
        ops::gate::gate(&self.context, &request, self.until).await
    }
}
