//! `verify`: would these artifacts run on Lambda?

mod smoke;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Arch, CodeSha256, Exit, FunctionName};
use crate::ops::session::{Target, Workbench, only};
use crate::package::{self, Artifact, Upload};
use crate::report::{Failure, SmokeReport};

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

/// What came of all artifacts.
#[derive(Debug, Default)]
pub struct Verification {
    /// Those that Lambda would run.
    pub verified: Vec<Verified>,
    /// Why others would not run, or do not pass.
    pub failed: Vec<Error>,
}

impl Verification {
    /// The exit code that the failures stand for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.failed.iter().map(Error::exit).fold(Exit::Done, Exit::worse)
    }
}

/// One artifact that Lambda would run.
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
    /// The smoke events that it was given.
    pub smoke: Vec<SmokeReport>,
    /// Why it does not pass them.
    pub error: Option<Failure>,
}

/// Checks the artifact of each function under the target folder, or the zip that is given for one. One that fails does not keep
/// the others from being checked.
///
/// # Errors
/// When workspace or configuration cannot be read, or there is no local AWS to run artifacts on.
pub async fn verify(context: &Context, request: &Request) -> Result<Verification, Error> {
    let bench = Workbench::open(context, &request.target)?;
    let functions: Vec<&FunctionConfig> = bench.environment.functions.iter().collect();
    if request.zip.is_some() {
        only(&functions, "--zip")?;
    }
    let (mut artifacts, mut all) = (Vec::new(), Verification::default());
    for function in functions {
        let built = || package::path(&bench.workspace.target_directory, &function.function.name);
        let path = request.zip.as_ref().map_or_else(built, |zip| context.absolute(zip));
        match one(context, function, request.arch, &path) {
            Ok((artifact, arch)) => {
                all.verified.push(told(&artifact, arch));
                artifacts.push((function, artifact, arch));
            }
            Err(error) => all.failed.push(error),
        }
    }
    if request.depth == Depth::Smoke && !artifacts.is_empty() {
        let tested = smoke::test(context, artifacts).await?;
        for (verified, tested) in all.verified.iter_mut().zip(tested) {
            verified.smoke = tested.smoke;
            verified.error = tested.failed.as_ref().map(Error::failure);
            all.failed.extend(tested.failed);
        }
    }
    Ok(all)
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
        error: None,
    }
}
