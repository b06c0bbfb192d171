//! A cancellation reaches the entry process of the step alone: first by SIGINT, 7.5 seconds later by SIGTERM, and 2.5
//! seconds after that the step is killed. Steps that always run still do.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::runner::{Done, Job};
use crate::steps::sample;
use crate::support::wait_until;

#[test]
fn a_step_that_listens_ends_at_once() {
    // It ends by the first signal, as it says, whenever its runner has noticed that.
    let done = cancelled("", Duration::ZERO..Duration::from_mins(2));
    assert_eq!(done.step("wait")["log"], "ends by INT");
}

#[test]
fn a_step_that_does_not_listen_is_told_again_and_killed() {
    let done = cancelled("INT TERM", Duration::from_secs(10)..Duration::from_mins(2));
    assert_eq!(done.step("wait")["log"], "ignores INT\nignores TERM");
    assert_eq!(done.step("wait")["exit"], json!(null));
}

fn cancelled(ignore: &str, duration: std::ops::Range<Duration>) -> Done {
    let running = Job::action(&sample("waits.yml")).with("ignore", ignore).start();
    wait_until("the step", || running.path("temp/ready").exists().then_some(()));
    let begun = Instant::now();
    running.cancel();
    let done = running.finish().concluded("cancelled");
    let took = begun.elapsed();
    assert!(duration.contains(&took), "{took:?}: {:#}", done.result);
    let outcomes = ["wait", "after", "report"].map(|id| done.step(id)["outcome"].clone());
    assert_eq!(outcomes, ["cancelled", "skipped", "success"]);
    assert_eq!(done.step("report")["log"], "it was cancelled");
    done
}
