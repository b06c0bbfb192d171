//! Calls that cannot be made, and functions that fail.

use std::io::Write;
use std::process::Stdio;

use super::case::{Case, Cloud};

#[test]
fn an_event_that_is_not_json() {
    insta::assert_snapshot!(Case::new().run("invoke hello {ping:1} --env local").output(), @r#"
    exit: 2
    ----- stdout
    ----- stderr
    error: the event is not JSON: key must be a string at line 1 column 2
    hint: quote it for the shell, as in '{"ping":1}', or read it from a file with @event.json
    "#);
}

#[test]
fn an_event_file_that_is_not_there() {
    insta::assert_snapshot!(Case::new().run("invoke hello @event.json --env local").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: failed to read the event
    caused by: failed to open file `[TEMP]/workspace/event.json`: No such file or directory (os error 2)
    ");
}

#[test]
fn an_event_on_standard_input_that_is_not_json() {
    let case = Case::new();
    let mut run = case.run("invoke hello - --env local");
    run.0.stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = run.0.spawn().expect("it starts");
    child.stdin.take().expect("a pipe").write_all(b"{ping:1}").expect("it is read");
    let end = child.wait_with_output().expect("it ends");
    let stderr = String::from_utf8_lossy(&end.stderr);
    assert_eq!(end.status.code(), Some(2));
    assert!(stderr.contains("the event is not JSON: key must be a string"), "{stderr}");
}

#[test]
fn an_unknown_function() {
    insta::assert_snapshot!(Case::new().run("invoke helo --env local").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: there is no function `helo` in the workspace
    hint: did you mean `hello`?
    ");
}

#[test]
fn a_function_that_is_not_deployed() {
    insta::assert_snapshot!(Case::new().run("invoke hello --env local").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: lambda `hello-local` has no `live` to invoke
    hint: deploy it first: `cargo lambdaship deploy --env local`
    ");
    let cloud = Cloud::new();
    insta::assert_snapshot!(cloud.run("invoke hello --env staging").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: lambda `hello-staging` has no `live` to invoke
    hint: deploy it first: `cargo lambdaship deploy --env staging`
    ");
}

#[test]
fn a_version_that_is_not_there() {
    let cloud = Cloud::deployed();
    insta::assert_snapshot!(cloud.run("invoke hello --env staging --qualifier 7").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: lambda `hello-staging` has no `7` to invoke
    hint: without --qualifier, the environment's alias is called
    ");
}

/// The answer is the result, also that of a failure.
#[test]
fn a_function_that_fails() {
    let case = Case::new();
    let zip = case.fixture.zip("hello");
    case.run("deploy --env local -q --zip").args(&[zip.as_str()]).output().exited(0);
    insta::assert_snapshot!(case.run("invoke hello \"fail\" --env local").output(), @r#"
    exit: 1
    ----- stdout
    {"errorType":"Error","errorMessage":"asked to fail"}
    ----- stderr
    error: `hello` answered with a function error (Unhandled)
    hint: -v shows the end of its log, `cargo lambdaship logs hello --env local` all of it
    "#);
    insta::assert_snapshot!(case.run("invoke hello \"crash\" --env local").output(), @r#"
    exit: 1
    ----- stdout
    {"errorMessage":"RequestId: [UUID] Error: Runtime exited with error: exit status 3","errorType":"Runtime.ExitError"}
    ----- stderr
    error: `hello` answered with a function error (Unhandled)
    hint: -v shows the end of its log, `cargo lambdaship logs hello --env local` all of it
    "#);
}
