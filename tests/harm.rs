//! The local AWS fails when it is told to, by the very command in its documentation.

use std::process::Command;

use fs_err as fs;

use crate::support::http::exchange;
use crate::support::{Local, tests_folder};

/// The endpoint in the documentation.
const DOCUMENTED: &str = "http://127.0.0.1:4570";
const SIGNED: &str =
    "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request";

/// The command of the documentation that tells a server to fail.
fn documented() -> String {
    let page = tests_folder().with_file_name("docs").join("local.md");
    let page = fs::read_to_string(page).expect("the page can be read");
    let mut commands = page.split("```console\n$ ").map(|block| block.split("\n```").next().unwrap_or(block));
    let command = commands.find(|command| command.contains("/_lambdaship/injections"));
    command.expect("the page has such a command").to_owned()
}

#[test]
fn the_documented_command_makes_one_request_fail() {
    let local = Local::settled();
    let command = documented();
    assert!(command.contains(DOCUMENTED), "{command}");
    let done = Command::new("sh").args(["-c", &command.replace(DOCUMENTED, local.endpoint())]).output();
    let done = done.expect("a shell starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8_lossy(&done.stdout), "", "the answer has no text unless it is a refusal");

    let port = local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
    let publish = || exchange(port, "POST /2015-03-31/functions/hello/versions", &[SIGNED], "{}");
    assert_eq!(publish().expect("an answer").status, 429);
    assert_eq!(publish().expect("an answer").status, 404);
}
