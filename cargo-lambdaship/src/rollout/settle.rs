//! Waiting for an alias with provisioned concurrency, which does not move at once.
//!
//! In: an alias as a write left it. Out: the alias once it serves its version alone, or as it is when that takes too long.

use std::time::Duration;

use super::back::may_pass;
use super::driver::Driver;
use super::{Place, settling};
use crate::context;
use crate::model::{Configuration, LiveAlias, Readiness};

/// How long it is waited for. A version that cannot start never gets its concurrency.
const LIMIT: Duration = Duration::from_mins(5);
/// Between the first two looks; it doubles with each, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

impl Driver<'_> {
    /// The alias that `live` is, once Lambda has moved all of its traffic. Nothing is asked when neither the
    /// configuration nor the alias itself says that it has provisioned concurrency.
    pub async fn settled(&self, live: LiveAlias) -> LiveAlias {
        let is_stated = self.function.settings.provisioned_concurrency.is_some_and(|number| number > 0);
        if !is_stated && settling(&live).is_none() {
            return live;
        }
        let (begun, mut pause, mut last) = (context::instant(), FIRST_PAUSE, live);
        let mut is_said = false;
        loop {
            last = match self.seen(&last).await {
                Some(now) => now,
                None => return last,
            };
            let (Some(before), Some(version)) = (settling(&last), last.version) else { return last };
            let (name, alias) = (&self.function.function.name, &self.function.alias);
            if begun.elapsed() > LIMIT {
                self.tools.console.warn(format_args!(
                    "alias `{alias}` of {name} still sends its traffic to version {before}: Lambda has no provisioned \
                     concurrency for version {version} yet, and never has if that cannot start"
                ));
                return last;
            }
            if !is_said {
                self.tools.console.status(
                    "Waiting",
                    format_args!("for the provisioned concurrency of {name} {alias} v{version}; v{before} serves meanwhile"),
                );
                is_said = true;
            }
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// Says of a version that Lambda let fall asleep that it is to be woken; nothing but a real call does that.
    pub fn warn_of_sleep(&self, there: &Configuration) {
        let (Readiness::Asleep, Some(version)) = (&there.readiness, there.version) else { return };
        let (name, lambda) = (&self.function.function.name, &self.function.lambda);
        self.tools.console.warn(format_args!(
            "version {version} of lambda `{lambda}` is inactive: its first calls fail, for about a minute, until it is \
             awake; `cargo lambdaship invoke {name} --qualifier {version}` wakes it"
        ));
    }

    /// The alias as it is now; `None` when it cannot be read, or is no longer what was written.
    async fn seen(&self, written: &LiveAlias) -> Option<LiveAlias> {
        let Place { lambda, alias } = self.place();
        match self.tools.aws.lambda().alias(lambda, alias).await {
            Ok(now) => {
                now.filter(|now| now.version == written.version && now.description == written.description)
            }
            Err(error) => may_pass(error.kind()).then(|| written.clone()),
        }
    }
}
