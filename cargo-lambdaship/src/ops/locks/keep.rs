//! Keeping locks until they are freed.

use std::collections::BTreeSet;
use std::time::Duration;

use futures::future::join_all;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::{GRACE, Kept, Locksmith, SIDE_BY_SIDE, signed, words};
use crate::aws::Aws;
use crate::console::Console;
use crate::store::{Hold, Standing, Store, decide};

/// Locks that this run has. They are renewed in the background. [`Locks::free`] gives them back and is to be called however
/// the work ends; those that are dropped are given back in the background as long as the runtime runs, and those of a
/// process that is killed expire.
#[must_use]
pub struct Locks {
    waited: bool,
    /// Says that the work is done, and which locks stay behind; so does dropping it, of none.
    working: oneshot::Sender<BTreeSet<String>>,
    keeper: JoinHandle<()>,
}

impl Locks {
    pub(super) fn new(smith: &Locksmith<'_>, kept: Vec<Kept>, waited: bool) -> Self {
        let (working, done) = oneshot::channel();
        let keeper = Keeper {
            store: smith.store.clone(),
            aws: smith.aws.clone(),
            console: smith.console.clone(),
            length: smith.length,
            kept,
            warned: false,
        };
        Self { waited, working, keeper: tokio::spawn(keeper.keep(done)) }
    }

    /// Whether somebody else had one of them first: then what was observed before is out of date.
    #[must_use]
    pub fn waited(&self) -> bool {
        self.waited
    }

    /// Gives them back. What cannot be given back expires.
    pub async fn free(self) {
        self.free_all_but(&BTreeSet::new()).await;
    }

    /// Gives them back; those in `left` (`hello-prod:live`) stay behind, expired. What cannot be given back expires.
    pub async fn free_all_but(self, left: &BTreeSet<String>) {
        // A keeper that is gone has given them back.
        let _ = self.working.send(left.clone());
        // It cannot fail but by a panic, which is on stderr already.
        let _ = self.keeper.await;
    }
}

/// What renews locks.
struct Keeper {
    store: Store,
    aws: Aws,
    console: Console,
    length: Duration,
    kept: Vec<Kept>,
    /// Whether it said that they cannot be renewed.
    warned: bool,
}

impl Keeper {
    /// Renews the locks until `done`, and frees them.
    async fn keep(mut self, mut done: oneshot::Receiver<BTreeSet<String>>) {
        let mut pause = self.length / 3;
        let left = loop {
            let renewed = async {
                sleep(pause).await;
                self.renew().await
            };
            tokio::select! {
                biased;
                left = &mut done => break left.unwrap_or_default(),
                all = renewed => pause = if all { self.length / 3 } else { self.length / 12 },
            }
        };
        let (left, kept) = self.kept.into_iter().partition(|kept| left.contains(&kept.place));
        expire(&self.store, &self.console, left).await;
        free(&self.store, &self.aws, &self.console, kept).await;
    }

    /// Renews all, and answers whether that worked. Those that somebody else has by now are left to them.
    async fn renew(&mut self) -> bool {
        let (mut all, mut lost) = (true, Vec::new());
        for batch in self.kept.chunks_mut(SIDE_BY_SIDE) {
            let now = self.aws.now();
            let renewals =
                batch.iter_mut().map(|kept| self.store.renew(&mut kept.held, now, signed(self.length)));
            let renewals = join_all(renewals).await;
            for (kept, renewal) in batch.iter().zip(renewals) {
                match renewal {
                    Ok(Hold::Kept) => {}
                    Ok(Hold::Lost(to)) => {
                        let fate = match &to {
                            Some(lease) => {
                                format!("{} took over the lock on {}", words::holder(lease), kept.place)
                            }
                            None => format!("the lock on {} is gone", kept.place),
                        };
                        let rest = "this run goes on, and stops where somebody else changes a lambda first";
                        self.console.warn(format_args!("{fate}; {rest}"));
                        lost.push(kept.place.clone());
                    }
                    Err(error) => {
                        all = false;
                        let expired = decide(Some(kept.held.lease()), self.aws.now()) != Standing::Held;
                        if expired && !self.warned {
                            self.warned = true;
                            let what = format!("failed to renew the lock on {} in time", kept.place);
                            self.console.warn(format_args!("{what}, so another run may take it: {error}"));
                        }
                    }
                }
            }
        }
        self.kept.retain(|kept| !lost.contains(&kept.place));
        all
    }
}

/// Leaves locks behind that nobody has: who comes next looks at what they were on.
pub(super) async fn expire(store: &Store, console: &Console, kept: Vec<Kept>) {
    let all = join_all(kept.into_iter().map(|Kept { place, held }| async move {
        if let Err(error) = store.expire(held).await {
            console.verbose("Leaving", format_args!("the lock on {place} to expire: {error}"));
        }
    }));
    // What is not written in time expires by itself.
    let _ = timeout(GRACE, all).await;
}

/// Gives locks back, for some seconds at most.
pub(super) async fn free(store: &Store, aws: &Aws, console: &Console, kept: Vec<Kept>) {
    let mut kept = kept.into_iter().peekable();
    let all = async {
        while kept.peek().is_some() {
            let batch = kept.by_ref().take(SIDE_BY_SIDE);
            let freed = batch.map(|Kept { place, held }| async move {
                // One that was lost is somebody else's to free.
                if let Err(error) = store.free(held, aws.now()).await {
                    console.verbose("Leaving", format_args!("the lock on {place} to expire: {error}"));
                }
            });
            join_all(freed).await;
        }
    };
    if timeout(GRACE, all).await.is_err() {
        console.verbose("Leaving", "locks to expire: the store does not answer");
    }
}
