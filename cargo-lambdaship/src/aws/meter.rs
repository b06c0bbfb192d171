//! Counts the requests that are sent, and shows each one with `-vv`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_lambda::config::interceptors::BeforeTransmitInterceptorContextRef;
use aws_sdk_lambda::config::{ConfigBag, Intercept, RuntimeComponents};
use aws_sdk_lambda::error::BoxError;

use crate::console::{Console, Verbosity};

/// How many requests were sent, retries included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Requests {
    /// To Lambda.
    pub lambda: u64,
    /// To every other service.
    pub other: u64,
}

/// The counts of one run. A clone counts into the same.
#[derive(Clone, Default)]
pub struct Meter {
    lambda: Arc<AtomicU64>,
    other: Arc<AtomicU64>,
}

impl Meter {
    /// What was counted so far.
    #[must_use]
    pub fn requests(&self) -> Requests {
        Requests { lambda: self.lambda.load(Ordering::Relaxed), other: self.other.load(Ordering::Relaxed) }
    }

    /// The interceptor that counts one service's requests.
    pub(super) fn of(&self, service: &'static str, console: &Console) -> ServiceMeter {
        let count = if service == "lambda" { &self.lambda } else { &self.other };
        ServiceMeter { service, count: Arc::clone(count), console: console.clone() }
    }
}

/// Counts one service's requests.
pub(super) struct ServiceMeter {
    service: &'static str,
    count: Arc<AtomicU64>,
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
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.count.fetch_add(1, Ordering::Relaxed);
        if self.console.verbosity() < Verbosity::Debug {
            return Ok(());
        }
        let request = context.request();
        let uri = request.uri();
        let path =
            uri.split_once("://").map_or(uri, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..]));
        self.console.verbose(self.service, format_args!("{} {path}", request.method()));
        Ok(())
    }
}
