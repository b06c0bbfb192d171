//! `store`: the bucket of an environment, with the placeholder `{region}`: Lambda takes zips from buckets of its own region.

use crate::model::{InvalidName, Region, StoreName};

/// A text that is the name of a store in every region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoreTemplate(String);

impl StoreTemplate {
    /// Takes `text` if it is the name of a store once `{region}` is filled in.
    ///
    /// # Errors
    /// The rule that does not hold.
    pub fn new(text: &str) -> Result<Self, InvalidName> {
        StoreName::new(&text.replace("{region}", "us-east-1")).map(|_| Self(text.to_owned()))
    }

    /// The store in `region`.
    ///
    /// # Errors
    /// When the region's name is too long for a bucket's.
    pub fn in_region(&self, region: &Region) -> Result<StoreName, InvalidName> {
        StoreName::new(&self.0.replace("{region}", region.as_str()))
    }
}
