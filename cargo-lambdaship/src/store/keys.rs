//! What is called what in the store.

use crate::model::{AliasName, CodeSha256, LambdaName, SourceHash};

/// Every artifact's name begins with it.
pub const ARTIFACTS: &str = "artifacts/sha256/";

/// The zip with the digest `code`.
#[must_use]
pub fn artifact(code: CodeSha256) -> String {
    format!("{ARTIFACTS}{}.zip", code.hex())
}

/// What the source `hash` became.
#[must_use]
pub fn source(hash: SourceHash) -> String {
    format!("sources/{hash}.json")
}

/// The lease on an alias.
#[must_use]
pub fn lock(lambda: &LambdaName, alias: &AliasName) -> String {
    format!("locks/{lambda}/{alias}.json")
}

/// Every entry of an alias' ledger begins with it.
#[must_use]
pub fn releases(lambda: &LambdaName, alias: &AliasName) -> String {
    format!("releases/{lambda}/{alias}/")
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
        assert_eq!(lock(&lambda, &alias), "locks/hello-prod/live.json");
        assert_eq!(releases(&lambda, &alias), "releases/hello-prod/live/");
    }
}
