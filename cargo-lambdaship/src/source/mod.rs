//! The source hash: the identity of everything that goes into a build.
//!
//! In: the workspace, `Cargo.lock`, cargo's configuration, the toolchain, flags, and what earlier builds were seen to
//! read. Out: [`Inputs`], each with its digest, and the hash over them. The same inputs have the same hash on any machine
//! and in any folder. It must not build, must not reach for the network, and must not know AWS.

pub mod also;
pub mod changed;
mod contents;
pub mod dep_info;
mod explain;
mod graph;
mod inputs;
mod listing;
mod lock;
mod manifest;
mod manifests;
mod observe;
mod paths;
mod secret;
mod settings;
mod slice;
#[cfg(test)]
mod tests;
mod unhashable;
pub mod weight;
mod whole;
pub mod written;

pub use explain::words;
pub use inputs::{Also, Difference, Inputs};
pub use listing::repository_of;
pub use observe::{Rules, Subject, observe};
pub use unhashable::Unhashable;
pub use whole::{Checkout, whole};
