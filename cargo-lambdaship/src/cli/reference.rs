//! `docs/reference.md`: what `--help` says, of every verb. A test compares the kept page with the flags, and writes it
//! anew when `LAMBDASHIP_UPDATE_DOCS` is set.

use clap::{Command, CommandFactory};

use super::Cli;
use crate::context::Environment;

const INTRODUCTION: &str = "\
# Command reference

What `cargo lambdaship --help` and each verb's own `--help` say; the global options go with every verb. Made by
`LAMBDASHIP_UPDATE_DOCS=1 cargo test -p cargo-lambdaship --lib cli::reference`, and compared by the tests.
";

fn reference() -> String {
    let mut cli = Cli::command().term_width(100);
    cli.build();
    let verbs = cli.get_subcommands().filter(|verb| !verb.is_hide_set()).map(section);
    let verbs: Vec<String> = verbs.collect();
    format!("{INTRODUCTION}{}{}", section(&cli), verbs.concat())
}

fn section(command: &Command) -> String {
    // The global flags are shown once, and what variables hold is not the page's business.
    let verb = command.get_subcommands().next().is_none();
    let mut command = command.clone().mut_args(|flag| {
        let hidden = flag.is_hide_set() || verb && flag.is_global_set();
        flag.hide(hidden).hide_env_values(true)
    });
    let name = command.get_bin_name().unwrap_or_default().to_owned();
    let help = command.render_long_help().to_string();
    let lines: Vec<&str> = help.lines().map(str::trim_end).collect();
    format!("\n## `{name}`\n\n```text\n{}\n```\n", lines.join("\n").trim_end())
}

#[test]
fn the_kept_page_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/reference.md");
    if Environment::from_process().get("LAMBDASHIP_UPDATE_DOCS").is_some() {
        fs_err::write(path, reference()).unwrap();
    }
    let kept = fs_err::read_to_string(path).unwrap_or_default().replace("\r\n", "\n");
    let update = "run `LAMBDASHIP_UPDATE_DOCS=1 cargo test -p cargo-lambdaship --lib cli::reference`";
    assert!(kept == reference(), "docs/reference.md is not what the flags are: {update}");
}
