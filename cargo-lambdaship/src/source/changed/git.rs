//! What git knows: which files differ from a commit, and what was in one.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::Error;
use crate::source::listing;
use crate::source::paths::{normal, relative};

/// A repository, and one of its commits.
pub(super) struct Repository {
    top: Utf8PathBuf,
    commit: String,
}

impl Repository {
    /// The repository that `root` is in, and the commit that `reference` means in it.
    pub(super) fn open(root: &Utf8Path, reference: &str) -> Result<Self, Error> {
        // Relative, so that a path through a symbolic link stays one.
        let up = git(root, &["rev-parse", "--show-cdup"])?;
        let up = up.map_err(|answer| Error::NoRepository { root: root.to_owned(), answer })?;
        let top = normal(&root.join(up.trim_end_matches(['\r', '\n'])));
        let name = format!("{reference}^{{commit}}");
        let found = git(&top, &["rev-parse", "--verify", "--quiet", "--end-of-options", &name])?;
        let commit = found.map_err(|_| Error::Unknown { reference: reference.to_owned() })?;
        Ok(Self { top, commit: commit.trim().to_owned() })
    }

    /// The files that differ from the commit, those that are gone and those that git does not know yet among them.
    pub(super) fn changed(&self) -> Result<BTreeSet<Utf8PathBuf>, Error> {
        let mut changed = BTreeSet::new();
        // A file that was moved is one that is gone and one that is new.
        let different = [
            "diff",
            "--name-only",
            "--no-renames",
            "--no-ext-diff",
            // Neither what a submodule has checked out nor what is edited in it is passed over, whatever is configured.
            "--ignore-submodules=none",
            "-z",
            &self.commit,
            "--",
        ];
        // As for the source hash, only `.gitignore` files count.
        let new = ["ls-files", "--others", "--exclude-per-directory=.gitignore", "-z"];
        for question in [&different[..], &new] {
            let answer = git(&self.top, question)?.map_err(|answer| Error::Git { answer })?;
            let names = answer.split('\0').filter(|name| !name.is_empty());
            changed.extend(names.map(|name| normal(&self.top.join(name))));
        }
        Ok(changed)
    }

    /// The text that the file had in the commit, if it was there.
    pub(super) fn text(&self, path: &Utf8Path) -> Result<Option<String>, Error> {
        let name = format!("{}:{}", self.commit, relative(&self.top, path));
        Ok(git(&self.top, &["show", "--no-textconv", &name])?.ok())
    }

    /// Whether the repository has nothing to say of a file: it is outside of it, or git ignores it.
    pub(super) fn untold(&self) -> Result<impl Fn(&Utf8Path) -> bool + use<>, Error> {
        let all = ["ls-files", "--cached", "--others", "--exclude-per-directory=.gitignore", "-z"];
        let answer = git(&self.top, &all)?.map_err(|answer| Error::Git { answer })?;
        let names = answer.split('\0').filter(|name| !name.is_empty());
        let told: BTreeSet<Utf8PathBuf> = names.map(|name| normal(&self.top.join(name))).collect();
        // Of another repository in this one, there is the folder.
        Ok(move |path: &Utf8Path| !path.ancestors().any(|above| told.contains(above)))
    }

    /// The folder of the repository.
    pub(super) fn top(&self) -> &Utf8Path {
        &self.top
    }
}

/// Git's answer, or why it refuses.
fn git(folder: &Utf8Path, question: &[&str]) -> Result<Result<String, String>, Error> {
    let mut command = listing::git_command();
    // Quoting is off with -z; the pager and the lock of the index are of no use here.
    command.args(["--no-pager", "--no-optional-locks"]).args(question).current_dir(folder);
    let output = command.output().map_err(Error::Start)?;
    let said = if output.status.success() { &output.stdout } else { &output.stderr };
    let said = String::from_utf8_lossy(said).into_owned();
    Ok(if output.status.success() { Ok(said) } else { Err(said.trim().to_owned()) })
}
