//! A command line that cannot be understood, and a reader that goes away.

use super::case::Case;
use super::elf::{X86_64, executable};

#[test]
fn no_words_are_answered_with_the_help() {
    let end = Case::new().run("").output().exited(2);
    assert!(end.stdout.is_empty() && end.stderr.contains("Usage: cargo lambdaship"), "{end}");
}

#[test]
fn the_version_is_a_result() {
    let end = Case::new().run("--version").output().exited(0);
    assert_eq!(end.stdout, format!("lambdaship {}\n", env!("CARGO_PKG_VERSION")));
    assert_eq!(end.stderr, "");
}

#[test]
fn a_misspelt_verb() {
    insta::assert_snapshot!(Case::new().run("deply").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: unrecognized subcommand 'deply'

      tip: a similar subcommand exists: 'deploy'

    Usage: cargo lambdaship [OPTIONS] <COMMAND>

    For more information, try '--help'.
    ");
}

#[test]
fn a_misspelt_flag() {
    insta::assert_snapshot!(Case::new().run("deploy --evn staging").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: unexpected argument '--evn' found

    Usage: cargo lambdaship deploy [OPTIONS]

    For more information, try '--help'.
    ");
}

#[test]
fn a_name_that_no_environment_can_have() {
    insta::assert_snapshot!(Case::new().run("deploy --env my/env").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: invalid value 'my/env' for '--env <NAME>': environment `my/env` must be letters, digits, `-` or `_`

    For more information, try '--help'.
    ");
}

#[test]
fn two_flags_that_exclude_each_other() {
    insta::assert_snapshot!(Case::new().run("deploy --env local --zip a --binary-path b").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: the argument '--zip <FILE>' cannot be used with '--binary-path <FILE>'

    Usage: cargo lambdaship deploy --env <NAME> --zip <FILE>

    For more information, try '--help'.
    ");
}

/// Each lambda numbers its versions for itself.
#[test]
fn one_version_for_several_functions() {
    let case = Case::new();
    case.fixture.add("worker");
    insta::assert_snapshot!(case.run("rollback --env local --to-version 3").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: --to-version is for one function, and 2 are selected
    hint: name the function with -f
    ");
    let end = case.run("rollback --env local --to-version 3 -f hello").output().exited(1);
    assert!(end.stderr.contains("lambda `hello-local` has no alias `live`"), "{end}");
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_text() {
    use std::os::unix::ffi::OsStrExt;
    let case = Case::new();
    let mut run = case.run("deploy --env");
    run.0.arg(std::ffi::OsStr::from_bytes(b"sta\xffging"));
    insta::assert_snapshot!(run.output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: invalid UTF-8 was detected in one or more arguments

    Usage: cargo lambdaship deploy [OPTIONS]

    For more information, try '--help'.
    ");
}

/// `cargo lambdaship … | head -0`.
#[test]
fn a_closed_pipe_counts_as_read() {
    let case = Case::new();
    case.zip("one.zip", &executable(X86_64, "one"));
    for line in ["--help", "schema", "completions bash", "man", "deploy --env local -q --zip one.zip"] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let mut run = case.run(line);
        run.0.stdout(writer).stderr(std::process::Stdio::piped());
        let end = run.0.spawn().expect("it starts").wait_with_output().expect("it ends");
        let stderr = String::from_utf8_lossy(&end.stderr);
        assert_eq!((end.status.code(), stderr.as_ref()), (Some(0), ""), "{line}");
    }
}

/// Nobody to talk to is no reason to stop half-way.
#[test]
fn a_closed_stderr_stops_nothing() {
    let case = Case::new();
    case.zip("one.zip", &executable(X86_64, "one"));
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    let mut run = case.run("deploy --env local --zip one.zip");
    run.0.stderr(writer).stdout(std::process::Stdio::piped());
    let end = run.0.spawn().expect("it starts").wait_with_output().expect("it ends");
    assert_eq!(end.status.code(), Some(0));
    assert!(String::from_utf8_lossy(&end.stdout).contains("hello-local  1"));
}
