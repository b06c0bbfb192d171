//! Moving an alias, and what the alias remembers of it.
//!
//! The state is in the alias' own Description and changes in the same fenced call as the traffic: there is no database,
//! and nothing that can be left behind.

mod end;
mod judge;
mod shift;
mod smoke;
mod state;

pub use end::{End, end};
pub use judge::{Evidence, Moment, Verdict, judge};
pub use shift::{Move, shift};
pub use smoke::{problems, quoted};
pub use state::{AliasState, Run};
