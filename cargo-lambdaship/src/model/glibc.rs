//! Versions of the C library.

use std::fmt;

/// The glibc of `provided.al2023`, the runtime that functions are built for.
pub const LAMBDA_GLIBC: Glibc = Glibc(2, 34);

/// A glibc version: major and minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Glibc(pub u32, pub u32);

impl fmt::Display for Glibc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

impl Glibc {
    /// Reads `2.34`, and `2.2.5` as `2.2`; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('.').map(|part| part.parse().ok());
        let version = Self(parts.next()??, parts.next()??);
        parts.all(|part| part.is_some()).then_some(version)
    }
}
