//! The end of everything that a gate started.

use std::time::Duration;

/// How often it is looked whether all of them ended.
#[cfg(unix)]
const LOOK: Duration = Duration::from_millis(20);

/// Asks every process of the group that `leader` leads, or led, to end, and ends those that are left after `patience`. To be called
/// soon after the leader ended, while nobody else can have its number.
#[cfg(unix)]
pub(super) async fn end(leader: Option<u32>, patience: Duration) {
    use rustix::process::{Pid, Signal, test_kill_process_group};

    use crate::process::signal_group;

    let Some(leader) = leader else { return };
    let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw) else { return };
    let is_there = || test_kill_process_group(group).is_ok();
    if !is_there() {
        return;
    }
    signal_group(leader, Signal::TERM);
    let gone = async {
        while is_there() {
            tokio::time::sleep(LOOK).await;
        }
    };
    if tokio::time::timeout(patience, gone).await.is_err() {
        signal_group(leader, Signal::KILL);
    }
}

/// There are no such groups here.
#[cfg(not(unix))]
pub(super) async fn end(_leader: Option<u32>, _patience: Duration) {}
