//! `promote`: the very bytes that one environment serves go to another one; nothing is built.

use std::collections::BTreeMap;
use std::sync::Once;

use futures::{StreamExt, TryStreamExt, stream};

use crate::aws::Aws;
use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::interruption::Interruption;
use crate::model::{Arch, CodeSha256, EnvName, FunctionName, Readiness, RevisionId, SourceHash};
use crate::ops::artifacts::Source;
use crate::ops::line::Line;
use crate::ops::locks::LockFlags;
use crate::ops::observe;
use crate::ops::observe::Look;
use crate::ops::plan::{self, Orders, READS_SIDE_BY_SIDE};
use crate::ops::rollout_flags::RolloutFlags;
use crate::ops::session::{LOCAL, Session, Target, Workbench, close};
use crate::ops::supply::Zip;
use crate::report::Report;
use crate::stamp::VersionStamp;
use crate::store::{self, Store};

/// What is to be promoted.
#[derive(Debug, Clone)]
pub struct Request {
    /// The environment that gets it, with its functions.
    pub to: Target,
    /// The environment that serves it.
    pub from: EnvName,
    /// How aliases move.
    pub rollout: RolloutFlags,
    /// What becomes of locks that others have.
    pub locks: LockFlags,
}

/// What an environment serves, by function.
#[derive(Clone)]
pub struct Promotion {
    env: EnvName,
    served: BTreeMap<FunctionName, Served>,
    stores: Vec<Store>,
}

impl std::fmt::Debug for Promotion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Promotion").field("env", &self.env).finish_non_exhaustive()
    }
}

/// What the environment serves of one function.
#[derive(Clone)]
pub struct Served {
    /// The code.
    pub code: CodeSha256,
    /// The zip's size in bytes.
    pub size: u64,
    /// What it runs on.
    pub arch: Arch,
    /// Where the zip is.
    pub zip: Zip,
    /// The source that it was built from, when its version says so.
    pub source: Option<SourceHash>,
    /// Where it comes from.
    pub promoted: Promoted,
}

/// Where promoted code comes from.
#[derive(Clone)]
pub struct Promoted {
    /// The environment.
    pub env: EnvName,
    /// The commit that its version was published from.
    pub commit: Option<String>,
    aws: Aws,
    function: FunctionConfig,
    revision: Option<RevisionId>,
}

impl Promoted {
    /// Makes sure that the environment serves it still, by the alias' revision.
    ///
    /// # Errors
    /// When its alias was written to meanwhile.
    pub async fn is_still_served(&self) -> Result<(), Error> {
        let (lambda, alias) = (&self.function.lambda, &self.function.alias);
        let live = self.aws.lambda().alias(lambda, alias).await?;
        if live.map(|live| live.revision) == self.revision {
            return Ok(());
        }
        Err(Error::Function {
            message: format!(
                "environment `{}` moved on: somebody wrote to alias `{alias}` of `{lambda}`",
                self.env
            ),
            hint: Some("run the command again for what it serves now".to_owned()),
            held: true,
        })
    }
}

impl Promotion {
    /// The environment.
    #[must_use]
    pub fn env(&self) -> &EnvName {
        &self.env
    }

    /// The environment's stores, one in each region.
    #[must_use]
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// What the environment serves of `function`.
    #[must_use]
    pub fn get(&self, function: &FunctionName) -> Option<&Served> {
        self.served.get(function)
    }
}

/// Promotes, until `until`.
///
/// # Errors
/// What went wrong before the first write, such as a function that the first environment does not serve, or serves two
/// versions of. A function that fails later is in the report.
pub async fn promote(context: &Context, request: &Request, until: &Interruption) -> Result<Report, Error> {
    let (bench, orders) = orders(context, request, until).await?;
    Line { command: "promote", target: &request.to, orders: &orders, review: None, until }.run(bench).await
}

/// What [`promote`] would do.
///
/// # Errors
/// As [`promote`].
pub async fn show(context: &Context, request: &Request, until: &Interruption) -> Result<Report, Error> {
    let (_, orders) = orders(context, request, until).await?;
    until.unless(plan::show(context, &request.to, &orders, None)).await
}

/// The environment that gets it, and what comes to it.
async fn orders(
    context: &Context,
    request: &Request,
    until: &Interruption,
) -> Result<(Workbench, Orders), Error> {
    let mut bench = Workbench::open(context, &request.to)?;
    request.rollout.apply(&mut bench.environment);
    accepts(&bench, &request.from)?;
    let promotion = until.unless(survey(context, &bench, &request.to, &request.from)).await?;
    let orders = Orders {
        source: Source::Promoted(promotion),
        rollout: request.rollout.clone(),
        locks: request.locks,
        verify_skip: false,
        accepts: None,
        look: Look::default(),
    };
    Ok((bench, orders))
}

/// Refuses another environment than the one that the configuration names.
fn accepts(bench: &Workbench, from: &EnvName) -> Result<(), Error> {
    let to = &bench.environment.env;
    let usage = |message: String, hint: String| Err(Error::Usage { message, hint: Some(hint) });
    if from == to {
        return usage(format!("`{from}` cannot be promoted to itself"), "name two environments".to_owned());
    }
    if from.as_str() == LOCAL || to.as_str() == LOCAL {
        let hint =
            "deploy from the source to the first environment on AWS, and promote from there".to_owned();
        return usage("what `local` runs is built for this machine alone".to_owned(), hint);
    }
    match &bench.environment.from {
        Some(only) if only != from => usage(
            format!("environment `{to}` accepts only what `{only}` serves"),
            format!("promote `{from}` to `{only}` first, or change `from` in [env.{to}]"),
        ),
        Some(_) | None => Ok(()),
    }
}

/// What environment `from` serves of the functions of `bench`. Reads alone.
///
/// # Errors
/// When it cannot be read, or an alias there serves nothing, or more than one version.
pub(super) async fn survey(
    context: &Context,
    bench: &Workbench,
    to: &Target,
    from: &EnvName,
) -> Result<Promotion, Error> {
    let mut target = to.clone();
    target.env = from.clone();
    // What differs here says nothing of there, and these say how the other environment is reached.
    target.selection.changed_since = None;
    target.connection.region = None;
    target.connection.aws_profile = None;
    // Nothing is written there.
    target.connection.accounts = Vec::new();
    let mut other = Workbench::open(context, &target)?;
    let is_wanted =
        |name: &FunctionName| bench.environment.functions.iter().any(|one| one.function.name == *name);
    other.environment.functions.retain(|function| is_wanted(&function.function.name));
    let sessions = Session::connect_all(other, &target).await?;
    let mut all: BTreeMap<FunctionName, Served> = BTreeMap::new();
    for session in &sessions {
        let functions = session.bench.environment.functions.iter();
        let unread = Once::new();
        let served = functions.map(|function| served(session, from, (function, &unread)));
        let served: Vec<_> = stream::iter(served).buffered(READS_SIDE_BY_SIDE).try_collect().await?;
        for (name, served) in served {
            let first = all.entry(name).or_insert_with(|| served.clone());
            if first.code != served.code {
                return Err(differs(from, &served));
            }
        }
    }
    let stores = sessions.iter().filter_map(|session| session.store.clone()).collect();
    close(sessions).await;
    Ok(Promotion { env: from.clone(), served: all, stores })
}

/// What regions do not agree on is not known to be good.
fn differs(env: &EnvName, served: &Served) -> Error {
    let (name, region) = (&served.promoted.function.function.name, served.promoted.aws.region());
    Error::Function {
        message: format!("`{env}` serves another `{name}` in {region} than in its first region"),
        hint: Some(format!("deploy `{env}` first, so that all of its regions serve the same")),
        held: false,
    }
}

/// Says why nothing comes from the store, which is the same for all functions.
fn warn(session: &Session, env: &EnvName, error: &store::Error) {
    let console = &session.context().console;
    console.warn(format_args!("{error}, so what `{env}` serves is fetched from Lambda"));
    if let Some(hint) = error.hint() {
        console.hint(hint);
    }
}

/// What `env` serves of `function`. `unread` is done once it was said that its store cannot be read.
async fn served(
    session: &Session,
    env: &EnvName,
    (function, unread): (&FunctionConfig, &Once),
) -> Result<(FunctionName, Served), Error> {
    let glance = observe::only_look(&session.aws, function).await?;
    let (lambda, alias) = (&function.lambda, &function.alias);
    let refused = |message: String, hint: &str, held| {
        Err(Error::Function { message, hint: Some(hint.to_owned()), held })
    };
    if let Some(rolling) = &glance.rolling {
        let next = rolling.under_way.next;
        let message = format!("`{env}` is in the middle of a rollout of version {next} of `{lambda}`");
        return refused(message, "promote once it has ended", true);
    }
    let (Some(live), Some(at)) = (&glance.served, &glance.alias) else {
        let message = format!(
            "`{env}` serves no `{}`: there is no alias `{alias}` of `{lambda}`",
            function.function.name
        );
        return refused(message, "deploy it there first, or choose functions with -f", false);
    };
    let configuration = &live.configuration;
    let Some(version) = configuration.version else {
        return refused(
            format!("alias `{alias}` of `{lambda}` is at no version"),
            "deploy it there first",
            false,
        );
    };
    if let Readiness::Broken(state) = &configuration.readiness {
        let message = format!("version {version} of `{lambda}`, which `{env}` serves, is {state}");
        return refused(message, "promote what works", false);
    }
    let stamp = VersionStamp::parse(&configuration.description);
    let code = configuration.code_sha256;
    let stored = match &session.store {
        // Lambda has it too.
        Some(store) => match store.artifact(code).await {
            Ok(stored) => stored.map(|stored| Zip::Store(store.clone(), stored)),
            Err(error) => {
                unread.call_once(|| warn(session, env, &error));
                None
            }
        },
        None => None,
    };
    let aws = || session.aws.clone();
    let in_lambda = || Zip::Lambda { aws: Box::new(aws()), lambda: lambda.clone(), version };
    let promoted = Promoted {
        env: env.clone(),
        commit: stamp.as_ref().and_then(|stamp| stamp.commit.clone()),
        aws: aws(),
        function: function.clone(),
        revision: Some(at.revision.clone()),
    };
    let served = Served {
        code,
        size: configuration.code_size,
        arch: configuration.settings.arch,
        zip: stored.unwrap_or_else(in_lambda),
        source: stamp.and_then(|stamp| stamp.source),
        promoted,
    };
    Ok((function.function.name.clone(), served))
}
