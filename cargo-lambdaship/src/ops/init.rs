//! `init`: writes a commented `lambdaship.toml`, on request with what cargo-lambda's configuration says.

use std::io::{self, Write};

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::config::{
    self, FILE_NAME,
    init::{Imported, Sources, import, render},
};
use crate::context::Context;
use crate::workspace::{self, CargoOptions};

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
}

/// The file that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub path: Utf8PathBuf,
    /// What could not be carried over as it was; also in the file, as comments.
    pub warnings: Vec<String>,
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
}

impl Error {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Workspace(error) => error.hint(),
            Self::Config(error) => error.hint(),
            Self::CargoLambda { .. } => None,
        }
    }
}

/// Writes the configuration of the workspace.
///
/// # Errors
/// When there is one already and it must not be overwritten, or when something cannot be read or written.
pub fn init(context: &Context, options: &Options) -> Result<Written, Error> {
    let workspace = workspace::discover(context, &options.cargo)?;
    let path = match &options.path {
        Some(path) => context.absolute(path),
        None => workspace.root.join(FILE_NAME),
    };
    // Refused before the import, so that the reason is not buried under its warnings.
    if !options.force && path.exists() {
        return Err(config::Error::Exists { path }.into());
    }
    let imported = if options.from_cargo_lambda {
        import(&sources(context, options, &workspace.root)?, &workspace.functions)
    } else {
        Imported::default()
    };
    write(&path, &render(&workspace.functions, &imported), options)?;
    Ok(Written { path, warnings: imported.notes })
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

/// Writes beside the target and moves into place: the file is there whole or not at all.
fn write(path: &Utf8Path, text: &str, options: &Options) -> Result<(), config::Error> {
    let failed = |source: io::Error| config::Error::Write { path: path.to_owned(), source };
    let directory = path.parent().unwrap_or(Utf8Path::new("."));
    let mut file = builder().tempfile_in(directory).map_err(failed)?;
    file.write_all(text.as_bytes()).map_err(failed)?;
    if options.force {
        return file.persist(path).map(drop).map_err(|error| failed(error.error));
    }
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {
            Err(config::Error::Exists { path: path.to_owned() })
        }
        Err(error) => Err(failed(error.error)),
    }
}

/// Temporary files are private by default; a configuration is not.
#[cfg(unix)]
fn builder() -> tempfile::Builder<'static, 'static> {
    use std::os::unix::fs::PermissionsExt;
    let mut builder = tempfile::Builder::new();
    builder.permissions(std::fs::Permissions::from_mode(0o666));
    builder
}

#[cfg(not(unix))]
fn builder() -> tempfile::Builder<'static, 'static> {
    tempfile::Builder::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::testing::{Fixture, RUNTIME};

    fn options() -> Options {
        let cargo = CargoOptions { lock_flags: vec!["--offline".to_owned()], ..CargoOptions::default() };
        Options { cargo, ..Options::default() }
    }

    #[test]
    fn an_existing_file_is_kept_unless_forced() {
        let fixture = Fixture::new(&[("hello", RUNTIME)]);
        fixture.write(FILE_NAME, "# mine\n");
        let error = init(&fixture.context(), &options()).unwrap_err();
        assert_eq!(error.to_string(), format!("{} already exists", fixture.root.join(FILE_NAME)));
        assert_eq!(error.hint().unwrap(), "`--force` overwrites it");
        assert_eq!(fs::read_to_string(fixture.root.join(FILE_NAME)).unwrap(), "# mine\n");
        let written = init(&fixture.context(), &Options { force: true, ..options() }).unwrap();
        assert!(fs::read_to_string(written.path).unwrap().contains("# [functions.hello]"));
    }

    #[test]
    fn cargo_lambdas_configuration_is_read_from_its_three_places() {
        let package =
            format!("[package.metadata.lambda.deploy]\nmemory = 512\ns3_bucket = \"acme\"\n{RUNTIME}");
        let fixture = Fixture::new(&[("hello", &package)]);
        fixture.write("CargoLambda.toml", "[deploy]\ntimeout = 5\n");
        let manifest = fs::read_to_string(fixture.root.join("Cargo.toml")).unwrap();
        fixture.write(
            "Cargo.toml",
            &format!("{manifest}[workspace.metadata.lambda.deploy]\ntracing = \"active\"\n"),
        );
        let asked = Options { from_cargo_lambda: true, ..options() };
        let written = init(&fixture.context(), &asked).unwrap();
        assert_eq!(
            written.warnings,
            [
                "package.metadata.lambda of `hello`: `deploy.s3_bucket` is not carried over: it has no equal here"
            ]
        );
        let config = config::load(&fixture.context(), &fixture.root, None).unwrap();
        let local = config.resolve(&"local".parse().unwrap(), &fixture.discover().unwrap()).unwrap();
        let settings = &local.functions[0].settings;
        assert_eq!((settings.memory, settings.timeout), (Some(512), Some(5)));
        assert_eq!(settings.tracing, Some(crate::model::Tracing::Active));
        let text = fs::read_to_string(written.path).unwrap();
        assert!(text.contains("# - package.metadata.lambda of `hello`: `deploy.s3_bucket`"), "{text}");
    }

    #[test]
    fn a_broken_file_of_cargo_lambda_is_refused_without_its_text() {
        let fixture = Fixture::new(&[("hello", RUNTIME)]);
        fixture.write("CargoLambda.toml", "[env]\nTOKEN = \"canary\n");
        let asked = Options { from_cargo_lambda: true, ..options() };
        let error = init(&fixture.context(), &asked).unwrap_err();
        assert!(error.to_string().contains("CargoLambda.toml"), "{error}");
        assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        assert!(!fixture.root.join(FILE_NAME).exists());
    }
}
