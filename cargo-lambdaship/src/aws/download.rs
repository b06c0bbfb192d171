//! The code of a version, from the address that Lambda tells for it.

use super::error::root;
use super::{Aws, Error, Kind};
use crate::model::{LambdaName, Version};

/// Code that is being read.
pub struct CodeDownload {
    answer: reqwest::Response,
    action: String,
}

impl Aws {
    /// Begins to read the zip of `version`.
    ///
    /// # Errors
    /// When Lambda does not have the version or its code, or a request fails.
    pub async fn code(&self, lambda: &LambdaName, version: Version) -> Result<CodeDownload, Error> {
        let action = format!("read the code of version {version} of lambda `{lambda}`");
        let address = self.lambda().code_address(lambda, version).await?;
        let address =
            address.ok_or_else(|| Error::new(Kind::NotFound, &*action, "Lambda tells no address for it"))?;
        // The address holds a signature, which no message may show.
        let failed =
            |error: reqwest::Error| Error::new(Kind::Unreachable, &*action, root(&error.without_url()));
        let answer = reqwest::get(address).await.map_err(failed)?;
        let status = answer.status();
        if !status.is_success() {
            let kind = if status.is_server_error() { Kind::Server } else { Kind::Unexpected };
            return Err(Error::new(kind, action, format!("HTTP status {}", status.as_u16())));
        }
        Ok(CodeDownload { answer, action })
    }
}

impl CodeDownload {
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks.
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, Error> {
        let piece = self.answer.chunk().await;
        piece.map_err(|error| Error::new(Kind::Unreachable, &*self.action, root(&error.without_url())))
    }
}
