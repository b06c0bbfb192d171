//! The `aws-chunked` encoding, in which SDKs send a body with its checksum behind it: chunks, each with its length and
//! perhaps its signature, which is not checked, and then headers.
//!
//! In: a stream of bytes as they are on the wire. Out: the stream of the bytes that were meant, and the headers that
//! followed them.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use futures::stream::{self, BoxStream, Stream, StreamExt};

/// The longest line before a chunk or behind the last one.
const MAX_LINE: usize = 8_192;

/// Headers that come behind a body.
pub(crate) type Trailers = Arc<Mutex<HeaderMap>>;

/// The bytes that `body` encodes.
pub(crate) fn decode(
    body: BoxStream<'static, io::Result<Bytes>>,
    trailers: Trailers,
) -> impl Stream<Item = io::Result<Bytes>> + Send {
    let decoder = Decoder { body, buffer: Bytes::new(), place: Place::Length, trailers };
    stream::try_unfold(decoder, |mut decoder| async move {
        Ok(decoder.next().await?.map(|bytes| (bytes, decoder)))
    })
}

struct Decoder {
    body: BoxStream<'static, io::Result<Bytes>>,
    /// What came and is not decoded yet.
    buffer: Bytes,
    place: Place,
    trailers: Trailers,
}

#[derive(Clone, Copy)]
enum Place {
    /// Before the length of a chunk.
    Length,
    /// In a chunk, of which so much is left.
    Chunk(u64),
    /// Behind a chunk.
    Break,
    /// Behind the last chunk.
    Trailers,
    End,
}

impl Decoder {
    /// The next bytes; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<Bytes>> {
        loop {
            match self.place {
                Place::Length => {
                    let line = self.line().await?;
                    let digits = line.split(';').next().unwrap_or_default().trim();
                    let length =
                        u64::from_str_radix(digits, 16).map_err(|_| malformed("a chunk without a length"))?;
                    self.place = if length == 0 { Place::Trailers } else { Place::Chunk(length) };
                }
                Place::Chunk(0) => self.place = Place::Break,
                Place::Chunk(left) => {
                    if self.buffer.is_empty() && !self.more().await? {
                        return Err(ended());
                    }
                    let length = usize::try_from(left).unwrap_or(usize::MAX).min(self.buffer.len());
                    self.place = Place::Chunk(left - length as u64);
                    return Ok(Some(self.buffer.split_to(length)));
                }
                Place::Break => {
                    if !self.line().await?.is_empty() {
                        return Err(malformed("a chunk that is longer than it says"));
                    }
                    self.place = Place::Length;
                }
                Place::Trailers => {
                    // Some end with the last header, without an empty line.
                    if self.buffer.is_empty() && !self.more().await? {
                        self.place = Place::End;
                        continue;
                    }
                    match self.line().await?.split_once(':') {
                        Some((name, value)) => self.keep(name.trim(), value.trim()),
                        None => self.place = Place::End,
                    }
                }
                Place::End => return Ok(None),
            }
        }
    }

    /// Waits for more bytes; says whether there are any.
    async fn more(&mut self) -> io::Result<bool> {
        let Some(bytes) = self.body.next().await.transpose()? else { return Ok(false) };
        self.buffer = if self.buffer.is_empty() { bytes } else { [&self.buffer[..], &bytes].concat().into() };
        Ok(true)
    }

    /// The next line, without its end.
    async fn line(&mut self) -> io::Result<String> {
        loop {
            if let Some(end) = self.buffer.iter().position(|byte| *byte == b'\n') {
                let line = self.buffer.split_to(end + 1);
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.buffer.len() > MAX_LINE {
                return Err(malformed("a line that is too long"));
            }
            if !self.more().await? {
                return Err(ended());
            }
        }
    }

    fn keep(&self, name: &str, value: &str) {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            self.trailers.lock().unwrap_or_else(PoisonError::into_inner).insert(name, value);
        }
    }
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the body is not aws-chunked: {what}"))
}

fn ended() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the body ended in the middle of a chunk")
}

#[cfg(test)]
mod tests {
    use futures::TryStreamExt;

    use super::*;

    async fn decoded(wire: &str, piece: usize) -> io::Result<(String, Option<String>)> {
        let pieces: Vec<_> =
            wire.as_bytes().chunks(piece).map(|bytes| Ok(Bytes::copy_from_slice(bytes))).collect();
        let trailers = Trailers::default();
        let bytes: Vec<Bytes> =
            decode(stream::iter(pieces).boxed(), Arc::clone(&trailers)).try_collect().await?;
        let text = String::from_utf8(bytes.concat()).unwrap();
        let crc =
            trailers.lock().unwrap().get("x-amz-checksum-crc32").map(|crc| crc.to_str().unwrap().to_owned());
        Ok((text, crc))
    }

    #[tokio::test]
    async fn chunks_are_joined_and_trailers_kept_wherever_the_wire_cuts() {
        let crc = Some("AAAA==".to_owned());
        for (wire, text, trailer) in [
            ("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAA==\r\n\r\n", "hello", &crc),
            ("5;chunk-signature=ab\r\nhello\r\n1\r\n!\r\n0;chunk-signature=cd\r\n\r\n", "hello!", &None),
            (
                "A\r\n0123456789\r\n0\r\nx-amz-checksum-crc32:AAAA==\r\nx-amz-trailer-signature:ef\r\n\r\n",
                "0123456789",
                &crc,
            ),
            ("0\r\nx-amz-checksum-crc32:AAAA==\r\n", "", &crc),
            ("0\r\n\r\n", "", &None),
        ] {
            for piece in [1, 2, 3, 7, wire.len()] {
                assert_eq!(
                    decoded(wire, piece).await.unwrap(),
                    (text.to_owned(), trailer.clone()),
                    "{wire:?} by {piece}"
                );
            }
        }
    }

    #[tokio::test]
    async fn what_is_cut_short_or_malformed_is_an_error() {
        for wire in ["", "5\r\nhel", "5\r\nhello!\r\n0\r\n\r\n", "x\r\nhello\r\n", "5\r\nhello\r\n"] {
            assert!(decoded(wire, 3).await.is_err(), "{wire:?}");
        }
    }
}
