//! Numbers as people read them: counts, shares, times.
//!
//! In: numbers. Out: short text in plain ASCII.

use std::time::Duration;

use super::HealthReport;

/// With thousands apart: `2,280`.
#[must_use]
pub fn count(number: u64) -> String {
    grouped(&number.to_string())
}

fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share of the traffic: `5 %`, `12.5 %`.
#[must_use]
pub fn percent(percent: f64) -> String {
    format!("{percent} %")
}

/// The share of invocations that failed, to a tenth: `0.8 %`. Neither nothing nor everything is claimed when it is only
/// nearly so. `-` without any invocation.
#[must_use]
pub fn failed(health: &HealthReport) -> String {
    let (errors, invocations) = (u128::from(health.errors), u128::from(health.invocations));
    if invocations == 0 {
        return "-".to_owned();
    }
    let tenths = (errors * 2_000 + invocations) / (invocations * 2);
    match tenths {
        0 if errors > 0 => "<0.1 %".to_owned(),
        1_000 if errors < invocations => ">99.9 %".to_owned(),
        _ if tenths % 10 == 0 => format!("{} %", tenths / 10),
        _ => format!("{}.{} %", tenths / 10, tenths % 10),
    }
}

/// A duration in milliseconds: `32 ms`, `0.8 ms`, `12.3 s`.
#[must_use]
pub fn milliseconds(milliseconds: f64) -> String {
    if milliseconds < 0.1 {
        "<0.1 ms".to_owned()
    } else if milliseconds < 9.95 {
        format!("{} ms", tenths(milliseconds))
    } else if milliseconds < 9_999.5 {
        format!("{} ms", grouped(&format!("{milliseconds:.0}")))
    } else {
        format!("{} s", tenths(milliseconds / 1_000.0))
    }
}

fn tenths(number: f64) -> String {
    let text = format!("{number:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// The 95th percentile of the duration; `-` when there is none.
#[must_use]
pub fn p95(health: &HealthReport) -> String {
    health.p95.map_or_else(|| "-".to_owned(), milliseconds)
}

/// A time in whole seconds: `45s`, `3m12s`, `1h02m`.
#[must_use]
pub fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
    }
}

/// How many of `cells` a share of 0.0 to 1.0 fills. Neither none nor all of them when the share is between.
#[must_use]
pub fn filled(share: f64, cells: u16) -> usize {
    let filled = (1..=cells).filter(|cell| f64::from(*cell) <= share * f64::from(cells) + 0.5).count();
    let cells = usize::from(cells);
    if share <= 0.0 {
        0
    } else if share >= 1.0 {
        cells
    } else {
        filled.clamp(1, cells.saturating_sub(1).max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart() {
        let table =
            [(0, "0"), (999, "999"), (2_280, "2,280"), (123_456, "123,456"), (1_234_567, "1,234,567")];
        for (number, text) in table {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn a_share_that_failed_is_never_made_nothing_or_everything() {
        let table = [
            (0, 0, "-"),
            (0, 120, "0 %"),
            (1, 100_000, "<0.1 %"),
            (9, 1_080, "0.8 %"),
            (12, 120, "10 %"),
            (1, 3, "33.3 %"),
            (99_999, 100_000, ">99.9 %"),
            (7, 7, "100 %"),
            (u64::MAX, u64::MAX, "100 %"),
        ];
        for (errors, invocations, text) in table {
            let health = HealthReport { invocations, errors, ..HealthReport::default() };
            assert_eq!(failed(&health), text, "{errors} of {invocations}");
        }
    }

    #[test]
    fn durations_have_two_or_three_digits() {
        let table = [
            (0.0, "<0.1 ms"),
            (0.84, "0.8 ms"),
            (1.0, "1 ms"),
            (9.97, "10 ms"),
            (31.6, "32 ms"),
            (1_234.0, "1,234 ms"),
            (9_999.9, "10 s"),
            (12_345.0, "12.3 s"),
            (900_000.0, "900 s"),
        ];
        for (number, text) in table {
            assert_eq!(milliseconds(number), text);
        }
        assert_eq!(p95(&HealthReport::default()), "-");
    }

    #[test]
    fn times_are_in_the_two_greatest_units() {
        let table =
            [(0, "0s"), (45, "45s"), (60, "1m00s"), (192, "3m12s"), (3_720, "1h02m"), (90_000, "25h00m")];
        for (seconds, text) in table {
            assert_eq!(span(Duration::from_secs(seconds)), text);
        }
    }

    #[test]
    fn a_bar_is_empty_or_full_only_when_the_share_is() {
        let table =
            [(0.0, 0), (0.0001, 1), (0.05, 1), (0.25, 5), (0.5, 10), (0.9999, 19), (1.0, 20), (7.0, 20)];
        for (share, cells) in table {
            assert_eq!(filled(share, 20), cells, "{share}");
        }
        assert_eq!(filled(0.5, 1), 1);
    }

    #[test]
    fn shares_of_the_traffic_are_as_exact_as_they_were_stated() {
        assert_eq!([percent(5.0), percent(12.5), percent(99.99)], ["5 %", "12.5 %", "99.99 %"]);
    }
}
