//! AWS's own SDK for Python leads the stand-ins through a function's life. It shows what they can be trusted with, and
//! that the proxy finds nothing to blame in an SDK that is known to be good.

use cargo_lambdaship::local::ACCOUNT;

use crate::support::proxy::Report;
use crate::support::server::fresh_account;
use crate::support::{Answers, Fixture, Local, Proxy, Server, venv};

/// The one account of moto.
const MOTO: &str = "123456789012";
/// The host's architecture, which is what the fixtures are built for.
const ARCH: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };

/// A server to lead, and how it is known to differ from AWS.
struct Actor<'a> {
    endpoint: &'a str,
    account: &'a str,
    answers: Answers,
    gaps: &'a [&'a str],
}

impl Actor<'_> {
    /// Runs a script of `boto3/` against the server; what went through must be blameless.
    fn play(&self, script: &str, more: &[&str]) -> Report {
        let proxy = Proxy::new(self.endpoint, self.answers);
        let output = venv::script(&format!("boto3/{script}"))
            .args(["--endpoint", &proxy.endpoint(), "--account", self.account])
            .args(more)
            .output()
            .expect("Python starts");
        let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert!(output.status.success(), "{}", text.concat());
        let report = proxy.report();
        match self.answers {
            Answers::Strict => report.assert_valid(),
            Answers::Lenient => report.assert_valid_requests(),
        }
        report
    }

    fn live(&self, more: &[&str]) {
        let fixture = Fixture::new(&["hello"]);
        let first = fixture.zip("hello");
        fixture.set_version("hello", "2");
        let second = fixture.zip("hello");
        let mut arguments = vec!["--zip", first.as_str(), "--zip", second.as_str(), "--arch", ARCH];
        arguments.extend(self.gaps.iter().flat_map(|gap| ["--gap", gap]));
        arguments.extend(more);
        // One that is granted and one that is refused.
        assert_eq!(self.play("life.py", &arguments).count("CreateFunction"), 2);
    }
}

#[test]
fn the_local_aws_lives_the_life_without_a_gap() {
    let local = Local::start();
    Actor { endpoint: local.endpoint(), account: ACCOUNT, answers: Answers::Strict, gaps: &[] }
        .live(&["--invoke"]);
}

#[test]
fn ministack_lives_the_life() {
    let (endpoint, account) = (Server::ministack().endpoint(), fresh_account());
    let gaps = ["publish-other-code", "fenced-publish"];
    let actor = Actor { endpoint: &endpoint, account: &account, answers: Answers::Lenient, gaps: &gaps };
    actor.live(&["--invoke"]);
}

#[test]
fn moto_lives_the_life() {
    let server = Server::moto();
    let gaps = [
        "publish-other-code",
        "fenced-publish",
        "alias-twice",
        "fenced-code",
        "revision",
        "fenced-alias",
        "delete-aliased-version",
    ];
    Actor { endpoint: &server.endpoint(), account: MOTO, answers: Answers::Lenient, gaps: &gaps }.live(&[]);
}

#[test]
fn the_neighbours_of_lambda_are_there() {
    let (local, ministack, moto) =
        (Local::start(), Server::ministack().endpoint(), Server::moto().endpoint());
    let fresh = fresh_account();
    for (endpoint, account, answers) in [
        (local.endpoint(), ACCOUNT, Answers::Strict),
        (&ministack, &fresh, Answers::Lenient),
        (&moto, MOTO, Answers::Lenient),
    ] {
        let report = Actor { endpoint, account, answers, gaps: &[] }.play("neighbours.py", &[]);
        assert_eq!(report.count("iam.GetRole"), 3);
    }
}

/// The script runs against the server itself: its bodies are large, and the peak of its memory is looked at.
#[test]
#[cfg(target_os = "linux")]
fn the_local_aws_keeps_objects_without_having_them_in_memory() {
    let fixture = Fixture::new(&["hello"]);
    let server = crate::support::foreground::Foreground::start(&fixture, &[]);
    let endpoint = format!("http://127.0.0.1:{}", server.port());
    let mut script = venv::script("boto3/objects.py");
    script.args(["--endpoint", &endpoint, "--account", ACCOUNT, "--pid", &server.id().to_string()]);
    let output = script.output().expect("Python starts");
    let text = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success(), "{}", text.concat());
    assert_eq!(server.end(), Some(0));
}

#[test]
fn the_local_aws_makes_a_scheduled_call() {
    let local = Local::start();
    let actor = Actor { endpoint: local.endpoint(), account: ACCOUNT, answers: Answers::Strict, gaps: &[] };
    // Two that are granted and four that are refused.
    assert_eq!(actor.play("schedules.py", &["--fires"]).count("CreateSchedule"), 6);
}

#[test]
fn the_stand_ins_keep_schedules() {
    let (ministack, moto) = (Server::ministack().endpoint(), Server::moto().endpoint());
    let fresh = fresh_account();
    for (endpoint, account) in [(&ministack, fresh.as_str()), (&moto, MOTO)] {
        let actor = Actor { endpoint, account, answers: Answers::Lenient, gaps: &[] };
        let gaps = ["--gap", "untrusted-role", "--gap", "past", "--gap", "expression"];
        assert_eq!(actor.play("schedules.py", &gaps).count("DeleteSchedule"), 2);
    }
}

#[test]
fn metrics_and_alarms_are_there_in_both_protocols() {
    for (protocol, path) in [(&[][..], "/"), (&["--cbor"], "/service/")] {
        let local = Local::start();
        let actor =
            Actor { endpoint: local.endpoint(), account: ACCOUNT, answers: Answers::Strict, gaps: &[] };
        let report = actor.play("metrics.py", protocol);
        assert_eq!((report.count("PutMetricData"), report.count("DeleteAlarms")), (2, 1));
        assert!(report.requests.iter().all(|request| request.path.starts_with(path)));
    }
}

#[test]
fn ministack_keeps_metrics_and_alarms_too() {
    let gaps = ["namespace", "order", "percentiles", "span", "statistics"];
    let gaps: Vec<_> = gaps.iter().flat_map(|gap| ["--gap", gap]).collect();
    for protocol in [&[][..], &["--cbor"]] {
        let (endpoint, account) = (Server::ministack().endpoint(), fresh_account());
        let actor = Actor { endpoint: &endpoint, account: &account, answers: Answers::Lenient, gaps: &[] };
        assert_eq!(actor.play("metrics.py", &[&gaps, protocol].concat()).count("PutMetricAlarm"), 3);
    }
}
