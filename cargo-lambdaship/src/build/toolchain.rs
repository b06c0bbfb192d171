//! What is asked of `rustc` and of cargo's configuration before building.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use cargo_config2::{Config, PathAndArgs, ResolveOptions};
use toml::Table;

use super::{Error, Target};
use crate::context::{Context, Environment, cargo_home};
use crate::process;

/// The toolchain of a workspace, and cargo's configuration as it holds there.
#[derive(Debug)]
pub struct Toolchain {
    root: Utf8PathBuf,
    /// In a lock, because what it reads it keeps to itself, in a way that threads cannot share.
    config: Mutex<Config>,
    cargo: OsString,
    rustc: PathAndArgs,
    version: Vec<String>,
}

impl Toolchain {
    /// Asks for the toolchain that builds the workspace in `root`.
    ///
    /// # Errors
    /// When cargo's configuration cannot be read, or `rustc` does not answer.
    pub fn load(context: &Context, root: &Utf8Path) -> Result<Self, Error> {
        let environment = || context.environment.iter().map(|(k, v)| (k.to_owned(), v.to_owned()));
        let mut options = ResolveOptions::default().env(environment());
        if let Some(home) = cargo_home(&context.environment) {
            options = options.cargo_home(home.into_std_path_buf());
        }
        let config = Config::load_with_options(root, options.clone())?;
        let rustc = config.rustc().clone();
        let version: Vec<String> = ask(root, &rustc, &["-vV"])?.lines().map(str::to_owned).collect();
        // Given the host, the configuration's reader needs no answer from cargo.
        let config = match line(&version, "host: ") {
            Some(host) => Config::load_with_options(root, options.host_triple(host))?,
            None => config,
        };
        let cargo = config.cargo().to_owned();
        Ok(Self { root: root.to_owned(), config: Mutex::new(config), cargo, rustc, version })
    }

    /// The lines of `rustc -vV`.
    #[must_use]
    pub fn version(&self) -> &[String] {
        &self.version
    }

    /// The target of the machine that builds.
    #[must_use]
    pub fn host(&self) -> &str {
        line(&self.version, "host: ").unwrap_or_default()
    }

    /// Makes sure that there is a standard library for `target`.
    ///
    /// # Errors
    /// [`Error::TargetMissing`], and when `rustc` does not answer.
    pub fn check(&self, target: &Target) -> Result<(), Error> {
        self.sysroot(target.triple()).map(drop)
    }

    /// The program that is called for `cargo`.
    pub(super) fn cargo(&self) -> &OsStr {
        &self.cargo
    }

    /// Whether the user configured a linker for the target `triple`.
    pub(super) fn has_own_linker(&self, triple: &str) -> Result<bool, Error> {
        Ok(self.linker(triple)?.is_some())
    }

    /// The linker that the user configured for the target `triple`.
    pub(crate) fn linker(&self, triple: &str) -> Result<Option<PathBuf>, Error> {
        Ok(self.config().linker(triple)?)
    }

    /// The user's own flags for the target `triple`, from the place that cargo would take them from.
    pub(crate) fn rustflags(&self, triple: &str) -> Result<Vec<String>, Error> {
        Ok(self.config().rustflags(triple)?.map(|flags| flags.flags).unwrap_or_default())
    }

    fn config(&self) -> MutexGuard<'_, Config> {
        self.config.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The root of the toolchain, after making sure that it has a standard library for the target `triple`.
    pub(super) fn sysroot(&self, triple: &str) -> Result<Utf8PathBuf, Error> {
        let question = ["--print=sysroot", "--print=target-libdir", "--target", triple];
        let answer = ask(&self.root, &self.rustc, &question)?;
        let mut lines = answer.lines().map(Utf8PathBuf::from);
        match (lines.next(), lines.next()) {
            (Some(sysroot), Some(library)) if library.is_dir() => Ok(sysroot),
            _ => Err(Error::TargetMissing { target: triple.to_owned() }),
        }
    }

    /// The standard library's sources in `sysroot`, and the name that rustc gives them where they are not installed.
    pub(super) fn library(&self, sysroot: &Utf8Path) -> Option<(Utf8PathBuf, String)> {
        let commit = line(&self.version, "commit-hash: ").filter(|commit| *commit != "unknown")?;
        Some((sysroot.join("lib/rustlib/src/rust"), format!("/rustc/{commit}")))
    }
}

fn line<'a>(version: &'a [String], name: &str) -> Option<&'a str> {
    version.iter().find_map(|line| line.strip_prefix(name))
}

fn ask(root: &Utf8Path, rustc: &PathAndArgs, question: &[&str]) -> Result<String, Error> {
    let mut command = process::command(&rustc.path);
    let output = command.args(&rustc.args).args(question).current_dir(root).output();
    let program = || rustc.path.to_string_lossy().into_owned();
    let output = output.map_err(|source| Error::Run { program: program(), source })?;
    if !output.status.success() {
        let answer = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::Rustc { question: question.join(" "), answer });
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// The root manifest, and every configuration file that cargo reads in `root`, the nearest first.
pub(super) fn profile_layers(root: &Utf8Path, environment: &Environment) -> Result<Vec<Table>, Error> {
    let manifest = root.join("Cargo.toml");
    let manifest = if manifest.is_file() { Some(parse(&manifest)?) } else { None };
    let configs = config_files(root, environment)?.into_iter().map(|(_, table)| table);
    Ok(manifest.into_iter().chain(configs).collect())
}

/// Every configuration file that cargo reads in `root`, the nearest first, each with what is in it.
pub(crate) fn config_files(
    root: &Utf8Path,
    environment: &Environment,
) -> Result<Vec<(Utf8PathBuf, Table)>, Error> {
    let mut folders: Vec<Utf8PathBuf> = root.ancestors().map(|folder| folder.join(".cargo")).collect();
    // The user's own is among the others when the workspace is somewhere in the user's home.
    folders.extend(cargo_home(environment).filter(|home| !folders.contains(home)));
    let files = folders.iter().flat_map(|folder| [folder.join("config"), folder.join("config.toml")]);
    let read = |file: Utf8PathBuf| parse(&file).map(|table| (file, table));
    files.filter(|file| file.is_file()).map(read).collect()
}

fn parse(path: &Utf8Path) -> Result<Table, Error> {
    let text = fs_err::read_to_string(path)?;
    text.parse().map_err(|source| Error::Parse { path: path.to_owned(), source: Box::new(source) })
}
