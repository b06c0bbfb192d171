//! The errors that a service answers with, in the shape of each protocol.

use std::fmt::Display;

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use super::cloudwatch::Wire;
use super::reply;
use super::xml::Element;

/// An error that a service answers with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    /// `Reason`, for errors that have one.
    reason: Option<&'static str>,
}

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// Lambda.
    RestJson,
    /// EventBridge Scheduler.
    Scheduler,
    /// CloudWatch Logs, Systems Manager, Secrets Manager.
    AwsJson,
    /// STS, IAM.
    Query,
    /// CloudWatch.
    CloudWatch(Wire),
}

impl Fault {
    pub(crate) fn new(status: StatusCode, code: &'static str, message: impl Display) -> Self {
        Self { status, code, message: message.to_string(), reason: None }
    }

    /// 400 with a code of its own.
    pub(crate) fn bad(code: &'static str, message: impl Display) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code, message)
    }

    /// A member that does not have the shape that the service's model gives it.
    pub(crate) fn validation(message: impl Display) -> Self {
        Self::bad("ValidationException", message)
    }

    /// A value that has the right shape and is wrong all the same.
    pub(crate) fn invalid(message: impl Display) -> Self {
        Self::bad("InvalidParameterValueException", message)
    }

    /// Something that does not exist.
    pub(crate) fn not_found(message: impl Display) -> Self {
        Self::new(StatusCode::NOT_FOUND, "ResourceNotFoundException", message)
    }

    /// Something that exists already, or is busy.
    pub(crate) fn conflict(message: impl Display) -> Self {
        Self::new(StatusCode::CONFLICT, "ResourceConflictException", message)
    }

    /// More requests than the rate allows.
    pub(crate) fn throttled() -> Self {
        let fault = Self::new(StatusCode::TOO_MANY_REQUESTS, "TooManyRequestsException", "Rate exceeded");
        Self { reason: Some("CallerRateLimitExceeded"), ..fault }
    }

    /// A revision id that is not the current one.
    pub(crate) fn precondition() -> Self {
        let message = "The Revision Id provided does not match the latest Revision Id. Call the \
                       GetFunction/GetAlias API to retrieve the latest Revision Id";
        Self::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailedException", message)
    }

    /// An operation that this server does not have.
    pub(crate) fn unknown_operation(operation: impl Display) -> Self {
        let message = format!("the local AWS has no operation {operation}");
        Self::new(StatusCode::NOT_IMPLEMENTED, "UnknownOperationException", message)
    }

    /// What went wrong is the server's.
    pub(crate) fn internal(cause: &dyn std::error::Error) -> Self {
        let mut message = cause.to_string();
        let mut source = cause.source();
        while let Some(cause) = source {
            message = format!("{message}: {cause}");
            source = cause.source();
        }
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "ServiceException", message)
    }

    /// The answer that carries this error.
    pub(crate) fn respond(&self, protocol: Protocol, request_id: &str) -> Response {
        let kind = if self.status.is_client_error() { "User" } else { "Service" };
        let mut response = match protocol {
            Protocol::RestJson => {
                // Lambda's model spells the member in both ways.
                let capital = matches!(self.code, "ResourceNotFoundException" | "ServiceException");
                let message = if capital { "Message" } else { "message" };
                let mut body = json!({ "Type": kind, message: self.message });
                if let Some(reason) = self.reason {
                    body["Reason"] = json!(reason);
                }
                reply::json(self.status, &body)
            }
            Protocol::Scheduler => reply::json(self.status, &json!({ "Message": self.message })),
            Protocol::AwsJson => {
                reply::aws_json(self.status, &json!({ "__type": self.code, "message": self.message }))
            }
            Protocol::Query => reply::xml(self.status, &self.as_xml(request_id)),
            Protocol::CloudWatch(wire) => wire.refuse(self),
        };
        reply::set(&mut response, "x-amzn-errortype", self.code_in(protocol));
        response
    }

    /// The code in the words of a service: those of Lambda, unless it has its own for what any service may answer.
    fn code_in(&self, protocol: Protocol) -> &'static str {
        match (protocol, self.code) {
            (Protocol::Scheduler, "ServiceException") => "InternalServerException",
            (Protocol::Scheduler, "TooManyRequestsException") => "ThrottlingException",
            (_, code) => code,
        }
    }

    fn as_xml(&self, request_id: &str) -> Element {
        let fault = if self.status.is_client_error() { "Sender" } else { "Receiver" };
        let error =
            Element::new("Error").text("Type", fault).text("Code", self.code).text("Message", &self.message);
        Element::new("ErrorResponse").child(&error).text("RequestId", request_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_internal_error_tells_its_causes() {
        let cause = std::io::Error::other("disk full");
        let fault = Fault::internal(&cause);
        assert_eq!((fault.status.as_u16(), fault.message.as_str()), (500, "disk full"));
    }
}
