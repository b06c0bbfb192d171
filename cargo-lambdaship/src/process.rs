//! Starting other programs, in this file only.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// A program to run to its end.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
    Command::new(program)
}

/// A program to run beside other work; it is killed when its handle is dropped.
#[must_use]
pub fn background(program: impl AsRef<OsStr>) -> tokio::process::Command {
    let mut command = tokio::process::Command::from(command(program));
    command.kill_on_drop(true);
    command
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

/// Ends a piece of work from outside of it, together with the programs that it waits for. Clones hold the same work.
#[derive(Clone, Default)]
pub struct Leash(Arc<Held>);

#[derive(Default)]
struct Held {
    pulled: watch::Sender<bool>,
    leaders: Mutex<BTreeSet<u32>>,
}

impl Leash {
    /// Starts `command`, with all that it starts itself, so that [`Leash::pull`] ends it. Drop the [`Tie`] before the
    /// child is waited for: its number may then belong to another.
    ///
    /// Without process groups (Windows) it is left to end by itself.
    ///
    /// # Errors
    /// When it cannot be started, or the leash was pulled already.
    pub fn start(&self, command: &mut Command) -> io::Result<(Child, Tie)> {
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(command, 0);
        let mut leaders = self.leaders();
        if self.is_pulled() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let child = command.spawn()?;
        leaders.insert(child.id());
        drop(leaders);
        let tie = Tie { leash: self.clone(), leader: child.id() };
        Ok((child, tie))
    }

    /// Ends the work, now and for good.
    pub fn pull(&self) {
        let leaders = self.leaders();
        self.0.pulled.send_replace(true);
        #[cfg(unix)]
        for leader in leaders.iter() {
            signal_group(*leader, rustix::process::Signal::TERM);
        }
        drop(leaders);
    }

    /// Whether the work is to end.
    #[must_use]
    pub fn is_pulled(&self) -> bool {
        *self.0.pulled.borrow()
    }

    /// Waits until the work is to end.
    pub async fn pulled(&self) {
        // The sender lives as long as `self`.
        let _ = self.0.pulled.subscribe().wait_for(|pulled| *pulled).await;
    }

    fn leaders(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        self.0.leaders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ties a program to its [`Leash`] until it is dropped.
pub struct Tie {
    leash: Leash,
    leader: u32,
}

impl Drop for Tie {
    fn drop(&mut self) {
        self.leash.leaders().remove(&self.leader);
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::Read;
    use std::process::Stdio;

    use super::*;

    #[test]
    fn pulling_a_leash_ends_a_program_with_what_it_started() {
        let leash = Leash::default();
        let mut shell = command("sh");
        shell.args(["-c", "sleep 600 & echo started; wait"]).stdout(Stdio::piped());
        let (mut child, tie) = leash.start(&mut shell).unwrap();
        let mut stdout = child.stdout.take().unwrap();
        stdout.read_exact(&mut [0; 8]).unwrap();
        leash.pull();
        // Both hold the pipe, so it ends only when both are gone.
        stdout.read_to_end(&mut Vec::new()).unwrap();
        drop(tie);
        assert_eq!(child.wait().unwrap().code(), None);
        assert!(leash.is_pulled());
        assert!(leash.start(&mut command("true")).is_err());
    }
}
