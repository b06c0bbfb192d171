//! Smoke events: what a version is asked before it gets traffic, and what it has to answer.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

/// An event that a published version is given before it gets traffic.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoke {
    /// What it is called in reports; its number from 1 when nothing is stated.
    pub name: String,
    /// The event: JSON.
    pub event: Vec<u8>,
    /// What has to come back.
    pub expect: Expect,
}

/// What has to come back. What is not stated may be anything, but for a function error, which is never expected unless
/// it is stated.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Expect {
    /// The `statusCode` of an answer that has one.
    pub status: Option<u16>,
    /// The whole answer; of one that has a `statusCode`, its `body`.
    pub body: Option<Value>,
    /// Parts of the same, by JSON pointer (RFC 6901).
    pub pointers: BTreeMap<String, Value>,
    /// Whether the function has to fail.
    pub function_error: bool,
    /// How long it may take, as the caller sees it.
    pub within: Option<Duration>,
}
