//! Moving an alias, and what the alias remembers of it.
//!
//! The state is in the alias' own Description and changes in the same fenced call as the traffic: there is no database,
//! and nothing that can be left behind.

mod judge;
mod shift;
mod standing;
mod state;
mod watch;

pub use judge::{Evidence, Moment, Verdict, judge};
pub use shift::{Move, shift};
pub use standing::{Standing, standing};
pub use state::{AliasState, Run};
pub use watch::Watch;
