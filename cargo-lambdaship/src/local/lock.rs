//! Owning a root: one process at a time, shown by an exclusive lock that ends with the process, however it ends.
//!
//! The lock is on a file of its own that stays empty, since a locked file cannot be read everywhere. What others may
//! know about the owner is in the file beside it.

use std::fs::{File, TryLockError};
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde::{Deserialize, Serialize};

use super::state::atomic;

/// A root that this process owns until the value is dropped.
pub(crate) struct RootLock {
    // Closing the file frees the lock.
    _file: File,
    owner: Utf8PathBuf,
}

/// What others may know about the process that owns a root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Owner {
    pub(crate) pid: u32,
    /// Tells this server from an earlier one on the same port.
    pub(crate) instance: String,
    /// Where a foreground server listens.
    pub(crate) endpoint: Option<String>,
}

impl RootLock {
    /// Takes the lock of `root`, which is created. `None` when another process holds it.
    pub(crate) fn take(root: &Utf8Path) -> io::Result<Option<Self>> {
        create_private_dir(root)?;
        let file = fs::OpenOptions::new().create(true).write(true).truncate(false).open(root.join("lock"))?;
        let file = file.into_file();
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(None),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let owner = root.join("owner.json");
        // What an owner that was killed left behind names a process that is gone.
        remove_if_there(&owner)?;
        Ok(Some(Self { _file: file, owner }))
    }

    /// Tells others who owns the root.
    pub(crate) fn tell(&self, owner: &Owner) -> io::Result<()> {
        atomic::write(&self.owner, &serde_json::to_vec(owner)?)
    }
}

impl Drop for RootLock {
    fn drop(&mut self) {
        // A stale file is harmless: whoever reads it also asks the server.
        let _ = remove_if_there(&self.owner);
    }
}

/// Who owns `root`, as far as it said so.
pub(crate) fn owner(root: &Utf8Path) -> Option<Owner> {
    let bytes = fs::read(root.join("owner.json")).ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// Creates `path` so that no other user can read what is in it: variables' values are.
pub(crate) fn create_private_dir(path: &Utf8Path) -> io::Result<()> {
    fs::create_dir_all(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn remove_if_there(path: &Utf8Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_owner_at_a_time_and_it_says_who_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().join("local");
        let lock = RootLock::take(&root).unwrap().unwrap();
        let me = Owner { pid: 7, instance: "a".to_owned(), endpoint: None };
        lock.tell(&me).unwrap();
        assert!(RootLock::take(&root).unwrap().is_none());
        assert_eq!(owner(&root), Some(me));
        drop(lock);
        assert_eq!(owner(&root), None);
        assert!(RootLock::take(&root).unwrap().is_some());
    }

    #[cfg(unix)]
    #[test]
    fn the_root_is_closed_to_other_users() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().join("local");
        let _lock = RootLock::take(&root).unwrap().unwrap();
        assert_eq!(fs::metadata(&root).unwrap().permissions().mode() & 0o777, 0o700);
    }
}
