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
