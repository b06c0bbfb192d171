//! Laying one table of settings over another. Pure.

use super::raw::{Layer, LoggingTable};
use crate::model::{Logging, Settings};

impl Layer {
    /// Lays `upper` over this one: what `upper` states wins. Variables and tags merge key by key, `logging` and
    /// `rollout` part by part; everything else is replaced whole.
    pub(super) fn overlay(&mut self, upper: &Self) {
        replace(&mut self.name, upper.name.as_ref());
        replace(&mut self.alias, upper.alias.as_ref());
        replace(&mut self.include, upper.include.as_ref());
        replace(&mut self.arch, upper.arch.as_ref());
        replace(&mut self.memory, upper.memory.as_ref());
        replace(&mut self.timeout, upper.timeout.as_ref());
        self.variables.extend(upper.variables.clone());
        replace(&mut self.env_file, upper.env_file.as_ref());
        replace(&mut self.role, upper.role.as_ref());
        replace(&mut self.layers, upper.layers.as_ref());
        replace(&mut self.vpc, upper.vpc.as_ref());
        replace(&mut self.tracing, upper.tracing.as_ref());
        replace(&mut self.ephemeral_storage, upper.ephemeral_storage.as_ref());
        replace(&mut self.dead_letter, upper.dead_letter.as_ref());
        replace(&mut self.kms_key, upper.kms_key.as_ref());
        replace(&mut self.file_system, upper.file_system.as_ref());
        self.logging.overlay(&upper.logging);
        self.tags.extend(upper.tags.clone());
        replace(&mut self.description, upper.description.as_ref());
        replace(&mut self.reserved_concurrency, upper.reserved_concurrency.as_ref());
        replace(&mut self.provisioned_concurrency, upper.provisioned_concurrency.as_ref());
        replace(&mut self.code_signing, upper.code_signing.as_ref());
        self.rollout.overlay(&upper.rollout);
        replace(&mut self.smoke, upper.smoke.as_ref());
    }

    /// The part of it that is a lambda's settings.
    pub(super) fn into_settings(self) -> Settings {
        Settings {
            arch: self.arch,
            memory: self.memory,
            timeout: self.timeout,
            variables: self.variables,
            role: self.role,
            layers: self.layers,
            vpc: self.vpc,
            tracing: self.tracing,
            ephemeral_storage: self.ephemeral_storage,
            dead_letter: self.dead_letter,
            kms_key: self.kms_key,
            file_system: self.file_system,
            logging: Logging {
                format: self.logging.format,
                level: self.logging.level.map(toml::Spanned::into_inner),
                system_level: self.logging.system_level.map(toml::Spanned::into_inner),
                group: self.logging.group,
                retention: self.logging.retention,
            },
            tags: self.tags,
            description: self.description,
            reserved_concurrency: self.reserved_concurrency,
            provisioned_concurrency: self.provisioned_concurrency,
            code_signing: self.code_signing,
        }
    }
}

impl LoggingTable {
    fn overlay(&mut self, upper: &Self) {
        replace(&mut self.format, upper.format.as_ref());
        replace(&mut self.level, upper.level.as_ref());
        replace(&mut self.system_level, upper.system_level.as_ref());
        replace(&mut self.group, upper.group.as_ref());
        replace(&mut self.retention, upper.retention.as_ref());
    }
}

/// The value of `upper`, when it has one.
pub(super) fn replace<T: Clone>(lower: &mut Option<T>, upper: Option<&T>) {
    if let Some(upper) = upper {
        *lower = Some(upper.clone());
    }
}
