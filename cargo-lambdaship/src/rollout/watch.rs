//! Shows a rollout while it runs: live on a terminal, a line now and then elsewhere.
//!
//! In: where it stands, as often as somebody looked. Out: lines on the console. It must not decide anything about the
//! rollout.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::standing::{Standing, clock, comparison, headline, standing};
use crate::console::{Bake, Console};
use crate::context;
use crate::report::StepVerdict;

const VERB: &str = "Watching";
/// The longest that nothing is said while nothing happens.
const SILENCE: Duration = Duration::from_mins(1);

/// What watches the rollout of one function. Dropping it takes its lines off the terminal.
pub struct Watch {
    console: Console,
    shown: Mutex<Shown>,
}

#[derive(Default)]
struct Shown {
    live: Option<Bake>,
    said: Option<Said>,
    /// The step that is shown, and how long it had to bake when that was seen first.
    whole: Option<(usize, Duration)>,
}

/// What was said last.
#[derive(Debug, Clone, Copy)]
struct Said {
    step: usize,
    verdict: StepVerdict,
    at: Instant,
}

impl Watch {
    /// Watches one function's rollout on `console`.
    #[must_use]
    pub fn new(console: &Console) -> Self {
        Self { console: console.clone(), shown: Mutex::default() }
    }

    /// Shows where the rollout stands. To be called at each look at it.
    pub fn show(&self, at: &Standing<'_>) {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        if self.console.is_terminal() {
            shown.draw(&self.console, at);
        } else {
            shown.say(&self.console, at, context::instant());
        }
    }
}

impl Shown {
    fn draw(&mut self, console: &Console, at: &Standing<'_>) {
        let (left, whole) = (at.left, whole(self.whole, at));
        self.whole = Some((at.step, whole));
        let live = self.live.get_or_insert_with(|| console.bake(VERB));
        live.show(move |since| clock(left.saturating_sub(since), whole), headline(at), comparison(at));
    }

    fn say(&mut self, console: &Console, at: &Standing<'_>, now: Instant) {
        let before = self.said.map(|said| (said.step, said.verdict, now.duration_since(said.at)));
        if is_due(before, at) {
            console.status(VERB, standing(at));
            self.said = Some(Said { step: at.step, verdict: at.verdict, at: now });
        }
    }
}

/// How long the step bakes as a whole, given what was seen of it before.
fn whole(before: Option<(usize, Duration)>, at: &Standing<'_>) -> Duration {
    match before {
        Some((step, whole)) if step == at.step => whole.max(at.left),
        _ => at.left,
    }
}

/// Whether a line is written, given the step and the verdict that the last one told of, and the time since.
fn is_due(before: Option<(usize, StepVerdict, Duration)>, at: &Standing<'_>) -> bool {
    let Some((step, verdict, since)) = before else { return true };
    step != at.step || verdict != at.verdict || since >= SILENCE
}

#[cfg(test)]
mod tests {
    use indicatif::InMemoryTerm;

    use super::super::standing::tests::{at, names};
    use super::*;
    use crate::console::Verbosity;
    use crate::model::{AliasName, FunctionName};

    #[test]
    fn a_line_is_written_when_something_happened_or_a_minute_passed() {
        let names = names();
        let at = at(&names);
        let seconds = Duration::from_secs;
        let table = [
            (None, true),
            (Some((1, StepVerdict::Baking, seconds(0))), false),
            (Some((1, StepVerdict::Baking, seconds(59))), false),
            (Some((1, StepVerdict::Baking, seconds(60))), true),
            (Some((1, StepVerdict::TooQuiet, seconds(1))), true),
            (Some((2, StepVerdict::Baking, seconds(1))), true),
        ];
        for (before, due) in table {
            assert_eq!(is_due(before, &at), due, "{before:?}");
        }
    }

    #[test]
    fn a_step_bakes_as_long_as_it_was_seen_to() {
        let names = names();
        let at = at(&names);
        let seconds = Duration::from_secs;
        for (before, expected) in
            [(None, 192), (Some((1, 300)), 300), (Some((1, 100)), 192), (Some((2, 300)), 192)]
        {
            let before = before.map(|(step, whole)| (step, seconds(whole)));
            assert_eq!(whole(before, &at), seconds(expected), "{before:?}");
        }
    }

    #[test]
    fn looks_that_tell_nothing_new_write_nothing() {
        let names = names();
        let (console, out, err) = Console::buffered(Verbosity::Normal);
        let watch = Watch::new(&console);
        let first = Standing { counts: None, ..at(&names) };
        watch.show(&first);
        watch.show(&first);
        watch.show(&Standing { verdict: StepVerdict::Unreadable, ..first });
        assert_eq!(
            err.text(),
            "    Watching hello live 5 % v8 · 3m12s left\n    \
             Watching hello live 5 % v8 · 3m12s left · the metrics cannot be read\n"
        );
        assert_eq!(out.text(), "");
    }

    /// Waits until the terminal shows what it has to.
    fn until(terminal: &InMemoryTerm, holds: impl Fn(&str) -> bool) -> String {
        let deadline = context::instant() + Duration::from_mins(3);
        loop {
            let text = terminal.contents();
            if holds(&text) {
                return text;
            }
            assert!(context::instant() < deadline, "{text}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn without_clock(line: &str) -> &str {
        let Some((verb, rest)) = line.split_once('[') else { return line.trim_start() };
        assert_eq!(verb, "    Watching ");
        let (_, message) = rest.split_once("s ").unwrap();
        message
    }

    #[test]
    fn several_functions_are_one_under_the_other_and_their_clocks_go_on() {
        let terminal = InMemoryTerm::new(24, 80);
        let console = Console::drawn(terminal.clone());
        let (hello, mut worker) = (names(), names());
        worker.0 = FunctionName::new("a-worker-of-a-name-that-does-not-fit").unwrap();
        worker.1 = AliasName::new("prod").unwrap();
        let (first, second) = (Watch::new(&console), Watch::new(&console));
        first.show(&at(&hello));
        second.show(&Standing { counts: None, ..at(&worker) });
        let text = until(&terminal, |text| text.lines().count() == 4 && !text.contains("3m12s"));
        let lines: Vec<_> = text.lines().map(without_clock).collect();
        let expected = [
            "hello 5 % v8 baking, step 1/3",
            "v8 120 calls 0.8 % failed p95 32 ms · v7 2,280 calls 0.9 % 30 ms",
            "a-worker-of-a-name-… 5 % v8 baking, step 1/3",
            "no metrics yet",
        ];
        assert_eq!(lines, expected);
        drop(first);
        let text = until(&terminal, |text| text.lines().count() == 2);
        assert!(text.contains("a-worker"), "{text}");
        drop(second);
        until(&terminal, str::is_empty);
    }
}
