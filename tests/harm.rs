//! The local AWS fails, and counts what never was, when it is told to, by the very commands in its documentation.

use std::process::Command;

use fs_err as fs;

use crate::support::http::exchange;
use crate::support::{Local, tests_folder};

/// The endpoint in the documentation.
const DOCUMENTED: &str = "http://127.0.0.1:4570";
const SIGNED: &str =
    "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request";

/// Runs the command of the documentation that sends to `path`.
fn run_documented(local: &Local, path: &str) {
    let page = tests_folder().with_file_name("docs").join("local.md");
    let page = fs::read_to_string(page).expect("the page can be read");
    let mut commands = page.split("```console\n$ ").map(|block| block.split("\n```").next().unwrap_or(block));
    let command = commands.find(|command| command.contains(path)).expect("the page has such a command");
    assert!(command.contains(DOCUMENTED), "{command}");
    let done = Command::new("sh")
        .args(["-c", &command.replace(DOCUMENTED, local.endpoint())])
        .env("NO_PROXY", "*")
        .output()
        .expect("a shell starts");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(String::from_utf8_lossy(&done.stdout), "", "the answer has no text unless it is a refusal");
}

fn port(local: &Local) -> u16 {
    local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port")
}

#[test]
fn the_documented_command_makes_one_request_fail() {
    let local = Local::settled();
    run_documented(&local, "/_lambdaship/injections");
    let port = port(&local);
    let publish = || exchange(port, "POST /2015-03-31/functions/hello/versions", &[SIGNED], "{}");
    assert_eq!(publish().expect("an answer").status, 429);
    assert_eq!(publish().expect("an answer").status, 404);
}

#[test]
fn the_documented_command_counts_an_invocation() {
    let local = Local::settled();
    run_documented(&local, "/_lambdaship/metrics");
    let query = r#"{"StartTime": 0, "EndTime": 4102444800, "MetricDataQueries": [{"Id": "q", "MetricStat": {
        "Period": 60, "Stat": "Sum", "Metric": {"Namespace": "AWS/Lambda", "MetricName": "Errors",
        "Dimensions": [{"Name": "FunctionName", "Value": "hello"}, {"Name": "Resource", "Value": "hello:live"},
        {"Name": "ExecutedVersion", "Value": "8"}]}}}]}"#;
    let target = "x-amz-target: GraniteServiceVersion20100801.GetMetricData";
    let answer = exchange(port(&local), "POST /", &[SIGNED, target], query).expect("an answer");
    assert!(answer.body.contains(r#""Values":[1.0]"#), "{}", answer.body);
}
