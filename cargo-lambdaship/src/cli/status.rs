//! `status`.

use super::args::Selected;
use super::run::Run;
use crate::error::Error;
use crate::model::{EnvName, Exit, Version};
use crate::ops::session::LOCAL;
use crate::ops::status::{self, Served, State};
use crate::report::Listing;

/// Show what the environments serve now
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let served = Run::wait(self.read(run))?;
        let listing = Listing {
            header: &["ENV", "FUNCTION", "LAMBDA", "ALIAS", "VERSION", "BACK TO", "CODE", "COMMIT", "STATE"],
            items: &served,
            cells,
        };
        run.print(&listing.render(run.global.format.into()))?;
        Ok(Exit::Done)
    }
}

impl Args {
    /// One environment when it was given, else all of the file.
    async fn read(&self, run: &Run) -> Result<Vec<Served>, Error> {
        let local =
            EnvName::new(LOCAL).map_err(|error| Error::Usage { message: error.to_string(), hint: None })?;
        let environments = match &run.global.env {
            Some(env) => vec![env.clone()],
            None => status::environments(&run.context, &self.selected.target(&run.global, local))?,
        };
        let mut served = Vec::new();
        for env in environments {
            served.extend(status::status(&run.context, &self.selected.target(&run.global, env)).await?);
        }
        Ok(served)
    }
}

fn cells(served: &Served) -> Vec<String> {
    let dash = || "-".to_owned();
    let number = |version: Option<Version>| version.map_or_else(dash, |version| version.to_string());
    let state = match served.state {
        State::NotDeployed => "not deployed",
        State::Split => "split",
        State::Current => "current",
        State::Differs => "differs from the last build",
        State::Unknown => "not built here",
    };
    vec![
        served.env.to_string(),
        served.function.to_string(),
        served.lambda.to_string(),
        served.alias.to_string(),
        number(served.version),
        number(served.previous),
        served.code_sha256.map_or_else(dash, |code| code.short()),
        served.commit.clone().unwrap_or_else(dash),
        state.to_owned(),
    ]
}
