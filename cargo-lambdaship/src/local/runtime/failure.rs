//! How an invocation fails, in the words that AWS uses for it.

use std::process::ExitStatus;
use std::time::Duration;

use serde_json::json;

/// The largest answer: 6 MB and a little, as AWS counts it.
pub(super) const LARGEST_ANSWER: usize = 6 * 1024 * 1024 + 100;

/// Why an event has no answer of the function's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The function, or its runtime while initialising, reported this error.
    Reported(Vec<u8>),
    /// The time was up.
    Timeout(Duration),
    /// The process ended before it answered.
    Exit(ExitStatus),
    /// The answer was over [`LARGEST_ANSWER`].
    TooLarge,
    /// `bootstrap` cannot be started.
    Entrypoint(String),
}

impl Failure {
    /// The payload of the answer, with `FunctionError: Unhandled`.
    pub(super) fn payload(&self, request_id: &str) -> Vec<u8> {
        if let Self::Reported(body) = self {
            return body.clone();
        }
        let message = match self {
            Self::TooLarge => self.message(),
            _ => format!("RequestId: {request_id} Error: {}", self.message()),
        };
        json!({ "errorType": self.kind(), "errorMessage": message }).to_string().into_bytes()
    }

    /// `errorType`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Reported(_) => "Runtime.Unknown",
            Self::Timeout(_) => "Sandbox.Timedout",
            Self::Exit(_) => "Runtime.ExitError",
            Self::TooLarge => "Function.ResponseSizeTooLarge",
            Self::Entrypoint(_) => "Runtime.InvalidEntrypoint",
        }
    }

    /// What the platform writes into the log; nothing for an error that the function reported itself.
    pub(super) fn message(&self) -> String {
        match self {
            Self::Reported(_) => String::new(),
            Self::Timeout(limit) => format!("Task timed out after {:.2} seconds", limit.as_secs_f64()),
            Self::Exit(status) if status.success() => "Runtime exited without providing a reason".to_owned(),
            Self::Exit(status) => format!("Runtime exited with error: {}", exit_text(*status)),
            Self::TooLarge => format!(
                "Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes)."
            ),
            Self::Entrypoint(why) => why.clone(),
        }
    }

    /// Whether the process can take another event.
    pub(super) fn spares_the_process(&self) -> bool {
        matches!(self, Self::Reported(_) | Self::TooLarge)
    }
}

/// `exit status 1` or `signal: killed`.
fn exit_text(status: ExitStatus) -> String {
    match (status.code(), signal(status)) {
        (Some(code), _) => format!("exit status {code}"),
        (None, Some(signal)) => format!("signal: {}", signal_name(signal)),
        (None, None) => "no exit status".to_owned(),
    }
}

#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<i32> {
    std::os::unix::process::ExitStatusExt::signal(&status)
}

#[cfg(not(unix))]
fn signal(_status: ExitStatus) -> Option<i32> {
    None
}

/// The signals that end functions, named as on AWS.
fn signal_name(signal: i32) -> String {
    match signal {
        4 => "illegal instruction".to_owned(),
        6 => "aborted".to_owned(),
        8 => "floating point exception".to_owned(),
        9 => "killed".to_owned(),
        11 => "segmentation fault".to_owned(),
        15 => "terminated".to_owned(),
        other => other.to_string(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::process::ExitStatusExt;

    use super::*;

    #[test]
    fn each_failure_has_the_payload_that_aws_gives() {
        let raw = ExitStatus::from_raw;
        for (failure, kind, message) in [
            (
                Failure::Exit(raw(0x100)),
                "Runtime.ExitError",
                "RequestId: 7 Error: Runtime exited with error: exit status 1",
            ),
            (
                Failure::Exit(raw(9)),
                "Runtime.ExitError",
                "RequestId: 7 Error: Runtime exited with error: signal: killed",
            ),
            (
                Failure::Exit(raw(0)),
                "Runtime.ExitError",
                "RequestId: 7 Error: Runtime exited without providing a reason",
            ),
            (
                Failure::Timeout(Duration::from_secs(3)),
                "Sandbox.Timedout",
                "RequestId: 7 Error: Task timed out after 3.00 seconds",
            ),
            (
                Failure::TooLarge,
                "Function.ResponseSizeTooLarge",
                "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
            ),
            (
                Failure::Entrypoint("no bootstrap".to_owned()),
                "Runtime.InvalidEntrypoint",
                "RequestId: 7 Error: no bootstrap",
            ),
        ] {
            let payload: serde_json::Value = serde_json::from_slice(&failure.payload("7")).unwrap();
            assert_eq!(payload, json!({ "errorType": kind, "errorMessage": message }));
        }
    }

    #[test]
    fn a_reported_error_is_passed_on_as_it_is() {
        assert_eq!(
            Failure::Reported(b"{\"errorType\":\"Mine\"}".to_vec()).payload("7"),
            b"{\"errorType\":\"Mine\"}"
        );
    }
}
