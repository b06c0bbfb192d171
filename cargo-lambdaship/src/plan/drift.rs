//! How what is live differs from what was deployed.
//!
//! In: what was read of a lambda, and the last release that the ledger has of its alias. Out: what differs, and what cannot be
//! told. A version never changes, so what can drift is where the alias points, `$LATEST`, and what is outside of versions.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde_json::json;

use super::diff::change;
use super::extras::extras;
use super::{Desired, Glance, Unversioned, changes, overlay};
use crate::config::FunctionConfig;
use crate::model::{
    Change, CodeSha256, Configuration, LiveAlias, LiveFunction, Salt, Variable, Version, VersionSummary,
};
use crate::report::drift::{BY_ITSELF, BY_LEDGER, DriftState};
use crate::rollout::{AliasState, Run, Stance, UnderWay, at, at_rest, settling, stance};
use crate::stamp::VersionStamp;

/// How long after its time the step of a rollout may be late, before nobody is taken to drive it any more. Schedules of CI
/// systems are late at times.
const LATE: Duration = Duration::from_mins(30);

/// What was read of one function.
#[derive(Debug)]
pub struct Seen<'a> {
    /// The configuration.
    pub config: &'a FunctionConfig,
    /// ARN of the stated role.
    pub role: Option<String>,
    /// The alias.
    pub alias: Option<LiveAlias>,
    /// The lambda at the alias.
    pub served: Option<LiveFunction>,
    /// The lambda itself, which is `$LATEST`.
    pub latest: Option<LiveFunction>,
    /// The newest published version, where neither the alias serves it as `$LATEST` is, nor is there none.
    pub newest: Option<Configuration>,
    /// All published versions, oldest first.
    pub versions: Vec<VersionSummary>,
    /// What is not part of a version, as far as it is stated.
    pub unversioned: Unversioned,
    /// What was deployed last.
    pub ledger: Ledger,
    /// When, by the server's clock.
    pub now: Timestamp,
}

/// What the store's ledger tells of an alias.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ledger {
    /// There is no store.
    None,
    /// The store has no release of it.
    Empty,
    /// The last release.
    Last(Deployed),
}

/// The last release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deployed {
    /// What the alias serves since.
    pub version: Option<Version>,
    /// Its code, where the ledger tells it.
    pub code: Option<CodeSha256>,
    /// When it was noted.
    pub at: Timestamp,
    /// Who did it.
    pub by: Option<String>,
    /// The page of the CI run.
    pub run: Option<String>,
}

/// What differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// How it compares.
    pub state: DriftState,
    /// From what was deployed to what is live.
    pub changes: Vec<Change>,
    /// What was compared with, and what could not be.
    pub notes: Vec<String>,
    /// Who deployed it.
    pub by: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// The page of the CI run.
    pub run: Option<String>,
}

/// Compares one function.
#[must_use]
pub fn compare(seen: &Seen<'_>, salt: &Salt) -> Drift {
    let mut drift = start(seen);
    let (Some(latest), Some(alias)) = (&seen.latest, &seen.alias) else {
        gone(seen, &mut drift);
        return drift;
    };
    let quiet = match stance(alias) {
        Stance::Rolling(_, under_way, _) => {
            rolling(seen, (alias, &under_way), &mut drift);
            pending(seen, latest, &mut drift);
            DriftState::RollingOut
        }
        stance => {
            if stance == Stance::Foreign {
                drift.changes.push(change("traffic", json!("one version"), json!(at(alias))));
            }
            if let Some(before) = settling(alias) {
                drift.notes.push(waiting(before));
            }
            let known = pointed(seen, alias, &mut drift);
            drift.changes.extend(beside(seen, latest));
            undeployed(seen, salt, &mut drift);
            if known { DriftState::Same } else { DriftState::Unknown }
        }
    };
    edited(seen, latest, salt, &mut drift);
    drift.state = if drift.changes.is_empty() { quiet } else { DriftState::Drifted };
    if latest.configuration.updating && drift.state == DriftState::Drifted {
        drift.state = DriftState::RollingOut;
        drift.notes.push("an update of `$LATEST` is in progress: what differs may be its work".to_owned());
    }
    drift
}

/// What is said of an alias that Lambda is still moving.
pub(crate) fn waiting(before: Version) -> String {
    format!("version {before} serves until Lambda has the provisioned concurrency of the alias' version")
}

/// A rollout: no drift as long as somebody drives it.
fn rolling(seen: &Seen<'_>, (alias, under_way): (&LiveAlias, &UnderWay), drift: &mut Drift) {
    let weight = under_way.weight().map(|weight| weight.to_string()).unwrap_or_default();
    let next = under_way.next;
    drift.notes.push(format!("version {next} has {weight} % of the traffic"));
    if seen.now > under_way.expected(&seen.config.rollout, LATE) {
        drift.changes.push(change("traffic", json!("a rollout"), json!(at(alias))));
        drift.notes.push(format!(
            "nobody drives the rollout of version {next} any more: `cargo lambdaship rollout resume` goes on, \
             `cargo lambdaship rollout abort` ends it"
        ));
    }
}

/// What is outside of versions, in the middle of a rollout, which writes some of it at its end.
fn pending(seen: &Seen<'_>, latest: &LiveFunction, drift: &mut Drift) {
    let fields: Vec<String> =
        beside(seen, latest).iter().map(|change| format!("`{}`", change.field)).collect();
    if !fields.is_empty() {
        let fields = fields.join(", ");
        drift.notes.push(format!("{fields} is not as configured; a rollout writes such settings at its end"));
    }
}

/// Nothing differs yet; who deployed is as the ledger says, or else the version and the alias themselves.
fn start(seen: &Seen<'_>) -> Drift {
    let stamp =
        seen.served.as_ref().and_then(|served| VersionStamp::parse(&served.configuration.description));
    let moved = seen.alias.as_ref().and_then(|alias| at_rest(alias).run);
    let moved = moved.and_then(|Run(time)| Timestamp::from_millisecond(time).ok());
    let (by, at, run) = match &seen.ledger {
        Ledger::Last(last) => (last.by.clone(), Some(last.at), last.run.clone()),
        Ledger::Empty | Ledger::None => (stamp.and_then(|stamp| stamp.by), moved, None),
    };
    Drift { state: DriftState::Same, changes: Vec::new(), notes: Vec::new(), by, at, run }
}

/// A lambda or an alias that is not there: it is missed only where it is known to have been there.
fn gone(seen: &Seen<'_>, drift: &mut Drift) {
    let (lambda, alias) = (&seen.config.lambda, &seen.config.alias);
    let what = if seen.latest.is_some() {
        format!("alias `{alias}` of lambda `{lambda}`")
    } else {
        format!("lambda `{lambda}`")
    };
    let ours = seen.newest.as_ref().is_some_and(|newest| is_ours(&newest.description));
    drift.state = match &seen.ledger {
        Ledger::Last(_) => DriftState::Gone,
        Ledger::None | Ledger::Empty if ours => DriftState::Gone,
        Ledger::None | Ledger::Empty => DriftState::Unknown,
    };
    drift.notes.push(match (&seen.ledger, drift.state) {
        (_, DriftState::Gone) => format!("there is no {what} any more"),
        (Ledger::None, _) => {
            format!("there is no {what}, and without a store nothing tells whether there was")
        }
        _ => format!("there is no {what}, and the ledger has no release of it"),
    });
}

/// Where the alias points, against the ledger, or else against its own words. Answers whether it is known to be where it was
/// left, as far as that can be known.
fn pointed(seen: &Seen<'_>, alias: &LiveAlias, drift: &mut Drift) -> bool {
    let state = at_rest(alias);
    // A run is named by when it began, a release by when it had ended.
    let later = |last: &Deployed| state.run.is_some_and(|Run(began)| began > last.at.as_millisecond());
    match &seen.ledger {
        Ledger::Last(last) if later(last) => {
            let note =
                "the ledger lacks the last run on this alias; it is compared with what the alias itself says";
            drift.notes.push(note.to_owned());
            by_itself(seen, alias, &state, drift)
        }
        Ledger::Last(last) => {
            drift.notes.push(BY_LEDGER.to_owned());
            by_ledger(seen, alias, last, drift);
            true
        }
        Ledger::Empty => {
            drift.notes.push(
                "the ledger has no release of this alias that did not fail; its own words are compared"
                    .to_owned(),
            );
            by_itself(seen, alias, &state, drift)
        }
        Ledger::None => {
            drift.notes.push(BY_ITSELF.to_owned());
            by_itself(seen, alias, &state, drift)
        }
    }
}

fn by_ledger(seen: &Seen<'_>, alias: &LiveAlias, last: &Deployed, drift: &mut Drift) {
    if let Some(version) = last.version.filter(|version| alias.version != Some(*version)) {
        drift.changes.push(change("version", json!(version), number(alias.version)));
    }
    let live = seen.served.as_ref().map(|served| served.configuration.code_sha256);
    if let (Some(deployed), Some(live)) = (last.code, live)
        && deployed != live
    {
        if last.version == alias.version {
            drift
                .notes
                .push("the same number with other code: the lambda was deleted and made anew".to_owned());
        }
        drift.changes.push(change("code", json!(deployed.short()), json!(live.short())));
    }
}

fn number(version: Option<Version>) -> serde_json::Value {
    version.map_or_else(|| json!("$LATEST"), |version| json!(version))
}

/// What an alias says of itself: where it was before, and what was taken back. No run of this tool leaves it there, nor below
/// the version before without having taken that back, or having been told to deploy that very version again.
fn by_itself(seen: &Seen<'_>, alias: &LiveAlias, state: &AliasState, drift: &mut Drift) -> bool {
    if state.run.is_none() && state.previous.is_none() {
        drift.notes.push(format!("alias `{}` was not moved by this tool", alias.name));
        return false;
    }
    let Some(version) = alias.version else {
        drift.changes.push(change("version", json!(null), json!("$LATEST")));
        return true;
    };
    // A rollout that was ended by hand is at rest too, and its words are those of the rollout.
    let ended = AliasState::parse(&alias.description).rollout.filter(|_| alias.split.is_none());
    let impossible = state.previous == Some(version) || state.undone.contains(&version);
    let below = state.previous.is_some_and(|before| version < before && !state.undone.contains(&before));
    let below = below && state.down != Some(version);
    if let Some((under_way, _)) = ended {
        let by = if under_way.dead_man { "by its dead-man switch, or by hand" } else { "by hand" };
        drift.notes.push(format!("the rollout of version {} was ended {by}", under_way.next));
        drift.changes.push(change("traffic", json!("a rollout"), json!(at(alias))));
    } else if impossible || below {
        drift
            .notes
            .push("the alias was moved by hand: by its own words it served this version before".to_owned());
        drift.changes.push(change("version", json!(null), number(alias.version)));
    }
    let served = seen.served.as_ref().map(|served| served.configuration.description.as_str());
    if !served.is_some_and(is_ours) {
        drift.notes.push(format!("version {version} was not published by this tool"));
        if drift.changes.iter().all(|change| change.field != "version") && !may_be_left(seen, state, version)
        {
            drift.changes.push(change("version", json!(null), number(alias.version)));
        }
    }
    true
}

/// Whether a run of this tool can have left the alias at `version`, which it did not publish: it went back there, found there
/// what it was to bring, or never published any.
fn may_be_left(seen: &Seen<'_>, state: &AliasState, version: Version) -> bool {
    let went_back = state.previous.is_some_and(|before| state.undone.contains(&before));
    let summary = seen.versions.iter().find(|summary| summary.version == version);
    let written = summary.and_then(|summary| summary.modified);
    let found = written.zip(state.run).is_some_and(|(at, Run(began))| at.as_millisecond() <= began);
    let publishes = seen.versions.iter().any(|summary| is_ours(&summary.description));
    went_back || found || !publishes
}

fn is_ours(description: &str) -> bool {
    VersionStamp::parse(description).is_some()
}

/// What was written to `$LATEST` since the newest version was published from it.
fn edited(seen: &Seen<'_>, latest: &LiveFunction, salt: &Salt, drift: &mut Drift) {
    let Some(newest) = &seen.newest else { return };
    let live = &latest.configuration;
    if newest.code_sha256 != live.code_sha256 {
        let (from, to) = (newest.code_sha256.short(), live.code_sha256.short());
        drift.changes.push(change("$LATEST.code", json!(from), json!(to)));
    }
    let (mut from, mut to) = (newest.settings.clone(), live.settings.clone());
    if from.variables_error.is_some() || to.variables_error.is_some() {
        drift.notes.push("the variables cannot be read, and are not compared".to_owned());
        (from.variables, to.variables) = (BTreeMap::new(), BTreeMap::new());
    }
    let edits = changes(&from, &to, salt).into_iter();
    drift.changes.extend(edits.map(|edit| Change { field: format!("$LATEST.{}", edit.field), ..edit }));
}

/// What is not part of a version, against the configuration.
fn beside(seen: &Seen<'_>, latest: &LiveFunction) -> Vec<Change> {
    let Some(served) = &seen.served else { return Vec::new() };
    let desired = desired(seen, &served.configuration);
    let glance = Glance { unversioned: seen.unversioned.clone(), ..Glance::default() };
    // The log group is that of what is served; tags and concurrency are the lambda's.
    let live = LiveFunction { configuration: served.configuration.clone(), ..latest.clone() };
    let (_, wanted) = extras(&desired, &glance, Some(&live));
    wanted.into_iter().map(|Change { field, from, to }| Change { field, from: to, to: from }).collect()
}

/// Settings of versions that the configuration has otherwise: the next deploy brings them, so that they are no drift.
fn undeployed(seen: &Seen<'_>, salt: &Salt, drift: &mut Drift) {
    let Some(served) = &seen.served else { return };
    let there = &served.configuration.settings;
    let wanted = overlay(&desired(seen, &served.configuration), there);
    let fields: Vec<String> =
        changes(there, &wanted, salt).iter().map(|change| format!("`{}`", change.field)).collect();
    if !fields.is_empty() {
        drift.notes.push(format!("{} of the configuration is not deployed", fields.join(", ")));
    }
}

/// The configuration, with the code that is served. Variables whose values are elsewhere are not read.
fn desired<'a>(seen: &Seen<'a>, served: &Configuration) -> Desired<'a> {
    let settings = &seen.config.settings;
    let variables = settings.variables.iter().filter_map(|(name, variable)| match variable {
        Variable::Value(value) => Some((name.clone(), Some(value.clone()))),
        Variable::Removed => Some((name.clone(), None)),
        Variable::Ssm(_) | Variable::SecretsManager(_) => None,
    });
    Desired {
        config: seen.config,
        variables: variables.collect(),
        role: seen.role.clone(),
        code: served.code_sha256,
        arch: settings.arch.unwrap_or(served.settings.arch),
    }
}

/// The version that `$LATEST` has to be compared with, besides the one that is served: the newest. `None` when it is the served
/// one, and `$LATEST` is as that.
#[must_use]
pub fn newest(
    versions: &[VersionSummary],
    served: Option<&Configuration>,
    latest: &Configuration,
) -> Option<Version> {
    let newest = versions.last()?.version;
    let same = |served: &Configuration| {
        served.version == Some(newest)
            && (served.code_sha256, &served.settings) == (latest.code_sha256, &latest.settings)
    };
    (!served.is_some_and(same)).then_some(newest)
}

#[cfg(test)]
mod tests;
