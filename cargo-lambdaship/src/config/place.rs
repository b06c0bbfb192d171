//! The keys that say where an environment is and how its code is kept, and what does not go together among them. Pure.

use std::cell::RefCell;

use toml::de::DeValue;

use super::problem::Problem;
use super::raw::EnvironmentLayer;
use super::read::parsed;
use super::reader::{Complaint, Section, text};
use super::store;
use super::template;
use crate::model::{CodeStorage, EnvName, Region, RegionOrder};

/// The words of `region-order`.
pub(super) const REGION_ORDERS: [(&str, RegionOrder); 2] =
    [("one-after-another", RegionOrder::OneAfterAnother), ("side-by-side", RegionOrder::SideBySide)];

/// The words of `code-storage`.
pub(super) const CODE_STORAGES: [(&str, CodeStorage); 2] =
    [("copy", CodeStorage::Copy), ("reference", CodeStorage::Reference)];

impl EnvironmentLayer {
    /// The regions that `region` or `regions` states.
    pub(super) fn all_regions(&self) -> &[Region] {
        self.regions.as_deref().unwrap_or(self.region.as_slice())
    }
}

/// The key `regions`.
pub(super) fn regions(section: &mut Section<'_, '_>) -> Option<Vec<Region>> {
    let seen = RefCell::new(Vec::new());
    let regions = section.items("regions", "an array of strings", |value| {
        let region = parsed(value, Region::new)?;
        if seen.borrow().contains(&region) {
            return Err(Complaint::new(format!("has `{region}` twice")));
        }
        seen.borrow_mut().push(region.clone());
        Ok(region)
    })?;
    if section.is_empty("regions") {
        let complaint = Complaint::new("must hold at least one region");
        section.complain("regions", complaint.help("leave it out to let the AWS configuration decide"));
    }
    Some(regions.into_iter().flatten().collect())
}

/// The text of the key `store`, whose placeholders are known to exist.
pub(super) fn store(value: &DeValue<'_>) -> Result<String, Complaint> {
    let text = text(value)?;
    template::check(text, &store::PLACEHOLDERS).map(|()| text.to_owned())
}

/// Adds to `section` what does not go together in `environment`, which was read from it.
pub(super) fn check(env: &EnvName, environment: &EnvironmentLayer, section: &mut Section<'_, '_>) {
    if section.has("region") && section.has("regions") {
        let complaint = Complaint::new("and `region` are both there, and one of them has to say it all");
        section.complain("regions", complaint.help("keep `regions`, with every region in it"));
    }
    if section.has("region-order") && !section.has("regions") {
        let complaint =
            Complaint::new("says how several regions follow each other, and there are no `regions`");
        section.complain("region-order", complaint);
    }
    if section.has("store-account") && !section.has("store") {
        let complaint = Complaint::new("says whose the bucket of the store is, and there is no `store`");
        section.complain("store-account", complaint);
    }
    let by_reference = environment.code_storage.as_ref().filter(|s| *s.get_ref() == CodeStorage::Reference);
    if let Some(stated) = by_reference.filter(|_| !section.has("store")) {
        let message =
            "`code-storage = \"reference\"` lets Lambda run from the store, and there is no `store`";
        let help = format!("add `store = \"BUCKET\"` to [env.{env}], with a bucket that keeps versions");
        section.push(Problem::at(stated.span(), message).help(help));
    }
    // An account that is wrong has its own problem.
    let account_is_known = environment.account.is_some() == section.has("account");
    if let Err(problem) = store::filled(env, environment)
        && account_is_known
    {
        section.push(problem);
    }
}
