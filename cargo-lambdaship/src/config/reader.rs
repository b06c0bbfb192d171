//! Reads a parsed TOML table key by key, and collects every problem instead of stopping at the first.
//!
//! A key is known because somebody took it: the list of valid keys cannot differ from what is read.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::Problem;
use crate::suggest::{list, nearest};

/// A value and where it stands.
pub(super) type Value<'i> = Spanned<DeValue<'i>>;

/// What is wrong with a value: a phrase that goes on after its key, such as `must be 1 to 900 seconds`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) phrase: String,
    pub(super) help: Option<String>,
}

impl Complaint {
    pub(super) fn new(phrase: impl Into<String>) -> Self {
        Self { phrase: phrase.into(), help: None }
    }

    #[must_use]
    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The problem that it is for the key or value `name` at `span`.
    pub(super) fn problem(self, name: &str, span: Range<usize>) -> Problem {
        Problem::at(span, format!("`{name}` {}", self.phrase)).help(self.help)
    }
}

/// Keys that DESIGN has and that this version does not read yet.
const LATER: [&str; 5] = ["alarms", "buckets", "queues", "schedules", "url"];

/// A table of the file that is being read.
pub(super) struct Section<'a, 'i> {
    table: &'a DeTable<'i>,
    /// Dotted path of the table; empty for the file itself.
    path: String,
    /// The keys that were taken.
    known: Vec<&'static str>,
    problems: &'a mut Vec<Problem>,
}

impl<'i> Section<'_, 'i> {
    /// Reads `table` with `read`; keys that `read` did not take are problems.
    pub(super) fn read<T>(
        table: &DeTable<'i>,
        path: String,
        problems: &mut Vec<Problem>,
        read: impl FnOnce(&mut Section<'_, 'i>) -> T,
    ) -> T {
        let mut section = Section { table, path, known: Vec::new(), problems };
        let result = read(&mut section);
        section.refuse_unknown_keys();
        result
    }

    /// The value of `key` as `read` understands it; `None` when it is absent or wrong.
    pub(super) fn take<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&DeValue<'i>) -> Result<T, Complaint>,
    ) -> Option<T> {
        self.take_spanned(key, read).map(Spanned::into_inner)
    }

    /// Like [`Section::take`], with the value's place.
    pub(super) fn take_spanned<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&DeValue<'i>) -> Result<T, Complaint>,
    ) -> Option<Spanned<T>> {
        let (name, value) = self.entry(key)?;
        match read(value.get_ref()) {
            Ok(read) => Some(Spanned::new(value.span(), read)),
            Err(complaint) => {
                // A table or an array holds other values, which are not this problem's to show.
                let nested = matches!(value.get_ref(), DeValue::Table(_) | DeValue::Array(_));
                let span = if nested { name.span() } else { value.span() };
                self.problems.push(complaint.problem(key, span));
                None
            }
        }
    }

    /// An array of strings, each of which holds `check`.
    pub(super) fn strings(
        &mut self,
        key: &'static str,
        most: usize,
        check: impl Fn(&str) -> Result<(), Complaint>,
    ) -> Option<Vec<String>> {
        let strings = self.items(key, "an array of strings", |value| {
            text(value).and_then(|text| check(text).map(|()| text.to_owned()))
        })?;
        if strings.len() > most {
            let phrase = format!("has {} entries, and AWS takes at most {most}", strings.len());
            self.complain(key, Complaint::new(phrase));
        }
        Some(strings.into_iter().flatten().collect())
    }

    /// An array, which is called `wanted`: each entry as `read` understands it, `None` for one that is wrong.
    pub(super) fn items<T>(
        &mut self,
        key: &'static str,
        wanted: &str,
        read: impl Fn(&DeValue<'i>) -> Result<T, Complaint>,
    ) -> Option<Vec<Option<T>>> {
        let (name, items) = self.array_of(key, wanted)?;
        let mut found = Vec::new();
        for item in items {
            let nested = matches!(item.get_ref(), DeValue::Table(_) | DeValue::Array(_));
            let span = if nested { name.span() } else { item.span() };
            let read = read(item.get_ref());
            found.push(read.map_err(|complaint| self.problems.push(complaint.problem(key, span))).ok());
        }
        Some(found)
    }

    /// An array of tables: each as `read` reads it, with its place. Entries that are wrong are left out.
    pub(super) fn tables<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(Range<usize>, &mut Section<'_, 'i>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let (name, items) = self.array_of(key, "an array of tables")?;
        let mut found = Vec::new();
        for item in items {
            let DeValue::Table(table) = item.get_ref() else {
                let complaint = wrong_type("an array of tables", item.get_ref());
                self.problems.push(complaint.problem(key, name.span()));
                continue;
            };
            let path = self.path_of(key);
            found.extend(Section::read(table, path, self.problems, |section| read(item.span(), section)));
        }
        Some(found)
    }

    /// The table `key` as `read` reads it.
    pub(super) fn section<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&mut Section<'_, 'i>) -> T,
    ) -> Option<T> {
        let (table, path) = self.table_of(key)?;
        Some(Section::read(table, path, self.problems, read))
    }

    /// The table `key`, whose own keys are the user's names and whose values are tables.
    pub(super) fn sections<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str, Range<usize>, &mut Section<'_, 'i>) -> T,
    ) -> Vec<T> {
        let Some((table, path)) = self.table_of(key) else { return Vec::new() };
        let mut found = Vec::new();
        for (name, value) in table {
            let DeValue::Table(inner) = value.get_ref() else {
                let complaint = wrong_type("a table", value.get_ref());
                self.problems.push(complaint.problem(&format!("{path}.{}", name.get_ref()), name.span()));
                continue;
            };
            let path = format!("{path}.{}", name.get_ref());
            found.push(Section::read(inner, path, self.problems, |s| read(name.get_ref(), name.span(), s)));
        }
        found
    }

    /// The table `key`, whose keys are the user's. A problem points at the key, so that no value is shown.
    pub(super) fn pairs<T>(
        &mut self,
        key: &'static str,
        read: impl Fn(&str, &DeValue<'i>) -> Result<T, Complaint>,
    ) -> Vec<(String, T)> {
        let Some((table, _)) = self.table_of(key) else { return Vec::new() };
        let mut pairs = Vec::new();
        for (name, value) in table {
            match read(name.get_ref(), value.get_ref()) {
                Ok(value) => pairs.push((name.get_ref().to_string(), value)),
                Err(complaint) => {
                    self.problems.push(complaint.problem(&format!("{key}.{}", name.get_ref()), name.span()));
                }
            }
        }
        pairs
    }

    /// The places of the entries of the array `key`.
    pub(super) fn places(&self, key: &'static str) -> Vec<Range<usize>> {
        let array = self.table.get(key).and_then(|value| value.get_ref().as_array());
        array.into_iter().flatten().map(Spanned::span).collect()
    }

    /// Whether `key` is there, right or wrong.
    pub(super) fn has(&self, key: &'static str) -> bool {
        self.table.contains_key(key)
    }

    /// Whether `key` is a string.
    pub(super) fn is_text(&self, key: &'static str) -> bool {
        self.table.get(key).is_some_and(|value| value.get_ref().is_str())
    }

    /// Whether `key` is an array without entries.
    pub(super) fn is_empty(&self, key: &'static str) -> bool {
        let array = self.table.get(key).and_then(|value| value.get_ref().as_array());
        array.is_some_and(|entries| entries.is_empty())
    }

    /// Adds a problem with `key`, which is there.
    pub(super) fn complain(&mut self, key: &'static str, complaint: Complaint) {
        if let Some((name, _)) = self.table.get_key_value(key) {
            self.problems.push(complaint.problem(key, name.span()));
        }
    }

    /// Adds a problem.
    pub(super) fn push(&mut self, problem: Problem) {
        self.problems.push(problem);
    }

    fn refuse_unknown_keys(&mut self) {
        let place = if self.path.is_empty() { String::new() } else { format!(" in [{}]", self.path) };
        for (name, _) in self.table {
            let key = name.get_ref().as_ref();
            if self.known.contains(&key) {
                continue;
            }
            let problem = if LATER.contains(&key) {
                Problem::at(name.span(), format!("this version does not know the key `{key}`{place} yet"))
            } else {
                let help = nearest(key, self.known.iter().copied()).map_or_else(
                    || format!("the keys{place} are {}", list(&self.known)),
                    |near| format!("did you mean `{near}`?"),
                );
                Problem::at(name.span(), format!("unknown key `{key}`{place}")).help(help)
            };
            self.problems.push(problem);
        }
    }
}

impl<'a, 'i> Section<'a, 'i> {
    fn entry(&mut self, key: &'static str) -> Option<(&'a Spanned<toml::de::DeString<'i>>, &'a Value<'i>)> {
        self.known.push(key);
        self.table.get_key_value(key)
    }

    fn table_of(&mut self, key: &'static str) -> Option<(&'a DeTable<'i>, String)> {
        let (name, value) = self.entry(key)?;
        let DeValue::Table(table) = value.get_ref() else {
            self.problems.push(wrong_type("a table", value.get_ref()).problem(key, name.span()));
            return None;
        };
        Some((table, self.path_of(key)))
    }

    fn array_of(
        &mut self,
        key: &'static str,
        wanted: &str,
    ) -> Option<(&'a Spanned<toml::de::DeString<'i>>, &'a [Value<'i>])> {
        let (name, value) = self.entry(key)?;
        let DeValue::Array(items) = value.get_ref() else {
            self.problems.push(wrong_type(wanted, value.get_ref()).problem(key, name.span()));
            return None;
        };
        Some((name, items))
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }
}

/// The complaint about a value of another type than `wanted`.
pub(super) fn wrong_type(wanted: &str, value: &DeValue<'_>) -> Complaint {
    let found = match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    };
    Complaint::new(format!("must be {wanted}, not {found}"))
}

/// A string.
pub(super) fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, Complaint> {
    value.as_str().ok_or_else(|| wrong_type("a string", value))
}
