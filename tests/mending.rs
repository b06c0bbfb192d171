//! Runs that are killed at any moment, and runs that meet: the next run ends right, by itself.

use cargo_lambdaship::local::ACCOUNT;

use crate::support::run::Outcome;
use crate::support::server::fresh_account;
use crate::support::stage::{self, Stage, for_this_machine};
use crate::support::{Answers, Fixture, Local, Server, lambdaship, wait_until};

/// More requests than any deploy of one function makes; the test ends when it has seen them all.
const MANY: usize = 50;

/// Kills `deploy` before the server has seen its `nth` request, and so after it has acted on the one before; false when
/// the deploy makes fewer and ended well.
fn killed_at(stage: &Stage, nth: usize) -> bool {
    stage.proxy.fault_at(nth, None, "hang");
    let mut running = stage.run(&["deploy", "--env", "staging"]).start();
    let ended = wait_until("the request at which the run is killed", || {
        let reached = stage.proxy.report().requests.len() >= nth;
        if running.ended() { Some(true) } else { reached.then_some(false) }
    });
    if ended {
        running.finish().exited(0);
    } else {
        running.kill();
    }
    !ended
}

/// Lets the answer to the `nth` request of `deploy` get lost, after the server has acted on it; false when the deploy
/// makes fewer.
fn lost_at(stage: &Stage, nth: usize) -> bool {
    stage.proxy.fault_at(nth, Some(1), "drop-after");
    let outcome = stage.run(&["deploy", "--env", "staging"]).output();
    assert!(matches!(outcome.code, Some(0 | 1 | 6)), "{outcome}");
    stage.proxy.report().requests.len() >= nth
}

/// Does `harm` at each of a deploy's requests in turn, each time to another lambda, for which `prepare` says what the
/// deploy is to bring about.
fn harm_at_every_request(harm: fn(&Stage, usize) -> bool, prepare: impl Fn(&Stage, &str)) {
    let local = Local::settled();
    let stage = Stage::new(&["hello"], local.endpoint(), ACCOUNT, Answers::Strict);
    let mut nth = 1;
    loop {
        prepare(&stage, &format!("hello-{nth}"));
        stage.proxy.reset();
        if !harm(&stage, nth) {
            break;
        }
        assert!(nth < MANY, "it never ends");
        // What hangs is cut: nobody waits for it any more.
        stage.proxy.reset();
        let (report, _) = stage.report(&["deploy"], 0);
        let outcome = report["functions"][0]["outcome"].as_str().expect("an outcome");
        assert!(matches!(outcome, "created" | "updated" | "moved" | "unchanged"), "at {nth}: {report:#}");
        let answer = stage.run(&["invoke", "hello", "--env", "staging"]).output().exited(0);
        assert_eq!(stage::json(&answer)["message"], "hello world", "at {nth}");
        nth += 1;
    }
    assert!(nth > 5, "a deploy makes more than {nth} requests");
}

fn configure(stage: &Stage, lambda: &str, memory: u32) {
    let function = for_this_machine().trim_end();
    stage
        .fixture
        .configure(&format!("{function}\nname = \"{lambda}\"\nmemory = {memory}\n\n[env.staging]\n"));
}

fn create(stage: &Stage, lambda: &str) {
    configure(stage, lambda, 128);
}

fn update(stage: &Stage, lambda: &str) {
    configure(stage, lambda, 128);
    stage.report(&["deploy"], 0);
    configure(stage, lambda, 256);
}

#[test]
fn a_first_deploy_that_is_killed_at_any_request_is_mended() {
    harm_at_every_request(killed_at, create);
}

#[test]
fn an_update_that_is_killed_at_any_request_is_mended() {
    harm_at_every_request(killed_at, update);
}

#[test]
fn a_first_deploy_that_loses_any_answer_is_mended() {
    harm_at_every_request(lost_at, create);
}

#[test]
fn an_update_that_loses_any_answer_is_mended() {
    harm_at_every_request(lost_at, update);
}

#[test]
fn the_local_aws_is_whole_after_a_run_that_was_killed_with_it() {
    let fixture = Fixture::new(&["hello"]);
    let run = |arguments: &[&str]| lambdaship(&fixture).args(arguments).args(&["--env", "local"]);
    let kills = (0..10).filter(|round| {
        let version = format!("round {round}");
        fixture.set_version("hello", &version);
        // The build is done, so that what is killed is the rest: each line is a request or a step.
        run(&["build"]).output().exited(0);
        let killed = run(&["deploy", "-vv"]).start().kill_after_lines(4 + round * 5 / 4);
        run(&["deploy"]).output().exited(0);
        let answer = stage::json(&run(&["invoke", "hello"]).output().exited(0));
        assert_eq!(answer["version"], version.as_str());
        killed
    });
    assert_eq!(kills.count(), 10, "a run ended before it was killed");
}

/// Two runs at once: each ends well or gives way, and the next one finds or makes it right.
fn two_at_once(fixture: &Fixture, run: impl Fn(&[&str]) -> Outcome + Sync) {
    for version in ["1", "2", "3"] {
        fixture.set_version("hello", version);
        let ends = std::thread::scope(|scope| {
            let runs = [(); 2].map(|()| scope.spawn(|| run(&["deploy"])));
            runs.map(|run| run.join().expect("it ends"))
        });
        for end in &ends {
            assert!(matches!(end.code, Some(0 | 6)), "{end}");
        }
        assert!(ends.iter().any(|end| end.code == Some(0)), "{} {}", ends[0], ends[1]);
        let answer = stage::json(&run(&["invoke", "hello"]).exited(0));
        assert_eq!(
            answer["version"], version,
            "the one that ended well did not deploy: {} {}",
            ends[0], ends[1]
        );
        assert!(run(&["deploy"]).exited(0).stderr.contains("Unchanged hello"), "something was left to do");
    }
}

#[test]
fn two_runs_at_once_on_the_local_aws() {
    let fixture = Fixture::new(&["hello"]);
    two_at_once(&fixture, |arguments| {
        lambdaship(&fixture).args(arguments).args(&["--env", "local"]).output()
    });
}

#[test]
fn two_runs_at_once_against_one_local_server() {
    let local = Local::start();
    let stage = Stage::new(&["hello"], local.endpoint(), ACCOUNT, Answers::Strict);
    two_at_once(&stage.fixture, |arguments| stage.run(arguments).args(&["--env", "staging"]).output());
    stage.sent();
}

#[test]
fn two_runs_at_once_on_ministack() {
    let stage = Stage::new(&["hello"], &Server::ministack().endpoint(), &fresh_account(), Answers::Lenient);
    two_at_once(&stage.fixture, |arguments| stage.run(arguments).args(&["--env", "staging"]).output());
    stage.sent();
}
