//! What the operations know of a request beside their members.

use std::sync::{Arc, Mutex, PoisonError};

use axum::http::HeaderMap;
use jiff::Timestamp;
use s3s::{S3Error, S3ErrorCode, S3Request, S3Result};

use super::chunked::Trailers;
use super::depot::Depot;
use super::depot::record::BucketRecord;
use super::failure::{elsewhere, with_message};
use crate::context;
use crate::local::ACCOUNT;
use crate::local::hangup::Hangup;
use crate::local::injection::Failure;
use crate::local::server::Shared;

/// A request on its way through the protocol library.
#[derive(Clone)]
pub(crate) struct Visit(pub(crate) Arc<Facts>);

/// What is known of a request, and what is still to be done to its answer.
pub(crate) struct Facts {
    pub(crate) shared: Arc<Shared>,
    /// The region that the request is signed for.
    pub(crate) region: String,
    pub(crate) now: Timestamp,
    /// Breaks the connection that the request came on.
    pub(crate) hangup: Hangup,
    /// Bytes of the body, as the request declares them.
    pub(crate) length: usize,
    /// Headers that come behind the body.
    pub(crate) trailers: Trailers,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    /// The request was counted under the name of its operation.
    counted: bool,
    /// What a test asked to be done to the answer.
    after: Option<Failure>,
}

impl Facts {
    pub(crate) fn new(shared: &Arc<Shared>, region: String, hangup: Hangup) -> Self {
        Self {
            shared: Arc::clone(shared),
            region,
            now: context::now(),
            hangup,
            length: 0,
            trailers: Trailers::default(),
            progress: Mutex::default(),
        }
    }

    /// Counts the request as one for `operation`, if it was not counted yet.
    pub(crate) fn count(&self, operation: &str) {
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        if !std::mem::replace(&mut progress.counted, true) {
            self.shared.counts.add(operation, self.length);
        }
    }

    /// Notes what is to be done to the answer.
    pub(crate) fn afterwards(&self, failure: Failure) {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).after = Some(failure);
    }

    pub(crate) fn after(&self) -> Option<Failure> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).after
    }

    pub(crate) fn depot(&self) -> &Depot {
        &self.shared.buckets
    }

    /// The headers that came behind the body, once that was read.
    pub(crate) fn trailing(&self) -> HeaderMap {
        self.trailers.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The settings of a bucket that is in the region of the request, and whose owner is the one that the client names.
    pub(crate) fn bucket(&self, name: &str, owner: Option<&String>) -> S3Result<Arc<BucketRecord>> {
        owned(owner)?;
        let record = self.depot().record(name)?;
        if record.region == self.region { Ok(record) } else { Err(elsewhere(&record.region)) }
    }
}

/// Refuses a request that expects another owner.
pub(crate) fn owned(owner: Option<&String>) -> S3Result<()> {
    if owner.is_none_or(|owner| owner == ACCOUNT) {
        return Ok(());
    }
    Err(with_message(S3ErrorCode::AccessDenied, "Access Denied"))
}

/// What is known of a request beside its members.
pub(crate) fn facts<T>(request: &S3Request<T>) -> S3Result<Arc<Facts>> {
    let visit = request.extensions.get::<Visit>().map(|visit| Arc::clone(&visit.0));
    visit.ok_or_else(|| S3Error::new(S3ErrorCode::InternalError))
}

/// Refuses the members of a request that this server does not honour.
macro_rules! refuse {
    ($input:expr; $($member:ident),* $(,)?) => {
        $(if $input.$member.is_some() {
            return Err($crate::local::s3::failure::not_implemented(concat!("`", stringify!($member), "`")));
        })*
    };
}

pub(crate) use refuse;
