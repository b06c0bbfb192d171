//! A request as operations see it.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::fault::{Fault, Protocol};
use super::handler::answered;
use super::hangup::Hangup;
use super::lambda::At;
use super::server::Shared;
use super::{DEFAULT_REGION, body, guard};
use crate::context;

/// The largest request that Lambda reads, base64 included.
const MAX_REQUEST: usize = 70_167_211;

/// A request as operations see it.
pub(crate) struct Call {
    pub(crate) shared: Arc<Shared>,
    pub(crate) request_id: String,
    /// The region that the request is signed for.
    pub(crate) region: String,
    /// When the request arrived.
    pub(crate) now: Timestamp,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Breaks the connection that the request came on.
    pub(crate) hangup: Hangup,
    route: String,
    path: BTreeMap<String, String>,
    query: Vec<(String, String)>,
}

/// A request that the server makes of itself.
#[derive(Default)]
pub(crate) struct Inside {
    pub(crate) region: String,
    pub(crate) path: BTreeMap<String, String>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Call {
    /// The call for `inside`, as if it had arrived now.
    pub(crate) fn inside(shared: &Arc<Shared>, inside: Inside) -> Self {
        let Inside { region, path, query, headers, body } = inside;
        Self {
            shared: Arc::clone(shared),
            request_id: uuid::Uuid::new_v4().to_string(),
            region,
            now: context::now(),
            headers,
            body,
            hangup: Hangup::default(),
            route: String::new(),
            path,
            query,
        }
    }

    /// A part of the path, percent-decoded. Empty when the route has no such part.
    pub(crate) fn path(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// The first value of a query parameter.
    pub(crate) fn query(&self, name: &str) -> Option<&str> {
        self.query_all(name).next()
    }

    /// All values of a query parameter.
    pub(crate) fn query_all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Refuses query parameters other than `known`.
    pub(crate) fn only(&self, known: &[&str]) -> Result<(), Fault> {
        match self.query.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            Some((key, _)) => Err(Fault::validation(format!("unknown query parameter `{key}`"))),
            None => Ok(()),
        }
    }

    /// Where and when the answer is given.
    pub(crate) fn at(&self) -> At<'_> {
        At { region: &self.region, now: self.now }
    }

    /// The method and the path, as they were sent.
    pub(crate) fn route(&self) -> &str {
        &self.route
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as JSON; an empty one counts as `{}`.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, Fault> {
        let body: &[u8] = if self.body.is_empty() { b"{}" } else { &self.body };
        // serde's message names the unknown field or the type, and quotes no value of a string member.
        serde_json::from_slice(body).map_err(Fault::validation)
    }

    /// A random number in 0.0..1.0, drawn for this request.
    pub(crate) fn draw() -> f64 {
        let bytes = uuid::Uuid::new_v4().into_bytes();
        f64::from(u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])) / (f64::from(u32::MAX) + 1.0)
    }
}

impl FromRequest<Arc<Shared>> for Call {
    type Rejection = Response;

    async fn from_request(request: Request<Body>, shared: &Arc<Shared>) -> Result<Self, Response> {
        let now = context::now();
        let request_id = uuid::Uuid::new_v4().to_string();
        let refuse = |fault: Fault| answered(Err(fault), Protocol::RestJson, &request_id);
        let (mut parts, body) = request.into_parts();
        let signed = guard::signed(&parts.headers);
        let path = RawPathParams::from_request_parts(&mut parts, shared)
            .await
            .map(|params| params.iter().map(|(k, v)| (k.to_owned(), v.to_owned())).collect())
            .unwrap_or_default();
        let Query(query) =
            Query::try_from_uri(&parts.uri).map_err(|error| refuse(Fault::validation(error.body_text())))?;
        let body = body::read(body, MAX_REQUEST).await;
        let body = body.map_err(|error| refuse(Fault::validation(error)))?;
        let body = body.ok_or_else(|| refuse(too_large()))?;
        if !guard::needs_no_signature(&parts, &body) {
            signed.map_err(refuse)?;
        }
        let region = region(&parts.headers).unwrap_or(DEFAULT_REGION).to_owned();
        let route = format!("{} {}", parts.method, parts.uri.path());
        let hangup = parts.extensions.get().map(|ConnectInfo(hangup): &ConnectInfo<Hangup>| hangup.clone());
        let (headers, hangup) = (parts.headers, hangup.unwrap_or_default());
        let shared = Arc::clone(shared);
        Ok(Self { shared, request_id, region, now, headers, body, hangup, route, path, query })
    }
}

/// The refusal of a request, or of a zip in it, that is over the limit.
pub(crate) fn too_large() -> Fault {
    let message =
        format!("Request must be smaller than {MAX_REQUEST} bytes for the CreateFunction operation");
    Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", message)
}

/// The region in a `SigV4` credential scope: `Credential=AKID/20261121/eu-west-1/lambda/aws4_request`.
fn region(headers: &HeaderMap) -> Option<&str> {
    let authorization = headers.get("authorization")?.to_str().ok()?;
    let (_, credential) = authorization.split_once("Credential=")?;
    let region = credential.split(',').next()?.rsplit('/').nth(2)?;
    crate::model::Region::new(region).is_ok().then_some(region)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_region_is_read_from_the_credential_scope() {
        let scope =
            "AWS4-HMAC-SHA256 Credential=AK/20261121/eu-west-1/lambda/aws4_request, SignedHeaders=host";
        for (authorization, expected) in
            [(scope, Some("eu-west-1")), ("Bearer x", None), ("AWS4-HMAC-SHA256 Credential=AK, x", None)]
        {
            let headers =
                HeaderMap::from_iter([(axum::http::header::AUTHORIZATION, authorization.parse().unwrap())]);
            assert_eq!(region(&headers), expected, "{authorization}");
        }
    }
}
