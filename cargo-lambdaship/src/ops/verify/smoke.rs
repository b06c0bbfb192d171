//! Smoke events without an account: artifacts are deployed to a local AWS in a folder that is gone afterwards.

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::aws::{Aws, Connection, Endpoint};
use crate::config::FunctionConfig;
use crate::console::{Console, Verbosity};
use crate::context::Context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::local::{Options, Server};
use crate::model::{Arch, Salt, Settings, Variable};
use crate::network::Network;
use crate::ops::artifacts::Ready;
use crate::ops::plan::{Values, decide, desired};
use crate::ops::session::host_arch;
use crate::ops::supply::{Supply, Zip};
use crate::package::Artifact;
use crate::plan::Glance;
use crate::publish::{self, Job, Parcel, Publisher, Stopped};
use crate::report::SmokeReport;
use crate::rollout::{Run, Stay, Tools};

/// How long a request to the local AWS may take; an invocation has a limit of its own.
const TIMEOUT: Duration = Duration::from_mins(1);

/// What came of the smoke events of an artifact.
#[derive(Debug, Default)]
pub(super) struct Tested {
    /// Each event that it was given.
    pub(super) smoke: Vec<SmokeReport>,
    /// Why it does not pass, which can be that it is for another processor than this machine's.
    pub(super) failed: Option<Error>,
}

/// What each function's artifact answered, in their order. One that does not pass does not keep the others from being asked.
///
/// # Errors
/// When there is no local AWS to run them on.
pub(super) async fn test(
    context: &Context,
    artifacts: Vec<(&FunctionConfig, Artifact, Arch)>,
) -> Result<Vec<Tested>, Error> {
    let folder = tempfile::tempdir()?;
    let root = Utf8PathBuf::try_from(folder.path().join("local"))
        .map_err(camino::FromPathBufError::into_io_error)?;
    let server = Server::start(Options::new(root)).await?;
    // On the heap: the future of the whole line is large.
    let tested = Box::pin(on(&server, context, artifacts)).await;
    server.shutdown().await;
    tested
}

async fn on(
    server: &Server,
    context: &Context,
    artifacts: Vec<(&FunctionConfig, Artifact, Arch)>,
) -> Result<Vec<Tested>, Error> {
    let endpoint = Endpoint::Local(server.endpoint().to_owned());
    let (read_timeout, network) = (TIMEOUT, Network::default());
    let connection =
        Connection { region: None, profile: None, endpoint, read_timeout, identity: None, network };
    let aws = Aws::connect(&connection, &context.console).await?;
    let mut tested = Vec::new();
    for (function, artifact, arch) in artifacts {
        tested.push(match function.smoke.len() {
            0 => Tested::default(),
            count => {
                let name = &function.function.name;
                let noun = if count == 1 { "event" } else { "events" };
                context.console.status("Testing", format_args!("{name}: {count} smoke {noun}"));
                let supply = Supply::of(Ready::given(artifact, arch));
                let one = Box::pin(one(&aws, &context.console, function, supply)).await;
                one.unwrap_or_else(|error| Tested { failed: Some(error), ..Tested::default() })
            }
        });
    }
    Ok(tested)
}

async fn one(
    aws: &Aws,
    console: &Console,
    function: &FunctionConfig,
    supply: Supply,
) -> Result<Tested, Error> {
    runs_here(function, supply.arch)?;
    let function = FunctionConfig { settings: seen_by_a_process(console, function), ..function.clone() };
    let caller = aws.caller().await?;
    let values = Values::read(aws, std::slice::from_ref(&function)).await?;
    let desired = desired(&caller, &function, &supply, &values);
    let planned = decide(aws, desired, Glance::default(), supply, &Salt::random()).await?;
    // What happens on the way is nobody's deploy, and not said.
    let (silent, ..) = Console::buffered(Verbosity::Quiet);
    let tools = Tools::new(aws, &caller, &silent, 1);
    let publisher = Publisher {
        tools: &tools,
        run: Run::at(aws.now()),
        stay: Stay::ToTheEnd,
        until: &Interruption::never(),
        regions: 1,
    };
    let Zip::File(zip) = &planned.supply.zip else { return Ok(Tested::default()) };
    let job = Job {
        desired: &planned.desired,
        glance: &planned.glance,
        plan: &planned.plan,
        parcel: &Parcel::File(zip.clone()),
        size: planned.supply.size,
        stamp: "",
    };
    let (done, failed) = match publisher.publish(&job, None).await {
        Ok(done) => (done, None),
        Err(Stopped { done, error: publish::Error::Smoke(failed) }) => (done, Some(Error::Smoke(failed))),
        Err(Stopped { done, error }) => (done, Some(error.into())),
    };
    Ok(Tested { smoke: done.smoke, failed })
}

fn runs_here(function: &FunctionConfig, arch: Arch) -> Result<(), Error> {
    let (name, host) = (&function.function.name, host_arch());
    if arch == host {
        return Ok(());
    }
    Err(Error::Function {
        message: format!("`{name}` is for {arch}, and cannot be given smoke events on this machine ({host})"),
        hint: Some("`cargo lambdaship build --env local` builds it for this machine".to_owned()),
        held: false,
    })
}

/// The settings that a process can tell; what is kept in an account is left out.
fn seen_by_a_process(console: &Console, function: &FunctionConfig) -> Settings {
    let stated = &function.settings;
    let mut settings = Settings {
        memory: stated.memory,
        timeout: stated.timeout,
        variables: stated.variables.clone(),
        ..Settings::default()
    };
    settings.variables.retain(|name, variable| match variable {
        Variable::Value(_) | Variable::Removed => true,
        Variable::Ssm(_) | Variable::SecretsManager(_) => {
            console.warn(format_args!("`{name}` is kept in an AWS account, and not set here"));
            false
        }
    });
    settings
}
