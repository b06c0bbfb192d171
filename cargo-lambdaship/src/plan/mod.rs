//! What a deploy will do: a pure function of what is wanted and what is there.
//!
//! In: [`Desired`] (configuration, resolved variables, built code) and what was read of the lambda. Out: a [`Plan`] that
//! `plan` shows and `deploy` carries out, so that the two cannot disagree. It must not read, write or print.

mod decide;
mod diff;
pub mod drift;
mod echo;
mod encounter;
mod extras;
pub mod kept;
mod overlay;
mod own_role;
pub mod prune;
pub mod shards;
mod splittable;

use std::collections::BTreeMap;

pub use decide::{decide, go_on, settle};
pub use diff::changes;
pub use echo::{Echo, echo};
pub use encounter::{Busy, Encounter, LATE, Rolling, encounter};
pub use extras::log_group;
pub use overlay::{Refusal, check, is_keyless, overlay};
pub use own_role::{Powerless, own_role};
pub use splittable::{Unsplittable, before_build, decided};

use crate::config::FunctionConfig;
use crate::model::{
    Arch, Change, CodeSha256, Configuration, LiveAlias, LiveFunction, Secret, Version, Versioned,
};

/// What is wanted of one lambda: the configuration with everything resolved, and the code.
#[derive(Debug, Clone)]
pub struct Desired<'a> {
    /// The configuration.
    pub config: &'a FunctionConfig,
    /// Every stated variable: its value, or `None` to remove it.
    pub variables: BTreeMap<String, Option<Secret>>,
    /// ARN of the stated execution role.
    pub role: Option<String>,
    /// Of the artifact.
    pub code: CodeSha256,
    /// What the artifact was built for.
    pub arch: Arch,
}

/// The first look: what the alias serves. Two reads, and those that the configuration makes necessary.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Glance {
    /// The alias.
    pub alias: Option<LiveAlias>,
    /// The lambda at the alias.
    pub served: Option<LiveFunction>,
    /// `$LATEST`, where the alias serves nothing.
    pub latest: Latest,
    /// The alias itself was not read: nobody is known to be moving it, and what it serves is all that is asked for as long
    /// as there is nothing to do.
    pub is_partial: bool,
    /// The rollout that the alias is in the middle of.
    pub rolling: Option<Rolling>,
    /// What is not part of a version, as far as the configuration states it.
    pub unversioned: Unversioned,
}

/// What is known of `$LATEST`.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Latest {
    /// It was not read.
    #[default]
    NotRead,
    /// There is no lambda.
    Absent,
    /// The lambda.
    Present(Box<LiveFunction>),
}

impl Latest {
    /// The lambda, as far as it was read.
    #[must_use]
    pub fn live(&self) -> Option<&LiveFunction> {
        match self {
            Self::Present(live) => Some(live),
            Self::NotRead | Self::Absent => None,
        }
    }
}

/// Settings that are not part of a version and that `GetFunction` at the alias does not show. `None`: not stated, so
/// not read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Unversioned {
    /// Of `$LATEST`.
    pub description: Option<String>,
    /// ARN of the code signing configuration; empty when there is none.
    pub code_signing: Option<String>,
    /// Of the log group that the lambda writes to.
    pub retention: Option<Retention>,
    /// Of the alias; 0 when there is none.
    pub provisioned_concurrency: Option<u32>,
}

/// How long a log group keeps what is written to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retention {
    /// The log group.
    pub group: String,
    /// Days; `None` is for ever.
    pub days: Option<u32>,
}

/// The second look, for what the first one did not settle: `$LATEST`, and the versions that have the wanted code.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Look {
    /// `$LATEST`; `None` when there is no lambda.
    pub latest: Option<LiveFunction>,
    /// Published versions with the wanted code, oldest first, each as `GetFunction` shows it.
    pub versions: Vec<Configuration>,
}

/// What will be done to one lambda.
#[derive(Debug, Clone, PartialEq)]
#[must_use]
pub struct Plan {
    /// What moves the alias.
    pub action: Action,
    /// What is done first with a rollout that the alias is in the middle of.
    pub encounter: Encounter,
    /// What the alias serves before.
    pub from: Option<Version>,
    /// Every field that will be different at the alias, old and new.
    pub changes: Vec<Change>,
    /// Writes that do not belong to a version.
    pub extras: Vec<Extra>,
    /// What others set and this deploy leaves alone.
    pub kept: Vec<String>,
    /// What a rollback will not bring back, and what comes along from others.
    pub notes: Vec<String>,
}

/// What moves the alias.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// The alias serves what is wanted.
    Unchanged,
    /// There is no lambda yet.
    Create {
        /// All settings; `role` is empty when a role is to be created.
        settings: Box<Versioned>,
    },
    /// A version is published from `$LATEST`.
    Publish {
        /// `$LATEST` as it was read.
        latest: Box<Configuration>,
        /// What it is to be.
        settings: Box<Versioned>,
        /// Whether the code has to be sent.
        upload: bool,
    },
    /// A version that is what is wanted exists: only the alias moves.
    Move {
        /// That version.
        to: Version,
    },
}

/// A write that does not belong to a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extra {
    /// The lambda's description.
    Description(String),
    /// ARN of the code signing configuration; empty removes it.
    CodeSigning(String),
    /// These tags are added or changed.
    Tags(BTreeMap<String, String>),
    /// Reserved concurrency.
    ReservedConcurrency(u32),
    /// Provisioned concurrency of the alias; 0 removes it.
    ProvisionedConcurrency(u32),
    /// Retention of a log group, in days.
    Retention {
        /// The log group.
        group: String,
        /// Days.
        days: u32,
    },
}

impl Plan {
    /// Whether Lambda has to be given the code.
    #[must_use]
    pub fn sends_code(&self) -> bool {
        match &self.action {
            Action::Create { .. } => true,
            Action::Publish { upload, .. } => *upload,
            Action::Unchanged | Action::Move { .. } => false,
        }
    }

    /// Whether the alias goes from one version to another.
    #[must_use]
    pub fn moves(&self) -> bool {
        match self.action {
            Action::Unchanged | Action::Create { .. } => false,
            Action::Publish { .. } | Action::Move { .. } => self.from.is_some(),
        }
    }

    /// Whether nothing at all will be written.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.action == Action::Unchanged && self.encounter == Encounter::None && self.extras.is_empty()
    }
}

#[cfg(test)]
pub(crate) mod testing;
