//! The buckets: what they hold in memory, and the files that say so. A change is written before it is seen, one at a
//! time, and is finished even if the request that asked for it goes away.

pub(crate) mod files;
pub(crate) mod record;

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use camino::{Utf8Path, Utf8PathBuf};
use s3s::{S3ErrorCode, S3Result};
use tempfile::TempPath;

use self::files::Folder;
use self::record::{BucketRecord, KeyRecord, Upload, Version};
use super::failure::{internal, no_such_bucket, with_message};
use crate::local::state::{Error, Writing, background};

/// A bucket in memory.
pub(crate) struct Bucket {
    pub(crate) record: Arc<BucketRecord>,
    pub(crate) keys: BTreeMap<String, Arc<KeyRecord>>,
    /// By key, then by id.
    pub(crate) uploads: BTreeMap<(String, String), Arc<Upload>>,
}

impl Bucket {
    fn new(record: BucketRecord) -> Self {
        Self { record: Arc::new(record), keys: BTreeMap::new(), uploads: BTreeMap::new() }
    }

    fn insert_key(&mut self, key: KeyRecord) {
        self.keys.insert(key.key.clone(), Arc::new(key));
    }

    fn insert_upload(&mut self, upload: Upload) {
        self.uploads.insert((upload.key.clone(), upload.id.clone()), Arc::new(upload));
    }
}

type Buckets = BTreeMap<String, Bucket>;

/// All buckets of a root. A clone is of the same buckets.
#[derive(Clone)]
pub(crate) struct Depot {
    root: Utf8PathBuf,
    buckets: Arc<RwLock<Buckets>>,
    writing: Writing,
}

/// Bytes that are on disk and belong to nothing yet. They are removed when this is dropped.
pub(crate) struct Staged {
    pub(crate) file: TempPath,
    /// The name that they get.
    pub(crate) blob: String,
}

/// What becomes of the versions of a key.
pub(crate) struct Change<T> {
    pub(crate) versions: Vec<Version>,
    /// The bytes of a new version.
    pub(crate) staged: Option<Staged>,
    /// An upload that ends with the change.
    pub(crate) upload: Option<Arc<Upload>>,
    pub(crate) answer: T,
}

impl Depot {
    /// Reads the buckets under `root`; `writing` is held by whoever writes to it. Blocks.
    pub(crate) fn open(root: &Utf8Path, writing: Writing) -> Result<Self, Error> {
        let root = root.join("s3");
        let buckets = files::load(&root)?.into_iter().collect();
        Ok(Self { root, buckets: Arc::new(RwLock::new(buckets)), writing })
    }

    pub(crate) fn folder(&self, bucket: &str) -> Folder {
        Folder::of(&self.root, bucket)
    }

    /// All buckets, for as long as the guard lives.
    pub(crate) fn buckets(&self) -> RwLockReadGuard<'_, Buckets> {
        self.buckets.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Looks at a bucket that must exist.
    pub(crate) fn look<T>(&self, bucket: &str, look: impl FnOnce(&Bucket) -> T) -> S3Result<T> {
        self.buckets().get(bucket).map(look).ok_or_else(no_such_bucket)
    }

    /// The settings of a bucket.
    pub(crate) fn record(&self, bucket: &str) -> S3Result<Arc<BucketRecord>> {
        self.look(bucket, |bucket| Arc::clone(&bucket.record))
    }

    /// The versions of a key, if there are any.
    pub(crate) fn key(&self, bucket: &str, key: &str) -> S3Result<Option<Arc<KeyRecord>>> {
        self.look(bucket, |bucket| bucket.keys.get(key).cloned())
    }

    /// An upload that is under way.
    pub(crate) fn upload(&self, bucket: &str, key: &str, id: &str) -> S3Result<Arc<Upload>> {
        let found =
            self.look(bucket, |bucket| bucket.uploads.get(&(key.to_owned(), id.to_owned())).cloned())?;
        found.ok_or_else(|| {
            with_message(
                S3ErrorCode::NoSuchUpload,
                "The specified upload does not exist. The upload ID may be invalid, or the upload may have been \
                 aborted or completed.",
            )
        })
    }

    /// Creates a bucket, or changes its settings by `change`, which is given what there is.
    pub(crate) async fn change_bucket(
        &self,
        name: &str,
        change: impl FnOnce(Option<&BucketRecord>) -> S3Result<BucketRecord>,
    ) -> S3Result<()> {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        let current = self.buckets().get(name).map(|bucket| Arc::clone(&bucket.record));
        let record = change(current.as_deref())?;
        let (this, folder, name) = (self.clone(), self.folder(name), name.to_owned());
        let written = background(move || {
            let _writing = writing;
            folder.create()?;
            files::write(&folder.settings(), &record)?;
            match this.write().entry(name) {
                std::collections::btree_map::Entry::Occupied(mut there) => {
                    there.get_mut().record = Arc::new(record);
                }
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(Bucket::new(record));
                }
            }
            Ok(())
        });
        written.await.map_err(internal)
    }

    /// Removes a bucket that `check` lets go.
    pub(crate) async fn remove_bucket(
        &self,
        name: &str,
        check: impl FnOnce(&Bucket) -> S3Result<()>,
    ) -> S3Result<()> {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        self.look(name, check)??;
        let (this, folder, name) = (self.clone(), self.folder(name), name.to_owned());
        let removed = background(move || {
            let _writing = writing;
            folder.remove()?;
            this.write().remove(&name);
            Ok(())
        });
        removed.await.map_err(internal)
    }

    /// Changes the versions of a key: `change` is given the bucket's settings and what there is of the key.
    pub(crate) async fn change_key<T: Send + 'static>(
        &self,
        bucket: &str,
        key: &str,
        change: impl FnOnce(&BucketRecord, Option<&Arc<KeyRecord>>) -> S3Result<Change<T>>,
    ) -> S3Result<T> {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        let (settings, before) =
            self.look(bucket, |bucket| (Arc::clone(&bucket.record), bucket.keys.get(key).cloned()))?;
        let Change { versions, staged, upload, answer } = change(&settings, before.as_ref())?;
        let after = KeyRecord { key: key.to_owned(), versions };
        let (this, folder, bucket) = (self.clone(), self.folder(bucket), bucket.to_owned());
        let written = background(move || {
            let _writing = writing;
            if let Some(staged) = staged {
                staged.file.persist(folder.blob(&staged.blob)).map_err(|error| error.error)?;
            }
            let mut gone = dropped(before.as_deref(), &after);
            if after.versions.is_empty() {
                files::remove(&folder.key(&after.key))?;
            } else {
                files::write(&folder.key(&after.key), &after)?;
            }
            this.seen(&bucket, after);
            if let Some(upload) = upload {
                files::remove(&folder.upload(&upload.id))?;
                gone.extend(upload.parts.values().map(|part| part.blob.clone()));
                this.forget(&bucket, &upload);
            }
            folder.discard(&gone);
            Ok(answer)
        });
        written.await.map_err(internal)
    }

    /// Begins an upload, or changes it by `change`, which is given what there is.
    pub(crate) async fn change_upload(
        &self,
        bucket: &str,
        staged: Option<Staged>,
        change: impl FnOnce() -> S3Result<(Upload, Vec<String>)>,
    ) -> S3Result<()> {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        self.record(bucket)?;
        let (upload, gone) = change()?;
        let (this, folder, bucket) = (self.clone(), self.folder(bucket), bucket.to_owned());
        let written = background(move || {
            let _writing = writing;
            if let Some(staged) = staged {
                staged.file.persist(folder.blob(&staged.blob)).map_err(|error| error.error)?;
            }
            files::write(&folder.upload(&upload.id), &upload)?;
            if let Some(bucket) = this.write().get_mut(&bucket) {
                bucket.insert_upload(upload);
            }
            folder.discard(&gone);
            Ok(())
        });
        written.await.map_err(internal)
    }

    /// Ends an upload without an object.
    pub(crate) async fn abort(&self, bucket: &str, key: &str, id: &str) -> S3Result<()> {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        let upload = self.upload(bucket, key, id)?;
        let (this, folder, bucket) = (self.clone(), self.folder(bucket), bucket.to_owned());
        let removed = background(move || {
            let _writing = writing;
            files::remove(&folder.upload(&upload.id))?;
            this.forget(&bucket, &upload);
            folder.discard(&upload.parts.values().map(|part| part.blob.clone()).collect::<Vec<_>>());
            Ok(())
        });
        removed.await.map_err(internal)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Buckets> {
        self.buckets.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn seen(&self, bucket: &str, key: KeyRecord) {
        let mut buckets = self.write();
        let Some(bucket) = buckets.get_mut(bucket) else { return };
        if key.versions.is_empty() {
            bucket.keys.remove(&key.key);
        } else {
            bucket.insert_key(key);
        }
    }

    fn forget(&self, bucket: &str, upload: &Upload) {
        if let Some(bucket) = self.write().get_mut(bucket) {
            bucket.uploads.remove(&(upload.key.clone(), upload.id.clone()));
        }
    }
}

/// The bytes that `after` does not name any more.
fn dropped(before: Option<&KeyRecord>, after: &KeyRecord) -> Vec<String> {
    let named = |blob: &str| after.versions.iter().any(|version| version.blob() == Some(blob));
    let blobs = before.into_iter().flat_map(|before| &before.versions).filter_map(Version::blob);
    blobs.filter(|blob| !named(blob)).map(str::to_owned).collect()
}

/// A new id for bytes, an upload or a version.
pub(crate) fn new_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}
