//! The gates: checks that must pass before anything ships.
//!
//! In: what the configuration and flags ask for, and what the programs said. Out: which gates run, how, and what each came
//! to. All of it is pure but `runner`, which starts the programs, and what ends them. It must not know of stores, nor decide what is shipped.

mod annotations;
mod choose;
mod ending;
mod invocation;
mod junit;
mod kind;
mod passes;
mod reading;
mod runner;
mod variables;

pub use annotations::{Budget, annotations, group, hidden, more, rest};
pub use choose::{UnknownGate, chosen};
pub use invocation::{Ground, Invocation, Program, invocation};
pub use junit::junit;
pub use kind::{Gate, Lane};
pub use passes::{Pass, Requirement, ago, features, fingerprint, known, merged, missing, required};
pub use reading::{Case, CaseEnd, Heard, Output, Places, Source, Verdict, judge, shown};
pub use runner::{Ran, Runner, Show};
