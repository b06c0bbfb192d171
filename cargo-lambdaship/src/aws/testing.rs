//! What other tools do to a lambda, for tests.

use aws_sdk_lambda::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_lambda::types::AliasRoutingConfiguration;
use aws_sdk_lambda::{Client, Config};

/// Sends a share of the traffic of `hello-staging`'s alias `live` elsewhere, as another tool would.
pub(crate) async fn split(endpoint: &str, version: &str, weight: f64) {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("a", "b", None, None, "test"))
        .build();
    let weights = [(version.to_owned(), weight)].into();
    let routing = AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build();
    let call = Client::from_conf(config).update_alias().function_name("hello-staging");
    call.name("live").routing_config(routing).send().await.unwrap();
}
