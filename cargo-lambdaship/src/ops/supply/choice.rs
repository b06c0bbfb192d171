//! Which code is the wanted one without a build. Pure.

use crate::model::{CodeSha256, Configuration, Readiness, SourceHash, Version};
use crate::plan::Glance;
use crate::stamp::VersionStamp;

/// A version that the alias serves, wholly or in part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Served {
    pub(super) version: Version,
    pub(super) code: CodeSha256,
    pub(super) size: u64,
}

/// The version at the alias that was built from `source`.
pub(super) fn by_source(glance: &Glance, source: SourceHash) -> Option<Served> {
    let is_it = |configuration: &&Configuration| stamped(configuration) == Some(source);
    versions(glance).find(is_it).and_then(served)
}

/// The version at the alias that has `code`.
pub(super) fn by_code(glance: &Glance, code: CodeSha256) -> Option<Served> {
    versions(glance).find(|configuration| configuration.code_sha256 == code).and_then(served)
}

/// The source of what has the alias' traffic.
pub(super) fn source_before(glance: &Glance) -> Option<SourceHash> {
    stamped(&glance.served.as_ref()?.configuration)
}

/// What the alias serves, and what a rollout is bringing. A version that does not work is tried again, from the start.
fn versions(glance: &Glance) -> impl Iterator<Item = &Configuration> {
    let next = glance.rolling.as_ref().and_then(|rolling| rolling.next.as_ref());
    let all = glance.served.iter().chain(next).map(|live| &live.configuration);
    all.filter(|configuration| !matches!(configuration.readiness, Readiness::Broken(_)))
}

fn stamped(configuration: &Configuration) -> Option<SourceHash> {
    VersionStamp::parse(&configuration.description)?.source
}

fn served(configuration: &Configuration) -> Option<Served> {
    let version = configuration.version?;
    Some(Served { version, code: configuration.code_sha256, size: configuration.code_size })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{configuration, lambda, live};

    fn glance(description: &str, readiness: Readiness) -> Glance {
        let mut configuration = configuration(Some(7), b"code", live());
        configuration.description = description.to_owned();
        configuration.readiness = readiness;
        Glance { served: Some(lambda(configuration)), ..Glance::default() }
    }

    #[test]
    fn the_same_source_is_believed_only_of_a_version_that_works_and_that_this_tool_stamped() {
        let source = SourceHash::parse(&"5e".repeat(32)).unwrap();
        let ours = format!("lambdaship/1 src={source} by=ada");
        for (description, readiness, found) in [
            (ours.as_str(), Readiness::Active, true),
            (&ours, Readiness::Pending, true),
            (&ours, Readiness::Broken("Failed".to_owned()), false),
            (&format!("by hand src={source}"), Readiness::Active, false),
            ("lambdaship/1 by=ada", Readiness::Active, false),
        ] {
            let glance = glance(description, readiness);
            let served = by_source(&glance, source);
            assert_eq!(
                served.map(|served| served.code),
                found.then(|| CodeSha256::of(b"code")),
                "{description}"
            );
            let other = SourceHash::parse(&"00".repeat(32)).unwrap();
            assert_eq!(by_source(&glance, other), None);
        }
        assert_eq!(by_source(&Glance::default(), source), None);
    }

    #[test]
    fn code_is_found_whoever_stamped_it() {
        let glance = glance("by hand", Readiness::Active);
        assert_eq!(by_code(&glance, CodeSha256::of(b"code")).map(|served| served.version), Some(Version(7)));
        assert_eq!(by_code(&glance, CodeSha256::of(b"other")), None);
    }
}
