//! What happens to a request between its recognition and its operation: it is counted, fails if a test asked for it,
//! and is refused when there are too many.

use std::future::pending;

use async_trait::async_trait;
use axum::http::{Method, StatusCode};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Error, S3ErrorCode, S3Result};

use super::failure::with_message;
use super::visit::{Facts, Visit};
use crate::local::injection::Failure;

/// Lets requests through.
pub(crate) struct Gate;

#[async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        let operation = cx.s3_op().name().to_owned();
        let place = match cx.s3_path() {
            S3Path::Root => String::new(),
            S3Path::Bucket { bucket } => format!("{bucket}/"),
            S3Path::Object { bucket, key } => {
                format!("{bucket}/{}", key.rsplit_once('/').map_or("", |(prefix, _)| prefix))
            }
        };
        let reads = [Method::GET, Method::HEAD].contains(cx.method());
        let visit = cx.extensions_mut().get::<Visit>().cloned();
        let Visit(facts) = visit.ok_or_else(|| S3Error::new(S3ErrorCode::InternalError))?;
        facts.count(&operation);
        if let Some(failure) = facts.shared.injections.next(&operation) {
            return strike(failure, &facts).await;
        }
        if facts.shared.limiter.admit_object(reads, &place) {
            return Ok(());
        }
        facts.shared.counts.throttle(&operation);
        Err(slow_down())
    }
}

/// Does what `failure` does before the operation, and notes what it does after it.
async fn strike(failure: Failure, facts: &Facts) -> S3Result<()> {
    let injections = &facts.shared.injections;
    match failure {
        Failure::Throttled => Err(slow_down()),
        Failure::Internal => Err(injected()),
        Failure::Refused => {
            facts.hangup.now();
            Err(injected())
        }
        Failure::Hang => {
            injections.stalled.notify_one();
            pending().await
        }
        Failure::Held => {
            injections.stalled.notify_one();
            injections.released.notified().await;
            Ok(())
        }
        Failure::Lost | Failure::Dropped | Failure::Delayed(_) | Failure::Silent => {
            facts.afterwards(failure);
            Ok(())
        }
    }
}

/// The refusal of a request over the rate.
fn slow_down() -> S3Error {
    let mut error = with_message(S3ErrorCode::SlowDown, "Please reduce your request rate.");
    error.set_status_code(StatusCode::SERVICE_UNAVAILABLE);
    error
}

/// The answer to a request that failed because a test asked for it.
pub(crate) fn injected() -> S3Error {
    with_message(S3ErrorCode::InternalError, "An injected failure.")
}

/// Knows no keys: no request that it is asked about is signed, as signatures are taken off before. It is there because
/// the protocol library asks for access only where requests can be signed.
pub(crate) struct Keyless;

#[async_trait]
impl S3Auth for Keyless {
    async fn get_secret_key(&self, _access_key: &str) -> S3Result<SecretKey> {
        Err(S3Error::new(S3ErrorCode::InvalidAccessKeyId))
    }
}
