//! A pool in a folder of its own, functions in it, and waiting with a deadline.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_lambdaship::console::Console;
use cargo_lambdaship::local::runtime::{Answer, Error, Event, Limits, Pool, PoolOptions, Target, log_folder};
use serde_json::Value;
use tempfile::TempDir;

/// A pool whose code and logs vanish with it.
pub(crate) struct Stage {
    pub(crate) pool: Pool,
    folder: TempDir,
}

impl Stage {
    pub(crate) fn new() -> Self {
        // A shell that has to start a program for each question takes its time on a machine with more to do.
        Self::with_limits(Limits { settle: Duration::from_mins(1), ..Limits::default() })
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        Self::with_mirror(limits, None)
    }

    pub(crate) fn with_mirror(limits: Limits, mirror: Option<Console>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log_root = Utf8Path::from_path(folder.path()).unwrap().join("logs");
        Self { pool: Pool::with_limits(PoolOptions { log_root, mirror }, limits), folder }
    }

    /// The folder of the function's code.
    pub(crate) fn code(&self) -> Utf8PathBuf {
        let code = Utf8Path::from_path(self.folder.path()).unwrap().join("code");
        std::fs::create_dir_all(&code).unwrap();
        code
    }

    /// A function whose code is in [`Stage::code`].
    pub(crate) fn target(&self) -> Target {
        Target {
            lambda: "hello-local".into(),
            version: "7".into(),
            function_arn: "arn:aws:lambda:eu-west-1:111111111111:function:hello-local:live".into(),
            code: self.code(),
            code_key: "1".into(),
            region: "eu-west-1".into(),
            memory: 128,
            timeout: Duration::from_mins(2),
            variables: BTreeMap::new(),
            log_group: "/aws/lambda/hello-local".into(),
            tracing: false,
        }
    }

    /// A function that is this shell script. `next` waits for an event and sets `id` and `event`; `post PATH BODY`
    /// posts and prints the status.
    #[cfg(unix)]
    pub(crate) fn script(&self, script: &str) -> Target {
        const PRELUDE: &str = r#"#!/bin/sh
api="http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime"
next() {
    event=$(curl -sS -D "headers.$$" "$api/invocation/next") || exit 9
    id=$(tr -d '\r' < "headers.$$" | sed -n 's/^lambda-runtime-aws-request-id: //p')
}
post() { printf '%s' "$2" | curl -sS -o "body.$$" -w '%{http_code}' --data-binary @- "$api/$1"; }
respond() { post "invocation/$id/response" "$1" > /dev/null; }
"#;
        self.bootstrap(format!("{PRELUDE}{script}").as_bytes(), 0o755);
        self.target()
    }

    /// Writes `bootstrap`.
    #[cfg(unix)]
    pub(crate) fn bootstrap(&self, content: &[u8], mode: u32) {
        use std::os::unix::fs::PermissionsExt;
        let path = self.code().join("bootstrap");
        std::fs::write(&path, content).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) async fn invoke(&self, target: &Target, payload: &str) -> Answer {
        self.try_invoke(target, payload).await.unwrap()
    }

    pub(crate) async fn try_invoke(&self, target: &Target, payload: &str) -> Result<Answer, Error> {
        self.pool.invoke(target, event(payload)).await
    }

    /// All lines of all logs, without their times.
    pub(crate) fn log(&self) -> Vec<String> {
        let logs = Utf8Path::from_path(self.folder.path()).unwrap().join("logs");
        let group = log_folder(&logs, "/aws/lambda/hello-local");
        let files = std::fs::read_dir(group).unwrap().map(|file| file.unwrap().path());
        let text: String = files.map(|file| std::fs::read_to_string(file).unwrap()).collect();
        let line = |line: &str| {
            let (time, text) = line.split_once(' ').unwrap();
            assert!(time.parse::<u64>().unwrap() > 1_600_000_000_000, "{line}");
            text.to_owned()
        };
        text.lines().map(line).collect()
    }
}

pub(crate) const REQUEST_ID: &str = "8f5c3d1e-0000-4000-8000-000000000007";

pub(crate) fn event(payload: &str) -> Event {
    Event { payload: payload.into(), request_id: REQUEST_ID.into(), client_context: None }
}

pub(crate) fn text(answer: &Answer) -> String {
    String::from_utf8(answer.payload.clone()).unwrap()
}

pub(crate) fn tail(answer: &Answer) -> String {
    String::from_utf8(answer.log_tail.clone()).unwrap()
}

/// Asserts that the function failed in this way.
pub(crate) fn assert_failed(answer: &Answer, kind: &str, message: &str) {
    let payload: Value = serde_json::from_slice(&answer.payload).unwrap();
    let expected = serde_json::json!({ "errorType": kind, "errorMessage": message });
    assert_eq!(payload, expected, "log:\n{}", tail(answer));
    assert_eq!(answer.function_error.as_deref(), Some("Unhandled"));
}

/// Polls until `happens`, and fails the test when it does not for so long that no busy machine explains it.
pub(crate) async fn eventually(what: &str, mut happens: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_mins(3);
    while !happens() {
        assert!(Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process of this number is there and is not merely waiting to be reaped.
#[cfg(target_os = "linux")]
pub(crate) fn is_alive(id: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/status", id.trim())).unwrap_or_default();
    status.lines().any(|line| line.starts_with("State:") && !line.contains("(zombie)"))
}

/// Whether a process of this number is there and is not merely waiting to be reaped.
#[cfg(all(unix, not(target_os = "linux")))]
pub(crate) fn is_alive(id: &str) -> bool {
    let state = std::process::Command::new("ps").args(["-o", "stat=", "-p", id.trim()]).output().unwrap();
    let state = String::from_utf8(state.stdout).unwrap();
    !state.trim().is_empty() && !state.starts_with('Z')
}
