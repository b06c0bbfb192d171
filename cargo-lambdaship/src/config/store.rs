//! `store`: the bucket of an environment, with placeholders. `{region}` stays, because Lambda takes zips from buckets of its
//! own region only (its service model, `FunctionCode$S3Bucket`); the others are filled in. Pure.

use super::problem::Problem;
use super::raw::EnvironmentLayer;
use crate::model::{EnvName, InvalidName, Region, StoreName};

/// What can stand in braces.
pub(super) const PLACEHOLDERS: [&str; 3] = ["region", "env", "account"];

/// Stands for a region that is not known yet.
const SOME_REGION: &str = "us-east-1";

/// A text that is the name of a store in every region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreTemplate(String);

impl StoreTemplate {
    /// Takes `text` if it is the name of a store once `{region}` is filled in.
    ///
    /// # Errors
    /// The rule that does not hold.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        StoreName::new(&text.replace("{region}", SOME_REGION)).map(|_| Self(text.to_owned()))
    }

    /// The store in `region`.
    ///
    /// # Errors
    /// When the region's name is too long for a bucket's.
    pub fn in_region(&self, region: &Region) -> Result<StoreName, InvalidName> {
        StoreName::new(&self.0.replace("{region}", region.as_str()))
    }
}

/// The store of `environment`, which is called `env`.
pub(super) fn filled(
    env: &EnvName,
    environment: &EnvironmentLayer,
) -> Result<Option<StoreTemplate>, Problem> {
    let Some(stated) = &environment.store else { return Ok(None) };
    let mut text = stated.get_ref().replace("{env}", env.as_str());
    match &environment.account {
        Some(account) => text = text.replace("{account}", account.as_str()),
        None if text.contains("{account}") => {
            let message = format!("`store` has `{{account}}`, and [env.{env}] names no account");
            let help = "add `account = \"…\"`, or write the bucket's name in full".to_owned();
            return Err(Problem::at(stated.span(), message).help(help));
        }
        None => {}
    }
    let regions = environment.all_regions();
    let bucket = text.split_once('/').map_or(text.as_str(), |(bucket, _)| bucket);
    if regions.len() > 1 && !bucket.contains("{region}") {
        let message =
            "`store` is one bucket for several regions, and Lambda takes code only from its own region";
        let help = format!("write `{{region}}` in the bucket's name, as in `\"{bucket}-{{region}}\"`");
        return Err(Problem::at(stated.span(), message).help(help));
    }
    let invalid = |invalid: InvalidName| Problem::at(stated.span(), invalid.to_string());
    let template = StoreTemplate::new(&text).map_err(invalid)?;
    regions.iter().try_for_each(|region| template.in_region(region).map(drop)).map_err(invalid)?;
    Ok(Some(template))
}
