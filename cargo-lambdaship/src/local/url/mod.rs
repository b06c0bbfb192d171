//! Function URLs.
