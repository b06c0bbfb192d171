//! Pipelines for Jenkins, GitLab and `CodeBuild`, which run the same program. Pure.
//!
//! In their templates the lines between marks are repeated: `@first` for environments that nothing comes before, `@direct` for those that
//! get their code at once, `@reviewed` for those that somebody is asked about, `@each` for all. A line that ends with `required` as a
//! comment is for environments that take only what passed the gates.

use super::facts::Facts;
use super::order::{Stage, Way};
use super::tools::with_tools;
use super::words::{renamed, scalar};
use super::{File, VERSION};
use crate::model::EnvName;

/// A system of pipelines other than GitHub's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ci {
    /// Jenkins, with declarative pipelines.
    Jenkins,
    /// GitLab CI/CD.
    GitLab,
    /// AWS `CodeBuild`, perhaps under `CodePipeline`.
    CodeBuild,
}

/// The pipelines, as files of the repository.
#[must_use]
pub fn pipelines(ci: Ci, facts: &Facts) -> Vec<File> {
    let templates: &[(&str, &str)] = match ci {
        Ci::Jenkins => &[
            ("Jenkinsfile.pr", include_str!("templates/jenkins/Jenkinsfile.pr")),
            ("Jenkinsfile.cd", include_str!("templates/jenkins/Jenkinsfile.cd")),
        ],
        Ci::GitLab => &[(".gitlab-ci.yml", include_str!("templates/gitlab/gitlab-ci.yml"))],
        Ci::CodeBuild => &[
            ("buildspec.pr.yml", include_str!("templates/codebuild/buildspec.pr.yml")),
            ("buildspec.cd.yml", include_str!("templates/codebuild/buildspec.cd.yml")),
        ],
    };
    templates
        .iter()
        .map(|(path, text)| File { path: (*path).to_owned(), text: filled(text, facts) })
        .collect()
}

fn filled(template: &str, facts: &Facts) -> String {
    let required = facts.required.iter().map(EnvName::as_str).collect::<Vec<_>>().join(" | ");
    let with_required = |line: &&str| !required.is_empty() || !line.contains("@required@");
    let text: String = template.split_inclusive('\n').filter(with_required).collect();
    let text = with_tools(&repeated(&text, facts), &facts.tools)
        .replace("@required@", &required)
        .replace("@branch@", &facts.branch)
        .replace("cargo-lambdaship@0.1.0", &format!("cargo-lambdaship@{VERSION}"))
        .replace("['staging', 'production']", &format!("[{}]", quoted(facts)))
        .replace("@steps@\n", &steps(facts));
    if facts.folder.is_empty() {
        return text.replace("    - cd .\n", "").replace("      - cd \"$CODEBUILD_SRC_DIR/.\"\n", "");
    }
    let folder = &facts.folder;
    text.replace("dir('.')", &format!("dir('{folder}')"))
        .replace("- cd .\n", &format!("- cd '{folder}'\n"))
        .replace("$CODEBUILD_SRC_DIR/.\"\n", &format!("$CODEBUILD_SRC_DIR/{folder}\"\n"))
        .replace("files: [Cargo.lock]", &format!("files: [{}]", scalar(&facts.within("Cargo.lock"))))
        .replace("      - target/lambdaship/", &format!("      - {folder}/target/lambdaship/"))
        .replace("base-directory: target/", &format!("base-directory: {folder}/target/"))
}

/// The template with its marked lines once for each environment.
fn repeated(template: &str, facts: &Facts) -> String {
    let mut text = String::new();
    // The part between two marks, by the mark before it.
    let (mut mark, mut part) = (String::new(), String::new());
    let mut parts = Vec::new();
    for line in template.split_inclusive('\n') {
        let word = line.trim_start().trim_start_matches(['#', '/']).trim_end();
        if let Some(next) = word.strip_prefix('@').filter(|_| !word.ends_with("steps@")) {
            parts.push((std::mem::replace(&mut mark, next.to_owned()), std::mem::take(&mut part)));
        } else {
            part.push_str(line);
        }
    }
    parts.push((mark, part));
    let find = |wanted: &str| parts.iter().find(|(mark, _)| mark == wanted).map_or("", |(_, part)| part);
    for (mark, part) in &parts {
        match mark.as_str() {
            "first" => {
                let first = facts.stages.iter().filter(|stage| stage.after.is_none());
                text.extend(first.map(|stage| one(part, stage, facts)));
            }
            // In the order of the environments, so that both kinds are here.
            "direct" => text.extend(facts.stages.iter().map(|stage| match stage.way {
                Way::Direct => one(part, stage, facts),
                Way::Reviewed => one(find("reviewed"), stage, facts),
            })),
            "reviewed" => {}
            "each" => text.extend(facts.stages.iter().map(|stage| renamed(part, stage.env.as_str(), ""))),
            _ => text.push_str(part),
        }
    }
    text
}

/// The lines of one environment.
fn one(part: &str, stage: &Stage, facts: &Facts) -> String {
    let env = stage.env.as_str();
    let is_required = facts.required.contains(&stage.env);
    let chosen = |line: &str| match [" #required\n", " //required\n"]
        .iter()
        .find_map(|mark| line.strip_suffix(mark))
    {
        Some(line) => is_required.then(|| format!("{line}\n")),
        None => Some(line.to_owned()),
    };
    let part = &part.split_inclusive('\n').filter_map(chosen).collect::<String>();
    match (&stage.after, part.contains("production")) {
        (_, false) => renamed(part, env, ""),
        (Some(after), true) => renamed(part, after.as_str(), env),
        (None, true) => renamed(&part.replace("  needs: [deploy-staging]\n", ""), "", env),
    }
}

/// The environments as a list of Groovy's, without its brackets.
fn quoted(facts: &Facts) -> String {
    let names = facts.stages.iter().map(|stage| format!("'{}'", stage.env));
    names.collect::<Vec<_>>().join(", ")
}

/// What a pipeline of `CodePipeline` does, in order.
fn steps(facts: &Facts) -> String {
    let line = |stage: &Stage| {
        let env: &EnvName = &stage.env;
        match stage.way {
            Way::Direct => format!("#   ACTION=deploy ENVIRONMENT={env}\n"),
            Way::Reviewed => format!(
                "#   ACTION=plan ENVIRONMENT={env}, then a manual approval, then ACTION=deploy-plan ENVIRONMENT={env}\n"
            ),
        }
    };
    facts.stages.iter().map(line).collect()
}
