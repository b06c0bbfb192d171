//! AWS's own SDK for Python leads the stand-ins through a function's life. It shows what they can be trusted with, and
//! that the proxy finds nothing to blame in an SDK that is known to be good.

use cargo_lambdaship::local::ACCOUNT;

use crate::support::server::fresh_account;
use crate::support::{Answers, Fixture, Local, Proxy, Server, venv};

/// The host's architecture, which is what the fixtures are built for.
const ARCH: &str = if cfg!(target_arch = "aarch64") { "arm64" } else { "x86_64" };

/// Runs `boto3/life.py` through a proxy in front of a server, which is known not to do `gaps` as AWS does.
fn live(endpoint: &str, answers: Answers, account: &str, gaps: &[&str], more: &[&str]) {
    let proxy = Proxy::new(endpoint, answers);
    let fixture = Fixture::new(&["hello"]);
    let first = fixture.zip("hello");
    fixture.set_version("hello", "2");
    let second = fixture.zip("hello");
    let output = venv::script("boto3/life.py")
        .args(["--endpoint", &proxy.endpoint(), "--account", account])
        .args(["--zip", first.as_str(), "--zip", second.as_str(), "--arch", ARCH])
        .args(gaps.iter().flat_map(|gap| ["--gap", gap]))
        .args(more)
        .output()
        .expect("Python starts");
    let text =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{text}");
    let report = proxy.report();
    // One that is granted and one that is refused.
    assert_eq!(report.count("CreateFunction"), 2);
    if matches!(answers, Answers::Strict) {
        report.assert_valid();
    }
    let requests: Vec<_> = report.violations.iter().filter(|text| text.contains(" request: ")).collect();
    assert!(requests.is_empty(), "{requests:#?}");
}

#[test]
fn the_local_aws_lives_the_life_without_a_gap() {
    let local = Local::start();
    live(local.endpoint(), Answers::Strict, ACCOUNT, &[], &[]);
}

#[test]
fn ministack_lives_the_life() {
    let server = Server::ministack();
    live(
        &server.endpoint(),
        Answers::Lenient,
        &fresh_account(),
        &["publish-other-code", "fenced-publish"],
        &["--invoke"],
    );
}

#[test]
fn moto_lives_the_life() {
    let server = Server::moto();
    live(
        &server.endpoint(),
        Answers::Lenient,
        "123456789012",
        &[
            "publish-other-code",
            "fenced-publish",
            "alias-twice",
            "fenced-code",
            "revision",
            "fenced-alias",
            "delete-aliased-version",
        ],
        &[],
    );
}
