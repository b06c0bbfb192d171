//! The commit of the action that this program was released with. Pure.

use super::VERSION;

/// Written by the release, after the tag: a commit cannot know its own name.
const PIN: &str = include_str!("pin.txt");

/// The commit; `None` in a build that is not of a release.
pub(super) fn released() -> Option<String> {
    find(PIN, VERSION)
}

/// The commit that `text` has for `version`.
fn find(text: &str, version: &str) -> Option<String> {
    let pinned = text.lines().find_map(|line| line.strip_prefix(version)?.strip_prefix(' '));
    pinned.map(str::trim).filter(|commit| is_commit(commit)).map(str::to_owned)
}

/// The name of a commit, if `text` is a whole one.
///
/// # Errors
/// When it is not.
pub fn commit(text: &str) -> Result<String, &'static str> {
    if is_commit(text) { Ok(text.to_owned()) } else { Err("a commit is 40 hexadecimal digits") }
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commit_is_that_of_this_version_alone() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        let text = format!("# a comment\n0.1.0 {commit}\n");
        assert_eq!(find(&text, "0.1.0").as_deref(), Some(commit));
        for version in ["0.1.1", "0.1", "0.1.0-rc.1"] {
            assert_eq!(find(&text, version), None, "{version}");
        }
        assert_eq!(find("0.1.0 main\n", "0.1.0"), None);
    }
}
