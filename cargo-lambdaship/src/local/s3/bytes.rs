//! Bytes to disk and back, in pieces.

use std::io;

use axum::body::{Body, Bytes};
use camino::Utf8Path;
use futures::stream::{self, Stream, StreamExt};
use s3s::crypto::{Checksum as _, Md5};
use s3s::{S3ErrorCode, S3Result};
use std::ops::Range;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use super::checksum::{Algorithm, Given, Sum};
use super::depot::files::Folder;
use super::depot::{Staged, new_id};
use super::failure::{custom, internal, with_message};
use crate::local::state::atomic::TEMPORARY;

/// How much is read from disk at once.
const PIECE: usize = 128 * 1024;

/// What a client says that a body is.
#[derive(Default)]
pub(crate) struct Claims {
    /// How long it is.
    pub(crate) length: Option<u64>,
    /// Its MD5, in base64.
    pub(crate) md5: Option<String>,
    /// Its SHA-256, in hex, as the signature has it.
    pub(crate) sha256: Option<String>,
}

/// A body that is on disk.
pub(crate) struct Received {
    pub(crate) staged: Staged,
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    pub(crate) sum: Sum,
}

impl Received {
    /// The `ETag` of an object or a part that came in one piece.
    pub(crate) fn etag(&self) -> String {
        hex(&self.md5)
    }

    /// Holds the checksum that the client gave against that of what came.
    pub(crate) fn check(&self, given: Option<&Given>) -> S3Result<()> {
        given.map_or(Ok(()), |given| given.check(&self.sum.value))
    }
}

/// Writes `body` into `folder`, holding it against `claims`.
pub(crate) async fn receive<E>(
    folder: &Folder,
    body: impl Stream<Item = Result<Bytes, E>>,
    algorithm: Algorithm,
    claims: &Claims,
) -> S3Result<Received> {
    let temporary =
        tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(folder.blobs()).map_err(internal)?;
    let (file, path) = temporary.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut hashers = (Md5::new(), algorithm.hasher());
    let mut sha256 = claims.sha256.as_ref().map(|_| <s3s::crypto::Sha256 as s3s::crypto::Checksum>::new());
    let mut size = 0;
    let mut body = std::pin::pin!(body);
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|_| incomplete())?;
        size += bytes.len() as u64;
        hashers.0.update(&bytes);
        hashers.1.update(&bytes);
        if let Some(sha256) = &mut sha256 {
            sha256.update(&bytes);
        }
        file.write_all(&bytes).await.map_err(internal)?;
    }
    file.sync_all().await.map_err(internal)?;
    let md5 = hashers.0.finalize();
    let sha256 = sha256.map(|sha256| hex(sha256.finalize().as_ref()));
    check(claims, size, &md5, sha256.as_ref())?;
    let sum = Sum::full(algorithm, algorithm.finish(hashers.1));
    Ok(Received { staged: Staged { file: path, blob: new_id() }, size, md5, sum })
}

fn check(claims: &Claims, size: u64, md5: &[u8; 16], sha256: Option<&String>) -> S3Result<()> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    if claims.length.is_some_and(|length| length != size) {
        return Err(incomplete());
    }
    if claims.sha256.as_ref() != sha256 {
        return Err(custom(
            "XAmzContentSHA256Mismatch",
            axum::http::StatusCode::BAD_REQUEST,
            "The provided 'x-amz-content-sha256' header does not match what was computed.",
        ));
    }
    let Some(claimed) = &claims.md5 else { return Ok(()) };
    let claimed = STANDARD.decode(claimed).ok().filter(|bytes| bytes.len() == md5.len());
    match claimed {
        None => Err(with_message(S3ErrorCode::InvalidDigest, "The Content-MD5 you specified was invalid.")),
        Some(claimed) if claimed == md5 => Ok(()),
        Some(_) => Err(with_message(
            S3ErrorCode::BadDigest,
            "The Content-MD5 you specified did not match what we received.",
        )),
    }
}

fn incomplete() -> s3s::S3Error {
    let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
    with_message(S3ErrorCode::IncompleteBody, message)
}

/// The bytes of a file in `range`. Opening it fails at once; a failure later ends the stream with an error.
pub(crate) async fn send(
    file: &Utf8Path,
    range: Range<u64>,
) -> io::Result<impl Stream<Item = io::Result<Bytes>> + Send + use<>> {
    let mut file = tokio::fs::File::open(file).await?;
    file.seek(io::SeekFrom::Start(range.start)).await?;
    Ok(stream::try_unfold((file, range.end - range.start), |(mut file, left)| async move {
        if left == 0 {
            return Ok(None);
        }
        let mut bytes = vec![0; PIECE.min(usize::try_from(left).unwrap_or(PIECE))];
        let read = file.read(&mut bytes).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.truncate(read);
        Ok(Some((Bytes::from(bytes), (file, left - read as u64))))
    }))
}

/// A stream as the body of an answer.
pub(crate) fn body(bytes: impl Stream<Item = io::Result<Bytes>> + Send + 'static) -> s3s::dto::StreamingBlob {
    s3s::Body::http_body_unsync(Body::from_stream(bytes)).into()
}

/// `bytes` in hex.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
