//! `completions` and `man`.
#![cfg(unix)]

use std::process::Command;

use fs_err as fs;

use crate::support::{Fixture, lambdaship};

/// What bash offers once `words` were typed, the last of them in part, as `name` asks for it.
fn offered(script: &str, name: &str, words: &[&str]) -> Vec<String> {
    let complete = r#"
        script=$1 name=$2; shift 2
        source "$script"
        _cargo() { COMPREPLY=(build bench); }
        [[ $(complete -p "$name") =~ -F\ ([^ ]+) ]]
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        "${BASH_REMATCH[1]}" "$name" "${@: -1}" "${@: -2:1}"
        echo "${COMPREPLY[@]}"
    "#;
    let mut bash = Command::new("bash");
    // A language that is not installed would be complained of.
    bash.env("LC_ALL", "C").env_remove("BASH_ENV");
    let output = bash.args(["--norc", "-c", complete, "bash", script, name]).args(words).output();
    let output = output.expect("bash starts");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    String::from_utf8_lossy(&output.stdout).split_whitespace().map(str::to_owned).collect()
}

#[test]
fn bash_completes_the_binary_and_the_subcommand_of_cargo() {
    let fixture = Fixture::new(&[]);
    let script = lambdaship(&fixture).args(&["completions", "bash"]).output().exited(0).stdout;
    fixture.write("completions.bash", &script);
    let path = fixture.root().join("completions.bash");
    for (typed, found) in [
        (vec!["dep"], "deploy"),
        (vec!["local", "--url"], "--url-port"),
        (vec!["deploy", "--format", "js"], "json"),
    ] {
        let words = |program: &[&'static str]| [program, &typed[..]].concat();
        let binary = offered(path.as_str(), "cargo-lambdaship", &words(&["cargo-lambdaship"]));
        assert_eq!(binary, [found], "{typed:?}");
        assert_eq!(offered(path.as_str(), "cargo", &words(&["cargo", "lambdaship"])), binary, "{typed:?}");
    }
    assert_eq!(offered(path.as_str(), "cargo", &["cargo", "b"]), ["build", "bench"]);
}

#[test]
fn every_shell_has_a_script_that_knows_the_verbs() {
    let fixture = Fixture::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let script = lambdaship(&fixture).args(&["completions", shell]).output().exited(0).stdout;
        assert!(script.contains("cargo-lambdaship") && script.contains("rollback"), "{shell}");
    }
}

#[test]
fn there_is_a_manual_page_for_the_whole_and_one_for_each_verb() {
    let fixture = Fixture::new(&[]);
    let whole = lambdaship(&fixture).args(&["man"]).output().exited(0).stdout;
    assert!(whole.contains(".TH cargo-lambdaship 1"), "{whole}");
    let written = lambdaship(&fixture).args(&["man", "--output-dir", "man/one"]).output().exited(0);
    assert_eq!(written.stdout, "");
    let page = |name: &str| fs::read_to_string(fixture.root().join("man/one").join(name));
    assert_eq!(page("cargo-lambdaship.1").expect("the page of the whole"), whole);
    for name in ["deploy", "local", "rollback"] {
        let page = page(&format!("cargo-lambdaship-{name}.1")).expect("the page of a verb");
        assert!(page.contains(&format!("cargo lambdaship {name}")), "{page}");
        assert!(whole.contains(&format!("cargo\\-lambdaship\\-{name}(1)")), "{whole}");
    }
}
