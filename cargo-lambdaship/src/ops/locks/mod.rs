//! Locks: of several runs that would write to the same aliases, one does and the others wait or go away.
//!
//! In: the aliases that a run is going to write to. Out: [`Locks`], which are renewed until they are freed. They keep runs
//! from wasting their work; that nobody is written over is what the revisions of Lambda are for, so a lock that is lost ends
//! nothing. Nobody waits with a lock in hand, so no two runs can wait for each other.

mod keep;
mod wait;
mod words;

use std::cell::RefCell;
use std::time::Duration;

use futures::future::FutureExt;
use futures::stream::{self, StreamExt};
use jiff::SignedDuration;

pub use keep::Locks;
pub use wait::Wait;

use crate::aws::{Aws, Caller};
use crate::console::Console;
use crate::context::{self, Context};
use crate::error::Error;
use crate::interruption::Interruption;
use crate::store::{self, Attempt, Guarded, Held, Lease, Owner, Store};

/// How long a lock lasts that is not renewed.
pub const LENGTH: Duration = Duration::from_mins(1);
/// Requests at the same time.
const SIDE_BY_SIDE: usize = 32;
/// How long a run that is told to end looks after requests that are under way.
const GRACE: Duration = Duration::from_secs(5);

/// `--wait` and `--no-lock`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LockFlags {
    /// How long to wait for locks that somebody else has.
    pub wait: Wait,
    /// Whether to go without any.
    pub without: bool,
}

/// What locks are taken with.
pub struct Locksmith<'a> {
    /// Where they are.
    pub store: &'a Store,
    /// The connection, for the server's time.
    pub aws: &'a Aws,
    /// Who takes them.
    pub owner: &'a Owner,
    /// Where it is said whom the run waits for.
    pub console: &'a Console,
    /// How long a lock lasts that is not renewed: [`LENGTH`], but in tests.
    pub length: Duration,
}

/// A lock that this run has.
struct Kept {
    /// `hello-prod:live`.
    place: String,
    held: Held,
}

/// How one attempt at all locks ended.
enum Round<'a> {
    All(Vec<Kept>),
    Busy(Guarded<'a>, Lease),
}

/// Why an attempt is given up.
enum Obstacle<'a> {
    Busy(Guarded<'a>, Lease),
    Failed(store::Error),
    Interrupted,
}

/// What an attempt has come to so far.
#[derive(Default)]
struct Progress<'a> {
    kept: Vec<Kept>,
    obstacle: Option<Obstacle<'a>>,
}

/// This run, as the owner of locks.
#[must_use]
pub fn owner(context: &Context, caller: &Caller) -> Owner {
    Owner {
        owner: caller.name().to_owned(),
        run: context::ci_run(&context.environment),
        host: Some(context::process(&context.environment)),
    }
}

impl Locksmith<'_> {
    /// Takes the locks on all of `places`, or none of them. What was observed before may have changed when
    /// [`Locks::waited`].
    ///
    /// # Errors
    /// [`Error::Function`] with [`Exit::Held`](crate::model::Exit::Held) when somebody else has one of them for longer than
    /// `wait` allows; when a request fails; and [`Error::Interrupted`].
    pub async fn take(
        &self,
        places: &[Guarded<'_>],
        wait: Wait,
        until: &Interruption,
    ) -> Result<Locks, Error> {
        let places = in_order(places);
        let mut queue = wait::Queue::new(self, wait, until);
        loop {
            match self.attempt(&places, until).await? {
                Round::All(kept) => return Ok(Locks::new(self, kept, queue.has_waited())),
                Round::Busy(place, lease) => queue.wait_for(place, lease).await?,
            }
        }
    }

    /// Tries all of `places`. When one of them cannot be had, those that could are freed again.
    async fn attempt<'p>(&self, places: &[Guarded<'p>], until: &Interruption) -> Result<Round<'p>, Error> {
        let progress = RefCell::new(Progress::default());
        let all = async {
            // The first one alone: so of two runs with the same aliases one gets all of them, and not each a part.
            let (first, rest) = places.split_at(places.len().min(1));
            for place in first {
                self.try_one(*place, &progress).await;
            }
            let rest = stream::iter(rest);
            rest.for_each_concurrent(SIDE_BY_SIDE, |place| self.try_one(*place, &progress)).await;
        };
        // What is written and not known of cannot be freed, so a signal does not cut requests off at once.
        let in_time = tokio::select! {
            () = all => true,
            () = until.came().then(|()| tokio::time::sleep(GRACE)) => false,
        };
        let Progress { kept, obstacle } = progress.into_inner();
        let interrupted = !in_time || until.came().now_or_never().is_some();
        let obstacle = if interrupted { Some(Obstacle::Interrupted) } else { obstacle };
        let Some(obstacle) = obstacle else { return Ok(Round::All(kept)) };
        keep::free(self.store, self.aws, self.console, kept).await;
        match obstacle {
            Obstacle::Busy(place, lease) => Ok(Round::Busy(place, lease)),
            Obstacle::Failed(error) => Err(error.into()),
            Obstacle::Interrupted => Err(Error::Interrupted),
        }
    }

    /// Has the names of locks on `places` be there without taking any: who comes next looks at what they are on. What
    /// somebody else has is left alone.
    pub async fn mark(&self, places: &[Guarded<'_>]) {
        let marks = stream::iter(in_order(places));
        let mark = |place| async move {
            let now = self.aws.now();
            let taken = self.store.take(place, self.owner, now, SignedDuration::ZERO).await;
            if let Err(error) = taken {
                self.console.warn(format_args!(
                    "{error}, so it is not noted that {} is written to",
                    words::place(place)
                ));
            }
        };
        marks.for_each_concurrent(SIDE_BY_SIDE, mark).await;
    }

    /// Tries one, unless another one stands in the way already.
    async fn try_one<'p>(&self, place: Guarded<'p>, progress: &RefCell<Progress<'p>>) {
        if progress.borrow().obstacle.is_some() {
            return;
        }
        let attempt = self.store.take(place, self.owner, self.aws.now(), signed(self.length)).await;
        let mut progress = progress.borrow_mut();
        match attempt {
            Ok(Attempt::Taken(held)) => {
                let place = words::place(place);
                if let Some(lease) = held.after().filter(|lease| lease.expires > lease.taken) {
                    let whose = words::holder(lease);
                    self.console
                        .status("Taking over", format_args!("the expired lock of {whose} on {place}"));
                }
                progress.kept.push(Kept { place, held });
            }
            Ok(Attempt::Busy(lease)) => progress.obstacle = Some(Obstacle::Busy(place, lease)),
            Err(error) => progress.obstacle = Some(Obstacle::Failed(error)),
        }
    }
}

/// Each of `places` once, in an order that all runs share.
fn in_order<'p>(places: &[Guarded<'p>]) -> Vec<Guarded<'p>> {
    let mut places = places.to_vec();
    places.sort_by_key(|place| (place.lambda, place.alias));
    places.dedup_by_key(|place| (place.lambda, place.alias));
    places
}

fn signed(length: Duration) -> SignedDuration {
    SignedDuration::try_from(length).unwrap_or(SignedDuration::MAX)
}
