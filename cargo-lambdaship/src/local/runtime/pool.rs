//! All processes of the local AWS: starts one when none is idle, keeps it for the next event, and ends it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use camino::Utf8PathBuf;
use tokio::sync::{RwLock, watch};
use tokio::task::JoinSet;

use super::invocation::{Ready, not_started, open_log};
use super::shelf::{Fitness, Shelf};
use super::worker::{Trouble, Worker};
use super::{Answer, Error, Event, Target, environment};
use crate::console::Console;
use crate::context::{self, Environment};

/// Where logs go.
#[derive(Clone)]
pub struct PoolOptions {
    /// The folder of all log groups; [`super::log_file`] says where in it a stream is. A line is `<epoch-ms> <text>`.
    pub log_root: Utf8PathBuf,
    /// Also shows each line here, as it comes.
    pub mirror: Option<Console>,
}

/// How long processes are waited for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// A first initialisation.
    pub init: Duration,
    /// Between two events; an idle process is ended after it.
    pub idle: Duration,
    /// Between an answer and the question for the next event. A process that takes longer still works, and the next event is
    /// given to another one.
    pub settle: Duration,
}

impl Default for Limits {
    /// AWS' 10 s, five minutes, which is about what AWS keeps an idle process for, and a second.
    fn default() -> Self {
        Self { init: Duration::from_secs(10), idle: Duration::from_mins(5), settle: Duration::from_secs(1) }
    }
}

/// The processes of all functions. Clones share them; they end with the last clone, or at [`Pool::shutdown`].
#[derive(Clone)]
pub struct Pool(Arc<Shared>);

struct Shared {
    options: PoolOptions,
    limits: Limits,
    inherited: BTreeMap<String, String>,
    shelf: Mutex<Shelf<Idle>>,
    closed: watch::Sender<bool>,
    /// Read by every invocation for as long as it runs.
    active: RwLock<()>,
}

struct Idle {
    worker: Worker,
    /// Ends the process when its time is up; gone when the process is used again.
    _reaper: JoinSet<()>,
}

impl Pool {
    /// A pool without processes.
    #[must_use]
    pub fn new(options: PoolOptions) -> Self {
        Self::with_limits(options, Limits::default())
    }

    /// A pool with limits other than AWS'.
    #[must_use]
    pub fn with_limits(options: PoolOptions, limits: Limits) -> Self {
        Self(Arc::new(Shared {
            options,
            limits,
            inherited: environment::inherited(&Environment::from_process()),
            shelf: Mutex::new(Shelf::new()),
            closed: watch::Sender::new(false),
            active: RwLock::new(()),
        }))
    }

    /// Gives `event` to an idle process of `target`, or to a new one, and waits for the answer. Dropping the future ends
    /// the process.
    ///
    /// # Errors
    /// When the function cannot be run at all. A function that fails is an [`Answer`] with a `function_error`.
    pub async fn invoke(&self, target: &Target, event: Event) -> Result<Answer, Error> {
        let _active = self.0.active.read().await;
        let mut closed = self.0.closed.subscribe();
        tokio::select! {
            biased;
            // The sender lives as long as `self`.
            _ = closed.wait_for(|closed| *closed) => Err(Error::Closed { lambda: target.lambda.clone() }),
            answer = self.run(target, event) => answer,
        }
    }

    /// Ends every process, also those that are at work, and waits until they are gone. Later invocations are refused.
    pub async fn shutdown(&self) {
        self.0.closed.send_replace(true);
        let _all_done = self.0.active.write().await;
        let idle = self.0.shelf().clear();
        for mut idle in idle {
            idle.worker.end().await;
        }
    }

    async fn run(&self, target: &Target, event: Event) -> Result<Answer, Error> {
        if let Some(worker) = self.0.take(target) {
            return Ok(self.finish(Ready::warm(worker, target), target, event).await);
        }
        let log = open_log(&self.0.options, target)?;
        let begun = context::instant();
        match Ready::cold(target, &log, &self.0.inherited, self.0.limits.init).await {
            Ok(ready) => Ok(self.finish(ready, target, event).await),
            Err(Trouble::Function(failure)) => Ok(not_started(begun, &log, target, &event, failure)),
            Err(Trouble::System(error)) => Err(error),
        }
    }

    async fn finish(&self, ready: Ready, target: &Target, event: Event) -> Answer {
        let (mut worker, answer) = ready.run(target, event, self.0.limits.settle).await;
        if worker.is_running() {
            self.put(target, worker);
        }
        answer
    }

    fn put(&self, target: &Target, worker: Worker) {
        let mut reaper = JoinSet::new();
        reaper.spawn(reap(Arc::downgrade(&self.0), self.0.limits.idle));
        let key = (target.lambda.clone(), target.version.clone());
        let idle = Idle { worker, _reaper: reaper };
        self.0.shelf().put(key, target.code_key.clone(), idle, context::instant());
    }
}

/// Ends what has been idle for `limit`.
async fn reap(shared: Weak<Shared>, limit: Duration) {
    tokio::time::sleep(limit).await;
    if let Some(shared) = shared.upgrade() {
        let expired = shared.shelf().expire(context::instant(), limit);
        drop(expired);
    }
}

impl Shared {
    fn take(&self, target: &Target) -> Option<Worker> {
        let key = (target.lambda.clone(), target.version.clone());
        let (taken, retired) = self.shelf().take(&key, &target.code_key, |idle| fitness(&mut idle.worker));
        drop(retired);
        taken.map(|idle| idle.worker)
    }

    fn shelf(&self) -> MutexGuard<'_, Shelf<Idle>> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn fitness(worker: &mut Worker) -> Fitness {
    if worker.is_idle() {
        Fitness::Idle
    } else if worker.is_running() {
        Fitness::Busy
    } else {
        Fitness::Dead
    }
}
