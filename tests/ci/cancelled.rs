//! A job that is cancelled.

use rustix::process::Signal;

use super::action::Action;
use crate::support::stage::for_this_machine;
use crate::support::{Answers, Fixture, Local, Proxy, wait_until};

#[test]
fn a_cancel_ends_the_work_and_is_told() {
    let (local, fixture) = (Local::settled(), Fixture::new(&["hello"]));
    fixture.configure(&format!("{}[env.staging]\n", for_this_machine()));
    let proxy = Proxy::new(local.endpoint(), Answers::Strict);
    proxy.fault("PublishVersion", "hang");
    let job = Action::new(&fixture, "deploy").with("environment", "staging").aws(&proxy.endpoint(), "test");
    let (run, files) = job.start();
    let run = run.start();
    wait_until("the call", || (proxy.report().count("PublishVersion") > 0).then_some(()));
    run.signal(Signal::TERM);
    let step = files.read(run.finish()).exited(1);
    assert_eq!(step.ended(), ("cancelled", "cancelled"));
    assert_eq!(step.document["report"]["functions"][0]["outcome"], "failed");
}
