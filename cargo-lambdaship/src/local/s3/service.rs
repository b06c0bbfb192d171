//! Which function answers which operation. Every operation that is not here is refused by the protocol library.

use async_trait::async_trait;
use s3s::dto;
use s3s::{S3, S3Request, S3Response, S3Result};

use super::{buckets, complete, copy, delete, get, lists, put, settings, uploads};

/// The operations of S3 that this server has.
pub(crate) struct Operations;

/// A table of operations: those that wait for something, and those that only look.
macro_rules! operations {
    (wait { $($wait:ident, $wait_input:ident, $wait_output:ident, $waits:path;)* }
     look { $($look:ident, $look_input:ident, $look_output:ident, $looks:path;)* }) => {
        #[async_trait]
        impl S3 for Operations {
            $(async fn $wait(&self, request: S3Request<dto::$wait_input>) -> S3Result<S3Response<dto::$wait_output>> {
                $waits(request).await
            })*

            $(async fn $look(&self, request: S3Request<dto::$look_input>) -> S3Result<S3Response<dto::$look_output>> {
                $looks(&request)
            })*
        }
    };
}

operations! {
    wait {
    create_bucket, CreateBucketInput, CreateBucketOutput, buckets::create;
    delete_bucket, DeleteBucketInput, DeleteBucketOutput, buckets::delete;
    put_bucket_versioning, PutBucketVersioningInput, PutBucketVersioningOutput, settings::put_versioning;
    put_bucket_policy, PutBucketPolicyInput, PutBucketPolicyOutput, settings::put_policy;
    delete_bucket_policy, DeleteBucketPolicyInput, DeleteBucketPolicyOutput, settings::delete_policy;
    put_public_access_block, PutPublicAccessBlockInput, PutPublicAccessBlockOutput, settings::put_public_access;
    delete_public_access_block, DeletePublicAccessBlockInput, DeletePublicAccessBlockOutput, settings::delete_public_access;
    put_bucket_encryption, PutBucketEncryptionInput, PutBucketEncryptionOutput, settings::put_encryption;
    delete_bucket_encryption, DeleteBucketEncryptionInput, DeleteBucketEncryptionOutput, settings::delete_encryption;
    put_bucket_lifecycle_configuration, PutBucketLifecycleConfigurationInput, PutBucketLifecycleConfigurationOutput, settings::put_lifecycle;
    delete_bucket_lifecycle, DeleteBucketLifecycleInput, DeleteBucketLifecycleOutput, settings::delete_lifecycle;
    put_object, PutObjectInput, PutObjectOutput, put::put;
    get_object, GetObjectInput, GetObjectOutput, get::get;
    copy_object, CopyObjectInput, CopyObjectOutput, copy::copy;
    delete_object, DeleteObjectInput, DeleteObjectOutput, delete::one;
    delete_objects, DeleteObjectsInput, DeleteObjectsOutput, delete::many;
    create_multipart_upload, CreateMultipartUploadInput, CreateMultipartUploadOutput, uploads::create;
    upload_part, UploadPartInput, UploadPartOutput, uploads::part;
    complete_multipart_upload, CompleteMultipartUploadInput, CompleteMultipartUploadOutput, complete::complete;
    abort_multipart_upload, AbortMultipartUploadInput, AbortMultipartUploadOutput, uploads::abort;
    }
    look {
    head_bucket, HeadBucketInput, HeadBucketOutput, buckets::head;
    list_buckets, ListBucketsInput, ListBucketsOutput, buckets::list;
    get_bucket_location, GetBucketLocationInput, GetBucketLocationOutput, buckets::location;
    get_bucket_versioning, GetBucketVersioningInput, GetBucketVersioningOutput, settings::get_versioning;
    get_bucket_policy, GetBucketPolicyInput, GetBucketPolicyOutput, settings::get_policy;
    get_public_access_block, GetPublicAccessBlockInput, GetPublicAccessBlockOutput, settings::get_public_access;
    get_bucket_encryption, GetBucketEncryptionInput, GetBucketEncryptionOutput, settings::get_encryption;
    get_bucket_lifecycle_configuration, GetBucketLifecycleConfigurationInput, GetBucketLifecycleConfigurationOutput, settings::get_lifecycle;
    head_object, HeadObjectInput, HeadObjectOutput, get::head;
    list_objects_v2, ListObjectsV2Input, ListObjectsV2Output, lists::objects;
    list_object_versions, ListObjectVersionsInput, ListObjectVersionsOutput, lists::versions;
    list_parts, ListPartsInput, ListPartsOutput, uploads::parts;
    list_multipart_uploads, ListMultipartUploadsInput, ListMultipartUploadsOutput, uploads::list;
    }
}
