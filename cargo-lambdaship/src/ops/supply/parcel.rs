//! Bringing a zip to where Lambda takes it from: beside the request, or into the store.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Supply, Zip, fetch};
use crate::aws::Object;
use crate::console::Console;
use crate::error::Error;
use crate::model::{CodeStorage, FunctionName};
use crate::package;
use crate::publish::Parcel;
use crate::report::size;
use crate::store::{Record, Store, Stored};

/// How zips of one environment get to Lambda.
pub struct Dispatch<'a> {
    /// The store, if there is one.
    pub store: Option<&'a Store>,
    /// What Lambda does with a zip from it.
    pub storage: CodeStorage,
    /// Cargo's target folder, where what is fetched is put.
    pub target_directory: &'a Utf8Path,
    /// Where progress goes.
    pub console: &'a Console,
}

impl Dispatch<'_> {
    /// Brings the zip of `function` to where Lambda takes it from. Answers where that is, and how many bytes were sent.
    ///
    /// # Errors
    /// When it cannot be fetched or sent, or is not what its digest says.
    pub async fn bring(&self, function: &FunctionName, supply: &Supply) -> Result<(Parcel, u64), Error> {
        let Some(store) = self.store else {
            return Ok((Parcel::File(self.file(function, supply).await?), 0));
        };
        if let Zip::Store(owner, stored) = &supply.zip
            && owner.name() == store.name()
        {
            return Ok((self.object(stored), 0));
        }
        if let Some(stored) = store.artifact(supply.code).await? {
            return Ok((self.object(&stored), 0));
        }
        let path = self.file(function, supply).await?;
        self.console
            .status("Uploading", format_args!("{function} {} to {}", size(supply.size), store.name()));
        let _spinner = self.console.progress("Uploading", function.as_str(), None);
        let put = store.put(&path, supply.code).await?;
        Ok((self.object(&put.stored), put.sent))
    }

    /// Lets the store know what a source became. What it is not told is built once more by whoever asks.
    pub async fn remember(&self, record: &Record) {
        let Some(store) = self.store else { return };
        if let Err(error) = store.keep(record).await {
            self.console.warn(format_args!(
                "{error}; the source of `{}` will be built again elsewhere",
                record.function
            ));
        }
    }

    fn object(&self, stored: &Stored) -> Parcel {
        Parcel::Object(Object {
            bucket: stored.bucket.clone(),
            key: stored.key.clone(),
            version: stored.version.clone(),
            storage: self.storage,
        })
    }

    /// The zip on this machine; it is fetched, and hashed once more, when it is elsewhere.
    async fn file(&self, function: &FunctionName, supply: &Supply) -> Result<Utf8PathBuf, Error> {
        let out = || package::fetched(self.target_directory, function);
        match &supply.zip {
            Zip::File(path) => Ok(path.clone()),
            Zip::Store(store, _) => {
                self.console.status(
                    "Fetching",
                    format_args!("{function} {} from {}", size(supply.size), store.name()),
                );
                store.fetch(supply.code, &out()).await?;
                Ok(out())
            }
            Zip::Lambda { aws, lambda, version } => {
                self.console.status(
                    "Fetching",
                    format_args!("{function} {} from {lambda} v{version}", size(supply.size)),
                );
                let code = aws.code(lambda, *version).await?;
                fetch::whole(code, supply.code, &out()).await?;
                Ok(out())
            }
        }
    }
}
