//! Pipelines, for workspaces of several shapes.

use fs_err as fs;

use super::super::order::{order, usual};
use super::super::*;
use crate::context::Environment;
use crate::model::EnvName;

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

fn facts(environments: &[(&str, &str)], folder: &str) -> Facts {
    let name = |name: &str| EnvName::new(name).ok();
    let environments: Vec<_> =
        environments.iter().map(|(env, from)| (name(env).unwrap(), name(from))).collect();
    let stages = if environments.is_empty() { usual() } else { order(&environments) };
    Facts {
        branch: "main".to_owned(),
        folder: folder.to_owned(),
        stages,
        action: Some(COMMIT.to_owned()),
        required: Vec::new(),
        tools: Vec::new(),
    }
}

fn workflow(facts: &Facts, name: &str) -> String {
    let path = format!(".github/workflows/{name}.yml");
    workflows(facts).into_iter().find(|file| file.path == path).unwrap().text
}

/// The ids of the jobs.
fn jobs(text: &str) -> Vec<&str> {
    let (_, jobs) = text.split_once("\njobs:\n").unwrap();
    jobs.lines()
        .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
        .filter(|id| !id.starts_with([' ', '#']))
        .collect()
}

#[test]
fn for_the_environments_of_the_templates_the_workflows_are_the_templates() {
    let facts = facts(&[("staging", ""), ("production", "staging")], "");
    for (name, template) in super::super::workflows::TEMPLATES {
        // None before the first release.
        let (_, pin) = template.split_once("uses: cargo-lambdaship/cargo-lambdaship@").unwrap();
        let expected = template
            .replace("$default-branch", "main")
            .replace("format('refs/heads/{0}', github.event.repository.default_branch)", "'refs/heads/main'")
            .replace(&pin[..40], COMMIT);
        assert_eq!(workflow(&facts, name), expected, "{name}");
    }
}

#[test]
fn organisations_get_the_same_templates() {
    let shared = Utf8Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflow-templates");
    for (name, template) in super::super::workflows::TEMPLATES {
        let path = shared.join(format!("{name}.yml"));
        if Environment::from_process().get("LAMBDASHIP_UPDATE_DOCS").is_some() {
            fs::write(&path, template).unwrap();
        }
        assert_eq!(fs::read_to_string(&path).unwrap(), template, "LAMBDASHIP_UPDATE_DOCS=1 copies {name}");
        let properties = fs::read_to_string(shared.join(format!("{name}.properties.json"))).unwrap();
        let properties: serde_json::Value = serde_json::from_str(&properties).unwrap();
        assert!(properties["name"].is_string() && properties["description"].is_string(), "{properties}");
    }
}

#[test]
fn the_templates_install_this_version() {
    for (name, template) in super::super::workflows::TEMPLATES {
        for line in template.lines().filter(|line| line.contains("cargo-lambdaship/cargo-lambdaship@")) {
            assert!(line.ends_with(&format!(" # v{VERSION}")), "{name}: {line}");
        }
    }
}

#[test]
fn each_environment_gets_its_jobs() {
    let chain = facts(&[("dev", ""), ("qa", "dev"), ("prod", "qa")], "");
    let cd = workflow(&chain, "lambdaship-cd");
    let expected =
        ["deploy-dev", "plan-qa", "approve-qa", "deploy-qa", "plan-prod", "approve-prod", "deploy-prod"];
    assert_eq!(jobs(&cd), expected);
    assert!(cd.contains("  plan-qa:\n    name: Plan qa\n    needs: deploy-dev\n"), "{cd}");
    assert!(cd.contains("  plan-prod:\n    name: Plan prod\n    needs: deploy-qa\n"), "{cd}");
    assert!(!cd.contains("staging") && !cd.contains("production"), "{cd}");
    assert!(workflow(&chain, "lambdaship-rollback").contains("options: [dev, qa, prod]"));
    assert!(workflow(&chain, "lambdaship-drift").contains("environment: [dev, qa, prod]"));
    let pr = workflow(&chain, "lambdaship-pr");
    assert_eq!(jobs(&pr), ["check", "split", "plan", "report"]);
    assert!(pr.contains("          environment: dev\n") && pr.contains("name: dev-plan\n"), "{pr}");
}

#[test]
fn environments_that_nothing_comes_before_are_each_planned_and_approved() {
    let two = facts(&[("prod", ""), ("staging", "")], "");
    let cd = workflow(&two, "lambdaship-cd");
    let three = ["plan", "approve", "deploy"];
    let expected: Vec<String> =
        ["prod", "staging"].iter().flat_map(|env| three.map(|job| format!("{job}-{env}"))).collect();
    assert_eq!(jobs(&cd), expected);
    assert!(!cd.contains("needs: deploy-"), "{cd}");
    // The plan is the first to look at the code, so that the gates run there.
    assert_eq!(cd.matches("gates: none").count(), 2, "{cd}");
    let pr = workflow(&two, "lambdaship-pr");
    assert_eq!(jobs(&pr), ["check", "split-prod", "plan-prod", "split-staging", "plan-staging", "report"]);
    assert!(pr.contains("needs: [check, split-prod, split-staging, plan-prod, plan-staging]\n"), "{pr}");
    assert!(pr.contains("SPLIT: ${{ needs.split-prod.result }}${{ needs.split-staging.result }}\n"), "{pr}");
    assert!(pr.contains("fromJSON(needs.split-prod.outputs.matrix)"), "{pr}");
}

#[test]
fn jobs_of_pull_requests_take_the_cache_of_a_job_that_there_is() {
    let keys = |environments: &[(&str, &str)]| -> Vec<String> {
        let text = workflow(&facts(environments, ""), "lambdaship-pr");
        let lines = text.lines().filter_map(|line| line.trim().strip_prefix("lambdaship-${{ runner.os }}-"));
        lines.filter(|line| !line.starts_with("${{")).map(str::to_owned).collect()
    };
    for (environments, expected) in [
        (&[("dev", ""), ("prod", "dev")][..], &["deploy-dev-", "deploy-dev-"][..]),
        // Where all are approved, no job that deploys leaves one.
        (&[("prod", ""), ("staging", "")], &[]),
        (&[("staging-eu", ""), ("demo", ""), ("prod", "staging-eu")], &["deploy-staging-eu-"; 2]),
    ] {
        assert_eq!(keys(environments), expected, "{environments:?}");
    }
}

#[test]
fn each_approval_looks_at_its_own_environment() {
    let two = facts(&[("prod", ""), ("staging", "")], "");
    let cd = workflow(&two, "lambdaship-cd");
    for env in ["prod", "staging"] {
        assert_eq!(cd.matches(&format!("ENVIRONMENT: {env}-approval\n")).count(), 1, "{cd}");
    }
}

#[test]
fn what_takes_only_checked_code_runs_the_gates_where_it_deploys() {
    let chain =
        Facts { required: vec!["prod".parse().unwrap()], ..facts(&[("dev", ""), ("prod", "dev")], "") };
    let job = |facts: &Facts| {
        let cd = workflow(facts, "lambdaship-cd");
        cd.split_once("\n  deploy-prod:\n").unwrap().1.to_owned()
    };
    assert!(!job(&chain).contains("gates: none"), "{}", job(&chain));
    assert!(job(&facts(&[("dev", ""), ("prod", "dev")], "")).contains("gates: none"));
    for (ci, file, line) in [
        (Ci::GitLab, 0, "    - lambdaship gate --env prod\n    - lambdaship deploy --plan"),
        (Ci::Jenkins, 1, "  lambdaship('gate --env prod')\n                    milestone()\n"),
        (Ci::CodeBuild, 1, "case $ENVIRONMENT in prod) cargo lambdaship gate --env"),
    ] {
        let text = pipelines(ci, &chain).remove(file).text;
        assert!(text.contains(line), "{text}");
        assert!(!pipelines(ci, &facts(&[("dev", ""), ("prod", "dev")], "")).remove(file).text.contains(line));
    }
}

#[test]
fn programs_of_gates_are_installed_where_gates_run() {
    let tool = "cargo install --locked cargo-deny@0.20.2";
    let two = Facts { tools: vec![tool], ..facts(&[("dev", ""), ("prod", "dev")], "") };
    let line = format!("          {tool}\n");
    assert_eq!(workflow(&two, "lambdaship-pr").matches(&line).count(), 1);
    assert_eq!(workflow(&two, "lambdaship-cd").matches(&line).count(), 1);
    for ci in [Ci::Jenkins, Ci::GitLab, Ci::CodeBuild] {
        for file in pipelines(ci, &two) {
            assert_eq!(file.text.matches(tool).count(), 1, "{}", file.text);
        }
    }
}

#[test]
fn a_workspace_in_a_folder_is_found_there() {
    let below = facts(&[], "services/lambdas");
    let pr = workflow(&below, "lambdaship-pr");
    assert_eq!(pr.matches("working-directory: services/lambdas\n").count(), 5, "{pr}");
    assert!(pr.contains("            services/lambdas/target\n"), "{pr}");
    let cd = workflow(&below, "lambdaship-cd");
    assert!(
        cd.contains("plan-file: ${{ github.workspace }}/services/lambdas/target/lambdaship/plan.json\n"),
        "{cd}"
    );
    assert!(cd.contains("            services/lambdas/target/lambdaship/*/bootstrap.zip\n"), "{cd}");
    assert!(cd.contains("path: services/lambdas/target/lambdaship\n"), "{cd}");
}

#[test]
fn without_a_commit_the_tag_is_named_and_said() {
    let facts = Facts { action: None, ..facts(&[], "") };
    let text = workflow(&facts, "lambdaship-drift");
    let line = format!(
        "uses: cargo-lambdaship/cargo-lambdaship@v{VERSION} # a tag can be moved: put its commit here\n"
    );
    assert!(text.contains(&line), "{text}");
}

#[test]
fn other_systems_get_the_same_environments() {
    for folder in ["", "services/lambdas"] {
        let chain = facts(&[("dev", ""), ("prod", "dev")], folder);
        for ci in [Ci::Jenkins, Ci::GitLab, Ci::CodeBuild] {
            for file in pipelines(ci, &chain) {
                let name = file.path.trim_start_matches('.').replace('.', "-");
                let shape = if folder.is_empty() { "root" } else { "below" };
                insta::assert_snapshot!(format!("{name}-{shape}"), file.text);
            }
        }
    }
}

#[test]
fn every_first_environment_is_planned_for_a_change_and_no_mark_is_left() {
    for environments in [&[][..], &[("prod", ""), ("staging", "")], &[("true", ""), ("1", "true")]] {
        let facts = facts(environments, "");
        for ci in [Ci::Jenkins, Ci::GitLab, Ci::CodeBuild] {
            let files = pipelines(ci, &facts);
            for stage in facts.stages.iter().filter(|stage| stage.after.is_none()) {
                let plan = format!("plan --env {} --detailed-exit-code", stage.env);
                assert!(files.iter().any(|file| file.text.contains(&plan)), "{ci:?}: no {plan}");
            }
            for file in files {
                for mark in [
                    "@first",
                    "@direct",
                    "@reviewed",
                    "@each",
                    "@end",
                    "@steps",
                    "@required",
                    "#required",
                    "//required",
                    "@branch",
                    "\u{1}",
                    "\u{2}",
                ] {
                    assert!(!file.text.contains(mark), "{}", file.text);
                }
            }
        }
    }
}
