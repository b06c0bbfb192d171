//! AWS as this tool needs it: calls named by intent, over own types. The only place that names an AWS SDK.
//!
//! In: values of [`crate::model`]. Out: the same, or an [`Error`] that says what failed, on what, and what to do. It
//! must not decide anything about a deploy, and must not know whether the endpoint is AWS or the local AWS.

mod account;
mod aliases;
mod clock;
mod connect;
mod convert;
mod download;
mod error;
mod iam;
mod lambda;
mod lambda_versions;
mod lambda_write;
mod logs;
mod meter;
mod metrics;
mod pace;
mod parameters;
mod permissions;
mod request;
mod route;
mod s3;
mod scheduler;
mod sts;
#[cfg(test)]
pub(crate) mod testing;
mod web_identity;

pub use account::Quotas;
pub use aliases::AliasTarget;
pub use connect::{Aws, Connection, Endpoint};
pub use download::CodeDownload;
pub use error::{Error, Kind, redact};
pub use iam::{Iam, LiveRole, NewRole, Trusted};
pub use lambda::{Answer, Lambda};
pub use lambda_write::{Code, Content, NewFunction, Object, Published};
pub use logs::{LogEvent, Logs};
pub use meter::Meter;
pub use metrics::{Alarm, AlarmState, Alarms, Metrics};
pub use parameters::Parameters;
pub use s3::{
    Completion, Condition, Document, Download, ETag, FilePart, Head, Listed, Place, S3, SentPart, Upload,
    UploadId,
};
pub use scheduler::{Recall, Scheduler};
pub use sts::Caller;
pub use web_identity::{Identity, WebIdentity};
