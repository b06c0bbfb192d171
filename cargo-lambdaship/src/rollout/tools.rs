//! What all rollouts of a run share.

use tokio::sync::{Semaphore, SemaphorePermit};

use super::alarms::Board;
use crate::aws::{Aws, Caller, Metrics, Scheduler};
use crate::config::FunctionConfig;
use crate::console::Console;

/// What all rollouts of a run share.
pub struct Tools<'a> {
    /// The connection.
    pub aws: &'a Aws,
    /// Whose account it is.
    pub caller: &'a Caller,
    /// Where progress goes.
    pub console: &'a Console,
    pub(super) metrics: Metrics,
    pub(super) scheduler: Scheduler,
    pub(super) alarms: Board,
    turns: Semaphore,
    watch_turns: Semaphore,
    room: Semaphore,
}

/// How many bytes of zips are in memory at the same time; a larger one is alone. On its way into a request each is there
/// about four times: as it is, in base64, and in the request's body.
const ROOM: u64 = 24 << 20;

impl<'a> Tools<'a> {
    /// Tools with which at most `side_by_side` rollouts send requests at the same time. Baking takes no turn.
    #[must_use]
    pub fn new(aws: &'a Aws, caller: &'a Caller, console: &'a Console, side_by_side: usize) -> Self {
        let (metrics, scheduler) = (aws.metrics(), aws.scheduler());
        let (turns, watch_turns) = (Semaphore::new(side_by_side), Semaphore::new(side_by_side));
        let room = Semaphore::new(kibibytes(ROOM) as usize);
        let alarms = Board::default();
        Self { aws, caller, console, metrics, scheduler, alarms, turns, watch_turns, room }
    }

    /// The same, with the alarms of all `functions` read together from the first one on.
    #[must_use]
    pub fn watching<'f>(self, functions: impl Iterator<Item = &'f FunctionConfig>) -> Self {
        let watched = functions.filter(|function| !function.rollout.shape.is_all_at_once());
        let alarms = Board::of(watched.flat_map(|function| function.rollout.limits.alarms.iter().cloned()));
        Self { alarms, ..self }
    }

    /// Waits for a turn at watching or moving an alias. It is another than [`Tools::turn`], so that no rollout waits for a
    /// lambda that takes its time to settle.
    pub async fn watch_turn(&self) -> Option<SemaphorePermit<'_>> {
        self.watch_turns.acquire().await.ok()
    }

    /// Waits for room in memory for a zip of `size` bytes.
    pub async fn room(&self, size: u64) -> Option<SemaphorePermit<'_>> {
        self.room.acquire_many(kibibytes(size.min(ROOM))).await.ok()
    }

    /// Waits for a turn at publishing.
    pub async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        // Nobody closes the semaphore; if somebody did, everybody would have a turn.
        self.turns.acquire().await.ok()
    }
}

fn kibibytes(bytes: u64) -> u32 {
    u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX)
}
