//! What belongs to a bucket beside its objects: versioning, policy, encryption, lifecycle, public access.

use axum::http::StatusCode;
use s3s::dto::{
    BucketVersioningStatus, DeleteBucketEncryptionInput, DeleteBucketEncryptionOutput,
    DeleteBucketLifecycleInput, DeleteBucketLifecycleOutput, DeleteBucketPolicyInput,
    DeleteBucketPolicyOutput, DeletePublicAccessBlockInput, DeletePublicAccessBlockOutput,
    GetBucketEncryptionInput, GetBucketEncryptionOutput, GetBucketLifecycleConfigurationInput,
    GetBucketLifecycleConfigurationOutput, GetBucketPolicyInput, GetBucketPolicyOutput,
    GetBucketVersioningInput, GetBucketVersioningOutput, GetPublicAccessBlockInput,
    GetPublicAccessBlockOutput, PutBucketEncryptionInput, PutBucketEncryptionOutput,
    PutBucketLifecycleConfigurationInput, PutBucketLifecycleConfigurationOutput, PutBucketPolicyInput,
    PutBucketPolicyOutput, PutBucketVersioningInput, PutBucketVersioningOutput, PutPublicAccessBlockInput,
    PutPublicAccessBlockOutput, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};
use s3s::{S3Error, S3ErrorCode, S3Request, S3Response, S3Result};

use super::depot::record::{BucketRecord, Versioning};
use super::failure::{custom, no_such_bucket, with_message};
use super::policy;
use super::visit::{Facts, facts, refuse};

/// Changes the settings of a bucket that must exist.
async fn change(
    facts: &Facts,
    bucket: &str,
    owner: Option<&String>,
    change: impl FnOnce(&mut BucketRecord) -> S3Result<()>,
) -> S3Result<()> {
    facts.bucket(bucket, owner)?;
    let changed = facts.depot().change_bucket(bucket, |there| {
        let mut record = there.ok_or_else(no_such_bucket)?.clone();
        change(&mut record)?;
        Ok(record)
    });
    changed.await
}

/// `PutBucketVersioning`.
pub(crate) async fn put_versioning(
    request: S3Request<PutBucketVersioningInput>,
) -> S3Result<S3Response<PutBucketVersioningOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    refuse!(input; mfa);
    let wanted = input.versioning_configuration.status.as_ref().map(BucketVersioningStatus::as_str);
    let versioning = match wanted {
        Some(BucketVersioningStatus::ENABLED) => Versioning::Enabled,
        Some(BucketVersioningStatus::SUSPENDED) => Versioning::Suspended,
        _ => {
            let message = "The Versioning element must be specified";
            return Err(custom("IllegalVersioningConfigurationException", StatusCode::BAD_REQUEST, message));
        }
    };
    let owner = input.expected_bucket_owner.as_ref();
    let changed = change(&facts, &input.bucket, owner, |bucket| {
        bucket.versioning = versioning;
        Ok(())
    });
    changed.await?;
    Ok(S3Response::new(PutBucketVersioningOutput {}))
}

/// `GetBucketVersioning`.
pub(crate) fn get_versioning(
    request: &S3Request<GetBucketVersioningInput>,
) -> S3Result<S3Response<GetBucketVersioningOutput>> {
    let input = &request.input;
    let bucket = facts(request)?.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let status = match bucket.versioning {
        Versioning::Never => None,
        Versioning::Enabled => Some(BucketVersioningStatus::ENABLED),
        Versioning::Suspended => Some(BucketVersioningStatus::SUSPENDED),
    };
    let status = status.map(BucketVersioningStatus::from_static);
    Ok(S3Response::new(GetBucketVersioningOutput { status, mfa_delete: None }))
}

/// `PutBucketPolicy`.
pub(crate) async fn put_policy(
    request: S3Request<PutBucketPolicyInput>,
) -> S3Result<S3Response<PutBucketPolicyOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    policy::check(&input.policy).map_err(|what| with_message(S3ErrorCode::MalformedPolicy, what))?;
    let changed = change(&facts, &input.bucket, input.expected_bucket_owner.as_ref(), |bucket| {
        bucket.policy = Some(input.policy.clone());
        Ok(())
    });
    changed.await?;
    Ok(S3Response::with_status(PutBucketPolicyOutput {}, StatusCode::NO_CONTENT))
}

/// `GetBucketPolicy`.
pub(crate) fn get_policy(
    request: &S3Request<GetBucketPolicyInput>,
) -> S3Result<S3Response<GetBucketPolicyOutput>> {
    let input = &request.input;
    let bucket = facts(request)?.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
    let policy = bucket.policy.clone();
    let missing = || with_message(S3ErrorCode::NoSuchBucketPolicy, "The bucket policy does not exist");
    Ok(S3Response::new(GetBucketPolicyOutput { policy: Some(policy.ok_or_else(missing)?) }))
}

/// `DeleteBucketPolicy`.
pub(crate) async fn delete_policy(
    request: S3Request<DeleteBucketPolicyInput>,
) -> S3Result<S3Response<DeleteBucketPolicyOutput>> {
    let (facts, input) = (facts(&request)?, &request.input);
    let changed = change(&facts, &input.bucket, input.expected_bucket_owner.as_ref(), |bucket| {
        bucket.policy = None;
        Ok(())
    });
    changed.await?;
    Ok(S3Response::with_status(DeleteBucketPolicyOutput {}, StatusCode::NO_CONTENT))
}

/// The three operations of a setting that is only kept: put, get and delete.
macro_rules! kept {
    ($field:ident; $put:ident($put_input:ty, $put_output:ty) $taken:expr;
     $get:ident($get_input:ty, $get_output:ty) $given:expr;
     $delete:ident($delete_input:ty, $delete_output:ty)) => {
        #[doc = concat!("Sets the `", stringify!($field), "` of a bucket.")]
        pub(crate) async fn $put(request: S3Request<$put_input>) -> S3Result<S3Response<$put_output>> {
            let (facts, input) = (facts(&request)?, &request.input);
            let taken: fn(&$put_input) -> S3Result<_> = $taken;
            let setting = taken(input)?;
            let changed = change(&facts, &input.bucket, input.expected_bucket_owner.as_ref(), |bucket| {
                bucket.$field = Some(setting);
                Ok(())
            });
            changed.await?;
            Ok(S3Response::new(<$put_output>::default()))
        }

        #[doc = concat!("Answers the `", stringify!($field), "` of a bucket.")]
        pub(crate) fn $get(request: &S3Request<$get_input>) -> S3Result<S3Response<$get_output>> {
            let input = &request.input;
            let bucket = facts(request)?.bucket(&input.bucket, input.expected_bucket_owner.as_ref())?;
            let given: fn(Option<_>) -> S3Result<$get_output> = $given;
            Ok(S3Response::new(given(bucket.$field.clone())?))
        }

        #[doc = concat!("Takes the `", stringify!($field), "` of a bucket away.")]
        pub(crate) async fn $delete(
            request: S3Request<$delete_input>,
        ) -> S3Result<S3Response<$delete_output>> {
            let (facts, input) = (facts(&request)?, &request.input);
            let changed = change(&facts, &input.bucket, input.expected_bucket_owner.as_ref(), |bucket| {
                bucket.$field = None;
                Ok(())
            });
            changed.await?;
            Ok(S3Response::with_status(<$delete_output>::default(), StatusCode::NO_CONTENT))
        }
    };
}

kept! {
    public_access;
    put_public_access(PutPublicAccessBlockInput, PutPublicAccessBlockOutput)
        |input| Ok(input.public_access_block_configuration.clone());
    get_public_access(GetPublicAccessBlockInput, GetPublicAccessBlockOutput) |setting| {
        // Every bucket since 2023 has all four.
        let setting = setting.unwrap_or(s3s::dto::PublicAccessBlockConfiguration {
            block_public_acls: Some(true),
            ignore_public_acls: Some(true),
            block_public_policy: Some(true),
            restrict_public_buckets: Some(true),
        });
        Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(setting) })
    };
    delete_public_access(DeletePublicAccessBlockInput, DeletePublicAccessBlockOutput)
}

kept! {
    encryption;
    put_encryption(PutBucketEncryptionInput, PutBucketEncryptionOutput) |input| {
        let configuration = &input.server_side_encryption_configuration;
        let rule = configuration.rules.first().and_then(|rule| rule.apply_server_side_encryption_by_default.as_ref());
        let known = rule.is_some_and(|rule| ["AES256", "aws:kms", "aws:kms:dsse"].contains(&rule.sse_algorithm.as_str()));
        let malformed = || {
            let message = "The XML you provided was not well-formed or did not validate against our published schema";
            with_message(S3ErrorCode::MalformedXML, message)
        };
        if known { Ok(configuration.clone()) } else { Err(malformed()) }
    };
    get_encryption(GetBucketEncryptionInput, GetBucketEncryptionOutput) |setting| {
        let setting = setting.unwrap_or_else(|| ServerSideEncryptionConfiguration {
            rules: vec![ServerSideEncryptionRule {
                apply_server_side_encryption_by_default: Some(ServerSideEncryptionByDefault {
                    kms_master_key_id: None,
                    sse_algorithm: s3s::dto::ServerSideEncryption::from_static("AES256"),
                }),
                bucket_key_enabled: Some(false),
            }],
        });
        Ok(GetBucketEncryptionOutput { server_side_encryption_configuration: Some(setting) })
    };
    delete_encryption(DeleteBucketEncryptionInput, DeleteBucketEncryptionOutput)
}

kept! {
    lifecycle;
    put_lifecycle(PutBucketLifecycleConfigurationInput, PutBucketLifecycleConfigurationOutput) |input| {
        input.lifecycle_configuration.clone().ok_or_else(|| S3Error::new(S3ErrorCode::MalformedXML))
    };
    get_lifecycle(GetBucketLifecycleConfigurationInput, GetBucketLifecycleConfigurationOutput) |setting| {
        let missing = || {
            let message = "The lifecycle configuration does not exist";
            with_message(S3ErrorCode::NoSuchLifecycleConfiguration, message)
        };
        let setting: s3s::dto::BucketLifecycleConfiguration = setting.ok_or_else(missing)?;
        Ok(GetBucketLifecycleConfigurationOutput {
            rules: Some(setting.rules),
            ..GetBucketLifecycleConfigurationOutput::default()
        })
    };
    delete_lifecycle(DeleteBucketLifecycleInput, DeleteBucketLifecycleOutput)
}
