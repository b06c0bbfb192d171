//! Builds, packs and deploys the AWS Lambda functions of a cargo workspace.
//!
//! The straight line is `config -> observe -> build -> package -> stamp -> plan -> publish -> report`; ARCHITECTURE.md
//! is the map. Dependencies point down: `cli` → `ops` → the phases and `report` → `config` → `aws`, `local` → the base
//! modules → [`model`].

pub mod aws;
pub mod build;
pub mod cli;
pub mod config;
pub mod console;
pub mod context;
pub mod error;
pub mod gate;
pub mod github;
pub mod given;
pub mod interruption;
pub mod local;
pub mod model;
pub mod network;
pub mod ops;
pub mod package;
pub mod plan;
pub mod process;
pub mod publish;
pub mod report;
pub mod rollout;
pub mod source;
pub mod stamp;
pub mod store;
pub mod suggest;
pub mod watch;
pub mod workspace;
