//! What a published version says of itself in its Description: `lambdaship/1 src=0123… git=0123456789ab by=ada`.

use std::fmt;

use super::Git;
use crate::model::SourceHash;

/// The first word of a Description that this tool wrote.
const HEADER: &str = "lambdaship/1";
/// How much of a commit's id is kept.
const COMMIT: usize = 12;
/// How much of a name is kept: all of it, since AWS allows no longer ones (IAM's quotas for names of users and sessions).
const NAME: usize = 64;

/// Who published a version, from which source and which commit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VersionStamp {
    /// The source that its code was built from, all 64 digits; absent when that could not be told.
    pub source: Option<SourceHash>,
    /// The first 12 digits of the commit, with `-dirty` when files differed from it; absent outside of a git repository.
    pub commit: Option<String>,
    /// The name of the user or of the role's session.
    pub by: Option<String>,
}

impl VersionStamp {
    /// The stamp of what the identity `arn` publishes from `git`.
    #[must_use]
    pub fn new(git: Option<&Git>, arn: &str) -> Self {
        let commit = git.map(|git| {
            let commit: String = git.commit.chars().take(COMMIT).collect();
            format!("{commit}{}", if git.dirty { "-dirty" } else { "" })
        });
        // `…:user/path/ada`, `…:assumed-role/deploy/session`, `…:root`
        let name = arn.rsplit(['/', ':']).next().unwrap_or_default();
        let by: String = name.chars().map(|c| if is_safe(c) { c } else { '-' }).take(NAME).collect();
        Self { source: None, commit, by: Some(by).filter(|by| !by.is_empty()) }
    }

    /// The same, of code that was built from `source`.
    #[must_use]
    pub fn built_from(&self, source: Option<SourceHash>) -> Self {
        Self { source, ..self.clone() }
    }

    /// Reads a Description; `None` for one that this tool did not write.
    #[must_use]
    pub fn parse(description: &str) -> Option<Self> {
        let mut words = description.split_whitespace();
        if words.next() != Some(HEADER) {
            return None;
        }
        let value = |name: &str| words.clone().find_map(|word| word.strip_prefix(name)).map(str::to_owned);
        let source = value("src=").and_then(|digits| SourceHash::parse(&digits).ok());
        Some(Self { source, commit: value("git="), by: value("by=") })
    }
}

/// What IAM allows in names, so that nothing of them is lost (its API reference, `UserName` and `RoleSessionName`).
fn is_safe(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_+=,.@-".contains(character)
}

impl fmt::Display for VersionStamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEADER)?;
        self.source.iter().try_for_each(|source| write!(f, " src={source}"))?;
        self.commit.iter().try_for_each(|commit| write!(f, " git={commit}"))?;
        self.by.iter().try_for_each(|by| write!(f, " by={by}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: &str = "arn:aws:iam::111111111111:user/team/ada";

    #[test]
    fn a_versions_description_names_the_commit_and_who_published_it() {
        let git = |dirty| Git { commit: "0123456789abcdef0123456789abcdef01234567".to_owned(), dirty };
        let long = format!("arn:aws:sts::111111111111:assumed-role/deploy/{}", "x".repeat(70));
        for (git, arn, text) in [
            (Some(git(false)), ADA, "lambdaship/1 git=0123456789ab by=ada".to_owned()),
            (
                Some(git(true)),
                "arn:aws:iam::111111111111:root",
                "lambdaship/1 git=0123456789ab-dirty by=root".to_owned(),
            ),
            (None, ADA, "lambdaship/1 by=ada".to_owned()),
            (None, "", "lambdaship/1".to_owned()),
            (None, "arn:x:assumed-role/deploy/a b|c", "lambdaship/1 by=a-b-c".to_owned()),
            (None, &long, format!("lambdaship/1 by={}", "x".repeat(64))),
        ] {
            let stamp = VersionStamp::new(git.as_ref(), arn);
            assert_eq!(stamp.to_string(), text);
            assert_eq!(VersionStamp::parse(&text), Some(stamp), "{text}");
        }
    }

    #[test]
    fn the_source_is_told_in_full_and_fits_beside_the_longest_of_all_else() {
        let source = SourceHash::parse(&"5e".repeat(32)).unwrap();
        let git = Git { commit: "0".repeat(64), dirty: true };
        let stamp = VersionStamp::new(Some(&git), &"x".repeat(100)).built_from(Some(source));
        let text = stamp.to_string();
        assert!(
            text.starts_with(&format!("lambdaship/1 src={source} git=000000000000-dirty by=xx")),
            "{text}"
        );
        assert!(text.len() <= 256, "{}", text.len());
        assert_eq!(VersionStamp::parse(&text), Some(stamp));
        assert_eq!(VersionStamp::parse("lambdaship/1 src=5e5e").unwrap().source, None);
    }

    #[test]
    fn only_our_own_descriptions_are_read() {
        let old = VersionStamp::parse("lambdaship/1 git=0123-dirty").unwrap();
        assert_eq!((old.commit.as_deref(), old.by), (Some("0123-dirty"), None));
        for foreign in ["", "released by hand git=0123", "lambdaship/12 git=0123", "by=ada lambdaship/1"] {
            assert_eq!(VersionStamp::parse(foreign), None, "{foreign}");
        }
    }
}
