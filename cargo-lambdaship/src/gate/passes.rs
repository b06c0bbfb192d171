//! What passed, and what that stands for. Pure.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Gate;
use super::variables::{decisive, variables};
use crate::context::Environment;
use crate::model::hex;
use crate::workspace::CargoOptions;

/// How many passes are kept of the same files; those that are newest.
const MOST: usize = 64;

/// All of the features, in the one form.
const ALL: &str = "all";

/// For how long what `audit` and `deny` found stands for anything: advisories come without any change of the files.
const ADVISORIES: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A gate passed once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pass {
    /// The gate's name.
    pub gate: String,
    /// A digest of everything that the gate was run with, beside the files.
    pub fingerprint: String,
    /// A digest of the command, of a gate that is the workspace's own.
    pub command: Option<String>,
    /// The share of lines that was asked for.
    pub threshold: Option<f64>,
    /// Cargo's features, of a gate that compiles.
    pub features: Option<String>,
    /// The variables that could have made it easier to pass, each with a digest of its value; none of what an older version
    /// of this tool kept.
    pub variables: Option<BTreeMap<String, String>>,
    /// What it found: `212 passed`.
    pub summary: Option<String>,
    /// When.
    pub at: Timestamp,
    /// The commit that was checked out, with `-dirty` when files differed from it.
    pub commit: Option<String>,
    /// The page of the CI run.
    pub run: Option<String>,
    /// Who ran it, by AWS's name for the identity.
    pub by: Option<String>,
}

/// A gate that an environment asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    /// Its name.
    pub gate: String,
    /// A digest of its command.
    pub command: Option<String>,
    /// The share of lines that is asked for.
    pub threshold: Option<f64>,
    /// The variables that a run of it here and now would have, as in a [`Pass`].
    pub variables: BTreeMap<String, String>,
    /// Since when it has to have passed.
    pub since: Option<Timestamp>,
}

impl Requirement {
    fn holds(&self, pass: &Pass) -> bool {
        let same = |(name, value): (&String, &String)| self.variables.get(name) == Some(value);
        pass.gate == self.gate
            && pass.command == self.command
            && is_enough(self.threshold, pass.threshold)
            && self.since.is_none_or(|since| pass.at >= since)
            && pass.variables.as_ref().is_some_and(|variables| variables.iter().all(same))
    }
}

impl Pass {
    /// What `gate` passed with, at `at`; yet without its circumstances.
    #[must_use]
    pub fn new(gate: &Gate, cargo: &CargoOptions, environment: &Environment, at: Timestamp) -> Self {
        Self {
            gate: gate.name().to_owned(),
            fingerprint: fingerprint(gate, cargo, environment),
            command: command(gate),
            threshold: threshold(gate),
            features: gate.compiles().then(|| features(cargo)),
            variables: Some(decisive(gate, environment)),
            summary: None,
            at,
            commit: None,
            run: None,
            by: None,
        }
    }

    /// Whether it says something of what is built with `features`: it was run with the same, or with all of them.
    #[must_use]
    pub fn is_of(&self, features: &str) -> bool {
        self.features.as_deref().is_none_or(|own| own == features || own == ALL)
    }
}

/// What `gates` ask for, of passes until `now`. `doctest` is a part of `test`: that has passed only when both did.
#[must_use]
pub fn required(gates: &[Gate], environment: &Environment, now: Timestamp) -> Vec<Requirement> {
    let has_test = gates.contains(&Gate::Test);
    let gates = gates.iter().filter(|gate| !(has_test && **gate == Gate::Doctest));
    gates
        .map(|gate| Requirement {
            gate: gate.name().to_owned(),
            command: command(gate),
            threshold: threshold(gate),
            variables: decisive(gate, environment),
            since: matches!(gate, Gate::Audit | Gate::Deny)
                .then(|| now.saturating_sub(ADVISORIES).ok())
                .flatten(),
        })
        .collect()
}

/// The names of those that nothing in `passes` stands for.
#[must_use]
pub fn missing(required: &[Requirement], passes: &[Pass]) -> Vec<String> {
    let is_missing = |wanted: &&Requirement| !passes.iter().any(|pass| wanted.holds(pass));
    required.iter().filter(is_missing).map(|wanted| wanted.gate.clone()).collect()
}

/// The newest of `passes` that makes it needless to run `gate`.
#[must_use]
pub fn known<'a>(gate: &Gate, fingerprint: &str, passes: &'a [Pass]) -> Option<&'a Pass> {
    let same = passes.iter().filter(|pass| {
        pass.gate == gate.name()
            && pass.fingerprint == fingerprint
            && is_enough(threshold(gate), pass.threshold)
    });
    same.filter(|_| gate.holds_on()).max_by_key(|pass| pass.at)
}

/// What was known and what is new, each gate once for what it was run with: the newest, and of coverage the highest share.
#[must_use]
pub fn merged(known: Vec<Pass>, new: &[Pass]) -> Vec<Pass> {
    let mut all: Vec<Pass> = Vec::new();
    let mut sorted = known;
    sorted.extend_from_slice(new);
    sorted.sort_by_key(|pass| std::cmp::Reverse(pass.at));
    for pass in sorted {
        let same = |other: &Pass| {
            other.gate == pass.gate
                && other.fingerprint == pass.fingerprint
                && is_enough(pass.threshold, other.threshold)
        };
        if !all.iter().any(same) {
            all.push(pass);
        }
    }
    all.truncate(MOST);
    all
}

/// A digest of everything that `gate` is run with, beside the files and the toolchain.
#[must_use]
pub fn fingerprint(gate: &Gate, cargo: &CargoOptions, environment: &Environment) -> String {
    let mut text = format!("lambdaship.gate/1\0{}", gate.name());
    let mut add = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = write!(text, "\0{name}={}:{value}", value.len());
    };
    if let Some(command) = command(gate) {
        add("command", &command);
    }
    if gate.compiles() {
        add("features", &features(cargo));
        add("profile", cargo.profile.as_deref().unwrap_or_default());
    }
    for (name, value) in variables(gate, environment) {
        add(name, value);
    }
    hex(&Sha256::digest(text)[..16])
}

/// Cargo's features in one form.
#[must_use]
pub fn features(cargo: &CargoOptions) -> String {
    let features = &cargo.features;
    if features.all {
        return ALL.to_owned();
    }
    let named = features.named.iter().flat_map(|named| named.split([',', ' ']));
    let mut named: Vec<&str> = named.filter(|name| !name.is_empty()).collect();
    named.sort_unstable();
    named.dedup();
    let default = if features.no_default { "" } else { "default " };
    format!("{default}{}", named.join(",")).trim_end().to_owned()
}

/// `passed 2 h ago (https://…)`.
#[must_use]
pub fn ago(pass: &Pass, now: Timestamp) -> String {
    let age = now.duration_since(pass.at).max(SignedDuration::ZERO);
    let (minutes, hours) = (age.as_mins(), age.as_hours());
    let age = match (minutes, hours) {
        (0, _) => "just now".to_owned(),
        (minutes, 0) => format!("{minutes} min ago"),
        (_, hours) if hours < 48 => format!("{hours} h ago"),
        (_, hours) => format!("{} days ago", hours / 24),
    };
    match &pass.run {
        Some(run) => format!("passed {age} ({run})"),
        None => format!("passed {age}"),
    }
}

fn command(gate: &Gate) -> Option<String> {
    let Gate::Custom { command, .. } = gate else { return None };
    Some(hex(&Sha256::digest(command.join("\0"))[..16]))
}

fn threshold(gate: &Gate) -> Option<f64> {
    if let Gate::Coverage { threshold } = gate { *threshold } else { None }
}

/// Whether what was asked for once is as much as what is asked for now.
fn is_enough(now: Option<f64>, then: Option<f64>) -> bool {
    now.is_none_or(|now| then.is_some_and(|then| then >= now))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Features;

    const COVERAGE: fn(Option<f64>) -> Gate = |threshold| Gate::Coverage { threshold };

    fn custom(word: &str) -> Gate {
        Gate::Custom {
            name: "own".to_owned(),
            command: vec!["x".to_owned(), word.to_owned()],
            remember: true,
        }
    }

    fn pass(gate: &Gate, second: i64) -> Pass {
        let at = Timestamp::from_second(second).unwrap();
        Pass::new(gate, &CargoOptions::default(), &Environment::default(), at)
    }

    fn options(features: Features) -> CargoOptions {
        CargoOptions { features, ..CargoOptions::default() }
    }

    #[test]
    fn a_gate_is_known_by_what_it_was_run_with() {
        let (plain, none) = (CargoOptions::default(), Environment::default());
        let flags: Environment = [("RUSTFLAGS", "-C debuginfo=0")].into_iter().collect();
        let profile: Environment = [("CARGO_PROFILE_DEV_OVERFLOW_CHECKS", "false")].into_iter().collect();
        let forgetful =
            Gate::Custom { name: "own".to_owned(), command: vec!["x".to_owned()], remember: false };
        let all = options(Features { all: true, ..Features::default() });
        let cases = [
            (Gate::Test, Gate::Test, &plain, &none, true),
            (Gate::Test, Gate::Clippy, &plain, &none, false),
            (Gate::Test, Gate::Test, &all, &none, false),
            (Gate::Test, Gate::Test, &plain, &flags, false),
            (Gate::Fmt, Gate::Fmt, &all, &flags, true),
            (Gate::Audit, Gate::Audit, &plain, &none, false),
            (Gate::Deny, Gate::Deny, &plain, &none, false),
            (custom("a"), custom("a"), &plain, &none, true),
            (custom("a"), custom("b"), &plain, &none, false),
            (forgetful.clone(), forgetful, &plain, &none, false),
            (Gate::Test, Gate::Test, &plain, &profile, false),
            (COVERAGE(Some(80.0)), COVERAGE(Some(80.0)), &plain, &none, true),
            (COVERAGE(Some(90.0)), COVERAGE(Some(80.0)), &plain, &none, true),
            (COVERAGE(Some(80.0)), COVERAGE(Some(90.0)), &plain, &none, false),
            (COVERAGE(None), COVERAGE(Some(1.0)), &plain, &none, false),
        ];
        for (before, now, cargo, environment, expected) in cases {
            let passes = [pass(&before, 1)];
            let fingerprint = fingerprint(&now, cargo, environment);
            assert_eq!(known(&now, &fingerprint, &passes).is_some(), expected, "{before:?} {now:?}");
        }
    }

    #[test]
    fn what_is_missing_is_told_by_name() {
        let gates = [Gate::Fmt, Gate::Test, Gate::Doctest, COVERAGE(Some(90.0)), custom("a"), Gate::Deny];
        let (none, now) = (Environment::default(), Timestamp::from_second(2).unwrap());
        let required = required(&gates, &none, now);
        for (passed, expected) in [
            (vec![], "fmt test coverage own deny"),
            (vec![Gate::Fmt, Gate::Test, Gate::Deny], "coverage own"),
            (vec![Gate::Fmt, Gate::Test, Gate::Deny, COVERAGE(Some(80.0)), custom("b")], "coverage own"),
            (vec![Gate::Fmt, Gate::Test, Gate::Deny, COVERAGE(Some(95.0)), custom("a")], ""),
        ] {
            let passes: Vec<Pass> = passed.iter().map(|gate| pass(gate, 1)).collect();
            assert_eq!(missing(&required, &passes).join(" "), expected, "{passed:?}");
        }
        assert_eq!(missing(&super::required(&[Gate::Doctest], &none, now), &[]), ["doctest"]);
    }

    #[test]
    fn what_was_made_easier_or_is_old_does_not_count() {
        let day = 24 * 3600;
        let none: &[(&str, &str)] = &[];
        let caps: &[(&str, &str)] = &[("RUSTFLAGS", "--cap-lints=allow")];
        let strict: &[(&str, &str)] = &[("RUSTFLAGS", "-D warnings"), ("CARGO_PROFILE_DEV_DEBUG", "0")];
        for (gate, then, now, days, holds) in [
            (Gate::Clippy, none, none, 100, true),
            (Gate::Clippy, caps, none, 0, false),
            (Gate::Clippy, caps, caps, 0, true),
            (Gate::Clippy, none, caps, 0, true),
            (Gate::Clippy, strict, none, 0, true),
            (Gate::Fmt, caps, none, 0, true),
            (Gate::Audit, none, none, 6, true),
            (Gate::Audit, none, none, 8, false),
            (Gate::Deny, none, none, 8, false),
        ] {
            let environment =
                |of: &[(&'static str, &'static str)]| of.iter().copied().collect::<Environment>();
            let at = Timestamp::from_second(0).unwrap();
            let pass = Pass::new(&gate, &CargoOptions::default(), &environment(then), at);
            let at = Timestamp::from_second(days * day).unwrap();
            let required = super::required(std::slice::from_ref(&gate), &environment(now), at);
            assert_eq!(missing(&required, &[pass]).is_empty(), holds, "{gate:?} {then:?} {now:?} {days}");
        }
        let old = Pass { variables: None, ..pass(&Gate::Test, 1) };
        let required =
            super::required(&[Gate::Test], &Environment::default(), Timestamp::from_second(1).unwrap());
        assert_eq!(missing(&required, &[old]), ["test"]);
    }

    #[test]
    fn several_runs_know_together_what_each_of_them_knew() {
        let (old, new) = (pass(&Gate::Test, 1), pass(&Gate::Test, 2));
        let (low, high) = (pass(&COVERAGE(Some(80.0)), 4), pass(&COVERAGE(Some(90.0)), 3));
        let all = merged(vec![new.clone(), high.clone()], &[old, low.clone(), pass(&Gate::Fmt, 0)]);
        assert_eq!(all, [low, high, new, pass(&Gate::Fmt, 0)]);
        let many: Vec<Pass> = (0..100).map(|number| pass(&custom(&number.to_string()), number)).collect();
        assert_eq!(merged(Vec::new(), &many).len(), MOST);
    }

    #[test]
    fn features_have_one_form_and_say_what_a_pass_is_of() {
        let named = |names: &[&str], no_default| Features {
            named: names.iter().map(|&name| name.to_owned()).collect(),
            all: false,
            no_default,
        };
        for (features, expected) in [
            (Features::default(), "default"),
            (named(&["b,a", "a c"], false), "default a,b,c"),
            (named(&["a"], true), "a"),
            (Features { all: true, ..named(&["a"], false) }, "all"),
        ] {
            assert_eq!(super::features(&options(features)), expected);
        }
        assert!(pass(&Gate::Test, 1).is_of("default"));
        assert!(!pass(&Gate::Test, 1).is_of("a"));
        assert!(pass(&Gate::Fmt, 1).is_of("a"));
        assert!(Pass { features: Some("all".to_owned()), ..pass(&Gate::Test, 1) }.is_of("a"));
    }

    #[test]
    fn the_age_of_a_pass_reads_well() {
        let run = Some("https://github.com/o/r/actions/runs/1".to_owned());
        for (seconds, run, expected) in [
            (-5, None, "passed just now"),
            (59, None, "passed just now"),
            (600, None, "passed 10 min ago"),
            (7300, run.clone(), "passed 2 h ago (https://github.com/o/r/actions/runs/1)"),
            (200_000, None, "passed 2 days ago"),
        ] {
            let pass = Pass { run, ..pass(&Gate::Fmt, 1_000_000) };
            assert_eq!(ago(&pass, Timestamp::from_second(1_000_000 + seconds).unwrap()), expected);
        }
    }
}
