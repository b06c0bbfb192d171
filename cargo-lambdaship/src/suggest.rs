//! "Did you mean": the nearest of the names that exist. Pure.

/// The candidate that `name` most likely stands for, if one is near enough.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    let distance =
        |candidate: &str| strsim::damerau_levenshtein(&name.to_lowercase(), &candidate.to_lowercase());
    candidates
        .into_iter()
        .map(|candidate| (distance(candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

/// The sentence for a name that is not among `candidates`: the nearest one if there is one, and the list.
#[must_use]
pub fn did_you_mean(name: &str, what: &str, candidates: &[&str]) -> String {
    if let [only] = candidates {
        return match nearest(name, [*only]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there is only `{only}`"),
        };
    }
    let list = list(candidates);
    match nearest(name, candidates.iter().copied()) {
        Some(near) => format!("did you mean `{near}`? The {what} are {list}"),
        None if candidates.is_empty() => format!("there are no {what}"),
        None => format!("the {what} are {list}"),
    }
}

/// The names in backticks, joined by commas.
#[must_use]
pub fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_and_a_far_one_is_not() {
        let keys = ["memory", "timeout", "tracing"];
        for (name, expected) in [
            ("memroy", Some("memory")),
            ("Memory", Some("memory")),
            ("time-out", Some("timeout")),
            ("trace", None),
            ("bananas", None),
        ] {
            assert_eq!(nearest(name, keys), expected, "{name}");
        }
    }

    #[test]
    fn the_sentence_has_the_list() {
        assert_eq!(
            did_you_mean("helo", "functions", &["hello", "worker"]),
            "did you mean `hello`? The functions are `hello`, `worker`"
        );
        assert_eq!(did_you_mean("helo", "functions", &["hello"]), "did you mean `hello`?");
        assert_eq!(did_you_mean("x", "functions", &["hello"]), "there is only `hello`");
        assert_eq!(did_you_mean("x", "functions", &[]), "there are no functions");
    }
}
