//! A reader of the comment sees what is meant: the bodies go through GitHub's own parser of markdown, and what comes out is
//! looked at.

use std::io::Write as _;
use std::process::Stdio;

use cargo_lambdaship::report::comment::{render, summary};
use cargo_lambdaship::report::run::RunReport;
use serde::Deserialize;

use crate::support::{tests_folder, venv};

const LINK: &str = "https://github.example/acme/shop/actions/runs/42";

/// What is in a page.
#[derive(Debug, Deserialize)]
struct Seen {
    /// The texts of the cells, by table and row.
    tables: Vec<Vec<Vec<String>>>,
    /// The headings.
    headings: Vec<String>,
    /// Where links go.
    links: Vec<String>,
    /// All tags, each once, in order.
    tags: Vec<String>,
    /// Attributes that are there, each once, in order.
    attributes: Vec<String>,
    /// Tags that are not closed, or closed without having been opened.
    unbalanced: Vec<String>,
    /// What is outside of `code` and `pre`, where GitHub looks for mentions and references.
    prose: String,
    /// What is within `code` and `pre`.
    code: Vec<String>,
}

/// `body` as GitHub's parser makes a page of it.
fn seen(body: &str) -> Seen {
    let mut parser = venv::script("tool/comment_seen.py")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("Python starts");
    parser.stdin.take().expect("a pipe").write_all(body.as_bytes()).expect("it reads");
    let output = parser.wait_with_output().expect("it ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn run(name: &str) -> RunReport {
    let path = tests_folder().join(format!("fixtures/comment/{name}.json"));
    serde_json::from_str(&fs_err::read_to_string(path).expect("a fixture")).expect("a document")
}

/// The tags that a body is made of.
const TAGS: &[&str] = &[
    "a", "b", "br", "code", "details", "h3", "li", "p", "pre", "sub", "summary", "table", "tbody", "td",
    "th", "thead", "tr", "ul",
];

impl Seen {
    /// Expects nothing but what a body is made of, and no link but the run's.
    fn assert_tame(&self) {
        let strange: Vec<_> = self.tags.iter().filter(|tag| !TAGS.contains(&tag.as_str())).collect();
        assert!(strange.is_empty() && self.unbalanced.is_empty(), "{strange:?} {:?}", self.unbalanced);
        assert!(self.links.iter().all(|link| link == LINK), "{:?}", self.links);
        let strange: Vec<_> =
            self.attributes.iter().filter(|name| !["align", "href"].contains(&name.as_str())).collect();
        assert!(strange.is_empty(), "{strange:?}");
        for mark in ["@", "#", "://", "www.", "GH-", ":rocket:", "deadbeef", "\u{202e}", "\u{0}"] {
            assert!(!self.prose.contains(mark), "{mark} in {}", self.prose);
        }
        for table in &self.tables {
            assert!(table.iter().all(|row| row.len() == table[0].len()), "{table:?}");
        }
    }
}

#[test]
fn a_plan_is_one_table_with_a_row_for_each_function() {
    let page = seen(&render(&[run("plan")], Some(LINK)));
    page.assert_tame();
    assert_eq!(
        page.headings,
        ["cargo lambdaship · staging: 1 to create, 1 to update, 1 to move, 2 unchanged"]
    );
    let rows: Vec<Vec<&str>> =
        page.tables[0].iter().map(|row| row.iter().map(String::as_str).collect()).collect();
    let why = "file crates/checkout/src/main.rs, dependency serde 1.0.228 -> 1.0.229, and 1 more";
    let what = format!("code, memory, variables.RUST_LOG\n{why}");
    assert_eq!(
        rows,
        [
            ["function", "version", "code", "size", "what"],
            ["checkout", "7 → new", "c7761e58", "581 kB (+1.2 kB)", &what],
            ["mailer", "new", "2e4330b8", "902 kB", "new"],
            ["thumbnails", "21 → 19", "abfbce80", "1.2 MB", "alias moved"],
            ["reports", "12", "7f26104f", "1.2 MB", "unchanged (same source)"],
            ["worker", "12", "87eba76e", "1.2 MB", "unchanged (same source)"],
        ]
    );
    assert_eq!((page.tables.len(), page.links.len()), (1, 1));
}

#[test]
fn a_rollout_that_went_back_shows_its_numbers_in_a_second_table() {
    let page = seen(&render(&[run("rolled-back")], Some(LINK)));
    page.assert_tame();
    assert_eq!(page.tables.len(), 2);
    assert_eq!(page.tables[0][1].last().map(String::as_str), Some("↩️ rolled back"));
    let weights: Vec<&str> = page.tables[1].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(weights, ["weight", "5 %", "25 %", "0 %"]);
    assert!(
        page.code.iter().any(|text| text.contains("hint: see `cargo lambdaship logs checkout --since 10m`"))
    );
}

#[test]
fn two_environments_are_one_table_that_names_them() {
    let page = seen(&render(&[run("plan"), run("plan-production")], None));
    page.assert_tame();
    assert_eq!((page.tables.len(), page.tables[0].len(), page.tables[0][0].len()), (1, 8, 6));
    assert_eq!(page.tables[0][0][1], "environment");
    assert!(page.links.is_empty());
}

#[test]
fn no_table_when_nothing_changed() {
    let page = seen(&render(&[run("unchanged")], None));
    page.assert_tame();
    assert!(page.tables.is_empty());
    assert_eq!(page.headings, ["cargo lambdaship · staging: no change in 3 functions"]);
}

#[test]
fn every_usual_body_is_tame() {
    for name in ["deployed", "gates-failed", "nothing-reached", "cancelled", "drift", "checked", "pruned"] {
        let page = seen(&render(&[run(name)], Some(LINK)));
        page.assert_tame();
        assert_eq!(page.headings.len(), 1, "{name}");
    }
    seen(&render(&[], None)).assert_tame();
}

/// As a reader sees a name: what cannot be seen is made visible, and what is too long is cut.
fn shown(name: &str) -> String {
    let hidden = ['\n', '\u{7}', '\u{0}', '\u{202e}', '\u{200b}', '\u{200d}'];
    let shown: String = name.chars().take(140).collect();
    format!("{}{}", shown.replace(hidden, "\u{fffd}"), if name.chars().count() > 140 { "…" } else { "" })
}

#[test]
fn hostile_names_are_text_and_nothing_else() {
    let hostile = run("hostile");
    let names: Vec<String> =
        hostile.report.iter().flat_map(|report| &report.functions).map(|f| shown(&f.function)).collect();
    assert_eq!(names.len(), 24);
    // A comment has no room for all of it, so a part of the names has one to itself.
    let mut told = Vec::new();
    for chunk in 0..6 {
        let mut part = hostile.clone();
        let report = part.report.as_mut().expect("a report");
        report.functions = report.functions.iter().skip(chunk * 4).take(4).cloned().collect();
        let body = render(&[part], Some(LINK));
        assert!(
            body.contains("<summary>Details</summary>") && body.contains("<summary>Smoke events</summary>")
        );
        let page = seen(&body);
        page.assert_tame();
        let table = &page.tables[0];
        assert_eq!((table.len(), table[0].len()), (5, 5), "{table:?}");
        told.extend(table[1..].iter().map(|row| row[0].clone()));
        let env = "@octocat `#1` <b>|: ";
        assert!(page.headings[0].starts_with(&format!("cargo lambdaship · {env}")), "{:?}", page.headings);
        assert_eq!(page.headings.len(), 1);
    }
    for name in &names {
        // Every second function has its name as its region too.
        let found = told.iter().filter(|cell| *cell == name || **cell == format!("{name} ({name})")).count();
        assert_eq!(found, 1, "{name:?} in {told:?}");
    }
    seen(&summary(&[hostile])).assert_tame();
}

#[test]
fn a_body_that_is_cut_is_whole_all_the_same() {
    let mut plan = run("plan");
    let functions = &mut plan.report.as_mut().expect("a report").functions;
    let first = functions[0].clone();
    *functions = (0..300).map(|at| with_name(&first, format!("{at}-{}", "<|`".repeat(30)))).collect();
    let body = render(&[plan], Some(LINK));
    assert!(body.encode_utf16().count() <= 60_000);
    let page = seen(&body);
    page.assert_tame();
    let rows = page.tables[0].len() - 1;
    assert!(page.prose.contains(&format!("and {} more.", 300 - rows)), "{}", page.prose);
    assert_eq!(page.links, [LINK, LINK]);
}

fn with_name(
    function: &cargo_lambdaship::report::FunctionReport,
    name: String,
) -> cargo_lambdaship::report::FunctionReport {
    cargo_lambdaship::report::FunctionReport { function: name, ..function.clone() }
}
