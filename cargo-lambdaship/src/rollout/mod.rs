//! Moving an alias, and what the alias remembers of it.
//!
//! The state is in the alias' own Description and changes in the same fenced call as the traffic: there is no database,
//! and nothing that can be left behind.

mod exact;
mod judge;
mod shift;
#[cfg(test)]
mod simulation;
mod state;
mod words;

pub use judge::{Evidence, Moment, Verdict, judge};
pub use shift::{Move, shift};
pub use state::{AliasState, Run};
