//! Whose buckets are used. Names of buckets are everybody's: one that was deleted, or never made, can be had by anybody, who would
//! then be given code, and asked for records and locks. So each request says whose the bucket has to be, and S3 refuses it
//! otherwise ("Verifying bucket ownership with bucket owner condition").

use aws_sdk_lambda::config::interceptors::BeforeTransmitInterceptorContextMut;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;

use crate::model::AccountId;

/// What S3 reads it from (its service model, `ExpectedBucketOwner`).
const HEADER: &str = "x-amz-expected-bucket-owner";

/// Says with every request whose the bucket has to be. It is one of the client, so that no call can lack it.
#[derive(Debug)]
pub(super) struct Expectation(pub(super) AccountId);

impl Intercept for Expectation {
    fn name(&self) -> &'static str {
        "lambdaship::owner"
    }

    /// Before the signature, which covers it.
    fn modify_before_signing(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        context.request_mut().headers_mut().insert(HEADER, self.0.to_string());
        Ok(())
    }
}
