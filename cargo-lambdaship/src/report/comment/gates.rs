//! The gates in one line, with how long each took.

use super::Depth;
use super::page::Page;
use super::text::{brief, item, phrase, pre, seconds, word};
use crate::report::gates::{GateOutcome, GateReport};

/// The gates that are told one by one as long as there is room, and when there is little.
const TOLD: (usize, usize) = (20, 10);
/// The next steps that are told when there is little room.
const HINTS: usize = 3;

/// `gates: ✅ fmt 0.4 s · ❌ clippy 12 s: 3 warnings`, and the next step for those that did not pass.
pub(super) fn line(page: &Page<'_>, depth: Depth) -> String {
    if page.gates.is_empty() {
        return String::new();
    }
    let roomy = matches!(depth, Depth::Full | Depth::Shallow);
    let (most, hints) = if roomy { (TOLD.0, TOLD.0) } else { (TOLD.1, HINTS) };
    let said = if roomy { phrase } else { brief };
    // What did not pass is not to be cut off.
    let (failed, passed): (Vec<_>, Vec<_>) =
        page.gates.iter().copied().partition(|gate| !gate.outcome.holds());
    let mut gates: Vec<String> = if page.gates.len() > most {
        failed.iter().chain(&passed).take(most).map(|gate| told(gate, said)).collect()
    } else {
        page.gates.iter().map(|gate| told(gate, said)).collect()
    };
    if page.gates.len() > most {
        gates.push(format!("and {} more", page.gates.len() - most));
    }
    let hints = failed.iter().take(hints).filter_map(|gate| {
        gate.hint.as_ref().map(|hint| format!("\n<p>{}: {}</p>", word(&gate.gate), said(hint)))
    });
    format!("<p>Gates: {}</p>{}", gates.join(" · "), hints.collect::<String>())
}

fn told(gate: &GateReport, said: fn(&str) -> String) -> String {
    let (mark, words) = match gate.outcome {
        GateOutcome::Passed => ("✅", None),
        GateOutcome::Known => ("✅", Some("passed before")),
        GateOutcome::Failed => ("❌", None),
        GateOutcome::Missing => ("❌", Some("its program is missing")),
        GateOutcome::Interrupted => ("⚠️", Some("interrupted")),
    };
    let time = match gate.outcome {
        GateOutcome::Known | GateOutcome::Missing => None,
        _ => Some(format!(" {}", seconds(gate.seconds))),
    };
    let summary = gate.summary.as_ref().map(|summary| said(summary));
    let notes: Vec<String> = words.map(str::to_owned).into_iter().chain(summary).collect();
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join(", ")) };
    format!("{mark} {}{}{notes}", word(&gate.gate), time.unwrap_or_default())
}

/// What the gates complain of, for a folded block.
pub(super) fn findings(gate: &GateReport) -> String {
    let lines = gate.findings.iter().map(|finding| {
        let column = finding.column.map(|column| format!(":{column}")).unwrap_or_default();
        let line = finding.line.map(|line| format!(":{line}{column}")).unwrap_or_default();
        let place = finding.file.as_ref().map(|file| format!("{file}{line}: ")).unwrap_or_default();
        let title = finding.title.as_ref().map(|title| format!("{title}: ")).unwrap_or_default();
        item(&pre(&format!("{place}{title}{}", finding.message)))
    });
    format!("<ul>\n{}</ul>\n", lines.collect::<String>())
}
