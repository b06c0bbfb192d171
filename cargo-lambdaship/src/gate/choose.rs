//! Which gates run. Pure.

use super::Gate;
use crate::model::{BUILT_IN_GATES, CustomGate, Gates};
use crate::suggest::did_you_mean;

/// A name that no gate has.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no gate `{name}`")]
pub struct UnknownGate {
    /// The name.
    pub name: String,
    /// The nearest one that exists, and all of them.
    pub hint: String,
}

/// The gates `names`, or those of the configuration when there are none, each once and in their order. A `threshold`, which wins
/// over the configuration's, asks for the gate `coverage`, and `test` for `doctest`.
///
/// # Errors
/// A name that no gate has.
pub fn chosen(config: &Gates, names: &[String], threshold: Option<f64>) -> Result<Vec<Gate>, UnknownGate> {
    let least = threshold.or(config.coverage_threshold);
    let wants_coverage = threshold.is_some() || names.is_empty() && least.is_some();
    let own = config.custom.keys().map(String::as_str);
    let all: Vec<&str> = match (names, &config.run) {
        ([], Some(run)) => run.iter().map(String::as_str).collect(),
        ([], None) => ["fmt", "clippy", "test"].into_iter().chain(own).collect(),
        (names, _) => names.iter().map(String::as_str).collect(),
    };
    let mut gates: Vec<Gate> = Vec::new();
    let mut add = |gate: Gate| {
        if !gates.iter().any(|known| known.name() == gate.name()) {
            gates.push(gate);
        }
    };
    for name in all {
        let gate = find(config, name, least)?;
        let is_test = gate == Gate::Test;
        add(gate);
        if is_test {
            add(Gate::Doctest);
        }
    }
    if wants_coverage {
        add(Gate::Coverage { threshold: least });
    }
    Ok(gates)
}

fn find(config: &Gates, name: &str, least: Option<f64>) -> Result<Gate, UnknownGate> {
    let custom = || {
        let (name, CustomGate { command, remember }) = config.custom.get_key_value(name)?;
        Some(Gate::Custom { name: name.clone(), command: command.clone(), remember: *remember })
    };
    Gate::built_in(name, least).or_else(custom).ok_or_else(|| {
        let known = BUILT_IN_GATES.into_iter().chain(config.custom.keys().map(String::as_str));
        let hint = did_you_mean(name, "gates", &known.collect::<Vec<_>>());
        UnknownGate { name: name.to_owned(), hint }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(run: Option<&[&str]>, threshold: Option<f64>) -> Gates {
        let run = run.map(|names| names.iter().map(|&name| name.to_owned()).collect());
        let own = CustomGate { command: vec!["./l.sh".to_owned()], remember: false };
        let custom = [("licenses".to_owned(), own)].into();
        Gates { run, coverage_threshold: threshold, custom }
    }

    #[test]
    fn flags_win_over_the_configuration_and_that_over_the_default() {
        type Row<'a> = (Option<&'a [&'a str]>, Option<f64>, &'a [&'a str], Option<f64>, &'a str);
        let table: [Row<'_>; 9] = [
            (None, None, &[], None, "fmt clippy test doctest licenses"),
            (Some(&["deny", "test", "fmt"]), None, &[], None, "deny test doctest fmt"),
            (Some(&["fmt"]), Some(80.0), &[], None, "fmt coverage>=80"),
            (Some(&["coverage", "fmt"]), Some(80.0), &[], Some(90.0), "coverage>=90 fmt"),
            (Some(&["fmt"]), Some(80.0), &["clippy"], None, "clippy"),
            (Some(&["fmt"]), Some(80.0), &["coverage"], None, "coverage>=80"),
            (None, None, &["coverage"], None, "coverage"),
            (None, None, &["fmt", "fmt", "licenses"], Some(100.0), "fmt licenses coverage>=100"),
            (Some(&[]), None, &[], None, ""),
        ];
        for (run, configured, names, flag, expected) in table {
            let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
            let gates = chosen(&config(run, configured), &names, flag).unwrap();
            let shown = gates.iter().map(|gate| match gate {
                Gate::Coverage { threshold: Some(least) } => format!("coverage>={least}"),
                gate => gate.name().to_owned(),
            });
            assert_eq!(shown.collect::<Vec<_>>().join(" "), expected, "{names:?}");
        }
    }

    #[test]
    fn an_unknown_name_is_told_with_the_nearest() {
        let unknown = chosen(&config(None, None), &["licences".to_owned()], None).unwrap_err();
        assert_eq!(unknown.to_string(), "there is no gate `licences`");
        assert!(
            unknown.hint.starts_with("did you mean `licenses`? The gates are `fmt`, "),
            "{}",
            unknown.hint
        );
    }
}
