//! Names and numbers that AWS gives a shape to. A value of one of these types has that shape.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::CodeSha256;

/// A name that does not have the shape AWS asks for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{kind} `{value}` {rule}")]
pub struct InvalidName {
    kind: &'static str,
    value: String,
    rule: &'static str,
}

/// The refusal of `value` as a name of `kind`, which has to hold `rule`.
pub(super) fn invalid(kind: &'static str, value: &str, rule: &'static str) -> InvalidName {
    InvalidName { kind, value: value.to_owned(), rule }
}

/// Declares a newtype of `String` whose `new` refuses what does not hold its rule.
macro_rules! name {
    ($(#[$doc:meta])* $type:ident, $kind:literal, $rule:literal, $holds:expr) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $type(String);

        impl $type {
            /// Takes `value` if it has the shape of this name.
            ///
            /// # Errors
            /// [`InvalidName`] with the rule that does not hold.
            pub fn new(value: impl Into<String>) -> Result<Self, InvalidName> {
                let value = value.into();
                let holds: fn(&str) -> bool = $holds;
                if holds(&value) { Ok(Self(value)) } else { Err(InvalidName { kind: $kind, value, rule: $rule }) }
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl TryFrom<String> for $type {
            type Error = InvalidName;

            fn try_from(value: String) -> Result<Self, InvalidName> {
                Self::new(value)
            }
        }

        impl From<$type> for String {
            fn from(name: $type) -> Self {
                name.0
            }
        }

        impl std::str::FromStr for $type {
            type Err = InvalidName;

            fn from_str(value: &str) -> Result<Self, InvalidName> {
                Self::new(value)
            }
        }
    };
}

name!(
    /// A function: the name of a binary in the workspace.
    FunctionName, "function name", "must not be empty", |v| !v.is_empty()
);
name!(
    /// A lambda: the AWS resource that a function becomes in an environment. At most 64 characters
    /// (Lambda's service model, `FunctionName`).
    LambdaName, "lambda name", "must be 1 to 64 letters, digits, `-` or `_`",
    |v| (1..=64).contains(&v.len()) && v.bytes().all(is_word)
);
name!(
    /// An alias of a lambda: `(?!^[0-9]+$)[a-zA-Z0-9-_]+`, at most 128 characters (Lambda's service model, `Alias`).
    AliasName, "alias", "must be 1 to 128 letters, digits, `-` or `_`, and not only digits",
    |v| (1..=128).contains(&v.len()) && v.bytes().all(is_word) && !v.bytes().all(|b| b.is_ascii_digit())
);
name!(
    /// An environment of the configuration.
    EnvName, "environment", "must be letters, digits, `-` or `_`", |v| !v.is_empty() && v.bytes().all(is_word)
);
name!(
    /// An AWS region, such as `eu-west-1`.
    Region, "region", "must look like `eu-west-1`",
    |v| v.contains('-') && v.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
);
name!(
    /// An AWS account: 12 digits.
    AccountId, "account", "must be 12 digits", |v| v.len() == 12 && v.bytes().all(|b| b.is_ascii_digit())
);
/// Lambda's fencing token: changes with every write to a function or an alias. AWS always gives one; an emulator may
/// not, and then there is nothing to fence a write with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevisionId(Option<String>);

impl RevisionId {
    /// Takes the token of an answer; an empty one counts as none.
    #[must_use]
    pub fn new(token: Option<String>) -> Self {
        Self(token.filter(|token| !token.is_empty()))
    }

    /// The token for the next write.
    #[must_use]
    pub fn fence(&self) -> Option<String> {
        self.0.clone()
    }
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

/// A published version of a lambda, numbered from 1. `$LATEST` is not one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(pub u64);

impl Version {
    /// Reads Lambda's text form; `None` for `$LATEST` and anything else that is not a number.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        text.parse().ok().map(Self)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// `name`, which is ASCII, within `limit` characters: a longer one is cut, and ends with a digest that keeps it unique.
#[must_use]
pub fn cut(name: String, limit: usize) -> String {
    if name.len() <= limit {
        return name;
    }
    let digest = CodeSha256::of(name.as_bytes()).short();
    let kept: String = name.chars().take(limit.saturating_sub(1 + digest.len())).collect();
    format!("{kept}-{digest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_the_shape_that_aws_asks_for() {
        let long = "x".repeat(65);
        for (holds, name) in [(true, "hello-staging"), (false, ""), (false, "a b"), (false, &long)] {
            assert_eq!(LambdaName::new(name).is_ok(), holds, "lambda {name:?}");
        }
        for (holds, name) in [(true, "live"), (true, "v1"), (false, "12"), (false, "a.b")] {
            assert_eq!(AliasName::new(name).is_ok(), holds, "alias {name:?}");
        }
        for (holds, id) in [(true, "111111111111"), (false, "11111111111"), (false, "11111111111x")] {
            assert_eq!(AccountId::new(id).is_ok(), holds, "account {id:?}");
        }
    }

    #[test]
    fn a_refusal_names_the_value_and_the_rule() {
        let refused = AliasName::new("12").unwrap_err().to_string();
        assert_eq!(refused, "alias `12` must be 1 to 128 letters, digits, `-` or `_`, and not only digits");
    }

    #[test]
    fn latest_is_not_a_published_version() {
        assert_eq!(Version::parse("7"), Some(Version(7)));
        assert_eq!(Version::parse("$LATEST"), None);
    }

    #[test]
    fn a_name_that_is_cut_stays_unique() {
        assert_eq!(cut("short".to_owned(), 5), "short");
        let (a, b) = (cut("x".repeat(70), 64), cut(format!("{}y", "x".repeat(69)), 64));
        assert_eq!((a.len(), b.len()), (64, 64));
        assert_ne!(a, b);
    }
}
