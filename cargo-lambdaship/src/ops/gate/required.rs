//! `gates = "required"`: whether what is about to be shipped passed the gates of the configuration.

use super::chosen;
use super::passes::identities;
use crate::build::Toolchain;
use crate::context;
use crate::error::Error;
use crate::gate::{self, Pass, Requirement, features};
use crate::model::{EnvName, FunctionName, GatesPolicy, SourceHash};
use crate::ops::artifacts::{Source, Wanted};
use crate::ops::plan::{Orders, Planned};
use crate::ops::promote::Promotion;
use crate::ops::session::Session;
use crate::plan::Encounter;
use crate::source;
use crate::store::{Shelf, Store};

/// What the plans of one environment's region are known to have passed.
#[derive(Debug, Default)]
pub(in crate::ops) struct Looked {
    /// The functions that did not pass, each with why.
    pub(in crate::ops) lacking: Vec<Lacking>,
    /// What each of the other sources passed, to be kept with it.
    news: Vec<(SourceHash, Vec<Pass>)>,
}

/// A function that did not pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ops) struct Lacking {
    pub(in crate::ops) function: FunctionName,
    /// The first digits of its source's hash; none of what was built elsewhere.
    pub(in crate::ops) source: Option<String>,
    /// The gates that it did not pass.
    pub(in crate::ops) gates: Vec<String>,
}

impl Lacking {
    /// What a plan says of it.
    pub(in crate::ops) fn note(&self) -> String {
        match &self.source {
            Some(_) => format!("deploy refuses it until it passed its gates: {}", self.gates.join(", ")),
            None => "deploy refuses it: what is built elsewhere passed no gates".to_owned(),
        }
    }
}

/// Looks for what the sources passed that `planned` ships. Reads alone.
///
/// # Errors
/// When the configuration asks for a gate that does not exist, or a store cannot be read.
pub(in crate::ops) async fn look(
    session: &Session,
    planned: &[Planned<'_>],
    orders: &Orders,
) -> Result<Looked, Error> {
    let bench = &session.bench;
    // Also where they are not asked for: what is deployed here may be promoted to where they are.
    if !bench.config.requires_gates() {
        return Ok(Looked::default());
    }
    let due: Vec<&Planned<'_>> = planned.iter().filter(|planned| is_due(planned)).collect();
    if due.is_empty() {
        return Ok(Looked::default());
    }
    let found = Box::pin(find(session, &due, orders)).await;
    match found {
        Err(error) if bench.environment.gates == GatesPolicy::Optional => {
            bench.context.console.verbose("Ignoring", format_args!("gates that passed: {error}"));
            Ok(Looked::default())
        }
        found => found,
    }
}

async fn find(session: &Session, due: &[&Planned<'_>], orders: &Orders) -> Result<Looked, Error> {
    let must = session.bench.environment.gates == GatesPolicy::Required;
    let required = requirements(session)?;
    let seen = Seen::new(session, orders).await?;
    let here = checked_out(session, orders, due).await;
    let mut looked = Looked::default();
    for (planned, is_here) in due.iter().zip(here) {
        let function = planned.desired.config.function.name.clone();
        let Some(source) = planned.supply.source else {
            let gates = required.iter().map(|wanted| wanted.gate.clone()).collect();
            looked.lacking.extend(must.then_some(Lacking { function, source: None, gates }));
            continue;
        };
        let mut passes = if is_here { seen.workspace.clone() } else { Vec::new() };
        if must && !gate::missing(&required, &passes).is_empty() {
            passes.extend(seen.of(source).await?);
        }
        let gates = gate::missing(&required, &passes);
        if must && !gates.is_empty() {
            looked.lacking.push(Lacking { function, source: Some(source.short()), gates });
        } else if !passes.is_empty() {
            looked.news.push((source, passes));
        }
    }
    Ok(looked)
}

/// Refuses what did not pass.
///
/// # Errors
/// [`Error::GatesMissing`].
pub(in crate::ops) fn refuse(env: &EnvName, looked: &[Looked]) -> Result<(), Error> {
    let lacking: Vec<&Lacking> = looked.iter().flat_map(|looked| &looked.lacking).collect();
    let Some(first) = lacking.first() else { return Ok(()) };
    let mut functions: Vec<String> = Vec::new();
    let mut gates: Vec<String> = Vec::new();
    for one in &lacking {
        let name = one.function.to_string();
        if !functions.contains(&name) {
            functions.push(name);
        }
        let new: Vec<String> = one.gates.iter().filter(|gate| !gates.contains(gate)).cloned().collect();
        gates.extend(new);
    }
    Err(Error::GatesMissing { env: env.clone(), functions, source_hash: first.source.clone(), gates })
}

/// Keeps what is known with each source, so that it is known where that is promoted to. What cannot be kept is said.
pub(in crate::ops) async fn keep(session: &Session, looked: &Looked) {
    let shelf = Shelf::under(&session.bench.workspace.target_directory);
    let console = &session.context().console;
    for (source, passes) in &looked.news {
        if let Err(error) = shelf.keep_passes(*source, passes) {
            console.verbose("Ignoring", format_args!("passes that cannot be kept: {error}"));
        }
        let Some(store) = &session.store else { continue };
        if let Err(error) = store.keep_passes(*source, passes).await {
            console.warn(format_args!("{error}, so the store does not know which gates passed"));
        }
    }
}

/// Whether a plan ships code that was not shipped here.
fn is_due(planned: &Planned<'_>) -> bool {
    !planned.plan.is_unchanged() && planned.plan.encounter != Encounter::GoOn
}

fn requirements(session: &Session) -> Result<Vec<Requirement>, Error> {
    let bench = &session.bench;
    let gates = chosen(&bench.context, &bench.cargo, || gate::chosen(&bench.config.gates(), &[], None))?;
    if gates.is_empty() && bench.environment.gates == GatesPolicy::Required {
        let message = format!(
            "environment `{}` accepts only what passed its gates, and there is none to pass",
            bench.environment.env
        );
        let hint = Some("name some in `run` of [gates], or leave `run` out".to_owned());
        return Err(Error::Usage { message, hint });
    }
    Ok(gate::required(&gates, &bench.context.environment, context::now()))
}

/// Where passes are looked for.
struct Seen<'a> {
    shelf: Shelf,
    stores: Vec<&'a Store>,
    /// What the checkout as it is now passed.
    workspace: Vec<Pass>,
}

impl<'a> Seen<'a> {
    async fn new(session: &'a Session, orders: &'a Orders) -> Result<Self, Error> {
        let bench = &session.bench;
        let from = match &orders.source {
            Source::Promoted(promotion) => Some(promotion),
            _ => orders.accepts.as_ref(),
        };
        let stores = session.store.iter().chain(from.into_iter().flat_map(Promotion::stores)).collect();
        let shelf = Shelf::under(&bench.workspace.target_directory);
        let mut seen = Self { shelf, stores, workspace: Vec::new() };
        let toolchain = Toolchain::load(&bench.context, &bench.workspace.root)?;
        let checkout = source::Checkout {
            context: &bench.context,
            workspace: &bench.workspace,
            toolchain: &toolchain,
            cargo: &bench.cargo,
        };
        match source::whole(&checkout) {
            Ok(whole) => {
                let features = features(&bench.cargo);
                seen.workspace = seen.of(whole.hash()).await?;
                seen.workspace.retain(|pass| pass.is_of(&features));
            }
            Err(reason) => {
                let console = &bench.context.console;
                console.verbose("Ignoring", format_args!("the gates of this checkout: {reason}"));
            }
        }
        Ok(seen)
    }

    /// All that is known of one hash.
    async fn of(&self, hash: SourceHash) -> Result<Vec<Pass>, Error> {
        let mut all = self.shelf.passes(hash);
        for store in &self.stores {
            all = gate::merged(all, &store.passes(hash).await?);
        }
        Ok(all)
    }
}

/// Whether each source is the one that is checked out now.
async fn checked_out(session: &Session, orders: &Orders, due: &[&Planned<'_>]) -> Vec<bool> {
    if let Source::Build { .. } = orders.source {
        return vec![true; due.len()];
    }
    let wanted = due.iter().map(|planned| Wanted::unidentified(planned.desired.config, planned.supply.arch));
    let now = identities(session, wanted.collect()).await;
    let now = now.into_iter().chain(std::iter::repeat(None));
    due.iter().zip(now).map(|(planned, now)| now.is_some() && now == planned.supply.source).collect()
}
