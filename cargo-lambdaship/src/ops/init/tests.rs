//! What `init` writes.

mod configuration;
mod pipelines;
