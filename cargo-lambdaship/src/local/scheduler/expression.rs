//! `at(...)` expressions: one moment, to the second, in a time zone.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::local::fault::Fault;

const FORMAT: &str = "%Y-%m-%dT%H:%M:%S";

/// The moment that `expression` names. Without a time zone it is in UTC.
pub(crate) fn moment(expression: &str, timezone: Option<&str>) -> Result<Timestamp, Fault> {
    if ["rate(", "cron("].iter().any(|kind| expression.starts_with(kind)) {
        return Err(Fault::validation("the local AWS has one-time schedules only: at(yyyy-mm-ddThh:mm:ss)"));
    }
    let inside = expression.strip_prefix("at(").and_then(|rest| rest.strip_suffix(')'));
    let time = inside.and_then(|text| {
        let time = DateTime::strptime(FORMAT, text).ok()?;
        // Digits must be as many as the format has.
        (time.strftime(FORMAT).to_string() == text).then_some(time)
    });
    let time = time.ok_or_else(|| invalid(expression))?;
    let zone = match timezone {
        None | Some("UTC") => TimeZone::UTC,
        Some(name) => TimeZone::get(name)
            .map_err(|_| Fault::validation(format!("`{name}` is not a time zone of the IANA database")))?,
    };
    let moment = time.to_zoned(zone).map_err(|_| invalid(expression))?;
    Ok(moment.timestamp())
}

/// The refusal of an expression, also of one whose moment is over.
pub(crate) fn invalid(expression: &str) -> Fault {
    Fault::validation(format!("Invalid Schedule Expression {expression}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_in_its_time_zone() {
        for (expression, timezone, expected) in [
            ("at(2026-11-21T04:05:06)", None, Some("2026-11-21T04:05:06Z")),
            ("at(2026-11-21T04:05:06)", Some("UTC"), Some("2026-11-21T04:05:06Z")),
            ("at(2026-11-21T04:05:06)", Some("Nowhere/Town"), None),
            ("at(2026-11-21T04:05:06Z)", None, None),
            ("at(2026-11-21T4:05:06)", None, None),
            ("at(2026-11-21T04:05)", None, None),
            ("at(2026-13-21T04:05:06)", None, None),
            ("at(2026-11-21T04:05:06", None, None),
            ("2026-11-21T04:05:06", None, None),
            ("rate(5 minutes)", None, None),
            ("cron(0 12 * * ? *)", None, None),
            ("", None, None),
        ] {
            let found = moment(expression, timezone).ok();
            assert_eq!(found, expected.map(|text| text.parse().unwrap()), "{expression} {timezone:?}");
        }
    }

    #[test]
    fn a_zone_of_the_database_shifts_the_moment() {
        // Not every machine has the database.
        if TimeZone::get("Europe/Berlin").is_ok() {
            let found = moment("at(2026-07-01T12:00:00)", Some("Europe/Berlin")).unwrap();
            assert_eq!(found, "2026-07-01T10:00:00Z".parse().unwrap());
        }
    }
}
