//! What failed, with its causes and the next step; not folded.

use super::page::{Page, Section};
use super::text::{code, pre, word};
use crate::report::{Failure, FunctionReport};

/// The first failures, and how many there are besides.
pub(super) fn html(page: &Page<'_>, most: usize) -> String {
    let several = page.sections.len() > 1;
    let told: Vec<(String, String)> = page.sections.iter().flat_map(|section| of(section, several)).collect();
    let shown = told.iter().take(most).map(|(title, text)| format!("<p>❌ {title}</p>\n{}", pre(text)));
    let mut blocks: Vec<String> = shown.collect();
    if told.len() > most {
        blocks.push(format!("<p>… and {} more failed.</p>", told.len() - most));
    }
    blocks.join("\n")
}

/// Titles as HTML, texts as they are.
fn of(section: &Section<'_>, several: bool) -> Vec<(String, String)> {
    let env = section.env.filter(|_| several).map(|env| format!(" in {}", word(env))).unwrap_or_default();
    let whole = section.env.map_or_else(|| word(section.command), word);
    let failures = section.failures.iter().map(|failure| text(failure)).collect::<Vec<_>>();
    // Several jobs can fail for the same reason, and a run's message is often that of its report.
    let mut told: Vec<(String, String)> = Vec::new();
    let messages = section.messages.iter().map(|message| (*message).to_owned());
    for text in messages
        .filter(|message| !failures.iter().any(|text| text.starts_with(message)))
        .chain(failures.iter().cloned())
    {
        if !told.iter().any(|(_, known)| *known == text) {
            told.push((whole.clone(), text));
        }
    }
    let functions = section.functions.iter().filter_map(|function| {
        let failure = function.error.as_ref()?;
        Some((format!("{}{env}", title(function)), text(failure)))
    });
    told.extend(functions);
    told
}

fn title(function: &FunctionReport) -> String {
    let region = function.region.as_ref().map(|region| format!(" ({})", word(region))).unwrap_or_default();
    format!("{}{region}", code(&function.function))
}

fn text(failure: &Failure) -> String {
    let causes = failure.causes.iter().map(|cause| format!("\n  because: {cause}"));
    let hint = failure.hint.as_ref().map(|hint| format!("\nhint: {hint}")).unwrap_or_default();
    format!("{}{}{hint}", failure.message, causes.collect::<String>())
}
