//! The files between a job's steps: the run document, what the next step has to know, and what a runner reads.

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use super::deployments::Begun;
use super::event::LARGEST;
use crate::context::Context;
use crate::error::Error;
use crate::github::workflow;
use crate::report::run::RunReport;

/// The folder that action.yml makes anew for each time that it is used: a job can use it more than once.
const FOLDER: &str = "LAMBDASHIP_RUN_FOLDER";

/// Where a job's files are.
#[derive(Debug, Clone)]
pub(super) struct Files {
    /// The action's own of this invocation, or `$RUNNER_TEMP/lambdaship`.
    folder: Option<Utf8PathBuf>,
    outputs: Option<Utf8PathBuf>,
    summary: Option<Utf8PathBuf>,
    event: Option<Utf8PathBuf>,
}

impl Files {
    /// As the runner's variables say. Outside of GitHub Actions there are none.
    #[must_use]
    pub(super) fn of(context: &Context) -> Self {
        let path = |name| context.environment.get(name).map(Utf8PathBuf::from);
        Self {
            folder: path(FOLDER).or_else(|| path("RUNNER_TEMP").map(|folder| folder.join("lambdaship"))),
            outputs: path("GITHUB_OUTPUT"),
            summary: path("GITHUB_STEP_SUMMARY"),
            event: path("GITHUB_EVENT_PATH"),
        }
    }

    /// Takes away what an earlier step of this job left, so that nobody takes it for this one's.
    pub(super) fn clear(&self) {
        for path in [self.run(), self.deployments()].into_iter().flatten() {
            // Most often there is none.
            let _ = fs_err::remove_file(path);
        }
    }

    /// The event's document; null where there is none, or none that can be read.
    #[must_use]
    pub(super) fn payload(&self) -> Value {
        let text = self.event.as_deref().and_then(|path| read(path, LARGEST));
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or(Value::Null)
    }

    /// Writes the run document, and answers where it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write_run(&self, run: &RunReport) -> Result<Option<Utf8PathBuf>, Error> {
        self.write(self.run(), run)
    }

    /// The run document of the step before.
    #[must_use]
    pub(super) fn read_run(&self, largest: u64) -> Option<RunReport> {
        serde_json::from_slice(&read(&self.run()?, largest)?).ok()
    }

    /// Leaves the Deployments to the step that ends them.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn write_deployments(&self, begun: &Begun) -> Result<(), Error> {
        self.write(self.deployments(), begun).map(drop)
    }

    /// The Deployments that have to be ended.
    #[must_use]
    pub(super) fn read_deployments(&self) -> Begun {
        let text = self.deployments().and_then(|path| read(&path, 64 * 1024));
        text.and_then(|text| serde_json::from_slice(&text).ok()).unwrap_or_default()
    }

    /// Sets the step's outputs.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn write_outputs(&self, outputs: &[(&str, String)]) -> Result<(), Error> {
        let delimiter = format!("lambdaship-{}", uuid::Uuid::new_v4());
        let text: String =
            outputs.iter().map(|(name, value)| workflow::output(name, value, &delimiter)).collect();
        append(self.outputs.as_deref(), &text)
    }

    /// Adds to the step's summary.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write_summary(&self, text: &str) -> Result<(), Error> {
        append(self.summary.as_deref(), text)
    }

    fn run(&self) -> Option<Utf8PathBuf> {
        self.folder.as_ref().map(|folder| folder.join("run.json"))
    }

    fn deployments(&self) -> Option<Utf8PathBuf> {
        self.folder.as_ref().map(|folder| folder.join("deployments.json"))
    }

    fn write(
        &self,
        path: Option<Utf8PathBuf>,
        value: &impl serde::Serialize,
    ) -> Result<Option<Utf8PathBuf>, Error> {
        let (Some(folder), Some(path)) = (&self.folder, path) else { return Ok(None) };
        fs_err::create_dir_all(folder)?;
        let mut json = serde_json::to_vec_pretty(value).map_err(std::io::Error::from)?;
        json.push(b'\n');
        fs_err::write(&path, json)?;
        Ok(Some(path))
    }
}

/// The bytes of a file that is no longer than `largest`.
pub(super) fn read(path: &Utf8Path, largest: u64) -> Option<Vec<u8>> {
    use std::io::Read;
    let mut bytes = Vec::new();
    fs_err::File::open(path).ok()?.take(largest + 1).read_to_end(&mut bytes).ok()?;
    Some(bytes).filter(|bytes| u64::try_from(bytes.len()).is_ok_and(|length| length <= largest))
}

fn append(path: Option<&Utf8Path>, text: &str) -> Result<(), Error> {
    use std::io::Write;
    let Some(path) = path else { return Ok(()) };
    let mut file = fs_err::OpenOptions::new().create(true).append(true).open(path)?;
    Ok(file.write_all(text.as_bytes())?)
}
