//! The SDK's HTTP client, by way of the proxy that the environment names for an address.
//!
//! It is the one that the SDK makes for itself, but for the choice of a proxy. Left alone, that one reads `HTTP_PROXY` and the
//! like by itself, and sends everything through them: requests to the local AWS, and those for the credentials of an instance
//! or a container. The SDK's own credential and region providers get this client as well, since most of what they ask (STS, SSO)
//! is as far away as Lambda; that instance metadata and container credentials are asked directly is decided by their addresses,
//! in [`Network`].

use aws_sdk_lambda::config::{ConfigBag, RuntimeComponents, SharedHttpClient};
use aws_sdk_lambda::error::{BoxError, ConnectorError};
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;

use super::error::root;
use crate::network::{Network, Proxy};

/// A client that goes as `network` says.
pub(super) fn http_client(network: &Network) -> SharedHttpClient {
    let direct = client(&ProxyConfig::disabled());
    if network.is_direct() {
        return direct;
    }
    let through = network.proxies().into_iter().filter_map(|(_, proxy)| by(proxy)).collect();
    SharedHttpClient::new(Routed { network: network.clone(), direct, through })
}

fn by(proxy: &Proxy) -> Option<(Proxy, SharedHttpClient)> {
    let config = ProxyConfig::all(proxy.url().as_str()).ok()?;
    Some((proxy.clone(), client(&config)))
}

/// As the SDK makes its own.
fn client(proxy: &ProxyConfig) -> SharedHttpClient {
    let proxy = proxy.clone();
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().tls_provider(Provider::Rustls(CryptoMode::AwsLc));
        connector.set_connector_settings(settings.cloned()).set_proxy_config(Some(proxy.clone()));
        if let Some(components) = components {
            connector.set_sleep_impl(components.sleep_impl());
        }
        connector.build()
    })
}

/// A request that got no answer through a proxy.
#[derive(Debug, thiserror::Error)]
#[error("{cause}, through the proxy {proxy}")]
pub(super) struct Unreached {
    proxy: Proxy,
    cause: String,
}

impl Unreached {
    /// The one behind `error`, if that is why.
    pub(super) fn behind<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Self> {
        let mut all = std::iter::successors(Some(error), |error| error.source());
        all.find_map(|error| error.downcast_ref())
    }

    /// The next step for the user.
    pub(super) fn hint(&self) -> String {
        self.proxy.hint()
    }

    /// The same failure, to be tried again as often, which names the proxy.
    fn from(error: ConnectorError, proxy: Proxy) -> ConnectorError {
        let (is_timeout, is_io, is_user) = (error.is_timeout(), error.is_io(), error.is_user());
        let (kind, connection) = (error.as_other(), error.connection_metadata().cloned());
        let source = error.into_source();
        let cause = if is_timeout { "no answer in time".to_owned() } else { root(source.as_ref()) };
        let named = Box::new(Self { proxy, cause });
        let error = match (is_timeout, is_io, is_user) {
            (true, ..) => ConnectorError::timeout(named),
            (_, true, _) => ConnectorError::io(named),
            (.., true) => ConnectorError::user(named),
            (false, false, false) => ConnectorError::other(named, kind),
        };
        match connection {
            Some(connection) => error.with_connection(connection),
            None => error,
        }
    }
}

/// A client for what is reached directly, and one for each proxy.
#[derive(Debug)]
struct Routed {
    network: Network,
    direct: SharedHttpClient,
    through: Vec<(Proxy, SharedHttpClient)>,
}

impl HttpClient for Routed {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let of = |client: &SharedHttpClient| client.http_connector(settings, components);
        let through = self.through.iter().map(|(proxy, client)| (proxy.clone(), of(client)));
        let (network, direct, through) = (self.network.clone(), of(&self.direct), through.collect());
        SharedHttpConnector::new(RoutedConnector { network, direct, through })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.direct, components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.direct, components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.direct.connector_metadata()
    }
}

#[derive(Debug)]
struct RoutedConnector {
    network: Network,
    direct: SharedHttpConnector,
    through: Vec<(Proxy, SharedHttpConnector)>,
}

impl HttpConnector for RoutedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let proxy = match self.network.way(request.uri()) {
            Ok(Some(proxy)) => proxy,
            Ok(None) => return self.direct.call(request),
            Err(malformed) => {
                return HttpConnectorFuture::ready(Err(ConnectorError::user(Box::new(malformed))));
            }
        };
        let Some((proxy, connector)) = self.through.iter().find(|(one, _)| one == proxy) else {
            // Never past the proxy instead.
            return HttpConnectorFuture::ready(Err(ConnectorError::user("the proxy has no client".into())));
        };
        let (proxy, answer) = (proxy.clone(), connector.call(request));
        HttpConnectorFuture::new(async move { answer.await.map_err(|error| Unreached::from(error, proxy)) })
    }
}
