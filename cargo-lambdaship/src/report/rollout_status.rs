//! `rollout status`: the rollouts that are under way, as a list.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::{Format, HealthReport, Listing, StepVerdict, numbers};
use crate::model::Version;

/// A rollout that is under way.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct UnderWayRow {
    /// The function.
    pub function: String,
    /// The lambda.
    pub lambda: String,
    /// The alias that moves.
    pub alias: String,
    /// The version that it served before.
    #[schemars(with = "u64")]
    pub old: Version,
    /// The version that it is to serve.
    #[schemars(with = "u64")]
    pub new: Version,
    /// The share of the new version now, in percent.
    pub percent: f64,
    /// Which step that is, from 1.
    pub step: usize,
    /// How many steps there are.
    pub steps: usize,
    /// How long the step still bakes, in seconds; absent when it is overdue.
    #[serde(rename = "seconds_left", serialize_with = "seconds")]
    #[schemars(with = "Option<u64>")]
    pub left: Option<Duration>,
    /// The old version since the step began; absent when the metrics could not be read.
    pub old_health: Option<HealthReport>,
    /// The new version, over the same minutes.
    pub new_health: Option<HealthReport>,
    /// What the counts say so far.
    pub verdict: StepVerdict,
    /// Who has the next word.
    pub state: Drive,
    /// What else there is to know, such as why it is held.
    pub note: Option<String>,
}

/// Who has the next word in a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Drive {
    /// Whoever drives it, as far as can be told.
    Driven,
    /// Somebody who promotes or aborts it: it is held.
    Held,
    /// Nobody drives it any more: it should have gone on long ago.
    Abandoned,
}

#[expect(clippy::ref_option, reason = "serde hands the field over by reference")]
fn seconds<S: Serializer>(left: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    left.map(|left| left.as_secs()).serialize(serializer)
}

const HEADER: [&str; 15] = [
    "FUNCTION",
    "ALIAS",
    "OLD",
    "NEW",
    "WEIGHT",
    "STEP",
    "LEFT",
    "NEW CALLS",
    "FAILED",
    "P95",
    "OLD CALLS",
    "FAILED",
    "P95",
    "VERDICT",
    "NOTE",
];

/// Renders the rollouts as `format`. People are told when there is none.
#[must_use]
pub fn render(rows: &[UnderWayRow], format: Format) -> String {
    if rows.is_empty() && format != Format::Json {
        return "nothing is being rolled out\n".to_owned();
    }
    Listing { header: &HEADER, items: rows, cells }.render(format)
}

fn cells(row: &UnderWayRow) -> Vec<String> {
    let mut cells = vec![
        row.function.clone(),
        row.alias.clone(),
        row.old.to_string(),
        row.new.to_string(),
        numbers::percent(row.percent),
        format!("{}/{}", row.step, row.steps),
        left(row),
    ];
    cells.extend([row.new_health, row.old_health].into_iter().flat_map(health));
    cells.push(row.verdict.word().to_owned());
    cells.push(row.note.clone().unwrap_or_default());
    cells
}

/// A step that is held is not late.
fn left(row: &UnderWayRow) -> String {
    match (row.left, row.state) {
        (_, Drive::Held) => "held".to_owned(),
        (Some(left), _) => numbers::span(left),
        (None, Drive::Driven | Drive::Abandoned) => "overdue".to_owned(),
    }
}

fn health(health: Option<HealthReport>) -> [String; 3] {
    let Some(health) = health else { return ["-", "-", "-"].map(str::to_owned) };
    [numbers::count(health.invocations), numbers::failed(&health), numbers::p95(&health)]
}

#[cfg(test)]
mod tests {
    use super::super::testing::health;
    use super::*;

    fn row() -> UnderWayRow {
        UnderWayRow {
            function: "hello".to_owned(),
            lambda: "hello-staging".to_owned(),
            alias: "live".to_owned(),
            old: Version(7),
            new: Version(8),
            percent: 5.0,
            step: 1,
            steps: 3,
            left: Some(Duration::from_millis(192_400)),
            old_health: Some(health(2_280, 20, 30.0)),
            new_health: Some(health(120, 1, 32.0)),
            verdict: StepVerdict::Baking,
            state: Drive::Driven,
            note: None,
        }
    }

    fn overdue() -> UnderWayRow {
        UnderWayRow {
            function: "a|b".to_owned(),
            left: None,
            old_health: None,
            new_health: None,
            verdict: StepVerdict::Unreadable,
            state: Drive::Abandoned,
            note: Some("nobody drives it".to_owned()),
            ..row()
        }
    }

    fn held() -> UnderWayRow {
        UnderWayRow {
            left: None,
            verdict: StepVerdict::TooQuiet,
            state: Drive::Held,
            note: Some("too few invocations to judge it".to_owned()),
            ..row()
        }
    }

    #[test]
    fn each_rollout_is_a_row() {
        insta::assert_snapshot!(render(&[row(), overdue(), held()], Format::Human), @r"
        FUNCTION  ALIAS  OLD  NEW  WEIGHT  STEP  LEFT     NEW CALLS  FAILED  P95    OLD CALLS  FAILED  P95    VERDICT     NOTE
        hello     live   7    8    5 %     1/3   3m12s    120        0.8 %   32 ms  2,280      0.9 %   30 ms  baking
        a|b       live   7    8    5 %     1/3   overdue  -          -       -      -          -       -      unreadable  nobody drives it
        hello     live   7    8    5 %     1/3   held     120        0.8 %   32 ms  2,280      0.9 %   30 ms  too quiet   too few invocations to judge it
        ");
        insta::assert_snapshot!(render(&[overdue()], Format::Markdown), @r"
        | function | alias | old | new | weight | step | left | new calls | failed | p95 | old calls | failed | p95 | verdict | note |
        | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
        | a\|b | live | 7 | 8 | 5 % | 1/3 | overdue | - | - | - | - | - | - | unreadable | nobody drives it |
        ");
    }

    #[test]
    fn json_has_the_values() {
        insta::assert_snapshot!(render(&[row()], Format::Json), @r#"
        [
          {
            "function": "hello",
            "lambda": "hello-staging",
            "alias": "live",
            "old": 7,
            "new": 8,
            "percent": 5.0,
            "step": 1,
            "steps": 3,
            "seconds_left": 192,
            "old_health": {
              "invocations": 2280,
              "errors": 20,
              "throttles": 0,
              "p95": 30.0
            },
            "new_health": {
              "invocations": 120,
              "errors": 1,
              "throttles": 0,
              "p95": 32.0
            },
            "verdict": "baking",
            "state": "driven",
            "note": null
          }
        ]
        "#);
    }

    #[test]
    fn none_is_said_in_words_and_is_an_empty_list_for_programs() {
        for (format, text) in [
            (Format::Human, "nothing is being rolled out\n"),
            (Format::Markdown, "nothing is being rolled out\n"),
            (Format::Json, "[]\n"),
        ] {
            assert_eq!(render(&[], format), text);
        }
    }
}
