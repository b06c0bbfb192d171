//! Creating, reading, listing and deleting functions.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::StatusCode;
use serde_json::json;

use super::paging::{Key, page};
use super::reference::{LATEST, Reference, shape};
use super::requests::{CreateFunction, SettingsRequest};
use super::wire;
use super::{arn, code, configuration, limits, tags, versions};
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::{Code, Configuration, Function, Kind, State, Transition};
use crate::model::LambdaName;

/// A function, for a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionSummary {
    /// The lambda's name.
    pub name: String,
    /// The aliases.
    pub aliases: Vec<String>,
    /// The number of the version that was published last; 0 before the first.
    pub last_version: u64,
}

/// All functions, by name.
pub(crate) fn summaries(state: &State) -> Vec<FunctionSummary> {
    let summary = |(name, function): (&String, &Function)| FunctionSummary {
        name: name.clone(),
        aliases: function.aliases.keys().cloned().collect(),
        last_version: function.last_version,
    };
    state.functions.iter().map(summary).collect()
}

/// `CreateFunction`. The code is kept before the state is locked.
pub(crate) async fn create(call: Call) -> Outcome {
    let (mut request, settings) = CreateFunction::read(&call)?;
    let name = check(&request, &settings)?;
    if call.shared.store.read().functions.contains_key(&name) {
        return Err(exists(&name));
    }
    let code = code::keep(&call, &name, std::mem::take(&mut request.code)).await?;
    let shared = Arc::clone(&call.shared);
    shared.store.update(|state| insert(&call, state, (request, settings), &name, code)).await
}

fn check(request: &CreateFunction, settings: &SettingsRequest) -> Result<String, Fault> {
    let name = Reference::parse(&request.function_name, None)?.unqualified()?.name;
    if LambdaName::new(name.as_str()).is_err() {
        return Err(shape("functionName", &name, "[a-zA-Z0-9-_]+"));
    }
    if request.package_type.as_deref().is_some_and(|kind| kind != "Zip") {
        return Err(Fault::invalid("the local AWS runs functions of package type Zip only"));
    }
    if settings.revision_id.is_some() {
        return Err(Fault::validation("unknown field `RevisionId`"));
    }
    for (member, value) in [("Runtime", &settings.runtime), ("Handler", &settings.handler)] {
        if value.is_none() {
            return Err(Fault::invalid(format!(
                "{member} is mandatory for functions created with deployment packages."
            )));
        }
    }
    limits::settings(settings)?;
    tags::check(request.tags.as_ref().unwrap_or(&BTreeMap::new()))?;
    Ok(name)
}

fn insert(
    call: &Call,
    state: &mut State,
    (request, settings): (CreateFunction, SettingsRequest),
    name: &str,
    code: Code,
) -> Outcome {
    if state.functions.contains_key(name) {
        return Err(exists(name));
    }
    let settings = configuration::initial(settings)?;
    configuration::assumable(call, state, &settings.role)?;
    let architecture = limits::architecture(request.architectures.as_deref())?.unwrap_or("x86_64");
    let transition = Transition::begin(Kind::Creation, call.now, call.shared.options.settle);
    let architecture = architecture.to_owned();
    let latest = Configuration { settings, code, architecture, modified: call.now, transition };
    let mut function = Function {
        latest,
        last_version: 0,
        versions: BTreeMap::new(),
        aliases: BTreeMap::new(),
        tags: request.tags.unwrap_or_default(),
        reserved_concurrency: None,
        provisioned: BTreeMap::new(),
        code_signing: request.code_signing_config_arn.filter(|arn| !arn.is_empty()),
        policies: BTreeMap::new(),
    };
    let at = call.at();
    let answer = if request.publish {
        let number = versions::add(&mut function, None, call);
        versions::answer(name, &function, number, &at)
    } else {
        let whole = Reference { name: name.to_owned(), qualifier: None };
        wire::configuration(&whole, LATEST, &function.latest, &at)
    };
    state.functions.insert(name.to_owned(), function);
    Ok(reply::json(StatusCode::CREATED, &answer))
}

fn exists(name: &str) -> Fault {
    Fault::conflict(format!("Function already exist: {name}"))
}

/// `GetFunction`.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let reference = Reference::of(call)?;
    let function = reference.function(state, &call.region)?;
    let resolved = reference.resolve(function, &call.region)?;
    let sha256 = resolved.configuration.code.sha256.hex();
    let mut answer = json!({
        "Configuration": wire::configuration(&reference, &resolved.version, resolved.configuration, &call.at()),
        "Code": {
            "RepositoryType": "S3",
            "Location": format!("{}/_lambdaship/zips/{sha256}", call.shared.endpoint),
        },
    });
    if let Some(object) = &resolved.configuration.code.object {
        answer["Code"]["ResolvedS3Object"] = json!({
            "S3Bucket": object.bucket,
            "S3Key": object.key,
            "S3ObjectVersion": object.version,
        });
    }
    if !function.tags.is_empty() {
        answer["Tags"] = json!(function.tags);
    }
    if let Some(reserved) = function.reserved_concurrency {
        answer["Concurrency"] = json!({ "ReservedConcurrentExecutions": reserved });
    }
    reply::ok(&answer)
}

/// `ListFunctions`.
pub(crate) fn list(call: &Call, state: &State) -> Outcome {
    let at = call.at();
    if call.query("FunctionVersion") == Some("ALL") {
        let every = state.functions.iter().flat_map(|(name, function)| versions::all(name, function));
        return reply::ok(&page(call, "Functions", every, |version| version.written(&at))?);
    }
    let latest = state.functions.iter().map(|(name, function)| (Key::new(name, 0), (name, function)));
    let written = |(name, function): (&String, &Function)| {
        let whole = Reference { name: name.clone(), qualifier: None };
        wire::configuration(&whole, LATEST, &function.latest, &at)
    };
    reply::ok(&page(call, "Functions", latest, written)?)
}

/// `DeleteFunction`: the whole function, or one version of it.
pub(crate) fn delete(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?;
    let function = reference.function_mut(state, &call.region)?;
    match reference.qualifier.as_deref() {
        None => {
            state.functions.remove(&reference.name);
        }
        Some(LATEST) => {
            return Err(Fault::invalid("$LATEST version cannot be deleted without deleting the function."));
        }
        Some(qualifier) => delete_version(function, &reference, qualifier, call)?,
    }
    Ok(reply::empty(StatusCode::NO_CONTENT))
}

fn delete_version(
    function: &mut Function,
    reference: &Reference,
    qualifier: &str,
    call: &Call,
) -> Result<(), Fault> {
    if function.aliases.contains_key(qualifier) {
        return Err(Fault::invalid("Deletion of aliases is not currently supported."));
    }
    let number = qualifier.parse().ok().filter(|number| function.versions.contains_key(number));
    let number: u64 = number.ok_or_else(|| reference.missing(&call.region))?;
    let naming: Vec<&str> = function
        .aliases
        .iter()
        .filter(|(_, alias)| alias.version == qualifier || alias.weights(call.now).contains_key(qualifier))
        .map(|(name, _)| name.as_str())
        .collect();
    if !naming.is_empty() {
        let version = arn::qualified(&call.region, &reference.name, qualifier);
        let message = format!("Version {version} is used by the alias(es) [{}]", naming.join(", "));
        return Err(Fault::conflict(message));
    }
    function.versions.remove(&number);
    function.provisioned.remove(qualifier);
    function.policies.remove(qualifier);
    Ok(())
}
