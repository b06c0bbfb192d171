//! What every verb begins with: workspace, configuration, and a connection whose account is known to be the right one.

use std::collections::BTreeSet;
use std::time::Duration;

use camino::Utf8PathBuf;

use crate::aws::{Aws, Caller, Connection, Endpoint, WebIdentity};
use crate::config::{self, Config, EnvironmentConfig};
use crate::context::{Context, Environment};
use crate::error::Error;
use crate::local::{self, LocalAws, Server};
use crate::model::{AccountId, Arch, EnvName, Region};
use crate::network::Network;
use crate::ops::supply::Dispatch;
use crate::source::changed::{self, Now};
use crate::store::Store;
use crate::suggest::{did_you_mean, list};
use crate::workspace::{self, CargoOptions, Selection, Workspace};

/// The environment that the local AWS serves.
pub const LOCAL: &str = "local";

/// How long a run waits for another one on the local AWS, which may be in the middle of a build. One that was killed is
/// not waited for: the system frees its lock.
const LOCAL_WAIT: Duration = Duration::from_mins(5);
/// The environment variable that sets another number of seconds.
const LOCAL_WAIT_VARIABLE: &str = "LAMBDASHIP_LOCAL_WAIT";

/// What a verb works on, as the flags say.
#[derive(Debug, Clone)]
pub struct Target {
    /// `--env`.
    pub env: EnvName,
    /// `--config`.
    pub config: Option<Utf8PathBuf>,
    /// Cargo's own flags.
    pub cargo: CargoOptions,
    /// `-f`, `-p` and `--changed-since`.
    pub selection: Selection,
    /// `--region`, `--aws-profile`, `--endpoint-url`, `--read-timeout`.
    pub connection: ConnectionFlags,
}

/// Flags that say how to reach AWS; they win over the configuration.
#[derive(Debug, Clone)]
pub struct ConnectionFlags {
    /// `--region`.
    pub region: Option<Region>,
    /// `--aws-profile`.
    pub aws_profile: Option<String>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--read-timeout`.
    pub read_timeout: Duration,
    /// The role to assume, in place of the usual credentials.
    pub identity: Option<WebIdentity>,
    /// The only accounts that may be used; without any, all may be.
    pub accounts: Vec<AccountId>,
}

/// Workspace and configuration of one environment, before anything is sent.
#[derive(Clone)]
pub struct Workbench {
    /// The outside world.
    pub context: Context,
    /// The cargo workspace.
    pub workspace: Workspace,
    /// The whole configuration.
    pub config: Config,
    /// The environment, with the selected functions only.
    pub environment: EnvironmentConfig,
    /// Cargo's own flags.
    pub cargo: CargoOptions,
}

impl Workbench {
    /// Reads workspace and configuration.
    ///
    /// # Errors
    /// When cargo cannot read the workspace, the configuration has a problem, or the selection names nothing.
    pub fn open(context: &Context, target: &Target) -> Result<Self, Error> {
        let workspace = workspace::discover(context, &target.cargo)?;
        let explicit = target.config.as_ref().map(|path| context.absolute(path));
        let config = config::load(context, &workspace.root, explicit.as_deref())?;
        let mut environment = config.resolve(&target.env, &workspace)?;
        let selected = workspace::select(&workspace.functions, &target.selection)?;
        environment
            .functions
            .retain(|function| selected.iter().any(|chosen| chosen.name == function.function.name));
        if let Some(reference) = &target.selection.changed_since {
            let file = explicit.unwrap_or_else(|| workspace.root.join(config::FILE_NAME));
            let (workspace, config) = (&workspace, &config);
            let now = Now { workspace, config, config_path: &file, environment: &environment };
            let changed = changed::since(&now, reference)?;
            environment.functions.retain(|function| changed.contains(&function.function.name));
            if environment.functions.is_empty() {
                context.console.status("Unchanged", format_args!("all functions, since {reference}"));
            }
        }
        let cargo = target.cargo.clone();
        Ok(Self { context: context.clone(), workspace, config, environment, cargo })
    }

    /// Whether this is the environment that the local AWS serves.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.environment.env.as_str() == LOCAL
    }

    /// The regions that a verb handles which looks at all of them: `--region`, else those of the configuration. None are
    /// where the AWS configuration decides on one.
    ///
    /// # Errors
    /// [`Error::Usage`] for a `--region` that is not one of several that the configuration states. One that states a single
    /// region is overruled.
    pub fn regions(&self, flags: &ConnectionFlags) -> Result<Vec<Region>, Error> {
        let (env, stated) = (&self.environment.env, &self.environment.regions);
        match &flags.region {
            None => Ok(stated.clone()),
            Some(region) if stated.len() > 1 && !stated.contains(region) => {
                let names: Vec<&str> = stated.iter().map(Region::as_str).collect();
                let what = format!("regions of `{env}`");
                Err(Error::Usage {
                    message: format!("environment `{env}` has no region `{region}`"),
                    hint: Some(did_you_mean(region.as_str(), &what, &names)),
                })
            }
            Some(region) => Ok(vec![region.clone()]),
        }
    }

    /// The region of a verb that handles one; `None` where the AWS configuration decides.
    ///
    /// # Errors
    /// As [`Workbench::regions`], and when there are several and `--region` chooses none.
    fn only_region(&self, flags: &ConnectionFlags) -> Result<Option<Region>, Error> {
        match self.regions(flags)?.as_slice() {
            [] => Ok(None),
            [only] => Ok(Some(only.clone())),
            several => {
                let names: Vec<&str> = several.iter().map(Region::as_str).collect();
                let (env, count) = (&self.environment.env, several.len());
                Err(Error::Usage {
                    message: format!("environment `{env}` has {count} regions: choose one with --region"),
                    hint: Some(format!("the regions of `{env}` are {}", list(&names))),
                })
            }
        }
    }

    /// The folder that holds the local AWS' state.
    #[must_use]
    pub fn local_root(&self) -> Utf8PathBuf {
        self.workspace.target_directory.join("lambdaship").join("local")
    }
}

/// A connection to one environment. Its account is the right one.
pub struct Session {
    /// Workspace and configuration.
    pub bench: Workbench,
    /// The connection.
    pub aws: Aws,
    /// Whose account it is.
    pub caller: Caller,
    /// The store, if there is one.
    pub store: Option<Store>,
    local: Option<LocalAws>,
}

impl Session {
    /// Opens workspace, configuration and connection.
    ///
    /// # Errors
    /// Whatever is wrong with them; [`Error::WrongAccount`] when the credentials belong to another account.
    pub async fn open(context: &Context, target: &Target) -> Result<Self, Error> {
        Self::connect(Workbench::open(context, target)?, target).await
    }

    /// Connects to the environment of `bench`, in its only region or the one of `--region`.
    ///
    /// # Errors
    /// As [`Session::open`], and when it has several regions and `--region` chooses none of them.
    pub async fn connect(bench: Workbench, target: &Target) -> Result<Self, Error> {
        let region = bench.only_region(&target.connection)?;
        Self::connect_in(bench, target, region).await
    }

    /// Connects to the environment of `bench` in `region`, which is one of [`Workbench::regions`]; without any, where the
    /// AWS configuration says.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn connect_in(
        mut bench: Workbench,
        target: &Target,
        region: Option<Region>,
    ) -> Result<Self, Error> {
        let local = if bench.is_local() { Some(open_local(&mut bench).await?) } else { None };
        let connection = connection(&bench, &target.connection, region, local.as_ref())?;
        let aws = Aws::connect(&connection, &bench.context.console).await?;
        let caller = aws.caller().await?;
        guard(&bench.environment, &target.connection.accounts, &caller)?;
        let store = store(&bench.environment, &aws, &caller)?;
        if let (Some(server), Some(store)) = (local.as_ref().and_then(LocalAws::server), &store) {
            make_bucket(server, &bench.environment, (store.name().bucket(), aws.region())).await?;
        }
        Ok(Self { bench, aws, caller, store, local })
    }

    /// A session for each region of `bench`'s environment; so every account is known to be the right one before anything is
    /// written in any.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub async fn connect_all(bench: Workbench, target: &Target) -> Result<Vec<Self>, Error> {
        let regions = bench.regions(&target.connection)?;
        if regions.len() < 2 {
            return Ok(vec![Self::connect_in(bench, target, regions.into_iter().next()).await?]);
        }
        let mut sessions = Vec::new();
        for region in regions {
            sessions.push(Self::connect_in(bench.clone(), target, Some(region)).await?);
        }
        Ok(sessions)
    }

    /// How zips get to this environment.
    #[must_use]
    pub fn dispatch(&self) -> Dispatch<'_> {
        Dispatch {
            store: self.store.as_ref(),
            storage: self.bench.environment.code_storage,
            target_directory: &self.bench.workspace.target_directory,
            console: &self.bench.context.console,
        }
    }

    /// The names of the locks of all aliases that somebody may be moving; `None` when nobody can tell.
    pub async fn moving(&self) -> Option<BTreeSet<String>> {
        match self.store.as_ref()?.locks().await {
            Ok(locks) => Some(locks),
            Err(error) => {
                self.context().console.verbose("Ignoring", format_args!("the store's locks: {error}"));
                None
            }
        }
    }

    /// The outside world.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.bench.context
    }

    /// Stops the local AWS, if this run started it.
    pub async fn close(self) {
        if let Some(local) = self.local {
            local.close().await;
        }
    }
}

/// Closes all of `sessions`.
pub(super) async fn close(sessions: Vec<Session>) {
    for session in sessions {
        session.close().await;
    }
}

/// Refuses another account than the configuration's, and any that is not among `allowed`, before anything is written.
fn guard(environment: &EnvironmentConfig, allowed: &[AccountId], caller: &Caller) -> Result<(), Error> {
    if !allowed.is_empty() && !allowed.contains(&caller.account) {
        let allowed = allowed.iter().map(ToString::to_string).collect();
        return Err(Error::ForbiddenAccount { allowed, found: caller.account.clone() });
    }
    match &environment.account {
        Some(expected) if *expected != caller.account => Err(Error::WrongAccount {
            env: environment.env.clone(),
            expected: expected.clone(),
            found: caller.account.clone(),
        }),
        _ => Ok(()),
    }
}

/// The local AWS has the bucket of a store without anybody's doing.
pub(super) async fn make_bucket(
    server: &Server,
    environment: &EnvironmentConfig,
    (bucket, region): (&str, &Region),
) -> Result<(), Error> {
    let made = server.make_bucket(bucket, region.as_str(), environment.code_storage).await;
    made.map_err(|refused| Error::Usage {
        message: format!("the local AWS has no bucket `{bucket}`: {refused}"),
        hint: None,
    })
}

/// The environment's store in the region of the connection. Its bucket is one of the environment's account, unless the
/// configuration names another one.
fn store(environment: &EnvironmentConfig, aws: &Aws, caller: &Caller) -> Result<Option<Store>, Error> {
    let Some(template) = &environment.store else { return Ok(None) };
    let name = template.in_region(aws.region());
    let name = name.map_err(|invalid| Error::Usage { message: invalid.to_string(), hint: None })?;
    let owner = environment.store_account.as_ref().unwrap_or(&caller.account);
    Ok(Some(Store::new(aws.s3(owner), name)))
}

/// The local AWS runs functions as processes of this machine, so they are built, and declared, for it.
async fn open_local(bench: &mut Workbench) -> Result<LocalAws, Error> {
    for function in &mut bench.environment.functions {
        function.settings.arch = Some(host_arch());
        // What it counts is there at once.
        function.rollout.metrics_delay.get_or_insert(Duration::ZERO);
    }
    let mut options = local::Options::new(bench.local_root());
    options.lock_wait = local_wait(&bench.context.environment)?;
    options.console = Some(bench.context.console.clone());
    Ok(local::connect_or_start(options).await?)
}

/// How long to wait for another run on the local AWS.
pub(super) fn local_wait(environment: &Environment) -> Result<Duration, Error> {
    let Some(stated) = environment.get(LOCAL_WAIT_VARIABLE) else { return Ok(LOCAL_WAIT) };
    stated.parse().map(Duration::from_secs).map_err(|_| Error::Usage {
        message: format!("`{stated}` in {LOCAL_WAIT_VARIABLE} is not a number of seconds"),
        hint: Some(format!("unset it to wait for {} seconds", LOCAL_WAIT.as_secs())),
    })
}

/// The processor of this machine, as far as Lambda has one like it.
#[must_use]
pub fn host_arch() -> Arch {
    if cfg!(target_arch = "aarch64") { Arch::Arm64 } else { Arch::X86_64 }
}

/// The one function that is selected, which is what `flag` is for.
///
/// # Errors
/// When several are.
pub(super) fn only<T: Copy>(functions: &[T], flag: &str) -> Result<T, Error> {
    match functions {
        [only] => Ok(*only),
        several => Err(Error::Usage {
            message: format!("{flag} is for one function, and {} are selected", several.len()),
            hint: Some("name the function with -f".to_owned()),
        }),
    }
}

/// The connection that the flags describe, without any environment.
///
/// # Errors
/// When the environment's proxy is none.
pub(super) fn flags_alone(context: &Context, flags: &ConnectionFlags) -> Result<Connection, Error> {
    let endpoint = flags.endpoint_url.clone().map_or(Endpoint::Default, Endpoint::Url);
    Ok(Connection {
        region: flags.region.clone(),
        profile: flags.aws_profile.clone(),
        network: network(&context.environment, &endpoint)?,
        endpoint,
        read_timeout: flags.read_timeout,
        identity: flags.identity.clone(),
    })
}

fn connection(
    bench: &Workbench,
    flags: &ConnectionFlags,
    region: Option<Region>,
    local: Option<&LocalAws>,
) -> Result<Connection, Error> {
    let environment = &bench.environment;
    let url = flags.endpoint_url.clone().or_else(|| environment.endpoint_url.clone());
    let endpoint = match (local, url) {
        (Some(local), _) => Endpoint::Local(local.endpoint.clone()),
        (None, Some(url)) => Endpoint::Url(url),
        (None, None) => Endpoint::Default,
    };
    Ok(Connection {
        region,
        profile: flags.aws_profile.clone().or_else(|| environment.aws_profile.clone()),
        network: network(&bench.context.environment, &endpoint)?,
        endpoint,
        read_timeout: flags.read_timeout,
        identity: flags.identity.clone(),
    })
}

/// The way to `endpoint`, and to all else that AWS has.
fn network(environment: &Environment, endpoint: &Endpoint) -> Result<Network, Error> {
    // What the environment says of other servers, and does not get right, is nothing to the local AWS.
    if let Endpoint::Local(_) = endpoint {
        return Ok(Network::default());
    }
    let network = Network::of(environment)?;
    if let Endpoint::Url(url) = endpoint {
        network.way(url)?;
    }
    Ok(network)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_run_is_waited_for_as_long_as_a_build_may_take_or_as_the_environment_says() {
        let wait = |stated| local_wait(&Environment::from_iter([(LOCAL_WAIT_VARIABLE, stated)]));
        for (stated, seconds) in [("", 300), ("0", 0), ("7", 7)] {
            assert_eq!(wait(stated).unwrap().as_secs(), seconds, "{stated:?}");
        }
        for stated in ["soon", "-1", "1.5"] {
            assert!(wait(stated).is_err_and(|error| error.exit() == crate::model::Exit::Usage), "{stated}");
        }
    }

    /// A bench whose environment `prod` states `regions`, and flags with `--region`.
    fn bench(regions: &str, flag: Option<&str>) -> (Workbench, ConnectionFlags) {
        let workspace = crate::workspace::testing::workspace(&["hello"]);
        let context = crate::workspace::testing::context(&workspace.root);
        let config =
            Config::parse("lambdaship.toml", &format!("[env.prod]\n{regions}"), &workspace.root).unwrap();
        let environment = config.resolve(&EnvName::new("prod").unwrap(), &workspace).unwrap();
        let cargo = CargoOptions::default();
        let flags = ConnectionFlags {
            region: flag.map(|region| Region::new(region).unwrap()),
            aws_profile: None,
            endpoint_url: None,
            read_timeout: Duration::ZERO,
            identity: None,
            accounts: Vec::new(),
        };
        (Workbench { context, workspace, config, environment, cargo }, flags)
    }

    #[test]
    fn the_flag_chooses_among_several_regions_and_overrules_a_single_one() {
        let (none, one, two) = ("", "region = 'eu-west-1'", "regions = ['eu-west-1', 'us-east-1']");
        for (stated, flag, expected) in [
            (none, None, &[][..]),
            (none, Some("us-east-1"), &["us-east-1"]),
            (one, None, &["eu-west-1"]),
            (one, Some("us-east-1"), &["us-east-1"]),
            (two, None, &["eu-west-1", "us-east-1"]),
            (two, Some("us-east-1"), &["us-east-1"]),
        ] {
            let (bench, flags) = bench(stated, flag);
            let regions = bench.regions(&flags).unwrap();
            assert_eq!(regions.iter().map(Region::as_str).collect::<Vec<_>>(), expected, "{stated} {flag:?}");
            let only = bench.only_region(&flags);
            assert_eq!(only.is_err(), expected.len() > 1, "{stated} {flag:?}");
            assert_eq!(
                only.ok().flatten().as_ref().map(Region::as_str),
                expected.first().copied().filter(|_| expected.len() == 1)
            );
        }
    }

    #[test]
    fn a_region_that_is_none_of_several_and_none_at_all_for_one_are_usage_errors() {
        let two = "regions = ['eu-west-1', 'us-east-1']";
        let (several, flags) = bench(two, None);
        let error = several.only_region(&flags).unwrap_err();
        assert_eq!(error.to_string(), "environment `prod` has 2 regions: choose one with --region");
        assert_eq!(error.exit(), crate::model::Exit::Usage);
        let (several, flags) = bench(two, Some("us-esat-1"));
        let error = several.regions(&flags).unwrap_err();
        assert_eq!(error.to_string(), "environment `prod` has no region `us-esat-1`");
        let hint = "did you mean `us-east-1`? The regions of `prod` are `eu-west-1`, `us-east-1`";
        assert_eq!((error.hint().as_deref(), error.exit()), (Some(hint), crate::model::Exit::Usage));
    }
}
