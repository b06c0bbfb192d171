//! Builds functions: cargo's binaries, by plain cargo, with zig as the linker, or by `cross`.
//!
//! In: the workspace, cargo's flags, and which functions for which platforms. Out: one [`Built`] for each, whose path
//! cargo's own messages name. Cargo speaks to the terminal itself, and draws its own progress bar there. It must not pack,
//! and must not know AWS.

mod builder;
mod cargo;
mod compiled;
mod error;
mod profile;
mod rustflags;
mod target;
mod toolchain;
pub mod zig;

pub use builder::ZigNeed;
pub use compiled::{Compiled, CompiledUnit, RanScript};
pub use error::Error;
pub(crate) use profile::defaults as profile_defaults;
pub use target::{InvalidTarget, Platform, Target};
pub use toolchain::Toolchain;
pub(crate) use toolchain::config_files;

use std::sync::Arc;

use camino::Utf8PathBuf;
use tokio::process::Command;

use crate::context::{Context, cargo_home};
use crate::model::{BuilderChoice, FunctionName, Glibc, LAMBDA_GLIBC};
use crate::package;
use crate::process;
use crate::workspace::{CargoOptions, Function, Workspace};
use builder::Builder;
use cargo::Run;

/// What is to be built.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    /// The workspace.
    pub workspace: &'a Workspace,
    /// Cargo's flags.
    pub cargo: &'a CargoOptions,
    /// What `--builder` says.
    pub builder: BuilderChoice,
    /// The functions, each with its platform.
    pub units: Vec<Unit>,
}

/// One function for one platform.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The function.
    pub function: Function,
    /// Where it is to run.
    pub platform: Platform,
}

/// A binary that cargo built, or found to be fresh.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    /// The function.
    pub function: FunctionName,
    /// The executable.
    pub binary: Utf8PathBuf,
    /// What it was built for.
    pub target: Target,
    /// What built it: `cargo`, `zig` or `cross`.
    pub builder: &'static str,
    /// The cargo profile.
    pub profile: String,
    /// Everything that the run compiled.
    pub compiled: Arc<Compiled>,
}

/// Builds all units, with one run of cargo for all that share a target. The answer is in the order of the units. When the
/// future is dropped, cargo is killed.
///
/// # Errors
/// [`Error::Failed`] when cargo fails, and others when a tool is missing or does not answer.
pub async fn build(
    context: &Context,
    request: &Request<'_>,
    toolchain: &Toolchain,
) -> Result<Vec<Built>, Error> {
    let session = Session { context, request, toolchain };
    let target = |unit: &Unit| unit.platform.target(toolchain.host());
    let mut targets: Vec<Target> = request.units.iter().map(target).collect();
    targets.sort_unstable();
    targets.dedup();
    let mut runs = Vec::new();
    for group in &targets {
        let units = request.units.iter().filter(|unit| target(unit) == *group);
        runs.push(session.prepare(units.map(|unit| &unit.function).collect(), group)?);
    }
    let mut built = Vec::new();
    for (run, command) in runs {
        built.extend(session.make(&run, command).await?);
    }
    let place = |one: &Built| request.units.iter().position(|unit| unit.function.name == one.function);
    built.sort_by_key(place);
    Ok(built)
}

/// What something is built for, and with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The target.
    pub target: Target,
    /// What builds: `cargo`, `zig`, `cross`, or `cargo, else zig`.
    pub builder: &'static str,
}

/// The recipe for `platform` with the builder that `choice` comes to. Nothing is built.
///
/// # Errors
/// When cargo's configuration of a linker cannot be read.
pub fn recipe(choice: BuilderChoice, platform: &Platform, toolchain: &Toolchain) -> Result<Recipe, Error> {
    let target = platform.target(toolchain.host());
    let builder = match decide(choice, &target, toolchain)? {
        Builder::CargoThenZig => "cargo, else zig",
        builder @ (Builder::Cargo | Builder::Zig | Builder::Cross) => builder.name(),
    };
    Ok(Recipe { target, builder })
}

/// Whether building for `platforms` with the builder that `choice` comes to asks for zig.
///
/// # Errors
/// When cargo's configuration of a linker cannot be read.
pub fn zig_need(
    choice: BuilderChoice,
    platforms: &[Platform],
    toolchain: &Toolchain,
) -> Result<ZigNeed, Error> {
    let mut need = ZigNeed::Never;
    for platform in platforms {
        let target = platform.target(toolchain.host());
        need = need.max(decide(choice, &target, toolchain)?.zig_need());
    }
    Ok(need)
}

fn decide(choice: BuilderChoice, target: &Target, toolchain: &Toolchain) -> Result<Builder, Error> {
    let own_linker = toolchain.has_own_linker(target.triple())?;
    Ok(builder::decide(choice, target, toolchain.host(), own_linker))
}

struct Session<'a> {
    context: &'a Context,
    request: &'a Request<'a>,
    toolchain: &'a Toolchain,
}

impl Session<'_> {
    /// Decides on the builder, and finds out what it lacks before anything is built.
    fn prepare<'r>(
        &'r self,
        functions: Vec<&'r Function>,
        target: &'r Target,
    ) -> Result<(Run<'r>, Command), Error> {
        let builder = decide(self.request.builder, target, self.toolchain)?;
        let run = self.plan(functions, target, builder)?;
        let command = self.command(&run)?;
        Ok((run, command))
    }

    fn plan<'r>(
        &'r self,
        functions: Vec<&'r Function>,
        target: &'r Target,
        builder: Builder,
    ) -> Result<Run<'r>, Error> {
        let options = self.request.cargo;
        let layers = toolchain::profile_layers(&self.request.workspace.root, &self.context.environment)?;
        let profile = options.profile.as_deref().unwrap_or("release");
        let settings = profile::defaults(profile, &layers, &self.context.environment);
        let target_directory = self.target_directory(target, builder);
        Ok(Run { functions, target, builder, options, settings, target_directory })
    }

    async fn make(&self, run: &Run<'_>, command: Command) -> Result<Vec<Built>, Error> {
        let built = self.execute(run, command).await?;
        match too_new(&built)? {
            Some(culprit) if run.builder == Builder::CargoThenZig => self.with_zig(run, culprit).await,
            _ => Ok(built),
        }
    }

    /// The second try of [`Builder::CargoThenZig`], after plain cargo's result was of no use.
    async fn with_zig(
        &self,
        run: &Run<'_>,
        (function, needs): (FunctionName, Glibc),
    ) -> Result<Vec<Built>, Error> {
        let limit = run.target.glibc().unwrap_or(LAMBDA_GLIBC);
        if !zig::is_available() {
            return Err(Error::GlibcTooNew { function: function.to_string(), needs, limit });
        }
        let why = format_args!("{function} with zig: with the system's linker it needs glibc {needs}");
        self.context.console.verbose("Rebuilding", why);
        let run = self.plan(run.functions.clone(), run.target, Builder::Zig)?;
        let command = self.command(&run)?;
        self.execute(&run, command).await
    }

    async fn execute(&self, run: &Run<'_>, mut command: Command) -> Result<Vec<Built>, Error> {
        let console = &self.context.console;
        console.status("Building", format_args!("{} ({}, {})", run.names(), run.profile(), run.target));
        run.run(console, &mut command).await
    }

    /// Cargo starts from scratch when a target's linker changes, so the host's target has a folder for each of its two.
    fn target_directory(&self, target: &Target, builder: Builder) -> Utf8PathBuf {
        let folder = &self.request.workspace.target_directory;
        if builder == Builder::Zig && target.triple() == self.toolchain.host() {
            folder.join("lambdaship").join(".zig")
        } else {
            folder.clone()
        }
    }

    fn command(&self, run: &Run<'_>) -> Result<Command, Error> {
        let workspace = self.request.workspace;
        let mut command = match run.builder {
            Builder::Cross => process::background(cross()?),
            Builder::Cargo | Builder::CargoThenZig | Builder::Zig => {
                process::background(self.toolchain.cargo())
            }
        };
        // Cargo's configuration is that of the workspace, wherever it is called from.
        command.current_dir(&workspace.root);
        if run.builder == Builder::Cross {
            return Ok(command);
        }
        let sysroot = self.toolchain.sysroot(run.target.triple())?;
        if run.builder == Builder::Zig {
            link_with_zig(run, &mut command)?;
        }
        let home = cargo_home(&self.context.environment);
        let folders = rustflags::Folders {
            root: &workspace.root,
            target: &workspace.target_directory,
            cargo_home: home.as_deref(),
            library: self.toolchain.library(&sysroot),
        };
        let own = self.toolchain.rustflags(run.target.triple())?;
        command.env("CARGO_ENCODED_RUSTFLAGS", rustflags::encode(&own, &folders));
        Ok(command)
    }
}

fn link_with_zig(run: &Run<'_>, command: &mut Command) -> Result<(), Error> {
    if !zig::is_available() {
        return Err(Error::ZigMissing { functions: run.names(), target: run.target.to_string() });
    }
    for (name, value) in zig::variables(run.target)? {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    Ok(())
}

/// The first binary that needs a newer glibc than its target allows, and what it needs.
fn too_new(built: &[Built]) -> Result<Option<(FunctionName, Glibc)>, Error> {
    for one in built {
        let Some(limit) = one.target.glibc() else { continue };
        let needs = package::elf::inspect(&one.binary)?.and_then(|binary| binary.glibc_need);
        if let Some(needs) = needs.filter(|needs| *needs > limit) {
            return Ok(Some((one.function.clone(), needs)));
        }
    }
    Ok(None)
}

fn cross() -> Result<&'static str, Error> {
    let answer = process::command("cross").arg("--version").output();
    answer.is_ok().then_some("cross").ok_or(Error::CrossMissing)
}
