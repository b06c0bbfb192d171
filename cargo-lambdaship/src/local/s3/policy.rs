//! What a bucket policy lets a service do.

use globset::GlobBuilder;
use serde_json::Value;

use crate::local::ACCOUNT;

/// Who wants to do something, and with what.
pub(crate) struct Asked<'a> {
    /// Such as `lambda.amazonaws.com`.
    pub(crate) service: &'a str,
    /// Such as `s3:GetObject`.
    pub(crate) action: &'a str,
    /// The ARN of an object.
    pub(crate) resource: &'a str,
    /// The ARN of what the service asks for.
    pub(crate) source: &'a str,
}

/// What is wrong with the text of a policy.
pub(crate) fn check(policy: &str) -> Result<(), &'static str> {
    let policy: Value = serde_json::from_str(policy)
        .map_err(|_| "Policies must be valid JSON and the first byte must be '{'")?;
    let statements = many(&policy["Statement"]);
    if statements.is_empty() {
        return Err("Missing required field Statement");
    }
    for statement in statements {
        for (member, missing) in [
            ("Effect", "Missing required field Effect"),
            ("Principal", "Missing required field Principal"),
            ("Action", "Missing required field Action"),
            ("Resource", "Missing required field Resource"),
        ] {
            let negated = format!("Not{member}");
            if statement[member].is_null() && statement[&negated].is_null() {
                return Err(missing);
            }
        }
    }
    Ok(())
}

/// Whether `policy` allows what is asked, and denies it nowhere.
pub(crate) fn allows(policy: Option<&str>, asked: &Asked<'_>) -> bool {
    let policy: Value = policy.and_then(|policy| serde_json::from_str(policy).ok()).unwrap_or_default();
    let statements = many(&policy["Statement"]);
    let meets = |effect: &str| {
        statements.iter().any(|statement| statement["Effect"] == effect && applies(statement, asked, effect))
    };
    meets("Allow") && !meets("Deny")
}

fn applies(statement: &Value, asked: &Asked<'_>, effect: &str) -> bool {
    let principal = &statement["Principal"];
    let named = |list: &Value| many(list).iter().any(|one| *one == "*" || *one == asked.service);
    let principal = *principal == "*" || named(&principal["Service"]);
    let like = |list: &Value, wanted: &str| {
        many(list).iter().any(|one| one.as_str().is_some_and(|one| matches(one, wanted)))
    };
    principal
        && like(&statement["Action"], asked.action)
        && like(&statement["Resource"], asked.resource)
        && conditions(&statement["Condition"], asked).unwrap_or(effect == "Deny")
}

/// Whether all conditions hold; `None` when one is not known here.
fn conditions(conditions: &Value, asked: &Asked<'_>) -> Option<bool> {
    let mut all = true;
    for (operator, keys) in conditions.as_object().into_iter().flatten() {
        let exact = ["StringEquals", "ArnEquals"].contains(&operator.as_str());
        if !exact && !["StringLike", "ArnLike"].contains(&operator.as_str()) {
            return None;
        }
        for (key, values) in keys.as_object().into_iter().flatten() {
            let found = match key.to_ascii_lowercase().as_str() {
                "aws:sourcearn" => asked.source,
                "aws:sourceaccount" => ACCOUNT,
                _ => return None,
            };
            all &= many(values).iter().filter_map(|value| value.as_str()).any(|value| {
                // ArnEquals takes patterns too.
                if operator == "StringEquals" { value == found } else { matches(value, found) }
            });
        }
    }
    Some(all)
}

/// Whether `*` and `?` in `pattern` can stand for what is in `text`.
fn matches(pattern: &str, text: &str) -> bool {
    let escaped = pattern.replace('\\', "\\\\").replace('[', "\\[").replace('{', "\\{");
    let glob = GlobBuilder::new(&escaped).literal_separator(false).backslash_escape(true).build();
    glob.is_ok_and(|glob| glob.compile_matcher().is_match(text))
}

/// A list of one is also written without the list.
fn many(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Null => Vec::new(),
        one => vec![one],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const FUNCTION: &str = "arn:aws:lambda:eu-west-1:000000000000:function:hello";

    fn allowed(statements: &Value) -> bool {
        let policy = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
        assert_eq!(check(&policy), Ok(()));
        let asked = Asked {
            service: "lambda.amazonaws.com",
            action: "s3:GetObjectVersion",
            resource: "arn:aws:s3:::store/artifacts/a.zip",
            source: FUNCTION,
        };
        allows(Some(&policy), &asked)
    }

    #[test]
    fn a_service_may_do_what_is_allowed_and_not_denied() {
        let statement = |change: &dyn Fn(&mut Value)| {
            let mut statement = json!({
                "Effect": "Allow",
                "Principal": { "Service": "lambda.amazonaws.com" },
                "Action": ["s3:GetObject", "s3:GetObjectVersion"],
                "Resource": "arn:aws:s3:::store/artifacts/*",
            });
            change(&mut statement);
            statement
        };
        let plain = statement(&|_| {});
        for (statements, expected) in [
            (plain.clone(), true),
            (json!([plain]), true),
            (statement(&|one| one["Action"] = json!("s3:*")), true),
            (statement(&|one| one["Action"] = json!("s3:GetObject")), false),
            (statement(&|one| one["Principal"] = json!("*")), true),
            (statement(&|one| one["Principal"] = json!({ "AWS": "*" })), false),
            (statement(&|one| one["Principal"] = json!({ "Service": ["x", "lambda.amazonaws.com"] })), true),
            (statement(&|one| one["Resource"] = json!("arn:aws:s3:::store/other/*")), false),
            (
                statement(&|one| {
                    one["Condition"] = json!({ "StringEquals": { "aws:SourceAccount": ACCOUNT } });
                }),
                true,
            ),
            (
                statement(&|one| one["Condition"] = json!({ "StringEquals": { "aws:SourceAccount": "1" } })),
                false,
            ),
            (
                statement(&|one| {
                    one["Condition"] =
                        json!({ "ArnLike": { "aws:SourceArn": "arn:aws:lambda:*:*:function:h*" } });
                }),
                true,
            ),
            (
                statement(&|one| {
                    one["Condition"] =
                        json!({ "ArnLike": { "aws:SourceArn": "arn:aws:lambda:*:*:function:x*" } });
                }),
                false,
            ),
            (
                statement(&|one| one["Condition"] = json!({ "Bool": { "aws:SecureTransport": "true" } })),
                false,
            ),
            (json!([plain, statement(&|one| one["Effect"] = json!("Deny"))]), false),
        ] {
            assert_eq!(allowed(&statements), expected, "{statements}");
        }
    }

    #[test]
    fn a_policy_that_is_none_is_told() {
        for policy in ["", "[]", "{}", r#"{"Statement":[{"Effect":"Allow"}]}"#] {
            assert!(check(policy).is_err(), "{policy}");
        }
    }
}
