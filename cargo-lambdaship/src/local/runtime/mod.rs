//! Runs functions as processes behind the Lambda Runtime API, as Lambda itself does.
//!
//! In: the unpacked code of a function with its settings, and an event. Out: what the function answered, and its log.
//! Knows nothing of aliases, weights or the control plane, and never lets a process outlive its [`Pool`].
//!
//! What differs from AWS: memory is not limited, a failed initialisation is not tried a second time (one that takes
//! too long is), and an invocation whose caller goes away ends with it.
//!
//! When this program is itself killed, nothing is left to kill its processes; they end because their Runtime API is
//! gone: the `lambda_runtime` crate gives up at its next call. On Windows only the process itself is killed, not what
//! it started.

mod api;
mod capture;
mod environment;
mod error;
mod exchange;
mod failure;
mod invocation;
mod log;
mod log_files;
mod pool;
mod process;
mod shelf;
mod worker;

use std::collections::BTreeMap;
use std::time::Duration;

use camino::Utf8PathBuf;

pub use self::error::Error;
pub use self::log_files::{log_file, log_folder, log_stream};
pub use self::pool::{Limits, Pool, PoolOptions};
use crate::model::Secret;

/// The function to run, and how.
#[derive(Debug, Clone)]
pub struct Target {
    /// The lambda's name.
    pub lambda: String,
    /// `$LATEST` or a number.
    pub version: String,
    /// The ARN that was invoked, with its qualifier.
    pub function_arn: String,
    /// The unpacked code, with `bootstrap` in it.
    pub code: Utf8PathBuf,
    /// Changes whenever the code or the settings do; a process that was started for another key is not used again.
    pub code_key: String,
    /// The region that the function is told.
    pub region: String,
    /// In MB; reported, not enforced.
    pub memory: u32,
    /// How long one invocation may take.
    pub timeout: Duration,
    /// The user's environment variables.
    pub variables: BTreeMap<String, Secret>,
    /// The log group, such as `/aws/lambda/hello`.
    pub log_group: String,
    /// Whether the trace header says that the invocation is sampled.
    pub tracing: bool,
}

/// One event for a function.
#[derive(Debug, Clone)]
pub struct Event {
    /// What the function receives; JSON by convention.
    pub payload: Vec<u8>,
    /// The invocation's id, a UUID.
    pub request_id: String,
    /// The client context as JSON text.
    pub client_context: Option<String>,
}

/// How an invocation ended.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The function's answer, or the description of what went wrong in AWS' shape.
    pub payload: Vec<u8>,
    /// `Unhandled` when the function failed.
    pub function_error: Option<String>,
    /// The last 4 KB of what was logged since the process' previous invocation, with the platform's own lines.
    pub log_tail: Vec<u8>,
    /// From handing the event over to the answer, without initialisation.
    pub duration: Duration,
    /// Whether a process was started for this event.
    pub cold: bool,
}
