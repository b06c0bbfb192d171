//! `ci`, with the variables that action.yml and a runner set.

mod action;
#[cfg(unix)]
mod cancelled;
mod inputs;
mod oidc;
mod plans;
mod proxied;
mod reports;
mod trust;
