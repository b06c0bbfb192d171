//! Numbers in sentences.

/// Ends a number's last three digits, and the three before them, with commas: `1,080`.
pub(super) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A share, 0.0 to 1.0 and above, to two digits that say something: `10 %`, `0.8 %`, `0.03 %`.
pub(super) fn percent(share: f64) -> String {
    let percent = share * 100.0;
    let decimals = match percent {
        ..0.1 => 2,
        ..9.95 => 1,
        _ => 0,
    };
    let text = format!("{percent:.decimals$}");
    let text = if decimals > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} %")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_have_commas() {
        for (number, text) in [(0, "0"), (999, "999"), (1_080, "1,080"), (12_345_678, "12,345,678")] {
            assert_eq!(count(number), text);
        }
    }

    #[test]
    fn shares_have_two_digits_that_say_something() {
        let table = [
            (0.0, "0 %"),
            (0.0003, "0.03 %"),
            (9.0 / 1080.0, "0.8 %"),
            (0.01, "1 %"),
            (0.0996, "10 %"),
            (0.1, "10 %"),
            (0.125, "12 %"),
            (1.0, "100 %"),
            (1.5, "150 %"),
        ];
        for (share, text) in table {
            assert_eq!(percent(share), text, "{share}");
        }
    }
}
