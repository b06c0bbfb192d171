//! Reads cargo-lambda's configuration: `CargoLambda.toml`, `[workspace.metadata.lambda]` and
//! `[package.metadata.lambda]`, the later ones over the earlier ones as cargo-lambda has it.
//!
//! Pure. What has no equal here becomes a note; nothing is dropped silently.

use camino::Utf8Path;
use serde_json::{Map, Value};

use super::{Imported, render};
use crate::config::{Config, Error};
use crate::workspace::Function;

const NO_EQUAL: &str = "is not carried over: it has no equal here";
const NOT_UNDERSTOOD: &str = "is not carried over: its value is not understood";

/// The tables that cargo-lambda would read, as JSON; null where there is none.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The content of `CargoLambda.toml`.
    pub file: Value,
    /// `[workspace.metadata]`.
    pub workspace: Value,
    /// `[package.metadata]` of each package, by the package's name.
    pub packages: Vec<(String, Value)>,
}

/// What `sources` say of `functions`, in this tool's words.
#[must_use]
pub fn import(sources: &Sources, functions: &[Function]) -> Imported {
    let mut imported = Imported::default();
    let mut base = Target::new("CargoLambda.toml");
    base.tables(&sources.file);
    base.place = String::from("workspace.metadata.lambda");
    base.tables(&sources.workspace["lambda"]);
    imported.builder = base.builder.take();
    let (settings, notes) = base.finish();
    imported.function = settings;
    imported.notes.extend(notes);
    for function in functions {
        let mut own = Target::new("");
        own.place = format!("workspace.metadata.lambda.bin.{}", function.name);
        own.tables(&sources.workspace["lambda"]["bin"][function.name.as_str()]);
        let metadata = sources.packages.iter().find(|(package, _)| *package == function.package);
        let lambda = metadata.map_or(&Value::Null, |(_, metadata)| &metadata["lambda"]);
        // cargo-lambda takes a binary's own table instead of the package's, not over it.
        let (table, place) = match &lambda["bin"][function.name.as_str()] {
            Value::Null => (lambda, "lambda".to_owned()),
            own => (own, format!("lambda.bin.{}", function.name)),
        };
        own.place = format!("package.metadata.{place} of `{}`", function.package);
        own.tables(table);
        if let Some(builder) = own.builder.take()
            && *imported.builder.get_or_insert_with(|| builder.clone()) != builder
        {
            own.note("build.compiler", "is not carried over: all functions of a workspace have one builder");
        }
        let (settings, notes) = own.finish();
        if !settings.is_empty() {
            imported.functions.insert(function.name.to_string(), settings);
        }
        imported.notes.extend(notes);
    }
    imported.notes.sort();
    imported.notes.dedup();
    imported
}

/// One table of settings that is being filled.
struct Target {
    /// What is being read, for notes.
    place: String,
    settings: toml::Table,
    builder: Option<String>,
    notes: Vec<String>,
}

impl Target {
    fn new(place: &str) -> Self {
        Self { place: place.to_owned(), settings: toml::Table::new(), builder: None, notes: Vec::new() }
    }

    /// Reads `env`, `deploy` and `build` of `lambda`.
    fn tables(&mut self, lambda: &Value) {
        for (key, value) in entries(lambda) {
            match key.as_str() {
                "env" => self.variables("env", value),
                "deploy" => entries(value).for_each(|(key, value)| self.deploy(key, value)),
                "build" => entries(value).for_each(|(key, value)| self.build(key, value)),
                // Read where it belongs to a function.
                "bin" => {}
                _ => self.note(key, NO_EQUAL),
            }
        }
    }

    fn deploy(&mut self, key: &str, value: &Value) {
        match key {
            "memory" | "memory_size" => self.set("memory", number(value)),
            "timeout" => self.set("timeout", number(value).map(|seconds| format!("{seconds}s").into())),
            "env" | "env_var" | "env_vars" => self.variables(&format!("deploy.{key}"), value),
            "env_file" => self.set("env-file", string(value)),
            "tracing" => self.set("tracing", tracing(value)),
            "role" | "iam_role" => self.set("role", string(value)),
            "layer" | "layers" => self.set("layers", strings(value)),
            "tag" | "tags" => self.set("tags", pairs(value).map(toml::Value::Table)),
            "description" => self.set("description", string(value)),
            "alias" => self.set("alias", string(value)),
            "log_retention" => self.set_in("logging", "retention", number(value)),
            "subnet_ids" => self.set_in("vpc", "subnets", strings(value)),
            "security_group_ids" => self.set_in("vpc", "security-groups", strings(value)),
            "ipv6_allowed_for_dual_stack" => {
                self.set_in("vpc", "ipv6", value.as_bool().map(toml::Value::Boolean));
            }
            "include" => self.include("deploy.include", value),
            "merge_env" => {}
            "name" => self.note("deploy.name", "is not carried over: state it as `name` of the function"),
            "region" | "profile" | "endpoint_url" => {
                self.note(
                    &format!("deploy.{key}"),
                    "is not carried over: state it in an environment, `[env.NAME]`",
                );
            }
            "runtime" if value == "provided.al2023" => {}
            _ => self.note(&format!("deploy.{key}"), NO_EQUAL),
        }
    }

    fn build(&mut self, key: &str, value: &Value) {
        match (key, value) {
            ("arm64", Value::Bool(true)) => self.set("arch", Some("arm64".into())),
            ("x86_64" | "x86-64", Value::Bool(true)) => self.set("arch", Some("x86_64".into())),
            ("target", Value::String(target)) => {
                self.set("arch", arch(target));
                self.note(
                    "build.target",
                    "is carried over as `arch` alone; functions are built for glibc 2.34",
                );
            }
            ("compiler", compiler) => {
                let kind = compiler["type"].as_str().or(compiler.as_str()).unwrap_or_default();
                match kind {
                    "cargo_zigbuild" | "cargo-zigbuild" => self.builder = Some("zig".to_owned()),
                    "cargo" | "cross" => self.builder = Some(kind.to_owned()),
                    _ => self.note("build.compiler", NOT_UNDERSTOOD),
                }
                if compiler["subcommand"].is_array() || compiler["extra_args"].is_array() {
                    self.note("build.compiler", "is carried over without its subcommand and extra arguments");
                }
            }
            ("include", value) => self.include("build.include", value),
            // What is done anyway.
            ("release", Value::Bool(true)) | ("arm64" | "x86_64" | "x86-64", Value::Bool(false)) => {}
            _ => self.note(&format!("build.{key}"), NO_EQUAL),
        }
    }

    fn variables(&mut self, key: &str, value: &Value) {
        let Some(pairs) = pairs(value) else { return self.note(key, NOT_UNDERSTOOD) };
        for (name, value) in pairs {
            let text = value.as_str().unwrap_or_default();
            // Texts that would mean something here are taken as they are.
            let special = ["ssm:", "secret:", "literal:"].iter().any(|prefix| text.starts_with(prefix));
            let value = if special { format!("literal:{text}").into() } else { value };
            self.set_in("variables", &name, Some(value));
        }
    }

    fn include(&mut self, key: &str, value: &Value) {
        self.set("include", strings(value));
        self.note(
            key,
            "is carried over, but its entries are globs relative to the package's folder here (`folder/**` for a folder)",
        );
    }

    fn set(&mut self, key: &str, value: Option<toml::Value>) {
        match value {
            Some(value) => {
                self.settings.insert(key.to_owned(), value);
            }
            None => self.note(key, NOT_UNDERSTOOD),
        }
    }

    fn set_in(&mut self, table: &str, key: &str, value: Option<toml::Value>) {
        let Some(value) = value else { return self.note(&format!("{table}.{key}"), NOT_UNDERSTOOD) };
        let entry = self.settings.entry(table).or_insert_with(|| toml::Table::new().into());
        if let Some(table) = entry.as_table_mut() {
            table.insert(key.to_owned(), value);
        }
    }

    fn note(&mut self, key: &str, why: &str) {
        self.notes.push(format!("{}: `{key}` {why}", self.place));
    }

    /// The settings that this tool takes; the others become notes, with the reason.
    fn finish(mut self) -> (toml::Table, Vec<String>) {
        let mut valid = toml::Table::new();
        for (key, value) in std::mem::take(&mut self.settings) {
            match value {
                // One that is wrong does not take the others with it.
                toml::Value::Table(mut entries) if key == "variables" || key == "tags" => {
                    entries.retain(|name, value| {
                        let alone = toml::Table::from_iter([(name.to_owned(), value.clone())]);
                        self.takes(&key, &alone.into())
                    });
                    valid.insert(key, entries.into());
                }
                value if self.takes(&key, &value) => {
                    valid.insert(key, value);
                }
                _ => {}
            }
        }
        (valid, self.notes)
    }

    /// Whether `key = value` is valid; the problems become notes.
    fn takes(&mut self, key: &str, value: &toml::Value) -> bool {
        let alone = toml::Table::from_iter([(key.to_owned(), value.clone())]);
        match Config::parse("", &format!("[function]\n{}", render::lines(&alone)), Utf8Path::new("")) {
            Ok(_) => return true,
            Err(Error::Problems(problems)) => {
                let notes = problems
                    .iter()
                    .map(|problem| format!("{}: not carried over: {}", self.place, problem.message));
                self.notes.extend(notes);
            }
            Err(error) => self.notes.push(format!("{}: `{key}`: {error}", self.place)),
        }
        false
    }
}

fn entries(table: &Value) -> impl Iterator<Item = (&String, &Value)> {
    table.as_object().into_iter().flat_map(Map::iter)
}

fn string(value: &Value) -> Option<toml::Value> {
    value.as_str().map(toml::Value::from)
}

/// A number, also one written as text.
fn number(value: &Value) -> Option<toml::Value> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok()).map(toml::Value::Integer)
}

/// A list of texts, also one written as a text with commas.
fn strings(value: &Value) -> Option<toml::Value> {
    texts(value).map(|texts| toml::Value::from(texts.into_iter().map(str::to_owned).collect::<Vec<_>>()))
}

fn texts(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(text.split(',').map(str::trim).collect()),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// Names with texts, written as a table or as `NAME=text`.
fn pairs(value: &Value) -> Option<toml::Table> {
    if let Value::Object(table) = value {
        return table.iter().map(|(name, value)| Some((name.clone(), string(value)?))).collect();
    }
    let pair = |text: &str| text.split_once('=').map(|(name, value)| (name.to_owned(), value.into()));
    texts(value)?.into_iter().map(pair).collect()
}

fn tracing(value: &Value) -> Option<toml::Value> {
    match value.as_str()?.to_ascii_lowercase().as_str() {
        "active" => Some("active".into()),
        "passthrough" | "pass-through" => Some("pass-through".into()),
        _ => None,
    }
}

fn arch(target: &str) -> Option<toml::Value> {
    match target.split('-').next()? {
        "aarch64" => Some("arm64".into()),
        "x86_64" => Some("x86_64".into()),
        _ => None,
    }
}

#[cfg(test)]
#[path = "cargo_lambda_tests.rs"]
mod tests;
