//! The one comment of a pull request: its first line, what to do about it, and doing it.
//!
//! In: what it has to say, and which run says so. Out: where it is. It must not decide what is said.

mod decide;
mod header;
mod write;

pub(super) use decide::Absent;
pub(super) use header::hash;
pub(super) use write::{Place, keep};
