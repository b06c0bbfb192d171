//! AWS's limits and shapes, as checks of single values. Pure. Sources: the Lambda, CloudWatch, CloudWatch Logs and Resource
//! Groups Tagging service models, and the Lambda developer guide's quotas page.

use toml::de::DeValue;

use super::reader::{Complaint, text, wrong_type};

/// Most layers of a function.
pub(super) const LAYERS: usize = 5;
/// Most subnets of a function.
pub(super) const SUBNETS: usize = 16;
/// Most security groups of a function.
pub(super) const SECURITY_GROUPS: usize = 5;
/// Most tags of a function.
pub(super) const TAGS: usize = 50;
/// Most bytes of all environment variables together, as JSON.
pub(super) const VARIABLES: usize = 4096;
/// Most alarms that one request asks for.
pub(super) const ALARMS: usize = 100;
/// Most bytes of an event whose answer is waited for.
pub(super) const EVENT: usize = 6_291_456;

/// The days that CloudWatch Logs can keep events.
pub(super) const RETENTION: [u32; 22] =
    [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

/// An integer of `range`; `unit` follows the numbers in the message.
pub(super) fn integer(
    range: std::ops::RangeInclusive<u32>,
    unit: &'static str,
) -> impl Fn(&DeValue<'_>) -> Result<u32, Complaint> {
    move |value| {
        let DeValue::Integer(integer) = value else { return Err(wrong_type("an integer", value)) };
        let number = i64::from_str_radix(integer.as_str(), integer.radix()).ok();
        number
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                Complaint::new(format!("must be {} to {}{unit}, not {integer}", range.start(), range.end()))
            })
    }
}

/// A timeout such as `"10s"` or `"2m"`, in seconds.
pub(super) fn timeout(value: &DeValue<'_>) -> Result<u32, Complaint> {
    if let DeValue::Integer(integer) = value {
        let complaint = Complaint::new("must be a string with a unit, not a bare number");
        return Err(complaint.help(format!("write `timeout = \"{integer}s\"` for {integer} seconds")));
    }
    let text = text(value)?;
    let (number, seconds) = match text.strip_suffix('m') {
        Some(minutes) => (minutes, 60),
        None => (text.strip_suffix('s').unwrap_or_default(), 1),
    };
    let number = Some(number).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()));
    let seconds = number.and_then(|number| number.parse::<u32>().ok()).and_then(|n| n.checked_mul(seconds));
    match seconds {
        None => Err(Complaint::new("must be whole seconds or minutes, such as \"10s\" or \"2m\"")),
        Some(1..=900) => Ok(seconds.unwrap_or_default()),
        Some(_) => Err(Complaint::new(format!("must be 1s to 900s (15m), not {text}"))),
    }
}

/// Days of log retention.
pub(super) fn retention(value: &DeValue<'_>) -> Result<u32, Complaint> {
    let days = integer(1..=3653, " days")(value)?;
    if RETENTION.contains(&days) {
        return Ok(days);
    }
    let all: Vec<String> = RETENTION.iter().map(u32::to_string).collect();
    Err(Complaint::new(format!("must be a number of days that CloudWatch Logs takes, not {days}"))
        .help(format!("one of {}", all.join(", "))))
}

/// A string of at most `most` characters.
pub(super) fn short(most: usize) -> impl Fn(&DeValue<'_>) -> Result<String, Complaint> {
    move |value| {
        let text = text(value)?;
        let length = text.chars().count();
        if length > most {
            return Err(Complaint::new(format!("has {length} characters, and AWS takes at most {most}")));
        }
        Ok(text.to_owned())
    }
}

/// One of the words of `choices`.
pub(super) fn choice<T: Copy>(
    choices: &'static [(&'static str, T)],
) -> impl Fn(&DeValue<'_>) -> Result<T, Complaint> {
    move |value| {
        let text = text(value)?;
        choices.iter().find(|(word, _)| *word == text).map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            let complaint = Complaint::new(format!("must be {}, not `{text}`", alternatives(&words)));
            match crate::suggest::nearest(text, words) {
                Some(near) => complaint.help(format!("did you mean `{near}`?")),
                None => complaint,
            }
        })
    }
}

/// A boolean.
pub(super) fn boolean(value: &DeValue<'_>) -> Result<bool, Complaint> {
    value.as_bool().ok_or_else(|| wrong_type("a boolean", value))
}

/// An ARN of one of `services` (each with the beginning of its resource part), or an empty string.
pub(super) fn arn_or_nothing(
    services: &'static [(&'static str, &'static str)],
) -> impl Fn(&DeValue<'_>) -> Result<String, Complaint> {
    move |value| match text(value)? {
        "" => Ok(String::new()),
        text => arn(services, text).map(|()| text.to_owned()),
    }
}

/// Checks the shape of an ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
pub(super) fn arn(services: &[(&str, &str)], text: &str) -> Result<(), Complaint> {
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    if let [scheme, partition, service, _, account, resource] = parts.as_slice() {
        let account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
        let known = services.iter().any(|(name, start)| name == service && resource.starts_with(start));
        if *scheme == "arn" && partition.starts_with("aws") && account && known && !resource.is_empty() {
            return Ok(());
        }
    }
    let forms: Vec<String> =
        services.iter().map(|(name, start)| format!("arn:aws:{name}:…:{start}…")).collect();
    let forms: Vec<&str> = forms.iter().map(String::as_str).collect();
    Err(Complaint::new(format!("must look like {}, not `{text}`", alternatives(&forms))))
}

/// Checks the shape of an id such as `subnet-0a1b`.
pub(super) fn id(prefix: &'static str) -> impl Fn(&str) -> Result<(), Complaint> {
    move |text| match text.strip_prefix(prefix) {
        Some(rest) if !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric()) => Ok(()),
        _ => Err(Complaint::new(format!("must hold ids that begin with `{prefix}`, not `{text}`"))),
    }
}

/// `` `a` or `b` ``
fn alternatives(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> DeValue<'_> {
        DeValue::parse(text).unwrap().into_inner()
    }

    #[test]
    fn timeouts() {
        for (text, expected) in [
            ("\"1s\"", Ok(1)),
            ("\"10s\"", Ok(10)),
            ("\"15m\"", Ok(900)),
            ("\"16m\"", Err("must be 1s to 900s (15m), not 16m")),
            ("\"0s\"", Err("must be 1s to 900s (15m), not 0s")),
            ("\"10\"", Err("must be whole seconds or minutes, such as \"10s\" or \"2m\"")),
            ("\"1.5s\"", Err("must be whole seconds or minutes, such as \"10s\" or \"2m\"")),
            ("\"99999999999s\"", Err("must be whole seconds or minutes, such as \"10s\" or \"2m\"")),
            ("10", Err("must be a string with a unit, not a bare number")),
            ("true", Err("must be a string, not a boolean")),
        ] {
            let found = timeout(&parse(text)).map_err(|complaint| complaint.phrase);
            assert_eq!(found, expected.map_err(str::to_owned), "{text}");
        }
    }

    #[test]
    fn integers() {
        let memory = integer(128..=10240, " MB");
        for (text, expected) in [
            ("128", Ok(128)),
            ("10_240", Ok(10240)),
            ("0x80", Ok(128)),
            ("127", Err("must be 128 to 10240 MB, not 127")),
            ("-1", Err("must be 128 to 10240 MB, not -1")),
            ("1.0", Err("must be an integer, not a float")),
            ("99999999999999999999", Err("must be 128 to 10240 MB, not 99999999999999999999")),
        ] {
            assert_eq!(memory(&parse(text)).map_err(|c| c.phrase), expected.map_err(str::to_owned), "{text}");
        }
        assert_eq!(retention(&parse("30")).unwrap(), 30);
        assert!(retention(&parse("31")).is_err());
    }

    #[test]
    fn arns() {
        let kms = &[("kms", "key/")];
        for (text, holds) in [
            ("arn:aws:kms:eu-west-1:111111111111:key/abc", true),
            ("arn:aws-cn:kms:cn-north-1:111111111111:key/abc", true),
            ("arn:aws:kms:eu-west-1:111:key/abc", false),
            ("arn:aws:sqs:eu-west-1:111111111111:key/abc", false),
            ("alias/abc", false),
        ] {
            assert_eq!(arn(kms, text).is_ok(), holds, "{text}");
        }
    }
}
