//! The local AWS as a client sees it, over HTTP with the AWS SDK: the behaviour table, the limits, the other services,
//! and what a kill or a second process may do.

mod alarms;
mod aliases;
mod functions;
mod injections;
#[cfg(unix)]
mod invocation;
mod limits;
mod metrics;
mod objects;
mod objects_harm;
mod ownership;
mod schedules;
mod services;
mod stored_code;
mod support;
mod updates;
