//! The locks of a run: on every alias that it is going to write to, in every region.

use std::collections::BTreeSet;

use crate::error::Error;
use crate::interruption::Interruption;
use crate::ops::locks::{self, LENGTH, LockFlags, Locks, Locksmith, Wait};
use crate::ops::plan::Planned;
use crate::ops::session::Session;
use crate::report::{FunctionReport, RolloutEnd};
use crate::store::{Guarded, Owner, Store, keys};

/// The locks of a run.
pub(super) struct Guard<'a> {
    regions: Vec<Region<'a>>,
    flags: LockFlags,
}

struct Region<'a> {
    session: &'a Session,
    owner: Owner,
    /// The names of the locks that it has.
    names: BTreeSet<String>,
    locks: Vec<Locks>,
}

impl<'a> Guard<'a> {
    pub(super) fn new(sessions: &'a [Session], flags: LockFlags) -> Self {
        let region = |session: &'a Session| Region {
            session,
            owner: locks::owner(session.context(), &session.caller),
            names: BTreeSet::new(),
            locks: Vec::new(),
        };
        Self { regions: sessions.iter().map(region).collect(), flags }
    }

    /// Takes the locks on what `planned` writes to, as far as this run does not have them. Answers whether the plans hold:
    /// after it has waited for somebody, they have to be made again.
    ///
    /// # Errors
    /// When somebody else has one of them for longer than the flags allow, a request fails, or a signal comes.
    pub(super) async fn cover(
        &mut self,
        planned: &[Vec<Planned<'_>>],
        until: &Interruption,
    ) -> Result<bool, Error> {
        let mut holds = true;
        for (region, planned) in self.regions.iter_mut().zip(planned) {
            holds &= region.cover(planned, self.flags, until).await?;
        }
        Ok(holds)
    }

    /// Gives all of them back. Those of aliases that are left between two versions stay behind, expired: they tell whoever
    /// comes next to look at the alias itself.
    pub(super) async fn free(self, shipped: &[Vec<FunctionReport>]) {
        let nothing = Vec::new();
        let shipped = shipped.iter().chain(std::iter::repeat(&nothing));
        for (region, shipped) in self.regions.into_iter().zip(shipped) {
            let left: BTreeSet<String> =
                shipped.iter().filter(|report| is_left(report)).map(place_of).collect();
            for locks in region.locks {
                locks.free_all_but(&left).await;
            }
        }
    }
}

impl Region<'_> {
    async fn cover(
        &mut self,
        planned: &[Planned<'_>],
        flags: LockFlags,
        until: &Interruption,
    ) -> Result<bool, Error> {
        let Some(store) = &self.session.store else { return Ok(true) };
        let writes = planned.iter().filter(|planned| !planned.plan.is_nothing());
        let places = writes.map(|planned| {
            let config = planned.desired.config;
            Guarded { lambda: &config.lambda, alias: &config.alias }
        });
        let new: Vec<Guarded<'_>> =
            places.filter(|place| !self.names.contains(&keys::lock(place.lambda, place.alias))).collect();
        if new.is_empty() {
            return Ok(true);
        }
        let smith = self.smith(store);
        if flags.without {
            smith.mark(&new).await;
            return Ok(true);
        }
        // What this run has already is not waited with: whoever waits for it could be the one who is waited for.
        let wait = if self.locks.is_empty() { flags.wait } else { Wait::No };
        let taken = smith.take(&new, wait, until).await?;
        let holds = !taken.waited();
        self.names.extend(new.iter().map(|place| keys::lock(place.lambda, place.alias)));
        self.locks.push(taken);
        Ok(holds)
    }

    fn smith<'s>(&'s self, store: &'s Store) -> Locksmith<'s> {
        let context = self.session.context();
        Locksmith {
            store,
            aws: &self.session.aws,
            owner: &self.owner,
            console: &context.console,
            length: LENGTH,
        }
    }
}

/// Whether an alias may be between two versions.
fn is_left(report: &FunctionReport) -> bool {
    let rolling = report.rollout.as_ref().map(|rollout| rollout.end);
    match rolling {
        Some(RolloutEnd::UnderWay | RolloutEnd::Held | RolloutEnd::Stuck | RolloutEnd::Overtaken) => true,
        Some(RolloutEnd::Promoted | RolloutEnd::RolledBack) => false,
        None => report.error.is_some(),
    }
}

fn place_of(report: &FunctionReport) -> String {
    format!("{}:{}", report.lambda, report.alias)
}
