//! The client of GitHub against a GitHub that keeps what it is told, most of the time behind prism, which holds each request
//! and each answer against GitHub's own description of its API.

#[path = "github/comment.rs"]
mod comment;
#[path = "github/connection.rs"]
mod connection;
#[path = "github/deployments.rs"]
mod deployments;
#[path = "github/issue.rs"]
mod issue;
#[path = "github/proxied.rs"]
mod proxied;
#[path = "github/races.rs"]
mod races;
#[path = "github/scene.rs"]
mod scene;
#[path = "github/trouble.rs"]
mod trouble;
