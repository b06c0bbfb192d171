//! What a workspace's pipelines are made of.
//!
//! In: the repository that git knows, and the environments of the configuration. Out: [`Facts`], or why they cannot be put into
//! a pipeline.

use camino::{Utf8Path, Utf8PathBuf};

use super::Error;
use super::order::Stage;
use crate::model::EnvName;
use crate::process;

/// What is known of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Repository {
    /// Its folder.
    pub top: Utf8PathBuf,
    /// The workspace's folder in it, with `/`; empty for the same folder.
    pub folder: String,
    /// The branch that is shipped.
    pub branch: String,
    /// Whether the branch is the one of now, for want of anything that says which is shipped.
    pub is_guess: bool,
}

/// What a template is filled with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// The branch that is shipped.
    pub branch: String,
    /// The workspace's folder in the repository, with `/`; empty for the same folder.
    pub folder: String,
    /// The environments, in the order in which code reaches them.
    pub stages: Vec<Stage>,
    /// The commit of the action; its version's tag where it is not known.
    pub action: Option<String>,
    /// The environments that take only what passed the gates.
    pub required: Vec<EnvName>,
    /// What installs the programs of the configuration's gates, a command each.
    pub tools: Vec<&'static str>,
}

impl Facts {
    /// `path` of the workspace, as the repository has it.
    #[must_use]
    pub fn within(&self, path: &str) -> String {
        if self.folder.is_empty() { path.to_owned() } else { format!("{}/{path}", self.folder) }
    }
}

/// Looks at the repository that `root` is in, whose branch `branch` is shipped if it is stated. A folder that git does not know is
/// taken for one.
///
/// # Errors
/// When the name of the folder or of the branch cannot be written into a pipeline as it is.
pub(super) fn repository(root: &Utf8Path, branch: Option<&str>) -> Result<Repository, Error> {
    let known = git(root, &["rev-parse", "--show-cdup", "--show-prefix"]);
    let Some(known) = known else {
        let branch = branch.unwrap_or("main").to_owned();
        plain("branch", &branch)?;
        return Ok(Repository { top: root.to_owned(), folder: String::new(), branch, is_guess: false });
    };
    let mut lines = known.lines();
    let up = lines.next().unwrap_or_default();
    let folder = lines.next().unwrap_or_default().trim_end_matches('/').to_owned();
    let (branch, is_guess) = match branch {
        Some(branch) => (branch.to_owned(), false),
        None => default_branch(root),
    };
    plain("folder", &folder)?;
    plain("branch", &branch)?;
    let levels = up.split('/').filter(|part| *part == "..").count();
    let top = root.ancestors().nth(levels).unwrap_or(root).to_owned();
    Ok(Repository { top, folder, branch, is_guess })
}

/// What origin says; else the usual name that there is; else the branch of now, which is a guess.
fn default_branch(root: &Utf8Path) -> (String, bool) {
    let symbolic = |name| git(root, &["symbolic-ref", "--quiet", "--short", name]);
    if let Some(head) = symbolic("refs/remotes/origin/HEAD") {
        return (head.trim().trim_start_matches("origin/").to_owned(), false);
    }
    let exists = |branch: &&str| {
        ["refs/heads/", "refs/remotes/origin/"].iter().any(|prefix| {
            git(root, &["show-ref", "--verify", "--quiet", &format!("{prefix}{branch}")]).is_some()
        })
    };
    let usual = ["main", "master", "trunk"].into_iter().find(exists).map(str::to_owned);
    let now = || symbolic("HEAD").map(|head| head.trim().to_owned());
    // Before the first commit there is none of the usual ones, and the name of now is meant.
    let is_born = git(root, &["rev-parse", "--verify", "--quiet", "HEAD"]).is_some();
    match (usual, now()) {
        (Some(usual), _) => (usual, false),
        (None, Some(now)) => (now, is_born),
        (None, None) => ("main".to_owned(), is_born),
    }
}

fn plain(what: &'static str, name: &str) -> Result<(), Error> {
    if is_plain(name) { Ok(()) } else { Err(Error::Name { what, name: name.to_owned() }) }
}

/// Whether a name stands for itself in YAML, Groovy, a shell, an expression and a pattern of branches.
fn is_plain(name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '/' | ' ');
    name.chars().all(word) && !name.starts_with([' ', '-']) && !name.ends_with(' ')
}

fn git(folder: &Utf8Path, question: &[&str]) -> Option<String> {
    let mut command = process::command("git");
    command.args(["--no-pager", "--no-optional-locks"]).args(question).current_dir(folder);
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_mean_more_than_themselves_are_not_plain() {
        for name in ["main", "release/1.x", "", "Meine Lambdas", "größe"] {
            assert!(is_plain(name), "{name}");
        }
        for name in
            ["a'b", "a\"b", "${{ x }}", "$(x)", "a*", "a+", "!a", "-x", "a\nb", "a: b", "a#b", " a", "`x`"]
        {
            assert!(!is_plain(name), "{name}");
        }
    }
}
