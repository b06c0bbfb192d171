//! The state in memory and in its file. A change is written before it is seen, so that a kill at any moment leaves the
//! state before or after a request.

use std::io;
use std::sync::{Arc, PoisonError, RwLock};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use tokio::sync::Mutex;

use super::{CodeStore, State, atomic};
use crate::local::fault::Fault;

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

/// The state and the code of a root that this process owns.
pub(crate) struct Store {
    file: Utf8PathBuf,
    current: RwLock<Arc<State>>,
    writing: Mutex<()>,
    pub(crate) code: CodeStore,
}

impl Store {
    /// Loads the state of `root`, and removes code that nothing refers to.
    pub(crate) async fn open(root: &Utf8Path) -> Result<Self, Error> {
        let file = root.join("state.json");
        let state = load(&file)?;
        let code = CodeStore::open(root)?;
        let used = state.functions.values().flat_map(|function| {
            let versions = function.versions.values().map(|version| &version.configuration);
            versions.chain([&function.latest]).map(|configuration| configuration.code.sha256.hex())
        });
        let used = used.collect();
        let store = Self { file, current: RwLock::new(Arc::new(state)), writing: Mutex::new(()), code };
        let code = store.code.clone();
        let root = root.to_owned();
        background(move || {
            atomic::sweep(&root)?;
            code.sweep(&used)
        })
        .await?;
        Ok(store)
    }

    /// The state now.
    pub(crate) fn read(&self) -> Arc<State> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state by `change`, one change at a time. When it is refused, or cannot be written, nothing changes.
    pub(crate) async fn update<T>(
        &self,
        change: impl FnOnce(&mut State) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        let _writing = self.writing.lock().await;
        let mut next = State::clone(&self.read());
        let outcome = change(&mut next)?;
        next.format = FORMAT;
        let next = Arc::new(next);
        let (file, value) = (self.file.clone(), Arc::clone(&next));
        let written = background(move || atomic::write(&file, &serde_json::to_vec(&*value)?)).await;
        written.map_err(|error| Fault::internal(&error))?;
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = next;
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
async fn background<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> (tempfile::TempDir, Utf8PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().to_owned();
        (folder, root)
    }

    #[tokio::test]
    async fn a_change_is_kept_and_a_refused_one_is_not() {
        let (_folder, root) = root();
        let store = Store::open(&root).await.unwrap();
        let group = super::super::LogGroup { created: crate::context::now(), retention: None };
        let kept = store.update(|state| Ok(state.log_groups.insert("a".to_owned(), group.clone()).is_none()));
        assert_eq!(kept.await, Ok(true));
        let refused = store.update(|state| {
            state.log_groups.clear();
            Err::<(), _>(Fault::invalid("no"))
        });
        assert!(refused.await.is_err());
        assert_eq!(store.read().log_groups.len(), 1);
        let reopened = Store::open(&root).await.unwrap();
        assert!(reopened.read().log_groups.contains_key("a"));
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
            let error = Store::open(&root).await.err().unwrap();
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.hint().contains("start afresh"));
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn the_state_file_is_closed_to_other_users() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, root) = root();
        let store = Store::open(&root).await.unwrap();
        store.update(|_| Ok(())).await.unwrap();
        let mode = fs::metadata(root.join("state.json")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
