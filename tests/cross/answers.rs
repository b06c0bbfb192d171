//! The example, built for arm64 on whatever machine this is.

use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_lambdaship::model::Glibc;
use cargo_lambdaship::model::{Arch, FunctionName};
use cargo_lambdaship::package::{self, Artifact, Upload};
use serde_json::Value;

use crate::support::{Stage, tail, text};
use crate::tool::{Outcome, lambdaship};
use crate::tools::{emulated, target_folder, with_zig};

/// Where the example is built, once and for all runs. Cargo keeps it fresh.
fn folder() -> Utf8PathBuf {
    target_folder().join("test-cross")
}

fn repository() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The example's artifact.
fn hello() -> &'static Artifact {
    static HELLO: OnceLock<Artifact> = OnceLock::new();
    HELLO.get_or_init(|| {
        let arguments = format!("build -f hello --arch arm64 --builder zig --target-dir {}", folder());
        let mut command = lambdaship(repository(), &arguments);
        with_zig(&mut command);
        Outcome::from(command.output().unwrap()).exited(0);
        let name = FunctionName::new("hello").unwrap();
        package::adopt_zip(&name, &package::path(&folder(), &name)).unwrap()
    })
}

#[test]
fn it_is_for_arm64_and_needs_no_newer_glibc_than_lambda_has() {
    let artifact = hello();
    assert_eq!(artifact.arch, Some(Arch::Arm64));
    artifact.verify(Arch::Arm64, Upload::Direct).unwrap();
    let binary = artifact.binary.as_ref().unwrap();
    assert!(binary.glibc_need.unwrap() <= Glibc(2, 34), "{binary:?}");
    assert_eq!(binary.interpreter.as_deref(), Some("/lib/ld-linux-aarch64.so.1"));
    let stamp = fs_err::read(artifact.path.with_file_name("stamp.json")).unwrap();
    let stamp: Value = serde_json::from_slice(&stamp).unwrap();
    assert_eq!(stamp["build"]["builder"], "zig");
    assert_eq!(stamp["build"]["target"], "aarch64-unknown-linux-gnu.2.34");
}

#[tokio::test]
async fn it_answers() {
    let stage = Stage::new();
    let code = stage.code();
    let mut zip = zip::ZipArchive::new(fs_err::File::open(&hello().path).unwrap()).unwrap();
    zip.extract(&code).unwrap();
    fs_err::rename(code.join("bootstrap"), code.join("arm64")).unwrap();
    let script = format!("#!/bin/sh\n{}\n", emulated("\"$LAMBDA_TASK_ROOT/arm64\""));
    stage.bootstrap(script.as_bytes(), 0o755);
    let answer = stage.invoke(&stage.target(), r#"{"queryStringParameters":{"user":"Ada"}}"#).await;
    assert_eq!(text(&answer), r#"{"message":"hello Ada"}"#, "{}", tail(&answer));
    assert_eq!(answer.function_error, None);
}

#[test]
fn it_is_refused_for_x86_64() {
    let arguments = format!("verify -f hello --arch x86_64 --zip {}", hello().path);
    let refused = Outcome::from(lambdaship(repository(), &arguments).output().unwrap()).exited(4);
    assert_eq!(
        refused.stderr,
        "error: `hello` is built for arm64, and its lambda is x86_64\n\
         hint: build it for x86_64, or set `arch = \"arm64\"` for the function\n"
    );
}
