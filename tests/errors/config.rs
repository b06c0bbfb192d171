//! A configuration, an environment or a workspace that is not as it should be. Nothing is built or sent.

use super::case::Case;

#[test]
fn a_wrong_key() {
    let case = Case::configured("[function]\nmemroy = 256\n");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: lambdaship.toml has 1 problem

    unknown key `memroy` in [function]
     --> lambdaship.toml:2:1
      |
    2 | memroy = …
      | ^^^^^^
      = help: did you mean `memory`?
    ");
}

#[test]
fn a_wrong_type() {
    let case = Case::configured("[function]\nmemory = \"lots\"\n");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @r#"
    exit: 2
    ----- stdout
    ----- stderr
    error: lambdaship.toml has 1 problem

    `memory` must be an integer, not a string
     --> lambdaship.toml:2:10
      |
    2 | memory = "lots"
      |          ^^^^^^
    "#);
}

#[test]
fn two_problems_at_once() {
    let case = Case::configured("[function]\narch = \"arm\"\n\n[env.staging]\nregoin = \"eu-west-1\"\n");
    insta::assert_snapshot!(case.run("plan --env staging").output(), @r#"
    exit: 2
    ----- stdout
    ----- stderr
    error: lambdaship.toml has 2 problems

    `arch` must be `arm64` or `x86_64`, not `arm`
     --> lambdaship.toml:2:8
      |
    2 | arch = "arm"
      |        ^^^^^

    unknown key `regoin` in [env.staging]
     --> lambdaship.toml:5:1
      |
    5 | regoin = …
      | ^^^^^^
      = help: did you mean `region`?
    "#);
}

#[test]
fn not_toml() {
    let case = Case::configured("[function\nmemory = 256\n");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: lambdaship.toml has 1 problem

    not TOML: unclosed table, expected `]`
     --> lambdaship.toml:1:10
    ");
}

#[test]
fn an_unknown_environment() {
    let case = Case::configured("[env.staging]\nregion = \"eu-west-1\"\n");
    insta::assert_snapshot!(case.run("deploy --env stagin").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: there is no environment `stagin` in lambdaship.toml
    hint: did you mean `staging`? The environments are `staging`, `local`; add one with a section `[env.stagin]` in lambdaship.toml
    ");
}

#[test]
fn an_environment_without_a_configuration() {
    insta::assert_snapshot!(Case::new().run("deploy --env staging").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: there is no environment `staging` in lambdaship.toml
    hint: there is only `local`; add one with a section `[env.staging]` in lambdaship.toml
    ");
}

#[test]
fn no_environment() {
    insta::assert_snapshot!(Case::new().run("deploy").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: no environment was given
    hint: pass --env NAME, or set LAMBDASHIP_ENV; `--env local` needs no AWS account
    ");
}

#[test]
fn an_unknown_function() {
    insta::assert_snapshot!(Case::new().run("deploy --env local -f helo").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: there is no function `helo` in the workspace
    hint: did you mean `hello`?
    ");
}

#[test]
fn an_env_file_that_is_not_there() {
    let case = Case::configured("[functions.hello]\nenv-file = \"secrets.env\"\n");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @r#"
    exit: 2
    ----- stdout
    ----- stderr
    error: lambdaship.toml has 1 problem

    `env-file` names [TEMP]/workspace/secrets.env, which does not exist
     --> lambdaship.toml:2:12
      |
    2 | env-file = "secrets.env"
      |            ^^^^^^^^^^^^^
    "#);
}

#[test]
fn a_configuration_that_is_not_there() {
    insta::assert_snapshot!(Case::new().run("deploy --env local --config other.toml").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: there is no configuration file [TEMP]/workspace/other.toml
    hint: `cargo lambdaship init` writes one
    ");
}

#[test]
fn a_folder_as_configuration() {
    let case = Case::new();
    insta::assert_snapshot!(case.run("deploy --env local --config functions").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: could not read the configuration
    caused by: failed to read from file `[TEMP]/workspace/functions`: Is a directory (os error 21)
    ");
}

/// It must not count as no configuration: what it says would be missing.
#[cfg(unix)]
#[test]
fn a_link_to_a_configuration_that_is_not_there() {
    let case = Case::new();
    let link = case.fixture.root().join("lambdaship.toml");
    fs_err::os::unix::fs::symlink("elsewhere.toml", link).expect("a link");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: [TEMP]/workspace/lambdaship.toml is a link to elsewhere.toml, which does not exist
    hint: correct the link, or remove it to go without a configuration
    ");
}

#[test]
fn a_configuration_that_is_not_text() {
    let case = Case::new();
    fs_err::write(case.fixture.root().join("lambdaship.toml"), b"# \xff\n").expect("written");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @"
    exit: 2
    ----- stdout
    ----- stderr
    error: could not read the configuration
    caused by: failed to read from file `[TEMP]/workspace/lambdaship.toml`: stream did not contain valid UTF-8
    ");
}

#[test]
fn no_workspace() {
    let case = Case::new();
    fs_err::remove_file(case.fixture.root().join("Cargo.toml")).expect("removed");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: cargo could not read the workspace: could not find `Cargo.toml` in `[TEMP]/workspace` or any parent directory
    hint: run this inside a cargo workspace, or give `--manifest-path`
    ");
}

#[test]
fn a_workspace_that_cargo_refuses() {
    let case = Case::new();
    case.fixture.edit("functions/hello/Cargo.toml", "edition = \"2024\"", "edition = 2024");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: cargo could not read the workspace: invalid type: integer `2024`, expected a string or workspace
     --> functions/hello/Cargo.toml:4:11
      |
    4 | edition = 2024
      |           ^^^^
    error: failed to load manifest for workspace member `[TEMP]/workspace/functions/hello`
    referenced via `functions/*` by workspace at `[TEMP]/workspace/Cargo.toml`
    ");
}

#[test]
fn a_workspace_without_functions() {
    let case = Case::new();
    let manifest = "functions/hello/Cargo.toml";
    case.fixture.edit(manifest, "lambda_runtime = { path = \"../../lambda_runtime\" }\n", "");
    insta::assert_snapshot!(case.run("deploy --env local").output(), @"
    exit: 1
    ----- stdout
    ----- stderr
    error: the workspace has no function
    hint: a function is a binary of a package that depends on `lambda_runtime` or `lambda_http`
    ");
}

/// One document, also when nothing was reached; the words are on stderr as ever.
#[test]
fn json_says_it_too() {
    let case = Case::configured("[env.staging]\nregion = \"eu-west-1\"\n");
    for verb in ["plan", "deploy", "rollback"] {
        let end = case.run(&format!("{verb} --env stagin --format json")).output().exited(2);
        assert!(end.stderr.starts_with("error: there is no environment `stagin`"), "{end}");
        let report: serde_json::Value = serde_json::from_str(&end.stdout).expect("one JSON document");
        let words = |name: &str| report[name].as_str().unwrap_or_default().to_owned();
        assert_eq!(
            ["schema", "command", "env", "result"].map(words),
            ["lambdaship.report/1", verb, "stagin", "failed"].map(str::to_owned)
        );
        let error = serde_json::to_string_pretty(&report["error"]).expect("JSON");
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @r#"
            {
              "causes": [],
              "exit": 2,
              "hint": "did you mean `staging`? The environments are `staging`, `local`; add one with a section `[env.stagin]` in lambdaship.toml",
              "message": "there is no environment `stagin` in lambdaship.toml"
            }
            "#);
        }
    }
}
