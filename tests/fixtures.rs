//! The workspaces that tests deploy build and answer, and the built binary runs in them.

use crate::support::run::{Outcome, Run, redactions};
use crate::support::{Fixture, lambdaship, venv};

#[test]
fn the_binary_runs_without_the_developers_environment() {
    let fixture = Fixture::new(&["hello"]);
    let outcome = lambdaship(&fixture)
        .aws("http://127.0.0.1:1", "111111111111")
        .args(&["--version"])
        .output()
        .exited(0);
    assert_eq!(outcome.stderr, "", "{outcome}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_a_run_that_does_not_care_for_it() {
    let mut command = std::process::Command::new(venv::python());
    // A shell that runs the tests in the background lets what it starts ignore the signal.
    let program = "import signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); \
                   print('ready', file=sys.stderr, flush=True); signal.pause()";
    command.args(["-c", program]);
    let mut running = Run(command).start();
    running.wait_for("ready");
    running.interrupt();
    assert_eq!(running.finish().code, None, "a signal is no exit code");
}

#[test]
fn a_change_of_version_changes_the_zip() {
    let fixture = Fixture::new(&["hello", "worker"]);
    let read = |path| fs_err::read(path).expect("the zip");
    let first = read(fixture.zip("hello"));
    assert_eq!(first, read(fixture.zip("hello")));
    fixture.set_version("hello", "2");
    assert_ne!(first, read(fixture.zip("hello")));
}

#[test]
fn snapshots_hold_nothing_that_changes_from_run_to_run() {
    let fixture = Fixture::new(&[]);
    fixture.configure("[function]\nmemory = 256\n");
    let stderr = format!(
        "   Packaging hello 581 kB, sha256 98188f3e\n    Finished local in 3.2s: {}/lambdaship.toml\n\
         at http://127.0.0.1:40123 on 2026-01-02T03:04:05.678Z as 123e4567-e89b-12d3-a456-426614174000\n",
        fixture.root()
    );
    let outcome = Outcome { code: Some(0), stdout: "hello v8\n".to_owned(), stderr };
    redactions(&fixture).bind(|| {
        insta::assert_snapshot!(outcome, @r"
        exit: 0
        ----- stdout
        hello v8
        ----- stderr
           Packaging hello [SIZE], sha256 [SHA256]
            Finished local in [DURATION]: [TEMP]/workspace/lambdaship.toml
        at http://127.0.0.1:[PORT] on [TIME] as [UUID]
        ");
    });
}
