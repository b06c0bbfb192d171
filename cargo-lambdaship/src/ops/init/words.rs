//! Names, as templates take them. Pure.

use crate::model::EnvName;

/// A text as a YAML scalar: plain where no parser can take it for anything else.
#[must_use]
pub(super) fn scalar(text: &str) -> String {
    const OTHERS: [&str; 10] = ["true", "false", "yes", "no", "on", "off", "null", "y", "n", "none"];
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/'))
        && !OTHERS.contains(&text.to_ascii_lowercase().as_str());
    if plain { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// Environments as a YAML list on one line, without its brackets.
pub(super) fn list<'a>(names: impl Iterator<Item = &'a EnvName>) -> String {
    names.map(|name| scalar(name.as_str())).collect::<Vec<_>>().join(", ")
}

/// A text of a template, which is for `staging`, or for `production` after `staging`, for other environments. All are put in at
/// once, so that a name that holds another one stays as it is.
pub(super) fn renamed(text: &str, staging: &str, production: &str) -> String {
    // Marks that no template has.
    let marked = text.replace("production", "\u{1}").replace("staging", "\u{2}");
    let scalars = |text: String, mark: &str, name: &str| {
        text.replace(&format!(": {mark}\n"), &format!(": {}\n", scalar(name)))
    };
    let text = scalars(scalars(marked, "\u{1}", production), "\u{2}", staging);
    text.replace('\u{1}', production).replace('\u{2}', staging)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scalar_is_quoted_where_yaml_would_take_it_for_something_else() {
        for (text, expected) in [
            ("main", "main"),
            ("release/1.x", "release/1.x"),
            ("on", "\"on\""),
            ("1", "\"1\""),
            ("-x", "\"-x\""),
            ("a b", "\"a b\""),
            ("", "\"\""),
        ] {
            assert_eq!(scalar(text), expected);
        }
    }

    #[test]
    fn a_name_that_holds_the_other_stays_as_it_is() {
        let text = "name: production\nneeds: deploy-staging # after staging\n";
        let expected = "name: staging-production\nneeds: deploy-production-1 # after production-1\n";
        assert_eq!(renamed(text, "production-1", "staging-production"), expected);
        assert_eq!(renamed("e: staging\ng: l-staging\n", "true", ""), "e: \"true\"\ng: l-true\n");
    }
}
