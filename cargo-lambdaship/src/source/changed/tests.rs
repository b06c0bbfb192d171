//! Changes in real repositories, and the functions that they concern.

use super::*;
use crate::model::EnvName;
use crate::process;
use crate::workspace::testing::{Fixture, RUNTIME};

const ROOT: &str = "[workspace]\nresolver = \"3\"\nexclude = [\"vendor\", \"shared\"]\nmembers = [\"hello\", \"worker\"]\n\
                    [workspace.dependencies]\nshared = { path = \"shared\" }\n[profile.release]\nopt-level = 3\n";
const CONFIG: &str = "[function]\nmemory = 256\nenv-file = \"settings.env\"\n[functions.hello]\nmemory = 512\n\
                      [env.staging]\nregion = \"eu-west-1\"\n[env.prod]\nregion = \"eu-west-1\"\n";
const LOCK: &str = "version = 4\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\ndependencies = [\"one\"]\n\
                    [[package]]\nname = \"worker\"\nversion = \"0.1.0\"\n[[package]]\nname = \"one\"\nversion = \"1.0.0\"\n\
                    source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";

/// A repository with two functions, of which `hello` depends on `shared`.
fn repository() -> Fixture {
    let hello = format!("{RUNTIME}shared.workspace = true\n");
    let fixture = Fixture::new(&[("hello", &hello), ("worker", RUNTIME)]);
    for (path, text) in [
        ("Cargo.toml", ROOT),
        ("Cargo.lock", LOCK),
        ("lambdaship.toml", CONFIG),
        ("settings.env", "AB=1\n"),
        (".gitignore", "target/\n*.log\n"),
        ("README.md", "# x\n"),
        ("worker/src/moved.rs", "// a file that is moved\n"),
        ("shared/Cargo.toml", "[package]\nname = \"shared\"\nversion = \"0.1.0\"\n"),
        ("shared/src/lib.rs", ""),
    ] {
        fixture.write(path, text);
    }
    git(&fixture, &["init", "--quiet"]);
    commit(&fixture);
    fixture
}

fn manifest(name: &str, dependencies: &str) -> String {
    format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n{RUNTIME}{dependencies}")
}

fn git(fixture: &Fixture, arguments: &[&str]) {
    git_in(&fixture.root, arguments);
}

fn git_in(folder: &Utf8Path, arguments: &[&str]) {
    let name = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"];
    let mut git = process::command("git");
    // A hook that runs the tests must not lead it elsewhere.
    for name in ["GIT_DIR", "GIT_INDEX_FILE", "GIT_WORK_TREE"] {
        git.env_remove(name);
    }
    let done = git.args(name).args(arguments).current_dir(folder).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

fn commit(fixture: &Fixture) {
    git(fixture, &["add", "--all"]);
    git(fixture, &["commit", "--quiet", "--message", "x"]);
}

fn since_commit(fixture: &Fixture, reference: &str) -> Result<String, Error> {
    let workspace = fixture.discover().unwrap();
    let config = crate::config::load(&fixture.context(), &workspace.root, None).unwrap();
    let environment = config.resolve(&EnvName::new("staging").unwrap(), &workspace).unwrap();
    let config_path = workspace.root.join("lambdaship.toml");
    let (workspace, config, environment) = (&workspace, &config, &environment);
    let found = since(&Now { workspace, config, config_path: &config_path, environment }, reference)?;
    Ok(found.iter().map(FunctionName::as_str).collect::<Vec<_>>().join(" "))
}

#[test]
fn a_change_selects_the_functions_that_it_concerns() {
    let fixture = repository();
    let edit = |path: &str, from: &str, to: &str| {
        let text = fs::read_to_string(fixture.root.join(path)).unwrap_or_default();
        let new = if from.is_empty() { to.to_owned() } else { text.replace(from, to) };
        assert_ne!(new, text, "{path}: {from}");
        fixture.write(path, &new);
    };
    for (path, from, to, expected) in [
        ("README.md", "x", "y", ""),
        ("hello/src/main.rs", "{}", "{ }", "hello"),
        ("hello/src/new file.rs", "", "// new", "hello"),
        ("hello/some.log", "", "ignored", ""),
        ("worker/Cargo.toml", "0.1.0", "0.2.0", "worker"),
        ("shared/src/lib.rs", "", "// more", "hello"),
        ("shared/data/new.txt", "", "new", "hello"),
        ("vendor/lambda_runtime/src/lib.rs", "", "// more", "hello worker"),
        ("Cargo.lock", "1.0.0", "1.0.1", "hello"),
        ("Cargo.lock", "version = 4", "version = 4\n", ""),
        ("Cargo.toml", "opt-level = 3", "opt-level = 2", "hello worker"),
        ("Cargo.toml", "{ path = \"shared\" }", "{ path = \"./shared\" }", "hello"),
        ("Cargo.toml", "[workspace]", "# a note\n[workspace]", ""),
        (".cargo/config.toml", "", "[net]", "hello worker"),
        ("rust-toolchain.toml", "", "[toolchain]\ncomponents = [\"rustc\"]\n", "hello worker"),
        ("worker/rust-toolchain.toml", "", "[toolchain]\ncomponents = [\"rustc\"]\n", "worker"),
        ("lambdaship.toml", "512", "1024", "hello"),
        ("lambdaship.toml", "[env.prod]\nregion = \"eu-west-1\"", "", ""),
        ("lambdaship.toml", "[env.staging]", "[env.staging]\nvariables = { AB = \"x\" }", "hello worker"),
        ("lambdaship.toml", "eu-west-1", "eu-west-2", "hello worker"),
        ("settings.env", "1", "2", "hello worker"),
    ] {
        edit(path, from, to);
        assert_eq!(since_commit(&fixture, "HEAD").unwrap(), expected, "{path}: {from} -> {to}");
        git(&fixture, &["reset", "--quiet", "--hard"]);
        git(&fixture, &["clean", "--quiet", "--force", "-d"]);
        assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "", "{path} as it was");
    }
}

#[test]
fn what_is_gone_or_moved_or_committed_counts_as_well() {
    let fixture = repository();
    fs::remove_file(fixture.root.join("worker/src/moved.rs")).unwrap();
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "worker");
    fixture.write("hello/src/moved.rs", "// a file that is moved\n");
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "hello worker");
    commit(&fixture);
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "");
    assert_eq!(since_commit(&fixture, "HEAD~1").unwrap(), "hello worker");
}

#[test]
fn what_git_passes_over_counts_as_well() {
    let fixture = repository();
    // Somebody's own rules, which no other machine has.
    fixture.write(".git/info/exclude", "*.rs\n");
    fixture.write("hello/src/excluded.rs", "// new");
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "hello");
    fixture.write(".git/info/exclude", "");
    commit(&fixture);
    fixture.write("worker/.gitignore", "/made\n");
    fixture.write("worker/made/Cargo.toml", "[package]\nname = \"made\"\nversion = \"0.1.0\"\n");
    fixture.write("worker/made/src/lib.rs", "");
    fixture.write("worker/Cargo.toml", &manifest("worker", "made = { path = \"made\" }\n"));
    commit(&fixture);
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "worker", "git ignores what it depends on");
}

#[test]
fn a_package_of_another_repository_counts() {
    let fixture = repository();
    let library = "[package]\nname = \"far\"\nversion = \"0.1.0\"\n";
    fixture.write("far/Cargo.toml", library);
    fixture.write("far/src/lib.rs", "");
    fixture.write("Cargo.toml", &ROOT.replace("\"shared\"]", "\"shared\", \"far\"]"));
    fixture.write("worker/Cargo.toml", &manifest("worker", "far = { path = \"../far\" }\n"));
    let far = fixture.root.join("far");
    git_in(&far, &["init", "--quiet"]);
    git_in(&far, &["add", "--all"]);
    git_in(&far, &["commit", "--quiet", "--message", "x"]);
    commit(&fixture);
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "");
    for (path, text) in [("far/src/lib.rs", "// edited"), ("far/src/new.rs", "// new")] {
        fixture.write(path, text);
        assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "worker", "{path}");
        git_in(&far, &["add", "--all"]);
        git_in(&far, &["commit", "--quiet", "--message", "x"]);
        assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "worker", "{path}, committed there");
        commit(&fixture);
        assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "", "{path}, committed here");
    }
    git(&fixture, &["config", "diff.ignoreSubmodules", "all"]);
    fixture.write("far/src/lib.rs", "// edited again");
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "worker", "whatever is configured");
}

#[test]
fn a_package_outside_of_the_repository_may_have_changed() {
    let fixture = repository();
    let folder = tempfile::tempdir().unwrap();
    let far = Utf8Path::from_path(folder.path()).unwrap();
    fs::create_dir(far.join("src")).unwrap();
    fs::write(far.join("Cargo.toml"), "[package]\nname = \"far\"\nversion = \"0.1.0\"\n[workspace]\n")
        .unwrap();
    fs::write(far.join("src/lib.rs"), "").unwrap();
    fixture.write("worker/Cargo.toml", &manifest("worker", &format!("far = {{ path = '{far}' }}\n")));
    commit(&fixture);
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "worker");
}

#[test]
fn a_function_that_is_gone_selects_none_and_a_new_one_itself() {
    let fixture = repository();
    fs::remove_dir_all(fixture.root.join("worker")).unwrap();
    fixture.write("Cargo.toml", &ROOT.replace(", \"worker\"", ""));
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "");
    commit(&fixture);
    git(&fixture, &["checkout", "--quiet", "HEAD~1", "--", "."]);
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "worker");
}

#[test]
fn a_configuration_that_cannot_be_compared_selects_all() {
    let fixture = repository();
    fixture.write("lambdaship.toml", "memory = 1\n");
    commit(&fixture);
    fixture.write("lambdaship.toml", CONFIG);
    assert_eq!(since_commit(&fixture, "HEAD").unwrap(), "hello worker");
    assert_eq!(since_commit(&fixture, "HEAD~1").unwrap(), "");
}

#[test]
fn what_git_cannot_tell_is_an_error_with_a_way_out() {
    let fixture = repository();
    for reference in ["no-such-branch", "--output=x", "HEAD~1", ""] {
        let error = since_commit(&fixture, reference).unwrap_err();
        assert_eq!(error.to_string(), format!("git knows no commit `{reference}` here"));
        assert!(error.hint().unwrap().contains("fetch-depth: 0"));
    }
    let nothing = since_commit(&fixture, &"0".repeat(40)).unwrap_err();
    assert!(nothing.hint().unwrap().contains("new branch"), "{nothing}");
    let outside = Fixture::new(&[("hello", RUNTIME)]);
    outside.write("lambdaship.toml", "[env.staging]\n");
    assert!(matches!(since_commit(&outside, "HEAD"), Err(Error::NoRepository { .. })));
}
