//! Lambda: aliases. A write says all of an alias, since it is not known what AWS keeps of what is left out, and is fenced
//! by the revision that was read before it.

use std::collections::HashMap;

use aws_sdk_lambda::types::AliasRoutingConfiguration;

use super::lambda::{absent, usable};
use super::lambda_versions::none_without_lambda;
use super::{Error, Lambda};
use crate::model::{AliasName, LambdaName, LiveAlias, RevisionId, Version, Weight};

/// What an alias is to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasTarget {
    /// The version that it points to.
    pub version: Version,
    /// A second version with its share of the traffic.
    pub split: Option<(Version, Weight)>,
    /// The state of rollouts.
    pub description: String,
}

impl Lambda {
    /// The alias, or `None` when there is no such alias or lambda.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn alias(&self, lambda: &LambdaName, alias: &AliasName) -> Result<Option<LiveAlias>, Error> {
        let action = || format!("read alias `{alias}` of lambda `{lambda}`");
        match self.0.get_alias().function_name(lambda.as_str()).name(alias.as_str()).send().await {
            Ok(a) => {
                let routing = a.routing_config.and_then(|routing| routing.additional_version_weights);
                usable(
                    live(a.name, a.function_version.as_deref(), routing, a.description, a.revision_id),
                    action,
                )
                .map(Some)
            }
            Err(error) => absent(Error::sdk(action(), &error)),
        }
    }

    /// All aliases; none when there is no such lambda.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn aliases(&self, lambda: &LambdaName) -> Result<Vec<LiveAlias>, Error> {
        let action = || format!("list the aliases of lambda `{lambda}`");
        let mut pages = self.0.list_aliases().function_name(lambda.as_str()).into_paginator().items().send();
        let mut aliases = Vec::new();
        while let Some(listed) = pages.next().await {
            let a = match listed {
                Ok(listed) => listed,
                Err(error) => return none_without_lambda(Error::sdk(action(), &error)),
            };
            let routing = a.routing_config.and_then(|routing| routing.additional_version_weights);
            let alias = live(a.name, a.function_version.as_deref(), routing, a.description, a.revision_id);
            aliases.push(usable(alias, action)?);
        }
        Ok(aliases)
    }

    /// Creates an alias, of one version.
    ///
    /// # Errors
    /// When the request fails; [`Kind::Conflict`](super::Kind::Conflict) when somebody created it meanwhile.
    pub async fn create_alias(
        &self,
        lambda: &LambdaName,
        alias: &AliasName,
        target: &AliasTarget,
    ) -> Result<LiveAlias, Error> {
        let action = || format!("create alias `{alias}` of lambda `{lambda}`");
        let call = self.0.create_alias().function_name(lambda.as_str()).name(alias.as_str());
        let call = call.function_version(target.version.to_string()).description(&target.description);
        let a = call.send().await.map_err(|error| Error::sdk(action(), &error))?;
        usable(live(a.name, a.function_version.as_deref(), None, a.description, a.revision_id), action)
    }

    /// Points an alias to `target`, whole.
    ///
    /// # Errors
    /// When the request fails; [`Kind::Precondition`](super::Kind::Precondition) when the alias is no longer at `revision`.
    pub async fn update_alias(
        &self,
        lambda: &LambdaName,
        alias: &AliasName,
        target: &AliasTarget,
        revision: &RevisionId,
    ) -> Result<LiveAlias, Error> {
        let action = || format!("move alias `{alias}` of lambda `{lambda}` to version {}", target.version);
        let weights = target.split.map(|(version, weight)| (version.to_string(), weight.fraction()));
        let routing = AliasRoutingConfiguration::builder()
            .set_additional_version_weights(Some(weights.into_iter().collect()))
            .build();
        let call = self.0.update_alias().function_name(lambda.as_str()).name(alias.as_str());
        let call = call.function_version(target.version.to_string()).description(&target.description);
        let sent = call.routing_config(routing).set_revision_id(revision.fence()).send().await;
        let a = sent.map_err(|error| Error::sdk(action(), &error))?;
        let routing = a.routing_config.and_then(|routing| routing.additional_version_weights);
        usable(live(a.name, a.function_version.as_deref(), routing, a.description, a.revision_id), action)
    }
}

/// An alias as four operations answer, each with a type of its own. A second version without any traffic is none.
fn live(
    name: Option<String>,
    version: Option<&str>,
    weights: Option<HashMap<String, f64>>,
    description: Option<String>,
    revision: Option<String>,
) -> Result<LiveAlias, String> {
    let mut weights = weights.into_iter().flatten().filter(|(_, weight)| *weight > 0.0);
    let split = weights.find_map(|(version, weight)| Some((Version::parse(&version)?, weight)));
    Ok(LiveAlias {
        name: AliasName::new(name.unwrap_or_default()).map_err(|invalid| invalid.to_string())?,
        version: version.and_then(Version::parse),
        split,
        description: description.unwrap_or_default(),
        revision: RevisionId::new(revision),
    })
}
