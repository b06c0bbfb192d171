//! Secrets stay where they are: none is in a log (before GitHub masks it), an output, a summary, a comment or a file.

use camino::Utf8Path;
use serde_json::json;

use crate::hub::OIDC_REQUEST_TOKEN;
use crate::runner::Done;
use crate::shop::Shop;
use crate::support::github::{FORK, JOB};

/// The value of the variable `PASSWORD` of each shop that has one.
pub(crate) const VALUE: &str = "canary-of-a-variable";
/// How every JWT of the fake GitHub begins, as the tokens of OIDC are.
const JWT: &str = "eyJ0eXAi";
const KEY: &str = "canary-of-a-secret-key";
/// How the session of every role begins that the local AWS lets somebody assume.
const SESSION: &str = "local-session.";

#[test]
fn no_secret_is_where_others_could_read_it() {
    let shop = Shop::open();
    shop.fixture.write(".env.canary", &format!("PASSWORD={VALUE}\n"));
    shop.fixture.write(".gitignore", "target/\n.env.canary\n");
    shop.configure("env-file = \".env.canary\"");
    shop.commit();
    for (at, command) in ["plan", "deploy", "drift"].into_iter().enumerate() {
        if command == "drift" {
            // Something to tell.
            shop.fixture.write(".env.canary", &format!("PASSWORD={VALUE}-2\n"));
        }
        let job = shop
            .job(command)
            .with("environment", "staging")
            .with("comment", "always")
            .with("deployments", "on");
        let job = job.env("AWS_SECRET_ACCESS_KEY", KEY).env("AWS_SESSION_TOKEN", "canary-of-a-session");
        // The first is made with the credentials of the machine.
        let job = if command == "plan" { job } else { job.with("role-to-assume", &shop.role()) };
        let job = job.set("oidc", json!({ "url": shop.hub.oidc_url(), "token": OIDC_REQUEST_TOKEN }));
        let job = shop.pull_request(7, job).github(&json!({ "run_id": (100 + at).to_string() }));
        assert_secret(&shop, &job.run(), command);
    }
    assert_eq!(shop.hub.oidc_requests(), 2);
    let variables = shop.lambda("hello-staging/configuration")["Environment"]["Variables"].clone();
    assert_eq!(variables["PASSWORD"], VALUE, "the function has it");
}

/// Fails the test when something that is secret is where others could read it, or lies about on the machine.
pub(crate) fn assert_secret(shop: &Shop, done: &Done, what: &str) {
    let canaries = [VALUE, KEY, "canary-of-a-session", SESSION, JOB, FORK, OIDC_REQUEST_TOKEN, JWT];
    let (result, hub) = (done.result.to_string(), format!("{}{:?}", shop.hub.all(), shop.hub.log_of_all()));
    for canary in canaries {
        assert!(!result.contains(canary), "{what}: {canary} is in what the jobs said: {:#}", done.result);
        assert!(!hub.contains(canary), "{what}: {canary} is on GitHub: {hub}");
    }
    let own = shop.fixture.root().join("target/lambdaship");
    for folder in [done.job.path("temp"), done.job.path("runner"), done.job.path("artifacts"), own] {
        if let Some(found) = holds(&folder, &canaries) {
            panic!("{what}: {found}");
        }
    }
}

/// A file in the folder that has one of these, but for what cargo and git made.
fn holds(folder: &Utf8Path, canaries: &[&str]) -> Option<String> {
    for entry in folder.read_dir_utf8().into_iter().flatten() {
        let path = entry.expect("an entry").into_path();
        let found = match path.file_name() {
            Some("objects") => None,
            Some("target") => holds(&path.join("lambdaship"), canaries),
            _ if path.is_dir() => holds(&path, canaries),
            _ => {
                let bytes = fs_err::read(&path).expect("it can be read");
                let text = String::from_utf8_lossy(&bytes);
                canaries
                    .iter()
                    .find(|canary| text.contains(**canary))
                    .map(|canary| format!("{canary} is in {path}"))
            }
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
