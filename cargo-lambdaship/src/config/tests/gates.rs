//! `[gates]`, and `gates` of an environment.

use insta::assert_snapshot;

use super::{parse, refused, resolve};
use crate::model::GatesPolicy;

#[test]
fn gates_are_read_as_they_are_written() {
    let text = "[gates]\nrun = [\"fmt\", \"licenses\"]\ncoverage-threshold = 92.5\n\
                [gates.custom.licenses]\ncommand = [\"./licenses.sh\", \"--strict\"]\nremember = true\n\
                [gates.custom.other]\ncommand = [\"x\"]\n";
    let gates = parse(text).unwrap().gates();
    assert_eq!(gates.run, Some(vec!["fmt".to_owned(), "licenses".to_owned()]));
    assert_eq!(gates.coverage_threshold, Some(92.5));
    assert_eq!(gates.custom["licenses"].command, ["./licenses.sh", "--strict"]);
    assert_eq!((gates.custom["licenses"].remember, gates.custom["other"].remember), (true, false));
    assert_eq!(parse("").unwrap().gates(), crate::model::Gates::default());
    assert_eq!(parse("[gates]\ncoverage-threshold = 100\n").unwrap().gates().coverage_threshold, Some(100.0));
}

#[test]
fn an_environment_can_require_them() {
    let text = "[env.prod]\ngates = \"required\"\n[env.staging]\n";
    assert_eq!(resolve(text, "prod").unwrap().gates, GatesPolicy::Required);
    assert_eq!(resolve(text, "staging").unwrap().gates, GatesPolicy::Optional);
    assert!(parse(text).unwrap().requires_gates());
    assert!(!parse("[env.staging]\ngates = \"optional\"\n").unwrap().requires_gates());
}

#[test]
fn what_is_wrong_is_shown_with_the_nearest_name() {
    let text = "[gates]\nrun = [\"fmt\", \"clipy\", \"fmt\", \"licences\"]\ncoverage-threshold = 101\ncustoms = 1\n\
                [gates.custom.licenses]\ncommand = []\n[gates.custom.fmt]\ncommand = [\"x\"]\n\
                [gates.custom.\"a b\"]\ncommand = \"x\"\n[gates.custom.none]\n[env.prod]\ngates = \"require\"\n";
    assert_snapshot!(refused(text, "prod"), @r#"
    lambdaship.toml has 11 problems

    there is no gate `clipy`
     --> lambdaship.toml:2:15
      |
    2 | run = […, "clipy", …, …]
      |           ^^^^^^^
      = help: did you mean `clippy`? The gates are `fmt`, `clippy`, `test`, `doctest`, `audit`, `deny`, `coverage`, `licenses`, `none`

    `run` has `fmt` twice
     --> lambdaship.toml:2:24
      |
    2 | run = […, …, "fmt", …]
      |              ^^^^^

    there is no gate `licences`
     --> lambdaship.toml:2:31
      |
    2 | run = […, …, …, "licences"]
      |                 ^^^^^^^^^^
      = help: did you mean `licenses`? The gates are `fmt`, `clippy`, `test`, `doctest`, `audit`, `deny`, `coverage`, `licenses`, `none`

    `coverage-threshold` must be a percentage from 0 to 100
     --> lambdaship.toml:3:22
      |
    3 | coverage-threshold = 101
      |                      ^^^

    unknown key `customs` in [gates]
     --> lambdaship.toml:4:1
      |
    4 | customs = …
      | ^^^^^^^
      = help: did you mean `custom`?

    `command` must begin with a program
     --> lambdaship.toml:6:1
      |
    6 | command = []
      | ^^^^^^^

    `fmt` cannot be the name of a gate: there is one of that name already
     --> lambdaship.toml:7:15
      |
    7 | [gates.custom.fmt]
      |               ^^^

    `a b` cannot be the name of a gate: it takes letters, digits, `-` and `_`, begins with a letter or a digit, and has at most 40 characters
     --> lambdaship.toml:9:15
      |
    9 | [gates.custom."a b"]
      |               ^^^^^

    `command` must be an array of strings, not a string
      --> lambdaship.toml:10:1
       |
    10 | command = …
       | ^^^^^^^

    gate `none` has no `command`
      --> lambdaship.toml:11:15
       |
    11 | [gates.custom.none]
       |               ^^^^
      = help: write `command = ["program", "argument"]`

    `gates` must be `optional` or `required`, not `require`
      --> lambdaship.toml:13:9
       |
    13 | gates = "require"
       |         ^^^^^^^^^
      = help: did you mean `required`?
    "#);
}
