//! Why a function is built: which inputs are not as they were for what the alias serves.

use super::{Identity, Records, choice};
use crate::plan::Glance;
use crate::source;

/// How many inputs are told by name.
const TOLD: usize = 5;

/// The inputs that differ, in words; nothing when it is not known what the alias' version was built from.
pub(super) async fn because(records: &Records<'_>, glance: &Glance, identity: &Identity) -> Vec<String> {
    let (Some(inputs), Some(before)) = (&identity.inputs, choice::source_before(glance)) else {
        return Vec::new();
    };
    match records.find(before).await {
        Some(record) => source::words(&inputs.since(&record.inputs), TOLD),
        None => Vec::new(),
    }
}
