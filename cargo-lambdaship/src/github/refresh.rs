//! Keeping a comment that is there from going stale.

use super::{Comment, Error, GitHub, Stamp};

impl GitHub {
    /// As [`GitHub::comment`], for what is worth no comment of its own.
    ///
    /// # Errors
    /// As [`GitHub::comment`].
    pub async fn refresh(
        &self,
        pull_request: u64,
        stamp: &Stamp,
        body: &str,
    ) -> Result<Option<Comment>, Error> {
        self.comment(pull_request, stamp, body).await.map(Some)
    }
}
