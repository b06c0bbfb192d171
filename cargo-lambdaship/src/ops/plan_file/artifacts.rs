//! The very artifacts that were reviewed.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::Error as PlanError;
use crate::build::Target;
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::model::{Arch, BuilderChoice, CodeSha256, FunctionName};
use crate::ops::artifacts::{Machine, Maker, Ready, blocking};
use crate::ops::session::host_arch;
use crate::package::{self, Artifact, Upload};

/// The artifacts that were reviewed, and how they can be built once more.
#[derive(Debug, Clone)]
pub struct Reviewed {
    /// The digest of each function's.
    pub codes: BTreeMap<FunctionName, CodeSha256>,
    /// How cargo builds them; `None` for what was built elsewhere.
    pub build: Option<(Option<BuilderChoice>, Option<Target>)>,
}

impl Reviewed {
    /// The target that they are built for, as far as a flag of `plan` said so.
    #[must_use]
    pub fn target(&self) -> Option<&Target> {
        self.build.as_ref().and_then(|(_, target)| target.as_ref())
    }

    /// One artifact for each of `functions`: the one that was reviewed, wherever it still is; else what the build gives, which
    /// may be another one.
    pub(in crate::ops) async fn make(
        &self,
        maker: &Maker<'_>,
        functions: &[(&FunctionConfig, Arch)],
    ) -> Result<Vec<Ready>, Error> {
        let (mut found, mut missing) = (BTreeMap::new(), Vec::new());
        for (function, arch) in functions {
            let name = &function.function.name;
            match self.find(maker, name).await? {
                Some(artifact) => {
                    verify(&artifact, maker.machine, *arch)?;
                    found.insert(name.clone(), Ready { artifact, arch: *arch, built: false });
                }
                None => missing.push((*function, *arch)),
            }
        }
        if let Some((function, _)) = missing.first() {
            let (builder, target) =
                self.build.as_ref().ok_or_else(|| gone(maker, &function.function.name))?;
            let built = maker.build(&missing, *builder, target.as_ref()).await?;
            found.extend(built.into_iter().map(|ready| (ready.artifact.function.clone(), ready)));
        }
        let in_order = functions.iter().filter_map(|(function, _)| found.remove(&function.function.name));
        Ok(in_order.collect())
    }

    /// The artifact of `function` that was reviewed, if it is still where `plan` put it.
    async fn find(&self, maker: &Maker<'_>, function: &FunctionName) -> Result<Option<Artifact>, Error> {
        let Some(code) = self.codes.get(function).copied() else { return Ok(None) };
        let path = package::path(&maker.bench.workspace.target_directory, function);
        let function = function.clone();
        blocking(move || Ok(with_code(&function, &path, code))).await
    }
}

/// The zip at `path`, if it is the one with the digest `code`. One that cannot be read is none.
fn with_code(function: &FunctionName, path: &Utf8Path, code: CodeSha256) -> Option<Artifact> {
    package::adopt_zip(function, path).ok().filter(|artifact| artifact.code_sha256 == code)
}

fn verify(artifact: &Artifact, machine: Machine, arch: Arch) -> Result<(), package::Error> {
    match machine {
        Machine::Host => artifact.verify_on_host(host_arch(), Upload::Direct),
        Machine::Lambda => artifact.verify(arch, Upload::Direct),
    }
}

fn gone(maker: &Maker<'_>, function: &FunctionName) -> PlanError {
    let path = package::path(&maker.bench.workspace.target_directory, function);
    PlanError::ArtifactGone { function: function.clone(), path }
}
