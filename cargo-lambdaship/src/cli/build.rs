//! `build`.

use camino::Utf8PathBuf;
use clap::ValueEnum;
use serde::Serialize;

use super::args::{CodeArgs, Global, Selected, arch};
use super::run::Run;
use crate::error::Error;
use crate::model::{Arch, CodeSha256, EnvName, Exit, FunctionName};
use crate::ops;
use crate::ops::artifacts::{Machine, Ready};
use crate::ops::build::Request;
use crate::package::OutputFormat;
use crate::report::{Listing, size};

/// Build and pack the functions, without AWS
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    selected: Selected,
    #[command(flatten)]
    code: CodeArgs,
    /// The lambdas' processor: arm64 or `x86_64` [default: the configuration's, then arm64]
    #[arg(long, value_name = "ARCH", value_parser = arch)]
    arch: Option<Arch>,
    /// Also write the artifacts to `FOLDER/<function>/`, as SAM and CDK read them
    #[arg(long, value_name = "FOLDER")]
    output_dir: Option<Utf8PathBuf>,
    /// What is written there
    #[arg(long, value_enum, default_value_t = Output::Zip, requires = "output_dir")]
    output_format: Output,
}

impl Args {
    pub(super) fn run(&self, run: &Run) -> Result<Exit, Error> {
        let format = match self.output_format {
            Output::Zip => OutputFormat::Zip,
            Output::Binary => OutputFormat::Binary,
        };
        let request = Request {
            target: self.selected.target(&run.global, environment(&run.global)?),
            source: self.code.source(),
            machine: machine(&run.global),
            arch: self.arch,
            output: self.output_dir.clone().map(|folder| (folder, format)),
        };
        let built = Run::wait(ops::build::build(&run.context, &request))?;
        let built: Vec<Row> = built.into_iter().map(row).collect();
        let listing = Listing { header: &["FUNCTION", "ARCH", "SIZE", "CODE", "PATH"], items: &built, cells };
        run.print(&listing.render(run.global.format.into()))?;
        Ok(Exit::Done)
    }
}

/// `--output-format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Output {
    /// bootstrap.zip
    Zip,
    /// bootstrap, the executable itself
    Binary,
}

/// One artifact, as the result shows it.
#[derive(Serialize)]
struct Row {
    function: FunctionName,
    arch: Arch,
    size: u64,
    code_sha256: CodeSha256,
    path: Utf8PathBuf,
}

fn row(ready: Ready) -> Row {
    let artifact = ready.artifact;
    Row {
        function: artifact.function,
        arch: artifact.arch.unwrap_or(ready.arch),
        size: artifact.size,
        code_sha256: artifact.code_sha256,
        path: artifact.path,
    }
}

fn cells(row: &Row) -> Vec<String> {
    let code = row.code_sha256.short();
    vec![row.function.to_string(), row.arch.to_string(), size(row.size), code, row.path.to_string()]
}

/// Building needs no environment, and `status` shows all; the settings of `local` are those that none changes.
pub(super) fn environment(global: &Global) -> Result<EnvName, Error> {
    let usage = |error: crate::model::InvalidName| Error::Usage { message: error.to_string(), hint: None };
    global.env.clone().map_or_else(|| EnvName::new(ops::session::LOCAL).map_err(usage), Ok)
}

/// Artifacts are for Lambda, unless the local AWS is asked for by name.
fn machine(global: &Global) -> Machine {
    match &global.env {
        Some(env) if env.as_str() == ops::session::LOCAL => Machine::Host,
        _ => Machine::Lambda,
    }
}
