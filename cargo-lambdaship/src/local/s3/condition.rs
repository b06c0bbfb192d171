//! Conditional writes: what must be there, and that it stayed so until the write.

use std::sync::Arc;

use axum::http::HeaderMap;
use s3s::S3Result;
use s3s::dto::ETagCondition;

use super::depot::Depot;
use super::depot::record::{Content, KeyRecord};
use super::failure::{conflict, no_such_key, not_implemented, precondition};

/// What must be there for a write to happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// Anything.
    Any,
    /// No object.
    Absent,
    /// An object with this `ETag`.
    Same(String),
    /// An object.
    Present,
}

impl Condition {
    /// The condition of a write.
    pub(crate) fn of(
        if_match: Option<&ETagCondition>,
        if_none_match: Option<&ETagCondition>,
    ) -> S3Result<Self> {
        match (if_match, if_none_match) {
            (None, None) => Ok(Self::Any),
            (None, Some(ETagCondition::Any)) => Ok(Self::Absent),
            (Some(ETagCondition::ETag(etag)), None) => Ok(Self::Same(etag.value().to_owned())),
            (None, Some(_)) => Err(not_implemented("If-None-Match of a write with anything but `*`")),
            (Some(_), _) => Err(not_implemented("this pair of conditions of a write")),
        }
    }

    /// The condition of a write whose members do not have it.
    pub(crate) fn in_headers(headers: &HeaderMap) -> S3Result<Self> {
        let condition = |name: &str| {
            let value = headers.get(name).map(|value| ETagCondition::parse_http_header(value.as_bytes()));
            value.transpose().map_err(|_| not_implemented("this condition"))
        };
        Self::of(condition("if-match")?.as_ref(), condition("if-none-match")?.as_ref())
    }

    /// The condition of a deletion.
    pub(crate) fn of_deletion(if_match: Option<&ETagCondition>) -> Self {
        match if_match {
            None => Self::Any,
            Some(ETagCondition::Any) => Self::Present,
            Some(ETagCondition::ETag(etag)) => Self::Same(etag.value().to_owned()),
        }
    }

    /// Refuses the request unless this holds of what is there.
    pub(crate) fn check(&self, there: Option<&Content>) -> S3Result<()> {
        match (self, there) {
            (Self::Any, _) | (Self::Absent, None) | (Self::Present, Some(_)) => Ok(()),
            (Self::Same(etag), Some(content)) if *etag == content.etag => Ok(()),
            (Self::Absent | Self::Same(_), Some(_)) => Err(precondition()),
            (Self::Same(_) | Self::Present, None) => Err(no_such_key()),
        }
    }
}

/// A condition that held when the request began.
pub(crate) struct Fence {
    condition: Condition,
    seen: Option<Arc<KeyRecord>>,
}

impl Fence {
    /// Checks `condition` before the body is read.
    pub(crate) fn begin(depot: &Depot, bucket: &str, key: &str, condition: Condition) -> S3Result<Self> {
        let seen = depot.key(bucket, key)?;
        condition.check(content(seen.as_ref()))?;
        Ok(Self { condition, seen })
    }

    /// Refuses the write if somebody else changed the key in the meantime, and the write has a condition.
    pub(crate) fn check(&self, now: Option<&Arc<KeyRecord>>) -> S3Result<()> {
        let same = match (&self.seen, now) {
            (None, None) => true,
            (Some(seen), Some(now)) => Arc::ptr_eq(seen, now),
            _ => false,
        };
        if same || self.condition == Condition::Any { Ok(()) } else { Err(conflict()) }
    }
}

/// What a reader of the key gets.
pub(crate) fn content(key: Option<&Arc<KeyRecord>>) -> Option<&Content> {
    key.and_then(|key| key.current()).map(|(_, content)| content)
}
