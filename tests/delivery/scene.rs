//! A workspace with environments that are accounts, regions or just names, and what somebody else does in them.

use std::process::Command;

use cargo_lambdaship::local::ACCOUNT;
use serde_json::Value;

use crate::support::http::{Answer, exchange};
use crate::support::proxy::Report;
use crate::support::run::{Outcome, Run, clean};
use crate::support::server::fresh_account;
use crate::support::stage::{for_this_machine, json};
use crate::support::{Answers, Fixture, Local, Proxy, Server, lambdaship};

/// One account and region of a server, as somebody else in it sees them.
#[derive(Clone)]
pub(crate) struct Place {
    port: u16,
    pub(crate) account: String,
    pub(crate) region: &'static str,
}

/// A workspace in front of one server.
pub(crate) struct Scene {
    pub(crate) fixture: Fixture,
    pub(crate) proxy: Proxy,
    answers: Answers,
    /// Whose keys are in the environment.
    account: String,
    port: u16,
    _local: Option<Local>,
}

impl Scene {
    /// A workspace that has been built before: without its lock file nobody could tell what its dependencies are.
    pub(crate) fn workspace(functions: &[&str]) -> Fixture {
        let fixture = Fixture::new(functions);
        let mut cargo = Command::new(env!("CARGO"));
        clean(&mut cargo, &fixture);
        let made = cargo.args(["generate-lockfile", "--offline", "--quiet"]).status().expect("cargo starts");
        assert!(made.success());
        fixture
    }

    /// In front of MiniStack, where every 12-digit access key is an account.
    pub(crate) fn on_ministack(functions: &[&str]) -> Self {
        let (server, account) = (Server::ministack(), fresh_account());
        let proxy = Proxy::new(&server.endpoint(), Answers::Lenient);
        let fixture = Self::workspace(functions);
        Self { fixture, proxy, answers: Answers::Lenient, account, port: server.port, _local: None }
    }

    /// In front of a local AWS of its own, in which everything settles at once.
    pub(crate) fn on_local(functions: &[&str]) -> Self {
        let local = Local::settled();
        let proxy = Proxy::new(local.endpoint(), Answers::Strict);
        let port = local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok());
        let (answers, account, fixture) = (Answers::Strict, ACCOUNT.to_owned(), Self::workspace(functions));
        Self { fixture, proxy, answers, account, port: port.expect("a port"), _local: Some(local) }
    }

    /// Writes `lambdaship.toml`: `text` after what makes functions run on this machine.
    pub(crate) fn configure(&self, text: &str) {
        self.fixture.configure(&[for_this_machine(), text].concat());
    }

    /// The workspace's own account in `region`.
    pub(crate) fn place(&self, region: &'static str) -> Place {
        Place { port: self.port, account: self.account.clone(), region }
    }

    /// `account` in `region`.
    pub(crate) fn account(&self, account: &str, region: &'static str) -> Place {
        Place { account: account.to_owned(), ..self.place(region) }
    }

    /// `cargo lambdaship` with these words.
    pub(crate) fn run(&self, line: &str) -> Run {
        let words: Vec<_> = line.split_whitespace().collect();
        let credentials = self.fixture.home().join("credentials");
        let run = lambdaship(&self.fixture).zig().aws(&self.proxy.endpoint(), &self.account);
        run.env("AWS_SHARED_CREDENTIALS_FILE", credentials.as_str()).args(&words)
    }

    /// Makes a profile for each account, called as the environment is.
    pub(crate) fn profiles(&self, accounts: &[(&str, &str)]) {
        let profile = |(name, account): &(&str, &str)| {
            format!("[{name}]\naws_access_key_id = {account}\naws_secret_access_key = x\n")
        };
        self.fixture.write("../home/credentials", &accounts.iter().map(profile).collect::<String>());
    }

    /// Runs `line` to its end, with nothing counted before it.
    pub(crate) fn ends(&self, line: &str, code: i32) -> Outcome {
        self.proxy.reset();
        self.run(line).output().exited(code)
    }

    /// The report of `line`, how it ended, and all that was sent because of it, which must be as AWS's models say.
    pub(crate) fn report(&self, line: &str, code: i32) -> (Value, Outcome, Report) {
        let outcome = self.ends(&format!("{line} --format json"), code);
        (json(&outcome), outcome, self.sent())
    }

    /// What was sent since the last reset.
    pub(crate) fn sent(&self) -> Report {
        let report = self.proxy.report();
        match self.answers {
            Answers::Strict => report.assert_valid(),
            Answers::Lenient => report.assert_valid_requests(),
        }
        report
    }

    /// Commits everything, and answers the commit.
    pub(crate) fn commit(&self) -> String {
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            clean(&mut git, &self.fixture);
            git.args(["-c", "user.name=a", "-c", "user.email=a@b.c"]).args(arguments);
            let output = git.output().expect("git starts");
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
        };
        git(&["init", "--quiet"]);
        git(&["add", "--all"]);
        git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
        git(&["rev-parse", "HEAD"])
    }
}

impl Place {
    fn ask(&self, service: &str, request: &str, body: &str) -> Answer {
        let scope = format!(
            "authorization: AWS4-HMAC-SHA256 Credential={}/20260101/{}/{service}/aws4_request, \
             SignedHeaders=host, Signature=00",
            self.account, self.region
        );
        exchange(self.port, request, &[&scope], body).expect("an answer")
    }

    fn done(&self, service: &str, request: &str, body: &str) -> String {
        let answer = self.ask(service, request, body);
        assert!((200..300).contains(&answer.status), "{request}: {} {}", answer.status, answer.body);
        answer.body
    }

    /// What Lambda has at this path under the functions; null when there is no such thing.
    pub(crate) fn lambda(&self, path: &str) -> Value {
        let answer = self.ask("lambda", &format!("GET /2015-03-31/functions/{path}"), "");
        if answer.status == 404 {
            return Value::Null;
        }
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// The configuration of what the alias of this lambda serves.
    pub(crate) fn served(&self, lambda: &str) -> Value {
        self.lambda(&format!("{lambda}/configuration?Qualifier=live"))
    }

    /// The numbers of all published versions.
    pub(crate) fn versions(&self, lambda: &str) -> Vec<String> {
        let all = self.lambda(&format!("{lambda}/versions"));
        let versions = all["Versions"].as_array().into_iter().flatten();
        let numbers = versions.filter_map(|version| version["Version"].as_str().map(str::to_owned));
        numbers.filter(|version| version != "$LATEST").collect()
    }

    /// Writes to an alias, as another program does.
    pub(crate) fn change_alias(&self, lambda: &str, change: &Value) {
        let request = format!("PUT /2015-03-31/functions/{lambda}/aliases/live");
        self.done("lambda", &request, &change.to_string());
    }

    /// Deletes a lambda.
    pub(crate) fn delete_lambda(&self, lambda: &str) {
        self.done("lambda", &format!("DELETE /2015-03-31/functions/{lambda}"), "");
    }

    /// Makes a bucket.
    pub(crate) fn bucket(&self, bucket: &str) {
        let location = format!(
            "<CreateBucketConfiguration xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
             <LocationConstraint>{}</LocationConstraint></CreateBucketConfiguration>",
            self.region
        );
        let body = if self.region == "us-east-1" { "" } else { location.as_str() };
        self.done("s3", &format!("PUT /{bucket}"), body);
    }

    /// Sets something of a bucket, or puts an object.
    pub(crate) fn put(&self, path: &str, body: &str) {
        self.done("s3", &format!("PUT /{path}"), body);
    }

    /// The text of an object.
    pub(crate) fn object(&self, path: &str) -> String {
        self.done("s3", &format!("GET /{path}"), "")
    }

    /// The document in an object.
    pub(crate) fn document(&self, path: &str) -> Value {
        serde_json::from_str(&self.object(path)).expect("JSON")
    }

    /// Deletes an object.
    pub(crate) fn delete(&self, path: &str) {
        self.done("s3", &format!("DELETE /{path}"), "");
    }

    /// The keys in a bucket that begin with `prefix`, in their order.
    pub(crate) fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let list = self.done("s3", &format!("GET /{bucket}?list-type=2"), "");
        let keys = list.split("<Key>").skip(1).filter_map(|rest| rest.split("</Key>").next());
        keys.filter(|key| key.starts_with(prefix)).map(str::to_owned).collect()
    }

    /// The ledger of the alias of a lambda, oldest first.
    pub(crate) fn ledger(&self, bucket: &str, lambda: &str) -> Vec<Value> {
        let keys = self.keys(bucket, &format!("releases/{lambda}/live/"));
        keys.iter().map(|key| self.document(&format!("{bucket}/{key}"))["release"].clone()).collect()
    }
}

/// A word of a version's Description, such as `git=…`.
pub(crate) fn word<'a>(configuration: &'a Value, name: &str) -> &'a str {
    let description = configuration["Description"].as_str().unwrap_or_default();
    let found = description.split(' ').find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
    found.unwrap_or_else(|| panic!("no {name}= in {description:?}"))
}
