//! What is stated, laid over what is there.

use super::Desired;
use crate::model::{HANDLER, LogFormat, LogLevel, RUNTIME, Versioned};

/// Lambda's limit for the variables of a function, as JSON ("Lambda quotas").
const ENVIRONMENT_LIMIT: usize = 4 * 1024;

/// `base` with everything that `desired` states; what it does not state stays as it is in `base`.
#[must_use]
pub fn overlay(desired: &Desired<'_>, base: &Versioned) -> Versioned {
    let stated = &desired.config.settings;
    let mut to = base.clone();
    RUNTIME.clone_into(&mut to.runtime);
    HANDLER.clone_into(&mut to.handler);
    to.arch = desired.arch;
    take(&mut to.memory, stated.memory.as_ref());
    take(&mut to.timeout, stated.timeout.as_ref());
    take(&mut to.role, desired.role.as_ref());
    take(&mut to.layers, stated.layers.as_ref());
    take(&mut to.vpc, stated.vpc.as_ref());
    to.vpc.subnets.sort();
    to.vpc.security_groups.sort();
    take(&mut to.tracing, stated.tracing.as_ref());
    take(&mut to.ephemeral_storage, stated.ephemeral_storage.as_ref());
    take(&mut to.dead_letter, stated.dead_letter.as_ref());
    take(&mut to.kms_key, stated.kms_key.as_ref());
    if let Some(file_system) = &stated.file_system {
        to.file_system = Some(file_system.clone());
    }
    variables(desired, &mut to);
    if is_keyless(desired, &to) {
        to.kms_key = if base.variables.is_empty() { base.kms_key.clone() } else { String::new() };
    }
    logging(desired, &mut to);
    to
}

fn take<T: Clone>(field: &mut T, stated: Option<&T>) {
    if let Some(stated) = stated {
        field.clone_from(stated);
    }
}

fn variables(desired: &Desired<'_>, to: &mut Versioned) {
    for (name, value) in &desired.variables {
        match value {
            Some(value) => to.variables.insert(name.clone(), value.clone()),
            None => to.variables.remove(name),
        };
    }
}

/// Whether a key that is stated has nothing to encrypt: Lambda does not keep it then.
#[must_use]
pub fn is_keyless(desired: &Desired<'_>, settings: &Versioned) -> bool {
    let is_stated = desired.config.settings.kms_key.as_ref().is_some_and(|key| !key.is_empty());
    is_stated && settings.variables.is_empty() && settings.variables_error.is_none()
}

/// Levels exist only for JSON, where Lambda itself defaults to `INFO`.
fn logging(desired: &Desired<'_>, to: &mut Versioned) {
    let stated = &desired.config.settings.logging;
    take(&mut to.log_format, stated.format.as_ref());
    take(&mut to.log_group, stated.group.as_ref());
    if to.log_format == LogFormat::Text {
        (to.log_level, to.system_log_level) = (None, None);
        return;
    }
    to.log_level = stated.level.or(to.log_level).or(Some(LogLevel::Info));
    to.system_log_level = stated.system_level.or(to.system_log_level).or(Some(LogLevel::Info));
}

/// Why settings cannot be written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The variables are over Lambda's limit.
    #[error("its variables take {size} bytes as JSON, and Lambda allows {ENVIRONMENT_LIMIT}")]
    TooLarge {
        /// Bytes.
        size: usize,
    },
    /// The variables that are there are not known, so those of others would be lost.
    #[error("its variables cannot be read: {cause}")]
    Unreadable {
        /// Lambda's words.
        cause: String,
    },
}

impl Refusal {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            Self::TooLarge { .. } => "move large values to Systems Manager or a file in the artifact",
            Self::Unreadable { .. } => {
                "allow kms:Decrypt with the lambda's key to the identity that deploys; a rollback does without"
            }
        };
        hint.to_owned()
    }
}

/// Whether these settings can be written, as far as only their sum can tell.
///
/// # Errors
/// The variables are over Lambda's limit, or those that are there are not known.
pub fn check(settings: &Versioned) -> Result<(), Refusal> {
    if let Some(cause) = &settings.variables_error {
        return Err(Refusal::Unreadable { cause: cause.clone() });
    }
    let clear = settings.variables.iter().map(|(name, value)| (name, value.expose()));
    let size = serde_json::to_string(&clear.collect::<std::collections::BTreeMap<_, _>>())
        .map_or(0, |json| json.len());
    if size <= ENVIRONMENT_LIMIT {
        return Ok(());
    }
    Err(Refusal::TooLarge { size })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{desired, function, live};
    use super::*;
    use crate::model::{FileSystem, Logging, Secret, Tracing, Variable, Vpc};

    #[test]
    fn what_is_not_stated_stays_as_it_is() {
        let function = function(|_| {});
        let mut base = live();
        base.memory = 3008;
        base.variables.insert("OTHERS".to_owned(), Secret::new("kept"));
        assert_eq!(overlay(&desired(&function), &base), base);
    }

    #[test]
    fn what_is_stated_replaces_what_is_there() {
        let function = function(|s| {
            s.memory = Some(512);
            s.timeout = Some(10);
            s.layers = Some(vec!["l2".to_owned(), "l1".to_owned()]);
            s.vpc = Some(Vpc { subnets: vec!["b".to_owned(), "a".to_owned()], ..Vpc::default() });
            s.tracing = Some(Tracing::Active);
            s.ephemeral_storage = Some(1024);
            s.dead_letter = Some("arn:queue".to_owned());
            s.kms_key = Some("arn:key".to_owned());
            s.file_system = Some(FileSystem { arn: "arn:fs".to_owned(), mount: "/mnt/x".to_owned() });
        });
        let mut base = live();
        assert_eq!(overlay(&desired(&function), &base).kms_key, "", "there is nothing to encrypt");
        base.variables.insert("OTHERS".to_owned(), Secret::new("kept"));
        let to = overlay(&desired(&function), &base);
        assert_eq!((to.memory, to.timeout, to.ephemeral_storage), (512, 10, 1024));
        assert_eq!(to.layers, ["l2", "l1"], "the order of layers matters");
        assert_eq!(to.vpc.subnets, ["a", "b"], "the order of subnets does not");
        assert_eq!(
            (to.tracing, to.dead_letter.as_str(), to.kms_key.as_str()),
            (Tracing::Active, "arn:queue", "arn:key")
        );
        assert_eq!(to.file_system.map(|f| f.mount), Some("/mnt/x".to_owned()));
    }

    #[test]
    fn variables_merge_key_by_key() {
        let function = function(|s| {
            s.variables.insert("NEW".to_owned(), Variable::Value(Secret::new("n")));
            s.variables.insert("OLD".to_owned(), Variable::Removed);
        });
        let mut base = live();
        base.variables.insert("OLD".to_owned(), Secret::new("o"));
        base.variables.insert("OTHERS".to_owned(), Secret::new("kept"));
        let to = overlay(&desired(&function), &base);
        assert_eq!(to.variables.keys().collect::<Vec<_>>(), ["NEW", "OTHERS"]);
    }

    #[test]
    fn levels_exist_only_for_json() {
        let json = function(|s| s.logging = Logging { format: Some(LogFormat::Json), ..Logging::default() });
        let to = overlay(&desired(&json), &live());
        assert_eq!((to.log_level, to.system_log_level), (Some(LogLevel::Info), Some(LogLevel::Info)));
        let text = function(|s| s.logging = Logging { format: Some(LogFormat::Text), ..Logging::default() });
        assert_eq!(overlay(&desired(&text), &to).log_level, None);
    }

    #[test]
    fn variables_over_four_kilobytes_are_refused_without_their_values() {
        let mut settings = live();
        settings.variables.insert("BIG".to_owned(), Secret::new("x".repeat(4096)));
        assert_eq!(
            check(&settings).unwrap_err().to_string(),
            "its variables take 4106 bytes as JSON, and Lambda allows 4096"
        );
        settings.variables.insert("BIG".to_owned(), Secret::new("x".repeat(4086)));
        assert_eq!(check(&settings), Ok(()));
    }
}
