//! Counts the requests that are sent, and shows each one with `-vv`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_lambda::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;
use aws_smithy_runtime_api::client::orchestrator::Metadata;

use super::permissions;
use crate::console::{Console, Verbosity};

/// Counts the requests of one run, retries included. A clone counts into the same.
#[derive(Clone, Default)]
pub struct Meter {
    lambda: Arc<AtomicU64>,
    s3: Arc<AtomicU64>,
}

impl Meter {
    /// How many requests were sent to Lambda so far.
    #[must_use]
    pub fn lambda(&self) -> u64 {
        self.lambda.load(Ordering::Relaxed)
    }

    /// How many requests were sent to S3 so far.
    #[must_use]
    pub fn s3(&self) -> u64 {
        self.s3.load(Ordering::Relaxed)
    }

    /// The interceptor that counts one service's requests.
    pub(super) fn of(&self, service: &'static str, console: &Console) -> ServiceMeter {
        let count = match service {
            "lambda" => Some(Arc::clone(&self.lambda)),
            "s3" => Some(Arc::clone(&self.s3)),
            _ => None,
        };
        ServiceMeter { service, count, console: console.clone() }
    }
}

/// Sees one service's requests, and counts them if they are to be counted.
pub(super) struct ServiceMeter {
    service: &'static str,
    count: Option<Arc<AtomicU64>>,
    console: Console,
}

impl std::fmt::Debug for ServiceMeter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServiceMeter").field("service", &self.service).finish_non_exhaustive()
    }
}

impl Intercept for ServiceMeter {
    fn name(&self) -> &'static str {
        "lambdaship::meter"
    }

    /// Neither a body nor a header is shown: both can hold what is secret.
    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(count) = &self.count {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let operation = config.load::<Metadata>().map_or("?", Metadata::name);
        if cfg!(debug_assertions) && !permissions::are_known(self.service, operation) {
            return Err(format!("{}.{operation} is not in aws/permissions.rs", self.service).into());
        }
        if self.console.verbosity() < Verbosity::Debug {
            return Ok(());
        }
        let request = context.request();
        let uri = request.uri();
        let path =
            uri.split_once("://").map_or(uri, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
        self.console.verbose(self.service, format_args!("{} {path} ({operation})", request.method()));
        Ok(())
    }
}
