//! What the local AWS remembers: values that are written to one file, and code that is kept by its digest.

pub(crate) mod atomic;
mod code;
mod frozen;
mod function;
mod schedule;
mod store;
mod transition;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub(crate) use code::{CodeStore, Rejected};
pub(crate) use frozen::Frozen;
pub(crate) use function::{
    Alias, Code, CodeObject, Configuration, EphemeralStorage, FileSystem, Function, LoggingConfig, Policy,
    Provisioned, Published, Settings, Settling, Variables, VpcConfig,
};
pub use schedule::ScheduledCall;
pub(crate) use schedule::{AfterCompletion, RetryPolicy, Schedule, ScheduleState, ScheduleTarget};
pub use store::Error;
pub(crate) use store::{Store, Writing, background};
pub(crate) use transition::{Kind, Transition, revision_id};

use super::cloudwatch::Alarm;

/// Everything but code and logs.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    /// The format of the file; another one is not read.
    pub(crate) format: u32,
    pub(crate) functions: BTreeMap<String, Function>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) log_groups: BTreeMap<String, LogGroup>,
    pub(crate) parameters: BTreeMap<String, Parameter>,
    pub(crate) secrets: BTreeMap<String, KeptSecret>,
    #[serde(default)]
    pub(crate) alarms: BTreeMap<String, Alarm>,
    #[serde(default)]
    pub(crate) schedules: BTreeMap<String, Schedule>,
    /// The last calls that schedules made, the eldest first.
    #[serde(default)]
    pub(crate) scheduled_calls: Vec<ScheduledCall>,
}

/// An IAM role.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Role {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) trust: String,
    pub(crate) description: Option<String>,
    pub(crate) created: Timestamp,
    /// ARNs of the managed policies that are attached.
    pub(crate) policies: Vec<String>,
    /// Documents of the inline policies, by name.
    #[serde(default)]
    pub(crate) inline: BTreeMap<String, String>,
}

/// A log group that was created by request. Those that only invocations wrote to are not kept here.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct LogGroup {
    pub(crate) created: Timestamp,
    pub(crate) retention: Option<u32>,
}

/// A Systems Manager parameter.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Parameter {
    pub(crate) kind: String,
    pub(crate) value: String,
    pub(crate) version: u64,
    pub(crate) modified: Timestamp,
}

/// A secret of Secrets Manager.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct KeptSecret {
    pub(crate) value: Option<String>,
    pub(crate) version: String,
    pub(crate) suffix: String,
    pub(crate) created: Timestamp,
}
