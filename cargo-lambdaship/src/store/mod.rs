//! The store: an S3 bucket that holds artifacts by their digest, and what each source became.
//!
//! In: artifacts on disk, source hashes. Out: the same, from any machine. Every key is written with a condition, so that
//! nothing is written over. It must not decide what is deployed.

pub mod keys;
mod record;

pub use record::{Outcome, Record, SCHEMA};
