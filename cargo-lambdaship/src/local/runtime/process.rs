//! The process of a function, with all that it starts itself: one group that ends as one.

use std::collections::BTreeMap;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use camino::Utf8Path;
use tokio::process::{Child, ChildStderr, ChildStdout};

use crate::process;

/// How often a `bootstrap` that is still open for writing is tried again, and how long it is waited for between.
const BUSY: (u32, Duration) = (50, Duration::from_millis(20));

/// A running `bootstrap`. Dropping it kills it and what it started.
pub(super) struct Process {
    child: Child,
    /// `None` once the group was ended: its number may then belong to another.
    id: Option<u32>,
}

impl Process {
    /// Starts `bootstrap` in the folder `code`.
    ///
    /// A program that was unpacked a moment ago can be busy: another thread that starts a process at the same time
    /// holds a copy of the open file until its own program runs.
    pub(super) async fn start(code: &Utf8Path, variables: &BTreeMap<String, String>) -> io::Result<Self> {
        let mut tries = 0;
        loop {
            match command(code, variables).spawn() {
                Err(error) if error.kind() == io::ErrorKind::ExecutableFileBusy && tries < BUSY.0 => {
                    tries += 1;
                    tokio::time::sleep(BUSY.1).await;
                }
                spawned => return spawned.map(|child| Self { id: child.id(), child }),
            }
        }
    }

    /// The captured streams; each is given out once.
    pub(super) fn streams(&mut self) -> (Option<ChildStdout>, Option<ChildStderr>) {
        (self.child.stdout.take(), self.child.stderr.take())
    }

    /// Waits until the process has ended by itself, then ends what it started. A process whose status the system has
    /// lost counts as one that ended without a reason.
    pub(super) async fn exited(&mut self) -> ExitStatus {
        let status = self.child.wait().await.unwrap_or_default();
        self.end_group();
        status
    }

    /// Whether the process is still there.
    pub(super) fn is_running(&mut self) -> bool {
        let running = matches!(self.child.try_wait(), Ok(None));
        if !running {
            self.end_group();
        }
        running
    }

    /// Ends the process now, and waits until it is gone.
    pub(super) async fn kill(&mut self) {
        self.end_group();
        let _ = self.child.start_kill();
        let _ = self.child.wait().await;
    }

    /// The most memory that the process has used so far, in MB, where `/proc` tells.
    pub(super) fn peak_memory(&self) -> Option<u64> {
        let status = fs_err::read_to_string(format!("/proc/{}/status", self.id?)).ok()?;
        peak_of_status(&status)
    }

    fn end_group(&mut self) {
        if let Some(id) = self.id.take() {
            kill_group(id);
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end_group();
    }
}

fn command(code: &Utf8Path, variables: &BTreeMap<String, String>) -> tokio::process::Command {
    let mut command = process::background(code.join("bootstrap"));
    command.current_dir(code).env_clear().envs(variables);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // A group of its own also keeps the terminal's Ctrl-C away from it: ending it is this module's task.
    #[cfg(unix)]
    command.process_group(0);
    command
}

/// Kills every process of the group that `leader` leads.
#[cfg(unix)]
fn kill_group(leader: u32) {
    process::signal_group(leader, rustix::process::Signal::KILL);
}

/// Without process groups only the process itself is ended, by its handle.
#[cfg(not(unix))]
fn kill_group(_leader: u32) {}

/// `VmHWM` of `/proc/<pid>/status`, rounded up to MB.
fn peak_of_status(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kilobytes.div_ceil(1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peak_memory_is_read_from_proc() {
        assert_eq!(peak_of_status("Name:\tx\nVmPeak:\t  9999 kB\nVmHWM:\t    2049 kB\n"), Some(3));
        assert_eq!(peak_of_status("Name:\tx\n"), None);
        assert_eq!(peak_of_status("VmHWM:\tmany\n"), None);
    }
}
