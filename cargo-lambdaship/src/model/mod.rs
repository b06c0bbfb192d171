//! The words of the domain as types: names, numbers, digests and settings.
//!
//! Everything here is a value: nothing reads, writes or waits. Every other module may depend on this one;
//! this one depends on none.

mod builder;
mod change;
mod digest;
mod exit;
mod gates;
mod glibc;
mod health;
mod lambda;
mod names;
pub mod rollout;
mod secret;
mod settings;
mod smoke;
mod store;

pub use builder::{BuilderChoice, InvalidBuilder};
pub use change::Change;
pub(crate) use digest::hex;
pub use digest::{CodeSha256, InvalidDigest, InvalidSourceHash, Salt, SourceHash};
pub use exit::Exit;
pub use gates::{BUILT_IN_GATES, CustomGate, Gates, GatesPolicy};
pub use glibc::{Glibc, LAMBDA_GLIBC};
pub use health::{Counts, Minute};
pub use lambda::{
    Configuration, HANDLER, LiveAlias, LiveFunction, RUNTIME, Readiness, VersionSummary, Versioned,
};
pub use names::{
    AccountId, AliasName, EnvName, FunctionName, InvalidName, LambdaName, Region, RevisionId, Version, cut,
};
pub use rollout::{Limits, Meeting, Quiet, Rollout, Shape, Weight};
pub use secret::Secret;
pub use settings::{Arch, FileSystem, LogFormat, LogLevel, Logging, Role, Settings, Tracing, Variable, Vpc};
pub use smoke::{Expect, Smoke};
pub use store::{CodeStorage, RegionOrder, StoreName};
