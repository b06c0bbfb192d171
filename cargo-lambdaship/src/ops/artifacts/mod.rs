//! From functions to verified, stamped artifacts: built here, or built elsewhere.

mod maker;

use camino::Utf8PathBuf;

pub use maker::Maker;

use crate::build::{Platform, Target};
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::model::{Arch, BuilderChoice, FunctionName};
use crate::ops::plan_file::Reviewed;
use crate::ops::promote::Promotion;
use crate::ops::session::Workbench;
use crate::ops::supply::Identity;
use crate::package::{self, Artifact, Refusal};
use crate::stamp::Git;
use crate::store::Record;

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
    Binary(Given),
    /// `--zip`: a zip, shipped as it is.
    Zip(Given),
    /// `--plan`: what was reviewed.
    Reviewed(Reviewed),
    /// What another environment serves.
    Promoted(Promotion),
}

/// What was built elsewhere.
#[derive(Debug, Clone)]
pub struct Given {
    /// The file.
    pub path: Utf8PathBuf,
    /// `--commit`: what it was built from. What is checked out says nothing of it.
    pub commit: Option<Git>,
}

impl Source {
    /// The commit that the code is of, where `checked_out` is checked out.
    #[must_use]
    pub fn commit(&self, checked_out: Option<Git>) -> Option<Git> {
        match self {
            Self::Binary(given) | Self::Zip(given) => given.commit.clone(),
            Self::Build { .. } | Self::Reviewed(_) | Self::Promoted(_) => checked_out,
        }
    }

    /// How cargo builds, as far as flags say so; `None` for what cargo does not build.
    #[must_use]
    pub fn recipe(&self) -> Option<(Option<BuilderChoice>, Option<&Target>)> {
        match self {
            Self::Build { builder, target } => Some((*builder, target.as_ref())),
            Self::Reviewed(reviewed) => {
                reviewed.build.as_ref().map(|(builder, target)| (*builder, target.as_ref()))
            }
            Self::Binary(_) | Self::Zip(_) | Self::Promoted(_) => None,
        }
    }
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
