//! From the file's text to [`Config`]: parsed and checked, not yet resolved for an environment.

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Problem, Problems, Source};
use super::raw::{EnvironmentLayer, File};
use super::reader::Section;
use super::{Error, FILE_NAME, read};
use crate::context::Context;
use crate::model::{BuilderChoice, EnvName};

/// A configuration whose every value is valid by itself.
#[derive(Debug, Clone)]
pub struct Config {
    /// Boxed, because it is large and passes through everything that awaits.
    pub(super) file: Box<File>,
    pub(super) source: Source,
    /// What `env-file` is relative to.
    pub(super) directory: Utf8PathBuf,
}

impl Config {
    /// The environments that the file has, by name. `local` is there without being in the file.
    pub fn environments(&self) -> impl Iterator<Item = &EnvName> {
        self.file.env.keys()
    }

    /// The environments that the file has, each with the one that has to serve its code before.
    #[must_use]
    pub fn origins(&self) -> Vec<(EnvName, Option<EnvName>)> {
        let from = |layer: &EnvironmentLayer| {
            layer.from.as_ref().and_then(|from| EnvName::new(from.get_ref().as_str()).ok())
        };
        self.file.env.iter().map(|(env, layer)| (env.clone(), from(layer))).collect()
    }

    /// What compiles the functions.
    #[must_use]
    pub fn builder(&self) -> BuilderChoice {
        self.file.build.builder.unwrap_or_default()
    }

    /// The environment variables that the file declares to go into every build.
    #[must_use]
    pub fn build_variables(&self) -> &[String] {
        &self.file.build.variables
    }

    /// The file's text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.source.text
    }

    /// Reads `text`, the content of a file called `name` in `directory`.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(name: &str, text: &str, directory: &Utf8Path) -> Result<Self, Error> {
        let mut source = Source { name: name.to_owned(), text: text.to_owned(), values: Vec::new() };
        let table = DeTable::parse(text).map_err(|error| {
            let problem = Problem {
                message: format!("not TOML: {}", error.message()),
                help: None,
                place: Place::Position(error.span().map_or(text.len(), |span| span.start)),
            };
            Box::new(Problems { source: source.clone(), problems: vec![problem] })
        })?;
        collect_values(table.get_ref(), &mut source.values);
        source.values.sort_by_key(|span| span.start);
        let mut problems = Vec::new();
        let file = Section::read(table.get_ref(), String::new(), &mut problems, read::file);
        Problems::check(&source, problems)?;
        Ok(Self { file: Box::new(file), source, directory: directory.to_owned() })
    }
}

/// Loads `explicit` (seen from the working directory), or `lambdaship.toml` in `root`, or the defaults when that is not
/// there.
///
/// # Errors
/// When the explicit file is not there, a file cannot be read, or its content is wrong.
pub fn load(context: &Context, root: &Utf8Path, explicit: Option<&Utf8Path>) -> Result<Config, Error> {
    let path = explicit.map_or_else(|| root.join(FILE_NAME), |path| context.absolute(path));
    let directory = path.parent().unwrap_or(root);
    let name = explicit.map_or(FILE_NAME, Utf8Path::as_str);
    match fs::read_to_string(&path) {
        Ok(text) => Config::parse(name, &text, directory),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            match (fs::read_link(&path), explicit) {
                (Ok(target), _) => {
                    Err(Error::Dangling { path, target: target.to_string_lossy().into_owned() })
                }
                (Err(_), Some(_)) => Err(Error::Missing { path }),
                (Err(_), None) => Config::parse(name, "", directory),
            }
        }
        Err(error) => Err(error.into()),
    }
}

/// The spans of everything in `table` that is not a table or an array.
fn collect_values(table: &DeTable<'_>, spans: &mut Vec<Range<usize>>) {
    for (_, value) in table {
        collect(value.get_ref(), value.span(), spans);
    }
}

fn collect(value: &DeValue<'_>, span: Range<usize>, spans: &mut Vec<Range<usize>>) {
    match value {
        DeValue::Table(table) => collect_values(table, spans),
        DeValue::Array(items) => {
            for item in items {
                collect(item.get_ref(), item.span(), spans);
            }
        }
        _ => spans.push(span),
    }
}
