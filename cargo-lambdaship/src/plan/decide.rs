//! The decision, cheapest outcome first; always against what the alias serves, never `$LATEST`.

use serde_json::json;

use super::diff::change;
use super::extras::{extras, kept, not_undone};
use super::{Action, Desired, Encounter, Extra, Glance, Look, Plan, changes, is_keyless, overlay};
use crate::model::{Change, Configuration, LiveFunction, Readiness, Salt, Version, Versioned};

/// Settles the case in which the alias serves the wanted code and settings, and these can be invoked, from the first
/// look alone. `None`: a second look is needed.
#[must_use]
pub fn settle(desired: &Desired<'_>, glance: &Glance) -> Option<Plan> {
    let served = glance.served.as_ref()?;
    let configuration = &served.configuration;
    let version = configuration.version?;
    let can_serve = matches!(configuration.readiness, Readiness::Active | Readiness::Asleep);
    if !can_serve || !is_wanted(desired, configuration) {
        return None;
    }
    let (extras, changes) = extras(desired, glance, Some(served));
    let (kept, mut notes) = (kept(desired, served), not_undone(&extras));
    notes.extend(keyless(desired, &configuration.settings));
    let (action, encounter) = (Action::Unchanged, Encounter::None);
    Some(Plan { action, encounter, from: Some(version), changes, extras, kept, notes })
}

/// The plan that goes on with the rollout that the alias is in the middle of; `None` when that does not bring what is
/// wanted.
#[must_use]
pub fn go_on(desired: &Desired<'_>, glance: &Glance, salt: &Salt) -> Option<Plan> {
    let (served, rolling) = (glance.served.as_ref()?, glance.rolling.as_ref()?);
    let (old, next) = (&served.configuration, rolling.next.as_ref()?);
    let to = next.configuration.version.filter(|_| is_wanted(desired, &next.configuration))?;
    let mut changes = changes(&old.settings, &next.configuration.settings, salt);
    if old.code_sha256 != desired.code {
        changes.insert(0, code(Some(old.code_sha256), desired));
    }
    let (extras, extra_changes) = extras(desired, glance, Some(served));
    changes.extend(extra_changes);
    let (kept, mut notes) = (kept(desired, next), not_undone(&extras));
    let percent = rolling.under_way.weight().map(|weight| weight.to_string()).unwrap_or_default();
    notes.insert(0, format!("goes on with the rollout that is at {percent} %"));
    let (action, encounter) = (Action::Move { to }, Encounter::GoOn);
    Some(Plan { action, encounter, from: old.version, changes, extras, kept, notes })
}

/// Whether a configuration has the wanted code and settings.
fn is_wanted(desired: &Desired<'_>, configuration: &Configuration) -> bool {
    configuration.settings.variables_error.is_none()
        && configuration.code_sha256 == desired.code
        && overlay(desired, &configuration.settings) == configuration.settings
}

/// Decides every other case.
pub fn decide(desired: &Desired<'_>, glance: &Glance, look: &Look, salt: &Salt) -> Plan {
    match &look.latest {
        None => create(desired, glance, salt),
        Some(latest) => update(desired, glance, look, latest, salt),
    }
}

fn create(desired: &Desired<'_>, glance: &Glance, salt: &Salt) -> Plan {
    let default = Versioned::aws_default(desired.config.lambda.as_str(), desired.arch);
    let settings = overlay(desired, &default);
    let (extras, extra_changes) = extras(desired, glance, None);
    let mut changes = changes(&default, &settings, salt);
    changes.extend(extra_changes);
    // There was nothing before, so there are no old values.
    for change in &mut changes {
        change.from = None;
    }
    changes.insert(0, code(None, desired));
    let mut notes =
        if settings.role.is_empty() { vec!["an execution role is created".to_owned()] } else { Vec::new() };
    notes.extend(keyless(desired, &settings));
    Plan {
        action: Action::Create { settings: Box::new(settings) },
        encounter: Encounter::None,
        from: None,
        changes,
        extras,
        kept: Vec::new(),
        notes,
    }
}

fn update(desired: &Desired<'_>, glance: &Glance, look: &Look, latest: &LiveFunction, salt: &Salt) -> Plan {
    let settings = overlay(desired, &latest.configuration.settings);
    let served = glance.served.as_ref().map(|served| &served.configuration);
    let from = served.and_then(|served| served.version);
    let (extras, extra_changes) = extras(desired, glance, Some(latest));
    let mut before = served.unwrap_or(&latest.configuration).clone();
    if before.settings.variables_error.is_some() {
        // What cannot be compared is not told as a change.
        before.settings.variables.clone_from(&latest.configuration.settings.variables);
    }
    let mut changes = changes(&before.settings, &settings, salt);
    if before.code_sha256 != desired.code {
        changes.insert(0, code(Some(before.code_sha256), desired));
    }
    let mut notes = not_undone(&extras);
    notes.extend(come_along(desired, &before.settings, &settings, salt));
    notes.extend(keyless(desired, &settings));
    changes.extend(extra_changes);
    let kept = kept(desired, latest);
    let action = match existing(look, desired, &settings) {
        Some(version) if from == Some(version) => Action::Unchanged,
        Some(to) => Action::Move { to },
        None => {
            let upload = needs_code(&latest.configuration, desired);
            Action::Publish {
                latest: Box::new(latest.configuration.clone()),
                settings: Box::new(settings),
                upload,
            }
        }
    };
    Plan { action, encounter: Encounter::None, from, changes, extras, kept, notes }
}

/// Whether the code has to be sent: it is another one, or what is there does not work and is to be tried again.
fn needs_code(latest: &Configuration, desired: &Desired<'_>) -> bool {
    latest.code_sha256 != desired.code
        || latest.settings.arch != desired.arch
        || latest.update_failed
        || matches!(latest.readiness, Readiness::Broken(_))
}

/// The newest version that already is what is wanted, or soon will be; none when it is not known what is there.
fn existing(look: &Look, desired: &Desired<'_>, settings: &Versioned) -> Option<Version> {
    if settings.variables_error.is_some() {
        return None;
    }
    let wanted = look.versions.iter().rev().find(|version| {
        version.code_sha256 == desired.code
            && version.settings == *settings
            && !matches!(version.readiness, Readiness::Broken(_))
    });
    wanted.and_then(|version| version.version)
}

fn code(from: Option<crate::model::CodeSha256>, desired: &Desired<'_>) -> Change {
    change("code", from.map_or(json!(null), |code| json!(code.short())), json!(desired.code.short()))
}

/// Why a field changes that the configuration does not state.
const COMES_ALONG: &str = "is another on $LATEST than at the alias, by others or by a version that was rolled back, and comes along";

/// What others changed on `$LATEST` since the alias' version was published, and a new version would carry with it.
fn come_along(desired: &Desired<'_>, before: &Versioned, after: &Versioned, salt: &Salt) -> Vec<String> {
    let ours = overlay(desired, before);
    let others = changes(&ours, after, salt);
    let note = |change: Change| format!("`{}` {COMES_ALONG}", change.field);
    others.into_iter().map(note).collect()
}

/// What is said of a key without variables.
fn keyless(desired: &Desired<'_>, settings: &Versioned) -> Option<String> {
    is_keyless(desired, settings)
        .then(|| "`kms-key` waits for a variable: Lambda does not keep it where there is none".to_owned())
}

impl Extra {
    /// Its key in `lambdaship.toml`.
    #[must_use]
    pub fn field(&self) -> &'static str {
        match self {
            Self::Description(_) => "description",
            Self::CodeSigning(_) => "code-signing",
            Self::Tags(_) => "tags",
            Self::ReservedConcurrency(_) => "reserved-concurrency",
            Self::ProvisionedConcurrency(_) => "provisioned-concurrency",
            Self::Retention { .. } => "logging.retention",
        }
    }

    /// Whether the write comes before a version is published, because it belongs to `$LATEST`.
    #[must_use]
    pub fn comes_first(&self) -> bool {
        match self {
            Self::Description(_) | Self::CodeSigning(_) => true,
            Self::Tags(_)
            | Self::ReservedConcurrency(_)
            | Self::ProvisionedConcurrency(_)
            | Self::Retention { .. } => false,
        }
    }
}

#[cfg(test)]
mod tests;
