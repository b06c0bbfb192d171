//! A commit and those before it, to find the version that was published from it.

use std::collections::HashSet;

use camino::Utf8Path;

use super::VersionStamp;
use crate::model::{Version, VersionSummary};
use crate::process;

/// The least digits that a commit is known by without git.
const DIGITS: usize = 7;

/// A commit and those before it.
#[derive(Debug, Clone)]
pub struct Lineage {
    /// As it was asked for.
    commit: String,
    /// Whole commit ids, its own among them; empty when git does not know it here.
    commits: HashSet<String>,
}

impl Lineage {
    /// Asks git, in the folder `root`, about `commit`: an id, a tag or a branch. `None` when git does not know it and it is
    /// no id either.
    pub async fn observe(root: &Utf8Path, commit: &str) -> Option<Self> {
        let mut git = process::background("git");
        git.args(["rev-list", "--end-of-options", commit]).current_dir(root);
        let listed = git.output().await.ok().filter(|output| output.status.success());
        let listed = listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
        let commits: HashSet<String> = listed.unwrap_or_default().lines().map(str::to_owned).collect();
        let is_id = commit.len() >= DIGITS && commit.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_id || !commits.is_empty()).then(|| Self { commit: commit.to_ascii_lowercase(), commits })
    }

    /// The newest of `versions` that was published from the commit or one before it, with no file that differed. A deploy
    /// publishes nothing of a function that did not change, so that its version is often an older commit's.
    #[must_use]
    pub fn newest(&self, versions: &[VersionSummary]) -> Option<Version> {
        let published = versions.iter().filter(|version| {
            let commit = VersionStamp::parse(&version.description).and_then(|stamp| stamp.commit);
            commit.is_some_and(|commit| self.has(&commit))
        });
        published.map(|version| version.version).max()
    }

    /// Whether a stamp's twelve digits are among them. A dirty one is of no commit.
    fn has(&self, stamped: &str) -> bool {
        if stamped.len() < DIGITS || !stamped.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return false;
        }
        let asked = self.commit.starts_with(stamped) || stamped.starts_with(&self.commit);
        asked || self.commits.iter().any(|commit| commit.starts_with(stamped))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: &str = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
    const OLD: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

    fn versions() -> Vec<VersionSummary> {
        let version = |number, description: &str| VersionSummary {
            version: Version(number),
            description: description.to_owned(),
            modified: None,
            code_sha256: None,
        };
        vec![
            version(1, "lambdaship/1 git=aaaaaaaaaaaa by=ada"),
            version(2, "lambdaship/1 git=bbbbbbbbbbbb"),
            version(3, "lambdaship/1 git=bbbbbbbbbbbb-dirty"),
            version(4, "lambdaship/1 git=cccccccccccc"),
            version(5, "by hand git=bbbbbbbbbbbb"),
            version(6, "lambdaship/1"),
        ]
    }

    #[test]
    fn the_newest_version_of_a_commit_or_one_before_it_is_found() {
        let lineage = |commit: &str, commits: &[&str]| Lineage {
            commit: commit.to_owned(),
            commits: commits.iter().map(|commit| (*commit).to_owned()).collect(),
        };
        let table = [
            (lineage(NEW, &[NEW, OLD]), Some(2)),
            (lineage("bbbbbbb", &[]), Some(2)),
            (lineage(NEW, &[]), Some(2)),
            (lineage("v1.0", &[OLD]), Some(1)),
            (lineage("dddddddddddd", &["dddddddddddddddddddddddddddddddddddddddd", OLD]), Some(1)),
            (lineage("ddddddd", &[]), None),
        ];
        for (lineage, version) in table {
            assert_eq!(lineage.newest(&versions()), version.map(Version), "{lineage:?}");
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn what_is_neither_known_to_git_nor_an_id_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap();
        assert!(Lineage::observe(root, "0123abc").await.is_some());
        for text in ["0123ab", "main", "--all", ""] {
            assert!(Lineage::observe(root, text).await.is_none(), "{text}");
        }
    }
}
