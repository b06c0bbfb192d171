//! Why GitHub did not do what was asked for.

/// Why GitHub did not do what was asked for.
#[derive(Debug, thiserror::Error)]
#[error("GitHub cannot be asked")]
pub struct Error {}

impl Error {
    /// Whether the token has no permission for it.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        false
    }

    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        None
    }
}
