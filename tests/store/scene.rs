//! A bucket of a test's own on each server, with a proxy in front.

use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use cargo_lambdaship::aws::{Aws, Connection, Endpoint};
use cargo_lambdaship::console::{Console, Verbosity};
use cargo_lambdaship::local::ACCOUNT;
use cargo_lambdaship::model::{AccountId, AliasName, CodeSha256, LambdaName, StoreName};
use cargo_lambdaship::network::Network;
use cargo_lambdaship::store::{Sizes, Store};
use fs_err as fs;

use crate::support::{Answers, Proxy, Server, http};

/// What the raw requests of a test claim to be signed with: the servers do not look further.
const SIGNED: &str = "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, \
                      SignedHeaders=host, Signature=0";

/// The largest file that goes in one request, and the size of a part: a thousandth of what suits S3.
pub(super) const WHOLE: usize = 16 << 10;
pub(super) const PART: usize = 8 << 10;

/// A store, and what a test needs around it.
pub(super) struct Scene {
    pub(super) store: Store,
    pub(super) proxy: Proxy,
    /// What it runs on, for messages.
    pub(super) server: &'static str,
    port: u16,
    bucket: String,
    folder: tempfile::TempDir,
}

/// Leads each server through `play`.
pub(super) fn on_each<F: Future<Output = ()>>(play: impl Fn(Scene) -> F) {
    for (name, server) in [("ministack", Server::ministack()), ("moto", Server::moto())] {
        run(play(Scene::new(name, server.port)));
    }
}

/// Runs a test's requests to their end.
pub(super) fn run<T>(play: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(play)
}

/// A store in a bucket of any name, at any server.
pub(super) async fn store_at(endpoint: String, name: &str) -> Store {
    let (endpoint, read_timeout) = (Endpoint::Local(endpoint), Duration::from_mins(2));
    let connection = Connection {
        region: None,
        profile: None,
        endpoint,
        read_timeout,
        identity: None,
        network: Network::default(),
    };
    let (console, ..) = Console::buffered(Verbosity::Normal);
    let aws = Aws::connect(&connection, &console).await.expect("credentials of its own");
    let account = AccountId::new(ACCOUNT).expect("an account");
    Store::new(aws.s3(&account), StoreName::new(name).expect("a name"))
}

impl Scene {
    /// One on a single server.
    pub(super) fn on_ministack() -> Self {
        Self::new("ministack", Server::ministack().port)
    }

    fn new(server: &'static str, port: u16) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let bucket = format!("store-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let proxy = Proxy::new(&format!("http://127.0.0.1:{port}"), Answers::Lenient);
        let store = run_inside(store_at(proxy.endpoint(), &format!("{bucket}/team")));
        let store = store.sending(Sizes { whole: WHOLE as u64, part: PART as u64 });
        let scene =
            Self { store, proxy, server, port, bucket, folder: tempfile::tempdir().expect("a folder") };
        scene.raw("PUT", "", &[], "");
        scene
    }

    /// A request beside the store and the proxy, about the bucket's `path`.
    pub(super) fn raw(&self, method: &str, path: &str, headers: &[&str], body: &str) -> http::Answer {
        let request = format!("{method} /{}{path}", self.bucket);
        let answer = http::exchange(self.port, &request, &[&[SIGNED], headers].concat(), body);
        let answer = answer.unwrap_or_else(|error| panic!("{request}: {error}"));
        assert!(answer.status < 300, "{}: {request}: {} {}", self.server, answer.status, answer.body);
        answer
    }

    /// Puts `body` under what the store calls `name`, as somebody else would.
    pub(super) fn plant(&self, name: &str, body: &str) {
        self.raw("PUT", &format!("/{}", self.store.name().key(name)), &["content-type: text/plain"], body);
    }

    /// A file of its own folder.
    pub(super) fn path(&self, name: &str) -> Utf8PathBuf {
        let path = Utf8PathBuf::try_from(self.folder.path().to_owned()).expect("temporary folders are UTF-8");
        path.join(name)
    }

    /// A file of `size` bytes that is like no other, and its digest.
    pub(super) fn zip(&self, name: &str, size: usize) -> (Utf8PathBuf, CodeSha256) {
        let mut random = fastrand::Rng::new();
        let bytes: Vec<u8> = std::iter::repeat_with(|| random.u8(..)).take(size).collect();
        let path = self.path(name);
        fs::write(&path, &bytes).expect("it can be written");
        (path, CodeSha256::of(&bytes))
    }

    /// What is in its folder.
    pub(super) fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).expect("a folder");
        let names = entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    /// Fails the test when a request was not as AWS's model of S3 has it, or did not say whose the bucket has to be.
    pub(super) fn assert_valid(&self) {
        let report = self.proxy.report();
        report.assert_valid_requests();
        assert!(report.owners().iter().all(|owner| *owner == Some(ACCOUNT)), "{:?}", report.requests);
    }

    /// How many requests for `operation` were answered so far with `status`.
    pub(super) fn answered(&self, operation: &str, status: u16) -> usize {
        let requests = self.proxy.report().requests;
        let named = |name: &str| name.strip_prefix("s3.") == Some(operation);
        requests.iter().filter(|it| named(&it.operation) && it.status == Some(status)).count()
    }
}

/// Like [`run`], from within another one: on a thread of its own.
fn run_inside<T: Send>(play: impl Future<Output = T> + Send) -> T {
    std::thread::scope(|scope| scope.spawn(|| run(play)).join().expect("it does not panic"))
}

pub(super) fn bytes(path: &Utf8Path) -> Vec<u8> {
    fs::read(path).expect("it can be read")
}

pub(super) fn lambda() -> LambdaName {
    LambdaName::new("hello-staging").expect("a name")
}

pub(super) fn alias() -> AliasName {
    AliasName::new("live").expect("a name")
}
