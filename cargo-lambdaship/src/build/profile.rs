//! What the release profile gets where its owner says nothing: symbols stripped, thin LTO, one codegen unit.
//!
//! Cargo ranks `--config` above the environment, configuration files and manifests, so a default may be passed that
//! way only for a setting that none of them states.

use toml::Table;

use crate::context::Environment;

/// The values for `--config` that complete `profile`. `layers` are the parsed root manifest and configuration files.
pub(crate) fn defaults(profile: &str, layers: &[Table], environment: &Environment) -> Vec<String> {
    let chain = chain(profile, layers);
    if chain.last().is_none_or(|last| last != "release") {
        return Vec::new();
    }
    let stated = |key: &str| {
        chain.iter().any(|profile| {
            layers.iter().any(|layer| setting(layer, profile, key).is_some())
                || environment.get(&variable(profile, key)).is_some()
        })
    };
    // Who asks for debug information wants it in the binary.
    let strip = !stated("strip") && !stated("debug") && !stated("split-debuginfo");
    let wanted = [
        ("strip", "\"symbols\"", strip),
        ("lto", "\"thin\"", !stated("lto")),
        ("codegen-units", "1", !stated("codegen-units")),
    ];
    let silent = wanted.into_iter().filter(|(.., silent)| *silent);
    silent.map(|(key, value, _)| format!("profile.{profile}.{key}={value}")).collect()
}

/// `profile` and the profiles that it inherits from, nearest first.
fn chain(profile: &str, layers: &[Table]) -> Vec<String> {
    let mut chain = vec![profile.to_owned()];
    while let Some(parent) = chain.last().and_then(|last| parent(last, layers)) {
        if chain.contains(&parent) {
            break; // Cargo refuses the circle in its own words.
        }
        chain.push(parent);
    }
    chain
}

fn parent(profile: &str, layers: &[Table]) -> Option<String> {
    let stated =
        layers.iter().find_map(|layer| setting(layer, profile, "inherits")?.as_str().map(str::to_owned));
    stated.or_else(|| (profile == "bench").then(|| "release".to_owned()))
}

fn setting<'a>(layer: &'a Table, profile: &str, key: &str) -> Option<&'a toml::Value> {
    layer.get("profile")?.get(profile)?.get(key)
}

fn variable(profile: &str, key: &str) -> String {
    format!("CARGO_PROFILE_{profile}_{key}").replace('-', "_").to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_fill_only_what_nobody_states() {
        let none: &[(&str, &str)] = &[];
        let all = "strip=\"symbols\" lto=\"thin\" codegen-units=1";
        for (profile, manifest, config, variables, expected) in [
            ("release", "", "", none, all),
            ("release", "[profile.dev]\nlto = true", "", none, all),
            ("release", "[profile.release]\nlto = \"fat\"", "", none, "strip=\"symbols\" codegen-units=1"),
            (
                "release",
                "[profile.release]\nlto = false",
                "[profile.release]\nstrip = false",
                none,
                "codegen-units=1",
            ),
            ("release", "[profile.release]\ndebug = 1", "", none, "lto=\"thin\" codegen-units=1"),
            (
                "release",
                "",
                "",
                &[("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")],
                "strip=\"symbols\" lto=\"thin\"",
            ),
            ("dev", "", "", none, ""),
            (
                "small",
                "[profile.small]\ninherits = \"release\"\nlto = true",
                "",
                none,
                "strip=\"symbols\" codegen-units=1",
            ),
            ("fast", "[profile.fast]\ninherits = \"dev\"", "", none, ""),
            ("a", "[profile.a]\ninherits = \"b\"\n[profile.b]\ninherits = \"a\"", "", none, ""),
        ] {
            let layers = [manifest.parse().unwrap(), config.parse().unwrap()];
            let environment = variables.iter().copied().collect();
            let prefix = format!("profile.{profile}.");
            let defaults = defaults(profile, &layers, &environment).join(" ");
            assert_eq!(defaults.replace(&prefix, ""), expected, "{profile}: {manifest} {config}");
        }
    }
}
