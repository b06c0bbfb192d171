//! How a local AWS is started.

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::console::Console;

/// How a local AWS is started.
#[derive(Clone)]
pub struct Options {
    /// The folder that holds all state, such as `target/lambdaship/local`. One server owns it at a time.
    pub root: Utf8PathBuf,
    /// The loopback port; 0 takes any free one.
    pub port: u16,
    /// How long a function is `Pending`, or an update `InProgress`. Zero: until the next request.
    pub settle: Duration,
    /// How long a role that was just created cannot be assumed by Lambda.
    pub role_delay: Duration,
    /// How long to wait for another server to let go of the root.
    pub lock_wait: Duration,
    /// How many requests a second are taken.
    pub rates: Rates,
    /// Whether others may find and use this server.
    pub presence: Presence,
    /// Is told when the root is waited for.
    pub console: Option<Console>,
    /// Is shown the log lines of functions as they are written.
    pub mirror: Option<Console>,
}

impl Options {
    /// A server for one run, on any free port, that keeps its state under `root`.
    #[must_use]
    pub fn new(root: impl Into<Utf8PathBuf>) -> Self {
        Self {
            root: root.into(),
            port: 0,
            settle: Duration::ZERO,
            role_delay: Duration::ZERO,
            lock_wait: Duration::ZERO,
            rates: Rates::Unlimited,
            presence: Presence::OneShot,
            console: None,
            mirror: None,
        }
    }
}

/// How many requests a second are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Rates {
    /// As many as come.
    #[default]
    Unlimited,
    /// As many as AWS takes in a region: 100 of `GetFunction`, 15 of `GetPolicy`, 15 of all other operations of
    /// Lambda's control plane together; 5,500 reads and 3,500 writes of each prefix in S3.
    Aws,
}

/// Whether others may find and use a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It lives as long as one run, so others wait for its end.
    OneShot,
    /// It stays, so others find its endpoint beside the lock and use it.
    Foreground,
}
