//! Values of variables that live in Systems Manager or Secrets Manager.

use std::collections::BTreeMap;

use futures::future::try_join_all;

use super::{Error, Kind};
use crate::model::Secret;

/// The most names that one `GetParameters` takes (SSM's service model).
const BATCH: usize = 10;

/// Systems Manager parameters and Secrets Manager secrets.
#[derive(Debug, Clone)]
pub struct Parameters {
    ssm: aws_sdk_ssm::Client,
    secrets: aws_sdk_secretsmanager::Client,
}

impl Parameters {
    pub(super) fn new(ssm: aws_sdk_ssm::Client, secrets: aws_sdk_secretsmanager::Client) -> Self {
        Self { ssm, secrets }
    }

    /// The values of Systems Manager parameters, decrypted.
    ///
    /// # Errors
    /// When a request fails or a parameter does not exist; the error names it.
    pub async fn ssm(&self, names: &[&str]) -> Result<BTreeMap<String, Secret>, Error> {
        let mut values = BTreeMap::new();
        for names in names.chunks(BATCH) {
            let action = || format!("read the parameters {}", quoted(names));
            let request = self.ssm.get_parameters().with_decryption(true);
            let names = names.iter().map(|name| (*name).to_owned()).collect();
            let answer = request.set_names(Some(names)).send().await;
            let answer = answer.map_err(|error| Error::sdk(action(), &error))?;
            if let [missing, ..] = answer.invalid_parameters() {
                let action = format!("read the parameter `{missing}`");
                return Err(Error::new(Kind::NotFound, action, "there is no parameter of this name"));
            }
            values.extend(
                answer
                    .parameters
                    .into_iter()
                    .flatten()
                    .filter_map(|p| Some((p.name?, Secret::new(p.value?)))),
            );
        }
        Ok(values)
    }

    /// The current values of Secrets Manager secrets, by name or ARN.
    ///
    /// # Errors
    /// When a secret does not exist, is binary, or may not be read; the error names it.
    pub async fn secrets(&self, names: &[&str]) -> Result<BTreeMap<String, Secret>, Error> {
        let values = try_join_all(names.iter().map(|name| self.secret(name))).await?;
        Ok(names.iter().map(|name| (*name).to_owned()).zip(values).collect())
    }

    async fn secret(&self, name: &str) -> Result<Secret, Error> {
        let action = || format!("read the secret `{name}`");
        let answer = self.secrets.get_secret_value().secret_id(name).send().await;
        let answer = answer.map_err(|error| Error::sdk(action(), &error))?;
        let value = answer.secret_string.map(Secret::new);
        value.ok_or_else(|| {
            Error::new(Kind::Unexpected, action(), "the secret is binary; a variable holds text")
        })
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
