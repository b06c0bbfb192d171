//! A plan that was reviewed is deployed exactly, or not at all.

use camino::Utf8PathBuf;
use cargo_lambdaship::local::ACCOUNT;
use fs_err as fs;
use serde_json::{Value, json};

use crate::support::run::{Outcome, redactions};
use crate::support::server::fresh_account;
use crate::support::stage::{self, Stage, for_this_machine};
use crate::support::{Answers, Local, Server, http};

/// What no file and no line may hold.
const CANARY: &str = "canary";

/// A workspace with the function `hello` in front of the local AWS, in which everything settles at once.
struct Scene {
    stage: Stage,
    local: Local,
}

impl Scene {
    fn new() -> Self {
        let local = Local::settled();
        let stage = Stage::new(&["hello"], local.endpoint(), ACCOUNT, Answers::Strict);
        let scene = Self { stage, local };
        scene.configure("");
        scene
    }

    /// A configuration of which `more` is part of `[env.staging]`.
    fn configure(&self, more: &str) {
        self.stage.fixture.configure(&format!("{}[env.staging]\n{more}", for_this_machine()));
    }

    /// `deploy --plan plan.json`, with nothing counted before it.
    fn deploy(&self) -> Outcome {
        self.stage.proxy.reset();
        self.stage.run(&["deploy", "--plan", "plan.json"]).output()
    }

    /// Expects that the plan is refused because of `lines`, and that nothing was written.
    fn refuses(&self, lines: &[&str]) {
        let refused = self.deploy().exited(6);
        let told = refused.stderr.lines().filter_map(|line| line.strip_prefix("caused by: "));
        assert_eq!(told.collect::<Vec<_>>(), lines, "{refused}");
        assert!(refused.stderr.contains("; nothing was written\n"), "{refused}");
        assert_eq!(self.stage.sent().writes(), ["sts.GetCallerIdentity"; 0], "{refused}");
    }

    /// Changes `hello`'s alias as another program does, past the proxy.
    fn change_alias(&self, change: &Value) {
        let scope = "authorization: AWS4-HMAC-SHA256 Credential=human/20260101/eu-west-1/lambda/aws4_request";
        let port = self.local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok());
        let request = "PUT /2015-03-31/functions/hello-staging/aliases/live";
        let answer = http::exchange(port.expect("a port"), request, &[scope], &change.to_string());
        assert_eq!(answer.expect("an answer").status, 200);
    }

    fn zip(&self) -> Utf8PathBuf {
        zip(&self.stage)
    }
}

fn zip(stage: &Stage) -> Utf8PathBuf {
    stage.fixture.root().join("target/lambdaship/hello/bootstrap.zip")
}

/// `plan --out plan.json`, and the document in it.
fn plan(stage: &Stage, more: &[&str]) -> Value {
    let planned =
        stage.run(&["plan", "--env", "staging", "--out", "plan.json"]).args(more).output().exited(0);
    assert!(planned.stderr.contains("     Writing "), "{planned}");
    let text = fs::read_to_string(stage.fixture.root().join("plan.json")).expect("the plan was written");
    assert!(!text.contains(CANARY), "{text}");
    serde_json::from_str(&text).expect("JSON")
}

/// Deploys `plan.json`, which says for which environment it is, and answers what became of `hello`.
fn carry_out(stage: &Stage) -> (Value, Vec<String>) {
    stage.proxy.reset();
    let arguments = ["deploy", "--plan", "plan.json", "--format", "json"];
    let report = stage::json(&stage.run(&arguments).output().exited(0));
    let writes = stage.sent().writes().into_iter().map(str::to_owned).collect();
    (report["functions"][0].clone(), writes)
}

/// Leads `hello` from nothing through plans of every kind.
fn live(stage: &Stage) {
    stage.proxy.reset();
    let kept = plan(stage, &[]);
    assert!(stage.sent().writes().iter().all(|write| !write.starts_with("lambda.")), "it is only a plan");
    assert_eq!((&kept["schema"], &kept["account"]), (&json!("lambdaship.plan/1"), &json!(stage.account)));
    assert_eq!(kept["functions"][0]["action"], json!({ "do": "create" }));
    // What was reviewed is deployed, and not what the sources have become.
    stage.fixture.set_version("hello", "not reviewed");
    let (function, _) = carry_out(stage);
    assert_eq!((&function["outcome"], &function["built"]), (&json!("created"), &json!(false)));
    assert_eq!(function["code_sha256"], kept["functions"][0]["code_sha256"]);

    let again = stage.run(&["deploy", "--plan", "plan.json"]).output().exited(6);
    let words = "error: what the plan `plan.json` was to bring is deployed already; nothing was written\n";
    assert!(again.stderr.contains(words), "{again}");

    stage.fixture.set_version("hello", "2");
    let kept = plan(stage, &[]);
    assert_eq!(kept["functions"][0]["serves"]["version"], function["version"]["to"]);
    // Another machine has no artifact, and the same sources give the same one.
    fs::remove_file(zip(stage)).expect("it was there");
    let (function, writes) = carry_out(stage);
    assert_eq!((&function["outcome"], &function["built"]), (&json!("updated"), &json!(true)));
    let update = ["lambda.UpdateFunctionCode", "lambda.PublishVersion", "lambda.UpdateAlias"];
    assert_eq!(lambda(&writes), update);
    let answer = stage.run(&["invoke", "hello", "--env", "staging"]).output().exited(0);
    assert_eq!(stage::json(&answer)["version"], "2");

    assert_eq!(plan(stage, &[])["functions"][0]["action"], json!({ "do": "unchanged" }));
    let (function, writes) = carry_out(stage);
    assert_eq!((&function["outcome"], lambda(&writes)), (&json!("unchanged"), Vec::new()));
}

fn lambda(writes: &[String]) -> Vec<&str> {
    writes.iter().map(String::as_str).filter(|write| write.starts_with("lambda.")).collect()
}

#[test]
fn a_plan_is_deployed_as_it_was_reviewed_on_the_local_aws() {
    live(&Scene::new().stage);
}

#[test]
fn a_plan_is_deployed_as_it_was_reviewed_on_ministack() {
    let endpoint = Server::ministack().endpoint();
    live(&Stage::new(&["hello"], &endpoint, &fresh_account(), Answers::Lenient));
}

#[cfg(unix)]
#[test]
fn a_plan_is_its_owners_alone_and_replaces_the_one_before() {
    use std::os::unix::fs::PermissionsExt;
    let scene = Scene::new();
    scene.stage.fixture.write("plan.json", "an old one");
    plan(&scene.stage, &[]);
    let file = scene.stage.fixture.root().join("plan.json");
    assert_eq!(fs::metadata(file).expect("it is there").permissions().mode() & 0o777, 0o600);
}

#[test]
fn what_is_left_beside_the_sources_is_none_of_them() {
    let scene = Scene::new();
    let out = "functions/hello/plan.json";
    let arguments = ["plan", "--env", "staging", "--out", out, "--format", "json"];
    let look = || stage::json(&scene.stage.run(&arguments).output().exited(0))["functions"][0].clone();
    // The first one writes the lock file.
    look();
    let first = look();
    assert!(first["source_hash"].is_string(), "{first}");
    scene.stage.run(&["build", "--output-dir", "functions/hello/out"]).output().exited(0);
    let again = look();
    assert_eq!((&again["source_hash"], &again["built"]), (&first["source_hash"], &json!(false)));
    // Another machine has neither the artifact, nor does it know what was written.
    fs::remove_dir_all(scene.stage.fixture.root().join("target/lambdaship")).expect("it was there");
    fs::remove_dir_all(scene.stage.fixture.root().join("functions/hello/out")).expect("it was there");
    let deploy = ["deploy", "--plan", out, "--format", "json"];
    let done = stage::json(&scene.stage.run(&deploy).output().exited(0))["functions"][0].clone();
    assert_eq!((&done["source_hash"], &done["built"]), (&first["source_hash"], &json!(true)));
}

#[test]
fn an_alias_that_moved_since_is_left_alone() {
    let scene = Scene::new();
    scene.stage.report(&["deploy"], 0);
    scene.stage.fixture.set_version("hello", "2");
    scene.stage.report(&["deploy"], 0);
    scene.configure("memory = 512\n");
    plan(&scene.stage, &[]);

    scene.change_alias(&json!({ "Description": "pinned" }));
    scene.refuses(&["hello: alias live was written to since the plan was made"]);
    scene.change_alias(&json!({ "FunctionVersion": "1" }));
    scene.refuses(&["hello: alias live is at version 1, and was at version 2 when the plan was made"]);
    let _names = redactions(&scene.stage.fixture).bind_to_scope();
    insta::assert_snapshot!(scene.deploy(), @"
    exit: 6
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
         Reusing hello [SIZE], from this machine
    error: the plan `plan.json` is not what would be deployed now; nothing was written
    caused by: hello: alias live is at version 1, and was at version 2 when the plan was made
    hint: make the plan again, and look at it: `cargo lambdaship plan --env staging --out plan.json`
    ");

    // Somebody deploys something newer.
    plan(&scene.stage, &[]);
    scene.configure("memory = 1024\n");
    scene.stage.report(&["deploy"], 0);
    scene.configure("memory = 512\n");
    scene.refuses(&[
        "hello: alias live is at version 3, and was at version 1 when the plan was made",
        "hello: memory would go from 1024 to 512, and not from 128",
    ]);
}

#[test]
fn a_configuration_that_is_another_one_is_refused() {
    let scene = Scene::new();
    let variables = "variables = { TOKEN = \"canary one\" }\n";
    scene.configure(variables);
    scene.stage.report(&["deploy"], 0);
    let before = format!("{variables}memory = 1024\nsmoke = [{{ event = '\"canary\"' }}]\n");
    scene.configure(&before);
    plan(&scene.stage, &[]);
    let table = [
        (("memory = 1024", "memory = 512"), "memory would go from 128 to 512, and not to 1024"),
        (("memory = 1024", ""), "memory would stay, and by the plan goes from 128 to 1024"),
        (
            ("memory = 1024", "memory = 1024\ntags = { team = \"a\" }"),
            "tags.team would go from nothing to a, which was not planned",
        ),
        (
            ("memory = 1024", "memory = 1024\nrollout = { steps = [\"10%\"], bake = \"1m\" }"),
            "its alias would move by `10%/60s`, and not by `all-at-once`",
        ),
        (
            ("memory = 1024", "memory = 1024\nrollout = { max-error-rate = \"1%\" }"),
            "what a rollout holds it to is not what the plan was made with",
        ),
        (("\"canary\"'", "\"canary two\"'"), "its smoke events are not those of the plan"),
        (("' }]", "' }, { event = '1' }]"), "it would be given 2 smoke events, and not 1"),
    ];
    for ((from, to), line) in table {
        scene.configure(&before.replace(from, to));
        let refused = scene.deploy().exited(6);
        assert!(refused.stderr.contains(&format!("\ncaused by: hello: {line}\n")), "{line}: {refused}");
        assert_eq!(scene.stage.sent().writes(), [""; 0], "{line}");
    }

    // The value that was served when the plan was made is not noticed by the fields that change, but by its digest.
    scene.configure(&before.replace("canary one", "canary two"));
    let refused = scene.deploy().exited(6);
    assert!(
        refused.stderr.contains("hello: the variables and their values are not those of the plan"),
        "{refused}"
    );
    assert!(!refused.stderr.contains(CANARY), "{refused}");

    scene.configure(&before);
    let (function, _) = carry_out(&scene.stage);
    assert_eq!(function["outcome"], "updated", "as it was reviewed");
}

#[test]
fn a_value_that_changes_and_changes_again_is_noticed() {
    let scene = Scene::new();
    scene.configure("variables = { TOKEN = \"canary one\" }\n");
    scene.stage.report(&["deploy"], 0);
    scene.configure("variables = { TOKEN = \"canary two\" }\n");
    plan(&scene.stage, &[]);
    scene.configure("variables = { TOKEN = \"canary three\" }\n");
    scene.refuses(&["hello: the variables and their values are not those of the plan"]);
}

#[test]
fn code_that_is_another_artifact_is_refused() {
    let scene = Scene::new();
    plan(&scene.stage, &[]);
    scene.stage.fixture.set_version("hello", "2");
    fs::write(scene.zip(), "broken").expect("it can be written");
    let refused = scene.deploy().exited(6);
    assert!(
        refused.stderr.contains("\ncaused by: hello: the code is another artifact (sha256 "),
        "{refused}"
    );
    assert_eq!(scene.stage.sent().writes(), [""; 0]);

    // What was built elsewhere cannot be built here.
    let elsewhere = scene.zip().with_file_name("elsewhere.zip");
    fs::copy(scene.zip(), &elsewhere).expect("the build left it");
    plan(&scene.stage, &["--zip", elsewhere.as_str()]);
    fs::remove_file(scene.zip()).expect("it was there");
    let refused = scene.deploy().exited(1);
    assert!(
        refused.stderr.contains("error: failed to find the artifact of `hello` that was reviewed"),
        "{refused}"
    );
    fs::rename(&elsewhere, scene.zip()).expect("it is put back");
    assert_eq!(carry_out(&scene.stage).0["outcome"], "created");
}

#[test]
fn other_functions_than_the_reviewed_ones_are_refused_and_a_selection_is_kept() {
    let scene = Scene::new();
    plan(&scene.stage, &[]);
    scene.stage.fixture.add("audit");
    scene.refuses(&["audit: the function was added, and is not in the plan"]);
    assert_eq!(scene.stage.sent().order(), [""; 0], "AWS was not even asked");

    assert_eq!(plan(&scene.stage, &["-f", "audit"])["functions"].as_array().map(Vec::len), Some(1));
    let (function, _) = carry_out(&scene.stage);
    assert_eq!((&function["function"], &function["outcome"]), (&json!("audit"), &json!("created")));

    plan(&scene.stage, &["-f", "audit"]);
    fs::remove_dir_all(scene.stage.fixture.root().join("functions/audit")).expect("it was there");
    scene.refuses(&["audit: the function is not there any more"]);
}

#[test]
fn flags_of_the_plan_are_those_of_the_deploy() {
    let scene = Scene::new();
    scene.configure("rollout = { steps = [\"10%\"], bake = \"1h\", quiet = \"promote\" }\n");
    scene.stage.report(&["deploy"], 0);
    scene.stage.fixture.set_version("hello", "2");
    let kept = plan(&scene.stage, &["--rollout", "all-at-once"]);
    assert_eq!(kept["functions"][0]["rollout"], "all-at-once");
    let (function, _) = carry_out(&scene.stage);
    assert_eq!((&function["outcome"], &function["rollout"]), (&json!("updated"), &Value::Null));
}

#[test]
fn a_plan_of_another_place_is_refused() {
    let scene = Scene::new();
    let mut kept = plan(&scene.stage, &[]);
    scene.stage.proxy.reset();
    let run = || scene.stage.run(&["deploy", "--plan", "plan.json"]);
    let elsewhere = run().env("AWS_REGION", "us-east-1").output().exited(1);
    let words = "error: the plan `plan.json` is of region eu-west-1, and this run is in us-east-1\n";
    assert!(elsewhere.stderr.contains(words), "{elsewhere}");
    let endpoint = scene.stage.proxy.endpoint();
    let elsewhere = run().args(&["--endpoint-url", &endpoint]).output().exited(1);
    assert!(
        elsewhere.stderr.contains("error: the plan `plan.json` is of AWS, and this run asks http://"),
        "{elsewhere}"
    );
    kept["account"] = json!("123456789012");
    scene.stage.fixture.write("plan.json", &kept.to_string());
    let elsewhere = run().args(&["--format", "json"]).output().exited(1);
    assert_eq!(stage::json(&elsewhere)["env"], "staging", "the file says so");
    assert!(elsewhere.stderr.contains("is of account 123456789012, and the credentials"), "{elsewhere}");
    assert!(scene.stage.sent().order().iter().all(|operation| operation.starts_with("sts.")));
}

#[test]
fn what_is_no_plan_is_a_mistake_of_the_command_line() {
    let scene = Scene::new();
    let mut kept = plan(&scene.stage, &[]);
    scene.stage.proxy.reset();
    let refused = |arguments: &[&str], words: &str| {
        let refused = scene.stage.run(arguments).output().exited(2);
        assert!(refused.stderr.contains(words), "{arguments:?}: {refused}");
    };
    let deploy = ["deploy", "--plan", "plan.json"];
    for (flags, words) in [
        (&["--env", "prod"][..], "is of environment `staging`, and `prod` was asked for"),
        (&["-f", "hello"], "cannot be used with '--function <NAME>'"),
        (&["-p", "hello"], "cannot be used with '--package <NAME>'"),
        (&["--zip", "a.zip"], "cannot be used with '--zip <FILE>'"),
        (&["--binary-path", "a"], "cannot be used with '--binary-path <FILE>'"),
        (&["--zip", "a.zip", "--commit", "0123456789ab"], "cannot be used with"),
        (&["--target", "x86_64-unknown-linux-gnu"], "cannot be used with '--target <TRIPLE>'"),
        (&["--builder", "zig"], "cannot be used with '--builder <NAME>'"),
        (&["--rollout", "10%/1m"], "cannot be used with '--rollout <SHAPE>'"),
        (&["--under-way", "abort"], "cannot be used with '--under-way <WHAT>'"),
    ] {
        refused(&[&deploy, flags].concat(), words);
    }
    refused(&["deploy", "--plan", "none.json"], "error: failed to read the plan `none.json`\n");
    kept["functions"][0]["more"] = json!(1);
    let unknown = kept.to_string();
    kept["schema"] = json!("lambdaship.plan/2");
    for (text, words) in [
        ("", "`plan.json` is not a plan\ncaused by: EOF"),
        ("{\"schema\": ", "`plan.json` is not a plan\n"),
        ("[]", "`plan.json` is not a plan\n"),
        ("{}", "`plan.json` is no plan, and only `lambdaship.plan/1` can be deployed"),
        (&kept.to_string(), "`plan.json` is `lambdaship.plan/2`, and only `lambdaship.plan/1` can be"),
        ("{\"schema\": \"lambdaship.plan/1\"}", "`plan.json` is not a plan\n"),
        (&unknown, "unknown field `more`"),
    ] {
        scene.stage.fixture.write("plan.json", text);
        refused(&deploy, words);
    }
    for (file, words) in [
        ("-", "a plan cannot be written to `-`: a plan is a file"),
        ("none/plan.json", "a plan cannot be written to `none/plan.json`: its folder does not exist"),
        ("target", "a plan cannot be written to `target`: it is a folder"),
    ] {
        refused(&["plan", "--env", "staging", "--out", file], words);
    }
    assert_eq!(scene.stage.sent().order(), [""; 0], "AWS was not asked");
}
