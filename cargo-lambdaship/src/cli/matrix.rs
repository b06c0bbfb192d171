//! `matrix`.

use super::args::Selected;
use super::build::environment;
use super::run::Run;
use crate::error::Error;
use crate::model::Exit;
use crate::ops::matrix::{Jobs, Matrix, matrix};
use crate::report::Format;

/// Split the functions over the jobs of a pipeline, without AWS
///
/// With `--format json` the result is a matrix of GitHub Actions, on one line: `flags` goes to the other verbs. Functions of one
/// package stay together, unless there is a job to spare. What a job takes is a guess: the number of packages that
/// Cargo.lock has for it, the bytes of its own sources, and the number of its functions.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    /// At most so many jobs [default: 256, which is GitHub's limit]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    shards: Option<u16>,
    /// So many functions in a job, on the average
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..), conflicts_with = "shards")]
    per_shard: Option<u16>,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let jobs = match (self.shards, self.per_shard) {
            (Some(shards), _) => Jobs::AtMost(shards.into()),
            (None, Some(each)) => Jobs::Of(each.into()),
            (None, None) => Jobs::Most,
        };
        let target = self.selected.target(&run.global, environment(&run.global)?);
        let matrix = Matrix::of(&matrix(&run.context, &target, jobs)?);
        let text = match Format::from(run.global.format) {
            Format::Json => format!("{}\n", matrix.json()),
            format => matrix.table(format),
        };
        run.print(&text)?;
        Ok(Exit::Done)
    }
}
