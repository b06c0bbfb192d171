//! Something that takes time, as two lines on the terminal: a clock that goes on by itself, and what is known so far.

use std::fmt::Write;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressState, ProgressStyle};

/// How often the clock is drawn.
const TICK: Duration = Duration::from_millis(250);

/// The two lines. Dropping it takes them away.
pub struct Bake {
    first: ProgressBar,
    second: ProgressBar,
}

impl Bake {
    pub(super) fn new(bars: &MultiProgress, verb: &str) -> Self {
        let first = bars.add(ProgressBar::no_length().with_prefix(verb.to_owned()));
        let second = ProgressBar::no_length().with_style(style("      {wide_msg}"));
        let second = bars.insert_after(&first, second);
        Self { first, second }
    }

    /// Shows `first` after a clock, and `second` below, both cut to the terminal's width. The clock is written anew as time
    /// goes by: `clock` is given the time since this call.
    pub fn show<C>(&self, clock: C, first: String, second: String)
    where
        C: Fn(Duration) -> String + Clone + Send + Sync + 'static,
    {
        let key = move |state: &ProgressState, text: &mut dyn Write| {
            // The line is a `String`, which takes everything.
            let _ = text.write_str(&clock(state.elapsed()));
        };
        self.first.reset_elapsed();
        self.first.set_style(style("{prefix:>12.cyan.bold} {clock} {wide_msg}").with_key("clock", key));
        self.first.set_message(first);
        self.second.set_message(second);
        self.first.enable_steady_tick(TICK);
    }
}

impl Drop for Bake {
    fn drop(&mut self) {
        self.first.finish_and_clear();
        self.second.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}
