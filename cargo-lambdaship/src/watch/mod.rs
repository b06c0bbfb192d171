//! Tells when sources change.
//!
//! In: files and folders. Out: what changed in them, in batches, once it is quiet again. The system's notifications
//! only say that it is time to look; what changed is told by comparing with what was there before, so that it is never
//! missed, never told twice, and an editor that replaces a file by another is as good as one that writes into it. It
//! must not know what is done with the news.

mod tree;

use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use notify::event::{AccessKind, AccessMode};
use notify::{ErrorKind, Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tokio::time::timeout;

pub use tree::Tree;
use tree::{Files, changes};

/// How long nothing may have happened before a batch is told.
const QUIET: Duration = Duration::from_millis(100);
/// A batch is told after this long though there is no quiet.
const LONGEST: Duration = Duration::from_secs(1);
/// Whether the system itself watches all that is below a folder. Elsewhere each folder is watched, the ignored ones not.
const WHOLE_TREES: bool = cfg!(any(target_os = "macos", windows));

/// Why sources cannot be watched.
#[derive(Debug, thiserror::Error)]
#[error("failed to watch the sources")]
pub struct Error(#[from] notify::Error);

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let too_many = matches!(self.0.kind, ErrorKind::MaxFilesWatch);
        too_many.then(|| "raise the limit, as in `sysctl fs.inotify.max_user_watches=524288`".to_owned())
    }
}

/// Watches a [`Tree`] from the moment it is made.
pub struct Watcher {
    tree: Tree,
    files: Files,
    woken: Arc<Notify>,
    system: RecommendedWatcher,
}

impl Watcher {
    /// Begins to watch.
    ///
    /// # Errors
    /// When the system cannot watch, or not that much.
    pub fn new(tree: Tree) -> Result<Self, Error> {
        let woken = Arc::new(Notify::new());
        let wake = Arc::clone(&woken);
        let system = notify::recommended_watcher(move |event: notify::Result<Event>| {
            // An error says that notifications were lost.
            if event.is_ok_and(|event| !is_worth_a_look(event.kind)) {
                return;
            }
            wake.notify_one();
        })?;
        let mut watcher = Self { tree, files: Files::new(), woken, system };
        watcher.watch(if WHOLE_TREES { RecursiveMode::Recursive } else { RecursiveMode::NonRecursive })?;
        watcher.files = watcher.tree.files();
        Ok(watcher)
    }

    /// Waits until something is different from when this was last answered, or from the beginning, and tells what.
    ///
    /// # Errors
    /// When the system cannot watch what is new.
    pub async fn changed(&mut self) -> Result<Vec<Utf8PathBuf>, Error> {
        loop {
            self.woken.notified().await;
            self.quiet().await;
            if !WHOLE_TREES {
                // New folders, and those that took the place of another: what is in them is looked at after that.
                self.watch(RecursiveMode::NonRecursive)?;
            }
            let files = self.tree.files();
            let changes = changes(&self.files, &files);
            self.files = files;
            if !changes.is_empty() {
                return Ok(changes);
            }
        }
    }

    /// Takes `file` as it is now: whatever happened to it was the caller's own doing.
    pub fn accept(&mut self, file: &Utf8Path) {
        self.files.remove(file);
        self.files.extend(tree::state(file).map(|state| (file.to_owned(), state)));
    }

    /// Whether something is different already.
    #[must_use]
    pub fn is_behind(&self) -> bool {
        !changes(&self.files, &self.tree.files()).is_empty()
    }

    /// Minds these files no more.
    pub fn ignore(&mut self, files: &[Utf8PathBuf]) {
        self.tree.ignore(files);
        // What happened to others meanwhile is told still.
        self.files.retain(|file, _| !files.contains(file));
    }

    async fn quiet(&self) {
        let quiet = async { while timeout(QUIET, self.woken.notified()).await.is_ok() {} };
        // What happens later is told in the next batch.
        let _ = timeout(LONGEST, quiet).await;
    }

    fn watch(&mut self, mode: RecursiveMode) -> Result<(), Error> {
        let folders = if WHOLE_TREES { self.tree.roots() } else { self.tree.folders() };
        let mut paths = self.system.paths_mut();
        for folder in folders {
            match paths.add(folder.as_std_path(), mode) {
                Err(error) if is_gone(&error, &folder) => {}
                watched => watched?,
            }
        }
        Ok(paths.commit()?)
    }
}

/// Reading is none of our affair, and looking is reading.
fn is_worth_a_look(kind: EventKind) -> bool {
    match kind {
        EventKind::Access(access) => access == AccessKind::Close(AccessMode::Write),
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}

/// Whether a folder was removed since it was found.
fn is_gone(error: &notify::Error, folder: &Utf8Path) -> bool {
    matches!(error.kind, ErrorKind::PathNotFound | ErrorKind::Io(_)) && !folder.exists()
}

#[cfg(test)]
mod tests {
    use fs_err as fs;

    use super::*;

    /// The next batch; it has a minute, which it never needs.
    async fn next(watcher: &mut Watcher) -> Vec<String> {
        let changes = timeout(Duration::from_mins(1), watcher.changed()).await.unwrap().unwrap();
        let root = watcher.tree.roots().remove(0);
        let inside = |path: &Utf8PathBuf| path.strip_prefix(&root).unwrap().as_str().replace('\\', "/");
        changes.iter().map(inside).collect()
    }

    fn folder() -> (tempfile::TempDir, Utf8PathBuf, Watcher) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::try_from(folder.path().canonicalize().unwrap()).unwrap();
        fs::create_dir_all(root.join("src")).unwrap();
        fs::create_dir_all(root.join("target")).unwrap();
        fs::write(root.join("src/main.rs"), "one").unwrap();
        let watcher = Watcher::new(Tree::new(vec![root.clone()], root.join("target"))).unwrap();
        (folder, root, watcher)
    }

    #[tokio::test]
    async fn a_file_that_is_replaced_has_changed() {
        let (_folder, root, mut watcher) = folder();
        for text in ["number two", "number three"] {
            fs::write(root.join("src/.main.rs.swp"), text).unwrap();
            fs::rename(root.join("src/.main.rs.swp"), root.join("src/main.rs")).unwrap();
            assert_eq!(next(&mut watcher).await, ["src/main.rs"]);
        }
    }

    #[tokio::test]
    async fn what_happened_while_nobody_waited_is_told_unless_it_is_our_own() {
        let (_folder, root, mut watcher) = folder();
        fs::write(root.join("target/built"), "not told").unwrap();
        fs::write(root.join("src/main.rs"), "changed").unwrap();
        assert_eq!(next(&mut watcher).await, ["src/main.rs"]);
        fs::write(root.join("Cargo.lock"), "our own").unwrap();
        watcher.accept(&root.join("Cargo.lock"));
        fs::remove_file(root.join("src/main.rs")).unwrap();
        assert!(watcher.is_behind());
        assert_eq!(next(&mut watcher).await, ["src/main.rs"]);
        assert!(!watcher.is_behind());
    }

    #[tokio::test]
    async fn a_file_that_is_ignored_is_told_no_more() {
        let (_folder, root, mut watcher) = folder();
        fs::write(root.join("src/lib.rs"), "told").unwrap();
        watcher.ignore(&[root.join("src/main.rs")]);
        fs::write(root.join("src/main.rs"), "not told").unwrap();
        assert_eq!(next(&mut watcher).await, ["src/lib.rs"]);
    }

    #[tokio::test]
    async fn new_folders_and_those_in_the_place_of_others_are_watched() {
        let (_folder, root, mut watcher) = folder();
        fs::create_dir_all(root.join("more/deep")).unwrap();
        fs::write(root.join("more/deep/a.rs"), "a").unwrap();
        assert_eq!(next(&mut watcher).await, ["more/deep/a.rs"]);
        fs::rename(root.join("src"), root.join("target/src")).unwrap();
        fs::create_dir(root.join("src")).unwrap();
        assert_eq!(next(&mut watcher).await, ["src/main.rs"]);
        fs::write(root.join("src/lib.rs"), "b").unwrap();
        assert_eq!(next(&mut watcher).await, ["src/lib.rs"]);
    }

    #[test]
    fn reading_wakes_nobody() {
        use notify::event::{CreateKind, DataChange, ModifyKind};
        for (kind, worth) in [
            (EventKind::Access(AccessKind::Open(AccessMode::Any)), false),
            (EventKind::Access(AccessKind::Read), false),
            (EventKind::Access(AccessKind::Close(AccessMode::Read)), false),
            (EventKind::Access(AccessKind::Close(AccessMode::Write)), true),
            (EventKind::Modify(ModifyKind::Data(DataChange::Any)), true),
            (EventKind::Create(CreateKind::File), true),
        ] {
            assert_eq!(is_worth_a_look(kind), worth, "{kind:?}");
        }
    }
}
