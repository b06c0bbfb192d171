//! The tables that the benchmark prints: lines of values, each in one place.

use crate::tools::Cost;

/// Both tools side by side.
pub(crate) struct Compared {
    pub(crate) what: String,
    pub(crate) ours: Cost,
    pub(crate) theirs: Cost,
    /// What theirs is estimated by, when not all of it was done.
    pub(crate) sample: Option<usize>,
    /// How many times as fast as theirs ours is to be.
    pub(crate) aim: Option<f64>,
}

/// The tool beside what AWS's rates and the network allow.
pub(crate) struct Bound {
    pub(crate) what: String,
    pub(crate) ours: Cost,
    /// Seconds that no tool can do without.
    pub(crate) floor: f64,
    /// How many times the floor it may take.
    pub(crate) aim: f64,
}

impl Compared {
    pub(crate) fn header() -> String {
        format!(
            "{:<40} {:>9} {:>12} {:>8} {:>7} {:>13} {:>15} {:>7}",
            "ours / cargo-lambda's", "ours s", "theirs s", "faster", "aim", "requests", "MB up", "429"
        )
    }

    pub(crate) fn line(&self) -> String {
        let (ours, theirs) = (&self.ours, &self.theirs);
        let about = if self.sample.is_some() { "~" } else { "" };
        let aim = self.aim.map(|aim| format!(">= {aim:.0}x")).unwrap_or_default();
        let what = match self.sample {
            Some(sample) => format!("{} (*{sample})", self.what),
            None => self.what.clone(),
        };
        format!(
            "{what:<40} {:>9.2} {:>12} {:>8} {aim:>7} {:>13} {:>15} {:>7}",
            ours.seconds,
            format!("{about}{:.2}", theirs.seconds),
            format!("{about}{:.1}x", theirs.seconds / ours.seconds),
            format!("{} / {}", ours.traffic.requests, theirs.traffic.requests),
            format!("{:.2} / {:.2}", megabytes(ours.traffic.bytes_up), megabytes(theirs.traffic.bytes_up)),
            format!("{} / {}", ours.traffic.throttled, theirs.traffic.throttled),
        )
    }
}

impl Bound {
    pub(crate) fn header() -> String {
        format!(
            "{:<40} {:>9} {:>12} {:>8} {:>7} {:>13} {:>15} {:>7}",
            "ours / what AWS allows", "ours s", "allowed s", "times", "aim", "requests", "MB up", "429"
        )
    }

    pub(crate) fn line(&self) -> String {
        let ours = &self.ours;
        format!(
            "{:<40} {:>9.2} {:>12.2} {:>8} {:>7} {:>13} {:>15.2} {:>7}",
            self.what,
            ours.seconds,
            self.floor,
            format!("{:.2}x", ours.seconds / self.floor),
            format!("<= {}", self.aim),
            ours.traffic.requests,
            megabytes(ours.traffic.bytes_up),
            ours.traffic.throttled,
        )
    }
}

/// A size for people.
#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
