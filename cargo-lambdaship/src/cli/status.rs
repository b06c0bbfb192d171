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
        let (served, failed) = Run::wait(self.read(run))?;
        let listing = Listing {
            header: &["ENV", "FUNCTION", "LAMBDA", "ALIAS", "VERSION", "BACK TO", "CODE", "COMMIT", "STATE"],
            items: &served,
            cells,
        };
        run.print(&listing.render(run.global.format.into()))?;
        for (env, error) in &failed {
            run.context.console.warn(format_args!("`{env}` could not be read"));
            error.show(&run.context.console);
        }
        Ok(failed.iter().map(|(_, error)| error.exit()).fold(Exit::Done, Exit::worse))
    }

    /// One environment when it was given, else all of the file; one that cannot be read does not hide the others.
    async fn read(&self, run: &Run) -> Result<(Vec<Served>, Vec<(EnvName, Error)>), Error> {
        if let Some(env) = &run.global.env {
            let target = self.selected.target(&run.global, env.clone());
            return Ok((Box::pin(status::status(&run.context, &target)).await?, Vec::new()));
        }
        let local =
            EnvName::new(LOCAL).map_err(|error| Error::Usage { message: error.to_string(), hint: None })?;
        let environments = status::environments(&run.context, &self.selected.target(&run.global, local))?;
        let (mut served, mut failed) = (Vec::new(), Vec::new());
        for env in environments {
            let target = self.selected.target(&run.global, env.clone());
            match Box::pin(status::status(&run.context, &target)).await {
                Ok(of_one) => served.extend(of_one),
                Err(error) => failed.push((env, error)),
            }
        }
        Ok((served, failed))
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
