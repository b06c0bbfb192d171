//! The ledger of an alias: one document for each run that moved it, or failed to.

use futures::{StreamExt, TryStreamExt, future, stream};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::documents::{Kept, Reading};
use super::{Error, Store, keys};
use crate::aws::Condition;
use crate::model::{AliasName, CodeSha256, EnvName, FunctionName, LambdaName, SourceHash, Version};
use crate::stamp::Git;

/// The document's own name and number.
const SCHEMA: &str = "lambdaship.release/1";
/// How many documents are read at a time.
const AT_A_TIME: usize = 8;

/// What a run did to an alias.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// The environment.
    pub env: EnvName,
    /// The function.
    pub function: FunctionName,
    /// The lambda that it is there.
    pub lambda: LambdaName,
    /// The alias.
    pub alias: AliasName,
    /// What the alias served before, and after.
    pub version: Versions,
    /// The code that it serves now, or was to serve; absent when the run failed before there was any.
    pub code_sha256: Option<CodeSha256>,
    /// The source of that code, where it is known.
    pub source_hash: Option<SourceHash>,
    /// The commit of that source.
    pub git: Option<Git>,
    /// Who did it, by AWS's name for the identity.
    pub by: Option<String>,
    /// The page of the CI run.
    pub run: Option<String>,
    /// When, by the server's clock.
    pub at: Timestamp,
    /// How it ended.
    pub outcome: Ended,
    /// The environment that the code was promoted from.
    pub from: Option<EnvName>,
    /// A digest of the settings; two that are the same have the same one.
    pub settings: Option<String>,
}

/// Versions of an alias.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// Before; absent when there was no alias.
    pub from: Option<Version>,
    /// After; absent when there still is none.
    pub to: Option<Version>,
}

/// How a run on an alias ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The alias serves a version that was published for it.
    Updated,
    /// The alias serves a version that was there.
    Moved,
    /// The alias serves what it served before.
    RolledBack,
    /// The alias serves what another environment serves.
    Promoted,
    /// It failed.
    Failed,
}

/// A release with the document's name.
#[derive(Serialize, Deserialize)]
struct Document<R> {
    schema: String,
    release: R,
}

impl Store {
    /// Writes a release into the ledger of its alias.
    ///
    /// # Errors
    /// When the request fails.
    pub async fn note(&self, release: &Release) -> Result<(), Error> {
        let id = Uuid::new_v4().simple().to_string();
        let key = keys::release((&release.lambda, &release.alias), release.at, &id[..12]);
        let document = Document { schema: SCHEMA.to_owned(), release };
        // The name is this entry's own: what is there already is it, and only the answer was lost.
        self.write_document(&self.name.key(&key), &document, Condition::Absent).await.map(drop)
    }

    /// The newest releases of an alias, `most` at most, the newest first. What is no release is left out.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn releases(
        &self,
        lambda: &LambdaName,
        alias: &AliasName,
        most: usize,
    ) -> Result<Vec<Release>, Error> {
        let under = self.name.key(&keys::releases(lambda, alias));
        let listed = self.s3.list(self.at(&under)).await?;
        // The names begin with the time, and are listed in their order.
        let documents = stream::iter(listed.into_iter().rev()).map(|listed| async move {
            let document = self.document::<Document<Release>>(&listed.key, SCHEMA).await?;
            Ok::<_, Error>(match document {
                Some(Kept { reading: Reading::Good(document), .. }) => Some(document.release),
                _ => None,
            })
        });
        let releases = documents.buffered(AT_A_TIME).try_filter_map(future::ok);
        releases.take(most).try_collect().await
    }
}
