//! Builds, packs and deploys the AWS Lambda functions of a cargo workspace.
//!
//! The straight line is `config -> observe -> plan -> build -> package -> stamp -> publish -> report`; ARCHITECTURE.md
//! is the map. Dependencies point down: `cli` → `ops` → the phases and `report` → `config` → `aws`, `local` → the base
//! modules → [`model`].

pub mod config;
pub mod console;
pub mod context;
pub mod local;
pub mod model;
pub mod process;
pub mod workspace;
