//! Environment variables: names, what a value means, and `env-file`.
//!
//! No message of this file shows a value.

use std::collections::BTreeMap;

use camino::Utf8Path;
use toml::de::DeValue;

use super::reader::{Complaint, wrong_type};
use crate::model::{Secret, Variable};

/// Variables that Lambda sets itself and refuses from others (developer guide, "Reserved environment variables").
const RESERVED: [&str; 19] = [
    "AWS_ACCESS_KEY",
    "AWS_ACCESS_KEY_ID",
    "AWS_DEFAULT_REGION",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_LAMBDA_RUNTIME_API",
    "AWS_REGION",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SECRET_KEY",
    "AWS_SESSION_TOKEN",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "_HANDLER",
    "_X_AMZN_TRACE_ID",
];

/// One entry of `variables`.
pub(super) fn entry(name: &str, value: &DeValue<'_>) -> Result<Variable, Complaint> {
    check_name(name)?;
    match value {
        DeValue::String(text) => meaning(text),
        DeValue::Boolean(false) => Ok(Variable::Removed),
        DeValue::Boolean(true) => Err(Complaint::new("must be a string, or `false` to remove it")
            .help("write `\"true\"` for the text true")),
        DeValue::Integer(_) | DeValue::Float(_) | DeValue::Datetime(_) => {
            Err(wrong_type("a string", value).help("put the value in quotes"))
        }
        DeValue::Array(_) | DeValue::Table(_) => Err(wrong_type("a string, or `false` to remove it", value)),
    }
}

/// What a text means: `ssm:/path` and `secret:name` are looked up at deploy, `literal:` is cut off and what follows is
/// taken as it is, and anything else is the value.
pub(super) fn meaning(text: &str) -> Result<Variable, Complaint> {
    if let Some(literal) = text.strip_prefix("literal:") {
        return Ok(Variable::Value(Secret::new(literal)));
    }
    for (prefix, of) in
        [("ssm:", Variable::Ssm as fn(String) -> Variable), ("secret:", Variable::SecretsManager)]
    {
        match text.strip_prefix(prefix) {
            Some("") => {
                let complaint = Complaint::new(format!("names nothing after `{prefix}`"));
                return Err(complaint.help(format!("write `literal:{prefix}` for the text itself")));
            }
            Some(name) => return Ok(of(name.to_owned())),
            None => {}
        }
    }
    Ok(Variable::Value(Secret::new(text)))
}

/// Lambda's rule for names: `[a-zA-Z]([a-zA-Z0-9_])+`, and none of its own.
fn check_name(name: &str) -> Result<(), Complaint> {
    if RESERVED.contains(&name) {
        return Err(Complaint::new("is reserved: Lambda sets it itself"));
    }
    let mut bytes = name.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let rest = name.len() >= 2 && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if first && rest {
        return Ok(());
    }
    Err(Complaint::new("is not a name that Lambda takes")
        .help("a letter, then at least one more letter, digit or `_`"))
}

/// The variables of a dotenv file.
///
/// The parser's own errors quote the line, so only the file and the kind of failure are kept.
pub(super) fn env_file(path: &Utf8Path) -> Result<BTreeMap<String, Variable>, Complaint> {
    let bytes = fs_err::read(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => Complaint::new(format!("names {path}, which does not exist")),
        kind => Complaint::new(format!("names {path}, which cannot be read: {kind}")),
    })?;
    let mut variables = BTreeMap::new();
    for (index, pair) in dotenvy::from_read_iter(bytes.as_slice()).enumerate() {
        let (name, value) = pair.map_err(|_| {
            Complaint::new(format!("names {path}, whose entry {} is not `NAME=value`", index + 1))
        })?;
        let of_entry = |complaint: Complaint| Complaint {
            phrase: format!("names {path}, whose variable `{name}` {}", complaint.phrase),
            help: complaint.help,
        };
        check_name(&name).map_err(of_entry)?;
        variables.insert(name.clone(), meaning(&value).map_err(of_entry)?);
    }
    Ok(variables)
}

/// The bytes that the known values take of Lambda's limit, counted as JSON.
pub(super) fn size(variables: &BTreeMap<String, Variable>) -> usize {
    let known: BTreeMap<&str, &str> = variables
        .iter()
        .filter_map(|(name, variable)| match variable {
            Variable::Value(value) => Some((name.as_str(), value.expose())),
            Variable::Ssm(_) | Variable::SecretsManager(_) | Variable::Removed => None,
        })
        .collect();
    serde_json::to_string(&known).map_or(0, |json| json.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, value: &str) -> Result<Variable, String> {
        entry(name, DeValue::parse(value).unwrap().get_ref()).map_err(|complaint| complaint.phrase)
    }

    #[test]
    fn what_a_value_means() {
        for (value, expected) in [
            ("'info'", Variable::Value(Secret::new("info"))),
            ("''", Variable::Value(Secret::new(""))),
            ("'ssm:/acme/token'", Variable::Ssm("/acme/token".to_owned())),
            ("'secret:acme'", Variable::SecretsManager("acme".to_owned())),
            ("'literal:ssm:/acme'", Variable::Value(Secret::new("ssm:/acme"))),
            ("'literal:literal:'", Variable::Value(Secret::new("literal:"))),
            ("false", Variable::Removed),
        ] {
            assert_eq!(read("NAME", value), Ok(expected), "{value}");
        }
    }

    #[test]
    fn what_is_not_a_variable() {
        for (name, value, expected) in [
            ("NAME", "true", "must be a string, or `false` to remove it"),
            ("NAME", "1", "must be a string, not an integer"),
            ("NAME", "[1]", "must be a string, or `false` to remove it, not an array"),
            ("NAME", "'ssm:'", "names nothing after `ssm:`"),
            ("AWS_REGION", "'x'", "is reserved: Lambda sets it itself"),
            ("A", "'x'", "is not a name that Lambda takes"),
            ("1A", "'x'", "is not a name that Lambda takes"),
            ("A-B", "'x'", "is not a name that Lambda takes"),
        ] {
            assert_eq!(read(name, value), Err(expected.to_owned()), "{name} = {value}");
        }
        // Settable, though it begins like the reserved ones.
        assert!(read("AWS_LAMBDA_HTTP_IGNORE_STAGE_IN_PATH", "'true'").is_ok());
    }

    #[test]
    fn an_env_file_that_is_wrong_is_refused_without_showing_a_value() {
        let directory = tempfile::tempdir().unwrap();
        let path = camino::Utf8PathBuf::try_from(directory.path().join("x.env")).unwrap();
        assert!(env_file(&path).unwrap_err().phrase.ends_with("x.env, which does not exist"));
        for (text, expected) in [
            ("A1=1\ncanary canary\n", "whose entry 2 is not `NAME=value`"),
            ("AWS_REGION=canary\n", "whose variable `AWS_REGION` is reserved: Lambda sets it itself"),
        ] {
            fs_err::write(&path, text).unwrap();
            let refused = env_file(&path).unwrap_err();
            assert!(refused.phrase.ends_with(expected), "{refused:?}");
            assert!(!format!("{refused:?}").contains("canary"), "{refused:?}");
        }
    }
}
