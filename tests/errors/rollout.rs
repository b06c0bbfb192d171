//! Rollouts that Lambda would refuse: said before anything is built, and nothing is written.

use serde_json::json;

use super::case::Cloud;

const QUEUE: &str = "arn:aws:sqs:eu-west-1:000000000000:failed";

/// A deployed `hello`, whose configuration now has `setting` and moves the alias in steps.
fn changed(setting: &str) -> Cloud {
    let cloud = Cloud::deployed();
    cloud.case.fixture.configure(&format!(
        "[function]\narch = \"x86_64\"\nrollout = {{ steps = [\"10%\"], bake = \"1s\" }}\n{setting}\n\n\
         [env.staging]\nregion = \"eu-west-1\"\n"
    ));
    cloud
}

/// What `plan` and `deploy` say alike; nothing is written.
fn refused(cloud: &Cloud, flags: &str) -> String {
    let [plan, deploy] = ["plan", "deploy"]
        .map(|verb| cloud.run(&format!("{verb} --env staging {flags}")).output().to_string());
    assert_eq!(plan, deploy);
    cloud.assert_nothing_written();
    plan
}

#[test]
fn another_role() {
    let cloud = changed("role = \"other\"");
    insta::assert_snapshot!(refused(&cloud, ""), @"
    exit: 2
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` cannot move in steps: its `role` changes from arn:aws:iam::000000000000:role/lambdaship-hello-staging to arn:aws:iam::000000000000:role/other, and two versions that share an alias must have the same
    hint: `--rollout all-at-once` moves the alias in one call
    ");
}

#[test]
fn another_dead_letter_target() {
    let cloud = changed(&format!("dead-letter = \"{QUEUE}\""));
    insta::assert_snapshot!(refused(&cloud, ""), @"
    exit: 2
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` cannot move in steps: its `dead-letter` changes from none to arn:aws:sqs:eu-west-1:000000000000:failed, and two versions that share an alias must have the same
    hint: `--rollout all-at-once` moves the alias in one call
    ");

    // The way out that the hint names.
    cloud.deploy("two.zip").args(&["--rollout", "all-at-once"]).output().exited(0);
    assert_eq!(cloud.alias()["FunctionVersion"], "2");
}

#[test]
fn a_dead_letter_target_that_somebody_else_set() {
    let cloud = changed("");
    cloud.change_latest(&json!({ "DeadLetterConfig": { "TargetArn": QUEUE } }));
    insta::assert_snapshot!(refused(&cloud, "--zip two.zip"), @"
    exit: 2
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` cannot move in steps: its `dead-letter` changes from none to arn:aws:sqs:eu-west-1:000000000000:failed, and two versions that share an alias must have the same
    hint: `--rollout all-at-once` moves the alias in one call
    ");
}

/// `plan` says it, and so does `doctor`; `deploy` publishes nothing for it.
#[test]
fn an_alarm_that_does_not_exist() {
    let cloud = Cloud::deployed();
    let rollout = "rollout = { steps = [\"10%\"], bake = \"1s\", alarms = [\"nobodys\"] }";
    cloud.case.fixture.configure(&format!(
        "[function]\narch = \"x86_64\"\n{rollout}\n\n[env.staging]\nregion = \"eu-west-1\"\n"
    ));
    let plan = cloud.run("plan --env staging --zip two.zip").output().exited(0);
    assert!(plan.stdout.contains("note: deploy refuses it: there is no alarm `nobodys`\n"), "{plan}");
    let doctor = cloud.run("doctor --env staging --format json").output();
    let checks: serde_json::Value = serde_json::from_str(&doctor.stdout).expect("JSON");
    let alarms = checks.as_array().and_then(|all| all.iter().find(|check| check["name"] == "alarms"));
    assert_eq!(
        alarms.map(|check| &check["found"]),
        Some(&json!("hello: there is no alarm `nobodys`")),
        "{doctor}"
    );
    insta::assert_snapshot!(cloud.deploy("two.zip").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
       Observing 1 function in staging (000000000000, eu-west-1)
    error: `hello` cannot move in steps: there is no alarm `nobodys`
    hint: make it in eu-west-1, or take it out of `alarms` in `rollout`; `--rollout all-at-once` minds none
    ");
    cloud.assert_nothing_written();

    // What is not known before it is read is no rollout yet, and here it is what is served.
    let unchanged = cloud.deploy("one.zip").output().exited(0);
    assert!(unchanged.stdout.contains("unchanged"), "{unchanged}");
    cloud.assert_nothing_written();

    // Who only looks may not be allowed to.
    cloud.proxy.fault_always("DescribeAlarms", "error:403:AccessDenied:not you");
    let plan = cloud.run("plan --env staging --zip two.zip").output().exited(0);
    assert!(plan.stdout.contains("note: whether its alarms exist could not be read: "), "{plan}");
    cloud.deploy("two.zip").args(&["--rollout", "all-at-once"]).output().exited(0);
}

/// One alias that somebody else splits hides none of the others.
#[test]
fn rollouts_beside_one_of_somebody_else() {
    let cloud = Cloud::new();
    cloud.case.fixture.add("idle");
    cloud.case.fixture.add("worker");
    for (function, zip) in [("hello", "one"), ("hello", "two"), ("idle", "one"), ("worker", "one")] {
        cloud.run(&format!("deploy --env staging -f {function} --zip {zip}.zip")).output().exited(0);
    }
    let left = cloud
        .run("deploy --env staging -f worker --zip two.zip --rollout 10%/1h --detach")
        .output()
        .exited(0);
    let goes_on = "`cargo lambdaship rollout resume --env staging -f worker` goes on with it\n";
    assert!(left.stderr.ends_with(goes_on), "{left}");
    cloud.change_alias(&json!({
        "FunctionVersion": "1", "RoutingConfig": { "AdditionalVersionWeights": { "2": 0.25 } }
    }));
    let status = cloud.run("rollout status --env staging").output().exited(6);
    let rows: Vec<Vec<&str>> =
        status.stdout.lines().skip(1).map(|row| row.split_whitespace().take(7).collect()).collect();
    assert_eq!(rows, [["worker", "live", "1", "2", "10", "%", "1/1"]], "{status}");
    let said = "error: alias `live` of lambda `hello-staging` splits its traffic as somebody else made it: version 1, with \
                25 % to version 2\nhint: end that rollout first: `aws lambda update-alias ";
    assert!(status.stderr.starts_with(said), "{status}");
    let status = cloud.run("rollout status --env staging --format json").output().exited(6);
    let rows: serde_json::Value = serde_json::from_str(&status.stdout).expect("JSON");
    assert_eq!(
        (&rows[0]["function"], &rows[0]["state"], &rows[1]),
        (&json!("worker"), &json!("driven"), &json!(null))
    );
}
