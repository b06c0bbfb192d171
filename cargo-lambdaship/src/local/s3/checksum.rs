//! Checksums of objects and of parts: which one a client gave or asks for, and whether it holds.

use axum::http::HeaderMap;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{ChecksumAlgorithm, ChecksumType};
use s3s::{S3ErrorCode, S3Result};
use serde::{Deserialize, Serialize};

use super::failure::with_message;

/// How a checksum is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

const ALL: [Algorithm; 5] =
    [Algorithm::Crc32, Algorithm::Crc32c, Algorithm::Crc64Nvme, Algorithm::Sha1, Algorithm::Sha256];

/// What a checksum is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// All bytes.
    FullObject,
    /// The checksums of the parts.
    Composite,
}

/// A checksum that S3 keeps with an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    pub(crate) algorithm: Algorithm,
    pub(crate) kind: Kind,
    /// In base64; a composite one with the number of parts behind a hyphen.
    pub(crate) value: String,
}

impl Algorithm {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => ChecksumAlgorithm::CRC32,
            Self::Crc32c => ChecksumAlgorithm::CRC32C,
            Self::Crc64Nvme => ChecksumAlgorithm::CRC64NVME,
            Self::Sha1 => ChecksumAlgorithm::SHA1,
            Self::Sha256 => ChecksumAlgorithm::SHA256,
        }
    }

    pub(crate) fn parse(name: &str) -> S3Result<Self> {
        ALL.into_iter().find(|algorithm| algorithm.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let message = "Checksum algorithm provided is unsupported. Please try again with any of the valid types: \
                           [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]";
            with_message(S3ErrorCode::InvalidRequest, message)
        })
    }

    /// The header that carries a checksum of this kind.
    fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    pub(crate) fn hasher(self) -> ChecksumHasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            Self::Crc32 => hasher.crc32 = Some(Crc32::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        hasher
    }

    /// What a hasher of this algorithm came to, in base64.
    pub(crate) fn finish(self, hasher: ChecksumHasher) -> String {
        let sum = hasher.finalize();
        let value = match self {
            Self::Crc32 => sum.checksum_crc32,
            Self::Crc32c => sum.checksum_crc32c,
            Self::Crc64Nvme => sum.checksum_crc64nvme,
            Self::Sha1 => sum.checksum_sha1,
            Self::Sha256 => sum.checksum_sha256,
        };
        value.unwrap_or_default()
    }

    /// The type of a multipart object's checksum, when the client does not say.
    pub(crate) fn default_kind(self) -> Kind {
        if self == Self::Crc64Nvme { Kind::FullObject } else { Kind::Composite }
    }

    /// Whether a multipart object can have a checksum of this type.
    pub(crate) fn allows(self, kind: Kind) -> bool {
        match self {
            Self::Crc32 | Self::Crc32c => true,
            Self::Crc64Nvme => kind == Kind::FullObject,
            Self::Sha1 | Self::Sha256 => kind == Kind::Composite,
        }
    }
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::FullObject => ChecksumType::FULL_OBJECT,
            Self::Composite => ChecksumType::COMPOSITE,
        }
    }

    pub(crate) fn parse(name: &str) -> S3Result<Self> {
        match name {
            ChecksumType::FULL_OBJECT => Ok(Self::FullObject),
            ChecksumType::COMPOSITE => Ok(Self::Composite),
            _ => Err(with_message(
                S3ErrorCode::InvalidRequest,
                "Value for x-amz-checksum-type header is invalid.",
            )),
        }
    }
}

impl Sum {
    pub(crate) fn full(algorithm: Algorithm, value: String) -> Self {
        Self { algorithm, kind: Kind::FullObject, value }
    }

    /// The checksum over those of parts.
    pub(crate) fn composite<'a>(algorithm: Algorithm, parts: impl Iterator<Item = &'a Self>) -> Self {
        let (mut hasher, mut count) = (algorithm.hasher(), 0);
        for part in parts {
            hasher.update(&STANDARD.decode(&part.value).unwrap_or_default());
            count += 1;
        }
        let value = format!("{}-{count}", algorithm.finish(hasher));
        Self { algorithm, kind: Kind::Composite, value }
    }

    /// The value, if this is a checksum by `algorithm`.
    pub(crate) fn by(&self, algorithm: Algorithm) -> Option<String> {
        (self.algorithm == algorithm).then(|| self.value.clone())
    }

    pub(crate) fn kind_name(&self) -> ChecksumType {
        ChecksumType::from_static(self.kind.name())
    }
}

/// A checksum that a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) algorithm: Algorithm,
    pub(crate) value: String,
}

impl Given {
    /// The checksum among the members of a request, in the order of CRC32, CRC32C, CRC64NVME, SHA1, SHA256.
    pub(crate) fn one_of(values: [Option<String>; 5]) -> S3Result<Option<Self>> {
        let mut given = ALL
            .into_iter()
            .zip(values)
            .filter_map(|(algorithm, value)| Some(Self { algorithm, value: value? }));
        let first = given.next();
        if given.next().is_some() {
            let message =
                "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.";
            return Err(with_message(S3ErrorCode::InvalidRequest, message));
        }
        Ok(first)
    }

    /// The checksum that follows a body.
    pub(crate) fn trailing(trailers: &HeaderMap) -> S3Result<Option<Self>> {
        let value = |algorithm: Algorithm| {
            let value = trailers.get(algorithm.header())?;
            value.to_str().ok().map(str::to_owned)
        };
        Self::one_of(ALL.map(value))
    }

    /// Holds what was received against this.
    pub(crate) fn check(&self, received: &str) -> S3Result<()> {
        if self.value == received {
            return Ok(());
        }
        let name = self.algorithm.name();
        let message = format!("The {name} you specified did not match the calculated checksum.");
        Err(with_message(S3ErrorCode::BadDigest, message))
    }
}

/// The algorithm of a trailing checksum that a request announces, if it announces one.
pub(crate) fn announced(headers: &HeaderMap) -> Option<Algorithm> {
    let trailer = headers.get("x-amz-trailer")?.to_str().ok()?;
    ALL.into_iter().find(|algorithm| trailer.trim().eq_ignore_ascii_case(&algorithm.header()))
}

/// The checksum among the members of a request or of a part in it.
macro_rules! given {
    ($input:expr) => {
        $crate::local::s3::checksum::Given::one_of([
            $input.checksum_crc32.clone(),
            $input.checksum_crc32c.clone(),
            $input.checksum_crc64nvme.clone(),
            $input.checksum_sha1.clone(),
            $input.checksum_sha256.clone(),
        ])
    };
}

/// Answers a checksum.
macro_rules! answer_sum {
    ($output:expr, $sum:expr) => {{
        use $crate::local::s3::checksum::Algorithm;
        $output.checksum_crc32 = $sum.by(Algorithm::Crc32);
        $output.checksum_crc32c = $sum.by(Algorithm::Crc32c);
        $output.checksum_crc64nvme = $sum.by(Algorithm::Crc64Nvme);
        $output.checksum_sha1 = $sum.by(Algorithm::Sha1);
        $output.checksum_sha256 = $sum.by(Algorithm::Sha256);
    }};
}

pub(crate) use {answer_sum, given};

#[cfg(test)]
mod tests {
    use super::*;

    fn of(algorithm: Algorithm, bytes: &[u8]) -> String {
        let mut hasher = algorithm.hasher();
        hasher.update(bytes);
        algorithm.finish(hasher)
    }

    #[test]
    fn each_algorithm_gives_its_check_value() {
        // The check values of the CRC catalogue, and of FIPS 180, for "123456789".
        for (algorithm, hex) in [
            (Algorithm::Crc32, "cbf43926"),
            (Algorithm::Crc32c, "e3069283"),
            (Algorithm::Crc64Nvme, "ae8b14860a799888"),
            (Algorithm::Sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"),
            (Algorithm::Sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        ] {
            let bytes = STANDARD.decode(of(algorithm, b"123456789")).unwrap();
            let found = crate::local::s3::bytes::hex(&bytes);
            assert_eq!(found, hex, "{algorithm:?}");
            assert_eq!(Algorithm::parse(algorithm.name()).unwrap(), algorithm);
        }
        assert!(Algorithm::parse("MD5").is_err());
    }

    #[test]
    fn a_composite_sum_is_that_of_the_parts_sums() {
        let parts = [b"a", b"b"].map(|part| Sum::full(Algorithm::Sha256, of(Algorithm::Sha256, part)));
        let raw: Vec<u8> = parts.iter().flat_map(|part| STANDARD.decode(&part.value).unwrap()).collect();
        let sum = Sum::composite(Algorithm::Sha256, parts.iter());
        assert_eq!(sum.value, format!("{}-2", of(Algorithm::Sha256, &raw)));
    }

    #[test]
    fn one_checksum_at_most_is_taken() {
        let sum = || Some("x".to_owned());
        assert_eq!(Given::one_of([None, None, None, None, None]).unwrap(), None);
        let one = Given::one_of([None, None, None, None, sum()]).unwrap().unwrap();
        assert_eq!(one.algorithm, Algorithm::Sha256);
        assert!(Given::one_of([sum(), None, None, None, sum()]).is_err());
    }
}
