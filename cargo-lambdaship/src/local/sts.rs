//! STS, as far as the account guard needs it, and the roles that a pipeline assumes.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::ACCOUNT;
use super::call::Call;
use super::dispatch::Fields;
use super::fault::Fault;
use super::iam::response;
use super::reply::{self, Outcome};
use super::xml::Element;

/// The one operation that nobody signs: who asks has no credentials yet.
pub(crate) const UNSIGNED: &str = "AssumeRoleWithWebIdentity";

/// Whom a token has to be for.
const AUDIENCE: &str = "sts.amazonaws.com";
/// What a session token begins with; the session's ARN is the rest.
const SESSION: &str = "local-session.";

/// `GetCallerIdentity`.
#[expect(clippy::unnecessary_wraps, reason = "the signature of all operations")]
pub(crate) fn get_caller_identity(call: &Call) -> Outcome {
    let session = call.header("x-amz-security-token").and_then(arn_of);
    let (arn, id) = match session {
        Some(arn) => (arn, "AROALOCALLOCALLOCALLO:session"),
        None => (format!("arn:aws:iam::{ACCOUNT}:user/local"), "AIDALOCALLOCALLOCALLO"),
    };
    let result =
        Element::new("GetCallerIdentityResult").text("Arn", &arn).text("UserId", id).text("Account", ACCOUNT);
    Ok(reply::xml(StatusCode::OK, &response("GetCallerIdentityResponse", Some(result), &call.request_id)))
}

/// `AssumeRoleWithWebIdentity`. The token's claims are read and its signature is not, and of the role's trust policy only that
/// it speaks of this operation: conditions are not evaluated, as no policy is here.
pub(crate) fn assume_role_with_web_identity(call: &Call, fields: &Fields) -> Outcome {
    let (arn, session) = (fields.required("RoleArn")?, fields.required("RoleSessionName")?);
    check_session(session)?;
    let seconds = duration(fields.get("DurationSeconds"))?;
    let claims = claims(fields.required("WebIdentityToken")?, call.now)?;
    let role =
        arn.strip_prefix(&format!("arn:aws:iam::{ACCOUNT}:role/")).and_then(|path| path.rsplit('/').next());
    let (name, id) = role.and_then(|name| trusting(call, name)).ok_or_else(denied)?;
    let session_arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}");
    let credentials = Element::new("Credentials")
        .text("AccessKeyId", &format!("ASIA{}", random(16)))
        .text("SecretAccessKey", &random(40))
        .text("SessionToken", &format!("{SESSION}{}", URL_SAFE_NO_PAD.encode(&session_arn)))
        .text(
            "Expiration",
            &(call.now + SignedDuration::from_secs(seconds)).strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        );
    let user = Element::new("AssumedRoleUser")
        .text("AssumedRoleId", &format!("{id}:{session}"))
        .text("Arn", &session_arn);
    let text = |claim: &str| claims[claim].as_str().unwrap_or_default().to_owned();
    let result = Element::new("AssumeRoleWithWebIdentityResult")
        .text("SubjectFromWebIdentityToken", &text("sub"))
        .text("Audience", AUDIENCE)
        .text("Provider", &text("iss"))
        .child(&credentials)
        .child(&user);
    let document = response("AssumeRoleWithWebIdentityResponse", Some(result), &call.request_id);
    Ok(reply::xml(StatusCode::OK, &document))
}

/// Its name and id, if a web identity may assume it.
fn trusting(call: &Call, name: &str) -> Option<(String, String)> {
    let state = call.shared.store.read();
    let role = state.roles.get(name).filter(|role| role.trust.contains(UNSIGNED))?;
    Some((name.to_owned(), role.id.clone()))
}

/// STS does not say whether there is such a role.
fn denied() -> Fault {
    Fault::new(StatusCode::FORBIDDEN, "AccessDenied", format!("Not authorized to perform sts:{UNSIGNED}"))
}

fn check_session(name: &str) -> Result<(), Fault> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (2..=64).contains(&name.len()) && name.bytes().all(word) {
        return Ok(());
    }
    let rule = "Member must have 2 to 64 characters and satisfy regular expression pattern: [\\w+=,.@-]*";
    let message = format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: {rule}"
    );
    Err(Fault::bad("ValidationError", message))
}

fn duration(stated: Option<&str>) -> Result<i64, Fault> {
    let Some(stated) = stated else { return Ok(3600) };
    // A role's own limit is an hour, unless it is raised, which no operation here does.
    stated.parse().ok().filter(|seconds| (900..=3600).contains(seconds)).ok_or_else(|| {
        let message = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
        Fault::bad("ValidationError", message)
    })
}

/// What the token claims.
fn claims(token: &str, now: Timestamp) -> Result<Value, Fault> {
    let invalid = |message: &str| Fault::bad("InvalidIdentityToken", message);
    let parts: Vec<&str> = token.split('.').collect();
    let decoded = |part: &str| -> Option<Value> {
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).ok()?).ok().filter(Value::is_object)
    };
    let claims = match parts.as_slice() {
        [header, claims, _] => decoded(header).and_then(|_| decoded(claims)),
        _ => None,
    };
    let claims = claims.ok_or_else(|| {
        invalid(
            "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
        )
    })?;
    let is_for = |audience: &Value| match audience {
        Value::Array(all) => all.iter().any(|one| one == AUDIENCE),
        one => one == AUDIENCE,
    };
    if !is_for(&claims["aud"]) {
        return Err(invalid("Incorrect token audience"));
    }
    if claims["exp"].as_i64().is_none_or(|ends| ends <= now.as_second()) {
        let message = "Token expired: current date/time must be before the expiration date/time";
        return Err(Fault::bad("ExpiredTokenException", message));
    }
    Ok(claims)
}

fn arn_of(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token.strip_prefix(SESSION)?).ok()?).ok()
}

/// At most 64 letters and digits that nobody can guess.
fn random(length: usize) -> String {
    let digits = format!("{}{}", uuid::Uuid::new_v4().simple(), uuid::Uuid::new_v4().simple());
    digits.get(..length).unwrap_or_default().to_uppercase()
}
