//! What gates need to be installed. Pure.

use crate::model::Gates;

/// The commands that install the programs of the configuration's gates, beside what every pipeline installs.
pub(super) fn tools(gates: &Gates) -> Vec<&'static str> {
    let has = |name: &str| gates.run.iter().flatten().any(|gate| gate == name);
    let mut tools = Vec::new();
    if has("audit") {
        tools.push("cargo install --locked cargo-audit@0.22.2");
    }
    if has("deny") {
        tools.push("cargo install --locked cargo-deny@0.20.2");
    }
    if has("coverage") || gates.coverage_threshold.is_some() {
        tools.extend(["rustup component add llvm-tools", "cargo install --locked cargo-llvm-cov@0.9.1"]);
    }
    tools
}

/// The text of a template with `tools`, each on a line below that of the targets.
pub(super) fn with_tools(text: &str, tools: &[&str]) -> String {
    let mut lines = String::new();
    for line in text.split_inclusive('\n') {
        lines.push_str(line);
        if let Some((before, _)) = line.split_once("rustup target add ") {
            lines.extend(tools.iter().map(|tool| format!("{before}{tool}\n")));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_of_the_gates_are_installed_and_no_others() {
        let run = |names: &[&str]| Some(names.iter().map(ToString::to_string).collect());
        for (gates, expected) in [
            (Gates::default(), &[][..]),
            (Gates { run: run(&["fmt", "audit"]), ..Gates::default() }, &["cargo-audit"]),
            (
                Gates { run: run(&["deny", "coverage"]), ..Gates::default() },
                &["deny", "llvm-tools", "llvm-cov"],
            ),
            (Gates { coverage_threshold: Some(90.0), ..Gates::default() }, &["llvm-tools", "llvm-cov"]),
        ] {
            let tools = tools(&gates);
            assert_eq!(tools.len(), expected.len(), "{tools:?}");
            assert!(tools.iter().zip(expected).all(|(tool, part)| tool.contains(part)), "{tools:?}");
        }
        let text = "steps:\n    - rustup target add x\n    - end\n";
        assert_eq!(with_tools(text, &["a b"]), "steps:\n    - rustup target add x\n    - a b\n    - end\n");
    }
}
