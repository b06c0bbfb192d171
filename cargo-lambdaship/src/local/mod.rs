//! The local AWS: what `--env local` talks to.

pub mod runtime;
pub mod url;
