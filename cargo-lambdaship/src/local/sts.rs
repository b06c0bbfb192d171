//! STS, as far as the account guard needs it.

use axum::http::StatusCode;

use super::ACCOUNT;
use super::call::Call;
use super::iam::response;
use super::reply::{self, Outcome};
use super::xml::Element;

/// `GetCallerIdentity`.
#[expect(clippy::unnecessary_wraps, reason = "the signature of all operations")]
pub(crate) fn get_caller_identity(call: &Call) -> Outcome {
    let result = Element::new("GetCallerIdentityResult")
        .text("Arn", &format!("arn:aws:iam::{ACCOUNT}:user/local"))
        .text("UserId", "AIDALOCALLOCALLOCALLO")
        .text("Account", ACCOUNT);
    Ok(reply::xml(StatusCode::OK, &response("GetCallerIdentityResponse", Some(result), &call.request_id)))
}
