//! The source hash: the identity of everything that goes into a build.
//!
//! In: the workspace, `Cargo.lock`, cargo's configuration, the toolchain, flags, and what earlier builds were seen to
//! read. Out: [`Inputs`], each with its digest, and the hash over them. The same inputs have the same hash on any machine
//! and in any folder. It must not build, and must not know AWS.

pub mod also;
pub mod changed;
pub mod dep_info;
mod inputs;
mod lock;
mod paths;
pub mod weight;

pub use inputs::{Also, Difference, Inputs};
