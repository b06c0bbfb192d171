//! Why the inputs of a function cannot be told.

/// Why the inputs of a function cannot be told, in words. It is then built every time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unhashable(String);

impl Unhashable {
    pub(super) fn new(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }

    /// With everything that `error` says.
    pub(super) fn from_error(error: &dyn std::error::Error) -> Self {
        let mut reason = error.to_string();
        let mut source = error.source();
        while let Some(cause) = source {
            reason = format!("{reason}: {cause}");
            source = cause.source();
        }
        Self(reason)
    }
}

impl From<std::io::Error> for Unhashable {
    fn from(error: std::io::Error) -> Self {
        Self::from_error(&error)
    }
}
