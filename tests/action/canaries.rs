//! Secrets stay where they are: none is in a log (before GitHub masks it), an output, a summary, a comment or a file.

use camino::Utf8Path;
use serde_json::json;

use crate::hub::OIDC_REQUEST_TOKEN;
use crate::runner::Done;
use crate::shop::Shop;
use crate::support::github::JOB;

const VALUE: &str = "canary-of-a-variable";
/// How every JWT begins, as the tokens of OIDC are.
const JWT: &str = "eyJ";
const KEY: &str = "canary-of-a-secret-key";

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

fn assert_secret(shop: &Shop, done: &Done, command: &str) {
    let hub = format!("{}{:?}", shop.hub.all(), shop.hub.log_of_all());
    for canary in [VALUE, KEY, "canary-of-a-session", JOB, OIDC_REQUEST_TOKEN, JWT] {
        let result = done.result.to_string();
        assert!(!result.contains(canary), "{command}: {canary} is in what the job said: {:#}", done.result);
        assert!(!hub.contains(canary), "{command}: {canary} is on GitHub: {hub}");
        for folder in [done.job.path("temp"), shop.fixture.root().join("target/lambdaship")] {
            if let Some(file) = holds(&folder, canary.as_bytes()) {
                panic!("{command}: {canary} is in {file}");
            }
        }
    }
}

/// A file in the folder that has these bytes.
fn holds(folder: &Utf8Path, bytes: &[u8]) -> Option<String> {
    for entry in folder.read_dir_utf8().into_iter().flatten() {
        let path = entry.expect("an entry").into_path();
        let found = if path.is_dir() {
            holds(&path, bytes)
        } else {
            let text = fs_err::read(&path).expect("it can be read");
            text.windows(bytes.len()).any(|part| part == bytes).then(|| path.to_string())
        };
        if found.is_some() {
            return found;
        }
    }
    None
}
