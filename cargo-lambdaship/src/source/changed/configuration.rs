//! Which functions the configuration wants otherwise than it did.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};
use toml::Value;

use super::git::Repository;
use super::{Error, Now};
use crate::config::{Config, EnvironmentConfig, FunctionConfig};
use crate::model::FunctionName;
use crate::source::paths::normal;

/// The functions whose configuration differs from what the commit says; all when that cannot be told.
pub(super) fn differs(
    now: &Now<'_>,
    repository: &Repository,
    changed: &BTreeSet<Utf8PathBuf>,
) -> Result<BTreeSet<FunctionName>, Error> {
    let functions = &now.environment.functions;
    let all = || functions.iter().map(|function| function.function.name.clone()).collect();
    let folder = now.config_path.parent().unwrap_or(&now.workspace.root);
    if mentions(now.config.text(), folder, changed) {
        return Ok(all());
    }
    let path = normal(now.config_path);
    let before = if path.starts_with(repository.top()) { repository.text(&path)? } else { None };
    // Without a file there are the defaults.
    let before = match before {
        None if now.config.text().is_empty() => return Ok(BTreeSet::new()),
        None => return Ok(all()),
        Some(text) => text,
    };
    if before == now.config.text() {
        return Ok(BTreeSet::new());
    }
    let Ok(before) = Config::parse(now.config_path.as_str(), &before, folder) else { return Ok(all()) };
    let Ok(environment) = before.resolve(&now.environment.env, now.workspace) else { return Ok(all()) };
    if frame(&environment) != frame(now.environment)
        || before.builder() != now.config.builder()
        || before.build_variables() != now.config.build_variables()
    {
        return Ok(all());
    }
    let same = |one: &FunctionConfig| environment.functions.iter().any(|other| is_same(one, other));
    let other = functions.iter().filter(|function| !same(function));
    Ok(other.map(|function| function.function.name.clone()).collect())
}

/// The environment without its functions. There is no secret in it.
fn frame(environment: &EnvironmentConfig) -> String {
    format!("{:?}", EnvironmentConfig { functions: Vec::new(), ..environment.clone() })
}

fn is_same(one: &FunctionConfig, other: &FunctionConfig) -> bool {
    one.function == other.function
        && one.lambda == other.lambda
        && one.alias == other.alias
        && one.settings == other.settings
        && one.rollout == other.rollout
        && one.smoke == other.smoke
        && one.include == other.include
        && one.include_root == other.include_root
}

/// Whether the configuration names a file that has changed, such as an `env-file` or a smoke event.
fn mentions(text: &str, folder: &Utf8Path, changed: &BTreeSet<Utf8PathBuf>) -> bool {
    let mut open: Vec<Value> = text.parse().map(Value::Table).into_iter().collect();
    while let Some(value) = open.pop() {
        match value {
            Value::Table(table) => open.extend(table.into_iter().map(|(_, value)| value)),
            Value::Array(values) => open.extend(values),
            Value::String(text) => {
                let path = normal(&folder.join(text.strip_prefix('@').unwrap_or(&text)));
                if changed.contains(&path) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_are_named_are_part_of_the_configuration() {
        let changed = BTreeSet::from(["/app/.env".into(), "/app/events/a.json".into(), "/x.env".into()]);
        for (text, expected) in [
            ("[function]\nenv-file = \".env\"", true),
            ("[functions.a]\nsmoke = [{ event = \"@events/a.json\" }]", true),
            ("[env.e]\nenv-file = \"../x.env\"", true),
            ("[function]\nenv-file = \"other.env\"", false),
            ("not TOML", false),
        ] {
            assert_eq!(mentions(text, "/app".into(), &changed), expected, "{text}");
        }
    }
}
