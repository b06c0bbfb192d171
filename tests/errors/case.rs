//! What the cases share: a workspace with one function, artifacts for it, and the local AWS behind a proxy.

use std::io::Write;

use camino::Utf8PathBuf;
use fs_err as fs;

use super::elf::{X86_64, executable};
use crate::support::run::{Run, redactions};
use crate::support::{Answers, Fixture, Local, Proxy, http, lambdaship};

/// The environment that [`Case::cloud`] deploys to.
const STAGING: &str = "[function]\narch = \"x86_64\"\n\n[env.staging]\nregion = \"eu-west-1\"\n";

/// A workspace with the function `hello`, in which snapshots show names for what differs from run to run.
pub(super) struct Case {
    pub(super) fixture: Fixture,
    _names: insta::internals::SettingsBindDropGuard,
}

impl Case {
    /// Without a configuration.
    pub(super) fn new() -> Self {
        let fixture = Fixture::new(&["hello"]);
        let mut names = redactions(&fixture);
        // The column CODE of a table: zips are not the same on every system.
        names.add_filter("  [0-9a-f]{8}  ", "  [DIGEST]  ");
        Self { fixture, _names: names.bind_to_scope() }
    }

    /// With `text` as its `lambdaship.toml`.
    pub(super) fn configured(text: &str) -> Self {
        let case = Self::new();
        case.fixture.configure(text);
        case
    }

    /// A run of `line`, which holds the words after `cargo lambdaship`.
    pub(super) fn run(&self, line: &str) -> Run {
        lambdaship(&self.fixture).args(&line.split_whitespace().collect::<Vec<_>>())
    }

    /// Writes `name`, a zip whose `bootstrap` is `binary`, executable and not compressed.
    pub(super) fn zip(&self, name: &str, binary: &[u8]) -> Utf8PathBuf {
        self.zip_with_mode(name, binary, 0o755)
    }

    /// The same with another mode of `bootstrap`.
    pub(super) fn zip_with_mode(&self, name: &str, binary: &[u8], mode: u32) -> Utf8PathBuf {
        let path = self.fixture.root().join(name);
        let mut zip = zip::ZipWriter::new(fs::File::create(&path).expect("the zip can be made"));
        let stored = zip::CompressionMethod::Stored;
        let options =
            zip::write::SimpleFileOptions::default().compression_method(stored).unix_permissions(mode);
        zip.start_file("bootstrap", options).expect("an entry can be begun");
        zip.write_all(binary).expect("it can be written");
        zip.finish().expect("the zip can be ended");
        path
    }
}

/// A [`Case`] with the environment `staging`, which is the local AWS behind a proxy, and two artifacts.
pub(super) struct Cloud {
    pub(super) case: Case,
    pub(super) proxy: Proxy,
    pub(super) local: Local,
}

impl Cloud {
    /// Nothing is deployed yet; `one.zip` and `two.zip` can be.
    pub(super) fn new() -> Self {
        let case = Case::configured(STAGING);
        case.zip("one.zip", &executable(X86_64, "one"));
        case.zip("two.zip", &executable(X86_64, "two"));
        let local = Local::start();
        let proxy = Proxy::new(local.endpoint(), Answers::Strict);
        Self { case, proxy, local }
    }

    /// The same with `one.zip` deployed, and nothing counted.
    pub(super) fn deployed() -> Self {
        let cloud = Self::new();
        cloud.deploy("one.zip").output().exited(0);
        cloud.proxy.reset();
        cloud
    }

    /// A run of `line` with credentials for the server.
    pub(super) fn run(&self, line: &str) -> Run {
        self.case.run(line).aws(&self.proxy.endpoint(), "000000000000")
    }

    /// A deploy of an artifact.
    pub(super) fn deploy(&self, zip: &str) -> Run {
        self.run(&format!("deploy --env staging --zip {zip}"))
    }

    /// What `hello`'s alias is, past the proxy.
    pub(super) fn alias(&self) -> serde_json::Value {
        self.ask("GET", "aliases/live", "")
    }

    /// Changes `hello`'s alias as another program does, past the proxy.
    pub(super) fn change_alias(&self, change: &serde_json::Value) {
        self.ask("PUT", "aliases/live", &change.to_string());
    }

    /// Changes `hello`'s `$LATEST` as another program does, past the proxy.
    pub(super) fn change_latest(&self, change: &serde_json::Value) {
        self.ask("PUT", "configuration", &change.to_string());
    }

    /// Fails the test when anything was written through the proxy.
    pub(super) fn assert_nothing_written(&self) {
        let report = self.proxy.report();
        let reads = ["Get", "List", "AssumeRole", "Describe"];
        let reads = |name: &str| reads.iter().any(|verb| name.contains(&format!(".{verb}")));
        assert!(report.operations.keys().all(|name| reads(name)), "{:?}", report.order());
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> serde_json::Value {
        let request = format!("{method} /2015-03-31/functions/hello-staging/{path}");
        let scope = "authorization: AWS4-HMAC-SHA256 Credential=human/20260101/eu-west-1/lambda/aws4_request";
        let port = self.local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok());
        let answer = http::exchange(port.expect("a port"), &request, &[scope], body).expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }
}
