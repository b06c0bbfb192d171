//! Bringing a zip to where Lambda takes it from: beside the request, or into the store.

use camino::{Utf8Path, Utf8PathBuf};

use super::{Learned, News, Supply, Zip, fetch};
use crate::aws::Object;
use crate::console::Console;
use crate::error::Error;
use crate::model::{CodeSha256, CodeStorage, FunctionName};
use crate::package;
use crate::publish::Parcel;
use crate::report::size;
use crate::store::{Store, Stored};

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
            self.vouch(function, (store, stored), supply.code).await?;
            return Ok((self.object(stored)?, 0));
        }
        // What is here is looked for by whoever puts it there.
        let is_here = matches!(supply.zip, Zip::File(_));
        if !is_here && let Some(stored) = store.artifact(supply.code).await? {
            self.vouch(function, (store, &stored), supply.code).await?;
            return Ok((self.object(&stored)?, 0));
        }
        let path = self.file(function, supply).await?;
        self.console
            .status("Uploading", format_args!("{function} {} to {}", size(supply.size), store.name()));
        let _spinner = self.console.progress("Uploading", function.as_str(), None);
        let put = store.put(&path, supply.code).await?;
        if put.sent == 0 {
            self.vouch(function, (store, &put.stored), supply.code).await?;
        }
        Ok((self.object(&put.stored)?, put.sent))
    }

    /// Hashes what somebody put into the store, where S3 does not vouch for it: Lambda would run whatever it is.
    async fn vouch(
        &self,
        function: &FunctionName,
        (store, stored): (&Store, &Stored),
        code: CodeSha256,
    ) -> Result<(), Error> {
        if !stored.checked {
            self.console.verbose("Checking", format_args!("{function} in {}", store.name()));
            store.fetch(code, &package::fetched(self.target_directory, function)).await?;
        }
        Ok(())
    }

    /// Lets the store know what a source became. What it is not told is built once more by whoever asks.
    pub async fn remember(&self, news: &News) {
        let (Some(store), News { record, from }) = (self.store, news) else { return };
        let kept = match from {
            Learned::Now => store.keep(record).await,
            // What one environment's store does not know, this machine may.
            Learned::Before => store.share(record).await,
            Learned::Stored => Ok(()),
        };
        if let Err(error) = kept {
            self.console.warn(format_args!(
                "{error}; the source of `{}` will be built again elsewhere",
                record.function
            ));
        }
    }

    fn object(&self, stored: &Stored) -> Result<Parcel, Error> {
        // Lambda would only say that it lacks a version.
        if self.storage == CodeStorage::Reference && stored.version.is_none() {
            return Err(unversioned(stored));
        }
        Ok(Parcel::Object(Object {
            bucket: stored.bucket.clone(),
            key: stored.key.clone(),
            version: stored.version.clone(),
            storage: self.storage,
        }))
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

/// An object that Lambda cannot run from: the bucket keeps no versions, or did not when it was put there.
fn unversioned(Stored { bucket, key, .. }: &Stored) -> Error {
    Error::Function {
        message: format!(
            "`{key}` in bucket `{bucket}` has no version, and Lambda runs only from one that has"
        ),
        hint: Some(format!(
            "turn on versioning of `{bucket}` and delete the object, so that it is put there anew; or set \
             `code-storage = \"copy\"`"
        )),
        held: false,
    }
}
