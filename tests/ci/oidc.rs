//! A role that is assumed with GitHub's token.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::action::Action;
use crate::support::stage::for_this_machine;
use crate::support::{Fixture, Local, http};

/// What nobody may read.
const PERMISSION: &str = "canary-of-the-request";
const GITHUB_TOKEN: &str = "ghs_canaryofthejob";
const SIGNATURE: &str = "canary-of-the-signature";
/// What a job has, and nothing that it starts.
const WITHHELD: [&str; 18] = [
    "ACTIONS_CACHE_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_RESULTS_URL",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_RUNTIME_URL",
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GH_TOKEN",
    "GITHUB_ENV",
    "GITHUB_OUTPUT",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
    "GITHUB_TOKEN",
    "INPUT_GITHUB_TOKEN",
];
/// A build script that fails when it has one of these, or finds one at those who started it. That is nothing to root.
const CURIOUS: &str = r#"
fn main() {
    for name in WITHHELD {
        assert!(std::env::var_os(name).is_none(), "{name} is there");
    }
    let status = |id: &str| std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let field = |text: &str, name: &str| -> Option<String> {
        Some(text.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.to_owned())
    };
    let mut id = "self".to_owned();
    while let Some(parent) = field(&status(&id), "PPid:").filter(|_| field(&status("self"), "Uid:").as_deref() != Some("0")) {
        let environment = std::fs::read(format!("/proc/{parent}/environ")).unwrap_or_default();
        let is_found = String::from_utf8_lossy(&environment).contains("INPUT_GITHUB_TOKEN");
        assert!(!is_found, "the environment of process {parent} is open");
        id = parent;
    }
}
"#;
pub(super) const ROLE: &str = "arn:aws:iam::000000000000:role/deploy";

/// GitHub, as far as it gives tokens to jobs.
pub(super) struct Oidc {
    port: u16,
    asked: Arc<AtomicUsize>,
}

impl Oidc {
    /// Serves until this process ends; its first answer is that it is busy.
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let (port, asked) =
            (listener.local_addr().expect("an address").port(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(mut stream) = stream else { return };
                let (mut head, mut byte) = (Vec::new(), [0]);
                while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                    head.extend(byte);
                }
                let first = count.fetch_add(1, Ordering::SeqCst) == 0;
                let _ = stream.write_all(answer(&String::from_utf8_lossy(&head), first).as_bytes());
            }
        });
        Self { port, asked }
    }

    /// How often a token was asked for.
    pub(super) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    /// A job with `permissions: id-token: write`.
    pub(super) fn given_to(&self, job: Action) -> Action {
        let url = format!("http://127.0.0.1:{}/token?api-version=2.0", self.port);
        job.env("ACTIONS_ID_TOKEN_REQUEST_URL", &url).env("ACTIONS_ID_TOKEN_REQUEST_TOKEN", PERMISSION)
    }
}

fn answer(request: &str, first: bool) -> String {
    let is_right = request.starts_with("GET /token?api-version=2.0&audience=sts.amazonaws.com HTTP/1.1\r\n")
        && request.to_lowercase().contains(&format!("authorization: bearer {PERMISSION}\r\n"));
    let status = match (first, is_right) {
        (true, _) => "503 Service Unavailable",
        (false, true) => "200 OK",
        (false, false) => "400 Bad Request",
    };
    let body = json!({ "value": token() }).to_string();
    format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn token() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs();
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let claims =
        json!({ "aud": "sts.amazonaws.com", "sub": "repo:acme/shop:environment:staging", "exp": now + 300 });
    format!("{}.{}.{SIGNATURE}", part(&json!({ "alg": "RS256" })), part(&claims))
}

/// The role, which GitHub's tokens may assume.
pub(super) fn make_role(local: &Local) {
    let port = local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let scope = "authorization: AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0";
    let trust = "%7B%22Action%22%3A%22sts%3AAssumeRoleWithWebIdentity%22%7D";
    let body =
        format!("Action=CreateRole&Version=2010-05-08&RoleName=deploy&AssumeRolePolicyDocument={trust}");
    let answer = http::exchange(port, "POST /", &[scope], &body).expect("an answer");
    assert_eq!(answer.status, 200, "{}", answer.body);
}

fn job(fixture: &Fixture, local: &Local) -> Action {
    let job = Action::new(fixture, "deploy").with("environment", "staging").with("role-to-assume", ROLE);
    job.with("aws-region", "eu-west-1").env("AWS_ENDPOINT_URL", local.endpoint())
}

#[test]
fn a_role_is_assumed_in_the_process_and_its_credentials_are_nowhere_else() {
    let (local, fixture, oidc) = (Local::settled(), Fixture::new(&["hello"]), Oidc::start());
    make_role(&local);
    fixture.configure(&format!(
        "{}variables = {{ PASSWORD = \"canary-of-a-variable\" }}\n\n[env.staging]\n",
        for_this_machine().trim_end().to_owned() + "\n"
    ));
    // What a build runs is anybody's code.
    fixture.write("functions/hello/build.rs", &CURIOUS.replace("WITHHELD", &format!("{WITHHELD:?}")));
    let job = WITHHELD.into_iter().fold(job(&fixture, &local), |job, name| match name {
        "GITHUB_OUTPUT" | "GITHUB_STEP_SUMMARY" => job,
        _ => job.env(name, "canary-of-the-environment"),
    });
    let step = oidc.given_to(job).with("github-token", GITHUB_TOKEN).done().exited(0);
    assert_eq!(step.ended(), ("changed", ""));
    assert_eq!(oidc.asked(), 2, "once more after GitHub was busy, and no more");
    assert_eq!(step.commands(), [""; 0], "a mask would be a place where they are");
    let canaries = [PERMISSION, GITHUB_TOKEN, SIGNATURE, "canary-of-a-variable", "canary-of-the-environment"];
    for secret in canaries {
        assert!(!step.readable.contains(secret), "{secret} is in {}", step.readable);
    }
}

#[test]
fn a_secret_that_a_test_got_hold_of_goes_no_further() {
    let fixture = Fixture::new(&["hello"]);
    let test = format!("#[test]\nfn speaks() {{\n    panic!(\"it is {GITHUB_TOKEN}!\");\n}}\n");
    fixture.write("functions/hello/tests/it.rs", &test);
    let step = Action::new(&fixture, "check").with("gates", "test").with("github-token", GITHUB_TOKEN);
    let step = step.done().exited(4);
    let finding = &step.document["gates"]["gates"][0]["findings"][0];
    assert_eq!(finding["message"], "it is …!", "{:#}", step.document);
    assert!(!step.readable.contains(GITHUB_TOKEN), "{}", step.readable);
}

#[test]
fn why_a_role_is_not_assumed() {
    let (local, fixture, oidc) = (Local::settled(), Fixture::new(&["hello"]), Oidc::start());
    fixture.configure("[env.staging]\n");
    let step = job(&fixture, &local).done().exited(1);
    assert_eq!(step.ended(), ("failed", "credentials"));
    assert!(step.outcome.stderr.contains("`permissions: id-token: write`"), "{}", step.outcome);
    let nobody = job(&fixture, &local).with("role-to-assume", "").done().exited(1);
    assert_eq!(nobody.ended(), ("failed", "credentials"));
    let said = &nobody.outcome.stderr;
    assert!(said.contains("`role-to-assume`") && said.contains("id-token: write"), "{said}");
    assert!(!said.contains("aws sso login"), "{said}");
    // There is no such role.
    let step = oidc.given_to(job(&fixture, &local)).done().exited(1);
    assert_eq!(step.ended(), ("failed", "credentials"));
    assert!(
        step.outcome.stderr.contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"),
        "{}",
        step.outcome
    );
    assert!(!step.readable.contains(SIGNATURE));
}
