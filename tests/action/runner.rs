//! `tests/action/runner/`, which does with an action or a workflow what GitHub's runner does, as tests see it.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::OnceLock;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::bundle::bundle;
use crate::support::node;

/// A repository on GitHub, and what happened in it: somebody pushed to `main`, unless said otherwise.
pub(crate) struct Job {
    folder: TempDir,
    request: Value,
}

impl Job {
    /// A job whose only step is the action in this file.
    pub(crate) fn action(file: &Utf8Path) -> Self {
        Self::new("action", file)
    }

    /// A job whose only step is an action of this text.
    pub(crate) fn of_action(text: &str) -> Self {
        let job = Self::new("action", Utf8Path::new(""));
        let file = job.path("action.yml");
        fs::write(&file, text).expect("it can be written");
        job.set("action", file.as_str())
    }

    /// The jobs of the workflow in this file.
    pub(crate) fn workflow(file: &Utf8Path) -> Self {
        Self::new("workflow", file)
    }

    fn new(kind: &str, file: &Utf8Path) -> Self {
        let folder =
            tempfile::Builder::new().prefix("lambdaship-job-").tempdir().expect("a temporary folder");
        let machine = ["PATH", "HOME"]
            .map(|name| (name, std::env::var(name).unwrap_or_else(|_| panic!("there is no {name}"))));
        let mut job = Self { folder, request: json!({ kind: file, "env": BTreeMap::from(machine) }) };
        job.request["folder"] = job.path("").as_str().into();
        job.request["artifacts"] = job.path("artifacts").as_str().into();
        let workspace = job.path("workspace");
        job.github(&json!({
            "token": "ghs_token", "workspace": workspace, "repository": "octo/shop", "repository_owner": "octo",
            "repository_id": "1", "event_name": "push", "ref": "refs/heads/main", "ref_name": "main", "ref_type": "branch",
            "ref_protected": "false", "head_ref": "", "base_ref": "", "sha": "0".repeat(40), "run_id": "100", "run_number": "7",
            "run_attempt": "1", "actor": "mona", "triggering_actor": "mona", "workflow": "Ship", "job": "ship",
            "action": "__run", "server_url": "https://github.com", "api_url": "https://api.github.com",
            "graphql_url": "https://api.github.com/graphql",
        }))
    }

    /// A folder of this job, such as `workspace`, `temp` or `artifacts`.
    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        let root = self.folder.path().canonicalize().expect("the folder exists");
        Utf8PathBuf::try_from(root.join(name)).expect("temporary folders have UTF-8 names")
    }

    /// Sets a field of the request, as `runner/main.js` names them.
    pub(crate) fn set(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.request[name] = value.into();
        self
    }

    /// An input of the action.
    pub(crate) fn with(self, input: &str, value: &str) -> Self {
        self.merge("with", &json!({ input: value }))
    }

    /// A variable of the machine.
    pub(crate) fn env(self, name: &str, value: &str) -> Self {
        self.merge("env", &json!({ name: value }))
    }

    /// What a variable of the machine is.
    pub(crate) fn variable(&self, name: &str) -> String {
        self.request["env"][name].as_str().unwrap_or_default().to_owned()
    }

    /// Fields of the context `github`.
    pub(crate) fn github(self, fields: &Value) -> Self {
        self.merge("github", fields)
    }

    fn merge(mut self, name: &str, more: &Value) -> Self {
        if !self.request[name].is_object() {
            self.request[name] = Map::new().into();
        }
        let fields = self.request[name].as_object_mut().expect("an object");
        fields.extend(more.as_object().expect("an object").clone());
        self
    }

    /// Runs to the end, which must not be GitHub's refusal.
    pub(crate) fn run(self) -> Done {
        self.start().finish()
    }

    /// What GitHub says to a file that it does not accept.
    pub(crate) fn refused(self) -> String {
        let (result, _) = self.start().end();
        result["refused"].as_str().unwrap_or_else(|| panic!("it was not refused: {result:#}")).to_owned()
    }

    /// Begins, for what happens in the middle.
    pub(crate) fn start(self) -> Running {
        static PROGRAM: OnceLock<Utf8PathBuf> = OnceLock::new();
        let program = PROGRAM.get_or_init(|| bundle("runner/main.js"));
        let request = self.path("request.json");
        fs::write(&request, self.request.to_string()).expect("the request can be written");
        let child = node::node()
            .arg(program)
            .arg(request)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn();
        Running { job: self, child: child.expect("Node.js starts") }
    }
}

/// A job under way.
pub(crate) struct Running {
    job: Job,
    child: Child,
}

impl Running {
    /// A folder of this job.
    pub(crate) fn path(&self, name: &str) -> Utf8PathBuf {
        self.job.path(name)
    }

    /// What a click on "Cancel workflow" does.
    pub(crate) fn cancel(&self) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, rustix::process::Signal::USR1).expect("it still runs");
    }

    /// Waits for the end.
    pub(crate) fn finish(self) -> Done {
        let (result, job) = self.end();
        assert!(result["refused"].is_null(), "GitHub refuses it: {}", result["refused"]);
        Done { result, job }
    }

    fn end(mut self) -> (Value, Job) {
        let mut text = String::new();
        let stdout = self.child.stdout.as_mut().expect("its output is piped");
        stdout.read_to_string(&mut text).expect("UTF-8");
        let status = self.child.wait().expect("it ends");
        assert!(status.success(), "the runner failed with {status}");
        (serde_json::from_str(&text).expect("JSON"), self.job)
    }
}

/// How a job ended.
pub(crate) struct Done {
    pub(crate) result: Value,
    pub(crate) job: Job,
}

impl Done {
    /// Fails the test unless the job ended as `conclusion`.
    pub(crate) fn concluded(self, conclusion: &str) -> Self {
        assert_eq!(self.result["conclusion"], conclusion, "{:#}", self.result);
        self
    }

    /// The step `id`, with `outcome`, `conclusion`, `exit`, `outputs`, `log` and, before secrets are masked, `raw`.
    pub(crate) fn step(&self, id: &str) -> &Value {
        let steps = self.result["steps"].as_array().into_iter().flatten();
        steps
            .into_iter()
            .find(|step| step["id"] == id)
            .unwrap_or_else(|| panic!("no {id}: {:#}", self.result))
    }

    /// An output of the action.
    pub(crate) fn output(&self, name: &str) -> &str {
        let value = self.result["outputs"][name].as_str();
        value.unwrap_or_else(|| panic!("no output {name}: {:#}", self.result))
    }

    /// The messages of annotations of this level.
    pub(crate) fn annotations(&self, level: &str) -> Vec<&str> {
        let all = self.result["annotations"].as_array().into_iter().flatten();
        all.filter(|one| one["level"] == level).filter_map(|one| one["message"].as_str()).collect()
    }
}
