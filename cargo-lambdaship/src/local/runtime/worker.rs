//! One process with its Runtime API and its log: started once, then given event after event.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use camino::Utf8Path;

use super::api::{Delivery, Server};
use super::capture::Capture;
use super::failure::Failure;
use super::log::Log;
use super::process::Process;
use super::{Error, Target, environment};

/// How long each stream of a process is read when an invocation is closed.
const GRACE: Duration = Duration::from_secs(1);

/// Why there is no answer: the function's fault, which is an answer of its own, or the machine's.
pub(super) enum Trouble {
    Function(Failure),
    System(Error),
}

/// A process that takes one event at a time. Dropping it kills the process.
pub(super) struct Worker {
    // In this order: the process is killed before its Runtime API goes away under it.
    process: Process,
    server: Server,
    captures: Vec<Capture>,
    log: Arc<Log>,
}

impl Worker {
    /// Starts a process for `target` that writes into `log`.
    pub(super) async fn start(
        target: &Target,
        log: Arc<Log>,
        inherited: &BTreeMap<String, String>,
    ) -> Result<Self, Trouble> {
        let lambda = || target.lambda.clone();
        if !target.code.is_dir() {
            let folder = target.code.clone();
            return Err(Trouble::System(Error::CodeMissing { lambda: lambda(), folder }));
        }
        let server = Server::start()
            .await
            .map_err(|source| Trouble::System(Error::Listen { lambda: lambda(), source }))?;
        let variables = environment::variables(target, &server.address(), log.stream(), inherited);
        let mut process = Process::start(&target.code, &variables).await.map_err(|error| {
            match entrypoint_fault(&target.code, &error) {
                Some(why) => Trouble::Function(Failure::Entrypoint(why)),
                None => Trouble::System(Error::Start { lambda: lambda(), source: error }),
            }
        })?;
        let (out, err) = process.streams();
        let out = out.map(|stream| Capture::start(stream, Arc::clone(&log)));
        let err = err.map(|stream| Capture::start(stream, Arc::clone(&log)));
        Ok(Self { process, server, captures: out.into_iter().chain(err).collect(), log })
    }

    /// The process' log.
    pub(super) fn log(&self) -> &Arc<Log> {
        &self.log
    }

    /// Returns when the process has initialised, or has failed to within `limit`.
    pub(super) async fn initialised(&mut self, limit: Duration) -> Result<(), Failure> {
        let waiting = self.server.waiting();
        let result = tokio::select! {
            biased;
            posted = self.server.posted() => posted.map(drop),
            () = waiting => Ok(()),
            status = self.process.exited() => Err(Failure::Exit(status)),
            () = tokio::time::sleep(limit) => Err(Failure::Timeout(limit)),
        };
        if result.is_err() {
            self.end().await;
        }
        result
    }

    /// Gives the event to the process and waits for its answer, at most `limit`. A process that is of no further use
    /// is ended.
    pub(super) async fn handle(&mut self, delivery: Delivery, limit: Duration) -> Result<Vec<u8>, Failure> {
        self.server.deliver(delivery).await;
        let result = tokio::select! {
            biased;
            posted = self.server.posted() => posted,
            status = self.process.exited() => Err(Failure::Exit(status)),
            () = tokio::time::sleep(limit) => Err(Failure::Timeout(limit)),
        };
        if result.as_ref().is_err_and(|failure| !failure.spares_the_process()) {
            self.process.kill().await;
        }
        result
    }

    /// Lets the process finish what it does after its answer, for at most `limit`, and collects what it has written.
    pub(super) async fn settle(&mut self, limit: Duration) {
        tokio::select! {
            biased;
            () = self.server.waiting() => {}
            _ = self.process.exited() => {}
            () = tokio::time::sleep(limit) => {}
        }
        self.drain().await;
    }

    /// Ends the process and collects what it has written.
    pub(super) async fn end(&mut self) {
        self.process.kill().await;
        self.drain().await;
    }

    /// Whether the process is alive.
    pub(super) fn is_running(&mut self) -> bool {
        self.process.is_running()
    }

    /// Whether the process is alive and waits for an event.
    pub(super) fn is_idle(&mut self) -> bool {
        self.process.is_running() && self.server.is_waiting()
    }

    /// In MB, where known.
    pub(super) fn peak_memory(&self) -> Option<u64> {
        self.process.peak_memory()
    }

    /// Something that writes without end, such as a process that has left the group, must not hold up the answer.
    async fn drain(&self) {
        for capture in &self.captures {
            let _ = tokio::time::timeout(GRACE, capture.drain()).await;
        }
    }
}

/// What is wrong with `bootstrap`, if `error` comes from it, in AWS' words.
fn entrypoint_fault(code: &Utf8Path, error: &io::Error) -> Option<String> {
    /// `ENOEXEC`, which has no [`io::ErrorKind`]; the number is the same on all systems that have it.
    const EXEC_FORMAT: i32 = 8;
    /// `ERROR_BAD_EXE_FORMAT`, the same on Windows.
    const BAD_EXE_FORMAT: i32 = 193;

    let bootstrap = code.join("bootstrap");
    let why = match error.kind() {
        io::ErrorKind::NotFound if !bootstrap.exists() => {
            return Some(format!("Couldn't find valid bootstrap(s): [{bootstrap}]"));
        }
        io::ErrorKind::NotFound => "its interpreter is not on this machine",
        io::ErrorKind::PermissionDenied => "permission denied",
        _ if cfg!(unix) && error.raw_os_error() == Some(EXEC_FORMAT) => "exec format error",
        _ if cfg!(windows) && error.raw_os_error() == Some(BAD_EXE_FORMAT) => "exec format error",
        _ => return None,
    };
    Some(format!("fork/exec {bootstrap}: {why}"))
}
