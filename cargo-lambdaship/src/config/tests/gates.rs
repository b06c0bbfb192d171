//! `[gates]`, and `gates` of an environment.

use insta::assert_snapshot;

use super::{parse, refused, resolve};
use crate::model::GatesPolicy;

#[test]
fn gates_are_read_as_they_are_written() {
    let text = "[gates]\nrun = [\"fmt\", \"licenses\"]\ncoverage-threshold = 92.5\n\
                [gates.custom.licenses]\ncommand = [\"./licenses.sh\", \"--strict\"]\n";
    let gates = parse(text).unwrap().gates();
    assert_eq!(gates.run, Some(vec!["fmt".to_owned(), "licenses".to_owned()]));
    assert_eq!(gates.coverage_threshold, Some(92.5));
    assert_eq!(gates.custom["licenses"], ["./licenses.sh", "--strict"]);
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
    assert_snapshot!(refused(text, "prod"), @"");
}
