//! The code of a version, from the address that Lambda tells for it.

use std::time::Duration;

use super::error::root;
use super::{Aws, Error, Kind};
use crate::model::{LambdaName, Version};
use crate::network::Proxy;

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long there may be no byte.
const READ: Duration = Duration::from_mins(1);

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
        let proxy = self.network().proxy(&address);
        let failed = |error: reqwest::Error| {
            let cause = root(&error.without_url());
            let cause = proxy.map_or(cause.clone(), |proxy| format!("{cause}, through the proxy {proxy}"));
            Error::new(Kind::Unreachable, &*action, cause).hinted(proxy.map(Proxy::hint))
        };
        let client = self.network().client().connect_timeout(CONNECT).read_timeout(READ).build();
        let answer = client.map_err(failed)?.get(address).send().await.map_err(failed)?;
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
