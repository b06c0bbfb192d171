//! `status`.

use super::args::Selected;
use super::build::environment;
use super::run::Run;
use crate::error::Error;
use crate::model::{Exit, Version};
use crate::ops::status::{self, Scope, Served, State};
use crate::report::Listing;

/// Show what the environments serve now
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let scope = if run.global.env.is_some() { Scope::One } else { Scope::All };
        let target = self.selected.target(&run.global, environment(&run.global)?);
        let seen = Run::wait(status::status(&run.context, &target, scope))?;
        let listing = Listing {
            header: &["ENV", "FUNCTION", "LAMBDA", "ALIAS", "VERSION", "BACK TO", "CODE", "COMMIT", "STATE"],
            items: &seen.served,
            cells,
        };
        run.print(&listing.render(run.global.format.into()))?;
        for (env, error) in &seen.unread {
            run.context.console.warn(format_args!("`{env}` could not be read"));
            error.show(&run.context.console);
        }
        Ok(seen.exit())
    }
}

fn cells(served: &Served) -> Vec<String> {
    let dash = || "-".to_owned();
    let number = |version: Option<Version>| version.map_or_else(dash, |version| version.to_string());
    let split = || Some(format!("{} % to version {}", served.percent?, served.next?));
    let state = match served.state {
        // Lambda still moves it.
        State::Current | State::Differs | State::Unknown if served.next.is_some() => {
            split().map_or_else(|| "moving".to_owned(), |split| format!("moving, {split}"))
        }
        State::NotDeployed => "not deployed".to_owned(),
        State::Split => split().unwrap_or_else(|| "split".to_owned()),
        State::Current => "current".to_owned(),
        State::Differs => "differs from the last build".to_owned(),
        State::Unknown => "not built here".to_owned(),
    };
    vec![
        served.env.to_string(),
        served.function.to_string(),
        match &served.region {
            Some(region) => format!("{} ({region})", served.lambda),
            None => served.lambda.to_string(),
        },
        served.alias.to_string(),
        number(served.version),
        number(served.previous),
        served.code_sha256.map_or_else(dash, |code| code.short()),
        served.commit.clone().unwrap_or_else(dash),
        state,
    ]
}
