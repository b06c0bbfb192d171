//! A server with a bucket, a workspace, and clones of it.

use std::process::Command;
use std::sync::atomic::{AtomicU64, Ordering};

use camino::Utf8Path;
use fs_err as fs;
use serde_json::{Value, json};

use crate::support::proxy::Report;
use crate::support::run::{Outcome, Run};
use crate::support::server::fresh_account;
use crate::support::stage::{for_this_machine, json as document};
use crate::support::{Answers, Fixture, Local, Proxy, Server, lambdaship, run, venv};

/// Whether the environment has a store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Store {
    With,
    Without,
}

/// A server behind a proxy, and a bucket on it.
pub(crate) struct Scene {
    proxy: Proxy,
    account: String,
    bucket: String,
    answers: Answers,
    /// Ends with the scene.
    _local: Option<Local>,
}

/// What became of a run: its report, and what went to the server because of it.
pub(crate) struct Told {
    pub(crate) outcome: Outcome,
    pub(crate) report: Value,
    pub(crate) sent: Report,
}

impl Scene {
    /// The local AWS, in which everything settles at once.
    pub(crate) fn local() -> Self {
        let local = Local::settled();
        let (endpoint, account) = (local.endpoint().to_owned(), cargo_lambdaship::local::ACCOUNT.to_owned());
        Self::new(&endpoint, account, Answers::Strict, Some(local))
    }

    /// A local AWS that stands by itself.
    pub(crate) fn at(endpoint: &str, account: String) -> Self {
        Self::new(endpoint, account, Answers::Strict, None)
    }

    /// A MiniStack with an account of its own.
    pub(crate) fn ministack() -> Self {
        Self::new(&Server::ministack().endpoint(), fresh_account(), Answers::Lenient, None)
    }

    fn new(endpoint: &str, account: String, answers: Answers, local: Option<Local>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let proxy = Proxy::new(endpoint, answers);
        let bucket = format!("twice-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let scene = Self { proxy, account, bucket, answers, _local: local };
        scene.s3(
            "s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={'LocationConstraint': 'eu-west-1'})",
        );
        scene
    }

    /// A workspace of `functions` that is configured for this server.
    pub(crate) fn workspace(&self, functions: &[&str], store: Store) -> Fixture {
        let fixture = Fixture::new(functions);
        self.configure(&fixture, store, "");
        fixture
    }

    /// Writes `lambdaship.toml`, which ends with `more`.
    pub(crate) fn configure(&self, fixture: &Fixture, store: Store, more: &str) {
        let store = match store {
            Store::With => format!("store = \"{}\"\n", self.bucket),
            Store::Without => String::new(),
        };
        let (function, url) = (for_this_machine(), self.proxy.endpoint());
        fixture.configure(&format!("{function}[env.staging]\nendpoint-url = \"{url}\"\n{store}{more}"));
    }

    /// What boto3 does with `s3` and the bucket's name in `bucket`.
    pub(crate) fn s3(&self, script: &str) -> String {
        let setup = "import boto3, sys\ns3 = boto3.client('s3')\nbucket = sys.argv[1]\n";
        let output = Command::new(venv::python())
            .args(["-c", &format!("{setup}{script}"), &self.bucket])
            .env("AWS_ENDPOINT_URL", self.proxy.endpoint())
            .env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_DEFAULT_REGION", "eu-west-1")
            .output()
            .expect("Python starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// The names of what is in the bucket, by what they begin with.
    pub(crate) fn objects(&self, prefix: &str) -> Vec<String> {
        let keys = self.s3(&format!(
            "for it in s3.list_objects_v2(Bucket=bucket, Prefix='{prefix}').get('Contents', []): print(it['Key'])"
        ));
        keys.lines().map(str::to_owned).collect()
    }

    /// `cargo lambdaship` with `arguments` in a workspace, which has a `Cargo.lock`.
    pub(crate) fn run(&self, fixture: &Fixture, arguments: &[&str]) -> Run {
        if !fixture.root().join("Cargo.lock").exists() {
            cargo(fixture, &["generate-lockfile"]);
        }
        let run = lambdaship(fixture).zig().args(arguments).args(&["--env", "staging"]);
        run.env("AWS_ACCESS_KEY_ID", &self.account)
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_REGION", "eu-west-1")
    }

    /// Deploys to the end, which is a good one.
    pub(crate) fn deploy(&self, fixture: &Fixture) -> Told {
        self.told(fixture, &["deploy"], 0)
    }

    /// Runs a verb to its end. What it sent must be as AWS's models say.
    pub(crate) fn told(&self, fixture: &Fixture, arguments: &[&str], code: i32) -> Told {
        self.told_of(self.run(fixture, arguments), code)
    }

    /// The same for a run that is prepared.
    pub(crate) fn told_of(&self, run: Run, code: i32) -> Told {
        self.proxy.reset();
        let outcome = run.args(&["--format", "json"]).output().exited(code);
        let sent = self.proxy.report();
        match self.answers {
            Answers::Strict => sent.assert_valid(),
            Answers::Lenient => sent.assert_valid_requests(),
        }
        let report = document(&outcome);
        Told { outcome, report, sent }
    }
}

impl Told {
    /// One function's part of the report.
    pub(crate) fn function(&self, name: &str) -> &Value {
        let functions = self.report["functions"].as_array().expect("functions");
        functions.iter().find(|function| function["function"] == name).unwrap_or_else(|| {
            panic!("no {name}: {}", self.outcome);
        })
    }

    /// These fields of one function.
    pub(crate) fn fields<const N: usize>(&self, name: &str, fields: [&str; N]) -> [Value; N] {
        fields.map(|field| self.function(name)[field].clone())
    }

    /// The functions for which `field` is `value`.
    pub(crate) fn with(&self, field: &str, value: impl Into<Value>) -> Vec<String> {
        let value = value.into();
        let functions = self.report["functions"].as_array().expect("functions").iter();
        let names = functions.filter(|function| function[field] == value);
        names.map(|function| function["function"].as_str().expect("a name").to_owned()).collect()
    }

    /// The functions that cargo was run for.
    pub(crate) fn built(&self) -> Vec<String> {
        self.with("built", true)
    }

    /// The functions to which something was done.
    pub(crate) fn shipped(&self) -> Vec<String> {
        let functions = self.report["functions"].as_array().expect("functions").iter();
        let names = functions.filter(|function| function["outcome"] != "unchanged");
        names.map(|function| function["function"].as_str().expect("a name").to_owned()).collect()
    }

    /// Requests to S3 with this method for something whose key begins with `prefix`.
    pub(crate) fn objects(&self, method: &str, prefix: &str) -> usize {
        let about = |path: &str| path.contains(&format!("/{prefix}"));
        let requests = self.sent.requests.iter();
        requests
            .filter(|it| it.operation.starts_with("s3.") && it.method == method && about(&it.path))
            .count()
    }

    /// The writes to Lambda.
    pub(crate) fn lambda_writes(&self) -> Vec<&str> {
        self.sent.writes().into_iter().filter(|name| name.starts_with("lambda.")).collect()
    }

    /// Fails the test unless nothing was compiled, nothing was sent, and nothing was written anywhere.
    pub(crate) fn did_nothing(&self, fixture: &Fixture) {
        assert_eq!(self.report["result"], "unchanged", "{}", self.outcome);
        assert_eq!(self.report["uploaded_bytes"], json!(0));
        assert_eq!((self.built(), self.shipped()), (Vec::new(), Vec::new()), "{}", self.outcome);
        assert!(!self.outcome.stderr.contains("Building"), "{}", self.outcome);
        assert!(
            !compiled(fixture.root().join("target").as_ref()),
            "something was compiled: {}",
            self.outcome
        );
        let writes: Vec<_> =
            self.sent.writes().into_iter().filter(|it| *it != "sts.GetCallerIdentity").collect();
        assert_eq!(writes, [""; 0], "{}", self.outcome);
    }
}

/// Runs cargo itself in the workspace.
pub(crate) fn cargo(fixture: &Fixture, arguments: &[&str]) {
    let mut cargo = Command::new(env!("CARGO"));
    run::clean(&mut cargo, fixture);
    let output = cargo.args(arguments).args(["--offline", "--quiet"]).output().expect("cargo starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Whether cargo compiled anything into this target folder.
fn compiled(target: &Utf8Path) -> bool {
    let Ok(entries) = fs::read_dir(target) else { return false };
    let names = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.into_iter().any(|name| name == "release" || name == "debug" || name.contains("-linux-"))
}

/// A copy of the workspace in another folder, as `git clone` makes one: what git ignores is not in it.
pub(crate) fn clone(fixture: &Fixture) -> Fixture {
    let clone = Fixture::new(&[]);
    fs::remove_dir_all(clone.root()).expect("it was made a moment ago");
    copy(&fixture.root(), &clone.root());
    commit(&clone);
    clone
}

/// Makes a repository of the workspace, with everything in it.
pub(crate) fn commit(fixture: &Fixture) {
    let git = |arguments: &[&str]| {
        let output = run::git(&fixture.root()).args(arguments).output().expect("git starts");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "All"]);
}

fn copy(from: &Utf8Path, to: &Utf8Path) {
    fs::create_dir_all(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("it can be read").flatten() {
        let name = entry.file_name().into_string().expect("a UTF-8 name");
        let (from, to) = (from.join(&name), to.join(&name));
        if name == "target" || name == ".git" {
            continue;
        }
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).expect("a file can be copied");
        }
    }
}
