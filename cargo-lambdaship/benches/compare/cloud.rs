//! The local AWS behind a slow network, with AWS's request rates.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use camino::Utf8PathBuf;
use cargo_lambdaship::local::{Options, Rates, Server};
use cargo_lambdaship::model::CodeStorage;
use tokio::sync::oneshot;

use crate::http;
use crate::proxy::{Proxy, Traffic};

/// How long a lambda that is new or updated takes to settle; about what a zip takes on AWS.
const SETTLE: Duration = Duration::from_secs(1);

/// The credentials of both tools. Nobody checks them.
pub(crate) const KEY: &str = "bench";
pub(crate) const REGION: &str = "eu-west-1";
/// Stated for both tools, so that neither waits for a role that it makes itself.
pub(crate) const ROLE: &str = "arn:aws:iam::000000000000:role/bench";
/// The bucket, for runs that have a store.
pub(crate) const STORE: &str = "bench-store";

/// An AWS in which only a role and a bucket are there. Dropping it ends it.
pub(crate) struct Cloud {
    proxy: Proxy,
    /// Of the server itself.
    port: u16,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _root: tempfile::TempDir,
}

impl Cloud {
    /// Starts one.
    pub(crate) fn start() -> Self {
        // Not in the folder for temporary files, which may be memory.
        let root = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).expect("a temporary folder");
        let path = Utf8PathBuf::try_from(root.path().join("aws")).expect("a name in UTF-8");
        let options = Options { settle: SETTLE, rates: Rates::Aws, ..Options::new(path) };
        let ((started, start), (stop, stopped)) = (mpsc::channel(), oneshot::channel());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let server = Server::start(options).await.expect("the local AWS starts");
                let made = server.make_bucket(STORE, REGION, CodeStorage::Copy).await;
                made.expect("the bucket can be made");
                let port = server.endpoint().rsplit_once(':').and_then(|(_, port)| port.parse().ok());
                let port = port.expect("an endpoint has a port");
                let proxy = Proxy::start(port).await.expect("the proxy starts");
                started.send((port, proxy)).expect("somebody waits for it");
                // Whoever drops its end says the same.
                let _ = stopped.await;
                server.shutdown().await;
            });
        });
        let (port, proxy) = start.recv().expect("it says where it is");
        let cloud = Self { proxy, port, stop: Some(stop), thread: Some(thread), _root: root };
        cloud.make_role();
        cloud
    }

    /// Where the tools send their requests.
    pub(crate) fn endpoint(&self) -> String {
        self.proxy.endpoint()
    }

    /// What was sent since this was last asked.
    pub(crate) fn traffic(&self) -> Traffic {
        self.proxy.take()
    }

    fn make_role(&self) {
        let trust = "%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%2C\
                     %22Principal%22%3A%7B%22Service%22%3A%22lambda.amazonaws.com%22%7D%2C\
                     %22Action%22%3A%22sts%3AAssumeRole%22%7D%5D%7D";
        let form =
            format!("Action=CreateRole&Version=2010-05-08&RoleName=bench&AssumeRolePolicyDocument={trust}");
        let answer = self.ask("iam", "POST /", &["content-type: application/x-www-form-urlencoded"], &form);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Asks the server itself, past the proxy.
    fn ask(&self, service: &str, request: &str, headers: &[&str], body: &str) -> http::Answer {
        let signed = format!(
            "authorization: AWS4-HMAC-SHA256 Credential={KEY}/20260101/{REGION}/{service}/aws4_request, \
             SignedHeaders=host, Signature=00"
        );
        http::exchange(self.port, request, &[&[signed.as_str()], headers].concat(), body)
            .expect("the local AWS answers")
    }
}

impl Drop for Cloud {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || !matches!(ended, Some(Err(_))), "the local AWS panicked");
    }
}
