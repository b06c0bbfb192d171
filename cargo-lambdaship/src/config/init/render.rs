//! A new `lambdaship.toml`, with comments that show what can be stated.

use std::fmt::Write;

use super::Imported;
use crate::workspace::Function;

const HEAD: &str = "\
# How `cargo lambdaship` deploys this workspace. What is not stated here is left as it is on an existing lambda and takes
# AWS's default on a new one. `cargo lambdaship schema` prints a JSON Schema for editors.
";

const FUNCTION: &str = "
# Every function starts from here.
[function]
";

const SETTINGS: &str = "\
# name = \"{function}-{env}\"          # the lambda that a function becomes
# alias = \"live\"                     # what callers use
# arch = \"arm64\"                     # or \"x86_64\"
# memory = 256                       # MB
# timeout = \"10s\"
# variables = { RUST_LOG = \"info\", TOKEN = \"ssm:/path\", PASSWORD = \"secret:name\", OLD = false }
# env-file = \".env\"
# role = \"my-role\"                   # one is created when none is stated
# tags = { team = \"my-team\" }
# logging = { format = \"json\", retention = 30 }
# smoke = [{ event = '{\"ping\":1}', expect = { body = \"pong\" } }]   # asked before a version gets traffic
# rollout = { steps = [\"10%\", \"50%\"], bake = \"5m\" }               # all at once when none is stated
";

const ENVIRONMENTS: &str = "
# `--env local` needs no entry. The others: where they are, and what is different there.
# [env.staging]
# region = \"eu-west-1\"
# account = \"111111111111\"           # refused if the credentials belong to any other
# store = \"my-bucket-{account}-{region}\"   # keeps artifacts, locks and the history; without one, zips go to Lambda itself
# variables = { STAGE = \"staging\" }
# [env.prod]
# regions = [\"eu-west-1\", \"us-east-1\"]   # several, one after another
# account = \"222222222222\"
# from = \"staging\"                   # takes what staging serves, and nothing else
";

/// The text of a new configuration for `functions`, with the settings of `imported`.
#[must_use]
pub fn render(functions: &[Function], imported: &Imported) -> String {
    let mut text = HEAD.to_owned();
    if !imported.notes.is_empty() {
        text.push_str("\n# From cargo-lambda's configuration, to look at:\n");
        for note in &imported.notes {
            push(&mut text, &format!("# - {}\n", note.replace(char::is_control, " ")));
        }
    }
    text.push_str(FUNCTION);
    push(&mut text, &lines(&imported.function));
    text.push_str(SETTINGS);
    text.push_str("\n# One function's own; the key is the binary's name.\n");
    for function in functions {
        let name = function.name.as_str();
        match imported.functions.get(name).filter(|settings| !settings.is_empty()) {
            Some(settings) => push(&mut text, &format!("[functions.{}]\n{}", key(name), lines(settings))),
            None => push(&mut text, &format!("# [functions.{}]\n# memory = 512\n", key(name))),
        }
    }
    if let Some(builder) = &imported.builder {
        push(&mut text, &format!("\n[build]\nbuilder = \"{builder}\"\n"));
    }
    text.push_str(ENVIRONMENTS);
    text
}

/// One line for each entry of `table`.
pub(super) fn lines(table: &toml::Table) -> String {
    table.iter().fold(String::new(), |mut text, (name, value)| {
        push(&mut text, &format!("{} = {value}\n", key(name)));
        text
    })
}

/// A key, in quotes where TOML asks for them.
fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if !name.is_empty() && name.bytes().all(bare) {
        return name.to_owned();
    }
    toml::Value::String(name.to_owned()).to_string()
}

fn push(text: &mut String, more: &str) {
    // Writing to a String cannot fail.
    let _ = text.write_str(more);
}

#[cfg(test)]
mod tests {
    use camino::Utf8Path;

    use super::*;
    use crate::config::Config;
    use crate::model::EnvName;
    use crate::workspace::testing::workspace;

    #[test]
    fn a_new_file_loads_and_changes_nothing() {
        let workspace = workspace(&["hello", "worker"]);
        let text = render(&workspace.functions, &Imported::default());
        let config = Config::parse("lambdaship.toml", &text, Utf8Path::new("/workspace")).unwrap();
        let local = config.resolve(&EnvName::new("local").unwrap(), &workspace).unwrap();
        assert_eq!(local.functions[0].settings, crate::model::Settings::default());
    }

    #[test]
    fn the_commented_settings_load_when_their_comments_are_taken_away() {
        let workspace = workspace(&["hello", "worker"]);
        let text = render(&workspace.functions, &Imported::default());
        let is_setting = |line: &&str| line.contains(" = ") || line.starts_with("# [");
        let text: Vec<&str> = text
            .lines()
            .map(|line| match line.strip_prefix("# ").filter(|_| is_setting(&line)) {
                // The env file of the example is not there.
                Some(setting) if !setting.starts_with("env-file") => setting,
                _ => line,
            })
            .collect();
        let config = Config::parse("lambdaship.toml", &text.join("\n"), Utf8Path::new("/workspace")).unwrap();
        let staging = config.resolve(&EnvName::new("staging").unwrap(), &workspace).unwrap();
        assert_eq!(staging.functions[0].settings.memory, Some(512));
        assert_eq!(staging.functions[0].settings.timeout, Some(10));
    }
}
