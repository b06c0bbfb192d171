//! Files as GitHub names them: from the root of the repository, with `/`. Pure.

use camino::{Utf8Component, Utf8PathBuf};

/// What paths are relative to.
#[derive(Debug, Clone)]
pub struct Places {
    /// The workspace's root, in which compilers and tests run.
    pub root: Utf8PathBuf,
    /// The root of the repository; the workspace's outside of one.
    pub repository: Utf8PathBuf,
}

impl Places {
    /// The file that a program called `path`, from the root of the repository; `None` for one that is outside of it.
    #[must_use]
    pub fn of(&self, path: &str) -> Option<String> {
        let mut whole = Utf8PathBuf::new();
        for component in self.root.join(path).components() {
            match component {
                Utf8Component::CurDir => {}
                Utf8Component::ParentDir => drop(whole.pop()),
                other => whole.push(other),
            }
        }
        let inside = whole.strip_prefix(&self.repository).ok()?;
        let parts: Vec<&str> = inside.components().map(|part| part.as_str()).collect();
        Some(parts.join("/")).filter(|name| !name.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_the_root_of_the_repository() {
        let places = Places { root: "/repo/app".into(), repository: "/repo".into() };
        for (path, expected) in [
            ("src/main.rs", Some("app/src/main.rs")),
            ("./src/../src/main.rs", Some("app/src/main.rs")),
            ("../shared/lib.rs", Some("shared/lib.rs")),
            ("/repo/app/x.rs", Some("app/x.rs")),
            ("/rustc/abc/library/core/src/option.rs", None),
            ("../../etc/passwd", None),
            ("/repo", None),
        ] {
            assert_eq!(places.of(path).as_deref(), expected, "{path}");
        }
    }
}
