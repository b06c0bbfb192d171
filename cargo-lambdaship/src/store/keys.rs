//! What is called what in the store.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::model::{AliasName, CodeSha256, LambdaName, SourceHash};

/// Every artifact's name begins with it.
pub const ARTIFACTS: &str = "artifacts/sha256/";

/// Every name of what passed its gates begins with it.
pub const GATES: &str = "gates/";

/// Every lock's name begins with it.
pub const LOCKS: &str = "locks/";

/// Every name of the ledger begins with it.
pub const RELEASES: &str = "releases/";

/// The zip with the digest `code`.
#[must_use]
pub fn artifact(code: CodeSha256) -> String {
    format!("{ARTIFACTS}{}.zip", code.hex())
}

/// The digest of the zip that is called `name`; `None` for what is no artifact.
#[must_use]
pub fn artifact_code(name: &str) -> Option<CodeSha256> {
    CodeSha256::parse_hex(name.strip_prefix(ARTIFACTS)?.strip_suffix(".zip")?).ok()
}

/// What the source `hash` became.
#[must_use]
pub fn source(hash: SourceHash) -> String {
    format!("sources/{hash}.json")
}

/// The gates that the source or the workspace `hash` passed.
#[must_use]
pub fn gates(hash: SourceHash) -> String {
    format!("{GATES}{hash}.json")
}

/// The source or the workspace whose passes are called `name`; `None` for what is none of them.
#[must_use]
pub fn gates_of(name: &str) -> Option<SourceHash> {
    SourceHash::parse(name.strip_prefix(GATES)?.strip_suffix(".json")?).ok()
}

/// The lease on an alias.
#[must_use]
pub fn lock(lambda: &LambdaName, alias: &AliasName) -> String {
    format!("{LOCKS}{lambda}/{alias}.json")
}

/// Every entry of an alias' ledger begins with it.
#[must_use]
pub fn releases(lambda: &LambdaName, alias: &AliasName) -> String {
    format!("{RELEASES}{lambda}/{alias}/")
}

/// The lambda of the ledger's entry that is called `name`; `None` for what is no entry.
#[must_use]
pub fn released(name: &str) -> Option<LambdaName> {
    LambdaName::new(name.strip_prefix(RELEASES)?.split_once('/')?.0).ok()
}

/// An entry of an alias' ledger. `id` keeps apart what happened in the same millisecond.
#[must_use]
pub fn release((lambda, alias): (&LambdaName, &AliasName), at: Timestamp, id: &str) -> String {
    let time = at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S.%3fZ");
    format!("{}{time}-{id}.json", releases(lambda, alias))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_layout() {
        let (lambda, alias) = (LambdaName::new("hello-prod").unwrap(), AliasName::new("live").unwrap());
        let hash = SourceHash::parse(&"0a".repeat(32)).unwrap();
        let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(artifact(CodeSha256::of(b"abc")), format!("artifacts/sha256/{sha}.zip"));
        assert_eq!(source(hash), format!("sources/{}.json", "0a".repeat(32)));
        assert_eq!(gates(hash), format!("gates/{}.json", "0a".repeat(32)));
        assert_eq!(lock(&lambda, &alias), "locks/hello-prod/live.json");
        assert_eq!(releases(&lambda, &alias), "releases/hello-prod/live/");
        let at = "2026-11-21T15:50:12.5Z".parse().unwrap();
        assert_eq!(
            release((&lambda, &alias), at, "ab"),
            "releases/hello-prod/live/20261121T155012.500Z-ab.json"
        );
    }

    #[test]
    fn a_lambda_is_known_by_its_ledger() {
        let (lambda, alias) = (LambdaName::new("hello-prod").unwrap(), AliasName::new("live").unwrap());
        let entry = release((&lambda, &alias), Timestamp::UNIX_EPOCH, "ab");
        assert_eq!(released(&entry), Some(lambda));
        for other in ["", "releases/", "releases/readme.txt", "releases/a b/live/1.json", "locks/a/b.json"] {
            assert_eq!(released(other), None, "{other}");
        }
    }

    #[test]
    fn artifacts_and_passes_are_known_by_their_names() {
        let code = CodeSha256::of(b"abc");
        assert_eq!(artifact_code(&artifact(code)), Some(code));
        for other in ["", "artifacts/sha256/", "artifacts/sha256/abc.zip", "artifacts/sha256/readme.txt"] {
            assert_eq!(artifact_code(other), None, "{other}");
        }
        let hash = SourceHash::parse(&"0a".repeat(32)).unwrap();
        assert_eq!(gates_of(&gates(hash)), Some(hash));
        for other in ["", "gates/", "gates/abc.json", "gates/readme.txt", &source(hash)] {
            assert_eq!(gates_of(other), None, "{other}");
        }
    }
}
