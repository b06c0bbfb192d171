//! How aliases move: flags of `deploy` and `plan`.

use clap::{Args, ValueEnum};

use crate::model::{Meeting, Shape};
use crate::ops::rollout_flags::RolloutFlags;
use crate::rollout::Stay;

/// How aliases move.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Rollout options")]
pub(in crate::cli) struct RolloutArgs {
    /// Move each alias like this: all-at-once, or steps such as 10%/5m, 5%,25%/5m or linear:10%/1m [default: the
    /// configuration's, then all-at-once]
    #[arg(long, value_name = "SHAPE")]
    rollout: Option<Shape>,
    /// What to do with an alias that is in the middle of a rollout [default: the configuration's, then resume]
    #[arg(long, value_name = "WHAT", value_enum)]
    under_way: Option<UnderWay>,
}

/// `--under-way`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum UnderWay {
    /// Go on with it when it brings what is wanted
    Resume,
    /// End it first, at the old version
    Abort,
    /// Leave it alone
    Refuse,
}

impl RolloutArgs {
    /// As the line takes them.
    #[must_use]
    pub(in crate::cli) fn flags(&self, stay: Stay) -> RolloutFlags {
        let meeting = self.under_way.map(|what| match what {
            UnderWay::Resume => Meeting::Resume,
            UnderWay::Abort => Meeting::Abort,
            UnderWay::Refuse => Meeting::Refuse,
        });
        RolloutFlags { shape: self.rollout.clone(), meeting, stay }
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        rollout: RolloutArgs,
    }

    #[test]
    fn flags_are_read_as_the_configuration_is() {
        let table = [
            (&[][..], None, None),
            (&["--rollout", "10%/5m"], Some("10%/5m"), None),
            (&["--rollout=all-at-once"], Some("all-at-once"), None),
            (&["--under-way", "resume"], None, Some(Meeting::Resume)),
            (&["--under-way", "abort"], None, Some(Meeting::Abort)),
            (&["--under-way", "refuse"], None, Some(Meeting::Refuse)),
        ];
        for (words, shape, meeting) in table {
            let line = Line::try_parse_from([&["deploy"], words].concat()).unwrap();
            let shape = shape.map(|text| text.parse().unwrap());
            let expected = RolloutFlags { shape, meeting, stay: Stay::OneStep };
            assert_eq!(line.rollout.flags(Stay::OneStep), expected, "{words:?}");
        }
    }

    #[test]
    fn a_shape_that_is_none_is_refused_in_the_same_words() {
        let refused = Line::try_parse_from(["deploy", "--rollout", "50%,10%/5m"]).unwrap_err();
        assert!(refused.to_string().contains("each step must be more than the one before"), "{refused}");
    }
}
