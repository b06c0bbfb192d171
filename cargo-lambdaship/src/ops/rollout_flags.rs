//! What the flags of one run say of its rollouts: they win over the configuration.

use crate::config::EnvironmentConfig;
use crate::model::{Meeting, Shape};
use crate::rollout::Stay;

/// `--rollout`, `--under-way` and `--detach`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RolloutFlags {
    /// `--rollout`: how every selected function's alias moves.
    pub shape: Option<Shape>,
    /// `--under-way`: what to do with an alias that is in the middle of a rollout.
    pub meeting: Option<Meeting>,
    /// `--detach`.
    pub stay: Stay,
}

impl RolloutFlags {
    /// States them for every function of `environment`. The rest of each rollout stays as it is configured.
    pub fn apply(&self, environment: &mut EnvironmentConfig) {
        for function in &mut environment.functions {
            if let Some(shape) = &self.shape {
                function.rollout.shape.clone_from(shape);
            }
            if let Some(meeting) = self.meeting {
                function.rollout.meeting = meeting;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{EnvName, Quiet, Rollout};
    use crate::plan::testing::function;

    /// What becomes of a configured rollout.
    fn applied(flags: &RolloutFlags) -> Vec<Rollout> {
        let mut hello = function(|_| {});
        hello.rollout = Rollout {
            shape: "10%/5m".parse().unwrap(),
            quiet: Quiet::Hold,
            meeting: Meeting::Refuse,
            ..Rollout::default()
        };
        let mut environment = EnvironmentConfig {
            env: EnvName::new("staging").unwrap(),
            regions: Vec::new(),
            region_order: crate::model::RegionOrder::default(),
            account: None,
            aws_profile: None,
            endpoint_url: None,
            store: None,
            store_account: None,
            code_storage: crate::model::CodeStorage::default(),
            from: None,
            gates: crate::model::GatesPolicy::Optional,
            functions: vec![hello, function(|_| {})],
        };
        flags.apply(&mut environment);
        environment.functions.into_iter().map(|function| function.rollout).collect()
    }

    #[test]
    fn a_flag_wins_and_what_no_flag_says_stays() {
        let shape = |text: &str| text.parse::<Shape>().unwrap();
        let flags = |stated: Option<&str>, meeting| RolloutFlags {
            shape: stated.map(shape),
            meeting,
            stay: Stay::OneStep,
        };
        let table = [
            (flags(None, None), ["10%/5m", "all-at-once"], [Meeting::Refuse, Meeting::Resume]),
            (flags(Some("5%,50%/1m"), None), ["5%,50%/1m"; 2], [Meeting::Refuse, Meeting::Resume]),
            (flags(Some("all-at-once"), None), ["all-at-once"; 2], [Meeting::Refuse, Meeting::Resume]),
            (flags(None, Some(Meeting::Abort)), ["10%/5m", "all-at-once"], [Meeting::Abort; 2]),
        ];
        for (flags, shapes, meetings) in table {
            let rollouts = applied(&flags);
            let found: Vec<_> = rollouts.iter().map(|rollout| rollout.shape.clone()).collect();
            assert_eq!(found, shapes.map(shape), "{flags:?}");
            let found: Vec<_> = rollouts.iter().map(|rollout| rollout.meeting).collect();
            assert_eq!(found, meetings, "{flags:?}");
            assert_eq!(rollouts[0].quiet, Quiet::Hold, "{flags:?}");
        }
    }
}
