//! The rules, on workspaces on disk.
