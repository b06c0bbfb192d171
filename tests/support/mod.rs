//! What the outer tests stand on: the stand-ins of AWS, the proxy that judges what goes to them, workspaces to deploy
//! and the built binary. Everything started here ends with the test process, however that ends.

pub(crate) mod fixture;
#[cfg(target_os = "linux")]
pub(crate) mod foreground;
pub(crate) mod forward;
pub(crate) mod github;
pub(crate) mod http;
pub(crate) mod local;
pub(crate) mod node;
pub(crate) mod proxy;
pub(crate) mod run;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod stage;
pub(crate) mod venv;

use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

pub(crate) use fixture::Fixture;
pub(crate) use local::Local;
pub(crate) use proxy::{Answers, Proxy};
pub(crate) use run::lambdaship;
pub(crate) use server::Server;
pub(crate) use service::Service;

/// The folder `tests/` of the repository.
pub(crate) fn tests_folder() -> Utf8PathBuf {
    Utf8Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the crate is a folder of the workspace")
        .join("tests")
}

/// Cargo's target folder of this build.
pub(crate) fn target_folder() -> &'static Utf8Path {
    Utf8Path::new(env!("CARGO_TARGET_TMPDIR"))
        .parent()
        .expect("cargo's folder for tests is in the target folder")
}

/// How long anything is waited for. It matters only when it does not come: a machine on which cargo builds several things at
/// the same time takes a minute for what takes a second elsewhere.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);

/// Asks again and again until `look` has an answer; panics with `what` when that does not come in time.
pub(crate) fn wait_until<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "waited {PATIENCE:?} for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
