//! The rules, on workspaces on disk: what changes a hash, and what does not.

mod dependencies;
mod files;
mod flags;
mod manifests;
mod refusals;
mod scene;
mod whole;

use super::{Inputs, Rules, Subject, Unhashable};

#[test]
fn another_thread_can_observe() {
    fn goes<T: Send>() {}
    goes::<(Rules<'_>, Subject<'_>, Inputs, Unhashable)>();
}
