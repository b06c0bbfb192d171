//! Reading variables that people fill in: everything that is wrong is noted, so that they see it at once. Pure.

use std::fmt::Display;

use camino::Utf8PathBuf;

use crate::context::Environment;
use crate::error::Error;
use crate::suggest::did_you_mean;

/// The page on the action, of this version.
const PAGE: &str =
    concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/v", env!("CARGO_PKG_VERSION"), "/docs/github.md#inputs");

/// Reads inputs by their names in action.yml.
pub(super) struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<String>,
}

/// All that is wrong with the inputs: at least one thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Problems(pub(super) Vec<String>);

impl From<Problems> for Error {
    fn from(problems: Problems) -> Self {
        Self::Usage {
            message: problems.0.join("; "),
            hint: Some(format!("{PAGE} has all inputs of the action")),
        }
    }
}

impl<'a> Reader<'a> {
    /// Over the variables of the process.
    #[must_use]
    pub(super) fn new(environment: &'a Environment) -> Self {
        Self { environment, problems: Vec::new() }
    }

    /// The value, unless anything was wrong.
    ///
    /// # Errors
    /// All of it.
    pub(super) fn finish<T>(self, value: T) -> Result<T, Problems> {
        if self.problems.is_empty() { Ok(value) } else { Err(Problems(self.problems)) }
    }

    /// Whether nothing was wrong so far.
    #[must_use]
    pub(super) fn is_good(&self) -> bool {
        self.problems.is_empty()
    }

    /// Notes what is wrong with an input.
    pub(super) fn complain(&mut self, name: &str, what: &str) {
        self.problems.push(format!("the input `{name}` {what}"));
    }

    /// The text of an input, without the space around it; an empty one is none.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a str> {
        let variable = format!("INPUT_{}", name.to_ascii_uppercase().replace('-', "_"));
        let text = self.environment.get(&variable)?.trim();
        Some(text).filter(|text| !text.is_empty())
    }

    /// One line of text.
    fn line(&mut self, name: &str) -> Option<&'a str> {
        let text = self.text(name)?;
        if text.contains(char::is_control) {
            self.complain(name, "has more than one line");
            return None;
        }
        Some(text)
    }

    /// What `parse` makes of the text; it answers a phrase that begins with a verb.
    pub(super) fn parsed<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl Fn(String) -> Result<T, E>,
    ) -> Option<T> {
        let text = self.line(name)?;
        let parsed = parse(text.to_owned());
        parsed.map_err(|error| self.complain(name, &format!("is `{text}`: {error}"))).ok()
    }

    /// The same of each word.
    pub(super) fn each<T, E: Display>(
        &mut self,
        name: &str,
        parse: impl Fn(String) -> Result<T, E>,
    ) -> Vec<T> {
        let mut all = Vec::new();
        for word in self.list(name) {
            match parse(word) {
                Ok(parsed) => all.push(parsed),
                Err(error) => self.complain(name, &format!("is wrong: {error}")),
            }
        }
        all
    }

    /// Words between spaces, commas and line breaks.
    pub(super) fn list(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        let words: Vec<&str> = text
            .split(|character: char| character == ',' || character.is_whitespace())
            .filter(|word| !word.is_empty())
            .collect();
        for word in &words {
            if word.contains(char::is_control) || word.starts_with('-') {
                self.complain(name, &format!("has `{}`, which is no name", word.escape_debug()));
            }
        }
        words.into_iter().map(str::to_owned).collect()
    }

    /// One of `words`.
    pub(super) fn word<T: Copy>(&mut self, name: &str, words: &[(&str, T)], default: T) -> T {
        let Some(text) = self.line(name) else { return default };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        let names: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        self.complain(name, &format!("is `{text}`: {}", did_you_mean(text, "words", &names)));
        default
    }

    /// True or false, as YAML and people write them.
    pub(super) fn flag(&mut self, name: &str, default: bool) -> bool {
        let words = [
            ("true", true),
            ("false", false),
            ("True", true),
            ("False", false),
            ("TRUE", true),
            ("FALSE", false),
        ];
        let Some(text) = self.line(name) else { return default };
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == text) {
            return *value;
        }
        self.complain(name, &format!("is `{text}`, and can be `true` or `false`"));
        default
    }

    /// A path.
    pub(super) fn path(&mut self, name: &str) -> Option<Utf8PathBuf> {
        self.line(name).map(Utf8PathBuf::from)
    }

    /// What git calls a commit. One that looks like a flag is none.
    pub(super) fn reference(&mut self, name: &str) -> Option<String> {
        self.parsed(name, |text| {
            if text.starts_with('-') || text.contains(char::is_whitespace) {
                Err("it is no commit")
            } else {
                Ok(text)
            }
        })
    }
}
