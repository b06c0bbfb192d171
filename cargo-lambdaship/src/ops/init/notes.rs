//! What is said beside the files: what does not work as it is, and what is left to set up. Pure.

use super::Error;
use super::order::{Stage, Way};
use crate::config::Delivery;
use crate::model::GatesPolicy;

/// What pipelines call the environments beside one.
const BESIDE: [&str; 2] = ["plan", "approval"];

/// Whether each environment has its names for itself.
///
/// # Errors
/// When one is called as pipelines call what is beside another: a plan of a pull request would then have the role that deploys.
pub(super) fn apart(stages: &[Stage]) -> Result<(), Error> {
    for stage in stages {
        for beside in BESIDE {
            let taken = format!("{}-{beside}", stage.env);
            if stages.iter().any(|other| other.env.as_str() == taken) {
                return Err(Error::Taken { env: stage.env.clone(), taken });
            }
        }
    }
    Ok(())
}

/// What does not work with one role a job, and what does twice the work.
pub(super) fn warnings(environments: &[Delivery]) -> Vec<String> {
    let mut warnings = Vec::new();
    for environment in environments {
        let (env, before) = (&environment.env, environment.from.as_ref());
        let before = environments.iter().find(|other| Some(&other.env) == before);
        if let Some((from, [one, other])) =
            before.and_then(|before| Some((&before.env, accounts(before, environment)?)))
        {
            warnings.push(format!(
                "`{env}` takes what `{from}` serves, in another account ({one}; `{env}` is in {other}): a job with one role cannot \
                 read both, and fails until it is set up as docs/workflows.md says under \"Two accounts\""
            ));
        }
        if environment.gates == GatesPolicy::Required && !environment.has_store {
            warnings.push(format!(
                "`{env}` takes only what passed its gates, and has no store that jobs know of each other by: its job runs them again"
            ));
        }
    }
    warnings
}

/// The accounts of two environments, if they are known to differ.
fn accounts(one: &Delivery, other: &Delivery) -> Option<[String; 2]> {
    let (one, other) = (one.account.as_ref()?, other.account.as_ref()?);
    (one != other).then(|| [one.to_string(), other.to_string()])
}

/// What is left to set up on GitHub.
pub(super) fn on_github(stages: &[Stage]) -> Vec<String> {
    let roles: Vec<String> = stages.iter().map(|stage| format!("`{0}` and `{0}-plan`", stage.env)).collect();
    let reviewed = stages.iter().filter(|stage| stage.way == Way::Reviewed);
    let approvals: Vec<String> = reviewed.map(|stage| format!("`{}-approval`", stage.env)).collect();
    let mut hints = vec![format!(
        "before the first run, make these environments in the repository's settings, each with the variable LAMBDASHIP_ROLE: {}",
        roles.join(", ")
    )];
    if !approvals.is_empty() {
        hints.push(format!(
            "add {}, with required reviewers and \"Prevent self-review\", and without \"Allow administrators to bypass configured \
             protection rules\": without reviewers, which private repositories have on GitHub Enterprise only, the job there fails",
            approvals.join(", ")
        ));
    }
    hints.push(
        "each role trusts one environment, by the subject `repo:OWNER/REPO:environment:NAME`; repositories made or renamed since \
         15 July 2026 send `repo:OWNER@ID/REPO@ID:environment:NAME`; docs/workflows.md has what the roles may do"
            .to_owned(),
    );
    hints.push(
        "the workflows are for github.com and GHE.com; on GitHub Enterprise Server, write your own with the action".to_owned(),
    );
    hints
}

#[cfg(test)]
mod tests {
    use super::super::order::order;
    use super::*;
    use crate::model::EnvName;

    fn environment(env: &str, from: &str, account: &str) -> Delivery {
        Delivery {
            env: env.parse().unwrap(),
            from: EnvName::new(from).ok(),
            account: account.parse().ok(),
            has_store: false,
            gates: GatesPolicy::Optional,
        }
    }

    fn stages(names: &[&str]) -> Vec<Stage> {
        order(&names.iter().map(|name| (name.parse().unwrap(), None)).collect::<Vec<_>>())
    }

    #[test]
    fn a_step_between_accounts_is_warned_of() {
        for (staging, prod, count) in [
            ("111111111111", "222222222222", 1),
            ("111111111111", "111111111111", 0),
            ("", "222222222222", 0),
        ] {
            let both = [environment("prod", "staging", prod), environment("staging", "", staging)];
            let warnings = warnings(&both);
            assert_eq!(warnings.len(), count, "{warnings:?}");
            assert!(warnings.iter().all(|warning| warning.contains(staging) && warning.contains(prod)));
        }
        let apart = [environment("prod", "", "222222222222"), environment("staging", "", "111111111111")];
        assert_eq!(warnings(&apart), Vec::<String>::new());
    }

    #[test]
    fn gates_that_no_store_knows_of_are_warned_of() {
        let required = Delivery { gates: GatesPolicy::Required, ..environment("prod", "", "") };
        assert_eq!(warnings(std::slice::from_ref(&required)).len(), 1);
        assert_eq!(warnings(&[Delivery { has_store: true, ..required }]).len(), 0);
    }

    #[test]
    fn a_name_that_pipelines_give_is_refused() {
        for (names, is_fine) in [
            (&["staging", "prod"][..], true),
            (&["staging-plan", "prod"], true),
            (&["staging", "staging-plan"], false),
            (&["a-approval", "a"], false),
        ] {
            assert_eq!(apart(&stages(names)).is_ok(), is_fine, "{names:?}");
        }
    }

    #[test]
    fn approvals_are_named_where_there_are_some() {
        let alone = on_github(&stages(&["prod"]));
        assert!(!alone.iter().any(|hint| hint.contains("-approval`")), "{alone:?}");
        let hints = on_github(&stages(&["eu", "us"]));
        assert!(hints[1].contains("`eu-approval`, `us-approval`"), "{hints:?}");
    }
}
