//! What is wrong with the configuration, and how it is shown: every problem with its place in the file.
//!
//! Only the value that a problem is about is ever shown. Every other value on a shown line becomes `…`, and a problem
//! under `variables` points at its key, so that a secret cannot reach an error message.

use std::fmt;
use std::ops::Range;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub message: String,
    /// The next step.
    pub help: Option<String>,
    /// Where it is.
    pub place: Place,
}

/// Where in the file a problem is, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Not in the file: the problem comes from a default.
    Nowhere,
    /// A position; its line is not shown, because what stands there could not be understood and may be a secret.
    Position(usize),
    /// A key or a single value; its line is shown.
    Span(Range<usize>),
}

impl Problem {
    /// A problem with the key or value at `span`.
    pub(super) fn at(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, place: Place::Span(span) }
    }

    /// A problem that no line of the file causes.
    pub(super) fn nowhere(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None, place: Place::Nowhere }
    }

    /// The same with the next step.
    #[must_use]
    pub(super) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        self.help = help.into();
        self
    }
}

/// The text of a configuration file and where its values are.
#[derive(Clone, Default)]
pub(super) struct Source {
    /// The file as it is named in messages.
    pub(super) name: String,
    /// Its text.
    pub(super) text: String,
    /// The spans of all values that are not tables or arrays, ascending.
    pub(super) values: Vec<Range<usize>>,
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The text may hold secrets.
        write!(f, "Source({})", self.name)
    }
}

impl Source {
    /// Line and column of a byte, both from 1; the column counts characters.
    fn position(&self, byte: usize) -> (usize, usize) {
        let before = self.text.get(..byte).unwrap_or(&self.text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let column = before.get(line_start..).map_or(0, |line| line.chars().count());
        (before.matches('\n').count() + 1, column + 1)
    }

    /// The text of `range`, every value in it but the one at `shown` replaced by `…`.
    fn masked(&self, range: Range<usize>, shown: &Range<usize>) -> String {
        let (mut text, mut done) = (String::new(), range.start);
        let hidden =
            |value: &&Range<usize>| value.start < range.end && value.end > range.start && *value != shown;
        for value in self.values.iter().filter(hidden) {
            text.push_str(self.text.get(done..value.start.max(done)).unwrap_or_default());
            text.push('…');
            done = value.end.min(range.end);
        }
        text.push_str(self.text.get(done..range.end).unwrap_or_default());
        text.replace('\t', " ")
    }

    /// The line of `span` with carets under it.
    fn excerpt(&self, span: &Range<usize>) -> String {
        let start = self.text.get(..span.start).and_then(|text| text.rfind('\n')).map_or(0, |at| at + 1);
        let rest = self.text.get(span.start..).unwrap_or_default();
        let end = span.start + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (before, marked) =
            (self.masked(start..span.start, span), self.masked(span.start..span.end.min(end), span));
        let after = self.masked(span.end.min(end)..end, span);
        // What follows a `#` is a comment, which may well be a value that was commented out.
        let after = after.split('#').next().unwrap_or_default();
        let (line, column) = self.position(span.start);
        let (number, gutter) = (line.to_string(), " ".repeat(line.to_string().len()));
        let indent = " ".repeat(before.chars().count());
        let carets = "^".repeat(marked.chars().count().max(1));
        format!(
            "\n{gutter}--> {}:{line}:{column}\n{gutter} |\n{number} | {}\n{gutter} | {indent}{carets}",
            self.name,
            format!("{before}{marked}{after}").trim_end(),
        )
    }
}

/// Everything that is wrong with one configuration.
#[derive(Debug, Clone)]
pub struct Problems {
    pub(super) source: Source,
    pub(super) problems: Vec<Problem>,
}

impl Problems {
    /// `Ok` when there is no problem.
    pub(super) fn check(source: &Source, mut problems: Vec<Problem>) -> Result<(), Box<Self>> {
        if problems.is_empty() {
            return Ok(());
        }
        let mut seen: Vec<Problem> = Vec::new();
        problems.retain(|problem| {
            let new = !seen.contains(problem);
            seen.push(problem.clone());
            new
        });
        problems.sort_by_key(|problem| match &problem.place {
            Place::Nowhere => usize::MAX,
            Place::Position(at) => *at,
            Place::Span(span) => span.start,
        });
        Err(Box::new(Self { source: source.clone(), problems }))
    }

    /// The problems, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.problems.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.problems.len();
        write!(f, "{} has {count} problem{}", self.source.name, if count == 1 { "" } else { "s" })?;
        for problem in &self.problems {
            write!(f, "\n\n{}", problem.message)?;
            match &problem.place {
                Place::Nowhere => {}
                Place::Position(at) => {
                    let (line, column) = self.source.position(*at);
                    write!(f, "\n --> {}:{line}:{column}", self.source.name)?;
                }
                Place::Span(span) => f.write_str(&self.source.excerpt(span))?,
            }
            if let Some(help) = &problem.help {
                write!(f, "\n  = help: {help}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    /// The problem at `marked` in `text`, with every `'…'` a value.
    fn shown(text: &str, marked: &str) -> String {
        let values = text.match_indices('\'').map(|(at, _)| at).collect::<Vec<_>>();
        let values = values.chunks(2).map(|quotes| quotes[0]..quotes[1] + 1).collect();
        let source = Source { name: "x.toml".to_owned(), text: text.to_owned(), values };
        let start = text.find(marked).unwrap();
        let problem = Problem::at(start..start + marked.len(), "wrong");
        Problems::check(&source, vec![problem.clone(), problem]).unwrap_err().to_string()
    }

    #[test]
    fn a_problem_is_shown_once_with_its_line_and_column() {
        for (text, marked, expected) in [
            ("a = 1\nb = 2\n", "b", "--> x.toml:2:1\n  |\n2 | b = 2\n  | ^"),
            ("a = 1\r\nb = 2\r\n", "2", "--> x.toml:2:5\n  |\n2 | b = 2\n  |     ^"),
            ("\t\u{fc} = { b = 2 }", "b", "--> x.toml:1:8\n  |\n1 |  \u{fc} = { b = 2 }\n  |        ^"),
            // The place is that of the file, though the values before it are hidden.
            (
                "a = { b = 'long', c = 2 }",
                "c",
                "--> x.toml:1:19\n  |\n1 | a = { b = …, c = 2 }\n  |              ^",
            ),
            ("a = { b = 'x\ny', c = 2 }", "c", "--> x.toml:2:5\n  |\n2 | …, c = 2 }\n  |    ^"),
            ("a = 'x' # y", "'x'", "--> x.toml:1:5\n  |\n1 | a = 'x'\n  |     ^^^"),
            ("a = 'x\ny'", "'x\ny'", "--> x.toml:1:5\n  |\n1 | a = 'x\n  |     ^^"),
        ] {
            let shown = shown(text, marked);
            assert_eq!(shown, format!("x.toml has 1 problem\n\nwrong\n {expected}"), "{text}");
        }
    }
}
