//! What to do about other runs: flags of verbs that write to aliases.

use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;

use super::span;
use crate::ops::locks::{LockFlags, Wait};

/// What to do about other runs.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Lock options")]
pub(in crate::cli) struct LockArgs {
    /// Wait for other runs on the same aliases, for as long as it takes or for a time such as 10m
    #[arg(long, value_name = "DURATION", value_parser = span, num_args = 0..=1, require_equals = true)]
    #[expect(clippy::option_option, reason = "clap's type of a flag whose value may be left out")]
    wait: Option<Option<SignedDuration>>,
    /// Neither take locks in the store nor mind those of others
    #[arg(long, conflicts_with = "wait")]
    no_lock: bool,
}

impl LockArgs {
    /// As the line takes them.
    #[must_use]
    pub(in crate::cli) fn flags(&self) -> LockFlags {
        let wait = match self.wait {
            None => Wait::No,
            Some(None) => Wait::Forever,
            // A span is never negative.
            Some(Some(most)) => Wait::AtMost(Duration::try_from(most).unwrap_or_default()),
        };
        LockFlags { wait, without: self.no_lock }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        locks: LockArgs,
        word: Option<String>,
    }

    #[test]
    fn waiting_has_a_time_or_none_and_takes_no_word_after_it() {
        for (words, wait, without) in [
            (&[][..], Wait::No, false),
            (&["--wait"], Wait::Forever, false),
            (&["--wait=10m"], Wait::AtMost(Duration::from_mins(10)), false),
            (&["--wait", "10m"], Wait::Forever, false),
            (&["--no-lock"], Wait::No, true),
        ] {
            let line = Line::try_parse_from([&["deploy"], words].concat()).unwrap();
            assert_eq!(line.locks.flags(), LockFlags { wait, without }, "{words:?}");
            assert_eq!(line.word.is_some(), words.len() == 2);
        }
        for wrong in
            [&["deploy", "--wait=soon"][..], &["deploy", "--wait=-1m"], &["deploy", "--wait", "--no-lock"]]
        {
            assert!(Line::try_parse_from(wrong).is_err(), "{wrong:?}");
        }
    }
}
