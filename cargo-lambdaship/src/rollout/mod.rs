//! Moving an alias, at once or in watched steps, and what the alias remembers of it.
//!
//! The state is in the alias' own Description and changes in the same fenced call as the traffic: there is no database,
//! and nothing that can be left behind. What to do is decided in `judge`, `next` and `stance`, which are pure; `driver`
//! does it.

mod alarms;
mod back;
mod course;
mod dead_man;
mod driver;
mod end;
mod ending;
mod error;
mod exact;
mod fields;
mod judge;
mod look;
mod next;
mod probe;
mod settle;
#[cfg(test)]
mod simulation;
mod smoke;
mod stance;
mod standing;
mod state;
#[cfg(test)]
pub(crate) mod testing;
mod tools;
mod under_way;
mod watch;
mod words;
mod write;

pub use back::{at, command};
pub use course::Course;
pub use driver::{Driver, Stay};
pub use end::{End, end};
pub use ending::Rolled;
pub use error::Error;
pub use judge::{Evidence, Moment, Verdict, judge};
pub use look::Look;
pub use next::{Next, Seen, next};
pub use probe::{Failed, Probed, Prober};
pub use smoke::{problems, quoted};
pub use stance::{Stance, at_rest, settling, stance};
pub use standing::{Standing, standing};
pub use state::{AliasState, Run};
pub use tools::Tools;
pub use under_way::{AlarmMark, UnderWay, later};
pub use watch::Watch;
pub use write::{Place, Traffic, write};
