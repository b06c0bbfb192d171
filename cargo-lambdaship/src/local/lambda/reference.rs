//! Which function, and which version of it, a request is about.

use axum::http::StatusCode;

use super::arn;
use crate::local::ACCOUNT;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::state::{Configuration, Function, State};
use crate::model::LambdaName;

/// `$LATEST`.
pub(crate) const LATEST: &str = "$LATEST";

/// A function's name, with the version or the alias that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) name: String,
    pub(crate) qualifier: Option<String>,
}

impl Reference {
    /// The function in the path, with the qualifier in the path or the query.
    pub(crate) fn of(call: &Call) -> Result<Self, Fault> {
        Self::parse(call.path("name"), call.query("Qualifier"))
    }

    /// Reads `name`, `name:qualifier`, `account:function:name` or an ARN, each with or without a qualifier.
    pub(crate) fn parse(text: &str, qualifier: Option<&str>) -> Result<Self, Fault> {
        let rest = match text.split_once(":function:") {
            Some((owner, _)) if owner.rsplit(':').next() != Some(ACCOUNT) => {
                let message =
                    format!("User: arn:aws:iam::{ACCOUNT}:user/local is not authorized to access {text}");
                return Err(Fault::new(StatusCode::FORBIDDEN, "AccessDeniedException", message));
            }
            Some((_, rest)) => rest,
            None => text.strip_prefix("function:").unwrap_or(text),
        };
        let (name, own) = match rest.split_once(':') {
            Some((name, own)) => (name, Some(own)),
            None => (rest, None),
        };
        if LambdaName::new(name).is_err() || own == Some("") {
            return Err(shape(
                "functionName",
                text,
                "(arn:…:function:)?([a-zA-Z0-9-_]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?",
            ));
        }
        if let (Some(own), Some(asked)) = (own, qualifier)
            && own != asked
        {
            let message =
                "The derived qualifier from the function name does not match the specified qualifier.";
            return Err(Fault::invalid(message));
        }
        Ok(Self { name: name.to_owned(), qualifier: own.or(qualifier).map(str::to_owned) })
    }

    /// The function, which must exist.
    pub(crate) fn function<'a>(&self, state: &'a State, region: &str) -> Result<&'a Function, Fault> {
        state.functions.get(&self.name).ok_or_else(|| self.missing(region))
    }

    /// The function to change, which must exist.
    pub(crate) fn function_mut<'a>(
        &self,
        state: &'a mut State,
        region: &str,
    ) -> Result<&'a mut Function, Fault> {
        state.functions.get_mut(&self.name).ok_or_else(|| self.missing(region))
    }

    /// The version that the qualifier names; an alias stands for its primary version.
    pub(crate) fn resolve<'a>(&self, function: &'a Function, region: &str) -> Result<Resolved<'a>, Fault> {
        let asked = self.qualifier.as_deref().unwrap_or(LATEST);
        let version = function.aliases.get(asked).map_or(asked, |alias| alias.version.as_str());
        let configuration = configuration(function, version).ok_or_else(|| self.missing(region))?;
        Ok(Resolved { configuration, version: version.to_owned() })
    }

    /// The ARN that was asked for.
    pub(crate) fn arn(&self, region: &str) -> String {
        match &self.qualifier {
            Some(qualifier) => arn::qualified(region, &self.name, qualifier),
            None => arn::function(region, &self.name),
        }
    }

    /// The error for what does not exist.
    pub(crate) fn missing(&self, region: &str) -> Fault {
        Fault::not_found(format!("Function not found: {}", self.arn(region)))
    }

    /// Refuses a qualifier, for operations that are about the whole function.
    pub(crate) fn unqualified(self) -> Result<Self, Fault> {
        match self.qualifier.as_deref() {
            None | Some(LATEST) => Ok(Self { qualifier: None, ..self }),
            Some(_) => Err(Fault::invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not \
                 support this operation. Please specify either a function name or an unqualified \
                 function ARN.",
            )),
        }
    }
}

/// A version that a reference leads to.
pub(crate) struct Resolved<'a> {
    pub(crate) configuration: &'a Configuration,
    /// `$LATEST` or a number.
    pub(crate) version: String,
}

/// `$LATEST` or the version with this number.
pub(crate) fn configuration<'a>(function: &'a Function, version: &str) -> Option<&'a Configuration> {
    if version == LATEST {
        return Some(&function.latest);
    }
    function.versions.get(&version.parse().ok()?).map(|version| &version.configuration)
}

/// The refusal of a value that does not match the service model's pattern.
pub(crate) fn shape(member: &str, value: &str, pattern: &str) -> Fault {
    Fault::validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: {pattern}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_named_in_every_way_that_lambda_takes() {
        let cases = [
            ("hello", None, "hello", None),
            ("hello:live", None, "hello", Some("live")),
            ("hello", Some("3"), "hello", Some("3")),
            ("hello:3", Some("3"), "hello", Some("3")),
            ("000000000000:function:hello", None, "hello", None),
            ("function:hello:live", None, "hello", Some("live")),
            ("arn:aws:lambda:eu-west-1:000000000000:function:hello", None, "hello", None),
            ("arn:aws:lambda:eu-west-1:000000000000:function:hello:$LATEST", None, "hello", Some("$LATEST")),
        ];
        for (text, asked, name, qualifier) in cases {
            let expected = Reference { name: name.to_owned(), qualifier: qualifier.map(str::to_owned) };
            assert_eq!(Reference::parse(text, asked), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_is_not_a_name_and_a_second_qualifier_are_refused() {
        for (text, asked, code) in [
            ("", None, "ValidationException"),
            ("a b", None, "ValidationException"),
            ("hello:", None, "ValidationException"),
            ("arn:aws:lambda:eu-west-1:111111111111:function:hello", None, "AccessDeniedException"),
            ("hello:1", Some("2"), "InvalidParameterValueException"),
        ] {
            assert_eq!(Reference::parse(text, asked).unwrap_err().code, code, "{text}");
        }
    }
}
