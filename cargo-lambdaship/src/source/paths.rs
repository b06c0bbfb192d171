//! Paths as texts. Pure.

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

/// `path` without `.` and `..`, as far as it has folders to go up from.
pub(super) fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut normal = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir
                if matches!(normal.components().next_back(), Some(Utf8Component::Normal(_))) =>
            {
                normal.pop();
            }
            other => normal.push(other),
        }
    }
    normal
}

/// `path` as seen from the folder `root`, with `/` between the parts. One on another drive stays as it is.
pub(super) fn relative(root: &Utf8Path, path: &Utf8Path) -> String {
    let (root, path): (Vec<_>, Vec<_>) = (root.components().collect(), path.components().collect());
    let shared = root.iter().zip(&path).take_while(|(one, other)| one == other).count();
    let up = if shared == 0 { 0 } else { root.len() - shared };
    let rest = path[shared..].iter().map(Utf8Component::as_str);
    let parts: Vec<&str> = std::iter::repeat_n("..", up).chain(rest).collect();
    if parts.is_empty() { ".".to_owned() } else { parts.join("/").replace('\\', "/") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_seen_from_the_root() {
        for (path, expected) in [
            ("/app/a.rs", "a.rs"),
            ("/app/x/../b/./c.rs", "b/c.rs"),
            ("/app/../other/a b.rs", "../other/a b.rs"),
            ("/apple/a.rs", "../apple/a.rs"),
            ("/app", "."),
            ("/", ".."),
        ] {
            assert_eq!(relative("/app".into(), &normal(path.into())), expected, "{path}");
        }
        assert_eq!(normal("../a/../b".into()), "../b");
    }
}
