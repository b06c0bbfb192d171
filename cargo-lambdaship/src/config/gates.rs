//! `[gates]`: which checks run, and those that are the workspace's own. Pure.

use std::cell::RefCell;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use toml::Spanned;
use toml::de::DeValue;

use super::limits::boolean;
use super::load::Config;
use super::problem::Problem;
use super::reader::{Complaint, Section, text, wrong_type};
use crate::model::{self, BUILT_IN_GATES, Gates, GatesPolicy};
use crate::suggest::did_you_mean;

/// The words of an environment's `gates`.
pub(super) const POLICIES: [(&str, GatesPolicy); 2] =
    [("optional", GatesPolicy::Optional), ("required", GatesPolicy::Required)];

/// The most characters of a gate's name.
const NAME: usize = 40;

/// The checks that `cargo lambdaship gate` runs.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct GatesTable {
    /// The gates by name: fmt, clippy, test (with the documentation's examples), doctest, audit, deny, coverage, or one of
    /// `custom`. When it is not stated: fmt, clippy, test, and all of `custom`.
    #[schemars(with = "Option<Vec<String>>", extend("uniqueItems" = true))]
    pub(super) run: Option<Vec<Spanned<String>>>,
    /// The least share of lines that tests have to run, in percent; it asks for the gate `coverage`.
    #[schemars(range(min = 0.0, max = 100.0))]
    pub(super) coverage_threshold: Option<f64>,
    /// Gates of the workspace's own, by name.
    #[schemars(default)]
    pub(super) custom: BTreeMap<String, CustomGate>,
}

/// A gate of the workspace's own. It passes when its program ends with 0.
#[derive(Debug, Clone, Default, JsonSchema)]
#[schemars(rename_all = "kebab-case", deny_unknown_fields)]
pub(super) struct CustomGate {
    /// The program, and its arguments; it runs in the workspace's folder.
    #[schemars(required, length(min = 1))]
    pub(super) command: Vec<String>,
    /// Whether it need not run again while no file of the workspace changed. Only for one that looks at nothing else.
    #[schemars(default)]
    pub(super) remember: bool,
}

impl Config {
    /// What the file says of gates.
    #[must_use]
    pub fn gates(&self) -> Gates {
        let table = &self.file.gates;
        let custom =
            |gate: &CustomGate| model::CustomGate { command: gate.command.clone(), remember: gate.remember };
        let names = |names: &Vec<Spanned<String>>| names.iter().map(|name| name.get_ref().clone()).collect();
        Gates {
            run: table.run.as_ref().map(names),
            coverage_threshold: table.coverage_threshold,
            custom: table.custom.iter().map(|(name, gate)| (name.clone(), custom(gate))).collect(),
        }
    }

    /// Whether any environment takes only what passed the gates.
    #[must_use]
    pub fn requires_gates(&self) -> bool {
        self.file.env.values().any(|environment| environment.gates == Some(GatesPolicy::Required))
    }
}

/// The table `[gates]`.
pub(super) fn read(section: &mut Section<'_, '_>) -> GatesTable {
    let run = run(section);
    let coverage_threshold = section.take("coverage-threshold", percent);
    let custom: BTreeMap<String, CustomGate> =
        section.sections("custom", custom).into_iter().flatten().collect();
    let known: Vec<&str> = BUILT_IN_GATES.into_iter().chain(custom.keys().map(String::as_str)).collect();
    for name in run.iter().flatten().filter(|name| !known.contains(&name.get_ref().as_str())) {
        let problem = Problem::at(name.span(), format!("there is no gate `{}`", name.get_ref()));
        section.push(problem.help(did_you_mean(name.get_ref(), "gates", &known)));
    }
    GatesTable { run, coverage_threshold, custom }
}

fn run(section: &mut Section<'_, '_>) -> Option<Vec<Spanned<String>>> {
    let seen: RefCell<Vec<String>> = RefCell::default();
    let run = section.items("run", "an array of strings", |value| {
        let name = text(value)?;
        if seen.borrow().iter().any(|known| known == name) {
            return Err(Complaint::new(format!("has `{name}` twice")));
        }
        seen.borrow_mut().push(name.to_owned());
        Ok(name.to_owned())
    })?;
    let places = section.places("run");
    Some(run.into_iter().zip(places).filter_map(|(name, place)| Some(Spanned::new(place, name?))).collect())
}

fn custom(
    name: &str,
    span: std::ops::Range<usize>,
    section: &mut Section<'_, '_>,
) -> Option<(String, CustomGate)> {
    let command = section.items("command", "an array of strings", |value| text(value).map(str::to_owned));
    let remember = section.take("remember", boolean).unwrap_or_default();
    let is_list = command.is_some();
    let command: Vec<String> = command.into_iter().flatten().flatten().collect();
    if !section.has("command") {
        let problem = Problem::at(span.clone(), format!("gate `{name}` has no `command`"));
        section.push(problem.help("write `command = [\"program\", \"argument\"]`".to_owned()));
    } else if is_list && command.first().is_none_or(|program| program.trim().is_empty()) {
        section.complain("command", Complaint::new("must begin with a program"));
    }
    if let Err(rule) = check_name(name) {
        section.push(Problem::at(span, format!("`{name}` cannot be the name of a gate: {rule}")));
        return None;
    }
    Some((name.to_owned(), CustomGate { command, remember }))
}

/// Names go into logs, annotations and files.
fn check_name(name: &str) -> Result<(), String> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    if BUILT_IN_GATES.contains(&name) {
        return Err("there is one of that name already".to_owned());
    }
    let begins = name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if begins && name.len() <= NAME && name.bytes().all(allowed) {
        return Ok(());
    }
    Err(format!(
        "it takes letters, digits, `-` and `_`, begins with a letter or a digit, and has at most {NAME} characters"
    ))
}

fn percent(value: &DeValue<'_>) -> Result<f64, Complaint> {
    let number = match value {
        DeValue::Integer(integer) => i64::from_str_radix(integer.as_str(), integer.radix())
            .ok()
            .and_then(|number| i32::try_from(number).ok())
            .map(f64::from),
        DeValue::Float(float) => float.as_str().parse().ok(),
        other => return Err(wrong_type("a number", other)),
    };
    let number = number.filter(|number| (0.0..=100.0).contains(number));
    number.ok_or_else(|| Complaint::new("must be a percentage from 0 to 100"))
}
