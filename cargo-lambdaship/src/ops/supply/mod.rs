//! Where the code of each function comes from, cheapest first, and always against what the alias serves: it is served
//! already, this machine or the store has it, or it is built.
//!
//! In: what is configured, and what was read of each lambda. Out: a [`Supply`] for each function. Nothing is sent but reads;
//! the bytes themselves are moved by [`Dispatch`], once it is known that they are needed.

mod because;
mod check;
mod choice;
mod fetch;
mod find;
mod identify;
mod parcel;
mod records;
mod settle;

use camino::Utf8PathBuf;

pub use check::check;
pub use find::{Search, Seeker};
pub use identify::{identify, identify_known};
pub use parcel::Dispatch;
pub use records::{Learned, News, Records};
pub use settle::settle;

use crate::aws::Aws;
use crate::model::{Arch, CodeSha256, LambdaName, SourceHash, Version};
use crate::ops::artifacts::Ready;
use crate::ops::promote::{Promoted, Served};
use crate::report::Origin;
use crate::source::{Also, Inputs};
use crate::store::{Store, Stored};

/// The code of one function, and where it is.
#[derive(Clone)]
pub struct Supply {
    /// Its digest.
    pub code: CodeSha256,
    /// The zip's size in bytes.
    pub size: u64,
    /// What it runs on.
    pub arch: Arch,
    /// Where the zip is.
    pub zip: Zip,
    /// Where it comes from.
    pub origin: Origin,
    /// The source that it was built from, when that could be told.
    pub source: Option<SourceHash>,
    /// Which inputs are not as they were for what the alias serves.
    pub because: Vec<String>,
    /// What the store is to know of the source, and of those that lead to it.
    pub news: Vec<News>,
    /// The environment that serves it already, when it comes from there.
    pub promoted: Option<Box<Promoted>>,
}

impl Supply {
    /// What was made on this machine.
    #[must_use]
    pub fn of(ready: Ready) -> Self {
        let (artifact, source) = (ready.artifact, ready.identity.hash());
        let mut news = ready.identity.leads;
        news.extend(ready.record.map(|record| News { record: *record, from: Learned::Now }));
        Self {
            code: artifact.code_sha256,
            size: artifact.size,
            arch: ready.arch,
            zip: Zip::File(artifact.path),
            origin: if ready.built { Origin::Built } else { Origin::Given },
            source,
            because: Vec::new(),
            news,
            promoted: None,
        }
    }
}

impl From<&Served> for Supply {
    fn from(served: &Served) -> Self {
        Self {
            code: served.code,
            size: served.size,
            arch: served.arch,
            zip: served.zip.clone(),
            origin: Origin::Promoted,
            source: served.source,
            because: Vec::new(),
            news: Vec::new(),
            promoted: Some(Box::new(served.promoted.clone())),
        }
    }
}

/// Where a zip is.
#[derive(Clone)]
pub enum Zip {
    /// On this machine.
    File(Utf8PathBuf),
    /// In a store.
    Store(Store, Stored),
    /// In Lambda, as the code of a version.
    Lambda {
        /// The connection to the account that has it.
        aws: Box<Aws>,
        /// The lambda.
        lambda: LambdaName,
        /// The version.
        version: Version,
    },
}

/// What is known of a function's source.
#[derive(Debug, Clone, Default)]
pub struct Identity {
    /// Everything that goes into its build; `None` when that cannot be told, and it is always built.
    pub inputs: Option<Inputs>,
    /// What earlier builds were seen to read beyond the rules.
    pub also: Also,
    /// What led from the source by the rules to this one: each step says what else was read.
    pub leads: Vec<News>,
}

impl Identity {
    /// The hash over all.
    #[must_use]
    pub fn hash(&self) -> Option<SourceHash> {
        self.inputs.as_ref().map(Inputs::hash)
    }
}
