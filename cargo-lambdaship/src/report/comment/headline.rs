//! The first line: what became of each environment, and which gates failed.

use super::page::{Page, Section};
use super::text::{markdown_word, plural};
use crate::report::drift::DriftState;
use crate::report::run::{JobResult, PruneSummary};
use crate::report::{FunctionReport, words};

/// The environments that are told one by one.
const TOLD: usize = 3;
/// The gates that are told by name.
const GATES: usize = 5;

/// `### cargo lambdaship · staging: 2 to update, 1 unchanged`.
pub(super) fn markdown(page: &Page<'_>) -> String {
    let gated = !page.gates.is_empty();
    let sections: Vec<_> = page.sections.iter().filter(|section| !gated || !is_silent(section)).collect();
    let mut parts: Vec<String> = if sections.len() > TOLD {
        vec![many(&sections)]
    } else {
        sections.iter().map(|section| told_of(section)).collect()
    };
    parts.extend(gates(page, parts.is_empty()));
    if parts.is_empty() {
        parts.push("nothing was run".to_owned());
    }
    format!("### cargo lambdaship · {}", parts.join(" · "))
}

/// Whether gates say all that there is.
fn is_silent(section: &Section<'_>) -> bool {
    let gates = section.result != JobResult::Failed || by_gates(section);
    section.command == "check"
        && gates
        && section.result != JobResult::Cancelled
        && section.messages.is_empty()
}

fn told_of(section: &Section<'_>) -> String {
    let phrase = phrase(section);
    section.env.map_or(phrase.clone(), |env| format!("{}: {phrase}", markdown_word(env)))
}

/// `5 environments: 3 to update, 9 unchanged`.
fn many(sections: &[&Section<'_>]) -> String {
    let functions: Vec<&FunctionReport> =
        sections.iter().flat_map(|section| section.functions.iter().copied()).collect();
    let plans = sections.iter().all(|section| section.command == "plan");
    let mut parts: Vec<String> = vec![counted(&functions, plans)];
    let drift: Vec<_> = sections.iter().filter_map(|section| section.drift.as_ref()).flatten().collect();
    if !drift.is_empty() {
        let drifted = drift.iter().filter(|function| is_drift(function.state)).count();
        parts.push(format!("{drifted} drifted"));
    }
    let ended = |result| sections.iter().filter(|section| section.result == result).count();
    for (count, what) in [(ended(JobResult::Failed), "failed"), (ended(JobResult::Cancelled), "cancelled")] {
        if count > 0 {
            parts.push(format!("{} {what}", plural(count, "environment")));
        }
    }
    parts.retain(|part| !part.is_empty());
    let parts = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
    format!("{}: {parts}", plural(sections.len(), "environment"))
}

fn phrase(section: &Section<'_>) -> String {
    let counts = if let Some(drift) = &section.drift {
        let drifted = drift.iter().filter(|function| is_drift(function.state)).count();
        match (drifted, drift.len()) {
            (0, all) => format!("no drift in {}", plural(all, "function")),
            (drifted, all) => format!("{drifted} of {} drifted", plural(all, "function")),
        }
    } else if let Some(pruned) = &section.pruned {
        prune(pruned)
    } else {
        let all = section.functions.len();
        let same = section.functions.iter().all(|function| words::summed(function) == "unchanged");
        match (all, same) {
            (0, _) => String::new(),
            (all, true) => format!("no change in {}", plural(all, "function")),
            _ => counted(&section.functions, section.command == "plan"),
        }
    };
    match (section.result, counts.is_empty()) {
        (JobResult::Cancelled, true) => format!("{} cancelled", command(section)),
        (JobResult::Cancelled, false) => format!("cancelled, {counts}"),
        (JobResult::Failed, true) if by_gates(section) => undone(section).to_owned(),
        (JobResult::Failed, true) => format!("{} failed", command(section)),
        (JobResult::RolledBack, true) => "rolled back".to_owned(),
        (JobResult::Unchanged | JobResult::Planned | JobResult::Changed, true) => "nothing to do".to_owned(),
        (JobResult::Failed, false) if !tells_failure(section) => format!("failed, {counts}"),
        (_, false) => counts,
    }
}

/// Whether the counts say that something is not well.
fn tells_failure(section: &Section<'_>) -> bool {
    let well = ["created", "updated", "moved", "unchanged"];
    section.functions.iter().any(|function| !well.contains(&words::summed(function)))
        || section.drift.iter().flatten().any(|function| is_drift(function.state))
}

/// What becomes of how many functions: `2 to update, 1 unchanged`, or `2 updated, 1 unchanged` once it is done.
fn counted(functions: &[&FunctionReport], planned: bool) -> String {
    let summary = words::summary_of(functions);
    if !planned {
        return summary;
    }
    let future = [("created", "to create"), ("updated", "to update"), ("moved", "to move")];
    let word = |part: &str| {
        let Some((count, word)) = part.split_once(' ') else { return part.to_owned() };
        let word = future.iter().find(|(past, _)| *past == word).map_or(word, |(_, future)| future);
        format!("{count} {word}")
    };
    summary.split(", ").map(word).collect::<Vec<_>>().join(", ")
}

/// `12 versions, 3 artifacts (1.8 MB) and 40 gate records deleted`.
fn prune(pruned: &PruneSummary) -> String {
    let things = |count: u64, thing| plural(usize::try_from(count).unwrap_or(usize::MAX), thing);
    let versions = (pruned.versions > 0).then(|| things(pruned.versions, "version"));
    let artifacts = (pruned.artifacts > 0)
        .then(|| format!("{} ({})", things(pruned.artifacts, "artifact"), crate::report::size(pruned.bytes)));
    let records = (pruned.records > 0).then(|| things(pruned.records, "gate record"));
    let all: Vec<String> = versions.into_iter().chain(artifacts).chain(records).collect();
    let Some((last, others)) = all.split_last() else { return "nothing to prune".to_owned() };
    let and = if others.is_empty() { "" } else { " and " };
    let what = if pruned.deleted { "deleted" } else { "to delete" };
    format!("{}{and}{last} {what}", others.join(", "))
}

/// Whether something is not as it was deployed.
pub(super) fn is_drift(state: DriftState) -> bool {
    matches!(state, DriftState::Drifted | DriftState::Gone)
}

fn by_gates(section: &Section<'_>) -> bool {
    !section.reasons.is_empty() && section.reasons.iter().all(|reason| *reason == "gates")
}

/// The command, if it is one that there is.
fn command(section: &Section<'_>) -> &'static str {
    const COMMANDS: [&str; 8] =
        ["check", "plan", "deploy", "promote", "rollback", "drift", "prune", "matrix"];
    COMMANDS.into_iter().find(|command| *command == section.command).unwrap_or("run")
}

fn undone(section: &Section<'_>) -> &'static str {
    match section.command {
        "plan" => "not planned",
        "deploy" => "not deployed",
        "promote" => "not promoted",
        "rollback" => "not rolled back",
        _ => "nothing done",
    }
}

/// The gates that did not pass; or that all did, when that is `all` there is to tell.
fn gates(page: &Page<'_>, all: bool) -> Option<String> {
    let failed = page.gates.iter().filter(|gate| !gate.outcome.holds());
    let failed: Vec<&str> = failed.map(|gate| gate.gate.as_str()).collect();
    if failed.is_empty() {
        let unnamed = page.sections.iter().any(by_gates).then(|| "gates failed".to_owned());
        let passed = || (all && !page.gates.is_empty()).then(|| plural(page.gates.len(), "gate") + " passed");
        return unnamed.or_else(passed);
    }
    let mut names: Vec<String> = failed.iter().take(GATES).map(|gate| markdown_word(gate)).collect();
    if failed.len() > GATES {
        names.push(format!("and {} more", failed.len() - GATES));
    }
    let gates = if failed.len() == 1 { "gate" } else { "gates" };
    Some(format!("{gates} failed: {}", names.join(", ")))
}
