//! `cargo lambdaship local`: function URLs, reload on change, other commands beside it, and its end.
#![cfg(target_os = "linux")]

use std::collections::BTreeMap;
use std::net::TcpListener;

use camino::Utf8PathBuf;
use cargo_lambdaship::local::ACCOUNT;
use fs_err as fs;
use serde::Deserialize;

use crate::support::foreground::{Foreground, processes};
use crate::support::http::{ask, exchange};
use crate::support::{Fixture, lambdaship, stage, wait_until};

/// How often the local AWS was asked for an operation.
#[derive(Deserialize)]
struct Count {
    requests: u64,
    throttled: u64,
}

/// A build script that says that it runs, and goes on once it may.
const SLOW: &str = r#"
fn main() {
    println!("cargo::rerun-if-changed=src/main.rs");
    std::fs::write("../../home-building", "").unwrap();
    while !std::path::Path::new("../../home-go").exists() {
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}
"#;

#[test]
fn a_change_is_built_deployed_and_answers() {
    let fixture = Fixture::new(&["hello", "worker"]);
    let local = Foreground::start(&fixture, &["--watch"]);
    local.says("Watching", 1);
    local.answers_version("hello", "1");
    let stdout = local.text("stdout");
    for url in [
        format!("http://hello.localhost:{}/", local.url_port()),
        format!("http://127.0.0.1:{}/worker/", local.url_port()),
    ] {
        assert!(stdout.contains(&url), "{url} is not in {stdout}");
    }
    fixture.set_version("hello", "2");
    local.answers_version("hello", "2");
    local.answers_version("worker", "1");
    assert!(local.text("stderr").contains("Reloading functions/hello/src/main.rs changed\n"));
    // The log is mirrored.
    local.says("worker-local | cold start of version 1\n", 1);

    fixture.set_version("hello", "3\"; broken");
    local.says("error: failed to build hello\n", 1);
    local.answers_version("hello", "2");
    let path = fixture.root().join("functions/hello/src/main.rs");
    let mended = fs::read_to_string(&path).expect("it can be read").replace("3\"; broken", "3");
    // As editors do it: the new text takes the place of the file.
    fixture.write("functions/hello/src/.main.rs.new", &mended);
    fs::rename(fixture.root().join("functions/hello/src/.main.rs.new"), path).expect("it can be replaced");
    local.answers_version("hello", "3");
    assert_eq!(local.text("stdout"), stdout, "the URLs are the same, and told once");
    assert_eq!(local.end(), Some(0));
}

#[test]
fn function_urls_answer_as_on_aws() {
    let fixture = Fixture::new(&["hello", "worker"]);
    let local = Foreground::start(&fixture, &["-f", "hello", "-f", "worker"]);
    local.says("Finished local in", 1);
    let by_host = exchange(local.url_port(), "GET /", &[], "").expect("an answer");
    assert_eq!(
        (by_host.status, by_host.body.as_str()),
        (404, "no function is named: ask for /<function>/\n")
    );
    let unknown = local.call("/other/");
    assert_eq!(
        (unknown.status, unknown.body.as_str()),
        (404, "there is no function `other`; there are: hello, worker\n")
    );
    let failed = local.call("/hello/?please=fail");
    assert_eq!((failed.status, failed.body.as_str()), (502, "Internal Server Error"));
    assert_eq!(local.end(), Some(0));
}

#[test]
fn other_commands_use_the_server_that_runs() {
    let fixture = Fixture::new(&["hello"]);
    let local = Foreground::start(&fixture, &[]);
    local.says("Finished local in", 1);
    let run = |arguments: &[&str]| lambdaship(&fixture).args(arguments).output();
    let invoked = run(&["invoke", "hello", "--env", "local", "{\"name\":\"you\"}"]).exited(0);
    assert!(invoked.stdout.contains("hello you"), "{invoked}");
    local.says("hello-local | greeting you", 1);
    fixture.set_version("hello", "2");
    let deployed = run(&["deploy", "--env", "local", "--offline"]).exited(0);
    assert!(deployed.stderr.contains("1 updated"), "{deployed}");
    local.answers_version("hello", "2");
    let status = run(&["status", "--env", "local"]).exited(0);
    assert!(status.stdout.contains("current"), "{status}");
    let logs = run(&["logs", "hello", "--env", "local"]).exited(0);
    assert!(logs.stdout.contains("greeting you"), "{logs}");

    let second = run(&["local", "--port", "0", "--url-port", "0"]).exited(6);
    assert!(second.stderr.contains("runs already, at http://127.0.0.1:"), "{second}");
    assert!(second.stderr.contains(&format!("or end process {}", local.id())), "{second}");
    assert_eq!(local.end(), Some(0));
}

#[test]
fn calls_are_answered_while_a_build_runs_and_a_change_in_it_leads_to_one_more() {
    let fixture = Fixture::new(&["hello"]);
    fixture.write(".gitignore", "target/\nhome-*\n");
    let (building, go) = ("home-building", "home-go");
    fixture.write(go, "");
    fixture.write("functions/hello/build.rs", SLOW);
    let remove = |path: &str| fs::remove_file(fixture.root().join(path)).expect("it is there");
    let local = Foreground::start(&fixture, &["--watch"]);
    local.answers_version("hello", "1");
    let wait_for_build = || {
        let building: Utf8PathBuf = fixture.root().join(building);
        wait_until("a build", || building.exists().then_some(()));
    };

    remove(building);
    remove(go);
    fixture.set_version("hello", "2");
    wait_for_build();
    assert!(local.call("/hello/").body.contains("\"version\":\"1\""), "the old version answers meanwhile");
    fixture.set_version("hello", "3");
    fixture.write(go, "");
    local.answers_version("hello", "3");

    remove(building);
    remove(go);
    fixture.set_version("hello", "4");
    wait_for_build();
    assert_ne!(processes(&fixture), Vec::<String>::new(), "cargo and its build script are at work");
    assert_eq!(local.end(), Some(0));
}

#[test]
fn a_first_build_that_fails_does_not_end_it() {
    let fixture = Fixture::new(&["hello"]);
    fixture.set_version("hello", "1\"; broken");
    let local = Foreground::start(&fixture, &["--watch"]);
    local.says("error: failed to build hello", 1);
    let answer = local.call("/hello/");
    assert_eq!((answer.status, answer.body.as_str()), (503, "`hello` is not deployed yet\n"));
    fixture.edit("functions/hello/src/main.rs", "1\"; broken", "1");
    local.answers_version("hello", "1");
    assert_eq!(local.end(), Some(0));
}

#[test]
fn its_own_output_in_the_workspace_does_not_make_it_reload_for_ever() {
    let fixture = Fixture::new(&["hello"]);
    let local = Foreground::start_into(fixture.root(), &fixture, &["--watch"]);
    local.says("warning: stderr changed with each deploy: such changes are not minded any more", 1);
    fixture.set_version("hello", "2");
    local.answers_version("hello", "2");
    let reloads = || local.text("stderr").matches("Reloading").count();
    let before = reloads();
    fixture.set_version("hello", "3");
    local.answers_version("hello", "3");
    assert_eq!(reloads(), before + 1);
    assert_eq!(local.end(), Some(0));
}

#[test]
fn a_port_that_is_taken_is_named_with_its_flag() {
    let fixture = Fixture::new(&["hello"]);
    let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("its number").port().to_string();
    for (flag, other, purpose) in [("--port", "--url-port", "AWS"), ("--url-port", "--port", "function URLs")]
    {
        let run = lambdaship(&fixture).args(&["local", flag, &port, other, "0"]).output().exited(1);
        assert_eq!(
            run.stderr.lines().filter(|line| !line.trim_start().starts_with("Listening")).collect::<Vec<_>>(),
            [
                format!("error: failed to listen on 127.0.0.1:{port} for {purpose}"),
                "caused by: Address already in use (os error 98)".to_owned(),
                format!("hint: choose another with `{flag} PORT`; `{flag} 0` takes any that is free"),
            ],
            "{run}"
        );
    }
}

#[test]
fn requests_over_the_rate_are_refused_on_request() {
    let fixture = Fixture::new(&["hello"]);
    let foreground = Foreground::start(&fixture, &["--rates", "aws"]);
    let port = foreground.port();
    let signed = "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/lambda/aws4_request";
    let settings =
        || exchange(port, "GET /2016-08-19/account-settings", &[signed], "").expect("an answer").status;
    // Several at once: one after the other they could be slower than the rate on a machine with more to do.
    let refused = std::thread::scope(|scope| {
        let askers = [(); 16].map(|()| scope.spawn(|| (0..200).any(|_| settings() == 429)));
        askers.map(|asker| asker.join().expect("every request is answered"))
    });
    assert!(refused.contains(&true), "none of 3200 requests was over the rate");
}

/// The requests that the server was asked for, by its own count, and those of them that were over the rate.
fn counted(port: u16) -> (u64, u64) {
    let counts = ask(port, "GET /_lambdaship/counts", "");
    let counts: BTreeMap<String, Count> = serde_json::from_str(&counts).expect("counts");
    let lambda = counts.iter().filter(|(operation, _)| *operation != "GetCallerIdentity");
    lambda.fold((0, 0), |(requests, throttled), (_, count)| {
        (requests + count.requests, throttled + count.throttled)
    })
}

#[test]
fn a_deploy_of_many_functions_never_meets_the_rates() {
    const MANY: usize = 40;
    let served = Fixture::new(&["hello"]);
    let foreground = Foreground::start(&served, &["--rates", "aws"]);
    foreground.says("Finished local in", 1);
    let port = foreground.port();
    let fixture = Fixture::new(&[]);
    let functions: Vec<String> = (1..=MANY).map(|number| format!("f{number:02}")).collect();
    fixture.add_together("many", &functions);
    let role = "role = \"arn:aws:iam::111111111111:role/many\"\n";
    let environment = format!("[env.staging]\naccount = \"{ACCOUNT}\"\n{role}");
    fixture.configure(&format!("{}{environment}", stage::for_this_machine()));
    let endpoint = format!("http://127.0.0.1:{port}");
    let deploy = || {
        let run = lambdaship(&fixture).zig().aws("http://127.0.0.1:1", "local");
        let run = run.args(&["deploy", "--env", "staging", "--offline", "--endpoint-url", &endpoint]);
        run.args(&["--format", "json"]).output().exited(0)
    };

    let before = counted(port);
    let first = stage::json(&deploy());
    let after = counted(port);
    assert_eq!(first["functions"].as_array().map(Vec::len), Some(MANY));
    assert_eq!(after.1, 0, "requests were over the rate: {first}");
    assert_eq!(first["requests"]["lambda"], after.0 - before.0, "{first}");

    // It begins where the first one has used the rate up.
    let second = stage::json(&deploy());
    assert_eq!(second["result"], "unchanged", "{second}");
    assert_eq!(counted(port), (after.0 + 2 * MANY as u64, 0));
    assert_eq!(foreground.end(), Some(0));
}
