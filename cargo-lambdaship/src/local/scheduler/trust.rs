//! Whether a role lets the service act under it.

use jiff::SignedDuration;
use serde_json::Value;

use crate::local::ACCOUNT;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::state::State;

const SERVICE: &str = "scheduler.amazonaws.com";

/// Refuses a role that the service cannot assume: one that does not exist, was only just made, or trusts others.
pub(crate) fn assumable(call: &Call, state: &State, arn: &str) -> Result<(), Fault> {
    let path = arn.strip_prefix("arn:aws:iam::").and_then(|rest| rest.split_once(":role/"));
    let (account, path) =
        path.ok_or_else(|| Fault::validation(format!("`{arn}` is not the ARN of a role")))?;
    let role = state.roles.get(path.rsplit('/').next().unwrap_or(path));
    let delay = SignedDuration::try_from(call.shared.options.role_delay).unwrap_or(SignedDuration::MAX);
    let trusted =
        role.is_some_and(|role| trusts(&role.trust) && call.now.duration_since(role.created) >= delay);
    if account == ACCOUNT && trusted {
        return Ok(());
    }
    Err(Fault::validation(
        "The execution role you provide must allow AWS EventBridge Scheduler to assume the role.",
    ))
}

/// Whether a trust policy lets the service assume the role. Conditions are not evaluated.
fn trusts(policy: &str) -> bool {
    let policy: Value = serde_json::from_str(policy).unwrap_or_default();
    one_or_many(&policy["Statement"]).iter().any(|statement| {
        let has = |member: &Value, wanted: &str| one_or_many(member).iter().any(|item| *item == wanted);
        statement["Effect"] == "Allow"
            && has(&statement["Action"], "sts:AssumeRole")
            && has(&statement["Principal"]["Service"], SERVICE)
    })
}

/// IAM writes a list of one also without the list.
fn one_or_many(value: &Value) -> Vec<&Value> {
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

    #[test]
    fn the_service_must_be_allowed_to_assume_the_role() {
        let statement = |effect: &str, action: Value, service: Value| json!({ "Effect": effect, "Action": action, "Principal": { "Service": service } });
        let allowed = statement("Allow", json!("sts:AssumeRole"), json!(SERVICE));
        let lambda = statement("Allow", json!("sts:AssumeRole"), json!("lambda.amazonaws.com"));
        for (statements, expected) in [
            (json!([allowed]), true),
            (allowed.clone(), true),
            (json!([lambda, allowed]), true),
            (statement("Allow", json!(["sts:AssumeRole"]), json!(["lambda.amazonaws.com", SERVICE])), true),
            (json!([lambda]), false),
            (statement("Deny", json!("sts:AssumeRole"), json!(SERVICE)), false),
            (statement("Allow", json!("sts:TagSession"), json!(SERVICE)), false),
            (json!(null), false),
        ] {
            assert_eq!(trusts(&json!({ "Statement": statements }).to_string()), expected, "{statements}");
        }
        assert!(!trusts("{"));
    }
}
