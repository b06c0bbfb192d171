//! Builds, packs and deploys the AWS Lambda functions of a cargo workspace.
//!
//! The straight line is `config -> observe -> plan -> build -> package -> stamp -> publish -> report`; ARCHITECTURE.md
//! is the map. Dependencies point down: `cli` → `ops` → the phases and `report` → `config` → `aws`, `local` → the base
//! modules → [`model`].

pub mod config;
pub mod console;
pub mod context;
pub mod model;
pub mod ops;
pub mod process;
pub mod suggest;
pub mod workspace;
