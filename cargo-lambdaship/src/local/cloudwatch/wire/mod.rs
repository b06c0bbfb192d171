//! CloudWatch's two protocols: Smithy's RPC v2 in CBOR, which AWS's SDK for Rust speaks, and AWS JSON 1.0, which
//! boto3 and the AWS CLI speak. Both carry the same members, so the operations see JSON's values from either.
//!
//! The query protocol, which came before them, is not spoken.

pub(crate) mod cbor;

use std::io::Read;

use axum::http::StatusCode;
use axum::response::Response;
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use crate::local::call::Call;
use crate::local::fault::{Fault, Protocol};
use crate::local::handler::{Answering, perform};
use crate::local::reply;

/// What `X-Amz-Target` begins with, and what the path of an RPC names.
pub(crate) const SERVICE: &str = "GraniteServiceVersion20100801";
/// The largest request, unpacked.
const LARGEST: u64 = 8 << 20;

/// How a request and its answer are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wire {
    /// Smithy RPC v2.
    Cbor,
    /// AWS JSON 1.0.
    Json,
}

/// A request whose path names the operation.
pub(crate) fn by_path(call: Call) -> Answering {
    Box::pin(async move {
        let operation = call.path("operation").to_owned();
        respond(operation, Wire::Cbor, call).await
    })
}

/// A request whose `X-Amz-Target` names `operation`.
pub(crate) async fn by_target(operation: String, call: Call) -> Response {
    respond(operation, Wire::Json, call).await
}

async fn respond(operation: String, wire: Wire, call: Call) -> Response {
    perform(operation.clone(), Protocol::CloudWatch(wire), call, |call| async move {
        let input = wire.read(&call)?;
        let output = super::answer(&operation, &call, input).await?;
        Ok(wire.write(StatusCode::OK, output.as_ref()))
    })
    .await
}

impl Wire {
    fn read(self, call: &Call) -> Result<Value, Fault> {
        let body = unpacked(call)?;
        match self {
            Self::Cbor if call.header("smithy-protocol") != Some("rpc-v2-cbor") => {
                Err(Fault::unknown_operation(format!(
                    "at {} without `smithy-protocol: rpc-v2-cbor`",
                    call.route()
                )))
            }
            Self::Cbor => cbor::decode(&body).map_err(malformed),
            Self::Json => serde_json::from_slice(&body).map_err(malformed),
        }
    }

    /// An answer; an operation that answers nothing has an empty one.
    fn write(self, status: StatusCode, value: Option<&Value>) -> Response {
        match self {
            Self::Cbor => {
                let mut response = match value {
                    Some(value) => reply::with(status, "application/cbor", cbor::encode(value)),
                    None => reply::empty(status),
                };
                reply::set(&mut response, "smithy-protocol", "rpc-v2-cbor");
                response
            }
            Self::Json => {
                let body = value.map_or_else(|| "{}".to_owned(), Value::to_string);
                reply::with(status, "application/x-amz-json-1.0", body)
            }
        }
    }

    /// The answer that carries `fault`. It also has the code that the query protocol would give.
    pub(crate) fn refuse(self, fault: &Fault) -> Response {
        let body = json!({ "__type": fault.code, "message": fault.message });
        let mut response = self.write(fault.status, Some(&body));
        let whose = if fault.status.is_client_error() { "Sender" } else { "Receiver" };
        reply::set(&mut response, "x-amzn-query-error", &format!("{};{whose}", query_code(fault.code)));
        response
    }
}

/// The body without the compression that SDKs apply to large ones.
fn unpacked(call: &Call) -> Result<Vec<u8>, Fault> {
    match call.header("content-encoding") {
        None => Ok(call.body.clone()),
        Some("gzip") => {
            let mut body = Vec::new();
            let read = GzDecoder::new(&*call.body).take(LARGEST + 1).read_to_end(&mut body);
            read.map_err(malformed)?;
            if body.len() as u64 > LARGEST {
                let message = format!("the request is over {LARGEST} bytes");
                return Err(Fault::new(
                    StatusCode::PAYLOAD_TOO_LARGE,
                    "RequestEntityTooLargeException",
                    message,
                ));
            }
            Ok(body)
        }
        Some(other) => {
            Err(Fault::validation(format!("the local AWS does not read the content encoding {other}")))
        }
    }
}

fn malformed(error: impl std::fmt::Display) -> Fault {
    Fault::bad("SerializationException", error)
}

/// CloudWatch's own names of errors, which differ from those of their shapes.
fn query_code(code: &str) -> &str {
    match code {
        "InvalidParameterValueException" => "InvalidParameterValue",
        "InvalidParameterCombinationException" => "InvalidParameterCombination",
        "MissingRequiredParameterException" => "MissingParameter",
        "LimitExceededFault" => "LimitExceeded",
        "InvalidFormatFault" => "InvalidFormat",
        "ValidationException" => "ValidationError",
        "TooManyRequestsException" => "Throttling",
        "ServiceException" => "InternalServiceError",
        other => other,
    }
}
