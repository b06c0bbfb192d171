//! Taking code in, and giving it out.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Path, State as Injected};
use axum::http::StatusCode;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::task::JoinHandle;

use super::reference::{LATEST, Reference};
use super::requests::{CodeSource, StorageMode, UpdateFunctionCode};
use super::{arn, configuration, limits, versions, wire};
use crate::local::DEFAULT_REGION;
use crate::local::call::{Call, too_large};
use crate::local::fault::Fault;
use crate::local::reply::{self, Outcome};
use crate::local::s3::code::{Unusable, open, readable};
use crate::local::s3::{Versioning, send};
use crate::local::server::Shared;
use crate::local::state::{Code, CodeObject, Configuration, Kind, Rejected, State, Transition};

/// Checks, keeps and unpacks the code of function `name`, away from the thread that answers requests.
pub(crate) async fn keep(call: &Call, name: &str, source: CodeSource) -> Result<Code, Fault> {
    let store = call.shared.store.code.clone();
    let kept: JoinHandle<Result<Code, Fault>> = match Source::of(source)? {
        Source::Zip(zip) => tokio::task::spawn_blocking(move || {
            let zip = STANDARD.decode(zip).map_err(|_| unreadable())?;
            store.keep(&zip).map_err(rejected)
        }),
        Source::Copied { bucket, key, version } => {
            let place = (bucket.as_str(), key.as_str(), version.as_deref());
            let file = open(&call.shared.buckets, &call.region, place);
            let file = file.map_err(|why| unusable(&bucket, &key, &why))?;
            tokio::task::spawn_blocking(move || store.keep_file(file).map_err(rejected))
        }
        Source::Run(object) => {
            let function = arn::function(&call.region, name);
            let file = readable(&call.shared.buckets, &call.region, &object, &function);
            let file = file.map_err(|why| unusable(&object.bucket, &object.key, &why))?;
            versioned(call, &object)?;
            tokio::task::spawn_blocking(move || {
                let code = store.keep_file(file).map_err(rejected)?;
                Ok(Code { object: Some(object), ..code })
            })
        }
    };
    kept.await.map_err(|error| Fault::internal(&error))?
}

/// Where a request says that the code is.
enum Source {
    /// In the request, in base64.
    Zip(String),
    /// In an object, of which Lambda makes a copy.
    Copied { bucket: String, key: String, version: Option<String> },
    /// In an object, which Lambda runs it from.
    Run(CodeObject),
}

impl Source {
    fn of(source: CodeSource) -> Result<Self, Fault> {
        let CodeSource { zip_file, s3_bucket, s3_key, s3_object_version, s3_object_storage_mode, image_uri } =
            source;
        if image_uri.is_some() {
            return Err(Fault::invalid("the local AWS runs functions of package type Zip only"));
        }
        match (zip_file, s3_bucket, s3_key) {
            (Some(zip), None, None) if s3_object_version.is_none() && s3_object_storage_mode.is_none() => {
                Ok(Self::Zip(zip))
            }
            (Some(_), ..) => Err(Fault::invalid(
                "Please do not provide other FunctionCode parameters when providing a ZipFile.",
            )),
            (None, Some(bucket), Some(key)) => match (s3_object_storage_mode, s3_object_version) {
                (Some(StorageMode::Reference), Some(version)) => {
                    Ok(Self::Run(CodeObject { bucket, key, version }))
                }
                (Some(StorageMode::Reference), None) => {
                    Err(Fault::invalid("S3ObjectVersion is required when S3ObjectStorageMode is REFERENCE."))
                }
                (_, version) => Ok(Self::Copied { bucket, key, version }),
            },
            (None, ..) => Err(Fault::invalid("Please provide a source for function code.")),
        }
    }
}

/// An object that is run from must be in a bucket that keeps versions.
fn versioned(call: &Call, object: &CodeObject) -> Result<(), Fault> {
    let record = call.shared.buckets.record(&object.bucket);
    if record.is_ok_and(|record| record.versioning == Versioning::Enabled) {
        return Ok(());
    }
    Err(Fault::invalid(format!(
        "S3 versioning must be enabled for the bucket {} when S3ObjectStorageMode is REFERENCE.",
        object.bucket
    )))
}

/// The refusal of an object, in Lambda's words.
fn unusable(bucket: &str, key: &str, why: &Unusable) -> Fault {
    let cause = format!("S3 Error Code: {}. S3 Error Message: {}", why.code, why.message);
    if why.code == "AccessDenied" {
        let message = format!(
            "Your access has been denied by S3, please make sure your request credentials have permission to \
             GetObject for {bucket}/{key}. {cause}"
        );
        return Fault::new(StatusCode::FORBIDDEN, "AccessDeniedException", message);
    }
    Fault::invalid(format!("Error occurred while GetObject. {cause}"))
}

/// Refuses to run what Lambda cannot read any more. A function is in the region of the bucket that it is run from.
pub(crate) fn runnable(shared: &Shared, code: &Code, name: &str) -> Result<(), Fault> {
    let Some(object) = &code.object else { return Ok(()) };
    let record = shared.buckets.record(&object.bucket);
    let region = record.as_ref().map_or(DEFAULT_REGION, |record| record.region.as_str());
    readable(&shared.buckets, region, object, &arn::function(region, name)).map(drop).map_err(|why| {
        let message = format!(
            "Lambda could not read the deployment package {}/{}. S3 Error Code: {}. S3 Error Message: {}",
            object.bucket, object.key, why.code, why.message
        );
        Fault::new(StatusCode::BAD_GATEWAY, "InvalidZipFileException", message)
    })
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
    let code = keep(&call, &reference.name, source).await?;
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

/// The zip behind `Code.Location` of `GetFunction`. What is only run from an object is there for as long as that is.
pub(crate) async fn download(
    Injected(shared): Injected<Arc<Shared>>,
    Path(sha256): Path<String>,
) -> Response {
    let state = shared.store.read();
    let there = |object: &CodeObject| {
        let key = shared.buckets.key(&object.bucket, &object.key).ok().flatten();
        key.is_some_and(|key| key.version(&object.version).is_some())
    };
    let known = state.functions.values().find_map(|function| {
        let versions = function.versions.values().map(|version| &version.configuration);
        let mut codes = versions.chain([&function.latest]).map(|configuration| &configuration.code);
        codes.find(|code| code.sha256.hex() == sha256 && code.object.as_ref().is_none_or(there))
    });
    let Some((file, size)) = known.map(|code| (shared.store.code.zip(&code.sha256), code.size)) else {
        return reply::empty(StatusCode::NOT_FOUND);
    };
    match send(&file, 0..size).await {
        Ok(zip) => {
            let mut response = reply::with(StatusCode::OK, "application/zip", Body::from_stream(zip));
            reply::set(&mut response, "content-length", &size.to_string());
            response
        }
        Err(_) => reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}
