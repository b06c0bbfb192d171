//! A repository with functions, its pipelines, and the AWS that they deploy to.

use std::process::Command;

use cargo_lambdaship::local::ACCOUNT;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::hub::{Hub, REPOSITORY};
use crate::runner::Job;
use crate::support::github;
use crate::support::run::clean;
use crate::support::stage::for_this_machine;
use crate::support::{Answers, Fixture, Local, Proxy, Service, lambdaship, tests_folder, wait_until};

/// Environments of a shop, all in one account.
const ENVIRONMENTS: &str = "[env.staging]\n\n[env.production]\n";

/// A repository, and a GitHub and an AWS of its own.
pub(crate) struct Shop {
    pub(crate) fixture: Fixture,
    pub(crate) proxy: Proxy,
    pub(crate) hub: Hub,
    port: u16,
    _local: Local,
}

impl Shop {
    /// One with the function `hello`, to which nothing was deployed.
    pub(crate) fn open() -> Self {
        let local = Local::settled();
        let port = local.endpoint().rsplit(':').next().and_then(|port| port.parse().ok()).expect("a port");
        let proxy = Proxy::new(local.endpoint(), Answers::Strict);
        let shop = Self { fixture: Fixture::new(&["hello"]), proxy, hub: Hub::start(), port, _local: local };
        shop.configure("");
        shop.lock();
        shop.git(&["init", "--quiet", "--initial-branch=main"]);
        shop
    }

    /// Adds a function.
    pub(crate) fn add(&self, function: &str) {
        self.fixture.add(function);
        self.lock();
    }

    /// Without its lock file nobody could tell what the dependencies are.
    fn lock(&self) {
        let mut cargo = Command::new(env!("CARGO"));
        clean(&mut cargo, &self.fixture);
        assert!(cargo.args(["generate-lockfile", "--offline", "--quiet"]).status().expect("cargo").success());
    }

    /// Writes `lambdaship.toml`: `function`, which are keys of `[function]`.
    pub(crate) fn configure(&self, function: &str) {
        self.configure_with(function, "");
    }

    /// The same with further tables.
    pub(crate) fn configure_with(&self, function: &str, more: &str) {
        let text = format!("{}\n{function}\n\n{ENVIRONMENTS}\n{more}\n", for_this_machine().trim_end());
        self.fixture.configure(&text);
    }

    /// Commits everything, and answers the commit.
    pub(crate) fn commit(&self) -> String {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", "x"]);
        self.git(&["rev-parse", "HEAD"])
    }

    /// The commit that is checked out.
    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        clean(&mut git, &self.fixture);
        let output = git.args(["-c", "user.name=a", "-c", "user.email=a@b.c"]).args(arguments).output();
        let output = output.expect("git starts");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("UTF-8").trim().to_owned()
    }

    /// A job on `main` that runs the action with this command, on a machine with AWS credentials.
    pub(crate) fn job(&self, command: &str) -> Job {
        let action = tests_folder().with_file_name("action.yml");
        let job = Job::action(&action)
            .with("binary-path", env!("CARGO_BIN_EXE_cargo-lambdaship"))
            .with("command", command)
            .with("gates", "none");
        self.machine(job)
    }

    /// Gives a job this shop's workspace, environment and GitHub.
    pub(crate) fn machine(&self, mut job: Job) -> Job {
        let run = lambdaship(&self.fixture).zig().aws(&self.proxy.endpoint(), ACCOUNT);
        for (name, value) in run.0.get_envs() {
            let value = value.and_then(std::ffi::OsStr::to_str).unwrap_or_default();
            job = job.env(name.to_str().expect("UTF-8"), value);
        }
        job.github(&json!({
            "token": github::JOB, "api_url": self.hub.api_url(), "workspace": self.fixture.root(), "repository": REPOSITORY,
            "sha": self.head(),
        }))
    }

    /// The same job for the pull request `number`, as of now, from a branch of the repository itself.
    pub(crate) fn pull_request(&self, number: u64, job: Job) -> Job {
        self.pull_request_of(REPOSITORY, number, job)
    }

    /// The same for the pull request of a fork, whose token may only read.
    pub(crate) fn fork(&self, number: u64, job: Job) -> Job {
        self.pull_request_of("stranger/shop", number, job).github(&json!({ "token": github::FORK }))
    }

    fn pull_request_of(&self, repository: &str, number: u64, job: Job) -> Job {
        let head = self.head();
        self.hub.open(number, &head, repository);
        let event = pull_request(number, &head, repository);
        job.set("event", event).github(&json!({
            "event_name": "pull_request", "ref": format!("refs/pull/{number}/merge"), "ref_name": format!("{number}/merge"),
            "head_ref": "topic", "base_ref": "main", "sha": "f".repeat(40),
        }))
    }

    /// Which version serves `hello` in an environment, and which other has a share of it.
    pub(crate) fn serves(&self, environment: &str) -> (u64, Option<u64>) {
        let alias = self.lambda(&format!("hello-{environment}/aliases/live"));
        let number = |text: &str| text.parse().expect("a version");
        let weights = alias["RoutingConfig"]["AdditionalVersionWeights"].as_object();
        let other = weights.and_then(|weights| weights.keys().next()).map(|version| number(version));
        (number(alias["FunctionVersion"].as_str().expect("a version")), other)
    }

    /// Waits until a second version has a share of `hello`; answers it.
    pub(crate) fn shares(&self, environment: &str) -> u64 {
        wait_until("a version with traffic", || self.serves(environment).1)
    }

    /// What Lambda has at this path under the functions.
    pub(crate) fn lambda(&self, path: &str) -> Value {
        self.service("lambda").read(&format!("/2015-03-31/functions/{path}"))
    }

    /// What was written to AWS since the last reset; to take a role changes nothing.
    pub(crate) fn writes(&self) -> Vec<String> {
        let report = self.proxy.report();
        let writes = report.writes().into_iter().filter(|name| *name != "sts.AssumeRoleWithWebIdentity");
        writes.map(str::to_owned).collect()
    }

    /// Keeps a parameter of Systems Manager.
    pub(crate) fn parameter(&self, name: &str, value: &str) {
        let put = json!({ "Name": name, "Value": value, "Type": "SecureString" });
        let headers = ["content-type: application/x-amz-json-1.1", "x-amz-target: AmazonSSM.PutParameter"];
        let answer = self.service("ssm").ask("POST /", &headers, &put);
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// Makes a role that workflows may assume, and answers its ARN.
    pub(crate) fn role(&self) -> String {
        let trust = json!({ "Version": "2012-10-17", "Statement": [
            { "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity", "Principal": { "Federated": "*" } },
        ] });
        let trust = utf8_percent_encode(&trust.to_string(), NON_ALPHANUMERIC).to_string();
        let body =
            format!("Action=CreateRole&Version=2010-05-08&RoleName=deploy&AssumeRolePolicyDocument={trust}");
        let form = ["content-type: application/x-www-form-urlencoded"];
        let answer = self.service("iam").ask_text("POST /", &form, &body);
        assert!(matches!(answer.status, 200 | 409), "{}", answer.body);
        format!("arn:aws:iam::{ACCOUNT}:role/deploy")
    }

    /// A service of the AWS, past the proxy.
    pub(crate) fn service(&self, name: &'static str) -> Service {
        Service { port: self.port, account: ACCOUNT.to_owned(), name }
    }
}

/// The event of a push to a pull request.
pub(crate) fn pull_request(number: u64, head: &str, repository: &str) -> Value {
    json!({
        "action": "synchronize", "number": number,
        "pull_request": {
            "number": number, "state": "open", "title": "Change the greeting", "user": { "login": "octo-person" },
            "head": { "sha": head, "ref": "topic", "repo": { "full_name": repository, "fork": repository != REPOSITORY } },
            "base": { "ref": "main", "repo": { "full_name": REPOSITORY } },
        },
        "repository": { "full_name": REPOSITORY },
    })
}
