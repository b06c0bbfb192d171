//! From functions to verified, stamped artifacts: built here, or built elsewhere.

use std::cell::OnceCell;

use camino::{Utf8Path, Utf8PathBuf};

use crate::build::{self, Platform, Target, Toolchain, Unit};
use crate::config::FunctionConfig;
use crate::context::{Context, ci_run, now};
use crate::error::Error;
use crate::model::{Arch, BuilderChoice, FunctionName};
use crate::ops::session::{Workbench, host_arch, only};
use crate::ops::supply::{self, Identity, Records};
use crate::package::{self, Artifact, Refusal, Upload};
use crate::report::size;
use crate::source::Rules;
use crate::stamp::{self, Git, Stamp};
use crate::store::{Outcome, Record, SCHEMA};

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
    /// What it was built from.
    pub identity: Identity,
    /// What is to be known of its source.
    pub record: Option<Box<Record>>,
}

impl Ready {
    /// One that was built elsewhere.
    #[must_use]
    pub fn given(artifact: Artifact, arch: Arch) -> Self {
        Self { artifact, arch, built: false, identity: Identity::default(), record: None }
    }
}

/// What is to be made of one function.
#[derive(Debug, Clone)]
pub struct Wanted<'a> {
    /// The function.
    pub function: &'a FunctionConfig,
    /// What its lambda runs on.
    pub arch: Arch,
    /// What is known of its source.
    pub identity: Identity,
}

impl<'a> Wanted<'a> {
    /// Of a function whose source was not looked at.
    #[must_use]
    pub fn unidentified(function: &'a FunctionConfig, arch: Arch) -> Self {
        Self { function, arch, identity: Identity::default() }
    }
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
    /// What is known of sources.
    pub records: &'a Records<'a>,
    /// Who builds, for the records.
    pub by: Option<String>,
    /// Whether what could be taken without a build is built all the same, and compared.
    pub verify_skip: bool,
    /// Asked for once, when it is needed.
    pub toolchain: OnceCell<Toolchain>,
}

impl<'a> Maker<'a> {
    /// What makes the artifacts of `bench` for what its environment runs on.
    #[must_use]
    pub fn new(bench: &'a Workbench, source: &'a Source, records: &'a Records<'a>) -> Self {
        let (machine, toolchain) = (Machine::of(bench), OnceCell::new());
        Self { bench, source, git: None, machine, records, by: None, verify_skip: false, toolchain }
    }

    /// Makes one artifact for each of `wanted`. When the future is dropped, cargo is killed.
    ///
    /// # Errors
    /// When the build fails, or an artifact would not run on its lambda.
    pub async fn make(&self, wanted: Vec<Wanted<'_>>) -> Result<Vec<Ready>, Error> {
        match self.source {
            Source::Build { .. } => self.build(&wanted).await,
            Source::Binary(path) => {
                let one = only(&wanted.iter().collect::<Vec<_>>(), "--binary-path")?;
                let artifact = self.pack(one.function, &self.context().absolute(path)).await?;
                Ok(vec![self.ready(Ready::given(artifact, one.arch), Origin::Binary)?])
            }
            Source::Zip(path) => {
                let one = only(&wanted.iter().collect::<Vec<_>>(), "--zip")?;
                let artifact = self.adopt_zip(&one.function.function.name, path).await?;
                Ok(vec![self.ready(Ready::given(artifact, one.arch), Origin::Zip)?])
            }
        }
    }

    /// Makes one artifact for each function of the environment; `archs` says what each lambda runs on.
    ///
    /// # Errors
    /// As [`Maker::make`].
    pub async fn make_all(&self, archs: &[Arch]) -> Result<Vec<Ready>, Error> {
        let functions = self.bench.environment.functions.iter().zip(archs.iter().copied());
        let mut wanted: Vec<_> =
            functions.map(|(function, arch)| Wanted::unidentified(function, arch)).collect();
        if let Source::Build { .. } = self.source {
            let identities = supply::identify_known(self, wanted.clone()).await?;
            for (one, identity) in wanted.iter_mut().zip(identities) {
                one.identity = identity;
            }
        }
        self.make(wanted).await
    }

    /// The toolchain of the workspace.
    ///
    /// # Errors
    /// When it does not answer.
    pub fn toolchain(&self) -> Result<&Toolchain, Error> {
        if let Some(toolchain) = self.toolchain.get() {
            return Ok(toolchain);
        }
        let toolchain = Toolchain::load(self.context(), &self.bench.workspace.root)?;
        Ok(self.toolchain.get_or_init(|| toolchain))
    }

    /// What one function is built for, and with what.
    ///
    /// # Errors
    /// A target that its lambda could not run, and a toolchain that does not answer.
    pub fn recipe(&self, wanted: &Wanted<'_>) -> Result<build::Recipe, Error> {
        let platform = self.platform(wanted)?;
        Ok(build::recipe(self.builder(), &platform, self.toolchain()?)?)
    }

    /// What all sources of the run are identified by.
    ///
    /// # Errors
    /// When the toolchain does not answer.
    pub fn rules(&self) -> Result<Rules<'_>, Error> {
        let bench = self.bench;
        Ok(Rules {
            context: &bench.context,
            workspace: &bench.workspace,
            cargo: &bench.cargo,
            toolchain: self.toolchain()?,
            declared: bench.config.build_variables(),
        })
    }

    fn platform(&self, wanted: &Wanted<'_>) -> Result<Platform, Error> {
        let target = match self.source {
            Source::Build { target, .. } => target.as_ref(),
            Source::Binary(_) | Source::Zip(_) => None,
        };
        platform(&wanted.function.function.name, self.machine, wanted.arch, target)
    }

    fn builder(&self) -> BuilderChoice {
        match self.source {
            Source::Build { builder: Some(builder), .. } => *builder,
            Source::Build { builder: None, .. } | Source::Binary(_) | Source::Zip(_) => {
                self.bench.config.builder()
            }
        }
    }

    async fn build(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Ready>, Error> {
        let bench = self.bench;
        let toolchain = self.toolchain()?;
        let unit = |one: &Wanted<'_>| -> Result<Unit, Error> {
            Ok(Unit { platform: self.platform(one)?, function: one.function.function.clone() })
        };
        let request = build::Request {
            workspace: &bench.workspace,
            cargo: &bench.cargo,
            builder: self.builder(),
            units: wanted.iter().map(unit).collect::<Result<_, _>>()?,
        };
        let built = build::build(self.context(), &request, toolchain).await?;
        let identities = supply::settle(self, wanted, &built)?;
        let mut made = Vec::new();
        for ((one, built), identity) in wanted.iter().zip(&built).zip(identities) {
            let artifact = self.pack(one.function, &built.binary).await?;
            let how = stamp::Build::of(built, toolchain);
            let ready = Ready { identity, built: true, ..Ready::given(artifact, one.arch) };
            made.push(self.ready(ready, Origin::Built(how))?);
        }
        Ok(made)
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
    fn ready(&self, ready: Ready, origin: Origin) -> Result<Ready, Error> {
        let artifact = &ready.artifact;
        let upload = if self.bench.environment.store.is_some() { Upload::Store } else { Upload::Direct };
        match self.machine {
            Machine::Host => artifact.verify_on_host(host_arch(), upload)?,
            Machine::Lambda => artifact.verify(ready.arch, upload)?,
        }
        let (how, format) = match origin {
            Origin::Built(how) => (Some(how), Some(package::FORMAT)),
            Origin::Binary => (None, Some(package::FORMAT)),
            Origin::Zip => (None, None),
        };
        let record = how.as_ref().and_then(|how| self.record(&ready, how)).map(Box::new);
        let mut stamp = Stamp::new(artifact, how, self.git.cloned(), format);
        stamp.source_hash = ready.identity.hash();
        stamp.write(&Stamp::path(&self.bench.workspace.target_directory, &artifact.function))?;
        if let Some(record) = &record {
            self.records.keep_here(record);
        }
        Ok(Ready { record, ..ready })
    }

    /// What is to be known of the source of what was built.
    fn record(&self, ready: &Ready, how: &stamp::Build) -> Option<Record> {
        let (artifact, inputs) = (&ready.artifact, ready.identity.inputs.clone()?);
        Some(Record {
            schema: SCHEMA.to_owned(),
            source_hash: inputs.hash(),
            function: artifact.function.clone(),
            inputs,
            outcome: Outcome::Artifact {
                code_sha256: artifact.code_sha256,
                size: artifact.size,
                unzipped: artifact.unzipped,
                build: how.clone(),
                git: self.git.cloned(),
                by: self.by.clone(),
                run: ci_run(&self.context().environment),
                at: now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            },
        })
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
