//! The workflows of one repository, out of the templates that every organisation can use. Pure.
//!
//! A template is a whole workflow for two environments, `staging` and then `production`. Here its jobs are repeated for the
//! environments that there are.

use super::facts::Facts;
use super::order::{Stage, Way};
use super::tools::with_tools;
use super::words::{list, renamed, scalar};
use super::{File, VERSION};

/// The templates by name; `workflow-templates/` has copies.
pub(super) const TEMPLATES: [(&str, &str); 6] = [
    ("lambdaship-pr", include_str!("templates/github/lambdaship-pr.yml")),
    ("lambdaship-pr-comment", include_str!("templates/github/lambdaship-pr-comment.yml")),
    ("lambdaship-cd", include_str!("templates/github/lambdaship-cd.yml")),
    ("lambdaship-rollback", include_str!("templates/github/lambdaship-rollback.yml")),
    ("lambdaship-drift", include_str!("templates/github/lambdaship-drift.yml")),
    ("lambdaship-prune", include_str!("templates/github/lambdaship-prune.yml")),
];

/// How a step names the action, up to what it is pinned to.
const ACTION: &str = "uses: cargo-lambdaship/cargo-lambdaship@";

/// What the templates have in the place of all environments.
const ALL: &str = "[staging, production]";

/// Where jobs of pull requests look for the cache of the branch that is shipped.
const SHIPPED: &str = "            lambdaship-${{ runner.os }}-deploy-staging-\n";

/// The branch of a run that was started by hand, as templates have it.
const BRANCH: &str = "format('refs/heads/{0}', github.event.repository.default_branch)";

/// The workflows, as files of the repository.
#[must_use]
pub fn workflows(facts: &Facts) -> Vec<File> {
    TEMPLATES
        .iter()
        .map(|(name, template)| {
            let text = match *name {
                "lambdaship-pr" => pull_request(template, facts),
                "lambdaship-cd" => delivery(template, facts),
                _ => {
                    template.replace(ALL, &format!("[{}]", list(facts.stages.iter().map(|stage| &stage.env))))
                }
            };
            File { path: format!(".github/workflows/{name}.yml"), text: placed(&pinned(&text, facts), facts) }
        })
        .collect()
}

/// The jobs for a pull request: what it would change in each environment that code goes to first.
fn pull_request(template: &str, facts: &Facts) -> String {
    let (head, jobs) = split(template);
    let first: Vec<&Stage> = facts.stages.iter().filter(|stage| stage.after.is_none()).collect();
    let several = first.len() > 1;
    let id = |job: &str, env: &str| if several { format!("{job}-{env}") } else { job.to_owned() };
    let mut text = head.to_owned();
    for (name, job) in &jobs {
        match name.as_str() {
            "split" | "plan" => {}
            "report" => {
                for stage in &first {
                    let env = stage.env.as_str();
                    for (_, job) in jobs.iter().filter(|(name, _)| name == "split" || name == "plan") {
                        let job = cached(job, Some(stage))
                            .replace("\n  split:\n", &format!("\n  {}:\n", id("split", env)))
                            .replace("\n  plan:\n", &format!("\n  {}:\n", id("plan", env)))
                            .replace("needs: split\n", &format!("needs: {}\n", id("split", env)))
                            .replace("needs.split.", &format!("needs.{}.", id("split", env)));
                        text.push_str(&renamed(&job, env, ""));
                    }
                }
                let plans: Vec<String> = first.iter().map(|stage| id("plan", stage.env.as_str())).collect();
                let splits: Vec<String> = first.iter().map(|stage| id("split", stage.env.as_str())).collect();
                let needs = format!("needs: [check, {}, {}]\n", splits.join(", "), plans.join(", "));
                let of_all = |what: &str, between: &str| {
                    let each = splits.iter().map(|split| format!("${{{{ needs.{split}.{what} }}}}"));
                    each.collect::<Vec<_>>().join(between)
                };
                let job = job
                    .replace("needs: [check, split, plan]\n", &needs)
                    .replace("${{ needs.split.result }}", &of_all("result", ""))
                    .replace("${{ needs.split.outputs.count }}", &of_all("outputs.count", " "));
                text.push_str(&job);
            }
            _ => {
                let shipped = facts.stages.iter().find(|stage| stage.way == Way::Direct);
                let env = shipped.map_or("", |stage| stage.env.as_str());
                text.push_str(&renamed(&with_tools(&cached(job, shipped), &facts.tools), env, ""));
            }
        }
    }
    text
}

/// A job that takes the cache of the one that deploys to `stage`, if that one has any.
fn cached(job: &str, stage: Option<&Stage>) -> String {
    if stage.is_some_and(|stage| stage.way == Way::Direct) {
        job.to_owned()
    } else {
        job.replace(SHIPPED, "")
    }
}

/// The jobs of a delivery, environment after environment.
fn delivery(template: &str, facts: &Facts) -> String {
    let (head, jobs) = split(template);
    let mut text = head.to_owned();
    for stage in &facts.stages {
        let env = stage.env.as_str();
        let after = stage.after.as_ref().map(crate::model::EnvName::as_str);
        for (name, job) in &jobs {
            match (stage.way, name.as_str()) {
                (Way::Direct, "deploy-staging") => {
                    text.push_str(&with_tools(&renamed(job, env, ""), &facts.tools));
                }
                (Way::Direct, _) | (Way::Reviewed, "deploy-staging") => {}
                (Way::Reviewed, _) => {
                    let mut job = reviewed(job, after);
                    if facts.required.contains(&stage.env) && job.contains("command: deploy\n") {
                        job =
                            job.split_inclusive('\n').filter(|line| !line.contains("gates: none")).collect();
                    }
                    if !job.contains("gates: none") {
                        job = with_tools(&job, &facts.tools);
                    }
                    text.push_str(&renamed(&job, after.unwrap_or_default(), env));
                }
            }
        }
    }
    text
}

/// A job of an environment that is approved. With no environment before it, nothing else checked the code.
fn reviewed(job: &str, after: Option<&str>) -> String {
    if after.is_some() {
        return job.to_owned();
    }
    let here = format!("    if: ${{{{ !github.event.repository.fork && github.ref == {BRANCH} }}}}\n");
    let job = job.replace("    needs: deploy-staging\n", &here);
    let (line, moved) =
        ("          gates: none # they passed before staging\n", "# they passed before the plan");
    if job.contains("command: plan\n") {
        job.replace(line, "")
    } else {
        job.replace("# they passed before staging", moved)
    }
}

/// What is before the jobs, and each job by its id, with the comments and the empty line over it.
fn split(template: &str) -> (&str, Vec<(String, String)>) {
    let begin = template.find("\njobs:\n").map_or(template.len(), |at| at + "\njobs:\n".len());
    let (head, rest) = template.split_at(begin);
    let mut jobs: Vec<(String, String)> = Vec::new();
    let mut above = String::new();
    for line in rest.split_inclusive('\n') {
        let id = line.strip_prefix("  ").and_then(|line| line.strip_suffix(":\n"));
        if let Some(id) = id.filter(|id| !id.starts_with([' ', '#'])) {
            // Every job has a line before its id, so that it can be found in the text.
            let over = if above.is_empty() { String::new() } else { std::mem::take(&mut above) };
            jobs.push((id.to_owned(), format!("{over}{line}")));
        } else if line == "\n" || line.starts_with("  #") {
            above.push_str(line);
        } else if let Some((_, job)) = jobs.last_mut() {
            job.push_str(&std::mem::take(&mut above));
            job.push_str(line);
        }
    }
    (head, jobs)
}

/// Each step of the action, at its commit; at the version's tag where the commit is not known.
fn pinned(text: &str, facts: &Facts) -> String {
    let pin = match &facts.action {
        Some(commit) => format!("{commit} # v{VERSION}"),
        None => format!("v{VERSION} # a tag can be moved: put its commit here"),
    };
    text.split_inclusive('\n')
        .map(|line| match line.find(ACTION) {
            Some(at) => format!("{}{pin}\n", &line[..at + ACTION.len()]),
            None => line.to_owned(),
        })
        .collect()
}

/// The branch, and the workspace where it is.
fn placed(text: &str, facts: &Facts) -> String {
    let text = text.replace("[$default-branch]", &format!("[{}]", scalar(&facts.branch)));
    let text = text.replace(BRANCH, &format!("'refs/heads/{}'", facts.branch));
    if facts.folder.is_empty() {
        return text;
    }
    let (folder, target) = (scalar(&facts.folder), facts.within("target"));
    let mut text = text
        .replace(
            "        run: |\n          rustup ",
            &format!("        working-directory: {folder}\n        run: |\n          rustup "),
        )
        .replace("\n            target\n", &format!("\n            {target}\n"))
        .replace("\n            target/", &format!("\n            {target}/"))
        .replace("path: target/lambdaship\n", &format!("path: {}\n", scalar(&format!("{target}/lambdaship"))))
        .replace("}}/target/", &format!("}}}}/{target}/"));
    for command in ["check", "matrix", "plan", "deploy", "rollback", "drift", "prune"] {
        let step = format!("        with:\n          command: {command}\n");
        text = text.replace(&step, &format!("{step}          working-directory: {folder}\n"));
    }
    text
}
