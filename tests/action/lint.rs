//! The lints of actions, workflows and shell scripts: GitHub's own validator, the schemas, zizmor, shellcheck, and
//! `lint.js` with what all of these let through.

use std::fmt;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::bundle::bundle;
use crate::support::node;

/// Something that a lint has against a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) tool: &'static str,
    pub(crate) file: String,
    pub(crate) line: u64,
    pub(crate) rule: String,
    pub(crate) message: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { tool, file, line, rule, message } = self;
        write!(f, "{file}:{line}: {tool} {rule}: {message}")
    }
}

/// Files where the tools expect them: actions as `<name>/action.yml`, workflows under `.github/workflows`.
pub(crate) struct Desk {
    folder: TempDir,
    /// What each is called there, and by us.
    files: Vec<(Utf8PathBuf, String)>,
}

impl Desk {
    /// Lays out `files`, given by what they are called and where they are.
    pub(crate) fn new(files: &[(String, Utf8PathBuf)]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().canonicalize().expect("it exists");
        let root = Utf8PathBuf::try_from(root).expect("temporary folders have UTF-8 names");
        let lay = |(name, path): &(String, Utf8PathBuf)| {
            let text = fs::read_to_string(path).expect("it can be read");
            let stem = name.replace('/', "-").replace(".yml", "");
            let is_action = text.lines().any(|line| line == "runs:");
            let place = root.join(if is_action {
                format!("{stem}/action.yml")
            } else {
                format!(".github/workflows/{stem}.yml")
            });
            fs::create_dir_all(place.parent().expect("a folder")).expect("it can be made");
            fs::write(&place, text).expect("it can be written");
            (place, name.clone())
        };
        let files = files.iter().map(lay).collect();
        Self { folder, files }
    }

    /// All that the tools find in the files and the scripts in them. `own` is our action's file.
    pub(crate) fn findings(&self, own: Option<&Utf8Path>) -> Vec<Finding> {
        let (mut all, scripts) = self.checked(own);
        all.extend(self.schemas());
        all.extend(self.zizmor());
        all.extend(shellcheck(&scripts));
        all
    }

    fn name(&self, place: &str) -> String {
        let found = self.files.iter().find(|(file, _)| file == place || place.ends_with(file.as_str()));
        found.map_or_else(|| place.to_owned(), |(_, name)| name.clone())
    }

    fn places(&self, actions: bool) -> Vec<&str> {
        let places = self.files.iter().map(|(place, _)| place.as_str());
        places.filter(|place| place.ends_with("/action.yml") == actions).collect()
    }

    /// What GitHub's validator and our own rules find, and the scripts.
    fn checked(&self, own: Option<&Utf8Path>) -> (Vec<Finding>, Vec<Script>) {
        let request = self.folder.path().join("request.json");
        let files: Vec<_> = self.files.iter().map(|(place, _)| place).collect();
        let own = own.map(|file| json!({ "name": "cargo-lambdaship/cargo-lambdaship", "file": file }));
        fs::write(&request, json!({ "files": files, "own": own }).to_string()).expect("it can be written");
        let said = said(node::node().arg(bundle("lint.js")).arg(request), &[0]);
        let findings = list(&said["findings"]).map(|one| Finding {
            tool: "lint.js",
            file: self.name(text(&one["file"])),
            line: one["line"].as_u64().unwrap_or(0),
            rule: text(&one["rule"]).to_owned(),
            message: text(&one["message"]).to_owned(),
        });
        // GitHub runs them with `-e`, as a first line says that is not there.
        let scripts = list(&said["scripts"]).map(|one| Script {
            file: self.name(text(&one["file"])),
            line: one["line"].as_u64().unwrap_or(0).saturating_sub(1),
            text: format!(
                "#!/bin/{} -e\n{}",
                text(&one["shell"]).split(' ').next().unwrap_or_default(),
                text(&one["script"])
            ),
        });
        (findings.collect(), scripts.collect())
    }

    fn schemas(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        for (schema, places) in
            [("vendor.github-actions", self.places(true)), ("vendor.github-workflows", self.places(false))]
        {
            if places.is_empty() {
                continue;
            }
            let mut check = tool("check-jsonschema");
            check.args(["--output-format", "json", "--builtin-schema", schema]).args(&places);
            let said = said(&mut check, &[0, 1]);
            assert!(list(&said["parse_errors"]).next().is_none(), "{said:#}");
            found.extend(list(&said["errors"]).map(|error| Finding {
                tool: "check-jsonschema",
                file: self.name(text(&error["filename"])),
                line: 0,
                rule: text(&error["path"]).to_owned(),
                message: text(&error["message"]).to_owned(),
            }));
        }
        found
    }

    fn zizmor(&self) -> Vec<Finding> {
        self.files.iter().flat_map(|(place, name)| zizmor(place, name)).collect()
    }
}

/// What zizmor has against a file. One that it cannot read is against it as well.
fn zizmor(place: &Utf8Path, name: &str) -> Vec<Finding> {
    let mut zizmor = tool("zizmor");
    zizmor.args(["--offline", "--no-config", "--no-progress", "--quiet", "--persona=pedantic"]);
    zizmor.args(["--format=json-v1", "--no-exit-codes", "--strict-collection"]).arg(place);
    let output = zizmor.output().expect("it starts");
    let finding = |line, rule: &str, message: &str| Finding {
        tool: "zizmor",
        file: name.to_owned(),
        line,
        rule: rule.to_owned(),
        message: message.to_owned(),
    };
    if !output.status.success() {
        return vec![finding(0, "unreadable", &String::from_utf8_lossy(&output.stderr))];
    }
    let said: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let of = |one: &Value| {
        let primary = list(&one["locations"]).find(|at| at["symbolic"]["kind"] == "Primary");
        let at = primary.cloned().unwrap_or_default();
        let line = at["concrete"]["location"]["start_point"]["row"].as_u64().unwrap_or(0) + 1;
        finding(line, text(&one["ident"]), text(&at["symbolic"]["annotation"]))
    };
    list(&said).filter(|one| one["ignored"] != true).map(of).collect()
}

/// A shell script with its `#!` line, and where it is.
pub(crate) struct Script {
    pub(crate) file: String,
    /// Of the line before its first one.
    pub(crate) line: u64,
    pub(crate) text: String,
}

/// What shellcheck has against scripts.
pub(crate) fn shellcheck(scripts: &[Script]) -> Vec<Finding> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut found = Vec::new();
    for script in scripts {
        let file = folder.path().join("script");
        fs::write(&file, &script.text).expect("it can be written");
        let mut shellcheck = tool("shellcheck");
        shellcheck.args(["--norc", "--format=json1"]).arg(&file);
        let said = said(&mut shellcheck, &[0, 1]);
        found.extend(list(&said["comments"]).map(|comment| Finding {
            tool: "shellcheck",
            file: script.file.clone(),
            line: script.line + comment["line"].as_u64().unwrap_or(0),
            rule: format!("SC{}", comment["code"]),
            message: text(&comment["message"]).to_owned(),
        }));
    }
    found
}

fn tool(name: &str) -> Command {
    Command::new(node::tools().with_file_name(name))
}

/// The JSON that `command` says.
fn said(command: &mut Command, codes: &[i32]) -> Value {
    let output = command.output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code().is_some_and(|code| codes.contains(&code)), "{command:?}\n{errors}");
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}\n{errors}"))
}

fn list(value: &Value) -> std::slice::Iter<'_, Value> {
    value.as_array().map(Vec::as_slice).unwrap_or_default().iter()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
