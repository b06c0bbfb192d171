//! `CompleteMultipartUpload`: the parts become an object.

use std::io;

use axum::body::Bytes;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use s3s::crypto::{Checksum as _, Md5};
use s3s::dto::{
    CompleteMultipartUploadInput, CompleteMultipartUploadOutput, CompletedPart, ETag, ServerSideEncryption,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::bytes::{self, Claims, hex};
use super::checksum::{Algorithm, Given, Kind, Sum, answer_sum, given};
use super::condition::{Condition, Fence};
use super::depot::Change;
use super::depot::files::Folder;
use super::depot::record::{Content, Part, Upload};
use super::failure::with_message;
use super::put::placed;
use super::visit::{facts, refuse};

/// The least that a part has, unless it is the last one.
const LEAST_PART: u64 = 5 * 1024 * 1024;

/// `CompleteMultipartUpload`.
pub(crate) async fn complete(
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; sse_customer_algorithm, sse_customer_key, sse_customer_key_md5);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let upload = facts.depot().upload(&input.bucket, &input.key, &input.upload_id)?;
    let condition = Condition::of(input.if_match.as_ref(), input.if_none_match.as_ref())?;
    let fence = Fence::begin(facts.depot(), &input.bucket, &input.key, condition)?;
    let named = input.multipart_upload.as_ref().and_then(|parts| parts.parts.as_deref()).unwrap_or_default();
    let parts = chosen(&upload, named)?;
    let size: u64 = parts.iter().map(|part| part.size).sum();
    if input.mpu_object_size.is_some_and(|declared| u64::try_from(declared) != Ok(size)) {
        let message = "The provided 'x-amz-mp-object-size' header does not match what was computed.";
        return Err(with_message(S3ErrorCode::InvalidRequest, message));
    }
    let folder = facts.depot().folder(&input.bucket);
    let algorithm = upload.algorithm.unwrap_or(Algorithm::Crc64Nvme);
    let received = bytes::receive(&folder, joined(&folder, &parts), algorithm, &Claims::default()).await?;
    let sum = match upload.kind {
        Kind::FullObject => received.sum.clone(),
        Kind::Composite => Sum::composite(algorithm, parts.iter().map(|part| &part.sum)),
    };
    if let Some(given) = given!(input)? {
        check(&given, &sum)?;
    }
    let content = Content {
        blob: received.staged.blob.clone(),
        size,
        etag: etag(&parts),
        sum,
        described: upload.described.clone(),
    };
    let (stored, now) = (content.clone(), facts.now);
    let version = facts.depot().change_key(&input.bucket, &input.key, |bucket, before| {
        fence.check(before)?;
        // It may have ended while its parts were joined, or a part may have been replaced.
        let still = facts.depot().upload(&input.bucket, &input.key, &input.upload_id)?;
        if !std::sync::Arc::ptr_eq(&still, &upload) {
            return Err(invalid_part());
        }
        let (versions, id) = placed(bucket, before, Some(stored), now);
        Ok(Change { versions, staged: Some(received.staged), upload: Some(still), answer: id })
    });
    let mut output = CompleteMultipartUploadOutput {
        version_id: version.await?,
        bucket: Some(input.bucket.clone()),
        key: Some(input.key.clone()),
        location: Some(format!("{}/{}/{}", facts.shared.endpoint, input.bucket, input.key)),
        e_tag: Some(ETag::Strong(content.etag.clone())),
        checksum_type: Some(content.sum.kind_name()),
        server_side_encryption: content.described.encryption.clone().map(ServerSideEncryption::from),
        ssekms_key_id: content.described.kms_key.clone(),
        ..CompleteMultipartUploadOutput::default()
    };
    answer_sum!(output, content.sum);
    Ok(S3Response::new(output))
}

/// The parts that the request names, which must be there as it says.
fn chosen(upload: &Upload, named: &[CompletedPart]) -> S3Result<Vec<Part>> {
    if named.is_empty() {
        let message =
            "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(with_message(S3ErrorCode::MalformedXML, message));
    }
    let numbers: Vec<i32> = named.iter().map(|part| part.part_number.unwrap_or(0)).collect();
    if !numbers.is_sorted_by(|one, next| one < next) {
        let message = "The list of parts was not in ascending order. The parts list must be specified in order by \
                       part number.";
        return Err(with_message(S3ErrorCode::InvalidPartOrder, message));
    }
    let mut parts = Vec::with_capacity(named.len());
    for (number, named) in numbers.iter().zip(named) {
        let part = upload.parts.get(number).ok_or_else(invalid_part)?;
        if named.e_tag.as_ref().is_some_and(|etag| etag.value() != part.etag) {
            return Err(invalid_part());
        }
        if let Some(given) = given!(named)?
            && (given.algorithm != part.sum.algorithm || given.value != part.sum.value)
        {
            return Err(invalid_part());
        }
        parts.push(part.clone());
    }
    let (_, all_but_last) = parts.split_last().ok_or_else(invalid_part)?;
    if all_but_last.iter().any(|part| part.size < LEAST_PART) {
        let message = "Your proposed upload is smaller than the minimum allowed size";
        return Err(with_message(S3ErrorCode::EntityTooSmall, message));
    }
    Ok(parts)
}

fn invalid_part() -> S3Error {
    let message = "One or more of the specified parts could not be found.  The part may not have been uploaded, or \
                   the specified entity tag may not match the part's entity tag.";
    with_message(S3ErrorCode::InvalidPart, message)
}

/// The bytes of the parts, one after the other.
fn joined(folder: &Folder, parts: &[Part]) -> impl Stream<Item = io::Result<Bytes>> + Send + use<> {
    let files: Vec<_> = parts.iter().map(|part| (folder.blob(&part.blob), part.size)).collect();
    stream::iter(files).then(|(file, size)| async move { bytes::send(&file, 0..size).await }).try_flatten()
}

/// The MD5 of the parts' MD5s, and how many there are.
fn etag(parts: &[Part]) -> String {
    let mut md5 = Md5::new();
    for part in parts {
        let digits = part.etag.as_bytes().chunks(2).filter_map(|pair| std::str::from_utf8(pair).ok());
        let bytes: Vec<u8> = digits.filter_map(|pair| u8::from_str_radix(pair, 16).ok()).collect();
        md5.update(&bytes);
    }
    format!("{}-{}", hex(&md5.finalize()), parts.len())
}

/// Holds the checksum of the whole object that the client gave against the object's.
fn check(given: &Given, sum: &Sum) -> S3Result<()> {
    // Some give a composite one without the number of parts.
    let value = sum.value.split('-').next().unwrap_or_default();
    if given.algorithm != sum.algorithm {
        let message = "The upload was created using another checksum algorithm.";
        return Err(with_message(S3ErrorCode::InvalidRequest, message));
    }
    if given.value == value { Ok(()) } else { given.check(&sum.value) }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::local::s3::depot::record::Described;

    fn part(etag: &str, size: u64) -> Part {
        Part {
            blob: "b".to_owned(),
            size,
            etag: etag.to_owned(),
            sum: Sum::full(Algorithm::Crc32, "AAAA".to_owned()),
            modified: crate::context::now(),
        }
    }

    #[test]
    fn parts_are_as_named_in_order_and_large_enough() {
        let upload = Upload {
            id: "u".to_owned(),
            key: "k".to_owned(),
            begun: crate::context::now(),
            algorithm: None,
            kind: Kind::FullObject,
            described: Described::default(),
            parts: BTreeMap::from([(1, part("aa", LEAST_PART)), (2, part("bb", 1)), (3, part("cc", 1))]),
        };
        let code = |named: &[(i32, &str)]| {
            let named: Vec<CompletedPart> = named
                .iter()
                .map(|(number, etag)| CompletedPart {
                    part_number: Some(*number),
                    e_tag: Some(ETag::Strong((*etag).to_owned())),
                    ..CompletedPart::default()
                })
                .collect();
            chosen(&upload, &named).err().map(|error| error.code().as_str().to_owned())
        };
        for (named, expected) in [
            (&[(1, "aa"), (2, "bb")][..], None),
            (&[(2, "bb")], None),
            (&[(2, "bb"), (3, "cc")], Some("EntityTooSmall")),
            (&[(2, "bb"), (1, "aa")], Some("InvalidPartOrder")),
            (&[(1, "aa"), (1, "aa")], Some("InvalidPartOrder")),
            (&[(1, "bb")], Some("InvalidPart")),
            (&[(4, "dd")], Some("InvalidPart")),
            (&[], Some("MalformedXML")),
        ] {
            assert_eq!(code(named).as_deref(), expected, "{named:?}");
        }
    }

    #[test]
    fn the_etag_is_that_of_the_parts() {
        // md5(md5("a") md5("b")), as any S3 answers it for these two parts.
        let parts = ["0cc175b9c0f1b6a831c399e269772661", "92eb5ffee6ae2fec3ad71c777531578f"]
            .map(|etag| part(etag, 1));
        assert_eq!(etag(&parts), "96e024ba2074fe77e8e965ba43a704be-2");
    }
}
