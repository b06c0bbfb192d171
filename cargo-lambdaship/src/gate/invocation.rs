//! The command line of each gate. Pure.

use camino::{Utf8Path, Utf8PathBuf};

use super::Gate;
use crate::workspace::CargoOptions;

/// Where gates run, and what they may use.
#[derive(Debug, Clone, Copy)]
pub struct Ground<'a> {
    /// The workspace's root, in which all of them run.
    pub root: &'a Utf8Path,
    /// Cargo's target folder.
    pub target_directory: &'a Utf8Path,
    /// Cargo's own flags.
    pub cargo: &'a CargoOptions,
    /// Whether there is nextest.
    pub nextest: bool,
}

/// How a gate is run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invocation {
    /// The program.
    pub program: Program,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Arguments with which the program only says that it is there.
    pub probe: Option<Vec<String>>,
    /// The file that it leaves its result in.
    pub result: Option<Utf8PathBuf>,
}

/// What is started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Program {
    /// Cargo.
    Cargo,
    /// A program of the workspace or of the machine.
    Own(String),
}

/// How `gate` is run.
#[must_use]
pub fn invocation(gate: &Gate, ground: &Ground<'_>) -> Invocation {
    let nextest = ground.nextest && *gate == Gate::Test;
    let result = matches!(gate, Gate::Coverage { .. })
        .then(|| ground.target_directory.join("lambdaship").join("coverage.json"));
    let fixed = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<String>>();
    let compiled = |words: &[&str]| [fixed(words), compiler_flags(ground, nextest)].concat();
    let arguments = match gate {
        Gate::Fmt => fixed(&["fmt", "--all", "--check", "--", "--color", "never"]),
        Gate::Clippy => {
            let words = ["clippy", "--workspace", "--all-targets", "--keep-going", "--message-format=json"];
            [compiled(&words), fixed(&["--", "-D", "warnings"])].concat()
        }
        Gate::Test if nextest => {
            compiled(&["nextest", "run", "--workspace", "--no-fail-fast", "--color", "never"])
        }
        // With any choice of targets, cargo leaves the documentation's examples out.
        Gate::Test => compiled(&["test", "--workspace", "--no-fail-fast", "--tests"]),
        Gate::Doctest => compiled(&["test", "--workspace", "--no-fail-fast", "--doc"]),
        Gate::Audit if is_offline(ground.cargo) => fixed(&["audit", "--json", "--no-fetch"]),
        Gate::Audit => fixed(&["audit", "--json"]),
        Gate::Deny => {
            let flags = [feature_flags(ground.cargo), ground.cargo.lock_flags.clone()].concat();
            // Without it, a root that is a package itself is all that is looked at.
            [fixed(&["deny", "--format", "json", "--workspace"]), flags, fixed(&["check"])].concat()
        }
        Gate::Coverage { .. } => {
            let mut words =
                compiled(&["llvm-cov", "--workspace", "--no-fail-fast", "--json", "--summary-only"]);
            words.extend(result.iter().flat_map(|path| ["--output-path".to_owned(), path.to_string()]));
            words
        }
        Gate::Custom { command, .. } => command.iter().skip(1).cloned().collect(),
    };
    let (program, probe) = match gate {
        Gate::Custom { command, .. } => {
            (Program::Own(program(ground.root, command.first().map_or("", String::as_str))), None)
        }
        _ => (Program::Cargo, arguments.first().map(|verb| vec![verb.clone(), "--version".to_owned()])),
    };
    // That cargo itself has tests need not be asked.
    let probe = probe.filter(|words| words[0] != "test");
    Invocation { program, arguments, probe, result }
}

/// A program with a folder in its name is one of the workspace.
fn program(root: &Utf8Path, name: &str) -> String {
    if name.contains('/') { root.join(name).into_string() } else { name.to_owned() }
}

fn is_offline(cargo: &CargoOptions) -> bool {
    cargo.lock_flags.iter().any(|flag| flag == "--offline" || flag == "--frozen")
}

/// Cargo's own flags, as the verbs that compile take them.
fn compiler_flags(ground: &Ground<'_>, nextest: bool) -> Vec<String> {
    let cargo = ground.cargo;
    let mut flags = feature_flags(cargo);
    let mut push = |flag: &str, value: &str| flags.extend([flag.to_owned(), value.to_owned()]);
    if let Some(profile) = &cargo.profile {
        // Its own profiles have taken the name.
        push(if nextest { "--cargo-profile" } else { "--profile" }, profile);
    }
    if cargo.target_directory.is_some() {
        push("--target-dir", ground.target_directory.as_str());
    }
    if let Some(jobs) = &cargo.jobs {
        push(if nextest { "--build-jobs" } else { "--jobs" }, jobs);
    }
    flags.extend(cargo.lock_flags.iter().cloned());
    flags
}

fn feature_flags(cargo: &CargoOptions) -> Vec<String> {
    let features = &cargo.features;
    let mut flags: Vec<String> =
        features.named.iter().flat_map(|named| ["--features".to_owned(), named.clone()]).collect();
    flags.extend(features.all.then(|| "--all-features".to_owned()));
    flags.extend(features.no_default.then(|| "--no-default-features".to_owned()));
    flags
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Features;

    fn line(gate: &Gate, cargo: &CargoOptions, nextest: bool) -> String {
        let ground = Ground { root: "/app".into(), target_directory: "/app/target".into(), cargo, nextest };
        let made = invocation(gate, &ground);
        let program = match &made.program {
            Program::Cargo => "cargo",
            Program::Own(name) => name,
        };
        format!("{program} {}", made.arguments.join(" "))
    }

    #[test]
    fn command_lines_have_cargos_flags() {
        let plain = CargoOptions::default();
        let flags = CargoOptions {
            profile: Some("ci".to_owned()),
            features: Features { named: vec!["a,b".to_owned()], all: false, no_default: true },
            lock_flags: vec!["--offline".to_owned()],
            target_directory: Some("target".into()),
            jobs: Some("2".to_owned()),
            ..CargoOptions::default()
        };
        let all =
            "--features a,b --no-default-features --profile ci --target-dir /app/target --jobs 2 --offline";
        let coverage = Gate::Coverage { threshold: Some(90.0) };
        let own = |program: &str| Gate::Custom {
            name: "x".to_owned(),
            command: vec![program.to_owned(), "--strict".to_owned()],
            remember: false,
        };
        for (gate, cargo, nextest, expected) in [
            (&Gate::Fmt, &flags, true, "cargo fmt --all --check -- --color never".to_owned()),
            (
                &Gate::Clippy,
                &flags,
                true,
                format!(
                    "cargo clippy --workspace --all-targets --keep-going --message-format=json {all} -- -D warnings"
                ),
            ),
            (&Gate::Test, &plain, false, "cargo test --workspace --no-fail-fast --tests".to_owned()),
            (
                &Gate::Test,
                &flags,
                true,
                format!("cargo nextest run --workspace --no-fail-fast --color never {all}")
                    .replace("--profile", "--cargo-profile")
                    .replace("--jobs", "--build-jobs"),
            ),
            (&Gate::Doctest, &plain, true, "cargo test --workspace --no-fail-fast --doc".to_owned()),
            (&Gate::Audit, &plain, true, "cargo audit --json".to_owned()),
            (&Gate::Audit, &flags, true, "cargo audit --json --no-fetch".to_owned()),
            (
                &Gate::Deny,
                &flags,
                true,
                "cargo deny --format json --workspace --features a,b --no-default-features --offline check"
                    .to_owned(),
            ),
            (
                &coverage,
                &plain,
                true,
                "cargo llvm-cov --workspace --no-fail-fast --json --summary-only \
                 --output-path /app/target/lambdaship/coverage.json"
                    .to_owned(),
            ),
            (&own("./check.sh"), &flags, true, "/app/./check.sh --strict".to_owned()),
            (&own("make"), &flags, true, "make --strict".to_owned()),
        ] {
            assert_eq!(line(gate, cargo, nextest), expected, "{gate:?}");
        }
    }
}
