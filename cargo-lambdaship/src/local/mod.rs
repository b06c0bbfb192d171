//! The local AWS: what `--env local` talks to.

mod body;
pub mod runtime;
pub mod url;
