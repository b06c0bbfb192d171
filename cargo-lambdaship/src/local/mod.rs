//! The local AWS: an embedded server that speaks the wire protocols of Lambda, S3, `EventBridge` Scheduler, STS, IAM,
//! CloudWatch, CloudWatch Logs, Systems Manager and Secrets Manager on a loopback port, so that a deploy needs no account
//! and its code cannot tell.
//!
//! In: HTTP requests as an AWS SDK sends them. Out: the answers, errors and states that AWS gives (the behaviour table
//! is in the tests), kept in files under [`Options::root`]. It is also the strict test double of the test suite: a
//! field or an operation that it does not know is refused, never ignored. It must not listen beyond the loopback
//! interface, as it checks no signature.

mod body;
mod call;
mod cloudwatch;
mod connect;
mod counts;
mod dispatch;
mod error;
mod fault;
mod guard;
mod handler;
mod hangup;
mod iam;
mod injection;
mod lambda;
mod lock;
mod logs;
mod options;
mod rates;
mod reply;
pub mod runtime;
mod s3;
mod scheduler;
mod secrets;
mod server;
mod ssm;
mod state;
mod sts;
#[cfg(test)]
mod tests;
pub mod url;
mod xml;

pub use cloudwatch::{Ended, Sample};
pub use connect::{LocalAws, connect_or_start};
pub use counts::Count;
pub use error::{Error, Refused};
pub use injection::{Failure, Injection};
pub use lambda::{FunctionSummary, Invoked};
pub use options::{Options, Presence, Rates};
pub use server::{Invoker, Server};
pub use state::{Error as StateError, ScheduledCall};

/// The one account of the local AWS.
pub const ACCOUNT: &str = "000000000000";
/// The region of a request that is signed for none.
pub const DEFAULT_REGION: &str = "us-east-1";
