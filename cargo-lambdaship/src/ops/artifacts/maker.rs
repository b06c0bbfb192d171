//! Making artifacts: by cargo, or of what was built elsewhere.

use std::cell::OnceCell;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Machine, Ready, Source, Wanted, blocking, platform};
use crate::build::{self, Platform, Toolchain, Unit};
use crate::config::FunctionConfig;
use crate::context::{Context, ci_run, now};
use crate::error::Error;
use crate::model::{Arch, BuilderChoice, FunctionName};
use crate::ops::session::{Workbench, host_arch, only};
use crate::ops::supply::{self, Records};
use crate::package::{self, Artifact, Upload};
use crate::report::size;
use crate::source::Rules;
use crate::stamp::{self, Git, Stamp};
use crate::store::{Outcome, Record, SCHEMA};

/// Everything that is needed to make artifacts.
pub struct Maker<'a> {
    /// Workspace and configuration.
    pub bench: &'a Workbench,
    /// Where the code comes from.
    pub source: &'a Source,
    /// The commit that the code is of.
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
            Source::Build { .. } | Source::Reviewed(_) => self.build(&wanted).await,
            Source::Binary(given) => {
                let one = only(&wanted.iter().collect::<Vec<_>>(), "--binary-path")?;
                let artifact = self.pack(one.function, &self.context().absolute(&given.path)).await?;
                Ok(vec![self.ready(Ready::given(artifact, one.arch), Origin::Binary)?])
            }
            Source::Zip(given) => {
                let one = only(&wanted.iter().collect::<Vec<_>>(), "--zip")?;
                let artifact = self.adopt_zip(&one.function.function.name, &given.path).await?;
                Ok(vec![self.ready(Ready::given(artifact, one.arch), Origin::Zip)?])
            }
            // Each is found where it is served, or refused before.
            Source::Promoted(_) => Ok(Vec::new()),
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
        if self.source.recipe().is_some() {
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
        let target = self.source.recipe().and_then(|(_, target)| target);
        platform(&wanted.function.function.name, self.machine, wanted.arch, target)
    }

    fn builder(&self) -> BuilderChoice {
        let stated = self.source.recipe().and_then(|(builder, _)| builder);
        stated.unwrap_or_else(|| self.bench.config.builder())
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
        let begun = now();
        let built = build::build(self.context(), &request, toolchain).await?;
        let mut packed = Vec::new();
        for (one, built) in wanted.iter().zip(&built) {
            packed.push(self.pack(one.function, &built.binary).await?);
        }
        // Once nothing is read any more: what changed meanwhile is seen.
        let identities = supply::settle(self, wanted, &built, begun)?;
        let mut made = Vec::new();
        for (((one, built), identity), artifact) in wanted.iter().zip(&built).zip(identities).zip(packed) {
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
