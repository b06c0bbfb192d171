//! The commits that workflows name actions by: ours as this program was released with it, and those that somebody moved. Pure.

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

/// The new file with the pins of the old one, where those are of the same version or a younger one: what Dependabot moved stays. Our own
/// action's stays unless it was `stated` anew.
pub(super) fn kept(new: &str, old: &str, stated: bool) -> String {
    let known: Vec<Pin<'_>> = old.lines().filter_map(Pin::of).filter(|pin| is_commit(pin.name)).collect();
    let better = |line: &str| {
        let pin = Pin::of(line)?;
        let of_same = known.iter().find(|old| old.action == pin.action)?;
        let is_ours = pin.action == OURS;
        let is_kept = if is_ours && stated {
            false
        } else if is_commit(pin.name) {
            of_same.version.is_some() && of_same.version >= pin.version
        } else {
            of_same.version.is_none() || of_same.version >= pin.version
        };
        is_kept.then(|| line.replacen(pin.text, of_same.text, 1))
    };
    new.split_inclusive('\n').map(|line| better(line).unwrap_or_else(|| line.to_owned())).collect()
}

/// Our own action.
pub(super) const OURS: &str = "cargo-lambdaship/cargo-lambdaship";

/// `uses: ACTION@NAME # VERSION`.
struct Pin<'a> {
    action: &'a str,
    /// All after the `@`.
    text: &'a str,
    /// The commit, or a tag.
    name: &'a str,
    version: Option<Vec<u64>>,
}

impl<'a> Pin<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (_, used) = line.split_once("uses: ")?;
        let (action, text) = used.trim_end().split_once('@')?;
        let (name, comment) = text.split_once(" # ").unwrap_or((text, ""));
        let version = version(name).or_else(|| version(comment.split(' ').next().unwrap_or_default()));
        Some(Self { action, text, name, version })
    }
}

/// The numbers of `v1.2.3`.
fn version(text: &str) -> Option<Vec<u64>> {
    text.strip_prefix('v')?.split('.').map(|number| number.parse().ok()).collect()
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
    fn a_pin_stays_where_it_is_not_older() {
        let (new, old) = ("a".repeat(40), "b".repeat(40));
        let line = |action: &str, pin: &str| format!("      - uses: {action}@{pin}\n");
        let tag = "v0.1.0 # a tag can be moved: put its commit here";
        for (action, fresh, there, is_kept) in [
            ("actions/checkout", format!("{new} # v7.0.1"), format!("{old} # v7.0.2"), true),
            ("actions/checkout", format!("{new} # v7.0.1"), format!("{old} # v10.0.0"), true),
            ("actions/checkout", format!("{new} # v7.0.1"), format!("{old} # v6.9.9"), false),
            ("actions/checkout", format!("{new} # v7.0.1"), old.clone(), false),
            ("actions/checkout", format!("{new} # v7.0.1"), "v8".to_owned(), false),
            (OURS, tag.to_owned(), format!("{old} # v0.1.0"), true),
            (OURS, tag.to_owned(), format!("{old} # a tag can be moved: put its commit here"), true),
            (OURS, tag.to_owned(), format!("{old} # v0.0.9"), false),
            (OURS, format!("{new} # v0.1.0"), format!("{old} # v0.2.0"), true),
            (OURS, format!("{new} # v0.2.0"), format!("{old} # v0.1.0"), false),
        ] {
            let (fresh, there) = (line(action, &fresh), line(action, &there));
            assert_eq!(kept(&fresh, &there, false), if is_kept { &*there } else { &*fresh }, "{there}");
        }
        let (fresh, there) = (line(OURS, &format!("{new} # v0.1.0")), line(OURS, &format!("{old} # v0.1.0")));
        assert_eq!(kept(&fresh, &there, true), fresh, "what is stated counts");
        assert_eq!(kept(&fresh, &line("actions/cache", &format!("{old} # v9")), false), fresh);
    }

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
