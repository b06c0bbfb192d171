//! `build`: artifacts and stamps, without AWS.

use camino::Utf8PathBuf;

use crate::build::Target as BuildTarget;
use crate::context::Context;
use crate::error::Error;
use crate::model::Arch;
use crate::ops::artifacts::{Machine, Maker, Ready, Source, arch_for};
use crate::ops::session::{Target, Workbench, host_arch};
use crate::ops::supply::Records;
use crate::package::{self, OutputFormat};
use crate::source;
use crate::stamp::Git;
use crate::store::Shelf;

/// What `build` is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Workspace, configuration and selection.
    pub target: Target,
    /// Where the code comes from.
    pub source: Source,
    /// What the artifacts are to run on.
    pub machine: Machine,
    /// `--arch`.
    pub arch: Option<Arch>,
    /// `--output-dir` and `--output-format`.
    pub output: Option<(Utf8PathBuf, OutputFormat)>,
}

/// Builds and packs the functions.
///
/// # Errors
/// When the build fails, or an artifact would not run on its lambda.
pub async fn build(context: &Context, request: &Request) -> Result<Vec<Ready>, Error> {
    let bench = Workbench::open(context, &request.target)?;
    let git = request.source.commit(Git::observe(&bench.workspace.root).await);
    let archs = archs(&bench, request);
    let (source, machine) = (&request.source, request.machine);
    let shelf = Shelf::under(&bench.workspace.target_directory);
    let records = Records::new(shelf, None, &context.console);
    let maker = Maker { git: git.as_ref(), machine, ..Maker::new(&bench, source, &records) };
    let made = maker.make_all(&archs).await?;
    if let Some((directory, format)) = &request.output {
        let mut written = Vec::new();
        for ready in &made {
            let path = package::export(&ready.artifact, &context.absolute(directory), *format)?;
            context.console.status("Writing", &path);
            written.push(path);
        }
        source::written::remember(&bench.workspace.target_directory, &written)?;
    }
    Ok(made)
}

fn archs(bench: &Workbench, request: &Request) -> Vec<Arch> {
    let target = request.source.recipe().and_then(|(_, target)| target);
    let functions = bench.environment.functions.iter();
    match request.machine {
        Machine::Host => functions.map(|_| host_arch()).collect(),
        Machine::Lambda => {
            functions.map(|function| arch(request.arch, function.settings.arch, target)).collect()
        }
    }
}

/// Flags win over the configuration.
fn arch(flag: Option<Arch>, stated: Option<Arch>, target: Option<&BuildTarget>) -> Arch {
    flag.or_else(|| target.and_then(BuildTarget::arch)).unwrap_or_else(|| arch_for(stated, None, None))
}
