//! Starting other programs, in this file only.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::process::Command;

/// What only this process has a use for: what it starts includes build scripts and tests, which anybody may have written.
const WITHHELD: [&str; 2] = ["INPUT_GITHUB_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"];

/// A program to run to its end.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
    let mut command = Command::new(program);
    for name in WITHHELD {
        command.env_remove(name);
    }
    command
}

/// A program to run beside other work; it is killed when its handle is dropped.
#[must_use]
pub fn background(program: impl AsRef<OsStr>) -> tokio::process::Command {
    let mut command = tokio::process::Command::from(command(program));
    command.kill_on_drop(true);
    command
}

/// Whether a person is at a terminal that this process has, and that what it starts has as well.
#[must_use]
pub fn is_at_terminal() -> bool {
    std::io::stdin().is_terminal() || std::io::stderr().is_terminal()
}

/// Sends `signal` to every process of the group that `leader` leads.
#[cfg(unix)]
pub fn signal_group(leader: u32, signal: rustix::process::Signal) {
    let group = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // The group is gone already when this fails.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

/// The processes that a leader of a group has started, which do not end with it: dropping this ends them.
pub struct Group(Option<u32>);

impl Group {
    /// The group that the process with this number leads.
    #[must_use]
    pub fn new(leader: Option<u32>) -> Self {
        Self(leader)
    }

    /// Leaves the group alone from now on. To be called before its leader is waited for: the number may then belong to
    /// another.
    pub fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            end_group(leader);
        }
    }
}

#[cfg(unix)]
fn end_group(leader: u32) {
    signal_group(leader, rustix::process::Signal::TERM);
}

/// There are no such groups here.
#[cfg(not(unix))]
fn end_group(_leader: u32) {}
