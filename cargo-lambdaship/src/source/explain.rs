//! What is different, in words for people. Pure.

use std::collections::BTreeMap;

use super::Difference;

/// What is different, the most telling first; of more than `most`, the rest is counted.
#[must_use]
pub fn words(differences: &[Difference], most: usize) -> Vec<String> {
    let (updates, others): (Vec<_>, Vec<_>) =
        differences.iter().partition(|difference| dependency(difference).is_some());
    let mut words: Vec<String> = others.into_iter().map(word).collect();
    words.extend(dependencies(&updates));
    // Files come first: they are what somebody has edited.
    words.sort_by_key(|word| {
        !["file ", "new file ", "removed file "].iter().any(|kind| word.starts_with(kind))
    });
    let more = words.len().saturating_sub(most);
    words.truncate(most);
    if more > 0 {
        words.push(if words.is_empty() { format!("{more} inputs") } else { format!("and {more} more") });
    }
    words
}

fn word(difference: &Difference) -> String {
    match difference {
        Difference::New(name) => format!("new {name}"),
        Difference::Changed(name) => name.clone(),
        Difference::Gone(name) => format!("removed {name}"),
    }
}

/// The name and version, if it is a dependency that is different.
fn dependency(difference: &Difference) -> Option<(&str, &str)> {
    let (Difference::New(name) | Difference::Changed(name) | Difference::Gone(name)) = difference;
    name.strip_prefix("dependency ")?.rsplit_once(' ')
}

/// A version that is gone, and a new one of the same package, are an update.
fn dependencies(differences: &[&Difference]) -> Vec<String> {
    let mut packages: BTreeMap<&str, [Vec<&str>; 3]> = BTreeMap::new();
    for difference in differences {
        let Some((name, version)) = dependency(difference) else { continue };
        let [old, new, changed] = packages.entry(name).or_default();
        match difference {
            Difference::Gone(_) => old.push(version),
            Difference::New(_) => new.push(version),
            Difference::Changed(_) => changed.push(version),
        }
    }
    let mut words = Vec::new();
    for (name, [old, new, changed]) in packages {
        words.extend(changed.iter().map(|version| format!("dependency {name} {version}")));
        match (old.as_slice(), new.as_slice()) {
            ([old], [new]) => words.push(format!("dependency {name} {old} -> {new}")),
            (old, new) => {
                words.extend(new.iter().map(|version| format!("new dependency {name} {version}")));
                words.extend(old.iter().map(|version| format!("removed dependency {name} {version}")));
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(differences: &[&str], most: usize) -> String {
        let difference = |text: &&str| match text.split_at(1) {
            ("+", name) => Difference::New(name.to_owned()),
            ("-", name) => Difference::Gone(name.to_owned()),
            (_, name) => Difference::Changed(name.to_owned()),
        };
        words(&differences.iter().map(difference).collect::<Vec<_>>(), most).join(", ")
    }

    #[test]
    fn differences_are_short_words() {
        for (differences, most, expected) in [
            (&[][..], 3, ""),
            (&["~file hello/src/main.rs"], 3, "file hello/src/main.rs"),
            (
                &["+file a/x.rs", "-file a/y.rs", "~toolchain"],
                3,
                "new file a/x.rs, removed file a/y.rs, toolchain",
            ),
            (
                &["-dependency serde 1.0.228", "+dependency serde 1.0.229"],
                3,
                "dependency serde 1.0.228 -> 1.0.229",
            ),
            (
                &["-dependency rand 0.8.0", "+dependency rand 0.9.0", "+dependency rand 0.10.0"],
                3,
                "new dependency rand 0.9.0, new dependency rand 0.10.0, removed dependency rand 0.8.0",
            ),
            (&["~dependency one 1.0.0"], 3, "dependency one 1.0.0"),
            (&["+dependency one 1.0.0"], 3, "new dependency one 1.0.0"),
            (
                &["~builder", "~flag features", "~file a/1", "~file a/2", "~target"],
                2,
                "file a/1, file a/2, and 3 more",
            ),
            (&["~file a/1", "~file a/2"], 2, "file a/1, file a/2"),
            (&["~file a/1", "~file a/2"], 0, "2 inputs"),
        ] {
            assert_eq!(told(differences, most), expected, "{differences:?}");
        }
    }
}
