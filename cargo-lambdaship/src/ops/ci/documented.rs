//! The tables of `docs/github.md`, which action.yml is the source of. A test compares them, and writes them anew when
//! `LAMBDASHIP_UPDATE_DOCS` is set.

use crate::context::Environment;

const ACTION: &str = include_str!("../../../../action.yml");
/// The inputs of the step that installs; the others get all the rest.
const OF_INSTALL: [&str; 5] = ["version", "install", "binary-path", "download-base-url", "verify"];

/// One entry of `inputs` or `outputs`.
#[derive(Default)]
struct Entry {
    name: String,
    description: String,
    default: String,
}

/// The entries of a section, which are written in one way throughout the file.
fn entries(section: &str) -> Vec<Entry> {
    let lines = ACTION.lines().skip_while(|line| *line != format!("{section}:")).skip(1);
    let lines = lines.take_while(|line| line.is_empty() || line.starts_with(' '));
    let mut entries: Vec<Entry> = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let text = line.trim();
        if let (Some(name), false) = (text.strip_suffix(':'), line.starts_with("   ")) {
            entries.push(Entry { name: name.to_owned(), ..Entry::default() });
            continue;
        }
        let Some(entry) = entries.last_mut() else { continue };
        if let Some(default) = text.strip_prefix("default: ") {
            entry.default = default.trim_matches('\'').to_owned();
        } else if !text.starts_with("value: ") {
            let text = text.strip_prefix("description:").unwrap_or(text).trim().trim_start_matches(">-");
            entry.description = format!("{} {text}", entry.description).trim().to_owned();
        }
    }
    entries
}

fn tables() -> String {
    let cell = |text: &str| text.replace('|', "\\|");
    let code = |text: &str| if text.is_empty() { String::new() } else { format!("`{text}`") };
    let input =
        |one: Entry| format!("| `{}` | {} | {} |\n", one.name, code(&one.default), cell(&one.description));
    let output = |one: Entry| format!("| `{}` | {} |\n", one.name, cell(&one.description));
    let inputs: String = entries("inputs").into_iter().map(input).collect();
    let outputs: String = entries("outputs").into_iter().map(output).collect();
    format!(
        "## Inputs\n\n| input | default | |\n| --- | --- | --- |\n{inputs}\n## Outputs\n\n| output | |\n| --- | --- |\n{outputs}"
    )
}

#[test]
fn the_page_has_the_inputs_and_outputs_of_the_action() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/github.md");
    let kept = fs_err::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    let (before, rest) = kept.split_once("## Inputs\n").unwrap();
    let after = rest.split_once("\n## When it fails\n").map(|(_, after)| after).unwrap();
    let current = format!("{before}{}\n## When it fails\n{after}", tables());
    if Environment::from_process().get("LAMBDASHIP_UPDATE_DOCS").is_some() {
        fs_err::write(path, &current).unwrap();
        return;
    }
    let update = "run `LAMBDASHIP_UPDATE_DOCS=1 cargo test -p cargo-lambdaship --lib ci::documented`";
    assert!(kept == current, "docs/github.md is not what action.yml says: {update}");
}

#[test]
fn every_input_reaches_the_binary_in_both_steps() {
    for entry in entries("inputs") {
        let name = entry.name.to_ascii_uppercase().replace('-', "_");
        let mapped = format!("        INPUT_{name}: ${{{{ inputs.{} }}}}\n", entry.name);
        let times = if OF_INSTALL.contains(&entry.name.as_str()) { 1 } else { 2 };
        let installs = usize::from(entry.name == "github-token");
        assert_eq!(ACTION.matches(&mapped).count(), times + installs, "{mapped}");
        assert!(!entry.description.is_empty(), "{name}");
    }
    assert_eq!(ACTION.matches("INPUT_").count(), ACTION.matches("${{ inputs.").count());
}

#[test]
fn nothing_is_pasted_into_a_script() {
    for line in ACTION.lines().filter(|line| line.trim_start().starts_with("run: ")) {
        assert!(!line.contains("${{"), "{line}");
    }
    assert!(!ACTION.contains("uses:"), "other people's actions are for workflows to choose");
}

#[test]
fn the_version_is_this_one() {
    let version = entries("inputs").into_iter().find(|entry| entry.name == "version").unwrap();
    assert_eq!(version.default, env!("CARGO_PKG_VERSION"));
}
