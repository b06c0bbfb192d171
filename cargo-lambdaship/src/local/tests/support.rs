//! A server in a folder of its own, SDK clients for it, and zips to send.

use std::collections::HashMap;
use std::fmt::Debug;
use std::io::{Cursor, Write};
use std::time::Duration;

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_lambda::config::{Credentials, SharedCredentialsProvider};
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::operation::create_function::builders::CreateFunctionFluentBuilder;
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;
use aws_sdk_lambda::operation::get_function_configuration::GetFunctionConfigurationOutput;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{AliasRoutingConfiguration, FunctionCode, Runtime};
use camino::{Utf8Path, Utf8PathBuf};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::local::{Options, Server};

/// A role of an account that is not the local one, which need not exist.
pub(super) const ROLE: &str = "arn:aws:iam::111111111111:role/hello";
/// A header that a signed request has.
pub(super) const SIGNED: &str =
    "authorization: AWS4-HMAC-SHA256 Credential=AK/20261121/eu-west-1/x/aws4_request";
/// A span that no test lives to see the end of.
pub(super) const LONG: Duration = Duration::from_hours(1);
/// How long anything is waited for; it matters only when it does not come.
pub(super) const PATIENCE: Duration = Duration::from_mins(3);
/// A span that a test can wait for.
pub(super) const SHORT: Duration = Duration::from_millis(50);

/// A server in a folder of its own, and a Lambda client for it.
pub(super) struct Fixture {
    // Removed when the test ends.
    pub(super) folder: Option<tempfile::TempDir>,
    pub(super) root: Utf8PathBuf,
    pub(super) server: Server,
    pub(super) config: SdkConfig,
    pub(super) lambda: aws_sdk_lambda::Client,
}

impl Fixture {
    /// A server with nothing in it.
    pub(super) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A server whose options `adjust` sets.
    pub(super) async fn with(adjust: impl FnOnce(&mut Options)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(folder.path()).unwrap().join("local");
        let mut fixture = Self::at(root, adjust).await;
        fixture.folder = Some(folder);
        fixture
    }

    /// A server over a folder that may have state in it.
    pub(super) async fn at(root: Utf8PathBuf, adjust: impl FnOnce(&mut Options)) -> Self {
        let mut options = Options::new(&root);
        adjust(&mut options);
        let server = Server::start(options).await.unwrap();
        let config = config(server.endpoint(), "eu-west-1");
        let lambda = aws_sdk_lambda::Client::new(&config);
        Self { folder: None, root, server, config, lambda }
    }

    /// Ends the server and starts another over the same folder.
    pub(super) async fn restart(self, adjust: impl FnOnce(&mut Options)) -> Self {
        self.server.shutdown().await;
        let mut next = Self::at(self.root, adjust).await;
        next.folder = self.folder;
        next
    }

    /// A request for a function `hello`, for a test to add to.
    pub(super) fn create(&self) -> CreateFunctionFluentBuilder {
        self.lambda
            .create_function()
            .function_name("hello")
            .role(ROLE)
            .runtime(Runtime::Providedal2023)
            .handler("bootstrap")
            .code(FunctionCode::builder().zip_file(Blob::new(zip("one"))).build())
    }

    /// Creates `hello` with versions 1 and 2, which differ in code.
    pub(super) async fn two_versions(&self) {
        self.create().publish(true).send().await.unwrap();
        self.update_code("two").await;
        self.publish().await;
    }

    /// Sends other code for `hello`.
    pub(super) async fn update_code(&self, content: &str) {
        let update = self.lambda.update_function_code().function_name("hello");
        update.zip_file(Blob::new(zip(content))).send().await.unwrap();
    }

    /// Publishes a version of `hello`, and says its number.
    pub(super) async fn publish(&self) -> String {
        let published = self.lambda.publish_version().function_name("hello").send().await.unwrap();
        published.version().unwrap().to_owned()
    }

    /// `hello`, or what `qualifier` names of it.
    pub(super) async fn get(&self, qualifier: Option<&str>) -> GetFunctionOutput {
        let get = self.lambda.get_function().function_name("hello");
        get.set_qualifier(qualifier.map(str::to_owned)).send().await.unwrap()
    }

    /// The configuration of `$LATEST` of `hello`.
    pub(super) async fn configuration(&self) -> GetFunctionConfigurationOutput {
        self.lambda.get_function_configuration().function_name("hello").send().await.unwrap()
    }

    /// The revision id of `$LATEST` of `hello`.
    pub(super) async fn revision(&self) -> String {
        self.configuration().await.revision_id().unwrap().to_owned()
    }

    /// Creates the alias `live` of `hello`.
    pub(super) async fn alias(&self, version: &str) {
        let create = self.lambda.create_alias().function_name("hello").name("live");
        create.function_version(version).send().await.unwrap();
    }

    /// Sends a request with these lines of headers and this body, and reads the whole answer.
    pub(super) async fn request(&self, line: &str, headers: &[&str], body: &str) -> String {
        let length = format!("content-length: {}", body.len());
        let own = ["host: localhost", "connection: close", SIGNED, &length];
        let headers = own.iter().chain(headers).copied().collect::<Vec<_>>().join("\r\n");
        self.raw(&format!("{line} HTTP/1.1\r\n{headers}\r\n\r\n{body}")).await
    }

    /// Sends `request` as it is, and reads the whole answer.
    pub(super) async fn raw(&self, request: &str) -> String {
        let address = self.server.endpoint().strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// A configuration for any service's client.
pub(super) fn config(endpoint: &str, region: &str) -> SdkConfig {
    let credentials = Credentials::new("AKLOCAL", "secret", None, None, "test");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .endpoint_url(endpoint)
        .http_client(crate::aws::testing::direct())
        .region(Region::new(region.to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .build()
}

/// Routing of `weight` to `version`.
pub(super) fn routing(version: &str, weight: f64) -> AliasRoutingConfiguration {
    let weights = HashMap::from([(version.to_owned(), weight)]);
    AliasRoutingConfiguration::builder().set_additional_version_weights(Some(weights)).build()
}

/// A zip with a `bootstrap` of this content.
pub(super) fn zip(content: &str) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(0o755)).unwrap();
    zip.write_all(content.as_bytes()).unwrap();
    zip.finish().unwrap().into_inner()
}

/// The status, the code and the message of a refusal.
pub(super) fn refused<T: Debug, E>(result: Result<T, SdkError<E>>) -> (u16, String, String)
where
    E: ProvideErrorMetadata + Debug,
{
    let error = result.unwrap_err();
    let status = error.raw_response().map_or(0, |response| response.status().as_u16());
    let text = |text: Option<&str>| text.unwrap_or("").to_owned();
    (status, text(error.code()), text(error.message()))
}
