//! The flags for rustc: the user's own, and the remapping of paths that makes the result the same in every folder.

use camino::{Utf8Path, Utf8PathBuf};

/// Folders whose place on this machine must not show in a binary.
#[derive(Debug, Clone)]
pub(super) struct Folders<'a> {
    /// The workspace's root.
    pub(super) root: &'a Utf8Path,
    /// Cargo's target folder, which holds generated code.
    pub(super) target: &'a Utf8Path,
    /// `CARGO_HOME`, which holds the sources of dependencies.
    pub(super) cargo_home: Option<&'a Utf8Path>,
    /// The standard library's sources, where the toolchain has them, and the name that rustc gives them without.
    pub(super) library: Option<(Utf8PathBuf, String)>,
}

/// `user`'s flags and the remappings, in the form of `CARGO_ENCODED_RUSTFLAGS`.
pub(super) fn encode(user: &[String], folders: &Folders<'_>) -> String {
    let mut flags = user.to_vec();
    flags
        .extend(remappings(folders).into_iter().map(|(from, to)| format!("--remap-path-prefix={from}={to}")));
    flags.join("\u{1f}")
}

/// Longest last: rustc takes the last one that matches.
fn remappings(folders: &Folders<'_>) -> Vec<(Utf8PathBuf, String)> {
    let named = [
        (Some(folders.root), "/workspace"),
        (Some(folders.target), "/target"),
        (folders.cargo_home, "/cargo"),
    ];
    let mut remappings: Vec<_> = named
        .into_iter()
        .filter_map(|(folder, name)| Some((folder?, name)))
        .flat_map(|(folder, name)| spellings(folder).into_iter().map(move |path| (path, name.to_owned())))
        .chain(folders.library.clone())
        .collect();
    remappings.sort_by_key(|(from, _)| from.as_str().len());
    remappings
}

/// `folder` as it is written, and as the file system calls it when that is another name: cargo uses either.
fn spellings(folder: &Utf8Path) -> Vec<Utf8PathBuf> {
    let real = folder.canonicalize_utf8().ok().filter(|real| real != folder);
    std::iter::once(folder.to_owned()).chain(real).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_users_flags_come_first_and_the_deepest_folder_wins() {
        let folders = Folders {
            root: Utf8Path::new("/nowhere/app"),
            target: Utf8Path::new("/nowhere/app/target"),
            cargo_home: Some(Utf8Path::new("/nowhere")),
            library: Some(("/sysroot/lib/rustlib/src/rust".into(), "/rustc/abc".to_owned())),
        };
        let user = ["-C".to_owned(), "target-cpu=neoverse-n1".to_owned()];
        let encoded = encode(&user, &folders);
        let flags: Vec<_> = encoded.split('\u{1f}').collect();
        assert_eq!(
            flags,
            [
                "-C",
                "target-cpu=neoverse-n1",
                "--remap-path-prefix=/nowhere=/cargo",
                "--remap-path-prefix=/nowhere/app=/workspace",
                "--remap-path-prefix=/nowhere/app/target=/target",
                "--remap-path-prefix=/sysroot/lib/rustlib/src/rust=/rustc/abc",
            ]
        );
    }
}
