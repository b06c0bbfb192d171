//! The state that an alias carries in its Description. At rest: `lambdaship/1 prev=7 run=1795222800123`; in the middle of a
//! rollout: `lambdaship/1 prev=7 next=8 step=2/3 at=5,25,50 bake=300000 since=1795222800456 was=5 run=…`.

use std::fmt;

use jiff::Timestamp;

use super::UnderWay;
use super::fields::Words;
use crate::model::Version;

/// The first word of a Description that this tool wrote.
const HEADER: &str = "lambdaship/1";
/// What stands between our words and somebody else's.
const SEPARATOR: &str = " | ";
/// Lambda's limit for the Description of an alias (its service model).
const LIMIT: usize = 256;
/// How many versions that were rolled back an alias remembers.
const UNDONE: usize = 4;

/// A run of this tool: when it began, in milliseconds since 1970. All aliases that one run moves carry the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run(pub i64);

impl Run {
    /// The run that begins at `now`, of the server's clock: the clocks of two runners differ.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(now.as_millisecond())
    }
}

/// What an alias remembers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AliasState {
    /// The version that the alias served before the one that it serves: where a rollback goes. In the middle of a rollout,
    /// the one before the old version.
    pub previous: Option<Version>,
    /// The run that moved it to what it serves; in the middle of a rollout, to the old version.
    pub run: Option<Run>,
    /// The rollout that it is in the middle of, and the run that began it.
    pub rollout: Option<(UnderWay, Run)>,
    /// Versions that were rolled back, the latest first.
    pub undone: Vec<Version>,
    /// The version that a deploy moved it to, where that is older than the one before: an older commit was deployed again, and
    /// nothing was rolled back.
    pub down: Option<Version>,
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
            return Self { note: description.to_owned(), ..Self::default() };
        };
        let (words, note) = ours.split_once(SEPARATOR).unwrap_or((ours, ""));
        let words = Words(words);
        let run = |name| words.get(name).and_then(|time| time.parse().ok()).map(Run);
        let rollout = UnderWay::read(&words).zip(run("run="));
        let (previous, moved_by) = if rollout.is_some() { ("was=", "was-run=") } else { ("prev=", "run=") };
        Self {
            previous: words.version(previous),
            run: run(moved_by),
            rollout,
            undone: words.list("undone=").filter_map(Version::parse).collect(),
            down: words.version("down="),
            note: note.to_owned(),
        }
    }

    /// The state after `run` brought the alias from `from` to `to`, as a deploy does: also what is older is brought, and
    /// nothing is wrong with what it served before.
    #[must_use]
    pub fn moved(&self, from: Option<Version>, to: Version, run: Run) -> Self {
        let mut undone = self.undone.clone();
        undone.retain(|version| *version != to && Some(*version) != from);
        let down = from.filter(|from| *from > to).map(|_| to);
        let (previous, note) = (from.or(self.previous), self.note.clone());
        Self { previous, run: Some(run), rollout: None, undone, down, note }
    }

    /// The state after `run` took the alias back from `from` to `to`.
    #[must_use]
    pub fn went_back(&self, from: Option<Version>, to: Version, run: Run) -> Self {
        let mut state = Self { down: None, ..self.moved(from, to, run) };
        if let Some(from) = from {
            state.undone.insert(0, from);
        }
        state
    }

    /// The state in the step `under_way` of the rollout that `run` began.
    #[must_use]
    pub fn rolling(&self, under_way: UnderWay, run: Run) -> Self {
        Self { rollout: Some((under_way, run)), ..self.clone() }
    }

    /// The state after the rollout that the alias was in the middle of reached its end.
    #[must_use]
    pub fn promoted(&self) -> Self {
        match &self.rollout {
            Some((under_way, run)) => self.moved(Some(under_way.old), under_way.next, *run),
            None => self.clone(),
        }
    }

    /// The state after the rollout that the alias was in the middle of was taken back: as if it had never begun.
    #[must_use]
    pub fn taken_back(&self) -> Self {
        let mut state = Self { rollout: None, ..self.clone() };
        if let Some((under_way, _)) = &self.rollout {
            state.undone.retain(|version| *version != under_way.next);
            state.undone.insert(0, under_way.next);
        }
        state
    }

    fn words(&self) -> String {
        let run =
            |name: &str, run: Option<Run>| run.map(|Run(time)| format!(" {name}={time}")).unwrap_or_default();
        let previous =
            |name: &str| self.previous.map(|version| format!(" {name}={version}")).unwrap_or_default();
        match &self.rollout {
            None => format!("{}{}", previous("prev"), run("run", self.run)),
            Some((under_way, began)) => {
                let was = format!("{}{}", previous("was"), run("was-run", self.run));
                // What can be missed is cut first.
                format!("{}{was}{under_way}", run("run", Some(*began)))
            }
        }
    }
}

/// The Description, at most 256 characters: a note that does not fit is cut.
impl fmt::Display for AliasState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let undone: Vec<String> = self.undone.iter().take(UNDONE).map(Version::to_string).collect();
        let undone = if undone.is_empty() { String::new() } else { format!(" undone={}", undone.join(",")) };
        let down = self.down.map(|version| format!(" down={version}")).unwrap_or_default();
        let more = format!("{down}{undone}");
        let separator = if self.note.is_empty() { "" } else { SEPARATOR };
        let words = format!("{HEADER}{}", self.words());
        let all = format!("{words}{more}{separator}{}", self.note);
        // Half a word would be read as another one.
        let cut = if words.len() + more.len() > LIMIT { words } else { all };
        f.write_str(&cut.chars().take(LIMIT).collect::<String>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollout::AlarmMark;
    use crate::rollout::testing::under_way;

    fn state(previous: Option<u64>, note: &str) -> AliasState {
        AliasState { previous: previous.map(Version), note: note.to_owned(), ..AliasState::default() }
    }

    fn rolling(shape: &str) -> AliasState {
        let before = AliasState { run: Some(Run(1_795_000_000_000)), ..state(Some(5), "") };
        before.rolling(under_way(shape), Run(1_795_222_800_123))
    }

    #[test]
    fn a_description_is_read_and_written() {
        let run = Some(Run(9));
        let table = [
            ("lambdaship/1", state(None, "")),
            ("lambdaship/1 prev=7", state(Some(7), "")),
            ("lambdaship/1 prev=7 | used by the app", state(Some(7), "used by the app")),
            ("lambdaship/1 prev=7 run=9", AliasState { run, ..state(Some(7), "") }),
            ("lambdaship/1 run=9 | x", AliasState { run, ..state(None, "x") }),
            (
                "lambdaship/1 prev=7 undone=9,8",
                AliasState { undone: vec![Version(9), Version(8)], ..state(Some(7), "") },
            ),
            ("lambdaship/1 prev=7 down=6", AliasState { down: Some(Version(6)), ..state(Some(7), "") }),
            (
                "lambdaship/1 run=1795222800123 was=5 was-run=1795000000000 prev=7 next=8 step=1/3 at=5,25,50 \
                 bake=300000 since=1795222800000",
                rolling("5%,25%,50%/5m"),
            ),
        ];
        for (text, state) in table {
            assert_eq!(AliasState::parse(text), state, "{text}");
            assert_eq!(state.to_string(), text);
        }
    }

    #[test]
    fn words_that_are_not_known_are_passed_over() {
        assert_eq!(AliasState::parse("lambdaship/1 id=x prev=7 colour=blue"), state(Some(7), ""));
        assert_eq!(AliasState::parse("lambdaship/1 prev=$LATEST"), state(None, ""));
    }

    #[test]
    fn half_a_rollout_is_none() {
        let whole = rolling("5%,25%/1m").to_string();
        assert!(AliasState::parse(&whole).rollout.is_some());
        for word in ["run=", "prev=", "next=", "step=", "at=", "bake=", "since="] {
            let rest: Vec<_> = whole.split(' ').filter(|one| !one.starts_with(word)).collect();
            assert_eq!(AliasState::parse(&rest.join(" ")).rollout, None, "without {word}");
        }
        for (word, other) in [("step=1/2", "step=3/2"), ("step=1/2", "step=0/2"), ("step=1/2", "step=1/3")] {
            assert_eq!(AliasState::parse(&whole.replace(word, other)).rollout, None, "{other}");
        }
    }

    #[test]
    fn a_foreign_description_is_kept_as_a_note() {
        for text in ["by hand", "lambdaship/12 prev=7"] {
            assert_eq!(AliasState::parse(text), state(None, text));
        }
        let foreign = AliasState::parse("prev=3 by hand");
        assert_eq!(foreign, state(None, "prev=3 by hand"));
        assert_eq!(
            foreign.moved(Some(Version(2)), Version(3), Run(9)).to_string(),
            "lambdaship/1 prev=2 run=9 | prev=3 by hand"
        );
    }

    #[test]
    fn a_rollout_ends_forward_or_as_if_it_had_never_begun() {
        let rolling = rolling("5%,25%,50%/5m");
        assert_eq!(rolling.promoted().to_string(), "lambdaship/1 prev=7 run=1795222800123");
        assert_eq!(rolling.taken_back().to_string(), "lambdaship/1 prev=5 run=1795000000000 undone=8");
        let again = rolling.taken_back().rolling(under_way("5%/1m"), Run(3));
        assert_eq!(again.promoted().to_string(), "lambdaship/1 prev=7 run=3", "it was not undone after all");
        assert_eq!(again.taken_back().undone, [Version(8)], "once is enough");
    }

    #[test]
    fn what_is_gone_back_from_is_undone_until_it_is_brought_again() {
        let state = state(Some(7), "").went_back(Some(Version(8)), Version(7), Run(9));
        assert_eq!(state.to_string(), "lambdaship/1 prev=8 run=9 undone=8");
        assert_eq!(
            state.moved(Some(Version(7)), Version(8), Run(10)).to_string(),
            "lambdaship/1 prev=7 run=10"
        );
        let further = state.went_back(Some(Version(7)), Version(5), Run(10));
        assert_eq!(further.to_string(), "lambdaship/1 prev=7 run=10 undone=7,8");
    }

    #[test]
    fn an_older_version_that_is_deployed_again_undoes_nothing() {
        let down = state(Some(7), "").moved(Some(Version(8)), Version(7), Run(9));
        assert_eq!(down.to_string(), "lambdaship/1 prev=8 run=9 down=7");
        let back = down.went_back(Some(Version(7)), Version(8), Run(10));
        assert_eq!(back.to_string(), "lambdaship/1 prev=7 run=10 undone=7");
        let on = down.moved(Some(Version(7)), Version(9), Run(10));
        assert_eq!(on.to_string(), "lambdaship/1 prev=7 run=10");
        let again = down.rolling(under_way("5%/1m"), Run(3));
        assert_eq!(AliasState::parse(&again.to_string()).taken_back().down, Some(Version(7)), "{again}");
    }

    #[test]
    fn a_description_never_exceeds_lambdas_limit() {
        let long = state(Some(7), &"ü".repeat(300));
        assert_eq!(long.to_string().chars().count(), 256);
        assert_eq!(AliasState::parse(&long.to_string()).previous, Some(Version(7)));
    }

    #[test]
    fn the_longest_rollout_fits_and_is_read_whole() {
        let steps: Vec<String> = (0..16).map(|step| format!("{}.25%", step + 10)).collect();
        let mut under_way = under_way(&format!("{}/168h", steps.join(",")));
        (under_way.old, under_way.next, under_way.dead_man) = (Version(99_999), Version(100_000), true);
        under_way.red = vec![AlarmMark::of("orders-errors"); 8];
        let before = AliasState {
            run: Some(Run(1_795_000_000_000)),
            undone: vec![Version(99_998); 4],
            ..state(Some(99_997), &"n".repeat(200))
        };
        let text = before.rolling(under_way.clone(), Run(1_795_222_800_123)).to_string();
        assert!(text.chars().count() <= 256, "{text}");
        let (read, _) = AliasState::parse(&text).rollout.unwrap();
        assert_eq!(read, UnderWay { red: read.red.clone(), ..under_way.clone() });
        assert!(!read.red.is_empty() && read.red.iter().all(|mark| under_way.red.contains(mark)), "{text}");
    }
}
