//! Running functions as processes behind the Lambda Runtime API.

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::console::Console;
use crate::model::Secret;

/// Keeps warm processes. A clone shares them.
#[derive(Clone)]
pub struct Pool {
    _options: PoolOptions,
}

/// How functions are run.
#[derive(Clone)]
pub struct PoolOptions {
    /// Where logs are written: `<log_root>/<group with '/' → '_'>/<stream>.log`, as lines `<epoch-ms> <text>`.
    pub log_root: Utf8PathBuf,
    /// Is shown the log lines as they are written.
    pub mirror: Option<Console>,
}

/// A version of a lambda to run.
#[derive(Debug, Clone)]
pub struct Target {
    /// The lambda's name.
    pub lambda: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// The ARN that was invoked.
    pub function_arn: String,
    /// The unpacked folder with `bootstrap`.
    pub code: Utf8PathBuf,
    /// Changes when code or configuration changes: a warm process with another key is retired.
    pub code_key: String,
    /// The region that the function is told.
    pub region: String,
    /// Memory in MB.
    pub memory: u32,
    /// How long an invocation may take.
    pub timeout: Duration,
    /// Environment variables.
    pub variables: BTreeMap<String, Secret>,
    /// The log group.
    pub log_group: String,
    /// Whether invocations are traced.
    pub tracing: bool,
}

/// What a function is invoked with.
#[derive(Debug, Clone)]
pub struct Event {
    /// The payload.
    pub payload: Vec<u8>,
    /// The request id.
    pub request_id: String,
    /// The client context, as JSON.
    pub client_context: Option<String>,
}

/// What a function answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The payload.
    pub payload: Vec<u8>,
    /// `Unhandled` when the function failed.
    pub function_error: Option<String>,
    /// The last 4 KB of this invocation's log.
    pub log_tail: Vec<u8>,
    /// How long the function ran.
    pub duration: Duration,
    /// Whether a process was started for it.
    pub cold: bool,
}

/// Why a function could not be run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The process was not started.
    #[error("failed to start `{0}`")]
    NotStarted(String),
}

impl Pool {
    /// A pool without processes.
    #[must_use]
    pub fn new(options: PoolOptions) -> Self {
        Self { _options: options }
    }

    /// Runs `target` with `event`.
    ///
    /// # Errors
    /// When the function's process cannot be started.
    pub async fn invoke(&self, target: &Target, _event: Event) -> Result<Answer, Error> {
        std::future::ready(Err(Error::NotStarted(target.lambda.clone()))).await
    }

    /// Ends all processes.
    pub async fn shutdown(&self) {
        std::future::ready(()).await;
    }
}
