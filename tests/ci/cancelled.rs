//! A job that is cancelled.

use fs_err as fs;
use rustix::process::Signal;

use super::action::Action;
use crate::support::run::program;
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

/// Cargo waits for its lock, or for the registry.
#[test]
fn a_cancel_while_cargo_is_asked_is_told_as_well() {
    let fixture = Fixture::new(&["hello"]);
    fixture.configure("[env.staging]\n");
    let [asked, go, slow] = ["asked", "go", "slow-cargo"].map(|name| fixture.root().join(name));
    let script = format!(
        "#!/bin/sh\ntouch '{asked}'\nwhile ! [ -e '{go}' ]; do sleep 0.05; done\nexec '{}' \"$@\"\n",
        env!("CARGO")
    );
    program(&slow, &script);
    let job = Action::new(&fixture, "plan").with("environment", "staging").env("CARGO", slow.as_str());
    let (run, files) = job.aws("http://127.0.0.1:9", "test").start();
    let run = run.start();
    wait_until("the question", || asked.exists().then_some(()));
    run.signal(Signal::TERM);
    fs::write(go, "").expect("it can be written");
    let step = files.read(run.finish()).exited(1);
    assert_eq!(step.ended(), ("cancelled", "cancelled"));
    assert_eq!(step.document["result"], "cancelled");
}
