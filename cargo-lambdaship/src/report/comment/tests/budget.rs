//! However much there is to tell, it fits.

use super::{LINK, run};
use crate::report::FunctionReport;
use crate::report::comment::{COMMENT, Frame, Page, SUMMARY, Unchanged, fitted, render, summary};
use crate::report::run::RunReport;

fn units(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A plan that changes `count` functions, whose names are made longer by `pad`.
fn many(count: usize, pad: &str) -> Vec<RunReport> {
    let mut plan = run("plan");
    let functions = &mut plan.report.as_mut().unwrap().functions;
    let first = functions[0].clone();
    let name = |at: usize| format!("function-{at:03}{pad}");
    *functions = (0..count).map(|at| FunctionReport { function: name(at), ..first.clone() }).collect();
    vec![plan]
}

fn rows(body: &str) -> usize {
    body.matches("<tr><td>").count()
}

#[test]
fn less_is_told_until_it_fits() {
    let whole = render(&many(40, ""), LINK);
    assert!(rows(&whole) == 40 && whole.contains("<summary>Details</summary>"));
    assert!(!whole.contains("than fits"));

    let shallow = render(&many(150, ""), LINK);
    assert_eq!((rows(&shallow), shallow.contains("<details>")), (150, false));
    assert!(shallow.contains("There is more than fits here: <a href=\"https://github.example/"), "{shallow}");

    let top = render(&many(300, &"-long".repeat(20)), LINK);
    let shown = rows(&top);
    assert!((50..300).contains(&shown), "{shown}");
    assert!(top.contains(&format!("<p>and {} more.</p>", 300 - shown)), "{top}");
    assert!(units(&top) > COMMENT - 500, "{} leaves room for a row", units(&top));

    for body in [whole, shallow, top] {
        assert!(units(&body) <= COMMENT, "{}", units(&body));
    }
}

#[test]
fn counts_are_left_when_not_even_a_row_fits() {
    let mut plan = many(300, "");
    // The character that takes the most to write, in all that a row has.
    let wide = "\"".repeat(2_000);
    let first = &mut plan[0].report.as_mut().unwrap().functions;
    for function in first.iter_mut() {
        function.because = vec![wide.clone(), wide.clone()];
        function.changes.iter_mut().for_each(|change| change.field.clone_from(&wide));
        function.notes = vec![wide.clone()];
    }
    let body = render(&plan, LINK);
    assert!(rows(&body) > 0 && units(&body) <= COMMENT);
    let frame = Frame { link: None, unchanged: Unchanged::Folded };
    let counts = fitted(&Page::of(&plan), &frame, |text| text.len() < 1_000);
    insta::assert_snapshot!(counts, @"
    ### cargo lambdaship · staging: 300 to update

    <p>Gates: ✅ fmt 0.4 s · ✅ clippy 12 s · ✅ test 34 s (212 passed) · ✅ audit (passed before)</p>

    <p>There is more than fits here; the log of the run has it.</p>

    <p><sub>3f1c9d7 · 12 s · 7 requests to Lambda</sub></p>
    ");
}

#[test]
fn a_character_that_is_two_units_is_counted_as_two() {
    let body = render(&many(300, &"🚀".repeat(60)), LINK);
    assert!(units(&body) <= COMMENT && body.chars().count() < units(&body));
}

#[test]
fn however_hostile_a_document_is_its_body_fits() {
    let mut runs = Vec::new();
    for at in 0..60 {
        let mut hostile = run("hostile");
        hostile.environment = Some(format!("{at}{}", "`<&\"".repeat(2_000)));
        hostile.message = Some("\"".repeat(100_000));
        hostile.gates.as_mut().unwrap().gates.iter_mut().for_each(|gate| gate.gate.push_str(&at.to_string()));
        runs.push(hostile);
    }
    assert!(units(&render(&runs, LINK)) <= COMMENT);
    assert!(units(&render(&runs[..2], LINK)) <= COMMENT);
    assert!(summary(&runs).len() <= SUMMARY);
}

/// The characters and the markup that take the most to write.
const WIDE: [&str; 2] = ["\"", "`\"`\""];

#[test]
fn whatever_is_huge_it_fits() {
    for wide in WIDE {
        let huge = wide.repeat(2_000);
        let mut all = run("gates-failed");
        let gates = &mut all.gates.as_mut().unwrap().gates;
        let first = gates[0].clone();
        *gates = (0..100)
            .map(|at| {
                let mut gate = first.clone();
                gate.gate = format!("{at}{huge}");
                (gate.summary, gate.hint) = (Some(huge.clone()), Some(huge.clone()));
                gate
            })
            .collect();
        assert!(units(&render(std::slice::from_ref(&all), LINK)) <= COMMENT, "gates of {wide:?}");
        // Names, messages, head: all that there is in a run, in 1,000 environments.
        let mut plan = run("rolled-back");
        plan.gates = all.gates.clone();
        (plan.head, plan.message, plan.failure_reason) =
            (Some(huge.clone()), Some(huge.clone()), Some(huge.clone()));
        for function in &mut plan.report.as_mut().unwrap().functions {
            for name in [&mut function.function, &mut function.lambda, &mut function.alias] {
                *name = format!("{name}{huge}");
            }
            (function.notes, function.because) = (vec![huge.clone(); 3], vec![huge.clone(); 3]);
            function.region = Some(huge.clone());
        }
        let environments = |count: usize| -> Vec<RunReport> {
            let of = |at| RunReport { environment: Some(format!("{at}{huge}")), ..plan.clone() };
            (0..count).map(of).collect()
        };
        for count in [1, 4] {
            let body = render(&environments(count), Some(&format!("https://a.b/{}", "c".repeat(1_980))));
            assert!(units(&body) <= COMMENT, "{count} environments of {wide:?}: {}", units(&body));
        }
    }
}

#[test]
fn a_thousand_environments_fit() {
    let of = |at| RunReport { environment: Some(format!("env-{at}")), ..run("rolled-back") };
    let all: Vec<RunReport> = (0..1_000).map(of).collect();
    let body = render(&all, LINK);
    assert!(units(&body) <= COMMENT && rows(&body) > 0, "{}", units(&body));
}

#[test]
fn the_summary_has_every_row() {
    let text = summary(&many(1_000, &"-long".repeat(20)));
    assert_eq!(rows(&text), 1_000);
    assert!(text.len() > COMMENT && text.len() <= SUMMARY);
    let unchanged = summary(&[run("unchanged")]);
    assert_eq!(rows(&unchanged), 3, "{unchanged}");
    let huge = summary(&many(6_000, &"-long".repeat(20)));
    assert!(huge.len() <= SUMMARY && huge.len() > SUMMARY - 1_000, "{}", huge.len());
}

#[test]
fn functions_that_did_not_change_are_counted_when_they_are_many() {
    let mut plan = many(1, "");
    let functions = &mut plan[0].report.as_mut().unwrap().functions;
    let unchanged = run("unchanged").report.unwrap().functions.remove(0);
    functions
        .extend((0..290).map(|at| FunctionReport { function: format!("same-{at}"), ..unchanged.clone() }));
    let body = render(&plan, LINK);
    assert_eq!(rows(&body), 1);
    assert!(body.contains("<p>290 functions unchanged.</p>"), "{body}");
    assert_eq!(render(&[run("unchanged")], LINK).matches("<table>").count(), 0);
}
