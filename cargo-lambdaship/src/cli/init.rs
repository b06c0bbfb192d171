//! `init`.

use clap::ValueEnum;

use super::args::Cargo;
use super::run::Run;
use crate::config;
use crate::error::Error;
use crate::model::Exit;
use crate::ops::init::{self, Ci, Options, Wrote, commit, init};

/// Write a commented lambdaship.toml, and pipelines for it
///
/// Pipelines are for the environments that lambdaship.toml has, one after another by their `from`; one that is there already
/// stays as it is.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Import cargo-lambda's configuration
    #[arg(long)]
    from_cargo_lambda: bool,
    /// Write the workflows of GitHub Actions
    #[arg(long)]
    github: bool,
    /// Write the pipelines of another system
    #[arg(long, value_enum, value_name = "SYSTEM")]
    ci: Option<System>,
    /// The commit of the action that the workflows run [default: that of this version's release]
    #[arg(long, value_name = "COMMIT", value_parser = commit, requires = "github")]
    pin: Option<String>,
    /// The branch that is shipped [default: origin's; else main, master or trunk; else that of now]. GitLab knows its own
    #[arg(long, value_name = "NAME")]
    branch: Option<String>,
    /// Replace files that are there; with --github or --ci those of the pipelines, but for the younger commits of actions in them
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    cargo: Cargo,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let options = Options {
            cargo: self.cargo.options(),
            path: run.global.config.clone(),
            from_cargo_lambda: self.from_cargo_lambda,
            force: self.force,
            github: self.github,
            ci: self.ci.map(Ci::from),
            pin: self.pin.clone(),
            branch: self.branch.clone(),
        };
        let written = init(&run.context, &options).map_err(wrong)?;
        let console = &run.context.console;
        for (path, wrote) in &written.files {
            let verb = match wrote {
                Wrote::Written => "Writing",
                Wrote::Unchanged => "Unchanged",
            };
            console.status(verb, path);
        }
        if let Some(branch) = &written.branch {
            console.status("Shipping", format_args!("branch {branch}"));
        }
        for warning in &written.warnings {
            console.warn(warning);
        }
        for hint in &written.hints {
            console.hint(hint);
        }
        Ok(Exit::Done)
    }
}

/// A configuration that is wrong ends as it does for every other verb.
fn wrong(error: init::Error) -> Error {
    match error {
        init::Error::Config(error @ config::Error::Problems(_)) => Error::Config(error),
        other => Error::Init(other),
    }
}

/// `--ci`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum System {
    /// Jenkinsfile.pr and Jenkinsfile.cd
    Jenkins,
    /// .gitlab-ci.yml
    #[value(name = "gitlab")]
    GitLab,
    /// buildspec.pr.yml and buildspec.cd.yml
    #[value(name = "codebuild")]
    CodeBuild,
}

impl From<System> for Ci {
    fn from(system: System) -> Self {
        match system {
            System::Jenkins => Self::Jenkins,
            System::GitLab => Self::GitLab,
            System::CodeBuild => Self::CodeBuild,
        }
    }
}
