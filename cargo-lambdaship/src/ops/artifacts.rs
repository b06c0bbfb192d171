//! From functions to verified, stamped artifacts: built here, or built elsewhere.

use camino::{Utf8Path, Utf8PathBuf};

use crate::build::{self, Platform, Target, Toolchain, Unit};
use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{Arch, BuilderChoice, FunctionName};
use crate::ops::plan_file::Reviewed;
use crate::ops::session::{Workbench, host_arch, only};
use crate::package::{self, Artifact, Refusal, Upload};
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
    /// `--plan`: what was reviewed.
    Reviewed(Reviewed),
}

/// What the artifacts are to run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// The machine that builds: the local AWS runs functions as its processes.
    Host,
    /// Lambda's.
    Lambda,
}

impl Machine {
    /// What the environment of `bench` runs on.
    #[must_use]
    pub fn of(bench: &Workbench) -> Self {
        if bench.is_local() { Self::Host } else { Self::Lambda }
    }
}

/// A verified artifact.
#[derive(Debug, Clone)]
pub struct Ready {
    /// The artifact.
    pub artifact: Artifact,
    /// What its lambda runs on.
    pub arch: Arch,
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
    /// What they are to run on.
    pub machine: Machine,
}

impl Maker<'_> {
    /// Makes one artifact for each function of the environment; `archs` says what each lambda runs on. When the future is
    /// dropped, cargo is killed.
    ///
    /// # Errors
    /// When the build fails, or an artifact would not run on its lambda.
    pub async fn make(&self, archs: &[Arch]) -> Result<Vec<Ready>, Error> {
        let functions: Vec<_> = self.bench.environment.functions.iter().zip(archs.iter().copied()).collect();
        match self.source {
            Source::Build { builder, target } => self.build(&functions, *builder, target.as_ref()).await,
            Source::Binary(path) => {
                let (function, arch) = only(&functions, "--binary-path")?;
                Ok(vec![self.adopt_binary(function, arch, path).await?])
            }
            Source::Zip(path) => {
                let (function, arch) = only(&functions, "--zip")?;
                let artifact = self.adopt_zip(&function.function.name, path).await?;
                Ok(vec![self.ready(artifact, arch, Origin::Zip)?])
            }
            Source::Reviewed(reviewed) => reviewed.make(self, &functions).await,
        }
    }

    pub(super) async fn build(
        &self,
        functions: &[(&FunctionConfig, Arch)],
        builder: Option<BuilderChoice>,
        target: Option<&Target>,
    ) -> Result<Vec<Ready>, Error> {
        let (bench, context) = (self.bench, self.context());
        let toolchain = Toolchain::load(context, &bench.workspace.root)?;
        let unit = |(function, arch): &(&FunctionConfig, Arch)| -> Result<Unit, Error> {
            let function = function.function.clone();
            Ok(Unit { platform: platform(&function.name, self.machine, *arch, target)?, function })
        };
        let request = build::Request {
            workspace: &bench.workspace,
            cargo: &bench.cargo,
            builder: builder.unwrap_or_else(|| bench.config.builder()),
            units: functions.iter().map(unit).collect::<Result<_, _>>()?,
        };
        let built = build::build(context, &request, &toolchain).await?;
        let mut made = Vec::new();
        for ((function, arch), built) in functions.iter().zip(built) {
            let artifact = self.pack(function, &built.binary).await?;
            made.push(self.ready(artifact, *arch, Origin::Built(stamp::Build::of(&built, &toolchain)))?);
        }
        Ok(made)
    }

    async fn adopt_binary(
        &self,
        function: &FunctionConfig,
        arch: Arch,
        path: &Utf8Path,
    ) -> Result<Ready, Error> {
        let artifact = self.pack(function, &self.context().absolute(path)).await?;
        self.ready(artifact, arch, Origin::Binary)
    }

    /// A copy of the zip takes the place of what was built last, so that `status` compares with it.
    async fn adopt_zip(&self, function: &FunctionName, path: &Utf8Path) -> Result<Artifact, Error> {
        let out = self.clear(function)?;
        let (function, path) = (function.clone(), self.context().absolute(path));
        blocking(move || package::adopt_zip(&function, &path)?.copy_to(&out)).await
    }

    async fn pack(&self, function: &FunctionConfig, binary: &Utf8Path) -> Result<Artifact, Error> {
        let name = function.function.name.clone();
        let out = self.clear(&name)?;
        let (root, patterns) = (function.include_root.clone(), function.include.clone());
        let binary = binary.to_owned();
        let console = &self.context().console;
        let spinner = console.progress("Packaging", name.as_str(), None);
        let artifact = blocking(move || {
            let includes = package::collect_includes(&root, &patterns)?;
            package::pack(&name, &binary, &includes, &out)
        });
        let artifact = artifact.await?;
        drop(spinner);
        let (size, digest) = (size(artifact.size), artifact.code_sha256.short());
        console.status("Packaging", format_args!("{} {size}, sha256 {digest}", artifact.function));
        Ok(artifact)
    }

    /// Where the artifact of `function` is about to be put. The stamp there, which is that of the old one, is gone: what is
    /// then refused has none.
    fn clear(&self, function: &FunctionName) -> Result<Utf8PathBuf, Error> {
        let folder = &self.bench.workspace.target_directory;
        Stamp::remove(folder, function)?;
        Ok(package::path(folder, function))
    }

    /// Refuses what would not run, before a byte of it is sent, and stamps the rest.
    fn ready(&self, artifact: Artifact, arch: Arch, origin: Origin) -> Result<Ready, Error> {
        match self.machine {
            Machine::Host => artifact.verify_on_host(host_arch(), Upload::Direct)?,
            Machine::Lambda => artifact.verify(arch, Upload::Direct)?,
        }
        let (how, format) = match origin {
            Origin::Built(how) => (Some(how), Some(package::FORMAT)),
            Origin::Binary => (None, Some(package::FORMAT)),
            Origin::Zip => (None, None),
        };
        let built = how.is_some();
        let stamp = Stamp::new(&artifact, how, self.git.cloned(), format);
        stamp.write(&Stamp::path(&self.bench.workspace.target_directory, &artifact.function))?;
        Ok(Ready { artifact, arch, built })
    }

    fn context(&self) -> &Context {
        &self.bench.context
    }
}

/// How an artifact came to be.
enum Origin {
    Built(stamp::Build),
    Binary,
    Zip,
}

/// Does `work` beside the event loop, so that a signal is seen meanwhile.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, package::Error> + Send + 'static,
) -> Result<T, Error> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done?),
        Err(failed) => match failed.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(_cancelled) => Err(Error::Interrupted),
        },
    }
}

/// What `function` is built for. A target that its lambda could not run is refused before anything is built.
fn platform(
    function: &FunctionName,
    machine: Machine,
    arch: Arch,
    target: Option<&Target>,
) -> Result<Platform, Error> {
    let usage = |message: String, hint: &str| Error::Usage { message, hint: Some(hint.to_owned()) };
    match (machine, target) {
        (Machine::Host, None) => Ok(Platform::Host),
        (Machine::Lambda, None) => Ok(Platform::Lambda(arch)),
        (Machine::Host, Some(_)) => Err(usage(
            "`--target` does not go with `--env local`, which runs functions on this machine".to_owned(),
            "leave out `--target`",
        )),
        (Machine::Lambda, Some(target)) if !target.is_lambdas() => Err(usage(
            format!("Lambda does not run what is built for {}", target.triple()),
            "Lambda runs aarch64 and x86_64 Linux, such as `--target aarch64-unknown-linux-gnu`",
        )),
        (Machine::Lambda, Some(target)) => match target.arch().filter(|built| *built != arch) {
            None => Ok(Platform::Target(target.clone())),
            Some(built) => {
                let (function, refusal) = (function.clone(), Refusal::WrongArch { built, lambda: arch });
                Err(package::Error::Refused { function, refusal }.into())
            }
        },
    }
}

/// What a function is built for, from the strongest word to the weakest: the configuration or `--target`, the lambda
/// that is there, the default.
#[must_use]
pub fn arch_for(stated: Option<Arch>, target: Option<&Target>, live: Option<Arch>) -> Arch {
    stated.or_else(|| target.and_then(Target::arch)).or(live).unwrap_or(Arch::Arm64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_that_its_lambda_could_not_run_is_refused_before_the_build() {
        let function = FunctionName::new("hello").unwrap();
        for (machine, arch, target, expected) in [
            (Machine::Host, Arch::Arm64, None, "Host"),
            (Machine::Lambda, Arch::Arm64, None, "Lambda(Arm64)"),
            (Machine::Lambda, Arch::X86_64, Some("x86_64-unknown-linux-musl"), "x86_64-unknown-linux-musl"),
            (
                Machine::Lambda,
                Arch::X86_64,
                Some("aarch64-unknown-linux-gnu.2.26"),
                "`hello` is built for arm64, and its lambda is x86_64",
            ),
            (
                Machine::Lambda,
                Arch::Arm64,
                Some("aarch64-apple-darwin"),
                "Lambda does not run what is built for aarch64-apple-darwin",
            ),
            (
                Machine::Host,
                Arch::Arm64,
                Some("aarch64-unknown-linux-gnu"),
                "`--target` does not go with `--env local`, which runs functions on this machine",
            ),
        ] {
            let target: Option<Target> = target.map(|target| target.parse().unwrap());
            let answer = match platform(&function, machine, arch, target.as_ref()) {
                Ok(Platform::Target(target)) => target.to_string(),
                Ok(platform) => format!("{platform:?}"),
                Err(error) => error.to_string(),
            };
            assert_eq!(answer, expected, "{machine:?} {arch} {target:?}");
        }
    }

    #[test]
    fn the_configuration_wins_over_the_target_and_that_over_what_is_there() {
        let target: Target = "x86_64-unknown-linux-musl".parse().unwrap();
        let (arm, x86) = (Some(Arch::Arm64), Some(Arch::X86_64));
        for (stated, target, live, expected) in [
            (arm, Some(&target), x86, Arch::Arm64),
            (None, Some(&target), arm, Arch::X86_64),
            (None, None, x86, Arch::X86_64),
            (None, None, None, Arch::Arm64),
        ] {
            assert_eq!(arch_for(stated, target, live), expected, "{stated:?} {target:?} {live:?}");
        }
    }
}
