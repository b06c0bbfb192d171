//! Deployments and how they are doing.

use cargo_lambdaship::github::{DeploymentState, DeploymentStatus, Error, NewDeployment};
use serde_json::Value;

use super::scene::{HEAD, Scene, block_on};
use crate::support::github::{FORK, Hub, JOB};

fn deployment(environment: &str) -> NewDeployment {
    NewDeployment {
        environment: environment.to_owned(),
        commit: HEAD.to_owned(),
        description: "deploys 2 functions".to_owned(),
    }
}

fn states(scene: &Scene, id: u64) -> Vec<String> {
    let statuses = scene.hub.state(&scene.repository)["statuses"][id.to_string()].clone();
    let statuses = statuses.as_array().expect("a list").clone();
    statuses.iter().map(|status| status["state"].as_str().expect("a state").to_owned()).collect()
}

#[test]
fn a_deployment_begins_and_says_how_it_is_doing() {
    let scene = Scene::new();
    let github = scene.github(JOB);
    let long = "é".repeat(300);
    let address = "https://github.com/acme/shop/actions/runs/1";
    let page = Some(address);
    let (first, second) = block_on(async {
        let first = github.begin_deployment(&deployment("staging")).await.unwrap();
        let second = github.begin_deployment(&deployment("staging")).await.unwrap();
        let say = async |id, state, description, page| {
            let status = DeploymentStatus { state, description, page, replaces: true };
            github.deployment_status(id, &status).await.unwrap();
        };
        say(first, DeploymentState::InProgress, "begins", page).await;
        say(first, DeploymentState::Success, &long, page).await;
        say(second, DeploymentState::Failure, "no", None).await;
        say(second, DeploymentState::Success, "yes", None).await;
        (first, second)
    });
    assert_ne!(first, second);
    assert_eq!(states(&scene, first), ["in_progress", "success", "inactive"]);
    assert_eq!(states(&scene, second), ["failure", "success"]);
    let state = scene.hub.state(&scene.repository);
    let made: &Value = &state["deployments"][0];
    assert_eq!((&made["sha"], &made["environment"]), (&HEAD.into(), &"staging".into()));
    assert_eq!(state["statuses"][first.to_string()][0]["log_url"], address);
    scene.hub.assert_valid();
}

#[test]
fn the_success_of_a_part_leaves_the_other_parts_as_they_are() {
    let scene = Scene::new();
    let github = scene.github(JOB);
    let (first, second) = block_on(async {
        let first = github.begin_deployment(&deployment("staging")).await.unwrap();
        let second = github.begin_deployment(&deployment("staging")).await.unwrap();
        for (id, state) in [(first, DeploymentState::Success), (second, DeploymentState::Success)] {
            let status = DeploymentStatus { state, description: "done", page: None, replaces: false };
            github.deployment_status(id, &status).await.unwrap();
        }
        (first, second)
    });
    assert_eq!(
        (states(&scene, first), states(&scene, second)),
        (vec!["success".to_owned()], vec!["success".to_owned()])
    );
}

#[test]
fn production_is_marked_as_such() {
    let scene = Scene::new();
    for (environment, production) in [("prod", true), ("staging", false)] {
        block_on(scene.github(JOB).begin_deployment(&deployment(environment))).unwrap();
        let state = scene.hub.state(&scene.repository);
        let made = state["deployments"].as_array().and_then(|all| all.last()).cloned().expect("a deployment");
        assert_eq!(made["production_environment"], production, "{environment}");
    }
}

#[test]
fn a_deployment_whose_answer_was_lost_is_not_begun_twice() {
    for (hub, action) in [(Hub::shared(), "status-after:502"), (Hub::bare(), "drop-after")] {
        let scene = Scene::on(hub);
        let github = scene.github(JOB);
        block_on(github.begin_deployment(&deployment("staging"))).unwrap();
        scene.fault("POST", "deployments", action);
        let id = block_on(github.begin_deployment(&deployment("staging"))).unwrap();
        let state = scene.hub.state(&scene.repository);
        let ids: Vec<_> =
            state["deployments"].as_array().expect("a list").iter().map(|one| one["id"].clone()).collect();
        assert_eq!(ids.len(), 2, "{action}");
        assert_eq!(ids[1], id, "{action}");
    }
}

#[test]
fn a_github_that_fails_once_gets_the_deployment_and_its_status() {
    let scene = Scene::new();
    let github = scene.github(JOB);
    scene.fault("POST", "deployments", "status:500");
    let id = block_on(github.begin_deployment(&deployment("staging"))).unwrap();
    scene.fault("POST", "deployments/.*/statuses", "status:502");
    let (state, description) = (DeploymentState::Error, "interrupted");
    let status = DeploymentStatus { state, description, page: None, replaces: true };
    block_on(github.deployment_status(id, &status)).unwrap();
    assert_eq!(states(&scene, id), ["error"]);
    assert_eq!(scene.hub.state(&scene.repository)["deployments"].as_array().map(Vec::len), Some(1));
}

#[test]
fn what_github_refuses_is_an_error_without_a_second_try() {
    let scene = Scene::new();
    let unknown = NewDeployment { commit: "main".to_owned(), ..deployment("staging") };
    let error = block_on(scene.github(JOB).begin_deployment(&unknown)).unwrap_err();
    assert!(matches!(error, Error::Refused { status: 422, .. }), "{error}");
    assert_eq!(
        error.to_string(),
        "failed to begin a deployment to `staging`: GitHub answered 422 (No ref found for: main)"
    );
    let error = block_on(scene.github(FORK).begin_deployment(&deployment("staging"))).unwrap_err();
    assert!(error.is_denied(), "{error}");
    assert_eq!(scene.writes(), ["POST 422", "POST 403"]);
}
