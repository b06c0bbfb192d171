//! The pipelines that `init` writes, as a user finds them.

use std::process::Command;

use fs_err as fs;

use crate::support::run::{Outcome, redactions};
use crate::support::venv::python;
use crate::support::{Fixture, lambdaship};

const CHAIN: &str = "[env.staging]\n\n[env.prod]\nfrom = \"staging\"\n";

/// What Python's YAML makes of a file, as JSON.
fn parsed(fixture: &Fixture, path: &str) -> serde_json::Value {
    let read = "import json, sys, yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1], encoding='utf-8')), default=str))";
    // GitLab's own tag.
    let tag =
        "yaml.SafeLoader.add_constructor('!reference', lambda loader, node: loader.construct_sequence(node))";
    let program = read.replacen("; print", &format!("; {tag}; print"), 1);
    let output = Command::new(python())
        .args(["-c", &program])
        .arg(fixture.root().join(path))
        .output()
        .expect("Python runs");
    assert!(output.status.success(), "{path}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn git(fixture: &Fixture, arguments: &[&str]) {
    let output = Command::new("git").args(arguments).current_dir(fixture.root()).output().expect("git runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

fn init(fixture: &Fixture, arguments: &[&str]) -> Outcome {
    lambdaship(fixture).args(&["init"]).args(arguments).output()
}

#[test]
fn workflows_are_written_once_and_never_over_what_somebody_changed() {
    let fixture = Fixture::new(&["hello"]);
    fixture.write("lambdaship.toml", CHAIN);
    git(&fixture, &["init", "--quiet", "--initial-branch", "release/1.x"]);
    redactions(&fixture).bind(|| insta::assert_snapshot!("written", init(&fixture, &["--github"]).exited(0)));
    let cd = parsed(&fixture, ".github/workflows/lambdaship-cd.yml");
    let jobs: Vec<&str> = cd["jobs"].as_object().expect("jobs").keys().map(String::as_str).collect();
    assert_eq!(jobs.len(), 4, "{jobs:?}");
    assert_eq!(cd["jobs"]["deploy-prod"]["environment"]["name"], "prod");
    // `on` is a word for true in YAML 1.1.
    assert_eq!(cd["true"]["push"]["branches"][0], "release/1.x");

    let path = ".github/workflows/lambdaship-drift.yml";
    let pinned = ["--github", "--pin", "0123456789abcdef0123456789abcdef01234567"];
    fixture.write(path, "name: mine\n");
    let refused = init(&fixture, &pinned).exited(1);
    assert!(refused.stderr.contains("are there already, and would be overwritten"), "{refused}");
    assert!(refused.stderr.contains("hint: `--force` overwrites; nothing was written"), "{refused}");
    let text = |path: &str| fs::read_to_string(fixture.root().join(path)).expect("it is there");
    assert_eq!(text(path), "name: mine\n");
    assert!(text(".github/workflows/lambdaship-cd.yml").contains("@v"), "nothing was written");

    init(&fixture, &[&pinned[..], &["--force"]].concat()).exited(0);
    assert!(text(path).contains("cargo-lambdaship@0123456789abcdef0123456789abcdef01234567 # v"));
    assert_eq!(text("lambdaship.toml"), CHAIN);
    let again = init(&fixture, &pinned).exited(0);
    assert_eq!(again.stderr.matches("   Unchanged ").count(), 6, "{again}");
}

#[test]
fn a_workspace_without_anything_gets_a_configuration_and_the_usual_environments() {
    let fixture = Fixture::new(&["hello"]);
    redactions(&fixture)
        .bind(|| insta::assert_snapshot!("anew", init(&fixture, &["--ci", "codebuild"]).exited(0)));
    assert!(fixture.root().join("lambdaship.toml").exists());
}

#[test]
fn pipelines_of_other_systems_are_what_they_can_read() {
    let fixture = Fixture::new(&["hello"]);
    // Names that YAML takes for other things.
    fixture.write("lambdaship.toml", "[env.on]\n\n[env.1]\nfrom = \"on\"\n");
    init(&fixture, &["--ci", "gitlab"]).exited(0);
    let gitlab = parsed(&fixture, ".gitlab-ci.yml");
    for job in ["gates", "plan-on", "deploy-on", "plan-1", "deploy-1", "rollback-on", "rollback-1"] {
        assert!(gitlab[job]["script"].is_array(), "{job}: {gitlab}");
    }
    assert_eq!(gitlab["deploy-1"]["environment"]["name"], "1");
    assert_eq!(gitlab["deploy-on"]["environment"]["name"], "on");
    init(&fixture, &["--ci", "codebuild"]).exited(0);
    for file in ["buildspec.pr.yml", "buildspec.cd.yml"] {
        let buildspec = parsed(&fixture, file);
        assert_eq!(buildspec["version"], 0.2);
        for command in buildspec["phases"]["build"]["commands"].as_array().expect("commands") {
            let checked = Command::new("bash").args(["-n", "-c", command.as_str().expect("a text")]).output();
            assert!(checked.expect("bash runs").status.success(), "{file}: {command}");
        }
    }
}

#[test]
fn a_pin_is_a_whole_commit() {
    let fixture = Fixture::new(&["hello"]);
    for pin in ["main", "v0.1.0", "0123456789ABCDEF0123456789ABCDEF01234567", "0123456"] {
        let refused = init(&fixture, &["--github", "--pin", pin]).exited(2);
        assert!(refused.stderr.contains("a commit is 40 hexadecimal digits"), "{refused}");
    }
    init(&fixture, &["--pin", "0123456789abcdef0123456789abcdef01234567"]).exited(2);
}
