//! The verbs, one a file: each reads like the line that it walks.

pub mod init;
