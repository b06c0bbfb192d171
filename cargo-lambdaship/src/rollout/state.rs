//! The state that an alias carries in its Description: `lambdaship/1 prev=7 run=1795222800123`.

use std::fmt;

use crate::context;
use crate::model::Version;

/// The first word of a Description that this tool wrote.
const HEADER: &str = "lambdaship/1";
/// What stands between our words and somebody else's.
const SEPARATOR: &str = " | ";
/// Lambda's limit for the Description of an alias (its service model).
const LIMIT: usize = 256;

/// A run of this tool: when it began, in milliseconds since 1970. All aliases that one run moves carry the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run(pub i64);

impl Run {
    /// The run that begins now.
    #[must_use]
    pub fn now() -> Self {
        Self(context::now().as_millisecond())
    }
}

/// What an alias remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AliasState {
    /// The version that the alias served before this one: where a rollback goes.
    pub previous: Option<Version>,
    /// The run that moved it to where it is.
    pub run: Option<Run>,
    /// A description that somebody else gave the alias; it is kept.
    pub note: String,
}

impl AliasState {
    /// Reads a Description. One that this tool did not write is a note.
    #[must_use]
    pub fn parse(description: &str) -> Self {
        let ours = description.strip_prefix(HEADER);
        // `lambdaship/12` would be another format than `lambdaship/1`.
        let Some(ours) = ours.filter(|rest| rest.is_empty() || rest.starts_with(' ')) else {
            return Self { previous: None, run: None, note: description.to_owned() };
        };
        let (words, note) = ours.split_once(SEPARATOR).unwrap_or((ours, ""));
        let value = |name: &str| words.split_whitespace().find_map(|word| word.strip_prefix(name));
        Self {
            previous: value("prev=").and_then(Version::parse),
            run: value("run=").and_then(|time| time.parse().ok()).map(Run),
            note: note.to_owned(),
        }
    }

    /// The state after `run` moved the alias on from `version`.
    #[must_use]
    pub fn moved_from(&self, version: Option<Version>, run: Run) -> Self {
        Self { previous: version.or(self.previous), run: Some(run), note: self.note.clone() }
    }
}

/// The Description, at most 256 characters: a note that does not fit is cut.
impl fmt::Display for AliasState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let previous = self.previous.map(|previous| format!(" prev={previous}")).unwrap_or_default();
        let run = self.run.map(|Run(time)| format!(" run={time}")).unwrap_or_default();
        let separator = if self.note.is_empty() { "" } else { SEPARATOR };
        let text = format!("{HEADER}{previous}{run}{separator}{}", self.note);
        f.write_str(&text.chars().take(LIMIT).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(previous: Option<u64>, note: &str) -> AliasState {
        AliasState { previous: previous.map(Version), run: None, note: note.to_owned() }
    }

    #[test]
    fn a_description_is_read_and_written() {
        let table = [
            ("lambdaship/1", state(None, "")),
            ("lambdaship/1 prev=7", state(Some(7), "")),
            ("lambdaship/1 prev=7 | used by the app", state(Some(7), "used by the app")),
            ("lambdaship/1 prev=7 run=9", AliasState { run: Some(Run(9)), ..state(Some(7), "") }),
            ("lambdaship/1 run=9 | x", AliasState { run: Some(Run(9)), ..state(None, "x") }),
        ];
        for (text, state) in table {
            assert_eq!(AliasState::parse(text), state, "{text}");
            assert_eq!(state.to_string(), text);
        }
    }

    #[test]
    fn words_that_are_not_known_are_passed_over() {
        assert_eq!(AliasState::parse("lambdaship/1 id=x prev=7 step=1/3"), state(Some(7), ""));
        assert_eq!(AliasState::parse("lambdaship/1 prev=$LATEST"), state(None, ""));
    }

    #[test]
    fn a_foreign_description_is_kept_as_a_note() {
        for text in ["by hand", "lambdaship/12 prev=7"] {
            assert_eq!(AliasState::parse(text), state(None, text));
        }
        let foreign = AliasState::parse("prev=3 by hand");
        assert_eq!(foreign, state(None, "prev=3 by hand"));
        assert_eq!(
            foreign.moved_from(Some(Version(2)), Run(9)).to_string(),
            "lambdaship/1 prev=2 run=9 | prev=3 by hand"
        );
    }

    #[test]
    fn a_description_never_exceeds_lambdas_limit() {
        let long = state(Some(7), &"ü".repeat(300));
        assert_eq!(long.to_string().chars().count(), 256);
        assert_eq!(AliasState::parse(&long.to_string()).previous, Some(Version(7)));
    }
}
