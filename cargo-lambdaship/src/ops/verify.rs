//! `verify`: would these artifacts run on Lambda?

use camino::Utf8PathBuf;
use serde::Serialize;

use crate::context::Context;
use crate::error::Error;
use crate::model::{Arch, CodeSha256, FunctionName};
use crate::ops::artifacts::arch_for;
use crate::ops::session::{Target, Workbench};
use crate::package::{self, limits::Upload};

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
pub fn verify(context: &Context, target: &Target, zip: Option<&Utf8PathBuf>) -> Result<Vec<Verified>, Error> {
    let bench = Workbench::open(context, target)?;
    let functions = &bench.environment.functions;
    if zip.is_some() && functions.len() != 1 {
        return Err(Error::Usage {
            message: format!("--zip is for one function, and {} are selected", functions.len()),
            hint: Some("name the function with -f".to_owned()),
        });
    }
    let verified = functions.iter().map(|function| {
        let name = &function.function.name;
        let path = zip.map(|path| context.absolute(path));
        let path = path.unwrap_or_else(|| package::path(&bench.workspace.target_directory, name));
        if !path.exists() {
            return Err(Error::Function {
                message: format!("`{name}` has no artifact ({path} is not there)"),
                hint: Some("run `cargo lambdaship build` first".to_owned()),
                held: false,
            });
        }
        let artifact = package::adopt_zip(name, &path)?;
        let arch = arch_for(function.settings.arch, None, None);
        artifact.verify(arch, Upload::Direct)?;
        context.console.status("Verified", format_args!("{name} {arch}"));
        let glibc = artifact.binary.as_ref().and_then(|binary| binary.glibc_need);
        Ok(Verified {
            function: artifact.function,
            arch,
            glibc: glibc.map(|glibc| glibc.to_string()),
            size: artifact.size,
            code_sha256: artifact.code_sha256,
        })
    });
    verified.collect()
}
