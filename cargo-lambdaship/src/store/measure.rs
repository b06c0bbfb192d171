//! A zip on disk, read once: its digest, and those of the parts that it is sent in.

use std::io::{self, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use camino::{Utf8Path, Utf8PathBuf};
use sha2::{Digest, Sha256};

use crate::model::CodeSha256;

/// How much of a file is read at a time.
const BUFFER: usize = 256 * 1024;

/// What a file holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) size: u64,
    pub(super) digest: CodeSha256,
    /// In order; all but the last are of the same size.
    pub(super) parts: Vec<Part>,
}

/// A part of a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) offset: u64,
    pub(super) size: u64,
    /// The base64 of its SHA-256.
    pub(super) sha256: String,
}

/// Reads `file` on a thread of its own, so that other work goes on.
pub(super) async fn measure(file: &Utf8Path, part: u64) -> io::Result<Measured> {
    let file: Utf8PathBuf = file.to_owned();
    let measured = tokio::task::spawn_blocking(move || read(fs_err::File::open(&file)?, part));
    measured.await.map_err(io::Error::other)?
}

fn read(mut file: impl Read, part: u64) -> io::Result<Measured> {
    let (mut size, mut whole, mut parts) = (0, Sha256::new(), Vec::new());
    let mut buffer = vec![0; BUFFER];
    loop {
        let (mut inside, mut hasher) = (0, Sha256::new());
        while inside < part {
            let most = usize::try_from(part - inside).map_or(BUFFER, |rest| rest.min(BUFFER));
            let read = match file.read(&mut buffer[..most]) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            whole.update(&buffer[..read]);
            hasher.update(&buffer[..read]);
            inside += read as u64;
        }
        if inside == 0 {
            return Ok(Measured { size, digest: CodeSha256::finish(whole), parts });
        }
        parts.push(Part { offset: size, size: inside, sha256: STANDARD.encode(hasher.finalize()) });
        size += inside;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_the_whole_in_order() {
        for (size, sizes) in
            [(0, &[][..]), (1, &[1]), (9, &[9]), (10, &[10]), (11, &[10, 1]), (30, &[10, 10, 10])]
        {
            let bytes: Vec<u8> = (0..size).collect();
            let measured = read(bytes.as_slice(), 10).unwrap();
            assert_eq!((measured.size, measured.digest), (u64::from(size), CodeSha256::of(&bytes)));
            assert_eq!(measured.parts.iter().map(|part| part.size).collect::<Vec<_>>(), sizes, "{size}");
            for (part, bytes) in measured.parts.iter().zip(bytes.chunks(10)) {
                assert_eq!(part.sha256, CodeSha256::of(bytes).to_string());
            }
            let offsets: Vec<u64> = measured.parts.iter().map(|part| part.offset).collect();
            assert_eq!(offsets, [0, 10, 20][..sizes.len()]);
        }
    }
}
