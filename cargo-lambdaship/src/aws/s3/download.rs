//! Reading an object in pieces, however large it is.

use aws_sdk_s3::primitives::ByteStream;

use super::fault::Refusal;
use super::{ETag, Place, S3};
use crate::aws::error::root;
use crate::aws::{Error, Kind};

/// How often a download goes on after its connection broke, without a byte in between.
const TRIES: u32 = 3;

/// An object that is being read. A connection that breaks is made again, from where it broke.
pub struct Download {
    s3: S3,
    bucket: String,
    key: String,
    tag: Option<ETag>,
    body: ByteStream,
    read: u64,
    failures: u32,
}

impl S3 {
    /// Begins to read the object `at`; `None` when there is none.
    ///
    /// # Errors
    /// When the request fails; a bucket that does not exist is a failure.
    pub async fn download(&self, at: Place<'_>) -> Result<Option<Download>, Error> {
        let answer = match self.client.get_object().bucket(at.bucket).key(at.key).send().await {
            Ok(answer) => answer,
            Err(error) if Refusal::of(&error) == Refusal::Absent => return Ok(None),
            Err(error) => return Err(self.failed(format!("read {at}"), at, &error)),
        };
        Ok(Some(Download {
            s3: self.clone(),
            bucket: at.bucket.to_owned(),
            key: at.key.to_owned(),
            tag: answer.e_tag.map(ETag),
            body: answer.body,
            read: 0,
            failures: 0,
        }))
    }
}

impl Download {
    /// What the content is known by, if the server says it.
    #[must_use]
    pub fn tag(&self) -> Option<&ETag> {
        self.tag.as_ref()
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// When the connection breaks again and again, or the object was replaced in between.
    pub async fn chunk(&mut self) -> Result<Option<impl AsRef<[u8]> + use<>>, Error> {
        loop {
            match self.body.next().await {
                None => return Ok(None),
                Some(Ok(piece)) => {
                    self.read += piece.len() as u64;
                    self.failures = 0;
                    return Ok(Some(piece));
                }
                Some(Err(error)) => {
                    self.failures += 1;
                    if self.failures >= TRIES {
                        let action = format!("read {}", self.place());
                        return Err(Error::new(Kind::Unreachable, action, root(&error)));
                    }
                    self.body = self.rest().await?;
                }
            }
        }
    }

    async fn rest(&self) -> Result<ByteStream, Error> {
        let call = self.s3.client.get_object().bucket(&self.bucket).key(&self.key);
        let call = call.set_if_match(self.tag.as_ref().map(|tag| tag.0.clone()));
        // Without a byte read it is a new beginning: a range is refused for an empty object.
        let range = (self.read > 0).then(|| format!("bytes={}-", self.read));
        let answer = call.set_range(range).send().await;
        let answer =
            answer.map_err(|error| self.s3.failed(format!("read {}", self.place()), self.place(), &error))?;
        Ok(answer.body)
    }

    fn place(&self) -> Place<'_> {
        Place { bucket: &self.bucket, key: &self.key }
    }
}
