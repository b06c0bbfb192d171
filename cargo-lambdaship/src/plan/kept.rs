//! A plan that is kept between its review and its deploy.
//!
//! In: a [`Plan`] and what it was made of. Out: a document without any variable's value, and what is different between two
//! of them. It must not read or write files.

mod moved;
mod salt;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use moved::{added_or_gone, is_deployed, moved};
pub use salt::KeptSalt;

use super::{Action, Desired, Encounter, Extra, Glance, Plan};
use crate::model::rollout::MOST_STEPS;
use crate::model::{
    AccountId, AliasName, Arch, Change, CodeSha256, EnvName, FunctionName, LambdaName, Region, Rollout,
    Secret, Shape, Smoke, SourceHash, Version, hex,
};
use crate::stamp::Git;

/// The document's own name and number.
pub const SCHEMA: &str = "lambdaship.plan/1";

/// What `plan --out` writes and `deploy --plan` carries out. No variable's value is in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptPlan {
    /// `lambdaship.plan/1`.
    pub schema: String,
    /// The version of `cargo lambdaship` that made it.
    pub tool: String,
    /// When it was made (RFC 3339).
    pub made: String,
    /// The environment.
    #[schemars(with = "String")]
    pub env: EnvName,
    /// The AWS account.
    #[schemars(with = "String")]
    pub account: AccountId,
    /// The region.
    #[schemars(with = "String")]
    pub region: Region,
    /// The server that was asked instead of AWS, when the configuration or a flag names one.
    pub endpoint: Option<String>,
    /// The commit that was checked out; absent outside a git checkout.
    pub git: Option<Git>,
    /// What `plan` was asked for.
    pub asked: Asked,
    /// What the digests of values are salted with.
    pub salt: KeptSalt,
    /// One entry for each function, by name.
    pub functions: Vec<KeptFunction>,
}

/// The flags of `plan` that say what is planned; `deploy --plan` does not take them once more.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `--function`.
    pub functions: Vec<String>,
    /// `--package`.
    pub packages: Vec<String>,
    /// `--rollout`.
    pub rollout: Option<String>,
    /// `--under-way`.
    pub under_way: Option<KeptMeeting>,
    /// Where the code comes from.
    pub code: KeptSource,
}

/// `--under-way`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeptMeeting {
    /// Go on with it when it brings what is wanted.
    Resume,
    /// End it first, at the old version.
    Abort,
    /// Leave it alone.
    Refuse,
}

/// Where the code comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "from", rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptSource {
    /// Cargo builds it.
    Build {
        /// `--builder`.
        builder: Option<String>,
        /// `--target`.
        target: Option<String>,
    },
    /// It was built elsewhere: `--binary-path` or `--zip`.
    Elsewhere,
}

impl Default for KeptSource {
    fn default() -> Self {
        Self::Build { builder: None, target: None }
    }
}

/// The plan for one function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptFunction {
    /// The function.
    #[schemars(with = "String")]
    pub function: FunctionName,
    /// The lambda that it is in this environment.
    #[schemars(with = "String")]
    pub lambda: LambdaName,
    /// The alias that callers use.
    #[schemars(with = "String")]
    pub alias: AliasName,
    /// What the alias was when the plan was made; absent when it did not exist.
    pub serves: Option<Serves>,
    /// The rollout that the alias was in the middle of.
    pub under_way: Option<KeptRollout>,
    /// What is to be done.
    pub action: KeptAction,
    /// The SHA-256 of the artifact, in base64, as Lambda's `CodeSha256`.
    #[schemars(with = "String")]
    pub code_sha256: CodeSha256,
    /// The size of the artifact in bytes.
    pub size: u64,
    /// The source that it was built from, as far as that is known.
    #[schemars(with = "Option<String>")]
    pub source_hash: Option<SourceHash>,
    /// What it was built for.
    #[schemars(with = "String")]
    pub arch: Arch,
    /// What is different from what the alias serves. The digests of variables' values are salted anew by each run.
    pub changes: Vec<Change>,
    /// What is written outside of versions.
    pub extras: Vec<String>,
    /// What others set and is left alone.
    pub kept: Vec<String>,
    /// What a rollback does not bring back, and other things worth knowing.
    pub notes: Vec<String>,
    /// How the alias moves, as `--rollout` takes it.
    pub rollout: String,
    /// A digest of what the new version is held to while the alias moves.
    pub limits: String,
    /// What a version is asked before it gets traffic.
    pub smoke: KeptSmoke,
    /// A slow digest of all variables with their values, salted with `salt`; absent when there are none.
    pub variables: Option<String>,
}

/// What an alias was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Serves {
    /// The version that it served; absent for `$LATEST`.
    #[schemars(with = "Option<u64>")]
    pub version: Option<Version>,
    /// The alias' `RevisionId`, which every write to it changes.
    pub revision: Option<String>,
}

/// A rollout that an alias was in the middle of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptRollout {
    /// The version that is rolled out.
    #[schemars(with = "u64")]
    pub version: Version,
    /// What is done with it.
    pub then: Then,
}

/// What is done with a rollout that is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Then {
    /// It goes on.
    GoesOn,
    /// It is ended first, at the old version.
    Ends,
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum KeptAction {
    /// The alias stays at its version.
    Unchanged,
    /// The lambda is created.
    Create,
    /// A version is published.
    Publish,
    /// The alias moves to a version that exists.
    Move {
        /// That version.
        #[schemars(with = "u64")]
        to: Version,
    },
}

/// What a version is asked before it gets traffic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KeptSmoke {
    /// How many smoke events.
    pub events: usize,
    /// A slow digest of them and of what they expect, salted with `salt`; absent when there are none.
    pub digest: Option<String>,
}

impl KeptFunction {
    /// What is kept of `plan`. `artifact` is its size and its source.
    ///
    /// # Errors
    /// When there is no memory for a digest.
    pub fn of(
        desired: &Desired<'_>,
        glance: &Glance,
        plan: &Plan,
        artifact: (u64, Option<SourceHash>),
        salt: &KeptSalt,
    ) -> Result<Self, argon2::Error> {
        let config = desired.config;
        let (size, source_hash) = artifact;
        Ok(Self {
            function: config.function.name.clone(),
            lambda: config.lambda.clone(),
            alias: config.alias.clone(),
            serves: glance
                .alias
                .as_ref()
                .map(|alias| Serves { version: alias.version, revision: alias.revision.fence() }),
            under_way: under_way(glance, plan.encounter),
            action: KeptAction::of(&plan.action),
            code_sha256: desired.code,
            size,
            source_hash,
            arch: desired.arch,
            changes: plan.changes.clone(),
            extras: plan.extras.iter().map(Extra::field).map(str::to_owned).collect(),
            kept: plan.kept.clone(),
            notes: plan.notes.clone(),
            rollout: flag(&config.rollout.shape),
            limits: limits(&config.rollout),
            smoke: KeptSmoke::of(&config.smoke, salt)?,
            variables: variables(desired, &plan.action, salt)?,
        })
    }

    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_unchanged(&self) -> bool {
        self.action == KeptAction::Unchanged && self.under_way.is_none() && self.extras.is_empty()
    }
}

fn under_way(glance: &Glance, encounter: Encounter) -> Option<KeptRollout> {
    let then = match encounter {
        Encounter::None => return None,
        Encounter::GoOn => Then::GoesOn,
        Encounter::End => Then::Ends,
    };
    glance.rolling.as_ref().map(|rolling| KeptRollout { version: rolling.under_way.next, then })
}

/// A shape as `--rollout` takes it.
#[must_use]
pub fn flag(shape: &Shape) -> String {
    let bake = shape.bake.as_secs();
    match shape.steps.as_slice() {
        [] => "all-at-once".to_owned(),
        // Only steps of one size are as many.
        [by, ..] if shape.steps.len() > MOST_STEPS => format!("linear:{by}%/{bake}s"),
        steps => {
            let steps: Vec<String> = steps.iter().map(|step| format!("{step}%")).collect();
            format!("{}/{bake}s", steps.join(","))
        }
    }
}

/// What a new version is held to. Another version of the tool may spell it otherwise, and so tell a difference where there is
/// none, but never the other way round.
fn limits(rollout: &Rollout) -> String {
    let Rollout { shape: _, limits, quiet, patience, metrics_delay, meeting: _, dead_man, dead_man_role } =
        rollout;
    let text = format!("{limits:?} {quiet:?} {patience:?} {metrics_delay:?} {dead_man} {dead_man_role:?}");
    hex(&Sha256::digest(text)[..8])
}

/// The variables that are stated, and those of the version that is published: what others set comes along there.
fn variables(
    desired: &Desired<'_>,
    action: &Action,
    salt: &KeptSalt,
) -> Result<Option<String>, argon2::Error> {
    let stated = desired.variables.iter().map(|(name, value)| (name, value.as_ref()));
    let mut all: BTreeMap<&String, Option<&Secret>> = stated.collect();
    if let Action::Create { settings } | Action::Publish { settings, .. } = action {
        all.extend(settings.variables.iter().map(|(name, value)| (name, Some(value))));
    }
    if all.is_empty() {
        return Ok(None);
    }
    let exposed: BTreeMap<_, _> =
        all.into_iter().map(|(name, value)| (name, value.map(Secret::expose))).collect();
    // Text only: it cannot fail to serialise.
    salt.digest(&serde_json::to_vec(&exposed).unwrap_or_default()).map(Some)
}

impl KeptAction {
    fn of(action: &Action) -> Self {
        match action {
            Action::Unchanged => Self::Unchanged,
            Action::Create { .. } => Self::Create,
            Action::Publish { .. } => Self::Publish,
            Action::Move { to } => Self::Move { to: *to },
        }
    }
}

impl KeptSmoke {
    fn of(events: &[Smoke], salt: &KeptSalt) -> Result<Self, argon2::Error> {
        let digest =
            (!events.is_empty()).then(|| salt.digest(format!("{events:?}").as_bytes())).transpose()?;
        Ok(Self { events: events.len(), digest })
    }
}

/// The JSON Schema of a plan, as kept in `docs/plan.schema.json`.
#[must_use]
pub fn schema() -> String {
    let schema = schemars::schema_for!(KeptPlan);
    format!("{}\n", serde_json::to_string_pretty(&schema).unwrap_or_default())
}

#[cfg(test)]
mod tests;
