//! Signals, and runs on the local AWS that meet.

use std::time::{Duration, Instant};

use fs_err as fs;
use rustix::process::Signal;

use super::case::{Case, Cloud};
use super::elf::{X86_64, executable};
use crate::support::wait_until;

/// Longer than it may take to end on a machine with more to do, shorter than another run is waited for unless told otherwise.
const SOON: Duration = Duration::from_mins(2);
/// A build script that keeps cargo busy for as long as there is a cargo.
const SLOW: &str = "fn main() {
    let cargo = std::os::unix::process::parent_id();
    while std::os::unix::process::parent_id() == cargo {
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}
";

/// Cargo is told nothing by the signal, and ends all the same.
#[test]
fn a_signal_during_the_build() {
    for (signal, verb) in [(Signal::INT, "deploy --env local"), (Signal::TERM, "build --env local")] {
        let case = Case::new();
        case.fixture.write("functions/hello/build.rs", SLOW);
        let mut run = case.run(verb).start();
        run.wait_for("Compiling hello");
        let begun = Instant::now();
        run.signal(signal);
        let end = run.finish().exited(1);
        assert!(begun.elapsed() < SOON && end.stdout.is_empty(), "{signal:?} {verb}: {end}");
        // Cargo's own last line may have been cut off by the same signal.
        assert!(end.stderr.ends_with("error: interrupted\n"), "{end}");
        fs::remove_file(case.fixture.root().join("functions/hello/build.rs")).expect("removed");
        case.run("deploy --env local").output().exited(0);
    }
}

#[test]
fn a_signal_during_a_call() {
    for signal in [Signal::INT, Signal::TERM] {
        let cloud = Cloud::deployed();
        cloud.proxy.fault("PublishVersion", "hang");
        let run = cloud.deploy("two.zip").start();
        wait_until("the call", || (cloud.proxy.report().count("PublishVersion") > 0).then_some(()));
        run.signal(signal);
        insta::allow_duplicates! {
            insta::assert_snapshot!(run.finish(), @"
            exit: 1
            ----- stdout
            FUNCTION  LAMBDA         VERSION  CODE      SIZE   WHAT
            hello     hello-staging  1        [DIGEST]  [SIZE]  failed
            ----- stderr
               Observing 1 function in staging (000000000000, eu-west-1)
               Uploading hello [SIZE]
                Finished staging in [DURATION]: 1 failed
            error: `hello`: interrupted
            hint: no alias is left between two versions; run the command again to go on
            ");
        }
        assert_eq!(cloud.alias()["FunctionVersion"], "1");
        cloud.proxy.reset();
        cloud.deploy("two.zip").output().exited(0);
        assert_eq!(cloud.alias()["FunctionVersion"], "2");
    }
}

/// The way back is not broken off by somebody who is impatient, and they are told how long it takes.
#[test]
fn a_second_signal_during_the_way_back() {
    let cloud = Cloud::deployed();
    let mut run = cloud.deploy("two.zip").args(&["--rollout", "50%/10m"]).start();
    run.wait_for("50 % to v2 (step 1 of 1)");
    wait_until("the step", || (!cloud.alias()["RoutingConfig"].is_null()).then_some(()));
    cloud.proxy.reset();
    cloud.proxy.fault("UpdateAlias", "hold");
    run.signal(Signal::INT);
    wait_until("the way back", || (cloud.proxy.report().count("UpdateAlias") > 0).then_some(()));
    for _ in 0..2 {
        run.signal(Signal::INT);
    }
    run.wait_for("interrupted already");
    cloud.proxy.reset();
    let end = run.finish().exited(1);
    let said = "warning: interrupted already: version 2 of lambda `hello-staging` is being taken back, which is waited for 20 \
                seconds at most\n";
    assert_eq!(end.stderr.matches(said).count(), 1, "{end}");
    assert_eq!(cloud.alias()["FunctionVersion"], "1");
}

/// What was done to the others is told all the same.
#[test]
fn a_signal_while_one_of_two_functions_waits() {
    let cloud = Cloud::new();
    cloud.case.fixture.add("worker");
    for (zip, function) in
        [("one.zip", "hello"), ("one.zip", "worker"), ("two.zip", "hello"), ("two.zip", "worker")]
    {
        cloud.run(&format!("deploy --env staging -f {function} --zip {zip}")).output().exited(0);
    }
    cloud.proxy.reset();
    cloud.proxy.fault("UpdateAlias", "hang");
    let mut run = cloud.run("rollback --env staging -f hello -f worker --format json").start();
    run.wait_for("Rolled back");
    wait_until("both calls", || (cloud.proxy.report().count("UpdateAlias") == 2).then_some(()));
    run.signal(Signal::INT);
    let end = run.finish().exited(1);
    let report: serde_json::Value = serde_json::from_str(&end.stdout).expect("JSON");
    let functions = report["functions"].as_array().expect("functions");
    let mut outcomes: Vec<_> = functions.iter().filter_map(|function| function["outcome"].as_str()).collect();
    outcomes.sort_unstable();
    assert_eq!((outcomes, report["error"].is_null()), (vec!["failed", "rolled-back"], true), "{end}");
    assert!(
        end.stderr.contains(
            "hint: no alias is left between two versions; `cargo lambdaship status --env staging -f "
        ),
        "{end}"
    );
}

/// The state of the local AWS, held as by another run.
fn hold(case: &Case) -> fs::File {
    let root = case.fixture.root().join("target/lambdaship/local");
    fs::create_dir_all(&root).expect("the folder can be made");
    let file = fs::File::create(root.join("lock")).expect("the file can be made");
    file.file().lock().expect("nobody else holds it");
    file
}

#[test]
fn another_run_on_the_local_aws_is_waited_for() {
    let case = Case::new();
    case.zip("one.zip", &executable(X86_64, "one"));
    let other = hold(&case);
    let mut run = case.run("deploy --env local --zip one.zip").start();
    run.wait_for("Waiting");
    drop(other);
    insta::assert_snapshot!(run.finish(), @"
    exit: 0
    ----- stdout
    FUNCTION  LAMBDA       VERSION  CODE      SIZE   WHAT
    hello     hello-local  1        [DIGEST]  [SIZE]  created
    ----- stderr
         Waiting because the local AWS in `[TEMP]/workspace/target/lambdaship/local` is held by another process
       Observing 1 function in local (000000000000, us-east-1)
        Creating role lambdaship-hello-local for hello-local
        Creating hello as hello-local, [SIZE]
      Publishing hello v1
        Shifting hello live v1
        Finished local in [DURATION]: 1 created
    ");
}

#[test]
fn another_run_on_the_local_aws_that_does_not_end() {
    let case = Case::new();
    case.zip("one.zip", &executable(X86_64, "one"));
    let other = hold(&case);
    let impatient = case.run("deploy --env local --zip one.zip").env("LAMBDASHIP_LOCAL_WAIT", "1");
    let begun = Instant::now();
    insta::assert_snapshot!(impatient.output(), @"
    exit: 6
    ----- stdout
    ----- stderr
         Waiting because the local AWS in `[TEMP]/workspace/target/lambdaship/local` is held by another process
    error: the local AWS in `[TEMP]/workspace/target/lambdaship/local` is held by another process
    hint: wait for the other run to end, then try again
    ");
    assert!(begun.elapsed() < SOON, "it waited for longer than it was told to");
    drop(other);
    case.run("deploy --env local --zip one.zip").output().exited(0);
}

/// A build is waited for, and the waiting run says whose it is.
#[test]
fn another_run_on_the_local_aws_that_builds() {
    let case = Case::new();
    case.fixture.write("functions/hello/build.rs", SLOW);
    let mut builder = case.run("deploy --env local").start();
    builder.wait_for("Compiling hello");
    let mut status = case.run("status --env local").start();
    status.wait_for(&format!("is held by process {}", builder.id()));
    assert!(!status.ended());
    builder.signal(Signal::TERM);
    builder.finish().exited(1);
    let status = status.finish().exited(0);
    assert!(status.stdout.contains("hello-local"), "{status}");
}

/// Two at once are one after the other.
#[test]
fn two_runs_on_the_local_aws() {
    let case = Case::new();
    case.zip("one.zip", &executable(X86_64, "one"));
    let runs = [(); 3].map(|()| case.run("deploy --env local --zip one.zip").start());
    let mut words: Vec<_> = runs.map(|run| run.finish().exited(0).stdout.contains("created")).to_vec();
    words.sort_unstable();
    assert_eq!(words, [false, false, true]);
}

/// A killed run leaves nothing that the next one has to be helped over.
#[test]
fn a_run_that_is_killed() {
    let case = Case::new();
    case.fixture.write("functions/hello/build.rs", "fn main() {}");
    for said in ["Observing", "Packaging", "Creating role", "Creating hello", "Publishing", "Shifting"] {
        let mut run = case.run("deploy --env local").start();
        run.wait_for(said);
        run.signal(Signal::KILL);
        assert_eq!(run.finish().code, None, "{said}");
        case.run("deploy --env local").output().exited(0);
        fs::remove_dir_all(case.fixture.root().join("target/lambdaship")).expect("removed");
    }
}
