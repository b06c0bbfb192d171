//! Taking code in, and giving it out.

use std::sync::Arc;

use axum::extract::{Path, State as Injected};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::reference::{LATEST, Reference};
use super::requests::{CodeSource, UpdateFunctionCode};
use super::{configuration, limits, versions, wire};
use crate::local::call::{Call, too_large};
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::server::Shared;
use crate::local::state::{Code, Configuration, Kind, Rejected, State, Transition};

/// The base64 text of the zip in a request: the only source that this server takes.
pub(crate) fn zip(source: &CodeSource) -> Result<&str, Fault> {
    match (&source.zip_file, &source.s3_bucket, &source.image_uri) {
        (Some(zip), None, None) => Ok(zip),
        (None, None, None) => Err(Fault::invalid("Please provide a source for function code.")),
        (Some(_), ..) => Err(Fault::invalid(
            "Please do not provide other FunctionCode parameters when providing a ZipFile.",
        )),
        (None, ..) => Err(Fault::invalid("the local AWS takes code as ZipFile only")),
    }
}

/// Decodes, checks, keeps and unpacks a zip, away from the thread that answers requests.
pub(crate) async fn keep(call: &Call, zip: &str) -> Result<Code, Fault> {
    let zip = zip.to_owned();
    let store = call.shared.store.code.clone();
    let kept = tokio::task::spawn_blocking(move || {
        let zip = STANDARD.decode(zip).map_err(|_| unreadable())?;
        store.keep(&zip).map_err(rejected)
    });
    kept.await.map_err(|error| Fault::internal(&error))?
}

fn unreadable() -> Fault {
    Fault::invalid("Could not unzip uploaded file. Please check your file, then try to upload again.")
}

fn rejected(why: Rejected) -> Fault {
    match why {
        Rejected::ZipTooLarge(_) => too_large(),
        Rejected::UnzippedTooLarge => Fault::invalid("Unzipped size must be smaller than 262144000 bytes"),
        Rejected::Empty => Fault::invalid("Uploaded file must be a non-empty zip"),
        Rejected::Unreadable(_) => unreadable(),
        Rejected::Io(error) => Fault::internal(&error),
    }
}

/// `UpdateFunctionCode`. What refuses the request is checked before the code is kept, and again when it is changed.
pub(crate) async fn update(call: Call) -> Outcome {
    let (request, source) = UpdateFunctionCode::read(&call)?;
    limits::architecture(request.architectures.as_deref())?;
    let reference = Reference::of(&call)?.unqualified()?;
    let revision = request.revision_id.as_deref();
    let state = call.shared.store.read();
    configuration::writable(&call, reference.function(&state, &call.region)?, &reference, revision)?;
    drop(state);
    let code = keep(&call, zip(&source)?).await?;
    if request.dry_run {
        return preview(&call, &reference, &request, code);
    }
    let shared = Arc::clone(&call.shared);
    shared.store.update(|state| change(&call, state, &reference, &request, code)).await
}

fn change(
    call: &Call,
    state: &mut State,
    reference: &Reference,
    request: &UpdateFunctionCode,
    code: Code,
) -> Outcome {
    let function = reference.function_mut(state, &call.region)?;
    configuration::writable(call, function, reference, request.revision_id.as_deref())?;
    replace(call, &mut function.latest, request, code)?;
    let answer = if request.publish {
        let number = versions::add(function, None, call);
        versions::answer(&reference.name, function, number, &call.at())
    } else {
        wire::configuration(reference, LATEST, &function.latest, &call.at())
    };
    reply::ok(&answer)
}

/// What the request would come to.
fn preview(call: &Call, reference: &Reference, request: &UpdateFunctionCode, code: Code) -> Outcome {
    let state = call.shared.store.read();
    let mut latest = reference.function(&state, &call.region)?.latest.clone();
    replace(call, &mut latest, request, code)?;
    reply::ok(&wire::configuration(reference, LATEST, &latest, &call.at()))
}

fn replace(
    call: &Call,
    latest: &mut Configuration,
    request: &UpdateFunctionCode,
    code: Code,
) -> Result<(), Fault> {
    if let Some(architecture) = limits::architecture(request.architectures.as_deref())? {
        architecture.clone_into(&mut latest.architecture);
    }
    latest.code = code;
    latest.modified = call.now;
    latest.transition = Transition::begin(Kind::Update, call.now, call.shared.options.settle);
    Ok(())
}

/// The zip behind `Code.Location` of `GetFunction`.
pub(crate) async fn download(
    Injected(shared): Injected<Arc<Shared>>,
    Path(sha256): Path<String>,
) -> Response {
    let state = shared.store.read();
    let known = state.functions.values().find_map(|function| {
        let versions = function.versions.values().map(|version| &version.configuration);
        versions.chain([&function.latest]).find(|configuration| configuration.code.sha256.hex() == sha256)
    });
    let Some(file) = known.map(|configuration| shared.store.code.zip(&configuration.code.sha256)) else {
        return reply::empty(StatusCode::NOT_FOUND);
    };
    match tokio::fs::read(file).await {
        Ok(zip) => reply::with(StatusCode::OK, "application/zip", zip),
        Err(_) => reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
