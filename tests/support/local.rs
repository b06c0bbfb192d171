//! The local AWS in this process, for tests that speak to it without the binary.

use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::Duration;

use camino::Utf8PathBuf;
use cargo_lambdaship::local::{Options, Server};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// A local AWS with an empty state; dropping it ends it and what it runs.
pub(crate) struct Local {
    endpoint: String,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    _root: TempDir,
}

impl Local {
    /// Starts one in which functions and updates take a moment to settle, as on AWS.
    pub(crate) fn start() -> Self {
        Self::settling_in(Duration::from_millis(100))
    }

    /// Starts one in which everything settles at once, so that nobody has to wait.
    pub(crate) fn settled() -> Self {
        Self::settling_in(Duration::ZERO)
    }

    fn settling_in(settle: Duration) -> Self {
        let root = tempfile::tempdir().expect("a temporary folder");
        let path = Utf8PathBuf::try_from(root.path().to_owned()).expect("temporary folders have UTF-8 names");
        let options = Options { settle, ..Options::new(path) };
        let ((started, endpoint), (stop, stopped)) = (mpsc::channel(), oneshot::channel());
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let server = Server::start(options).await.expect("the local AWS starts");
                started.send(server.endpoint().to_owned()).expect("the test waits for it");
                // A test that panics drops its end, which says the same.
                let _ = stopped.await;
                server.shutdown().await;
            });
        });
        let endpoint = endpoint.recv().expect("it says where it is");
        Self { endpoint, stop: Some(stop), thread: Some(thread), _root: root }
    }

    /// Its endpoint for an AWS SDK.
    pub(crate) fn endpoint(&self) -> &str {
        &self.endpoint
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        drop(self.stop.take());
        let ended = self.thread.take().map(JoinHandle::join);
        assert!(std::thread::panicking() || !matches!(ended, Some(Err(_))), "the local AWS panicked");
    }
}
