//! `verify`: would these artifacts run on Lambda?

mod smoke;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Arch, CodeSha256, FunctionName};
use crate::ops::session::{Target, Workbench, only};
use crate::package::{self, Artifact, Upload};
use crate::report::SmokeReport;

/// What `verify` is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Workspace, configuration and selection.
    pub target: Target,
    /// A zip, in place of the one that was built last.
    pub zip: Option<Utf8PathBuf>,
    /// What the lambdas run on; the configuration's when it is not given.
    pub arch: Option<Arch>,
    /// How far to go.
    pub depth: Depth,
}

/// How far an artifact is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// It is read.
    Read,
    /// It is also given its smoke events, on the local AWS.
    Smoke,
}

/// One artifact that was checked.
#[derive(Debug, Clone, Serialize)]
pub struct Verified {
    /// The function.
    pub function: FunctionName,
    /// What its lambda runs on.
    pub arch: Arch,
    /// The least glibc that it needs; absent when it is static.
    pub glibc: Option<String>,
    /// The zip's size in bytes.
    pub size: u64,
    /// The zip's digest.
    pub code_sha256: CodeSha256,
    /// The smoke events that it passed.
    pub smoke: Vec<SmokeReport>,
}

/// Checks the artifact of each function under the target folder, or the zip that is given for one.
///
/// # Errors
/// The first artifact that is missing, would not run, or does not pass.
pub async fn verify(context: &Context, request: &Request) -> Result<Vec<Verified>, Error> {
    let bench = Workbench::open(context, &request.target)?;
    let functions: Vec<&FunctionConfig> = bench.environment.functions.iter().collect();
    if request.zip.is_some() {
        only(&functions, "--zip")?;
    }
    let mut artifacts = Vec::new();
    for function in functions {
        let built = || package::path(&bench.workspace.target_directory, &function.function.name);
        let path = request.zip.as_ref().map_or_else(built, |zip| context.absolute(zip));
        let (artifact, arch) = one(context, function, request.arch, &path)?;
        artifacts.push((function, artifact, arch));
    }
    let mut verified: Vec<Verified> =
        artifacts.iter().map(|(_, artifact, arch)| told(artifact, *arch)).collect();
    if request.depth == Depth::Smoke {
        let passed = smoke::test(context, artifacts).await?;
        for (verified, smoke) in verified.iter_mut().zip(passed) {
            verified.smoke = smoke;
        }
    }
    Ok(verified)
}

fn one(
    context: &Context,
    function: &FunctionConfig,
    flag: Option<Arch>,
    path: &Utf8Path,
) -> Result<(Artifact, Arch), Error> {
    let name = &function.function.name;
    if !path.exists() {
        return Err(Error::Function {
            message: format!("`{name}` has no artifact: {path} is not there"),
            hint: Some("run `cargo lambdaship build` first".to_owned()),
            held: false,
        });
    }
    let artifact = package::adopt_zip(name, path)?;
    // A lambda whose processor nothing states may be either one: a deploy keeps what it is.
    let arch = flag.or(function.settings.arch).or(artifact.arch).unwrap_or(Arch::Arm64);
    artifact.verify(arch, Upload::Direct)?;
    context.console.status("Verified", format_args!("{name} for {arch}"));
    Ok((artifact, arch))
}

fn told(artifact: &Artifact, arch: Arch) -> Verified {
    let glibc = artifact.binary.as_ref().and_then(|binary| binary.glibc_need);
    Verified {
        function: artifact.function.clone(),
        arch,
        glibc: glibc.map(|glibc| glibc.to_string()),
        size: artifact.size,
        code_sha256: artifact.code_sha256,
        smoke: Vec::new(),
    }
}
