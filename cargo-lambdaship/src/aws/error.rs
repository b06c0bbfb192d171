//! One error for every AWS call: what was being done, what kind of failure it is, and what AWS said.

use std::error::Error as StdError;

use aws_sdk_lambda::config::http::HttpResponse;
use aws_sdk_lambda::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_lambda::operation::RequestId;

use super::route::Unreached;
use crate::model::LambdaName;

/// An AWS call that failed.
#[derive(Debug, thiserror::Error)]
#[error("failed to {action}")]
pub struct Error {
    action: String,
    kind: Kind,
    request_id: Option<String>,
    hint: Option<String>,
    source: Cause,
}

/// What AWS, or the way there, said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

/// What a failure means to a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The thing does not exist (404).
    NotFound,
    /// Another update is under way, or the thing exists already (409).
    Conflict,
    /// The revision that was read is no longer the newest (412).
    Precondition,
    /// The credentials may not do this (403).
    AccessDenied,
    /// There are no credentials.
    NoCredentials,
    /// The credentials are expired or unknown to AWS.
    BadCredentials,
    /// No region is configured.
    NoRegion,
    /// Throttled, and the retries ran out (429).
    Throttled,
    /// A parameter was refused (400).
    Invalid,
    /// The request or the code is too large (413, or a limit's exception).
    TooLarge,
    /// No answer in time.
    Timeout,
    /// No connection.
    Unreachable,
    /// AWS failed (5xx), and the retries ran out.
    Server,
    /// AWS answered something that this tool cannot use, or a lambda reached a state it should not.
    Unexpected,
}

impl Error {
    /// An error that is not an SDK call's: `action` finishes "failed to …".
    #[must_use]
    pub fn new(kind: Kind, action: impl Into<String>, cause: impl Into<String>) -> Self {
        Self { action: action.into(), kind, request_id: None, hint: None, source: Cause(cause.into()) }
    }

    /// What the failure means.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// AWS's id of the request, for its support.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// What AWS said.
    #[must_use]
    pub fn cause(&self) -> &str {
        &self.source.0
    }

    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        if self.hint.is_some() {
            return self.hint.clone();
        }
        let hint = match self.kind {
            Kind::NotFound | Kind::Invalid | Kind::Unexpected => return None,
            Kind::Conflict | Kind::Precondition => {
                "another deployer was here at the same time; run the command again"
            }
            Kind::AccessDenied => {
                "allow the action that AWS names to the identity that deploys: docs/permissions.md has all of them"
            }
            Kind::NoCredentials => {
                "sign in (`aws sso login`, `aws configure`), or set AWS_PROFILE or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
            }
            Kind::BadCredentials => {
                "sign in again (`aws sso login`), or replace the expired or mistyped keys"
            }
            Kind::NoRegion => {
                "set `region` in the environment's section of lambdaship.toml, or pass --region, or set AWS_REGION"
            }
            Kind::Throttled => "the account's request rate is used up; run the command again in a minute",
            Kind::TooLarge => "make the artifact smaller (strip, opt-level = \"s\", fewer include files)",
            Kind::Timeout => {
                "check the network, or raise --read-timeout; what was not done is done by the next run"
            }
            Kind::Unreachable => {
                "check the network, the region and the endpoint (--endpoint-url, AWS_ENDPOINT_URL)"
            }
            Kind::Server => {
                "the server failed on its side; run the command again: it goes on where this run stopped"
            }
        };
        Some(hint.to_owned())
    }

    /// Tags that Lambda leaves out of an answer; `cause` is its reason.
    #[must_use]
    pub fn unlisted_tags(lambda: &LambdaName, cause: &str) -> Self {
        let hint =
            "allow `lambda:ListTags` on the lambda, or state no tags: docs/permissions.md has all actions";
        let error = Self::new(Kind::AccessDenied, format!("read the tags of lambda `{lambda}`"), cause);
        error.hinted(Some(hint.to_owned()))
    }

    /// Whether Lambda said that it cannot assume the role, which passes when the role was just created. Its code for
    /// that is the one for every wrong parameter, so only the text tells.
    #[must_use]
    pub fn is_unknown_role(&self) -> bool {
        self.kind == Kind::Invalid && self.source.0.contains("cannot be assumed")
    }

    /// Whether Lambda said of a role what passes when it was just created: that it cannot be assumed, may not do what it
    /// was just allowed, or is nobody to grant a key to. A role that is not new has to be mended for the latter two.
    #[must_use]
    pub fn is_role_too_new(&self) -> bool {
        let says = |text: &str| self.source.0.contains(text);
        let grant = says("CreateGrant") && says("ARN does not refer to a valid principal");
        let powerless = says("provided execution role does not have permissions");
        self.is_unknown_role() || (self.kind == Kind::Invalid && (grant || powerless))
    }

    /// Whether Scheduler said that it cannot assume the role, which passes when the role was just created. Its code for
    /// that is the one for every wrong parameter, so only the text tells.
    #[must_use]
    pub fn is_unassumable_role(&self) -> bool {
        self.kind == Kind::Invalid && self.source.0.contains("to assume the role")
    }

    /// Whether Lambda said that an update is under way, and not that something is otherwise than it was read. Both have the
    /// same code.
    #[must_use]
    pub fn is_in_progress(&self) -> bool {
        self.kind == Kind::Conflict && self.source.0.contains("update is in progress")
    }

    /// Whether Lambda said of a version that it cannot be invoked yet: it wakes, or is still being made.
    #[must_use]
    pub fn is_waking(&self) -> bool {
        let said = |words: &str| self.source.0.contains(words);
        said("ResourceNotReadyException") || (self.kind == Kind::Conflict && said("state: Pending"))
    }

    /// Whether another deployer stood in the way.
    #[must_use]
    pub fn is_held(&self) -> bool {
        matches!(self.kind, Kind::Conflict | Kind::Precondition)
    }

    /// Replaces every one of `secrets` in what AWS said: some of Lambda's messages quote the whole environment.
    #[must_use]
    pub fn redacted<'a>(mut self, secrets: impl Iterator<Item = &'a str>) -> Self {
        self.source.0 = redact(&self.source.0, secrets);
        self
    }

    /// With a next step that fits better than the usual one of its kind, if there is one.
    #[must_use]
    pub(super) fn hinted(mut self, hint: Option<String>) -> Self {
        self.hint = hint.or(self.hint);
        self
    }

    /// Reads an SDK error; `action` finishes "failed to …".
    pub(super) fn sdk<E>(action: impl Into<String>, error: &SdkError<E, HttpResponse>) -> Self
    where
        E: ProvideErrorMetadata + StdError + 'static,
    {
        let action = action.into();
        let unreached = Unreached::behind(error);
        let cause_of = |usual: String| unreached.map_or(usual, ToString::to_string);
        let (kind, cause, request_id) = match error {
            SdkError::ServiceError(context) => {
                let (status, meta) = (context.raw().status().as_u16(), context.err().meta());
                let kind = kind_of(meta.code().unwrap_or_default(), status);
                (kind, said(status, meta.code(), meta.message()), meta.request_id().map(str::to_owned))
            }
            SdkError::TimeoutError(_) => (Kind::Timeout, "no answer in time".to_owned(), None),
            SdkError::DispatchFailure(failure) if failure.is_timeout() => {
                (Kind::Timeout, cause_of("no answer in time".to_owned()), None)
            }
            SdkError::DispatchFailure(_) => (Kind::Unreachable, cause_of(root(error)), None),
            SdkError::ResponseError(context) if context.raw().status().as_u16() >= 500 => {
                (Kind::Server, said(context.raw().status().as_u16(), None, None), None)
            }
            other => (Kind::Unexpected, root(other), None),
        };
        let hint = unreached.map(Unreached::hint).or_else(|| special(&cause).map(str::to_owned));
        Self { action, kind, request_id, hint, source: Cause(cause) }
    }
}

/// The next step for what AWS said, where it is another one than its kind's.
fn special(cause: &str) -> Option<&'static str> {
    let says = |text: &str| cause.contains(text);
    if says("CodeStorageExceededException") {
        return Some(
            "delete versions that nothing needs (`cargo lambdaship prune`), or raise the region's quota of code storage \
             (75 GB by default)",
        );
    }
    let skewed =
        says("RequestTimeTooSkewed") || says("Signature expired") || says("Signature not yet current");
    skewed.then_some("set the clock of this machine: AWS takes no request that is more than some minutes off")
}

/// The kind that an error code stands for; the status decides when the code says nothing.
fn kind_of(code: &str, status: u16) -> Kind {
    match code {
        "ResourceNotFoundException"
        | "NoSuchEntity"
        | "ParameterNotFound"
        | "NoSuchBucket"
        | "NoSuchKey"
        | "NoSuchUpload" => Kind::NotFound,
        "ResourceConflictException"
        | "ConflictException"
        | "EntityAlreadyExists"
        | "ResourceAlreadyExistsException"
        | "ConditionalRequestConflict"
        | "OperationAborted" => Kind::Conflict,
        "PreconditionFailedException" | "PreconditionFailed" => Kind::Precondition,
        "TooManyRequestsException" | "Throttling" | "ThrottlingException" | "SlowDown" => Kind::Throttled,
        "RequestEntityTooLargeException"
        | "CodeStorageExceededException"
        | "RequestTooLargeException"
        | "EntityTooLarge" => Kind::TooLarge,
        "ExpiredToken"
        | "ExpiredTokenException"
        | "InvalidClientTokenId"
        | "InvalidAccessKeyId"
        | "InvalidToken"
        | "RequestTimeTooSkewed"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "InvalidSignatureException"
        | "IncompleteSignature" => Kind::BadCredentials,
        "AccessDenied" | "AccessDeniedException" => Kind::AccessDenied,
        // S3 can answer 200 first and fail after it.
        "InternalError" | "ServiceUnavailable" => Kind::Server,
        "RequestTimeout" => Kind::Timeout,
        // The request went to another region than the bucket's.
        "PermanentRedirect" | "TemporaryRedirect" => Kind::Invalid,
        _ => match status {
            404 => Kind::NotFound,
            409 => Kind::Conflict,
            412 => Kind::Precondition,
            413 => Kind::TooLarge,
            429 => Kind::Throttled,
            401 | 403 => Kind::AccessDenied,
            400..500 => Kind::Invalid,
            500.. => Kind::Server,
            _ => Kind::Unexpected,
        },
    }
}

/// `ResourceConflictException: …`, or the status when the answer had no code.
fn said(status: u16, code: Option<&str>, message: Option<&str>) -> String {
    let message = message.map(without_environment).filter(|text| !text.is_empty());
    match (code, message) {
        (Some(code), Some(message)) => format!("{code}: {message}"),
        (Some(code), None) => format!("{code} (HTTP status {status})"),
        (None, Some(message)) => format!("HTTP status {status}: {message}"),
        (None, None) => format!("HTTP status {status}"),
    }
}

/// Lambda's message on an environment over 4 KB ends with the environment itself, in clear: cut it off.
fn without_environment(message: &str) -> &str {
    message.find("String measured").map_or(message, |at| message[..at].trim_end())
}

/// Replaces every secret, as it is and as JSON writes it (also JSON within JSON), and the beginning of one that the text
/// breaks off in.
#[must_use]
pub fn redact<'a>(text: &str, secrets: impl Iterator<Item = &'a str>) -> String {
    let forms = |secret: &str| [secret.to_owned(), escaped(secret), escaped(&escaped(secret))];
    let mut secrets: Vec<String> = secrets.filter(|secret| secret.len() >= 4).flat_map(forms).collect();
    // Longest first, so that a secret that contains another one is replaced as a whole.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    let whole = secrets.iter().fold(text.to_owned(), |text, secret| text.replace(secret, "…"));
    secrets.iter().find_map(|secret| broken_off(&whole, secret)).unwrap_or(whole)
}

fn escaped(secret: &str) -> String {
    let json = serde_json::Value::from(secret).to_string();
    let bare = json.strip_prefix('"').and_then(|json| json.strip_suffix('"'));
    bare.unwrap_or(&json).to_owned()
}

/// The text without the beginning of `secret` that it ends with, if that is long enough to tell something.
fn broken_off(text: &str, secret: &str) -> Option<String> {
    const TELLING: usize = 8;
    let end = text.trim_end_matches(['.', '…', '"', '\'', '}', ']', ')']);
    let mut ends = secret.char_indices().map(|(at, _)| at).filter(|at| *at >= TELLING).rev();
    let rest = ends.find_map(|at| end.strip_suffix(&secret[..at]))?;
    Some(format!("{rest}…"))
}

/// The innermost cause of an error, which is the one that says something.
pub(super) fn root(error: &dyn StdError) -> String {
    let mut inner = error;
    while let Some(source) = inner.source() {
        inner = source;
    }
    inner.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_decides_before_the_status() {
        let table = [
            ("ResourceConflictException", 409, Kind::Conflict),
            ("PreconditionFailedException", 412, Kind::Precondition),
            ("ExpiredTokenException", 403, Kind::BadCredentials),
            ("AccessDeniedException", 403, Kind::AccessDenied),
            ("InvalidParameterValueException", 400, Kind::Invalid),
            ("ValidationException", 400, Kind::Invalid),
            ("ServiceQuotaExceededException", 402, Kind::Invalid),
            ("ConflictException", 409, Kind::Conflict),
            ("TooManyRequestsException", 429, Kind::Throttled),
            ("ThrottlingException", 400, Kind::Throttled),
            ("RequestEntityTooLargeException", 413, Kind::TooLarge),
            ("", 500, Kind::Server),
            ("", 503, Kind::Server),
            ("", 404, Kind::NotFound),
            ("NoSuchBucket", 404, Kind::NotFound),
            ("PreconditionFailed", 412, Kind::Precondition),
            ("ConditionalRequestConflict", 409, Kind::Conflict),
            ("SlowDown", 503, Kind::Throttled),
            ("InternalError", 200, Kind::Server),
            ("InvalidAccessKeyId", 403, Kind::BadCredentials),
            ("BadDigest", 400, Kind::Invalid),
            ("PermanentRedirect", 301, Kind::Invalid),
        ];
        for (code, status, kind) in table {
            assert_eq!(kind_of(code, status), kind, "{code} {status}");
        }
    }

    #[test]
    fn a_role_that_cannot_be_assumed_is_told_from_other_wrong_parameters() {
        let refused = "The role defined for the function cannot be assumed by Lambda.";
        let table = [
            (Kind::Invalid, refused, true),
            (Kind::Invalid, "MemorySize is too small", false),
            (Kind::Server, refused, false),
        ];
        for (kind, cause, expected) in table {
            assert_eq!(Error::new(kind, "create lambda `a`", cause).is_unknown_role(), expected, "{cause}");
        }
    }

    #[test]
    fn what_passes_for_a_new_role_is_told_from_what_does_not() {
        let key = "Lambda was unable to configure access to your environment variables because the KMS key is invalid for \
                   CreateGrant.";
        let nobody =
            format!("{key} KMS Exception: InvalidArnException: ARN does not refer to a valid principal");
        let table = [
            ("The role defined for the function cannot be assumed by Lambda.", true),
            (nobody.as_str(), true),
            (
                "The provided execution role does not have permissions to call CreateNetworkInterface on EC2",
                true,
            ),
            (key, false),
            ("MemorySize is too small", false),
        ];
        for (cause, expected) in table {
            let error = Error::new(Kind::Invalid, "create lambda `a`", cause);
            assert_eq!(error.is_role_too_new(), expected, "{cause}");
        }
    }

    #[test]
    fn a_full_store_of_code_and_a_wrong_clock_have_next_steps_of_their_own() {
        let table = [
            ("CodeStorageExceededException: Code storage limit exceeded.", Some("cargo lambdaship prune")),
            ("InvalidSignatureException: Signature expired: 1 is now earlier than 2", Some("set the clock")),
            ("InvalidSignatureException: Signature not yet current: 2 is still later", Some("set the clock")),
            ("RequestTimeTooSkewed: The difference is too large", Some("set the clock")),
            ("InvalidSignatureException: The request signature does not match", None),
            ("RequestEntityTooLargeException: too large", None),
        ];
        for (cause, expected) in table {
            let hint = special(cause);
            assert_eq!(
                expected.map(|part| hint.is_some_and(|hint| hint.contains(part))),
                expected.map(|_| true)
            );
            assert_eq!(hint.is_some(), expected.is_some(), "{cause}");
        }
    }

    #[test]
    fn the_environment_is_cut_off_and_secrets_are_replaced() {
        let message = "exceeded the 4KB limit. String measured: {\"TOKEN\":\"hunter2\"}";
        assert_eq!(
            said(400, Some("InvalidParameterValueException"), Some(message)),
            "InvalidParameterValueException: exceeded the 4KB limit."
        );
        let error = Error::new(Kind::Invalid, "create lambda `a`", "value hunter22 and hunter2 refused");
        let error = error.redacted(["hunter2", "hunter22", "a"].into_iter());
        assert_eq!(error.cause(), "value … and … refused");
        assert_eq!(redact(r#"{"A":"say \"hi\""}"#, [r#"say "hi""#].into_iter()), r#"{"A":"…"}"#);
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let secret = "line one\nand \"two\" ü";
        let table = [
            ("raw {line one\nand \"two\" ü}", "raw {…}"),
            (r#"json {"A":"line one\nand \"two\" ü"}"#, r#"json {"A":"…"}"#),
            ("broken off {A=line one\nand \"tw...", "broken off {A=…"),
            (r#"broken off {"A":"line one\nand"}"#, r#"broken off {"A":"…"#),
            ("no more than a line", "no more than a line"),
        ];
        for (text, expected) in table {
            assert_eq!(redact(text, std::iter::once(secret)), expected);
        }
    }
}
