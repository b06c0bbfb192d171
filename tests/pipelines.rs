//! The pipelines that `init` writes, as a user finds them.

use std::process::Command;

use fs_err as fs;

use crate::support::run::{self, Outcome, redactions};
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
    let output = run::git(&fixture.root()).args(arguments).output().expect("git runs");
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
    let first = ["--github", "--pin", "1111111111111111111111111111111111111111"];
    redactions(&fixture).bind(|| insta::assert_snapshot!("written", init(&fixture, &first).exited(0)));
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
    assert!(text(".github/workflows/lambdaship-cd.yml").contains("@11111111"), "it is as it was");

    init(&fixture, &[&pinned[..], &["--force"]].concat()).exited(0);
    // What somebody pinned stays, also without the flag.
    let again = init(&fixture, &["--github", "--force"]).exited(0);
    assert_eq!(again.stderr.matches("   Unchanged ").count(), 6, "{again}");
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
fn the_branch_that_is_shipped_is_said_and_can_be_named() {
    let fixture = Fixture::new(&["hello"]);
    fixture.write("lambdaship.toml", CHAIN);
    git(&fixture, &["init", "--quiet", "--initial-branch", "feature-x"]);
    git(&fixture, &["commit", "--quiet", "--allow-empty", "--message", "x"]);
    let guessed = init(&fixture, &["--github"]).exited(0);
    assert!(
        guessed.stderr.contains("Shipping branch feature-x\nwarning: nothing says which branch"),
        "{guessed}"
    );
    let named = init(&fixture, &["--github", "--force", "--branch", "stable"]).exited(0);
    assert!(named.stderr.contains("Shipping branch stable\n"), "{named}");
    assert!(!named.stderr.contains("nothing says which branch"), "{named}");
    let cd = parsed(&fixture, ".github/workflows/lambdaship-cd.yml");
    assert_eq!(cd["true"]["push"]["branches"][0], "stable");
    let condition = cd["jobs"]["deploy-staging"]["if"].as_str().expect("a condition");
    assert!(condition.contains("github.ref == 'refs/heads/stable'"), "{condition}");
    init(&fixture, &["--github", "--branch", "${{ x }}"]).exited(1);
}

#[test]
fn what_cannot_work_is_said_before_it_is_tried() {
    let fixture = Fixture::new(&["hello"]);
    fixture.write("lambdaship.toml", "[env.staging\n");
    init(&fixture, &["--github"]).exited(2);
    fixture.write("lambdaship.toml", "[env.staging]\n\n[env.staging-plan]\n");
    let refused = init(&fixture, &["--github"]).exited(1);
    assert!(refused.stderr.contains("`staging-plan` is what pipelines call"), "{refused}");
    assert!(!fixture.root().join(".github").exists());
    let staging = "[env.staging]\naccount = \"111111111111\"\n\n";
    fixture.write(
        "lambdaship.toml",
        &format!(
            "{staging}[env.prod]\naccount = \"222222222222\"\nfrom = \"staging\"\ngates = \"required\"\n"
        ),
    );
    let warned = init(&fixture, &["--github"]).exited(0);
    for part in
        ["in another account (111111111111; `prod` is in 222222222222)", "has no store", "`prod-approval`"]
    {
        assert!(warned.stderr.contains(part), "{part}: {warned}");
    }
}

#[test]
#[cfg(unix)]
fn a_job_of_gitlab_ends_as_the_program_does_and_says_why() {
    let fixture = Fixture::new(&["hello"]);
    fixture.write("lambdaship.toml", CHAIN);
    init(&fixture, &["--ci", "gitlab"]).exited(0);
    let gitlab = parsed(&fixture, ".gitlab-ci.yml");
    let before = gitlab[".tools"]["before_script"].as_array().expect("commands");
    let words = before.iter().filter_map(|line| line.as_str()).find(|line| line.contains("lambdaship() {"));
    let deploy = gitlab["deploy-staging"]["script"][0].as_str().expect("a command");
    let script = format!("set -eo pipefail\n{}\n{deploy}\necho after", words.expect("the function"));
    let path = stub(&fixture, "cargo", "exit \"$CODE\"\n");
    for (code, said) in [(0, ""), (1, ""), (5, "rolled back"), (6, "another deployer"), (7, "act now")] {
        let mut command = Command::new("bash");
        command.args(["-c", &script]).env("PATH", &path).env("CODE", code.to_string()).env("LC_ALL", "C");
        let output = command.output().expect("bash runs");
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(code), code != 0), "{stderr}");
        assert!(stderr.contains(said) && stderr.is_empty() == said.is_empty(), "{code}: {stderr}");
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

/// A path with a folder before all others that has one program of this name.
#[cfg(unix)]
fn stub(fixture: &Fixture, name: &str, text: &str) -> std::ffi::OsString {
    let folder = fixture.root().join("target/stubs");
    fs::create_dir_all(&folder).expect("the folder can be made");
    run::program(&folder.join(name), &format!("#!/bin/bash\n{text}"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::iter::once(folder.into_std_path_buf()).chain(std::env::split_paths(&path));
    std::env::join_paths(folders).expect("folders without a colon")
}

#[test]
#[cfg(unix)]
fn a_step_of_codebuild_ends_as_the_program_does_and_says_why() {
    let fixture = Fixture::new(&["hello"]);
    fixture.write("lambdaship.toml", CHAIN);
    init(&fixture, &["--ci", "codebuild"]).exited(0);
    let buildspec = parsed(&fixture, "buildspec.cd.yml");
    let commands = buildspec["phases"]["build"]["commands"].as_array().expect("commands");
    let script =
        commands.iter().map(|command| command.as_str().expect("a text")).collect::<Vec<_>>().join("\n");
    // Says what it was asked, and fails as the test wishes where the words are the ones that the test has.
    let path =
        stub(&fixture, "cargo", "echo \"$@\"\ncase \" $* \" in *\" $FAIL \"*) exit \"$CODE\" ;; esac\n");
    let step = |action: &str, fail: &str, code: &str| {
        let mut command = Command::new("bash");
        command.args(["-c", &script]).current_dir(fixture.root()).env("PATH", &path).env("LC_ALL", "C");
        command.env("ACTION", action).env("ENVIRONMENT", "prod").env("FROM", "staging");
        command
            .env("FAIL", fail)
            .env("CODE", code)
            .env("CODEBUILD_SRC_DIR_plan", fixture.root().join("target/stubs"));
        let output = command.output().expect("bash runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    for (action, asked) in [
        ("deploy", "lambdaship gate --env prod\nlambdaship deploy --env prod --wait=30m\n"),
        ("plan", "lambdaship plan --env prod --out target/lambdaship/plan.json\n"),
        ("deploy-plan", "lambdaship deploy --env prod --plan target/lambdaship/plan.json --wait=30m\n"),
        ("promote", "lambdaship promote --from staging --to prod --wait=30m\n"),
        ("rollback", "lambdaship rollback --env prod\n"),
    ] {
        assert_eq!(step(action, "nothing", "0"), (Some(0), asked.to_owned(), String::new()), "{action}");
    }
    assert_eq!(
        step("deploy", "gate", "4"),
        (Some(4), "lambdaship gate --env prod\n".to_owned(), String::new())
    );
    assert_eq!(step("deploy", "deploy", "5").2, "prod: rolled back, the old version serves everything\n");
    let stuck = step("rollback", "rollback", "7");
    assert!(stuck.0 == Some(7) && stuck.2.contains("act now"), "{stuck:?}");
    assert_eq!(step("destroy", "nothing", "0").0, Some(2));
}

#[test]
#[cfg(unix)]
fn what_a_fork_left_is_taken_as_data_and_not_beyond_a_size() {
    let fixture = Fixture::new(&["hello"]);
    fixture.write("lambdaship.toml", CHAIN);
    init(&fixture, &["--github"]).exited(0);
    let workflow = parsed(&fixture, ".github/workflows/lambdaship-pr-comment.yml");
    let script = workflow["jobs"]["comment"]["steps"][0]["run"].as_str().expect("a script");
    // A good one, one that unpacks to more than a job has room for, one with a way out of the folder, and one that is no zip.
    let pack = "import zipfile\n\
        def pack(name, file, bytes):\n    zipfile.ZipFile(name, 'w', zipfile.ZIP_DEFLATED).writestr(file, bytes)\n\
        pack('1', 'run.json', '{}')\npack('2', 'run.json', bytes(50_000_000))\npack('3', '../run.json', '{}')\n\
        open('4', 'w').write('no zip')\n";
    let left = fixture.root().join("target/left");
    fs::create_dir_all(&left).expect("the folder can be made");
    let packed = Command::new(python()).args(["-c", pack]).current_dir(&left).status().expect("Python runs");
    assert!(packed.success());
    let answers = "case \"$*\" in\n  *artifacts?per_page*) printf '1 MQ==\\n2 Mg==\\n3 Mw==\\n4 NA==\\n' ;;\n  \
        *) id=${2%/zip}; cat \"$LEFT/${id##*/}\" ;;\nesac\n";
    let path = stub(&fixture, "gh", answers);
    let mut step = Command::new("bash");
    step.args(["-e", "-c", script]).current_dir(&left).env("PATH", path).env("LEFT", &left);
    let output = step.env("GITHUB_REPOSITORY", "o/r").env("RUN", "7").output().expect("bash runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let size =
        |id: u8| fs::metadata(left.join(format!("lambdaship-results/{id}.json"))).ok().map(|file| file.len());
    assert_eq!([size(1), size(2), size(3), size(4)], [Some(2), Some(4_000_000), None, None]);
    assert!(!left.join("run.json").exists());
}
