//! Reading and changing the settings of `$LATEST`, and the checks that every change of a function shares.

use jiff::SignedDuration;

use super::reference::{LATEST, Reference};
use super::requests::SettingsRequest;
use super::{limits, wire};
use crate::local::ACCOUNT;
use crate::local::call::Call;
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::state::{
    EphemeralStorage, Function, Kind, LoggingConfig, Settings, State, Transition, Variables,
};

/// `GetFunctionConfiguration`.
pub(crate) fn get(call: &Call, state: &State) -> Outcome {
    let reference = Reference::of(call)?;
    let function = reference.function(state, &call.region)?;
    let resolved = reference.resolve(function, &call.region)?;
    reply::ok(&wire::configuration(&reference, &resolved.version, resolved.configuration, &call.at()))
}

/// `UpdateFunctionConfiguration`.
pub(crate) fn update(call: &Call, state: &mut State) -> Outcome {
    let reference = Reference::of(call)?.unqualified()?;
    let request: SettingsRequest = call.json()?;
    limits::settings(&request)?;
    let function = reference.function(state, &call.region)?;
    writable(call, function, &reference, request.revision_id.as_deref())?;
    if let Some(role) = &request.role {
        assumable(call, state, role)?;
    }
    let function = reference.function_mut(state, &call.region)?;
    apply(&mut function.latest.settings, request);
    function.latest.modified = call.now;
    function.latest.transition = Transition::begin(Kind::Update, call.now, call.shared.options.settle);
    reply::ok(&wire::configuration(&reference, LATEST, &function.latest, &call.at()))
}

/// Refuses a change under another revision, and one while a change is under way.
pub(crate) fn writable(
    call: &Call,
    function: &Function,
    reference: &Reference,
    revision: Option<&str>,
) -> Result<(), Fault> {
    let transition = &function.latest.transition;
    if revision.is_some_and(|revision| revision != transition.revision(call.now)) {
        return Err(Fault::precondition());
    }
    match (transition.is_settled(call.now), transition.kind) {
        (true, _) => Ok(()),
        (false, Kind::Creation) => Err(pending()),
        (false, Kind::Update) => Err(Fault::conflict(format!(
            "The operation cannot be performed at this time. An update is in progress for resource: {}",
            reference.arn(&call.region)
        ))),
    }
}

/// The refusal of what needs a function that is active.
pub(crate) fn pending() -> Fault {
    Fault::conflict(
        "The operation cannot be performed at this time. The function is currently in the following \
         state: Pending",
    )
}

/// Refuses a role that Lambda cannot assume: one of this account that does not exist, or was only just made.
pub(crate) fn assumable(call: &Call, state: &State, role: &str) -> Result<(), Fault> {
    let Some(path) = role.split_once(&format!(":{ACCOUNT}:role/")).map(|(_, path)| path) else {
        return Ok(());
    };
    let name = path.rsplit('/').next().unwrap_or(path);
    let delay = SignedDuration::try_from(call.shared.options.role_delay).unwrap_or(SignedDuration::MAX);
    match state.roles.get(name) {
        Some(role) if call.now.duration_since(role.created) >= delay => Ok(()),
        _ => Err(Fault::invalid("The role defined for the function cannot be assumed by Lambda.")),
    }
}

/// The settings of a new function: AWS's defaults, then what the request states.
pub(crate) fn initial(request: SettingsRequest) -> Result<Settings, Fault> {
    let role = request.role.clone().ok_or_else(|| Fault::validation("missing field `Role`"))?;
    let mut settings = Settings {
        role,
        runtime: String::new(),
        handler: String::new(),
        description: String::new(),
        timeout: 3,
        memory_size: 128,
        variables: Variables::default(),
        layers: Vec::new(),
        vpc: None,
        dead_letter: None,
        kms_key: None,
        tracing_mode: "PassThrough".to_owned(),
        file_systems: Vec::new(),
        ephemeral_storage: EphemeralStorage { size: 512 },
        logging: LoggingConfig::default(),
    };
    apply(&mut settings, request);
    Ok(settings)
}

/// Sets what the request states, and leaves the rest. The request was checked.
fn apply(settings: &mut Settings, request: SettingsRequest) {
    let small = |value: i64| u32::try_from(value).unwrap_or(u32::MAX);
    set(&mut settings.role, request.role);
    set(&mut settings.runtime, request.runtime);
    set(&mut settings.handler, request.handler);
    set(&mut settings.description, request.description);
    set(&mut settings.timeout, request.timeout.map(small));
    set(&mut settings.memory_size, request.memory_size.map(small));
    set(&mut settings.variables, request.environment.map(|environment| environment.variables));
    set(&mut settings.layers, request.layers);
    set(&mut settings.tracing_mode, request.tracing_config.and_then(|tracing| tracing.mode));
    set(&mut settings.file_systems, request.file_system_configs);
    let storage = request.ephemeral_storage.map(|storage| EphemeralStorage { size: small(storage.size) });
    set(&mut settings.ephemeral_storage, storage);
    if let Some(vpc) = request.vpc_config {
        let was_in_one = settings.vpc.is_some();
        settings.vpc = (was_in_one || !vpc.subnet_ids.is_empty()).then_some(vpc);
    }
    if let Some(config) = request.dead_letter_config {
        settings.dead_letter = Some(config.target_arn).filter(|arn| !arn.is_empty());
    }
    if let Some(key) = request.kms_key_arn {
        settings.kms_key = Some(key).filter(|arn| !arn.is_empty());
    }
    if let Some(logging) = request.logging_config {
        apply_logging(&mut settings.logging, logging);
    }
}

fn apply_logging(settings: &mut LoggingConfig, request: LoggingConfig) {
    let some = |to: &mut Option<String>, from: Option<String>| *to = from.or(to.take());
    some(&mut settings.log_format, request.log_format);
    some(&mut settings.application_log_level, request.application_log_level);
    some(&mut settings.system_log_level, request.system_log_level);
    some(&mut settings.log_group, request.log_group);
    if settings.log_format.as_deref() != Some("JSON") {
        // Levels exist for JSON only.
        settings.application_log_level = None;
        settings.system_log_level = None;
    }
}

fn set<T>(to: &mut T, from: Option<T>) {
    if let Some(value) = from {
        *to = value;
    }
}
