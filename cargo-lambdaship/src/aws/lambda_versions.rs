//! Lambda: listing and deleting versions.

use super::{Error, Kind, Lambda, convert};
use crate::model::{CodeSha256, LambdaName, Version, VersionSummary};

impl Lambda {
    /// All published versions, oldest first; none when there is no such lambda.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn versions(&self, lambda: &LambdaName) -> Result<Vec<VersionSummary>, Error> {
        let mut pages =
            self.0.list_versions_by_function().function_name(lambda.as_str()).into_paginator().send();
        let mut versions = Vec::new();
        while let Some(page) = pages.next().await {
            match page {
                Ok(page) => versions.extend(page.versions().iter().filter_map(convert::version)),
                Err(error) => {
                    return none_without_lambda(Error::sdk(
                        format!("list the versions of lambda `{lambda}`"),
                        &error,
                    ));
                }
            }
        }
        versions.sort_by_key(|version| version.version);
        Ok(versions)
    }

    /// The numbers of all published versions whose code is `code`, oldest first.
    ///
    /// # Errors
    /// When a request fails.
    pub async fn versions_of(&self, lambda: &LambdaName, code: CodeSha256) -> Result<Vec<Version>, Error> {
        let versions = self.versions(lambda).await?.into_iter();
        Ok(versions
            .filter(|version| version.code_sha256 == Some(code))
            .map(|version| version.version)
            .collect())
    }

    /// Deletes one published version; one that is gone already counts as deleted.
    ///
    /// # Errors
    /// When the request fails; [`Kind::Conflict`] when an alias names the version.
    pub async fn delete_version(&self, lambda: &LambdaName, version: Version) -> Result<(), Error> {
        // Without a qualifier this very call would delete the whole lambda; a `Version` is always a number.
        let call = self.0.delete_function().function_name(lambda.as_str()).qualifier(version.to_string());
        let sent = call.send().await.map(drop);
        let failed = |error| Error::sdk(format!("delete version {version} of lambda `{lambda}`"), &error);
        match sent.map_err(failed) {
            Err(error) if error.kind() == Kind::NotFound => Ok(()),
            deleted => deleted,
        }
    }
}

/// Turns "not found" into an empty list.
pub(super) fn none_without_lambda<T>(error: Error) -> Result<Vec<T>, Error> {
    if error.kind() == Kind::NotFound { Ok(Vec::new()) } else { Err(error) }
}
