//! `local`: the local AWS in the foreground, with a URL for each function.
//!
//! Cargo is waited for without holding up anything else, so calls are answered also while a build is under way.

mod deployer;
mod urls;

use std::pin::pin;

use crate::console::Verbosity;
use crate::context::Context;
use crate::error::Error;
use crate::local::{DEFAULT_REGION, Options, Presence, Rates, Server};
use crate::model::{InvalidName, Region};
use crate::ops::artifacts::Source;
use crate::ops::session::{Target, Workbench, local_wait, make_bucket};
use deployer::Deployer;
use urls::Urls;

pub use urls::{FunctionUrl, Serving};

/// What `local` is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Workspace, configuration and selection.
    pub target: Target,
    /// Where the code comes from.
    pub source: Source,
    /// The port of the AWS endpoint; 0 for any.
    pub port: u16,
    /// The port of the function URLs; 0 for any.
    pub url_port: u16,
    /// How many requests a second are taken.
    pub rates: Rates,
    /// Whether to deploy again when a source file changes.
    pub watch: bool,
}

/// Runs the local AWS until `until`. `show` is given the function URLs once they answer, and again when they change.
/// What cannot be built or deployed is said, and ends nothing.
///
/// # Errors
/// When the workspace or the configuration is wrong at the start, a port is taken, or another local AWS runs.
pub async fn local(
    context: &Context,
    request: &Request,
    show: impl FnMut(&Serving) -> Result<(), Error>,
    until: impl Future<Output = ()>,
) -> Result<(), Error> {
    let bench = Workbench::open(context, &request.target)?;
    let server = Server::start(options(&bench, request)?).await?;
    if let Some(store) = &bench.environment.store {
        let region = Region::new(region(&bench, request)).map_err(usage)?;
        let store = store.in_region(&region).map_err(usage)?;
        make_bucket(&server, &bench.environment, (store.bucket(), &region)).await?;
    }
    let urls = Urls::open(server.invoker(), &bench.environment.functions, request.url_port).await?;
    say_where(&bench, request, &server, &urls);
    let deployer = Deployer {
        context: context.clone(),
        request: request.clone(),
        board: urls.board(),
        show,
        shown: None,
    };
    let mut until = pin!(until);
    tokio::select! {
        biased;
        () = &mut until => {}
        () = deployer.run(&bench) => until.await,
    }
    urls.close();
    server.shutdown().await;
    Ok(())
}

fn usage(invalid: InvalidName) -> Error {
    Error::Usage { message: invalid.to_string(), hint: None }
}

fn options(bench: &Workbench, request: &Request) -> Result<Options, Error> {
    let console = Some(bench.context.console.clone());
    Ok(Options {
        port: request.port,
        rates: request.rates,
        presence: Presence::Foreground,
        lock_wait: local_wait(&bench.context.environment)?,
        mirror: console.clone().filter(|console| console.verbosity() > Verbosity::Quiet),
        console,
        ..Options::new(bench.local_root())
    })
}

fn say_where(bench: &Workbench, request: &Request, server: &Server, urls: &Urls) {
    let console = &bench.context.console;
    let endpoint = server.endpoint();
    console.status(
        "Listening",
        format_args!(
            "for AWS: AWS_ENDPOINT_URL={endpoint} AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local AWS_REGION={}",
            region(bench, request)
        ),
    );
    console.status("Listening", format_args!("for function URLs: {}", urls.root()));
}

fn region<'a>(bench: &'a Workbench, request: &'a Request) -> &'a str {
    let stated = request.target.connection.region.as_ref().or(bench.environment.regions.first());
    stated.map_or(DEFAULT_REGION, Region::as_str)
}
