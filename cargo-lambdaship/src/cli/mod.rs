//! Flags → requests. Knows clap; holds no logic.

mod args;
mod build;
mod ci;
mod completions;
mod deploy;
mod doctor;
mod drift;
mod gate;
mod history;
mod init;
mod invoke;
mod local;
mod logs;
mod man;
mod matrix;
mod plan;
mod promote;
mod prune;
#[cfg(test)]
mod reference;
mod report;
mod rollback;
mod rollout;
mod run;
mod schema;
mod status;
mod verify;

use clap::{Parser, Subcommand};

pub use args::{Global, Selected};
pub use run::{linked, run};

/// Build, pack and deploy the AWS Lambda functions of a cargo workspace.
#[derive(Debug, Parser)]
#[command(name = "lambdaship", bin_name = "cargo lambdaship", version, styles = clap_cargo::style::CLAP_STYLING)]
#[command(disable_help_subcommand = true, arg_required_else_help = true, after_help = EXIT_CODES)]
pub struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

const EXIT_CODES: &str = "\
Exit codes:
    0  done, or nothing to do
    1  failed
    2  the command line or the configuration is wrong
    3  the plan has changes (--detailed-exit-code), or something drifted
    4  an artifact, a check or a gate did not pass
    5  rolled back: a new version did not pass its smoke events, or its rollout
    6  held by another deployer: try again; or not what the plan says any more
    7  a rollback could not be completed, act now
  101  the build failed";

/// The verbs.
#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Args),
    Build(build::Args),
    Gate(gate::Args),
    Verify(verify::Args),
    Plan(plan::Args),
    Deploy(deploy::Args),
    Promote(promote::Args),
    Rollback(rollback::Args),
    Rollout(rollout::Args),
    Status(status::Args),
    Drift(drift::Args),
    History(history::Args),
    Prune(prune::Args),
    Invoke(invoke::Args),
    Logs(logs::Args),
    Matrix(matrix::Args),
    Ci(ci::Args),
    Local(local::Args),
    Doctor(doctor::Args),
    Schema(schema::Args),
    Completions(completions::Args),
    Man(man::Args),
}
