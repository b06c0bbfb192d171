//! Nothing is wrong with the action, the workflows and the scripts, as far as tools can tell; and the tools can tell.

use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;

use crate::lint::{Desk, Finding, Script, shellcheck};
use crate::support::{Fixture, lambdaship, tests_folder};

fn repository() -> Utf8PathBuf {
    tests_folder().parent().expect("the repository").to_owned()
}

/// The files of this folder with this extension, by what they are called in the repository.
fn files(folder: &str, extension: &str) -> Vec<(String, Utf8PathBuf)> {
    let Ok(entries) = repository().join(folder).read_dir_utf8() else { return Vec::new() };
    let paths = entries.map(|entry| entry.expect("an entry").into_path());
    let chosen = paths.filter(|path| path.extension() == Some(extension));
    let named = chosen.map(|path| (name(&path), path));
    named.collect()
}

fn name(path: &Utf8Path) -> String {
    path.strip_prefix(repository()).expect("it is in the repository").to_string()
}

#[test]
fn nothing_is_wrong_with_the_action_and_the_workflows() {
    let own = repository().join("action.yml");
    let samples = files("tests/action/samples", "yml");
    let all = [
        vec![("action.yml".to_owned(), own.clone())],
        files("workflow-templates", "yml"),
        files(".github/workflows", "yml"),
    ];
    assert!(samples.len() > 3, "they are found: {samples:?}");
    assert_none(&Desk::new(&all.concat()).findings(Some(&own)));
}

#[test]
fn nothing_is_wrong_with_the_workflows_that_init_writes() {
    let own = repository().join("action.yml");
    let fixture = Fixture::new(&["hello"]);
    // More environments than the templates have, one of which two others follow, and a workspace below the repository.
    fixture.configure(
        "[env.dev]\n\n[env.qa]\nfrom = \"dev\"\n\n[env.prod]\nfrom = \"qa\"\n\n[env.demo]\nfrom = \"qa\"\n",
    );
    let repository = fixture.root().with_file_name("");
    let init = Command::new("git").args(["init", "--quiet"]).arg(&repository).status();
    assert!(init.expect("git starts").success());
    lambdaship(&fixture).args(&["init", "--github", "--pin", &"1".repeat(40)]).output().exited(0);
    let folder = repository.join(".github/workflows");
    let written = folder.read_dir_utf8().expect("they are there").map(|entry| entry.expect("an entry"));
    let files: Vec<_> =
        written.map(|entry| (format!("init-{}", entry.file_name()), entry.into_path())).collect();
    assert_eq!(files.len(), 6, "{files:?}");
    assert_none(&Desk::new(&files).findings(Some(&own)));
}

#[test]
fn nothing_is_wrong_with_the_scripts() {
    let scripts = [
        files("action", "sh"),
        files("action/release", "sh"),
        vec![(".ci/run".to_owned(), repository().join(".ci/run"))],
    ]
    .concat();
    let scripts: Vec<_> = scripts
        .into_iter()
        .map(|(file, path)| Script { file, line: 0, text: fs::read_to_string(path).expect("it can be read") })
        .collect();
    assert!(scripts.len() > 1, "the action's script is found");
    assert_none(&shellcheck(&scripts));
}

fn assert_none(findings: &[Finding]) {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

/// Each file in `tests/action/bad/` begins with the findings that it is there for: `# <tool> <rule>` or, where a rule has no
/// name, `# <tool> <words of the message>`; as many lines as there have to be findings.
#[test]
fn each_lint_finds_what_it_is_for() {
    let bad = files("tests/action/bad", "yml");
    let findings = Desk::new(&bad).findings(Some(&repository().join("action.yml")));
    let mut missing = Vec::new();
    for (name, path) in &bad {
        let text = fs::read_to_string(path).expect("it can be read");
        let expected: Vec<_> = text.lines().map_while(|line| line.strip_prefix("# ")).collect();
        assert!(!expected.is_empty(), "{name} says nothing");
        for wanted in &expected {
            let (tool, what) = wanted.split_once(' ').expect("a tool and a rule");
            let hit = |one: &&Finding| {
                one.file == *name && one.tool == tool && (one.rule == what || one.message.contains(what))
            };
            let (least, found) =
                (expected.iter().filter(|one| *one == wanted).count(), findings.iter().filter(hit).count());
            if found < least {
                missing.push(format!("{name}: {wanted}, {found} of {least}"));
            }
        }
    }
    let all: Vec<_> = findings.iter().map(ToString::to_string).collect();
    assert!(missing.is_empty(), "not found: {missing:#?}\nfound: {all:#?}");
}
