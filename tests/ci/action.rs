//! A job's step, as action.yml runs it.

use std::collections::BTreeMap;

use camino::Utf8PathBuf;
use fs_err as fs;
use serde_json::Value;
use tempfile::TempDir;

use crate::support::run::{Outcome, Run};
use crate::support::{Fixture, lambdaship};

/// The step, about to run.
pub(super) struct Action {
    run: Run,
    folder: TempDir,
}

/// What it left.
pub(super) struct Step {
    pub(super) outcome: Outcome,
    pub(super) outputs: BTreeMap<String, String>,
    /// The run document.
    pub(super) document: Value,
    /// All that others can read of it: both streams and all files.
    pub(super) readable: String,
}

impl Action {
    /// `command` without gates, in the workspace of `fixture`, in the run of a push.
    pub(super) fn new(fixture: &Fixture, command: &str) -> Self {
        let folder = tempfile::Builder::new().prefix("runner-").tempdir().expect("a temporary folder");
        let path = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
        let run = lambdaship(fixture).zig().args(&["ci"]);
        let run = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_API_URL", "http://127.0.0.1:9"),
            ("GITHUB_EVENT_NAME", "push"),
            ("GITHUB_REPOSITORY", "acme/shop"),
            ("GITHUB_RUN_ATTEMPT", "1"),
            ("GITHUB_RUN_ID", "42"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_SHA", "ec26c3e57ca3a959ca5aad62de7213c562f8c821"),
        ]
        .into_iter()
        .fold(run, |run, (name, value)| run.env(name, value));
        let run = run.env("RUNNER_TEMP", &path("")).env("GITHUB_OUTPUT", &path("outputs"));
        Self { run: run.env("GITHUB_EVENT_PATH", &path("event.json")), folder }
            .with("command", command)
            .with("gates", "none")
    }

    /// An input of action.yml.
    pub(super) fn with(self, name: &str, value: &str) -> Self {
        let variable = format!("INPUT_{}", name.to_ascii_uppercase().replace('-', "_"));
        self.env(&variable, value)
    }

    /// The step after, which shows what the one before did. Both have to be given the folder.
    pub(super) fn reports(mut self) -> Self {
        self.run = self.run.args(&["--report"]);
        self
    }

    /// The folder that the step before made for both.
    pub(super) fn between(self, folder: &std::path::Path) -> Self {
        self.env("LAMBDASHIP_RUN_FOLDER", folder.to_str().expect("UTF-8"))
    }

    /// A variable of the job.
    pub(super) fn env(mut self, name: &str, value: &str) -> Self {
        self.run = self.run.env(name, value);
        self
    }

    /// AWS, with credentials.
    pub(super) fn aws(mut self, endpoint: &str, account: &str) -> Self {
        self.run = self.run.aws(endpoint, account);
        self
    }

    /// Another event.
    pub(super) fn event(self, name: &str, payload: &Value) -> Self {
        fs::write(self.folder.path().join("event.json"), payload.to_string()).expect("it can be written");
        self.env("GITHUB_EVENT_NAME", name)
    }

    /// Runs to the end.
    pub(super) fn done(self) -> Step {
        let (run, files) = self.start();
        files.read(run.output())
    }

    /// The run, and where its files will be.
    pub(super) fn start(self) -> (Run, Files) {
        (self.run, Files(self.folder))
    }
}

/// The files of a step.
pub(super) struct Files(TempDir);

impl Files {
    /// What the step left.
    pub(super) fn read(&self, outcome: Outcome) -> Step {
        let text = |name: &str| fs::read_to_string(self.0.path().join(name)).unwrap_or_default();
        let (document, outputs) = (text("lambdaship/run.json"), text("outputs"));
        let said = format!("{}\n{}", outcome.stdout, outcome.stderr);
        Step {
            readable: format!("{said}\n{document}\n{outputs}"),
            outputs: parsed(&outputs),
            document: serde_json::from_str(&document).unwrap_or_default(),
            outcome,
        }
    }
}

impl Step {
    pub(super) fn exited(self, code: i32) -> Self {
        Self { outcome: self.outcome.exited(code), ..self }
    }

    pub(super) fn output(&self, name: &str) -> &str {
        self.outputs.get(name).unwrap_or_else(|| panic!("there is no output {name}: {:?}", self.outputs))
    }

    /// Result and reason.
    pub(super) fn ended(&self) -> (&str, &str) {
        (self.output("result"), self.output("failure-reason"))
    }

    /// The lines that a runner takes for commands.
    pub(super) fn commands(&self) -> Vec<&str> {
        let lines = self.outcome.stdout.lines().chain(self.outcome.stderr.lines());
        lines.map(str::trim).filter(|line| line.starts_with("::")).collect()
    }
}

/// The file as a runner reads it: `name=value`, or `name<<delimiter`, lines, and the delimiter.
fn parsed(text: &str) -> BTreeMap<String, String> {
    let (mut outputs, mut lines) = (BTreeMap::new(), text.lines());
    while let Some(line) = lines.next() {
        let (name, value) = match line.split_once("<<") {
            Some((name, delimiter)) => {
                let value: Vec<&str> = lines.by_ref().take_while(|line| *line != delimiter).collect();
                (name, value.join("\n"))
            }
            None => line.split_once('=').map(|(name, value)| (name, value.to_owned())).expect("an output"),
        };
        assert!(outputs.insert(name.to_owned(), value).is_none(), "{name} is there twice");
    }
    outputs
}

/// The payload of a pull request whose head is in `repository`.
pub(super) fn pull_request(repository: &str) -> Value {
    let head = serde_json::json!({
        "ref": "x'; touch /tmp/pwned; echo '\n::error::from the branch",
        "sha": "f95f852bd8fca8fcc58a9a2d6c842781e32a215e",
        "repo": { "full_name": repository },
    });
    serde_json::json!({ "number": 7, "pull_request": { "number": 7, "title": "\n::set-output name=result::changed", "head": head } })
}

/// The workspace's folder inside the job's.
pub(super) fn file(fixture: &Fixture, name: &str) -> Utf8PathBuf {
    fixture.root().join(name)
}
