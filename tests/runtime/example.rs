//! The good path: the example's own binary, with the `lambda_runtime` crate.

use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_lambdaship::local::runtime::Target;
use cargo_metadata::Message;

use crate::support::{REQUEST_ID, Stage, eventually, tail, text};

/// The example's binary, built once.
fn hello() -> &'static Utf8Path {
    static HELLO: OnceLock<Utf8PathBuf> = OnceLock::new();
    HELLO.get_or_init(|| {
        let build = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "--package", "hello", "--message-format", "json-render-diagnostics"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
            .stderr(Stdio::inherit())
            .output()
            .unwrap();
        assert!(build.status.success(), "the example does not build");
        let executable = |message| match message {
            Ok(Message::CompilerArtifact(artifact)) => artifact.executable,
            _ => None,
        };
        Message::parse_stream(&build.stdout[..]).find_map(executable).unwrap()
    })
}

pub(crate) fn target(stage: &Stage) -> Target {
    let bootstrap = if cfg!(windows) { "bootstrap.exe" } else { "bootstrap" };
    std::fs::copy(hello(), stage.code().join(bootstrap)).unwrap();
    stage.target()
}

#[tokio::test]
async fn the_example_greets_cold_and_then_warm() {
    let stage = Stage::new();
    let target = target(&stage);

    let cold = stage.invoke(&target, r#"{"queryStringParameters":{"user":"Ada"}}"#).await;
    assert_eq!(text(&cold), r#"{"message":"hello Ada"}"#, "{}", tail(&cold));
    assert_eq!(cold.function_error, None);
    assert!(cold.cold);
    assert!(
        tail(&cold).starts_with(&format!("START RequestId: {REQUEST_ID} Version: 7\n")),
        "{}",
        tail(&cold)
    );
    assert!(tail(&cold).contains("\tInit Duration: "), "{}", tail(&cold));

    let warm = stage.invoke(&target, r#"{"queryStringParameters":null}"#).await;
    assert_eq!(text(&warm), r#"{"message":"hello world"}"#);
    assert!(!warm.cold);
    assert!(!tail(&warm).contains("Init Duration"), "{}", tail(&warm));
    #[cfg(target_os = "linux")]
    assert!(tail(&warm).contains("\tMax Memory Used: "), "{}", tail(&warm));
}

#[tokio::test]
async fn an_event_that_the_example_cannot_read_is_a_function_error() {
    let stage = Stage::new();
    let answer = stage.invoke(&target(&stage), r#"{"queryStringParameters":7}"#).await;
    assert_eq!(answer.function_error.as_deref(), Some("Unhandled"));
    assert!(text(&answer).contains("errorMessage"), "{}", text(&answer));
}

#[tokio::test]
async fn the_example_ends_when_its_runtime_api_is_gone() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut function = Command::new(hello())
        .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr().unwrap().to_string())
        .env("AWS_LAMBDA_FUNCTION_NAME", "hello")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "1")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128")
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let connection = listener.accept().unwrap();
    assert!(function.try_wait().unwrap().is_none());
    drop((listener, connection));
    eventually("the function ends", || function.try_wait().unwrap().is_some()).await;
}
