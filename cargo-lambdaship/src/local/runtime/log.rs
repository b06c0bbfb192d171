//! The log of one process: a file of `<epoch-ms> <text>` lines, the tail that an invocation returns, and the
//! platform's own lines.

use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use fs_err as fs;
use jiff::Timestamp;

use super::failure::Failure;
use super::{PoolOptions, Target, log_file};
use crate::console::Console;
use crate::context;

/// How much of the log an invocation returns.
const TAIL: usize = 4096;

/// The name of a new stream, as AWS forms it: `2026/11/21/[$LATEST]<32 hex digits>`.
pub(super) fn stream_name(now: Timestamp, version: &str) -> String {
    format!("{}/[{version}]{}", now.strftime("%Y/%m/%d"), uuid::Uuid::new_v4().simple())
}

/// The log of one process.
pub(super) struct Log {
    stream: String,
    lambda: String,
    mirror: Option<Console>,
    sink: Mutex<Sink>,
}

struct Sink {
    file: fs::File,
    /// What was logged since the last invocation ended; only its end is kept.
    recent: Vec<u8>,
}

impl Log {
    /// Opens a new stream for a process of `target`.
    pub(super) fn create(options: &PoolOptions, target: &Target) -> io::Result<Self> {
        let stream = stream_name(context::now(), &target.version);
        let path = log_file(&options.log_root, &target.log_group, &stream);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        let file = fs::OpenOptions::new().create(true).append(true).open(&path)?;
        Ok(Self {
            stream,
            lambda: target.lambda.clone(),
            mirror: options.mirror.clone(),
            sink: Mutex::new(Sink { file, recent: Vec::new() }),
        })
    }

    /// The stream's name.
    pub(super) fn stream(&self) -> &str {
        &self.stream
    }

    /// Adds one line. A log that can no longer be written (a full disk) must not fail the function.
    pub(super) fn line(&self, text: &str) {
        let line = format!("{} {text}\n", context::now().as_millisecond());
        let mut sink = self.lock();
        let _ = sink.file.write_all(line.as_bytes());
        sink.recent.extend_from_slice(text.as_bytes());
        sink.recent.push(b'\n');
        let surplus = sink.recent.len().saturating_sub(TAIL);
        sink.recent.drain(..surplus);
        drop(sink);
        if let Some(console) = &self.mirror {
            console.line(format_args!("{} | {text}", self.lambda));
        }
    }

    /// The end of what was logged since this was last called.
    pub(super) fn take_tail(&self) -> Vec<u8> {
        std::mem::take(&mut self.lock().recent)
    }

    fn lock(&self) -> MutexGuard<'_, Sink> {
        self.sink.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a `REPORT` line says.
pub(super) struct Report<'a> {
    pub(super) request_id: &'a str,
    pub(super) duration: Duration,
    /// In MB.
    pub(super) memory: u32,
    /// In MB; `None` where the system does not tell cheaply.
    pub(super) used: Option<u64>,
    /// How long a cold start took.
    pub(super) init: Option<Duration>,
    pub(super) failure: Option<&'a Failure>,
}

impl Report<'_> {
    /// The line, tab-separated as on AWS. Initialisation is billed.
    pub(super) fn line(&self) -> String {
        let billed = (self.duration + self.init.unwrap_or_default()).as_secs_f64() * 1000.0;
        let mut line = format!(
            "REPORT RequestId: {}\tDuration: {}\tBilled Duration: {:.0} ms\tMemory Size: {} MB\t",
            self.request_id,
            milliseconds(self.duration),
            billed.ceil(),
            self.memory
        );
        // Writing into a string does not fail.
        if let Some(used) = self.used {
            let _ = write!(line, "Max Memory Used: {used} MB\t");
        }
        if let Some(init) = self.init {
            let _ = write!(line, "Init Duration: {}\t", milliseconds(init));
        }
        match self.failure {
            None | Some(Failure::Reported(_)) => {}
            Some(Failure::Timeout(_)) => line.push_str("Status: timeout"),
            Some(failure) => {
                let _ = write!(line, "Status: error\tError Type: {}", failure.kind());
            }
        }
        line
    }
}

/// The line about an initialisation that failed.
pub(super) fn init_report(took: Duration, failure: &Failure) -> String {
    let status = match failure {
        Failure::Timeout(_) => "timeout".to_owned(),
        failure => format!("error\tError Type: {}", failure.kind()),
    };
    format!("INIT_REPORT Init Duration: {}\tPhase: init\tStatus: {status}", milliseconds(took))
}

fn milliseconds(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_is_named_by_day_and_version() {
        let name = stream_name("2026-11-21T23:59:59Z".parse().unwrap(), "7");
        assert!(name.starts_with("2026/11/21/[7]"), "{name}");
        assert_eq!(name.len(), "2026/11/21/[7]".len() + 32);
    }

    #[test]
    fn the_report_says_what_was_measured() {
        let warm = Report {
            request_id: "7",
            duration: Duration::from_micros(12_340),
            memory: 128,
            used: None,
            init: None,
            failure: None,
        };
        assert_eq!(
            warm.line(),
            "REPORT RequestId: 7\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        );
        let timeout = Failure::Timeout(Duration::from_secs(1));
        let init = Some(Duration::from_millis(20));
        let cold = Report { used: Some(30), init, failure: Some(&timeout), ..warm };
        assert_eq!(
            cold.line(),
            "REPORT RequestId: 7\tDuration: 12.34 ms\tBilled Duration: 33 ms\tMemory Size: 128 MB\t\
             Max Memory Used: 30 MB\tInit Duration: 20.00 ms\tStatus: timeout"
        );
    }

    #[test]
    fn a_failed_initialisation_is_reported_with_its_kind() {
        let failure = Failure::Entrypoint("x".to_owned());
        assert_eq!(
            init_report(Duration::from_millis(2), &failure),
            "INIT_REPORT Init Duration: 2.00 ms\tPhase: init\tStatus: error\tError Type: Runtime.InvalidEntrypoint"
        );
    }
}
