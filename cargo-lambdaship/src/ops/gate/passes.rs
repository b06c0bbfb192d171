//! What is known to have passed: on this machine, and in the store of an environment.

use super::Request;
use crate::context::{self, Context};
use crate::error::Error;
use crate::gate::Pass;
use crate::model::SourceHash;
use crate::ops::artifacts::{Maker, Source, Wanted, arch_for};
use crate::ops::session::{self, Session, Workbench, close};
use crate::ops::supply::{self, identify_known};
use crate::plan::prune::REMEMBERED;
use crate::source::Inputs;
use crate::stamp::VersionStamp;
use crate::store::Shelf;
use crate::workspace::{CargoOptions, Selection, Workspace};

/// The environment whose store is used, if there is one.
pub(super) struct Target(Option<session::Target>);

impl Target {
    pub(super) fn of(request: &Request) -> Self {
        Self(request.env.clone().map(|env| session::Target {
            env,
            config: request.config.clone(),
            // What tests are compiled with says nothing of what is built.
            cargo: CargoOptions { profile: None, ..request.cargo.clone() },
            selection: Selection::default(),
            connection: request.connection.clone(),
        }))
    }
}

/// Reads and keeps what passed.
pub(super) struct Records<'a> {
    pub(super) context: &'a Context,
    pub(super) workspace: &'a Workspace,
    pub(super) target: Target,
}

impl Records<'_> {
    fn shelf(&self) -> Shelf {
        Shelf::under(&self.workspace.target_directory)
    }

    async fn sessions(&self, target: &session::Target) -> Result<Vec<Session>, Error> {
        Session::connect_all(Workbench::open(self.context, target)?, target).await
    }

    /// What the workspace is known to have passed. That the store cannot be reached is said before anything is run.
    ///
    /// # Errors
    /// When the environment is wrong, or its store cannot be read.
    pub(super) async fn known(&self, whole: &Inputs) -> Result<Vec<Pass>, Error> {
        let hash = whole.hash();
        let mut known = self.shelf().passes(hash);
        if let Some(target) = &self.target.0 {
            let sessions = Box::pin(self.sessions(target)).await?;
            for store in sessions.iter().filter_map(|session| session.store.as_ref()) {
                known.extend(store.passes(hash).await?);
            }
            close(sessions).await;
        }
        Ok(known)
    }

    /// Keeps what passed, for the workspace and for the sources of all functions of the environment.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub(super) async fn keep(&self, whole: &Inputs, new: &[Pass]) -> Result<(), Error> {
        let hash = whole.hash();
        if let Ok(long_ago) = context::now().checked_sub(REMEMBERED) {
            self.shelf().forget_passes(long_ago);
        }
        self.keep_here(hash, new);
        let Some(target) = &self.target.0 else { return Ok(()) };
        let sessions = Box::pin(self.sessions(target)).await?;
        for session in &sessions {
            let by = VersionStamp::new(None, &session.caller.arn).by;
            let new: Vec<Pass> = new.iter().map(|pass| Pass { by: by.clone(), ..pass.clone() }).collect();
            for source in sources(session).await {
                self.keep_here(source, &new);
                keep_there(session, source, &new).await?;
            }
            keep_there(session, hash, &new).await?;
        }
        close(sessions).await;
        Ok(())
    }

    fn keep_here(&self, of: SourceHash, new: &[Pass]) {
        if let Err(error) = self.shelf().keep_passes(of, new) {
            self.context.console.verbose("Ignoring", format_args!("passes that cannot be kept: {error}"));
        }
    }
}

async fn keep_there(session: &Session, of: SourceHash, new: &[Pass]) -> Result<(), Error> {
    match &session.store {
        Some(store) => Ok(store.keep_passes(of, new).await?),
        None => Ok(()),
    }
}

/// The sources that a deploy of the environment would build now, as far as that can be told without asking Lambda.
async fn sources(session: &Session) -> Vec<SourceHash> {
    let functions = session.bench.environment.functions.iter();
    let wanted = functions
        .map(|function| Wanted::unidentified(function, arch_for(function.settings.arch, None, None)));
    identities(session, wanted.collect()).await.into_iter().flatten().collect()
}

/// The sources of `wanted` in this checkout, in their order; none where they cannot be told.
pub(super) async fn identities(session: &Session, wanted: Vec<Wanted<'_>>) -> Vec<Option<SourceHash>> {
    let bench = &session.bench;
    let shelf = Shelf::under(&bench.workspace.target_directory);
    let records = supply::Records::new(shelf, session.store.as_ref(), &bench.context.console);
    let source = Source::Build { builder: None, target: None };
    let maker = Maker::new(bench, &source, &records);
    match identify_known(&maker, wanted).await {
        Ok(identities) => identities.iter().map(supply::Identity::hash).collect(),
        Err(error) => {
            bench.context.console.verbose("Ignoring", format_args!("sources that cannot be told: {error}"));
            Vec::new()
        }
    }
}
