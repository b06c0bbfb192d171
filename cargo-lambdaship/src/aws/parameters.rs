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
            let asked = names.iter().map(|name| (*name).to_owned()).collect();
            let answer = request.set_names(Some(asked)).send().await;
            let answer = answer.map_err(|error| Error::sdk(action(), &error))?;
            if let [missing, ..] = answer.invalid_parameters() {
                let action = format!("read the parameter `{missing}`");
                return Err(Error::new(Kind::NotFound, action, "there is no parameter of this name"));
            }
            let parameters = answer.parameters();
            for name in names {
                let found = parameters.iter().find(|parameter| is_named(parameter, name));
                let value = found.and_then(|parameter| parameter.value()).ok_or_else(|| {
                    let action = format!("read the parameter `{name}`");
                    Error::new(Kind::Unexpected, action, "the answer does not hold it")
                })?;
                values.insert((*name).to_owned(), Secret::new(value));
            }
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

/// Whether `name` asked for `parameter`: by name or ARN, with or without the version or label that it was chosen by.
fn is_named(parameter: &aws_sdk_ssm::types::Parameter, name: &str) -> bool {
    let selector = parameter.selector().map(|selector| selector.trim_start_matches(':'));
    let matches = |id: &str| {
        name.strip_prefix(id)
            .is_some_and(|rest| rest.is_empty() || selector.is_some() && rest.strip_prefix(':') == selector)
    };
    [parameter.name(), parameter.arn()].into_iter().flatten().any(matches)
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_found_by_every_name_that_ssm_takes() {
        let parameter = |selector: Option<&str>| {
            aws_sdk_ssm::types::Parameter::builder()
                .name("/app/token")
                .arn("arn:aws:ssm:eu-west-1:111111111111:parameter/app/token")
                .set_selector(selector.map(str::to_owned))
                .build()
        };
        let table = [
            ("/app/token", None, true),
            ("arn:aws:ssm:eu-west-1:111111111111:parameter/app/token", None, true),
            ("/app/token:3", Some(":3"), true),
            ("/app/token:prod", Some("prod"), true),
            ("/app/token:4", Some(":3"), false),
            ("/app/token2", None, false),
            ("/app", None, false),
        ];
        for (name, selector, expected) in table {
            assert_eq!(is_named(&parameter(selector), name), expected, "{name} {selector:?}");
        }
    }
}
