//! For tests: what other tools do to a lambda, and a server that writes down what it is asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_sdk_lambda::Config;
use aws_sdk_lambda::config::timeout::TimeoutConfig;
use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region, SharedHttpClient};
use axum::body::Bytes;
use axum::http::{Method, Uri};
use axum::response::{IntoResponse, Response};

pub(crate) use aws_sdk_lambda::Client;
pub(crate) use aws_sdk_lambda::types::AliasRoutingConfiguration;

use super::connect::local;
use super::{Aws, Connection, Endpoint};
use crate::console::{Console, Verbosity};
use crate::network::Network;

/// The SDK's HTTP client, whatever proxy the developer has.
pub(crate) fn direct() -> SharedHttpClient {
    super::route::http_client(&Network::default())
}

/// Somebody with an SDK, and no fences.
pub(crate) fn human(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .http_client(direct())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .build();
    Client::from_conf(config)
}

/// Sends a share of the traffic of `hello-staging`'s alias `live` elsewhere, as another tool would.
pub(crate) async fn split(endpoint: &str, version: &str, weight: f64) {
    let weights = [(version.to_owned(), weight)].into();
    let routing = AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build();
    let call = human(endpoint).update_alias().function_name("hello-staging");
    call.name("live").routing_config(routing).send().await.unwrap();
}

/// A connection to a local AWS as any that `endpoint` stands for, with the local credentials.
pub(crate) fn connected(endpoint: &Endpoint) -> Aws {
    let (Endpoint::Url(url) | Endpoint::Local(url)) = endpoint else { panic!("it has no URL") };
    let timeouts = TimeoutConfig::builder().read_timeout(Duration::from_secs(30)).build();
    let config = local(url, None, timeouts);
    let (console, ..) = Console::buffered(Verbosity::Normal);
    Aws::over(config, crate::model::Region::new("us-east-1").unwrap(), endpoint, console)
}

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Asked {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// `Null` when it is no JSON.
    pub(crate) body: serde_json::Value,
}

/// A server that answers as a test says, and a connection to it. It ends with the test's runtime.
pub(crate) struct Recorder {
    pub(crate) aws: Aws,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Recorder {
    pub(crate) async fn answering<A: IntoResponse>(
        answer: impl Fn(&Asked) -> A + Clone + Send + Sync + 'static,
    ) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&asked);
        let app = axum::Router::new().fallback(move |method: Method, uri: Uri, body: Bytes| async move {
            let body = serde_json::from_slice(&body).unwrap_or_default();
            let request = Asked { method, path: uri.path().to_owned(), body };
            let answer: Response = answer(&request).into_response();
            kept.lock().unwrap().push(request);
            answer
        });
        tokio::spawn(async move { axum::serve(listener, app).await });
        let (endpoint, read_timeout) = (Endpoint::Local(url), Duration::from_secs(10));
        let connection = Connection {
            region: None,
            profile: None,
            endpoint,
            read_timeout,
            identity: None,
            network: Network::default(),
        };
        let (console, ..) = Console::buffered(Verbosity::Normal);
        Self { aws: Aws::connect(&connection, &console).await.unwrap(), asked }
    }

    /// What was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}
