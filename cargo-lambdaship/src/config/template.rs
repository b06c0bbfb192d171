//! `name` and `alias`: texts with the placeholders `{function}` and `{env}`. Pure.

use super::reader::Complaint;
use crate::model::{EnvName, FunctionName};
use crate::suggest::nearest;

const PLACEHOLDERS: [&str; 2] = ["function", "env"];

/// A text whose placeholders are known to exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Template(String);

impl Template {
    /// The template of a lambda's name when none is stated.
    pub(super) fn default_name() -> Self {
        Self("{function}-{env}".to_owned())
    }

    /// The alias when none is stated.
    pub(super) fn default_alias() -> Self {
        Self("live".to_owned())
    }

    /// Takes `text` if it has no other placeholders than those that exist.
    pub(super) fn parse(text: &str) -> Result<Self, Complaint> {
        check(text, &PLACEHOLDERS).map(|()| Self(text.to_owned()))
    }

    /// The text for one function in one environment.
    pub(super) fn fill(&self, function: &FunctionName, env: &EnvName) -> String {
        // A function's name cannot hold a brace, so the second replacement cannot hit the first one's result.
        self.0.replace("{function}", function.as_str()).replace("{env}", env.as_str())
    }
}

/// Refuses a `text` with other placeholders than `known`, or with a brace that belongs to none.
pub(super) fn check(text: &str, known: &[&str]) -> Result<(), Complaint> {
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let inside = rest.get(open..).and_then(|rest| rest.strip_prefix('{')).and_then(|r| r.split_once('}'));
        let Some((placeholder, after)) = inside else {
            return Err(Complaint::new("has a brace without its partner"));
        };
        if !known.contains(&placeholder) {
            let help = match nearest(placeholder, known.iter().copied()) {
                Some(near) => format!("did you mean `{{{near}}}`?"),
                None => format!("there are {}", all(known)),
            };
            return Err(Complaint::new(format!("has an unknown placeholder `{{{placeholder}}}`")).help(help));
        }
        rest = after;
    }
    Ok(())
}

/// `` `{a}`, `{b}` and `{c}` ``
fn all(placeholders: &[&str]) -> String {
    let names: Vec<String> = placeholders.iter().map(|name| format!("`{{{name}}}`")).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_filled_in() {
        let (function, env) = (FunctionName::new("hello").unwrap(), EnvName::new("prod").unwrap());
        for (text, expected) in [
            ("{function}-{env}", "hello-prod"),
            ("acme-{env}-{function}-{env}", "acme-prod-hello-prod"),
            ("x", "x"),
        ] {
            assert_eq!(Template::parse(text).unwrap().fill(&function, &env), expected);
        }
    }

    #[test]
    fn unknown_placeholders_and_lone_braces_are_refused() {
        let refused = Template::parse("{functon}").unwrap_err();
        assert_eq!(refused.phrase, "has an unknown placeholder `{functon}`");
        assert_eq!(refused.help.unwrap(), "did you mean `{function}`?");
        assert_eq!(
            Template::parse("{stage}").unwrap_err().help.unwrap(),
            "there are `{function}` and `{env}`"
        );
        for text in ["{function", "function}", "a}b{c"] {
            assert_eq!(
                Template::parse(text).unwrap_err().phrase,
                "has a brace without its partner",
                "{text}"
            );
        }
    }
}
