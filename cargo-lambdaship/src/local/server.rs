//! The server: it owns a root, listens on the loopback interface, and lets go of both when it is shut down.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{Notify, oneshot};
use tokio::task::JoinHandle;

use super::cloudwatch::{Metrics, Sample};
use super::counts::{Count, Counts};
use super::error::{Error, Refused};
use super::fault::Fault;
use super::hangup::{Hangup, Lines};
#[cfg(doc)]
use super::injection::Failure;
use super::injection::{Injection, Injections};
use super::lambda::{self, FunctionSummary, Invoked};
use super::lock::{Owner, RootLock};
use super::options::{Options, Presence};
use super::rates::Limiter;
use super::runtime::{Pool, PoolOptions};
use super::s3::{self, Depot};
use super::state::{ScheduledCall, Store};
use super::{connect, dispatch, scheduler};
use crate::context;
use crate::model::CodeStorage;

/// How long open connections may take to end once the server shuts down.
const GRACE: Duration = Duration::from_secs(2);

/// What all handlers share.
pub(crate) struct Shared {
    pub(crate) options: Options,
    pub(crate) endpoint: String,
    pub(crate) instance: String,
    // It also owns the root, for as long as a request may write to it.
    pub(crate) store: Store,
    pub(crate) buckets: Depot,
    pub(crate) metrics: Arc<Metrics>,
    pub(crate) counts: Counts,
    pub(crate) injections: Injections,
    pub(crate) limiter: Limiter,
    pub(crate) pool: Pool,
    /// Wakes the timer of the schedules.
    pub(crate) schedules_changed: Notify,
}

/// A running local AWS. Dropping it stops it too, but does not wait for the end of what is under way.
pub struct Server {
    shared: Arc<Shared>,
    stop: oneshot::Sender<()>,
    serving: JoinHandle<()>,
    keeping: Keeping,
}

impl Server {
    /// Starts a server that owns `options.root`, after waiting up to `options.lock_wait` for it.
    ///
    /// # Errors
    /// [`Error::Running`] or [`Error::Held`] when another process owns the root; else what could not be read, written
    /// or listened to.
    pub async fn start(options: Options) -> Result<Self, Error> {
        let lock = connect::wait_for_lock(&options).await?;
        Self::start_locked(options, lock).await
    }

    pub(crate) async fn start_locked(options: Options, lock: RootLock) -> Result<Self, Error> {
        let port = options.port;
        let listen = |source| Error::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen)?;
        let endpoint = format!("http://{}", listener.local_addr().map_err(listen)?);
        let instance = uuid::Uuid::new_v4().to_string();
        let foreground = options.presence == Presence::Foreground;
        lock.tell(&Owner {
            pid: std::process::id(),
            instance: instance.clone(),
            endpoint: foreground.then(|| endpoint.clone()),
        })
        .map_err(|source| Error::Root { root: options.root.clone(), source })?;
        let store = Store::open(&options.root, lock).await?;
        let buckets = Depot::open(&options.root, store.writing())?;
        let metrics = Arc::new(Metrics::open(&options.root, store.writing())?);
        let keeping = Keeping::start(Arc::clone(&metrics));
        let pool =
            Pool::new(PoolOptions { log_root: options.root.join("logs"), mirror: options.mirror.clone() });
        let shared = Arc::new(Shared {
            limiter: Limiter::new(options.rates),
            options,
            endpoint,
            instance,
            store,
            buckets,
            metrics,
            counts: Counts::default(),
            injections: Injections::default(),
            pool,
            schedules_changed: Notify::new(),
        });
        // What fell due while no server ran; what fails now is tried again by the timer.
        let _ = scheduler::catch_up(&shared, context::now()).await;
        let (stop, stopped) = oneshot::channel::<()>();
        let serving = tokio::spawn(serve(Arc::clone(&shared), listener, stopped));
        Ok(Self { shared, stop, serving, keeping })
    }

    /// Where it listens, such as `http://127.0.0.1:40213`.
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.shared.endpoint
    }

    /// How often each operation was asked for.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<String, Count> {
        self.shared.counts.snapshot()
    }

    /// Makes requests to come fail, for tests.
    pub fn inject(&self, injection: Injection) {
        self.shared.injections.add(injection);
    }

    /// Forgets all failures to come.
    pub fn clear_injections(&self) {
        self.shared.injections.clear();
    }

    /// Comes once a request is stalled by [`Hang`](Failure::Hang), [`Silent`](Failure::Silent) or [`Held`](Failure::Held); what such a request
    /// does before it stalls is done then.
    pub async fn stalled(&self) {
        self.shared.injections.stalled.notified().await;
    }

    /// Lets one request go on that [`Held`](Failure::Held) holds, or will hold.
    pub fn release(&self) {
        self.shared.injections.released.notify_one();
    }

    /// The operations that were asked for, in the order of arrival; of very many the last ones.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.shared.counts.log()
    }

    /// Counts `sample` in the metrics, as if a function had run.
    pub fn record(&self, sample: &Sample) {
        self.shared.metrics.record(sample);
    }

    /// Publishes `count` more versions of what `$LATEST` of `lambda` is, in one change, and says the number of the last
    /// one. For tests that need thousands: a request publishes what changed only, and one at a time.
    ///
    /// # Errors
    /// [`Refused`] when there is no such function, or the state cannot be written.
    pub async fn fill_versions(&self, lambda: &str, count: u64) -> Result<u64, Refused> {
        let filled = self.shared.store.update(|state| {
            let function = state.functions.get_mut(lambda);
            let function =
                function.ok_or_else(|| Fault::not_found(format!("Function not found: {lambda}")))?;
            Ok(lambda::fill_versions(function, count, context::now()))
        });
        filled.await.map_err(Refused::from)
    }

    /// Makes sure that `region` has a bucket of this name, for a store. With [`CodeStorage::Reference`] it keeps
    /// versions and lets Lambda read it, as is needed to run functions from it.
    ///
    /// # Errors
    /// [`Refused`] when the bucket is in another region, or cannot be written.
    pub async fn make_bucket(&self, name: &str, region: &str, storage: CodeStorage) -> Result<(), Refused> {
        s3::make_bucket(&self.shared.buckets, name, region, storage).await.map_err(Refused::from)
    }

    /// The last calls that schedules made, the eldest first.
    #[must_use]
    pub fn scheduled_calls(&self) -> Vec<ScheduledCall> {
        self.shared.store.read().scheduled_calls.clone()
    }

    /// A way to call functions without HTTP in between.
    #[must_use]
    pub fn invoker(&self) -> Invoker {
        Invoker(Arc::clone(&self.shared))
    }

    /// Ends the server and every process that it started, and frees the root.
    pub async fn shutdown(self) {
        let Self { shared, stop, mut serving, keeping } = self;
        // The receiver is gone only when serving already ended.
        let _ = stop.send(());
        if tokio::time::timeout(GRACE, &mut serving).await.is_err() {
            serving.abort();
        }
        shared.pool.shutdown().await;
        keeping.end().await;
    }
}

/// The task that writes the metrics. It holds on to the root until its last write, which is soon after this is dropped.
struct Keeping {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Keeping {
    fn start(metrics: Arc<Metrics>) -> Self {
        let (stop, stopped) = oneshot::channel();
        Self { stop, task: tokio::spawn(async move { metrics.keep(stopped).await }) }
    }

    async fn end(self) {
        drop(self.stop);
        // It ends in no other way than by having written.
        let _ = self.task.await;
    }
}

/// Answers requests and makes scheduled calls until `stopped`.
async fn serve(shared: Arc<Shared>, listener: TcpListener, stopped: oneshot::Receiver<()>) {
    let timer = scheduler::run(Arc::clone(&shared));
    let service = dispatch::router(shared).into_make_service_with_connect_info::<Hangup>();
    let until = async {
        // A sender that is dropped also ends the server.
        let _ = stopped.await;
    };
    tokio::select! {
        // Serving ends in no other way than by the signal.
        _ = axum::serve(Lines(listener), service).with_graceful_shutdown(until).into_future() => {}
        () = timer => {}
    }
}

/// Calls functions of a server, until that is shut down. Clones call the same server.
#[derive(Clone)]
pub struct Invoker(Arc<Shared>);

impl Invoker {
    /// The functions that exist now, by name.
    #[must_use]
    pub fn functions(&self) -> Vec<FunctionSummary> {
        lambda::summaries(&self.0.store.read())
    }

    /// Invokes `lambda`, as the Invoke operation does; `qualifier` is a version or an alias.
    ///
    /// # Errors
    /// [`Refused`] when no function ran: it does not exist, is not active yet, or could not be started.
    pub async fn invoke(
        &self,
        lambda: &str,
        qualifier: Option<&str>,
        payload: Vec<u8>,
    ) -> Result<Invoked, Refused> {
        lambda::invoke_directly(&self.0, lambda, qualifier, payload).await.map_err(Refused::from)
    }
}
