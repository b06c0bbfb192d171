//! What is watched: the files below some roots, without those that git ignores.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use ignore::{DirEntry, WalkBuilder};

/// Files, each as it is.
pub(super) type Files = BTreeMap<Utf8PathBuf, State>;
/// When a file was written, and how long it is.
type State = (Option<SystemTime>, u64);

/// The files below some roots. Left out are those that git ignores, also outside of a repository, git's own, and the
/// target folder. Names that are not UTF-8 are left out too: cargo takes none.
#[derive(Debug, Clone)]
pub struct Tree {
    roots: Vec<Utf8PathBuf>,
    target: Utf8PathBuf,
    ignored: BTreeSet<Utf8PathBuf>,
}

impl Tree {
    /// The tree below `roots`, which are folders or files, without the folder `target`. Roots inside of other roots add
    /// nothing.
    #[must_use]
    pub fn new(mut roots: Vec<Utf8PathBuf>, target: Utf8PathBuf) -> Self {
        roots.sort_unstable();
        // A folder sorts before what is in it.
        roots.dedup_by(|later, earlier| later.starts_with(&*earlier));
        Self { roots, target, ignored: BTreeSet::new() }
    }

    /// The folders that hold all of the tree. A file is known by its folder, as it may be replaced by another.
    pub(super) fn roots(&self) -> Vec<Utf8PathBuf> {
        let folder = |root: &Utf8PathBuf| {
            let file = root.is_file().then(|| root.parent()).flatten();
            file.unwrap_or(root).to_owned()
        };
        self.roots.iter().map(folder).collect()
    }

    /// All folders of the tree.
    pub(super) fn folders(&self) -> Vec<Utf8PathBuf> {
        let is_folder = |entry: &DirEntry| entry.file_type().is_some_and(|kind| kind.is_dir());
        let mut folders: Vec<_> = self.walk().filter(is_folder).filter_map(path).collect();
        folders.extend(self.roots());
        folders.sort_unstable();
        folders.dedup();
        folders
    }

    /// Leaves these files out too.
    pub(super) fn ignore(&mut self, files: &[Utf8PathBuf]) {
        self.ignored.extend(files.iter().cloned());
    }

    /// All files of the tree, as they are now.
    pub(super) fn files(&self) -> Files {
        let is_file = |entry: &DirEntry| entry.file_type().is_some_and(|kind| !kind.is_dir());
        let files = self.walk().filter(is_file).filter_map(path).filter(|path| !self.ignored.contains(path));
        files.filter_map(|path| Some((path.clone(), state(&path)?))).collect()
    }

    /// What cannot be read is passed over: a build that needs it says so.
    fn walk(&self) -> impl Iterator<Item = DirEntry> {
        let mut roots = self.roots.iter();
        let mut builder = WalkBuilder::new(roots.next().map_or(Utf8Path::new("."), Utf8PathBuf::as_path));
        for root in roots {
            builder.add(root);
        }
        let target = self.target.clone();
        builder.hidden(false).ignore(false).require_git(false);
        builder.filter_entry(move |entry| entry.file_name() != ".git" && entry.path() != target);
        builder.build().flatten()
    }
}

fn path(entry: DirEntry) -> Option<Utf8PathBuf> {
    Utf8PathBuf::from_path_buf(entry.into_path()).ok()
}

/// How `file` is now; nothing if it is gone. A link to a folder is no file: what it leads to may be built.
pub(super) fn state(file: &Utf8Path) -> Option<State> {
    let metadata = fs_err::metadata(file).ok().filter(std::fs::Metadata::is_file)?;
    Some((metadata.modified().ok(), metadata.len()))
}

/// The files that are new, gone, or not as they were.
pub(super) fn changes(before: &Files, after: &Files) -> Vec<Utf8PathBuf> {
    let gone = before.keys().filter(|path| !after.contains_key(*path));
    let other = after.iter().filter(|(path, state)| before.get(*path) != Some(state)).map(|(path, _)| path);
    let mut changes: Vec<_> = gone.chain(other).cloned().collect();
    changes.sort_unstable();
    changes
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;

    #[test]
    fn what_git_ignores_is_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().to_owned()).unwrap();
        for path in [
            ".git/index",
            ".cargo/config.toml",
            ".gitignore",
            "a/src/main.rs",
            "a/notes.log",
            "out/debug/a",
            "node_modules/x/index.js",
        ] {
            fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
            fs::write(root.join(path), "*.log\nnode_modules/\n").unwrap();
        }
        let elsewhere = root.join("out/debug/a");
        let tree = Tree::new(vec![root.join("a"), root.clone(), elsewhere.clone()], root.join("out"));
        assert_eq!(tree.roots(), std::slice::from_ref(&root));
        let inside = |path: &Utf8PathBuf| path.strip_prefix(&root).unwrap().as_str().replace('\\', "/");
        let files: Vec<_> = tree.files().keys().map(inside).collect();
        assert_eq!(files, [".cargo/config.toml", ".gitignore", "a/src/main.rs"]);
        let folders: Vec<_> = tree.folders().iter().map(inside).collect();
        assert_eq!(folders, ["", ".cargo", "a", "a/src"]);
        // A file that was asked for by name counts, wherever it is.
        let tree = Tree::new(vec![elsewhere.clone()], root.join("out"));
        assert_eq!(tree.files().into_keys().collect::<Vec<_>>(), [elsewhere]);
        assert_eq!(tree.folders(), [root.join("out/debug")]);
    }

    #[test]
    fn changes_are_what_is_new_gone_or_other() {
        let files = |entries: &[(&str, u64)]| -> Files {
            entries.iter().map(|(path, length)| (Utf8PathBuf::from(path), (None, *length))).collect()
        };
        let before = files(&[("gone", 1), ("other", 1), ("same", 1)]);
        let after = files(&[("new", 1), ("other", 2), ("same", 1)]);
        assert_eq!(changes(&before, &after), ["gone", "new", "other"]);
        assert!(changes(&after, &after).is_empty());
    }
}
