//! The state in memory and in its file. A change is written before it is seen, so that a kill at any moment leaves the
//! state before or after a request.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use tokio::sync::Mutex;

use super::{CodeStore, State, atomic};
use crate::local::fault::Fault;
use crate::local::lock::RootLock;

const FORMAT: u32 = 1;

/// Why kept state cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file could not be read or written; the cause names it.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The file does not hold what this program writes.
    #[error("`{file}` is not a state file of the local AWS")]
    Unreadable {
        /// The state file.
        file: Utf8PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The file was written by another version of this program.
    #[error("`{file}` has format {found}, and this version of cargo-lambdaship reads {FORMAT}")]
    Format {
        /// The state file.
        file: Utf8PathBuf,
        /// Its format.
        found: u32,
    },
}

impl Error {
    /// The next step for the user.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Io(_) => "check that the folder can be written to".to_owned(),
            Self::Unreadable { file, .. } | Self::Format { file, .. } => {
                format!("remove `{}` to start afresh", file.parent().unwrap_or(file))
            }
        }
    }
}

/// Held by whoever writes to the root, and with it the root: another process gets it after the last write.
pub(crate) type Writing = Arc<Mutex<RootLock>>;

/// The state and the code of a root that this process owns.
pub(crate) struct Store {
    file: Utf8PathBuf,
    current: Arc<RwLock<Arc<State>>>,
    writing: Writing,
    pub(crate) code: CodeStore,
}

impl Store {
    /// Loads the state of `root`, and removes code that nothing refers to. `lock` is that of `root`.
    pub(crate) async fn open(root: &Utf8Path, lock: RootLock) -> Result<Self, Error> {
        let file = root.join("state.json");
        let state = load(&file)?;
        let code = CodeStore::open(root)?;
        let used = state.functions.values().flat_map(|function| {
            let versions = function.versions.values().map(|version| &version.configuration);
            versions.chain([&function.latest]).map(|configuration| configuration.code.sha256.hex())
        });
        let used = used.collect();
        let current = Arc::new(RwLock::new(Arc::new(state)));
        let store = Self { file, current, writing: Arc::new(Mutex::new(lock)), code };
        let code = store.code.clone();
        let root = root.to_owned();
        background(move || {
            atomic::sweep(&root)?;
            code.sweep(&used)
        })
        .await?;
        Ok(store)
    }

    /// What another writer to the root must hold.
    pub(crate) fn writing(&self) -> Writing {
        Arc::clone(&self.writing)
    }

    /// The state now.
    pub(crate) fn read(&self) -> Arc<State> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state by `change`, one change at a time. When it is refused, or cannot be written, nothing changes.
    ///
    /// The caller may go away at any moment, as a request does with its client: a change that has begun to be written
    /// is then still written whole and seen, before the next one begins.
    pub(crate) async fn update<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        let mut next = State::clone(&self.read());
        let outcome = change(&mut next)?;
        next.format = FORMAT;
        let (file, current) = (self.file.clone(), Arc::clone(&self.current));
        let written = background(move || {
            let _writing = writing;
            atomic::write(&file, &serde_json::to_vec(&next)?)?;
            *current.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
            Ok(())
        });
        written.await.map_err(|error| Fault::internal(&error))?;
        Ok(outcome)
    }
}

fn load(file: &Utf8Path) -> Result<State, Error> {
    let bytes = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
        bytes => bytes?,
    };
    let state: State = serde_json::from_slice(&bytes)
        .map_err(|source| Error::Unreadable { file: file.to_owned(), source })?;
    if state.format == FORMAT {
        Ok(state)
    } else {
        Err(Error::Format { file: file.to_owned(), found: state.format })
    }
}

/// Runs `work` where it may block.
pub(crate) async fn background<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use futures::FutureExt;

    use super::*;
    use crate::local::state::LogGroup;

    fn root() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().to_owned();
        (folder, root)
    }

    /// The store of `root`, once nobody else owns it.
    async fn open(root: &Utf8Path) -> Result<Store, Error> {
        let freed = async {
            loop {
                match RootLock::take(root)? {
                    Some(lock) => return Ok(lock),
                    None => tokio::task::yield_now().await,
                }
            }
        };
        let freed: io::Result<_> = tokio::time::timeout(Duration::from_mins(3), freed).await.unwrap();
        Store::open(root, freed?).await
    }

    fn group() -> LogGroup {
        LogGroup { created: crate::context::now(), retention: None }
    }

    #[tokio::test]
    async fn a_change_is_kept_and_a_refused_one_is_not() {
        let (_folder, root) = root();
        let store = open(&root).await.unwrap();
        let kept = store.update(|state| Ok(state.log_groups.insert("a".to_owned(), group()).is_none()));
        assert_eq!(kept.await, Ok(true));
        let refused = store.update(|state| {
            state.log_groups.clear();
            Err::<(), _>(Fault::invalid("no"))
        });
        assert!(refused.await.is_err());
        assert_eq!(store.read().log_groups.len(), 1);
        drop(store);
        assert!(open(&root).await.unwrap().read().log_groups.contains_key("a"));
    }

    /// Begins to add a log group, and goes away in the middle of it.
    fn abandon(store: &Store, name: &str) {
        let add = store.update(|state| Ok(state.log_groups.insert(name.to_owned(), group())));
        drop(add.now_or_never());
    }

    #[tokio::test]
    async fn a_change_whose_caller_goes_away_while_it_is_written_is_kept_and_seen() {
        let (_folder, root) = root();
        let store = open(&root).await.unwrap();
        abandon(&store, "a");
        store.update(|state| Ok(state.log_groups.insert("b".to_owned(), group()))).await.unwrap();
        assert_eq!(store.read().log_groups.keys().collect::<Vec<_>>(), ["a", "b"]);
        drop(store);
        assert_eq!(open(&root).await.unwrap().read().log_groups.keys().collect::<Vec<_>>(), ["a", "b"]);
    }

    #[tokio::test]
    async fn the_root_is_owned_until_the_last_change_is_written() {
        let (_folder, root) = root();
        let store = open(&root).await.unwrap();
        abandon(&store, "a");
        drop(store);
        assert!(open(&root).await.unwrap().read().log_groups.contains_key("a"));
    }

    #[tokio::test]
    async fn a_file_that_is_not_ours_is_refused_by_name() {
        let (_folder, root) = root();
        for (text, words) in [
            ("{", "not a state file"),
            (
                r#"{"format":9,"functions":{},"roles":{},"log_groups":{},"parameters":{},"secrets":{}}"#,
                "format 9",
            ),
        ] {
            fs::write(root.join("state.json"), text).unwrap();
            let error = open(&root).await.err().unwrap();
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.hint().contains("start afresh"));
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_state_file_is_closed_to_other_users() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, root) = root();
        let store = open(&root).await.unwrap();
        store.update(|_| Ok(())).await.unwrap();
        let mode = fs::metadata(root.join("state.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
