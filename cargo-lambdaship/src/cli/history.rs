//! `history`.

use super::args::Selected;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops::history::{self, Noted, Release, State};
use crate::report::Listing;
use crate::store::Ended;

/// Show who deployed which commit as which version, when, and how it ended
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    /// At most so many versions of each function, newest first
    #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
    limit: usize,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let target = self.selected.target(&run.global, run.global.environment()?);
        let releases = Run::wait(history::history(&run.context, &target, self.limit))?;
        let listing = Listing {
            header: &["FUNCTION", "LAMBDA", "VERSION", "TIME", "COMMIT", "BY", "CODE", "STATE"],
            items: &releases,
            cells,
        };
        run.print(&listing.render(run.global.format.into()))?;
        Ok(Exit::Done)
    }
}

fn cells(release: &Release) -> Vec<String> {
    let dash = || "-".to_owned();
    let time = release.time.map_or_else(dash, |time| time.strftime("%Y-%m-%d %H:%M:%SZ").to_string());
    vec![
        release.function.to_string(),
        match &release.region {
            Some(region) => format!("{} ({region})", release.lambda),
            None => release.lambda.to_string(),
        },
        release.version.to_string(),
        time,
        // What others published says of itself what they wrote.
        release.commit.clone().or_else(|| release.description.clone()).unwrap_or_else(dash),
        release.by.clone().unwrap_or_else(dash),
        release.code_sha256.map_or_else(dash, |code| code.short()),
        format!("{}{}", state(release), told(release)),
    ]
}

/// What the ledger tells of a version beyond its state.
fn told(release: &Release) -> String {
    let by = |noted: &Noted| noted.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
    // The server's clock ticks by the second, so the run that took it back need not be the newest by its time.
    let back = release.runs.iter().find(|noted| noted.outcome == Ended::RolledBack);
    let told = back.filter(|_| release.state == State::RolledBack).or(release.runs.first());
    match told {
        Some(noted @ Noted { outcome: Ended::Promoted, from: Some(from), .. }) => {
            format!(", promoted from {from}{}", by(noted))
        }
        Some(noted @ Noted { outcome: Ended::RolledBack, .. }) if release.state == State::RolledBack => {
            by(noted)
        }
        Some(noted @ Noted { outcome: Ended::Failed, .. }) => format!(", a later run failed{}", by(noted)),
        Some(_) | None => String::new(),
    }
}

fn state(release: &Release) -> String {
    match release.state {
        State::Serving => "serving".to_owned(),
        State::RollingOut => format!("rolling out, {} %", release.percent.unwrap_or_default()),
        State::RolledBack => "rolled back".to_owned(),
        State::ServedBefore => "served before".to_owned(),
        State::Replaced => "replaced".to_owned(),
        State::DidNotPass => "did not pass".to_owned(),
        State::NeverServed => "never served".to_owned(),
        State::Older => "older".to_owned(),
        State::Unknown => "-".to_owned(),
    }
}
