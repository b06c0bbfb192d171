//! From functions to verified, stamped artifacts: built here, or built elsewhere.

use camino::{Utf8Path, Utf8PathBuf};

use crate::build::{self, Built, Platform, Target, Toolchain, Unit};
use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Arch, BuilderChoice};
use crate::ops::session::Workbench;
use crate::package::{self, Artifact, limits::Upload};
use crate::report::size;
use crate::stamp::{self, Git, Stamp};

/// Where the code comes from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Cargo builds it.
    Build {
        /// `--builder`; the configuration's when it was not given.
        builder: Option<BuilderChoice>,
        /// `--target`.
        target: Option<Target>,
    },
    /// `--binary-path`: an executable, to be packed.
    Binary(Utf8PathBuf),
    /// `--zip`: a zip, shipped as it is.
    Zip(Utf8PathBuf),
}

/// A verified artifact.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The artifact.
    pub artifact: Artifact,
    /// What its lambda runs on.
    pub arch: Arch,
    /// The executable that was packed; `None` for a zip from elsewhere.
    pub binary: Option<Utf8PathBuf>,
    /// Whether cargo was run for it.
    pub built: bool,
}

/// Everything that is needed to make artifacts.
pub struct Maker<'a> {
    /// Workspace and configuration.
    pub bench: &'a Workbench,
    /// Where the code comes from.
    pub source: &'a Source,
    /// The commit that is checked out.
    pub git: Option<&'a Git>,
}

impl Maker<'_> {
    /// Makes one artifact for each function of the environment; `archs` says what each lambda runs on.
    ///
    /// # Errors
    /// When the build fails, or an artifact would not run on its lambda.
    pub fn make(&self, archs: &[Arch]) -> Result<Vec<Ready>, Error> {
        let functions: Vec<_> = self.bench.environment.functions.iter().zip(archs.iter().copied()).collect();
        match self.source {
            Source::Build { builder, target } => self.build(&functions, *builder, target.as_ref()),
            Source::Binary(path) => {
                let (function, arch) = only(&functions, "--binary-path")?;
                Ok(vec![self.adopt_binary(function, arch, path)?])
            }
            Source::Zip(path) => {
                let (function, arch) = only(&functions, "--zip")?;
                Ok(vec![self.adopt_zip(function, arch, path)?])
            }
        }
    }

    fn build(
        &self,
        functions: &[(&FunctionConfig, Arch)],
        builder: Option<BuilderChoice>,
        target: Option<&Target>,
    ) -> Result<Vec<Ready>, Error> {
        let (bench, context) = (self.bench, self.context());
        let toolchain = Toolchain::load(context, &bench.workspace.root)?;
        let unit = |(function, arch): &(&FunctionConfig, Arch)| Unit {
            function: function.function.clone(),
            platform: match target {
                _ if bench.is_local() => Platform::Host,
                Some(target) => Platform::Target(target.clone()),
                None => Platform::Lambda(*arch),
            },
        };
        let request = build::Request {
            workspace: &bench.workspace,
            cargo: &bench.cargo,
            builder: builder.unwrap_or_else(|| bench.config.builder()),
            units: functions.iter().map(unit).collect(),
        };
        let built = build::build(context, &request, &toolchain)?;
        let packed = functions.iter().zip(built);
        packed.map(|((function, arch), built)| self.pack(function, *arch, &built, &toolchain)).collect()
    }

    fn pack(
        &self,
        function: &FunctionConfig,
        arch: Arch,
        built: &Built,
        toolchain: &Toolchain,
    ) -> Result<Ready, Error> {
        let artifact = self.zip(function, &built.binary)?;
        let ready = Ready { artifact, arch, binary: Some(built.binary.clone()), built: true };
        self.verify(&ready)?;
        self.stamp(&ready, Some(stamp::Build::of(built, toolchain)))?;
        Ok(ready)
    }

    fn adopt_binary(&self, function: &FunctionConfig, arch: Arch, path: &Utf8Path) -> Result<Ready, Error> {
        let path = self.context().absolute(path);
        let artifact = self.zip(function, &path)?;
        let ready = Ready { artifact, arch, binary: Some(path), built: false };
        self.verify(&ready)?;
        self.stamp(&ready, None)?;
        Ok(ready)
    }

    fn adopt_zip(&self, function: &FunctionConfig, arch: Arch, path: &Utf8Path) -> Result<Ready, Error> {
        let artifact = package::adopt_zip(&function.function.name, &self.context().absolute(path))?;
        let ready = Ready { artifact, arch, binary: None, built: false };
        self.verify(&ready)?;
        self.stamp(&ready, None)?;
        Ok(ready)
    }

    fn zip(&self, function: &FunctionConfig, binary: &Utf8Path) -> Result<Artifact, Error> {
        let name = &function.function.name;
        let includes = package::collect_includes(&function.include_root, &function.include)?;
        let out = package::path(&self.bench.workspace.target_directory, name);
        let artifact = package::pack(name, binary, &includes, &out)?;
        let (size, digest) = (size(artifact.size), artifact.code_sha256.short());
        self.context().console.status("Packaging", format_args!("{name} {size}, sha256 {digest}"));
        Ok(artifact)
    }

    /// Refuses what would not run, before a byte of it is sent. What was built for this machine runs on it.
    fn verify(&self, ready: &Ready) -> Result<(), Error> {
        let artifact = &ready.artifact;
        if self.bench.is_local() {
            return Ok(artifact.verify_size(Upload::Direct)?);
        }
        Ok(artifact.verify(ready.arch, Upload::Direct)?)
    }

    fn stamp(&self, ready: &Ready, build: Option<stamp::Build>) -> Result<(), Error> {
        let format = ready.binary.is_some().then_some(package::FORMAT);
        let stamp = Stamp::new(&ready.artifact, build, self.git.cloned(), format);
        Ok(stamp.write(&Stamp::path(&self.bench.workspace.target_directory, &ready.artifact.function))?)
    }

    fn context(&self) -> &Context {
        &self.bench.context
    }
}

/// The one function that a file from elsewhere is for.
fn only<'a>(
    functions: &[(&'a FunctionConfig, Arch)],
    flag: &str,
) -> Result<(&'a FunctionConfig, Arch), Error> {
    match functions {
        [only] => Ok(*only),
        several => Err(Error::Usage {
            message: format!("{flag} is for one function, and {} are selected", several.len()),
            hint: Some("name the function with -f".to_owned()),
        }),
    }
}

/// What a function is built for, from the strongest word to the weakest: the configuration or `--target`, the lambda
/// that is there, the default.
#[must_use]
pub fn arch_for(stated: Option<Arch>, target: Option<&Target>, live: Option<Arch>) -> Arch {
    stated.or_else(|| target.and_then(Target::arch)).or(live).unwrap_or(Arch::Arm64)
}
