//! `gate`.

use camino::Utf8PathBuf;

use super::args::{Cargo, ConnectionArgs};
use super::run::{Run, interruption};
use crate::error::Error;
use crate::model::Exit;
use crate::ops;
use crate::ops::gate::Request;
use crate::report::gates::GateOutcome;

/// Run the checks that must pass before anything ships
///
/// Those that are known to have passed for the very same files are not run again. With --env, its store knows what passed, so that
/// other machines do as well.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// fmt, clippy, test, doctest, audit, deny, coverage, or one of the configuration's own [default: those of `[gates]`; without
    /// it fmt, clippy and test]
    #[arg(value_name = "NAME", value_delimiter = ',')]
    gates: Vec<String>,
    /// The least share of lines that tests have to run; it asks for the gate `coverage`
    #[arg(long, value_name = "PERCENT", value_parser = percent)]
    coverage_threshold: Option<f64>,
    /// Also run what is known to pass
    #[arg(long)]
    force: bool,
    /// Also write what was found to this `JUnit` file
    #[arg(long, value_name = "FILE")]
    junit: Option<Utf8PathBuf>,
    #[command(flatten)]
    cargo: Cargo,
    #[command(flatten)]
    connection: ConnectionArgs,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let request = Request {
            cargo: self.cargo.options(),
            config: run.global.config.clone(),
            env: run.global.env.clone(),
            connection: self.connection.flags(),
            gates: self.gates.clone(),
            coverage_threshold: self.coverage_threshold,
            force: self.force,
            junit: self.junit.clone(),
        };
        let report = Run::finish(ops::gate::gate(&run.context, &request, &interruption()))?;
        run.print(&report.render(run.global.format.into()))?;
        report.show_failures(&run.context);
        let interrupted = report.gates.iter().any(|gate| gate.outcome == GateOutcome::Interrupted);
        Ok(match (report.passed, interrupted) {
            (true, _) => Exit::Done,
            (false, true) => Exit::Failed,
            (false, false) => Exit::Refused,
        })
    }
}

fn percent(text: &str) -> Result<f64, String> {
    let number = text.trim_end_matches('%').trim().parse().ok();
    let number = number.filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| "it is not a percentage from 0 to 100".to_owned())
}
