//! Deployments: that something is deployed to an environment, and how it is doing.

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Value, json};

use super::api::Api;
use super::error::Error;
use super::patience::Patience;
use super::{DeploymentState, DeploymentStatus, NewDeployment};

/// GitHub takes no longer description.
const MOST_CHARACTERS: usize = 140;

#[derive(Deserialize)]
struct Made {
    id: u64,
    #[serde(default)]
    payload: Value,
}

/// Begins a deployment.
///
/// `auto_merge` and `required_contexts` are off: what is deployed is the commit as it is, and what has to pass before is
/// decided by gates and by the workflow. A number in the payload tells this deployment from others of the same commit, so that
/// one whose answer was lost is found and not made twice.
pub(super) async fn begin(
    api: &Api,
    repository: &str,
    deployment: &NewDeployment,
    patience: &mut Patience<'_>,
) -> Result<u64, Error> {
    let NewDeployment { environment, commit, description } = deployment;
    let action = format!("begin a deployment to `{}`", super::error::one_line(environment));
    let path = format!("/repos/{repository}/deployments");
    let mark = format!("{:016x}", fastrand::u64(..));
    let body = json!({
        "ref": commit,
        "task": "deploy",
        "auto_merge": false,
        "required_contexts": [],
        "environment": environment,
        "description": cut(description),
        "payload": { "lambdaship": mark },
        "transient_environment": false,
        "production_environment": is_production(environment),
    });
    loop {
        let failure = match api.post::<Made>(&action, &path, &body).await {
            Ok(made) => return Ok(made.id),
            Err(failure) => failure,
        };
        patience.after(failure).await?;
        let query = [("sha", commit.as_str()), ("environment", environment.as_str())];
        let there: Vec<Made> = api.list(&action, &path, &query, patience).await?;
        if let Some(made) = there.iter().find(|made| is_marked(&made.payload, &mark)) {
            return Ok(made.id);
        }
    }
}

/// Adds a status. A second one that says the same, after a lost answer, tells nothing else than the first.
pub(super) async fn say(
    api: &Api,
    repository: &str,
    deployment: u64,
    status: &DeploymentStatus<'_>,
    patience: &mut Patience<'_>,
) -> Result<(), Error> {
    let action = format!("say how deployment {deployment} is doing");
    let path = format!("/repos/{repository}/deployments/{deployment}/statuses");
    let body = body(status);
    loop {
        match api.post::<IgnoredAny>(&action, &path, &body).await {
            Ok(_) => return Ok(()),
            Err(failure) => patience.after(failure).await?,
        }
    }
}

/// With a success that replaces them, GitHub makes earlier deployments to the same environment inactive.
fn body(status: &DeploymentStatus<'_>) -> Value {
    let state = match status.state {
        DeploymentState::InProgress => "in_progress",
        DeploymentState::Success => "success",
        DeploymentState::Failure => "failure",
        DeploymentState::Error => "error",
    };
    let description = cut(status.description);
    let mut body = json!({ "state": state, "description": description, "auto_inactive": status.replaces });
    if let Some(page) = status.page.filter(|page| page.starts_with("https://") || page.starts_with("http://"))
    {
        body["log_url"] = json!(page);
    }
    body
}

/// GitHub shows production apart. Without a word it takes only `production` for it.
fn is_production(environment: &str) -> bool {
    let name = environment.to_ascii_lowercase();
    name.split(|c: char| !c.is_ascii_alphanumeric())
        .any(|word| matches!(word, "prod" | "production" | "live"))
        && !name.contains("pre")
        && !name.contains("non")
}

/// The payload comes back as it was sent, or as its text.
fn is_marked(payload: &Value, mark: &str) -> bool {
    let parsed = payload.as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
    parsed.as_ref().unwrap_or(payload)["lambdaship"] == mark
}

fn cut(description: &str) -> String {
    if description.chars().count() <= MOST_CHARACTERS {
        return description.to_owned();
    }
    description.chars().take(MOST_CHARACTERS - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_description_is_cut_to_what_github_takes() {
        assert_eq!(cut("short"), "short");
        assert_eq!(cut(&"é".repeat(140)), "é".repeat(140));
        assert_eq!(cut(&"é".repeat(141)).chars().count(), 140);
    }

    #[test]
    fn what_counts_as_production() {
        for name in ["prod", "production", "Prod-EU", "live", "eu-west-1/production"] {
            assert!(is_production(name), "{name}");
        }
        for name in ["staging", "preprod", "pre-prod", "nonprod", "non-prod", "product-test", "olive"] {
            assert!(!is_production(name), "{name}");
        }
    }

    #[test]
    fn a_page_is_linked_only_when_it_is_one() {
        let status = |page| {
            let (state, description) = (DeploymentState::Success, "done");
            body(&DeploymentStatus { state, description, page, replaces: true })
        };
        assert_eq!(status(Some("https://x.example/1"))["log_url"], "https://x.example/1");
        assert!(status(Some("javascript:alert(1)")).get("log_url").is_none());
        assert!(status(None).get("log_url").is_none());
    }

    #[test]
    fn a_deployment_is_known_by_its_mark() {
        assert!(is_marked(&json!({ "lambdaship": "1f" }), "1f"));
        assert!(is_marked(&json!("{\"lambdaship\":\"1f\"}"), "1f"));
        for payload in [json!(null), json!(""), json!("1f"), json!({ "lambdaship": "2f" }), json!([1])] {
            assert!(!is_marked(&payload, "1f"), "{payload}");
        }
    }
}
