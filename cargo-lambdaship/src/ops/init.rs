//! `init`: writes a commented `lambdaship.toml`, on request with what cargo-lambda's configuration says, and pipelines.

mod facts;
mod notes;
pub mod order;
mod others;
mod pin;
#[cfg(test)]
mod tests;
mod tools;
mod words;
mod workflows;
mod write;

use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::config::{
    self, FILE_NAME,
    init::{Imported, Sources, import, render},
};
use crate::context::Context;
use crate::model::{EnvName, GatesPolicy};
use crate::workspace::{self, CargoOptions, Workspace};

pub use facts::Facts;
pub use others::{Ci, pipelines};
pub use pin::commit;
pub use workflows::workflows;
pub use write::Wrote;

/// The version that pipelines install.
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// What `init` was asked for.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Cargo's own flags.
    pub cargo: CargoOptions,
    /// `--config`; the workspace's `lambdaship.toml` when it was not given.
    pub path: Option<Utf8PathBuf>,
    /// `--from-cargo-lambda`.
    pub from_cargo_lambda: bool,
    /// `--force`.
    pub force: bool,
    /// `--github`.
    pub github: bool,
    /// `--ci`.
    pub ci: Option<Ci>,
    /// `--pin`.
    pub pin: Option<String>,
    /// `--branch`.
    pub branch: Option<String>,
}

/// The files that are there now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Written {
    /// Where, and what was done.
    pub files: Vec<(Utf8PathBuf, Wrote)>,
    /// What could not be carried over as it was, also in the file, as comments; and what is to be looked at in pipelines.
    pub warnings: Vec<String>,
    /// What is left to do before pipelines run.
    pub hints: Vec<String>,
    /// The branch that pipelines ship.
    pub branch: Option<String>,
}

/// A file of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// From the repository's folder, with `/`.
    pub path: String,
    /// What is in it.
    pub text: String,
}

/// Why nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The workspace cannot be read.
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
    /// The file exists or cannot be written.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// cargo-lambda's file cannot be read.
    #[error("could not read {path}: {reason}")]
    CargoLambda {
        /// The file.
        path: Utf8PathBuf,
        /// The reason, without the line, which may hold a secret.
        reason: String,
    },
    /// Files are there, and are not what would be written.
    #[error("{} there already, and would be overwritten", are(.paths))]
    Present {
        /// The files.
        paths: Vec<Utf8PathBuf>,
    },
    /// A name that cannot be put into a pipeline.
    #[error("the {what} `{name}` has characters that mean something else in a pipeline")]
    Name {
        /// What it is of.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// An environment has the name that pipelines give to what is beside another one.
    #[error("`{taken}` is what pipelines call an environment beside `{env}`")]
    Taken {
        /// The environment.
        env: EnvName,
        /// The other one.
        taken: String,
    },
}

fn are(paths: &[Utf8PathBuf]) -> String {
    let names = paths.iter().map(Utf8PathBuf::to_string).collect::<Vec<_>>().join(", ");
    format!("{names} {}", if paths.len() == 1 { "is" } else { "are" })
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Workspace(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::Present { .. } => Some("`--force` overwrites; nothing was written".to_owned()),
            Self::Taken { env, .. } => Some(format!(
                "give it another name: plans of pull requests run in `{env}-plan`, and would have the role that deploys"
            )),
            Self::Name { what: "branch", .. } => Some("`--branch` names another one".to_owned()),
            Self::CargoLambda { .. } | Self::Name { .. } => None,
        }
    }
}

/// Writes what was asked for: the configuration, and pipelines. With pipelines, a configuration that is there stays.
///
/// # Errors
/// When a file is there already and must not be overwritten, or when something cannot be read or written.
pub fn init(context: &Context, options: &Options) -> Result<Written, Error> {
    let workspace = workspace::discover(context, &options.cargo)?;
    let path = match &options.path {
        Some(path) => context.absolute(path),
        None => workspace.root.join(FILE_NAME),
    };
    let mut written = Written::default();
    let pipelines = options.github || options.ci.is_some();
    if !pipelines || options.from_cargo_lambda || !path.exists() {
        written.warnings = configuration(context, options, &workspace, &path)?;
        written.files.push((path, Wrote::Written));
    }
    if pipelines {
        add_pipelines(context, options, &workspace, &mut written)?;
    }
    Ok(written)
}

/// Writes the configuration, and answers what could not be carried over.
fn configuration(
    context: &Context,
    options: &Options,
    workspace: &Workspace,
    path: &Utf8Path,
) -> Result<Vec<String>, Error> {
    // Refused before the import, so that the reason is not buried under its warnings.
    if !options.force && path.exists() {
        return Err(config::Error::Exists { path: path.to_owned() }.into());
    }
    let imported = if options.from_cargo_lambda {
        import(&sources(context, options, &workspace.root)?, &workspace.functions)
    } else {
        Imported::default()
    };
    write::write(path, &render(&workspace.functions, &imported), options.force)?;
    Ok(imported.notes)
}

/// Writes the pipelines: all of them, or none.
fn add_pipelines(
    context: &Context,
    options: &Options,
    workspace: &Workspace,
    written: &mut Written,
) -> Result<(), Error> {
    let config = config::load(context, &workspace.root, options.path.as_deref())?;
    let repository = facts::repository(&workspace.root, options.branch.as_deref())?;
    let environments = config.deliveries();
    let mut stages = order::order(&config.origins());
    if stages.is_empty() {
        stages = order::usual();
        written.warnings.push(format!(
            "{FILE_NAME} has no environments yet; the pipelines are for `staging` and then `prod`"
        ));
    }
    notes::apart(&stages)?;
    if let Some(path) = &options.path {
        written
            .warnings
            .push(format!("the pipelines read {FILE_NAME} at the workspace root, and not {path}"));
    }
    if repository.is_guess {
        written.warnings.push(format!(
            "nothing says which branch is shipped, and `{}` is the one of now; `--branch` names another one",
            repository.branch
        ));
    }
    written.warnings.extend(unordered(&stages));
    written.warnings.extend(notes::warnings(&environments));
    if options.github {
        written.hints = notes::on_github(&stages);
    }
    written.branch = Some(repository.branch.clone());
    let required = environments.into_iter().filter(|environment| environment.gates == GatesPolicy::Required);
    let facts = Facts {
        branch: repository.branch,
        folder: repository.folder,
        stages,
        action: options.pin.clone().or_else(pin::released),
        required: required.map(|environment| environment.env).collect(),
        tools: tools::tools(&config.gates()),
    };
    let mut files = if options.github { workflows(&facts) } else { Vec::new() };
    for file in &mut files {
        // Not text, or not there: what follows says so.
        if let Ok(old) = fs::read_to_string(repository.top.join(&file.path)) {
            file.text = pin::kept(&file.text, &old, options.pin.is_some());
        }
    }
    if files.iter().any(|file| file.text.contains(&format!("{}@v", pin::OURS))) {
        written.warnings.push(format!(
            "this build does not know the commit of the action's release, and the workflows name its tag v{VERSION}; `--pin COMMIT` pins them"
        ));
    }
    files.extend(options.ci.map(|ci| pipelines(ci, &facts)).unwrap_or_default());
    written.files.extend(write::write_all(&repository.top, &files, options.force)?);
    Ok(())
}

/// The warning of environments of which nothing says what comes first.
fn unordered(stages: &[order::Stage]) -> Option<String> {
    let stages = stages.iter().filter(|stage| stage.is_unordered());
    let names: Vec<_> = stages.map(|stage| format!("`{}`", stage.env)).collect();
    (!names.is_empty()).then(|| {
        format!(
            "nothing says what comes before {}, so that each is deployed after an approval; `from` puts one after another",
            names.join(" and ")
        )
    })
}

fn sources(context: &Context, options: &Options, root: &Utf8Path) -> Result<Sources, Error> {
    let metadata = workspace::metadata(context, &options.cargo)?;
    let path = root.join("CargoLambda.toml");
    let refused = |reason: String| Error::CargoLambda { path: path.clone(), reason };
    let file = match fs::read_to_string(&path) {
        Ok(text) => toml::from_str(&text).map_err(|error| refused(error.message().to_owned()))?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => serde_json::Value::Null,
        Err(error) => return Err(refused(error.kind().to_string())),
    };
    let packages = metadata.packages.into_iter().map(|package| (package.name.to_string(), package.metadata));
    Ok(Sources { file, workspace: metadata.workspace_metadata, packages: packages.collect() })
}
