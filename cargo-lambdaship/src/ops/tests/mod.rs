//! The deploy line against the local AWS: real requests, states and fences, with zips that hold any bytes.

mod by_hand;
mod crash;
mod drift;
mod fences;
mod history;
mod interrupted;
mod life;
mod provisioned;
mod prune;
mod rollback;
mod settings;
#[cfg(unix)]
mod smoke;
mod support;
mod variables;
