//! `gate`: the checks that must pass before anything ships.

use camino::Utf8PathBuf;

use crate::context::Context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::EnvName;
use crate::ops::session::ConnectionFlags;
use crate::report::gates::GatesReport;
use crate::workspace::CargoOptions;

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
pub async fn gate(_: &Context, _: &Request, _: &Interruption) -> Result<GatesReport, Error> {
    Err(Error::Interrupted)
}
