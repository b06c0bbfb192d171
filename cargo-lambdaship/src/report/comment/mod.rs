//! The body of the pull-request comment: a headline, a table that a person reads in five seconds, details folded.
//!
//! In: what the jobs of a pipeline did. Out: markdown, nearly all of it HTML that markdown leaves alone. Names, messages and
//! titles are not ours: nothing in them may become markup, a mention, a reference or another cell (see `text`).

mod content;
mod details;
mod failures;
mod gates;
mod headline;
mod page;
mod rollouts;
mod rows;
mod table;
mod text;
mod what;

pub use content::content;
use page::Page;
use rows::Row;

use super::run::RunReport;

/// The most of a comment. GitHub takes 65,536 characters; the first line, which the caller adds, is in the rest.
const COMMENT: usize = 60_000;
/// The most of a step's summary, in bytes: GitHub drops one of more than 1 MiB, and a job may write others.
const SUMMARY: usize = (1 << 20) - (64 << 10);
/// The failures that are told in full as long as there is room, and when there is little.
const FAILURES: (usize, usize) = (10, 3);

/// Renders what the jobs of a pipeline did, in at most 60,000 characters. `link` is the page of the run, which has what does not
/// fit; the runs' own links are not followed, since their documents can come from a fork.
#[must_use]
pub fn render(runs: &[RunReport], link: Option<&str>) -> String {
    let page = Page::of(runs);
    let link = link.and_then(text::address);
    // GitHub counts characters; UTF-16 units are never fewer.
    fitted(&page, &Frame { link, unchanged: Unchanged::Folded }, |text| {
        text.encode_utf16().count() <= COMMENT
    })
}

/// The same for the summary of a step, which has room for everything that people read.
#[must_use]
pub fn summary(runs: &[RunReport]) -> String {
    let page = Page::of(runs);
    fitted(&page, &Frame { link: None, unchanged: Unchanged::Shown }, |text| text.len() <= SUMMARY)
}

/// What is around the rows.
struct Frame {
    /// The page of the run, safe to be an attribute.
    link: Option<String>,
    /// What becomes of the rows of functions that did not change.
    unchanged: Unchanged,
}

/// What becomes of the rows of functions that did not change.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unchanged {
    /// Counted when there are many.
    Folded,
    /// Rows as all others.
    Shown,
}

/// How much is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// Everything.
    Full,
    /// Nothing that is folded.
    Shallow,
    /// The first rows.
    Top(usize),
    /// No rows.
    Counts,
}

/// The body that tells the most of those that fit.
fn fitted(page: &Page<'_>, frame: &Frame, fits: impl Fn(&str) -> bool) -> String {
    let table = table::Table::of(page, frame.unchanged);
    let at = |depth| body(page, frame, &table, depth);
    for depth in [Depth::Full, Depth::Shallow] {
        let text = at(depth);
        if fits(&text) {
            return text;
        }
    }
    // The most rows that fit, by halving: `fewest` fits or is nothing, `most` does not.
    let (mut fewest, mut most) = (0, table.rows.len() + 1);
    while most - fewest > 1 {
        let middle = fewest.midpoint(most);
        if fits(&at(Depth::Top(middle))) { fewest = middle } else { most = middle }
    }
    if fewest == 0 { at(Depth::Counts) } else { at(Depth::Top(fewest)) }
}

fn body(page: &Page<'_>, frame: &Frame, table: &table::Table, depth: Depth) -> String {
    let counts = depth == Depth::Counts;
    let (rows, failures) = match depth {
        Depth::Full | Depth::Shallow => (table.rows.len(), FAILURES.0),
        Depth::Top(rows) => (rows, FAILURES.1),
        Depth::Counts => (0, 0),
    };
    let deep = matches!(depth, Depth::Full | Depth::Shallow);
    let blocks = [
        headline::markdown(page),
        gates::line(page, depth),
        if counts { String::new() } else { table.html(rows) },
        if counts { String::new() } else { failures::html(page, failures) },
        if deep { rollouts::open(page) } else { String::new() },
        if depth == Depth::Full { details::html(page) } else { String::new() },
        if depth == Depth::Full { String::new() } else { elsewhere(frame) },
        footer(page, frame),
    ];
    // An empty line ends what markdown leaves alone: there is none within a block.
    let blocks: Vec<String> = blocks.into_iter().filter(|block| !block.is_empty()).collect();
    format!("{}\n", blocks.join("\n\n"))
}

/// Where the rest is.
fn elsewhere(frame: &Frame) -> String {
    match &frame.link {
        Some(link) => {
            format!(
                "<p>There is more than fits here: <a href=\"{link}\">the summary of the run</a> has it.</p>"
            )
        }
        None => "<p>There is more than fits here; the log of the run has it.</p>".to_owned(),
    }
}

/// The commit, the run, how long it took, and what it sent.
fn footer(page: &Page<'_>, frame: &Frame) -> String {
    let link = frame.link.as_ref().map(|link| format!("<a href=\"{link}\">run</a>"));
    let seconds = (page.seconds > 0.0).then(|| text::seconds(page.seconds));
    let parts = [page.head.map(text::commit), link, seconds, page.requests()];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("<p><sub>{}</sub></p>", parts.join(" · ")) }
}

#[cfg(test)]
mod tests;
