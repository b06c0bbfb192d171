//! Bodies as they are read.

mod budget;
mod headlines;
mod texts;

use crate::report::run::RunReport;

/// The documents `tests/fixtures/comment/NAME.json`.
fn runs(names: &[&str]) -> Vec<RunReport> {
    names.iter().map(|name| run(name)).collect()
}

fn run(name: &str) -> RunReport {
    let root = env!("CARGO_MANIFEST_DIR");
    let text = fs_err::read_to_string(format!("{root}/../tests/fixtures/comment/{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

const LINK: Option<&str> = Some("https://github.example/acme/shop/actions/runs/42");

/// The bodies are kept beside this file, each as GitHub gets it.
#[test]
fn bodies_are_as_kept() {
    let usual = [
        "unchanged",
        "plan",
        "deployed",
        "gates-failed",
        "rolled-back",
        "nothing-reached",
        "cancelled",
        "drift",
        "checked",
        "pruned",
        "hostile",
    ];
    for name in usual {
        insta::assert_snapshot!(name, super::render(&runs(&[name]), LINK));
    }
    insta::assert_snapshot!(
        "environments",
        super::render(&runs(&["checked", "plan", "plan-production"]), LINK)
    );
    insta::assert_snapshot!("nothing", super::render(&[], None));
    insta::assert_snapshot!("summary", super::summary(&runs(&["plan", "plan-production"])));
}
