//! Values for the tables.

use jiff::Timestamp;

use super::UnderWay;
use crate::model::Version;

/// The first step from version 7 to version 8.
pub(crate) fn under_way(shape: &str) -> UnderWay {
    UnderWay {
        old: Version(7),
        next: Version(8),
        step: 1,
        shape: shape.parse().unwrap(),
        since: Timestamp::from_millisecond(1_795_222_800_000).unwrap(),
        red: Vec::new(),
        dead_man: false,
    }
}
