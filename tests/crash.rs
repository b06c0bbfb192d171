//! The process of a rollout is killed at each of its requests, told to end, or left alone by AWS: the next run ends it.

use std::io::Write;

use fs_err as fs;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::support::run::{Outcome, Running};
use crate::support::stage::json as document;
use crate::support::{Fixture, Local, http, lambdaship, wait_until};

const SIGNED: &str =
    "authorization: AWS4-HMAC-SHA256 Credential=human/20260101/eu-west-1/lambda/aws4_request";
/// A rollout that nobody calls goes on all the same.
const CONFIGURATION: &str = r#"[function]
arch = "x86_64"

[env.staging]
region = "eu-west-1"
rollout = { steps = ["10%", "50%"], bake = "1s", patience = "0s", quiet = "promote" }
"#;
/// Far longer than anything is waited for here: what comes before its end comes because of a signal.
const LONG: &str = "10%/1h";

/// A lambda that served version 1 and serves version 2, and the code for a third.
struct Scene {
    fixture: Fixture,
    local: Local,
}

impl Scene {
    fn new() -> Self {
        let fixture = Fixture::new(&["hello"]);
        fixture.configure(CONFIGURATION);
        for name in ["older", "old", "new"] {
            let path = fixture.root().join(format!("{name}.zip"));
            let mut zip = zip::ZipWriter::new(fs::File::create(path).expect("the zip can be made"));
            let options = zip::write::SimpleFileOptions::default().unix_permissions(0o755);
            zip.start_file("bootstrap", options).expect("an entry can be begun");
            zip.write_all(&crate::errors::elf::executable(crate::errors::elf::X86_64, name))
                .expect("it can be written");
            zip.finish().expect("the zip can be ended");
        }
        let scene = Self { fixture, local: Local::settled() };
        for zip in ["older.zip", "old.zip"] {
            scene.run(&["deploy", "--zip", zip, "--rollout", "all-at-once"]).finish().exited(0);
        }
        scene
    }

    fn run(&self, arguments: &[&str]) -> Running {
        let run = lambdaship(&self.fixture).args(arguments).args(&["--env", "staging"]);
        run.aws(self.local.endpoint(), "000000000000").start()
    }

    fn deploy(&self, more: &[&str]) -> Running {
        self.run(&[&["deploy", "--zip", "new.zip", "--format", "json"], more].concat())
    }

    fn ask(&self, request: &str, body: &str) -> String {
        let port = self.local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok());
        let answer = http::exchange(port.expect("a port"), request, &[SIGNED], body).expect("an answer");
        assert!(answer.status < 300, "{request}: {}", answer.body);
        answer.body
    }

    fn requests(&self) -> Vec<String> {
        serde_json::from_str(&self.ask("GET /_lambdaship/requests", "")).expect("JSON")
    }

    fn alias(&self) -> Value {
        let alias = self.ask("GET /2015-03-31/functions/hello-staging/aliases/live", "");
        serde_json::from_str(&alias).expect("JSON")
    }

    fn fail(&self, operation: &str, failure: &str, (after, times): (usize, u32)) {
        let injection = json!({ "operation": operation, "failure": failure, "after": after, "times": times });
        self.ask("POST /_lambdaship/injections", &injection.to_string());
    }

    /// Fails the test unless the alias serves one version and remembers what it served before; says which.
    fn serves(&self, case: &str) -> u64 {
        let alias = self.alias();
        let weights = alias["RoutingConfig"]["AdditionalVersionWeights"].as_object();
        assert!(weights.is_none_or(serde_json::Map::is_empty), "{case}: {alias}");
        let version: u64 =
            alias["FunctionVersion"].as_str().and_then(|text| text.parse().ok()).expect("a version");
        let words = alias["Description"].as_str().expect("a description");
        let before = format!("lambdaship/1 prev={} run=", version - 1);
        assert!(words.starts_with(&before) && !words.contains("step="), "{case}: {alias}");
        let status = document(&self.run(&["status", "--format", "json"]).finish().exited(0));
        assert_eq!(status[0]["version"], version, "{case}: {status}");
        version
    }
}

#[test]
fn a_process_that_is_killed_at_any_request_leaves_a_rollout_that_the_next_run_ends() {
    let reference = Scene::new();
    let before = reference.requests().len();
    reference.deploy(&[]).finish().exited(0);
    let requests = reference.requests().split_off(before);
    assert_eq!(reference.serves("nothing comes between"), 3);
    let moves = requests.iter().filter(|request| *request == "UpdateAlias").count();
    assert_eq!(moves, 3, "{requests:?}");
    for (at, (operation, earlier)) in occurrences(&requests).into_iter().enumerate() {
        let case = format!("killed at {operation} after {earlier} of them");
        let scene = Scene::new();
        let before = scene.requests().len();
        scene.fail(&operation, "hang", (earlier, 1));
        let run = scene.deploy(&[]);
        wait_until("the request", || {
            let asked = scene.requests().split_off(before);
            (asked.iter().filter(|request| **request == operation).count() > earlier).then_some(())
        });
        run.kill();
        if at % 2 == 0 {
            scene.deploy(&[]).finish().exited(0);
            assert_eq!(scene.serves(&case), 3, "{case}");
        } else {
            wait_until("the end of the rollout", || scene.is_ended_by_a_tick());
            assert!([2, 3].contains(&scene.serves(&case)), "{case}");
        }
    }
}

/// Each of a run's requests up to its last move, with how many of its kind come before it. Looks come in any number, and
/// are alike: of those, the one before anything moves and the first two after.
fn occurrences(requests: &[String]) -> Vec<(String, usize)> {
    const LOOKS: usize = 3;
    let last = requests.iter().rposition(|request| request == "UpdateAlias").expect("a move");
    let each = requests[..=last].iter().enumerate().map(|(index, operation)| {
        let earlier = requests[..index].iter().filter(|request| *request == operation).count();
        (operation.clone(), earlier)
    });
    each.filter(|(operation, earlier)| operation != "GetMetricData" || *earlier < LOOKS).collect()
}

impl Scene {
    /// Ticks once.
    fn is_ended_by_a_tick(&self) -> Option<()> {
        let tick = self.run(&["rollout", "tick", "--format", "json"]).finish().exited(0);
        let goes_on = document(&tick)["functions"][0]["rollout"]["end"] == "under-way";
        (!goes_on).then_some(())
    }

    /// A deploy that is in the middle of its first step.
    fn baking(&self) -> Running {
        let run = self.deploy(&["--rollout", LONG]);
        wait_until("the first step", || {
            let requests = self.requests();
            let shift = requests.iter().rposition(|request| request == "UpdateAlias")?;
            let looked = requests[shift..].iter().any(|request| request == "GetMetricData");
            (looked && !self.alias()["RoutingConfig"]["AdditionalVersionWeights"]["3"].is_null())
                .then_some(())
        });
        run
    }

    /// A deploy that waits for an answer about its first step, which it does not get.
    fn unanswered(&self) -> Running {
        // The first look comes before anything moves.
        self.fail("GetMetricData", "hang", (1, 1000));
        let before = self.requests().len();
        let run = self.deploy(&["--rollout", LONG, "--read-timeout", "600"]);
        wait_until("the look", || {
            let requests = self.requests().split_off(before);
            let looks = requests.iter().filter(|request| *request == "GetMetricData").count();
            (looks > 1 && !self.alias()["RoutingConfig"]["AdditionalVersionWeights"]["3"].is_null())
                .then_some(())
        });
        run
    }

    /// How often an alias was moved.
    fn moves(&self) -> usize {
        self.requests().iter().filter(|request| *request == "UpdateAlias").count()
    }
}

#[test]
fn a_signal_takes_a_rollout_back_at_once_in_one_call() {
    // Neither the end of the step nor the answer to a look is waited for.
    let stages: [fn(&Scene) -> Running; 2] = [Scene::baking, Scene::unanswered];
    for (signal, stage) in
        [Signal::INT, Signal::TERM].into_iter().flat_map(|signal| stages.map(|s| (signal, s)))
    {
        let scene = Scene::new();
        let run = stage(&scene);
        let moves = scene.moves();
        run.signal(signal);
        wait_until("the way back", || (scene.moves() > moves).then_some(()));
        let end = run.finish().exited(1);
        assert_eq!((scene.moves(), scene.serves("interrupted")), (moves + 1, 2), "{signal:?}");
        let said = "interrupted: version 3 of lambda `hello-staging` was rolled back";
        assert!(end.stderr.contains(said), "{signal:?}: {end}");
        assert!(end.stderr.contains(" Rolled back hello live v3 -> v2\n"), "{signal:?}: {end}");
        assert_eq!(document(&end)["functions"][0]["rollout"]["end"], "rolled-back", "{signal:?}: {end}");
    }
}

#[test]
fn a_rollout_that_cannot_be_taken_back_says_what_to_do() {
    let scene = Scene::new();
    let run = scene.baking();
    scene.fail("UpdateAlias", "internal", (0, 1000));
    run.signal(Signal::TERM);
    let end: Outcome = run.finish().exited(7);
    let command = "aws lambda update-alias --region eu-west-1 --function-name hello-staging --name live \
                   --function-version 2 --routing-config AdditionalVersionWeights={}";
    assert!(end.stderr.contains(&format!("hint: act now: `{command}`")), "{end}");
    let function = &document(&end)["functions"][0];
    assert_eq!(
        (&function["rollout"]["end"], &function["error"]["exit"]),
        (&json!("stuck"), &json!(7)),
        "{end}"
    );
    assert!(function["error"]["hint"].as_str().is_some_and(|hint| hint.contains(command)), "{end}");
    assert!(!scene.alias()["RoutingConfig"]["AdditionalVersionWeights"]["3"].is_null(), "it is as it says");
}
