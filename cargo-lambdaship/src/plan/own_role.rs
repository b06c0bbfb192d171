//! Whether a new lambda can do with the execution role that the tool creates, which may write logs and nothing else.
//!
//! Lambda looks at the role when it creates a lambda: what the role has to be allowed for must be there before.

use super::{Glance, Latest};
use crate::config::FunctionConfig;
use crate::model::{FunctionName, Settings, Tracing};

/// A new lambda that needs a role of its own making.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{function}` states `{field}` and no `role`, and Lambda refuses it with the role that would be created"
)]
pub struct Powerless {
    function: FunctionName,
    field: &'static str,
    needs: &'static str,
}

impl Powerless {
    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> String {
        format!("state a `role` that has {}, and may write logs (AWSLambdaBasicExecutionRole)", self.needs)
    }
}

/// Checks what `config` states of a lambda that is not there yet.
///
/// # Errors
/// When it states no role, and something that the role has to be allowed for.
pub fn own_role(config: &FunctionConfig, glance: &Glance) -> Result<(), Powerless> {
    if glance.latest != Latest::Absent || config.settings.role.is_some() {
        return Ok(());
    }
    let needed = needed(&config.settings);
    needed.map_or(Ok(()), |(field, needs)| {
        Err(Powerless { function: config.function.name.clone(), field, needs })
    })
}

/// The first setting that needs a role with more than logs, and what that is.
fn needed(settings: &Settings) -> Option<(&'static str, &'static str)> {
    let is_set = |text: &Option<String>| text.as_ref().is_some_and(|text| !text.is_empty());
    if settings.vpc.as_ref().is_some_and(|vpc| !vpc.subnets.is_empty()) {
        return Some(("vpc", "AWSLambdaVPCAccessExecutionRole"));
    }
    if settings.file_system.is_some() {
        return Some(("file-system", "AWSLambdaVPCAccessExecutionRole and elasticfilesystem:ClientMount"));
    }
    if is_set(&settings.dead_letter) {
        return Some(("dead-letter", "sqs:SendMessage or sns:Publish on the target"));
    }
    let traces = settings.tracing == Some(Tracing::Active);
    traces.then_some(("tracing", "AWSXRayDaemonWriteAccess"))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{configuration, function, lambda, live};
    use super::*;
    use crate::model::{Role, Vpc};

    #[test]
    fn what_needs_more_than_logs_needs_a_stated_role() {
        type State = fn(&mut Settings);
        let new = Glance { latest: Latest::Absent, ..Glance::default() };
        let there = lambda(configuration(None, b"code", live()));
        let there = Glance { latest: Latest::Present(Box::new(there)), ..Glance::default() };
        let vpc: State = |s| {
            s.vpc = Some(Vpc { subnets: vec!["subnet-a".to_owned()], security_groups: vec![], ipv6: false });
        };
        let table: [(State, Option<&str>); 7] = [
            (|_| {}, None),
            (vpc, Some("vpc")),
            (|s| s.vpc = Some(Vpc::default()), None),
            (
                |s| s.dead_letter = Some("arn:aws:sqs:eu-west-1:111111111111:failed".to_owned()),
                Some("dead-letter"),
            ),
            (|s| s.dead_letter = Some(String::new()), None),
            (|s| s.tracing = Some(Tracing::Active), Some("tracing")),
            (|s| s.tracing = Some(Tracing::PassThrough), None),
        ];
        for (state, field) in table {
            let bare = function(state);
            let refused = own_role(&bare, &new).err();
            assert_eq!(refused.as_ref().map(|refused| refused.field), field, "{:?}", bare.settings);
            assert_eq!(own_role(&bare, &there), Ok(()));
            let with_role = function(|settings| {
                state(settings);
                settings.role = Some(Role::Name("hello".to_owned()));
            });
            assert_eq!(own_role(&with_role, &new), Ok(()));
        }
    }
}
