//! The gates in one line, with how long each took.

use super::page::Page;
use super::text::{item, phrase, pre, seconds, word};
use crate::report::gates::{GateOutcome, GateReport};

/// The gates that are told one by one.
const TOLD: usize = 20;

/// `gates: ✅ fmt 0.4 s · ❌ clippy 12 s: 3 warnings`, and the next step for those that did not pass.
pub(super) fn line(page: &Page<'_>) -> String {
    if page.gates.is_empty() {
        return String::new();
    }
    // What did not pass is not to be cut off.
    let (failed, passed): (Vec<_>, Vec<_>) =
        page.gates.iter().copied().partition(|gate| !gate.outcome.holds());
    let mut gates: Vec<String> = if page.gates.len() > TOLD {
        failed.iter().chain(&passed).take(TOLD).map(|gate| told(gate)).collect()
    } else {
        page.gates.iter().map(|gate| told(gate)).collect()
    };
    if page.gates.len() > TOLD {
        gates.push(format!("and {} more", page.gates.len() - TOLD));
    }
    let hints = failed.iter().take(TOLD).filter_map(|gate| {
        gate.hint.as_ref().map(|hint| format!("\n<p>{}: {}</p>", word(&gate.gate), phrase(hint)))
    });
    format!("<p>Gates: {}</p>{}", gates.join(" · "), hints.collect::<String>())
}

fn told(gate: &GateReport) -> String {
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
    let summary = gate.summary.as_ref().map(|summary| phrase(summary));
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
