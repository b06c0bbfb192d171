//! What rustc and rustfmt say to people: `error[E0308]: mismatched types`, then ` --> src/main.rs:3:5`. Pure.

use super::{Places, location};
use crate::report::gates::{Finding, Level};

/// The errors among `lines`, each once.
pub(super) fn errors<'a>(lines: impl Iterator<Item = &'a str>, places: &Places) -> Vec<Finding> {
    let mut findings: Vec<Finding> = Vec::new();
    let mut said: Option<(Option<String>, String)> = None;
    for line in lines {
        if let Some(error) = error(line) {
            said = Some(error);
        } else if let Some(place) = line.trim_start().strip_prefix("--> ")
            && let Some((path, line, column)) = location(place.trim())
            && let Some((title, message)) = said.take()
        {
            let file = places.of(path);
            let (line, column) = (file.is_some().then_some(line), file.is_some().then_some(column));
            let finding = Finding { level: Level::Error, file, line, column, title, message };
            if !findings.contains(&finding) {
                findings.push(finding);
            }
        }
    }
    findings
}

/// The code and the message.
fn error(line: &str) -> Option<(Option<String>, String)> {
    let rest = line.strip_prefix("error")?;
    if let Some(message) = rest.strip_prefix(": ") {
        return Some((None, message.to_owned()));
    }
    let (code, message) = rest.strip_prefix('[')?.split_once("]: ")?;
    Some((Some(code.to_owned()), message.to_owned()))
}
