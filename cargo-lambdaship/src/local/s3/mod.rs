//! S3, as far as a store of artifacts needs it: buckets in regions, objects as files, versions, multipart uploads,
//! conditional writes and checksums.
//!
//! In: requests that are signed for S3, by a header or by a presigned URL. Out: S3's answers, with what they tell kept
//! under `s3/` of the root. Bodies go to disk and come from there in pieces, and are never whole in memory. The `s3s`
//! crate reads requests and writes answers; a member that is not honoured here is refused, never ignored.

mod buckets;
mod bytes;
mod checksum;
mod chunked;
pub(crate) mod code;
mod complete;
mod condition;
mod copy;
mod delete;
mod depot;
mod described;
mod failure;
mod front;
mod gate;
mod get;
mod list;
mod lists;
mod make;
mod policy;
mod put;
mod service;
mod settings;
mod signature;
mod uploads;
mod visit;

pub(crate) use bytes::send;
pub(crate) use depot::Depot;
pub(crate) use depot::record::Versioning;
pub(crate) use front::{Front, divert};
pub(crate) use make::make_bucket;
