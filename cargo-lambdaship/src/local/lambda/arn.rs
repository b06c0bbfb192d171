//! ARNs of functions, versions and aliases.

use crate::local::ACCOUNT;

/// The ARN of a function.
pub(crate) fn function(region: &str, name: &str) -> String {
    format!("arn:aws:lambda:{region}:{ACCOUNT}:function:{name}")
}

/// The ARN of a version or an alias.
pub(crate) fn qualified(region: &str, name: &str, qualifier: &str) -> String {
    format!("{}:{qualifier}", function(region, name))
}
