//! What pipelines have to know of an environment. Pure.

use super::load::Config;
use crate::model::{AccountId, EnvName, GatesPolicy};

/// An environment, as a pipeline sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// Its name.
    pub env: EnvName,
    /// The environment that has to serve its code before.
    pub from: Option<EnvName>,
    /// The account that the configuration states.
    pub account: Option<AccountId>,
    /// Whether it has a store, which jobs on several machines know of each other by.
    pub has_store: bool,
    /// What it asks of gates.
    pub gates: GatesPolicy,
}

impl Config {
    /// The environments that the file has, by name.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        let origins = self.origins().into_iter().zip(self.file.env.values());
        origins
            .map(|((env, from), layer)| Delivery {
                env,
                from,
                account: layer.account.clone(),
                has_store: layer.store.is_some(),
                gates: layer.gates.unwrap_or_default(),
            })
            .collect()
    }
}
