//! Publishing and listing versions.

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::Value;

use super::paging::{Key, page};
use super::reference::{LATEST, Reference};
use super::requests::PublishVersion;
use super::wire::{self, At};
use super::{configuration, limits};
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::{Configuration, Function, Kind, Published, State, Transition};

/// `PublishVersion`.
pub(crate) fn publish(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let request: PublishVersion = call.json()?;
    limits::description(request.description.as_deref())?;
    let function = reference.function_mut(state, &call.region)?;
    configuration::writable(call, function, &reference, request.revision_id.as_deref())?;
    let current = function.latest.code.sha256.to_string();
    if let Some(expected) =
        request.code_sha256.filter(|expected| !expected.is_empty() && *expected != current)
    {
        return Err(Fault::invalid(format!(
            "CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST ({current}). \
             Please try again with the CodeSHA256 in $LATEST."
        )));
    }
    let number = add(function, request.description, call);
    Ok(reply::json(StatusCode::CREATED, &answer(&reference.name, function, number, &call.at())))
}

/// Publishes `$LATEST` as a new version, or finds the last one when nothing changed since.
pub(crate) fn add(function: &mut Function, description: Option<String>, call: &Call) -> u64 {
    let from = function.latest.identity();
    if let Some((number, last)) = function.versions.last_key_value()
        && last.from == from
    {
        return *number;
    }
    let mut configuration = Configuration { modified: call.now, ..function.latest.clone() };
    if let Some(description) = description {
        configuration.settings.description = description;
    }
    configuration.transition = Transition::begin(Kind::Creation, call.now, call.shared.options.settle);
    function.latest.transition.touch(call.now);
    function.last_version += 1;
    let number = function.last_version;
    function.versions.insert(number, Published { configuration, from });
    number
}

/// The version `number`, by its own ARN.
pub(crate) fn answer(name: &str, function: &Function, number: u64, at: &At<'_>) -> Value {
    let version = number.to_string();
    let reference = wire::version_of(name, &version);
    let configuration = function.versions.get(&number).map_or(&function.latest, |found| &found.configuration);
    wire::configuration(&reference, &version, configuration, at)
}

/// `ListVersionsByFunction`.
pub(crate) fn list(call: &Call, state: &State) -> Outcome {
    let reference = Reference::of(call)?;
    let function = reference.function(state, &call.region)?;
    let at = call.at();
    let versions = all(&reference.name, function);
    reply::ok(&page(call, "Versions", versions, |version| version.written(&at))?)
}

/// A version in a list; the number 0 is `$LATEST`.
pub(crate) struct Listed<'a> {
    name: &'a str,
    function: &'a Function,
    number: u64,
}

impl Listed<'_> {
    /// The version, by its qualified ARN.
    pub(crate) fn written(&self, at: &At<'_>) -> Value {
        match self.number {
            0 => wire::configuration(&wire::latest_of(self.name), LATEST, &self.function.latest, at),
            number => answer(self.name, self.function, number, at),
        }
    }
}

/// `$LATEST` and all versions.
pub(crate) fn all<'a>(name: &'a str, function: &'a Function) -> impl Iterator<Item = (Key, Listed<'a>)> + 'a {
    let numbers = std::iter::once(0).chain(function.versions.keys().copied());
    numbers.map(move |number| (Key::new(name, number), Listed { name, function, number }))
}

/// Adds `count` versions of what `$LATEST` is, and says the number of the last one.
pub(crate) fn fill(function: &mut Function, count: u64, now: Timestamp) -> u64 {
    let from = function.latest.identity();
    for _ in 0..count {
        function.last_version += 1;
        let configuration = Configuration { modified: now, ..function.latest.clone() };
        function.versions.insert(function.last_version, Published { configuration, from: from.clone() });
    }
    function.last_version
}
