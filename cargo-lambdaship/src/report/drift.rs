//! How what is live differs from what was deployed.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Failure, Format, human, markdown};
use crate::given::Given;
use crate::model::{Change, Version};

/// The name and number of the format.
pub const SCHEMA: &str = "lambdaship.drift/1";
/// The note on what an alias was compared with: usually the ledger.
pub const BY_LEDGER: &str = "compared with the last release in the ledger";
/// The same where there is no store.
pub const BY_ITSELF: &str = "without a store only what the alias itself says can be compared";

/// One environment, compared with what was deployed to it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DriftReport {
    /// `lambdaship.drift/1`.
    pub schema: Cow<'static, str>,
    /// The environment.
    pub env: String,
    /// The account.
    pub account: String,
    /// The region, or all of them.
    pub region: String,
    /// Whether any function drifted.
    pub drifted: bool,
    /// Each function, by name.
    pub functions: Vec<FunctionDrift>,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FunctionDrift {
    /// The function.
    pub function: String,
    /// The lambda.
    pub lambda: String,
    /// The alias.
    pub alias: String,
    /// The region, when the environment has several.
    pub region: Option<String>,
    /// The version that the alias serves; absent for `$LATEST`, and where there is none.
    #[schemars(with = "Option<u64>")]
    pub version: Option<Version>,
    /// How it compares.
    pub state: DriftState,
    /// What is not as it was deployed; `from` is as deployed, `to` as it is live.
    pub changes: Vec<Change>,
    /// What was compared with, and what could not be compared, each in a phrase.
    pub notes: Vec<String>,
    /// Who deployed it last, as far as that is known.
    pub by: Option<String>,
    /// When (RFC 3339).
    pub at: Option<String>,
    /// The page of the CI run that did.
    pub run: Option<String>,
    /// Why it could not be compared; its state is `unknown` then.
    pub error: Option<Failure>,
}

/// How a function compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DriftState {
    /// As it was deployed.
    Same,
    /// Something else.
    Drifted,
    /// It was deployed, and is not there any more.
    Gone,
    /// It was not deployed by this tool, or nothing is known of it.
    Unknown,
    /// A rollout is under way, which the alias itself tells.
    RollingOut,
}

/// The titles of the columns.
const HEADER: [&str; 5] = ["FUNCTION", "LAMBDA", "VERSION", "STATE", "WHAT"];

impl DriftReport {
    /// The same report, whose commands have what the run was given, and name the function that they are about.
    #[must_use]
    pub fn whole(mut self, given: &Given) -> Self {
        for function in &mut self.functions {
            let given = given.only(&function.function, function.region.as_deref());
            let hint = function.error.as_mut().and_then(|failure| failure.hint.as_mut());
            for text in function.notes.iter_mut().chain(hint) {
                *text = given.whole(text);
            }
        }
        self
    }

    /// Renders the report as `format`: a table with what was found under it, or the document.
    #[must_use]
    pub fn render(&self, format: Format) -> String {
        let header = || HEADER.map(str::to_owned).to_vec();
        let rows = self.functions.iter().map(cells);
        match format {
            Format::Json => format!("{}\n", serde_json::to_string_pretty(self).unwrap_or_default()),
            Format::Human if self.functions.is_empty() => String::new(),
            Format::Human => {
                let details = self.functions.iter().map(|function| details(function, "  ", str::to_owned));
                format!("{}{}", human::table(header(), rows), details.collect::<String>())
            }
            Format::Markdown => {
                let details = self.functions.iter().map(|function| details(function, "- ", markdown::escape));
                format!("{}{}", markdown::table(&header(), rows), details.collect::<String>())
            }
        }
    }
}

impl FunctionDrift {
    /// Where the alias was left and where it is, when both are known and differ.
    pub(super) fn moved(&self) -> Option<&Change> {
        let known = |side: &Option<serde_json::Value>| side.as_ref().is_some_and(|value| !value.is_null());
        self.changes
            .iter()
            .find(|change| change.field == "version" && known(&change.from) && known(&change.to))
    }

    /// The version that the alias serves, behind the one that was deployed where that is another one.
    fn version(&self) -> String {
        let shown = |value: Option<&serde_json::Value>| value.map_or_else(|| "?".to_owned(), human::shown);
        let served = || self.version.map_or_else(|| "-".to_owned(), |version| version.to_string());
        self.moved().map_or_else(served, |change| {
            format!("{} -> {}", shown(change.from.as_ref()), shown(change.to.as_ref()))
        })
    }

    /// Whether there is something to say of it besides that it is as it was deployed.
    fn is_telling(&self) -> bool {
        let usual = |note: &String| note == BY_LEDGER || note == BY_ITSELF;
        self.state != DriftState::Same || !self.notes.iter().all(usual)
    }
}

fn cells(function: &FunctionDrift) -> Vec<String> {
    let fields: Vec<&str> = function.changes.iter().map(|change| change.field.as_str()).collect();
    let state = match function.state {
        DriftState::Same => "same",
        DriftState::Drifted => "drifted",
        DriftState::Gone => "gone",
        DriftState::Unknown => "unknown",
        DriftState::RollingOut => "rolling out",
    };
    vec![
        function.function.clone(),
        match &function.region {
            Some(region) => format!("{} ({region})", function.lambda),
            None => function.lambda.clone(),
        },
        function.version(),
        state.to_owned(),
        if fields.is_empty() { "-".to_owned() } else { fields.join(", ") },
    ]
}

/// What differs, what was compared with, and who deployed it; nothing where there is nothing to tell.
fn details(function: &FunctionDrift, bullet: &str, shown: fn(&str) -> String) -> String {
    if !function.is_telling() {
        return String::new();
    }
    let changes = function.changes.iter().map(human::change_line);
    let notes = function.notes.iter().map(|note| format!("note: {note}"));
    let by = function.by.as_ref().map(|by| {
        let at = function.at.as_ref().map(|at| format!(" at {at}")).unwrap_or_default();
        let run = function.run.as_ref().map(|run| format!(", {run}")).unwrap_or_default();
        format!("deployed last by {by}{at}{run}")
    });
    let lines = changes.chain(notes).chain(by).map(|line| format!("{bullet}{}\n", shown(&line)));
    let title = shown(&format!("{}:{}", function.lambda, function.alias));
    // A list needs an empty line before it in markdown, and a terminal none.
    let gap = if bullet == "- " { "\n" } else { "" };
    format!("\n{title}\n{gap}{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report() -> DriftReport {
        let same = FunctionDrift {
            function: "worker".to_owned(),
            lambda: "worker-production".to_owned(),
            alias: "live".to_owned(),
            region: None,
            version: Some(Version(3)),
            state: DriftState::Same,
            changes: Vec::new(),
            notes: vec!["compared with the last release in the ledger".to_owned()],
            by: Some("ada".to_owned()),
            at: Some("2026-11-20T10:00:00Z".to_owned()),
            run: None,
            error: None,
        };
        let change =
            |field: &str, from, to| Change { field: field.to_owned(), from: Some(from), to: Some(to) };
        let moved = FunctionDrift {
            function: "hello".to_owned(),
            lambda: "hello-production".to_owned(),
            region: Some("eu-west-1".to_owned()),
            state: DriftState::Drifted,
            changes: vec![change("version", json!(8), json!(7)), change("tags.a|b", json!("x"), json!("@y"))],
            ..same.clone()
        };
        DriftReport {
            schema: SCHEMA.into(),
            env: "production".to_owned(),
            account: "111111111111".to_owned(),
            region: "eu-west-1".to_owned(),
            drifted: true,
            functions: vec![moved, same],
        }
    }

    #[test]
    fn a_drift_is_a_table_with_what_differs_under_it() {
        insta::assert_snapshot!(report().render(Format::Human), @"
        FUNCTION  LAMBDA                        VERSION  STATE    WHAT
        hello     hello-production (eu-west-1)  8 -> 7   drifted  version, tags.a|b
        worker    worker-production             3        same     -

        hello-production:live
          ~ version: 8 -> 7
          ~ tags.a|b: x -> @y
          note: compared with the last release in the ledger
          deployed last by ada at 2026-11-20T10:00:00Z
        ");
        insta::assert_snapshot!(report().render(Format::Markdown), @r"
        | function | lambda | version | state | what |
        | --- | --- | --- | --- | --- |
        | hello | hello-production (eu-west-1) | 8 -&gt; 7 | drifted | version, tags.a\|b |
        | worker | worker-production | 3 | same | - |

        hello-production:live

        - \~ version: 8 -&gt; 7
        - \~ tags.a\|b: x -&gt; &#64;y
        - note: compared with the last release in the ledger
        - deployed last by ada at 2026-11-20T10:00:00Z
        ");
    }

    #[test]
    fn a_note_that_is_not_the_usual_one_is_shown_of_what_is_the_same() {
        let mut report = report();
        report.functions.remove(0);
        report.functions[0].notes.push("version 3 was not published by this tool".to_owned());
        for format in [Format::Human, Format::Markdown] {
            let text = report.render(format);
            assert!(text.contains("note: version 3 was not published by this tool"), "{text}");
        }
    }

    #[test]
    fn json_is_the_whole_document() {
        let read: DriftReport = serde_json::from_str(&report().render(Format::Json)).unwrap();
        assert_eq!(read, report());
    }
}
