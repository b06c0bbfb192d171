//! `verify`: would these artifacts run on Lambda?

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;

use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Arch, CodeSha256, FunctionName};
use crate::ops::session::{Target, Workbench, only};
use crate::package::{self, Upload};

/// What `verify` is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Workspace, configuration and selection.
    pub target: Target,
    /// A zip, in place of the one that was built last.
    pub zip: Option<Utf8PathBuf>,
    /// What the lambdas run on; the configuration's when it is not given.
    pub arch: Option<Arch>,
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
}

/// Checks the artifact of each function under the target folder, or the zip that is given for one.
///
/// # Errors
/// The first artifact that is missing, or would not run.
pub fn verify(context: &Context, request: &Request) -> Result<Vec<Verified>, Error> {
    let bench = Workbench::open(context, &request.target)?;
    let functions: Vec<&FunctionConfig> = bench.environment.functions.iter().collect();
    if let Some(zip) = &request.zip {
        let function = only(&functions, "--zip")?;
        return Ok(vec![one(context, function, request.arch, &context.absolute(zip))?]);
    }
    let built = functions.into_iter().map(|function| {
        let path = package::path(&bench.workspace.target_directory, &function.function.name);
        one(context, function, request.arch, &path)
    });
    built.collect()
}

fn one(
    context: &Context,
    function: &FunctionConfig,
    flag: Option<Arch>,
    path: &Utf8Path,
) -> Result<Verified, Error> {
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
    let glibc = artifact.binary.as_ref().and_then(|binary| binary.glibc_need);
    Ok(Verified {
        function: artifact.function,
        arch,
        glibc: glibc.map(|glibc| glibc.to_string()),
        size: artifact.size,
        code_sha256: artifact.code_sha256,
    })
}
