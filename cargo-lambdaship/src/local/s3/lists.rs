//! `ListObjectsV2` and `ListObjectVersions`.

use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE;
use s3s::dto::{
    ChecksumAlgorithm, DeleteMarkerEntry, ETag, ListObjectVersionsInput, ListObjectVersionsOutput,
    ListObjectsV2Input, ListObjectsV2Output, Object, ObjectStorageClass, ObjectVersion,
    ObjectVersionStorageClass, Owner, Timestamp,
};
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result};

use super::depot::record::{Content, KeyRecord, Version};
use super::failure::with_message;
use super::list::{Item, Names, Wanted, most, page};
use super::visit::{facts, refuse};
use crate::local::ACCOUNT;

/// `ListObjectsV2`.
pub(crate) fn objects(request: &S3Request<ListObjectsV2Input>) -> S3Result<S3Response<ListObjectsV2Output>> {
    let (facts, input) = (facts(request)?, &request.input);
    refuse!(input; optional_object_attributes);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let token = input.continuation_token.as_deref().map(read_token).transpose()?;
    let wanted = Wanted {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        after: token.as_deref().or(input.start_after.as_deref()),
        most: most(input.max_keys)?,
    };
    let names = Names::of(input.encoding_type.as_ref());
    let written = |text: &Option<String>| text.as_ref().map(|text| names.write(text));
    let owner = input.fetch_owner == Some(true);
    let output = facts.depot().look(&input.bucket, |bucket| {
        let page = page(&bucket.keys, &wanted, |key| key.current().is_some());
        let contents = page.items.iter().filter_map(|item| match item {
            Item::Key(name, key) => {
                key.current().map(|(version, content)| object(names.write(name), version, content, owner))
            }
            Item::Prefix(_) => None,
        });
        let contents: Vec<Object> = contents.collect();
        let last = page.items.last().filter(|_| page.truncated);
        ListObjectsV2Output {
            name: Some(input.bucket.clone()),
            prefix: Some(written(&input.prefix).unwrap_or_default()),
            delimiter: written(&input.delimiter),
            start_after: written(&input.start_after),
            continuation_token: input.continuation_token.clone(),
            max_keys: i32::try_from(wanted.most).ok(),
            key_count: i32::try_from(page.items.len()).ok(),
            is_truncated: Some(page.truncated),
            next_continuation_token: last.map(|item| URL_SAFE.encode(item.name())),
            common_prefixes: names.prefixes(&page.items),
            contents: (!contents.is_empty()).then_some(contents),
            encoding_type: input.encoding_type.clone(),
            ..ListObjectsV2Output::default()
        }
    })?;
    Ok(S3Response::new(output))
}

fn read_token(token: &str) -> S3Result<String> {
    let text = URL_SAFE.decode(token).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    text.ok_or_else(|| {
        with_message(S3ErrorCode::InvalidArgument, "The continuation token provided is incorrect")
    })
}

fn object(name: String, version: &Version, content: &Content, owned: bool) -> Object {
    Object {
        key: Some(name),
        e_tag: Some(ETag::Strong(content.etag.clone())),
        size: i64::try_from(content.size).ok(),
        last_modified: Some(Timestamp::from(SystemTime::from(version.modified))),
        storage_class: Some(ObjectStorageClass::from_static(ObjectStorageClass::STANDARD)),
        checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(content.sum.algorithm.name())]),
        checksum_type: Some(content.sum.kind_name()),
        owner: owned.then(owner),
        ..Object::default()
    }
}

/// The one owner of everything.
pub(crate) fn owner() -> Owner {
    // S3 has 64 digits there.
    Owner { display_name: None, id: Some(format!("{ACCOUNT:0>64}")) }
}

/// `ListObjectVersions`.
pub(crate) fn versions(
    request: &S3Request<ListObjectVersionsInput>,
) -> S3Result<S3Response<ListObjectVersionsOutput>> {
    let (facts, input) = (facts(request)?, &request.input);
    refuse!(input; optional_object_attributes);
    facts.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let most = most(input.max_keys)?;
    let names = Names::of(input.encoding_type.as_ref());
    let written = |text: &Option<String>| text.as_ref().map(|text| names.write(text));
    let marker = (input.key_marker.as_deref(), input.version_id_marker.as_deref());
    let wanted = Wanted {
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
        // The rest of the marker's key is looked at apart.
        after: marker.0,
        most: most + 1,
    };
    let output = facts.depot().look(&input.bucket, |bucket| {
        let key = marker.1.and(marker.0).and_then(|name| bucket.keys.get_key_value(name));
        let rest = page(&bucket.keys, &wanted, |_| true).items;
        let items: Vec<Item<'_, Arc<KeyRecord>>> =
            key.map(|(name, key)| Item::Key(name, key)).into_iter().chain(rest).collect();
        let mut page = Versions::default();
        let truncated = !items.iter().all(|item| page.add(item, (marker, most), names));
        ListObjectVersionsOutput {
            name: Some(input.bucket.clone()),
            prefix: Some(written(&input.prefix).unwrap_or_default()),
            delimiter: written(&input.delimiter),
            key_marker: Some(written(&input.key_marker).unwrap_or_default()),
            version_id_marker: Some(input.version_id_marker.clone().unwrap_or_default()),
            max_keys: i32::try_from(most).ok(),
            is_truncated: Some(truncated),
            next_key_marker: page.last.0.filter(|_| truncated),
            next_version_id_marker: page.last.1.filter(|_| truncated),
            common_prefixes: names.prefixes(&items[..page.items.min(items.len())]),
            versions: (!page.found.is_empty()).then_some(page.found),
            delete_markers: (!page.markers.is_empty()).then_some(page.markers),
            encoding_type: input.encoding_type.clone(),
            ..ListObjectVersionsOutput::default()
        }
    })?;
    Ok(S3Response::new(output))
}

/// A page of versions as it fills.
#[derive(Default)]
struct Versions {
    found: Vec<ObjectVersion>,
    markers: Vec<DeleteMarkerEntry>,
    prefixes: usize,
    /// How many keys and prefixes were taken, at least in part.
    items: usize,
    last: (Option<String>, Option<String>),
}

impl Versions {
    /// Adds all of an item; says no when the page is full before that.
    fn add(
        &mut self,
        item: &Item<'_, Arc<KeyRecord>>,
        (marker, most): ((Option<&str>, Option<&str>), usize),
        names: Names,
    ) -> bool {
        let Item::Key(name, key) = item else {
            if self.count() == most {
                return false;
            }
            self.prefixes += 1;
            self.items += 1;
            self.last = (Some(names.write(item.name())), None);
            return true;
        };
        let seen = marker.1.filter(|_| marker.0 == Some(*name));
        let skip = seen
            .and_then(|id| key.versions.iter().position(|version| version.id == id))
            .map_or(0, |at| at + 1);
        self.items += 1;
        for (index, version) in key.versions.iter().enumerate().skip(skip) {
            if self.count() == most {
                return false;
            }
            self.push(names.write(name), version, index == 0);
        }
        true
    }

    fn count(&self) -> usize {
        self.found.len() + self.markers.len() + self.prefixes
    }

    fn push(&mut self, name: String, version: &Version, latest: bool) {
        self.last = (Some(name.clone()), Some(version.id.clone()));
        let modified = Some(Timestamp::from(SystemTime::from(version.modified)));
        let id = Some(version.id.clone());
        let Some(content) = &version.content else {
            self.markers.push(DeleteMarkerEntry {
                key: Some(name),
                version_id: id,
                is_latest: Some(latest),
                last_modified: modified,
                owner: Some(owner()),
            });
            return;
        };
        self.found.push(ObjectVersion {
            key: Some(name),
            version_id: id,
            is_latest: Some(latest),
            last_modified: modified,
            e_tag: Some(ETag::Strong(content.etag.clone())),
            size: i64::try_from(content.size).ok(),
            storage_class: Some(ObjectVersionStorageClass::from_static(ObjectVersionStorageClass::STANDARD)),
            checksum_algorithm: Some(vec![ChecksumAlgorithm::from_static(content.sum.algorithm.name())]),
            checksum_type: Some(content.sum.kind_name()),
            owner: Some(owner()),
            ..ObjectVersion::default()
        });
    }
}
