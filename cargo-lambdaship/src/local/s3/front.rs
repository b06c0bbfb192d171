//! Where HTTP ends and S3 begins: requests that are signed for S3 are taken out of the way of the other services, their
//! signature and encoding are taken off, and what is left is given to the protocol library.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::{ConnectInfo, Request, State as Injected};
use axum::http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, HOST};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::Response;
use futures::stream::{self, Stream, StreamExt};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{S3Error, S3ErrorCode};

use super::chunked;
use super::failure::with_message;
use super::gate::{Gate, Keyless, injected};
use super::service::Operations;
use super::signature::{Signature, signature};
use super::visit::{Facts, Visit};
use crate::local::hangup::Hangup;
use crate::local::injection::Failure;
use crate::local::reply;
use crate::local::server::Shared;

/// Answers what is signed for S3.
#[derive(Clone)]
pub(crate) struct Front {
    shared: Arc<Shared>,
    service: S3Service,
}

impl Front {
    pub(crate) fn new(shared: &Arc<Shared>) -> Self {
        let mut builder = S3ServiceBuilder::new(Operations);
        builder.set_auth(Keyless);
        builder.set_access(Gate);
        Self { shared: Arc::clone(shared), service: builder.build() }
    }
}

/// Answers a request for S3, and lets any other one pass.
pub(crate) async fn divert(Injected(front): Injected<Front>, request: Request, next: Next) -> Response {
    match signature(request.headers(), request.uri()) {
        Some(signature) => front.answer(request, signature).await,
        None => next.run(request).await,
    }
}

impl Front {
    async fn answer(&self, request: Request, signature: Signature) -> Response {
        let (mut parts, body) = request.into_parts();
        let hangup = parts.extensions.get().map(|ConnectInfo(hangup): &ConnectInfo<Hangup>| hangup.clone());
        let refusal = refusal(&signature, &parts);
        let mut facts = Facts::new(&self.shared, signature.region, hangup.unwrap_or_default());
        if refusal.is_none() && refusal_expired(signature.expires, facts.now) {
            let error = with_message(S3ErrorCode::AccessDenied, "Request has expired");
            return finish(respond(error));
        }
        if let Some(error) = refusal {
            return finish(respond(error));
        }
        let chunked = strip(&mut parts);
        facts.length = length(&parts.headers);
        let wire = Wire::new(body);
        let body = if chunked {
            Body::from_stream(chunked::decode(wire.stream().boxed(), Arc::clone(&facts.trailers)))
        } else {
            Body::from_stream(wire.stream())
        };
        let facts = Arc::new(facts);
        parts.extensions.insert(Visit(Arc::clone(&facts)));
        let request = Request::from_parts(parts, s3s::Body::http_body_unsync(body));
        let response = match self.service.call(request).await {
            Ok(response) => response.map(Body::new),
            Err(error) => respond(S3Error::with_source(S3ErrorCode::InternalError, error.into())),
        };
        // One that the library could not make sense of.
        facts.count("Unknown");
        if !response.status().is_success() {
            wire.drain().await;
        }
        finish(afterwards(response, &facts).await)
    }
}

/// Does to the answer what a test asked for.
async fn afterwards(response: Response, facts: &Facts) -> Response {
    match facts.after() {
        Some(Failure::Lost) if response.status().is_success() => respond(injected()),
        Some(Failure::Dropped) => {
            facts.hangup.now();
            response
        }
        Some(Failure::Delayed(span)) => {
            tokio::time::sleep(span).await;
            response
        }
        Some(Failure::Silent) => {
            facts.shared.injections.stalled.notify_one();
            std::future::pending().await
        }
        _ => response,
    }
}

/// A web page can send a POST to a URL that it makes up, and a form with it; what is signed by a header it cannot.
fn refusal(signature: &Signature, parts: &Parts) -> Option<S3Error> {
    (signature.expires.is_some() && parts.method == Method::POST)
        .then(|| with_message(S3ErrorCode::AccessDenied, "the local AWS takes no POST by a presigned URL"))
}

fn refusal_expired(expires: Option<jiff::Timestamp>, now: jiff::Timestamp) -> bool {
    expires.is_some_and(|expires| expires < now)
}

/// Takes off what the protocol library would want to check or cannot read, and says whether the body is `aws-chunked`.
fn strip(parts: &mut Parts) -> bool {
    parts.uri = path_style(&parts.uri, &parts.headers).unwrap_or_else(|| parts.uri.clone());
    let headers = &mut parts.headers;
    headers.remove(AUTHORIZATION);
    let of = |headers: &HeaderMap, name: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    };
    let encoding = of(headers, CONTENT_ENCODING.as_str());
    let encodings: Vec<&str> = encoding.split(',').map(str::trim).filter(|one| !one.is_empty()).collect();
    let chunked =
        of(headers, "x-amz-content-sha256").starts_with("STREAMING-") || encodings.contains(&"aws-chunked");
    if !chunked {
        return false;
    }
    let rest = encodings.into_iter().filter(|one| *one != "aws-chunked").collect::<Vec<_>>().join(",");
    match HeaderValue::from_str(&rest) {
        Ok(rest) if !rest.is_empty() => headers.insert(CONTENT_ENCODING, rest),
        _ => headers.remove(CONTENT_ENCODING),
    };
    match headers.get("x-amz-decoded-content-length").cloned() {
        Some(length) => headers.insert(CONTENT_LENGTH, length),
        None => headers.remove(CONTENT_LENGTH),
    };
    true
}

/// The URI with the bucket in its path, and without a signature. A bucket may also be the first part of the host's name:
/// `bucket.localhost`.
fn path_style(uri: &Uri, headers: &HeaderMap) -> Option<Uri> {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let bucket = name.strip_suffix(".localhost").map(|bucket| format!("/{bucket}")).unwrap_or_default();
    let query = uri.query().unwrap_or_default().split('&').filter(|part| {
        let name = part.split('=').next().unwrap_or_default().to_ascii_lowercase();
        !SIGNING.contains(&name.as_str()) && !part.is_empty()
    });
    let query = query.collect::<Vec<_>>().join("&");
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{bucket}{}{mark}{query}", uri.path()).parse().ok()
}

/// The parts of a query that are about its signature.
const SIGNING: [&str; 7] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-signedheaders",
    "x-amz-signature",
    "x-amz-security-token",
];

fn length(headers: &HeaderMap) -> usize {
    let length = headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok());
    length.and_then(|length| length.parse().ok()).unwrap_or(0)
}

fn respond(error: S3Error) -> Response {
    match error.to_http_response() {
        Ok(response) => response.map(Body::new),
        Err(_) => reply::empty(StatusCode::INTERNAL_SERVER_ERROR),
    }
}

/// The headers that every answer of S3 has.
fn finish(mut response: Response) -> Response {
    let id = uuid::Uuid::new_v4().simple().to_string();
    reply::set(&mut response, "x-amz-request-id", &id[..16].to_ascii_uppercase());
    reply::set(&mut response, "x-amz-id-2", &id);
    response
}

/// The body of a request as it comes. Clones are of the same bytes.
#[derive(Clone)]
struct Wire(Arc<Mutex<BodyDataStream>>);

impl Wire {
    fn new(body: Body) -> Self {
        Self(Arc::new(Mutex::new(body.into_data_stream())))
    }

    fn stream(&self) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
        let wire = self.clone();
        stream::poll_fn(move |context| {
            let mut body = wire.0.lock().unwrap_or_else(PoisonError::into_inner);
            body.poll_next_unpin(context).map(|next| next.map(|bytes| bytes.map_err(io::Error::other)))
        })
    }

    /// Reads what was left unread, so that the other side gets to see a refusal and not a broken connection.
    async fn drain(&self) {
        let mut rest = self.stream();
        while let Some(Ok(_)) = rest.next().await {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bucket_moves_into_the_path_and_the_signature_out_of_the_query() {
        for (host, uri, expected) in [
            ("127.0.0.1:80", "/b/k?versionId=1", "/b/k?versionId=1"),
            ("b.localhost:80", "/k", "/b/k"),
            ("localhost", "/b/k%2B?X-Amz-Date=x&x-id=GetObject&X-Amz-Signature=y", "/b/k%2B?x-id=GetObject"),
            ("localhost", "/b?X-Amz-Date=x", "/b"),
        ] {
            let headers = HeaderMap::from_iter([(HOST, host.parse().unwrap())]);
            assert_eq!(path_style(&uri.parse().unwrap(), &headers).unwrap(), expected, "{host} {uri}");
        }
    }
}
