//! The one error that a command ends with.

use crate::console::{Console, Verbosity};
use crate::interruption::Interrupted;
use crate::model::{AccountId, AliasName, EnvName, Exit, FunctionName, LambdaName, Version};
use crate::{
    aws, build, config, github, local, network, ops, package, publish, report, rollout, source, stamp, store,
    watch, workspace,
};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] config::Error),
    /// The cargo workspace.
    #[error(transparent)]
    Workspace(#[from] workspace::Error),
    /// `--changed-since`.
    #[error(transparent)]
    Changed(#[from] source::changed::Error),
    /// The build.
    #[error(transparent)]
    Build(#[from] build::Error),
    /// An artifact.
    #[error(transparent)]
    Package(#[from] package::Error),
    /// A stamp.
    #[error(transparent)]
    Stamp(#[from] stamp::Error),
    /// AWS.
    #[error(transparent)]
    Aws(#[from] aws::Error),
    /// The way to AWS or GitHub.
    #[error(transparent)]
    Network(#[from] network::Malformed),
    /// The store.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Publishing a lambda.
    #[error(transparent)]
    Publish(#[from] publish::Error),
    /// An artifact does not pass its smoke events.
    #[error(transparent)]
    Smoke(rollout::Failed),
    /// A rollout.
    #[error(transparent)]
    Rollout(#[from] rollout::Error),
    /// A build gives other code than its source is known to become.
    #[error("`{function}` was taken to be {known} without a build, and is {built} (source {source_hash})")]
    StaleSkip {
        /// The function.
        function: FunctionName,
        /// The first digits of its source's hash.
        source_hash: String,
        /// Of the known code's.
        known: String,
        /// Of the built code's.
        built: String,
    },
    /// An environment accepts only what another one serves.
    #[error("`{function}` would be {wanted}, and `{env}` serves {}", served.as_deref().unwrap_or("none"))]
    NotServed {
        /// The function.
        function: FunctionName,
        /// The first digits of the code's digest.
        wanted: String,
        /// The environment that has to serve it.
        env: EnvName,
        /// The first digits of what it serves.
        served: Option<String>,
    },
    /// An environment accepts only what passed the gates.
    #[error("environment `{env}` accepts only what passed its gates, and {}", lacking(functions, source_hash.as_deref(), gates))]
    GatesMissing {
        /// The environment.
        env: EnvName,
        /// The functions.
        functions: Vec<String>,
        /// The first digits of the first one's source; none of what was built elsewhere.
        source_hash: Option<String>,
        /// The gates that they did not pass.
        gates: Vec<String>,
    },
    /// An environment with gates of its own goes back only to what it served.
    #[error("alias `{alias}` of lambda `{lambda}` has not served {}, as far as it or the ledger tells, and `{env}` takes only \
             what passed its own gates or what another environment serves", what(*version))]
    NeverServed {
        /// The environment.
        env: EnvName,
        /// The version; none when it is all those of a commit.
        version: Option<Version>,
        /// The lambda.
        lambda: LambdaName,
        /// The alias.
        alias: AliasName,
    },
    /// The local AWS.
    #[error(transparent)]
    Local(#[from] local::Error),
    /// GitHub.
    #[error(transparent)]
    GitHub(#[from] github::Error),
    /// GitHub's word on who this is.
    #[error(transparent)]
    Oidc(#[from] github::oidc::Error),
    /// The sources cannot be watched.
    #[error(transparent)]
    Watch(#[from] watch::Error),
    /// A plan in a file.
    #[error(transparent)]
    PlanFile(#[from] ops::plan_file::Error),
    /// `init`.
    #[error(transparent)]
    Init(#[from] ops::init::Error),
    /// The credentials belong to another account than the environment's.
    #[error("the credentials belong to account {found}, and `{env}` is account {expected}")]
    WrongAccount {
        /// The environment.
        env: EnvName,
        /// The account in the configuration.
        expected: AccountId,
        /// The account of the credentials.
        found: AccountId,
    },
    /// The credentials belong to an account that may not be written to.
    #[error("the credentials belong to account {found}, and only {} may be written to", allowed.join(", "))]
    ForbiddenAccount {
        /// The accounts that were named.
        allowed: Vec<String>,
        /// The account of the credentials.
        found: AccountId,
    },
    /// Something that was asked for does not fit; the text says what.
    #[error("{message}")]
    Usage {
        /// What does not fit.
        message: String,
        /// The way out.
        hint: Option<String>,
    },
    /// A function cannot be handled as it is; the text names it.
    #[error("{message}")]
    Function {
        /// What is wrong.
        message: String,
        /// The way out.
        hint: Option<String>,
        /// Whether another deployer stands in the way.
        held: bool,
    },
    /// The event for a function could not be read.
    #[error("failed to read the event")]
    Event(#[source] std::io::Error),
    /// The function that was invoked failed.
    #[error("`{function}` answered with a function error ({kind})")]
    FunctionError {
        /// The function.
        function: String,
        /// Lambda's word: `Unhandled`.
        kind: String,
    },
    /// A signal ended the run, before it wrote anything.
    #[error("interrupted")]
    Interrupted,
    /// A signal ended the work on a function.
    #[error("interrupted")]
    FunctionInterrupted {
        /// The next step, which each verb has its own of.
        hint: &'static str,
    },
    /// The result, or a file, could not be written.
    #[error("failed to write")]
    Write(#[from] std::io::Error),
}

/// The text of `error` and of those behind it, outermost first.
#[must_use]
pub fn chain(error: &dyn std::error::Error) -> String {
    let all = std::iter::successors(Some(error), |error| error.source());
    all.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

impl From<Interrupted> for Error {
    fn from(_: Interrupted) -> Self {
        Self::Interrupted
    }
}

impl Error {
    /// The exit code that this error stands for.
    #[must_use]
    pub fn exit(&self) -> Exit {
        match self {
            Self::Config(_) | Self::Changed(_) | Self::Network(_) | Self::Usage { .. } | Self::Event(_) => {
                Exit::Usage
            }
            Self::Workspace(error) => match error {
                workspace::Error::UnknownFunction { .. } | workspace::Error::UnknownPackage { .. } => {
                    Exit::Usage
                }
                workspace::Error::Start { .. }
                | workspace::Error::Cargo { .. }
                | workspace::Error::Answer(_)
                | workspace::Error::Name { .. }
                | workspace::Error::SameName { .. }
                | workspace::Error::NoFunctions => Exit::Failed,
            },
            Self::Build(build::Error::Failed { .. }) => Exit::Build,
            Self::Package(
                package::Error::Refused { .. }
                | package::Error::NoBootstrap { .. }
                | package::Error::UnsafeEntry { .. },
            )
            | Self::Smoke(_)
            | Self::StaleSkip { .. }
            | Self::NotServed { .. }
            | Self::NeverServed { .. }
            | Self::GatesMissing { .. } => Exit::Refused,
            Self::Aws(error) if error.is_held() => Exit::Held,
            Self::Store(error) => error.exit(),
            Self::Publish(error) => error.exit(),
            Self::Rollout(error) => error.exit(),
            Self::PlanFile(error) => error.exit(),
            Self::Function { held: true, .. }
            | Self::Local(local::Error::Held { .. } | local::Error::Running { .. }) => Exit::Held,
            Self::Build(_)
            | Self::Package(_)
            | Self::Stamp(_)
            | Self::Aws(_)
            | Self::Local(_)
            | Self::GitHub(_)
            | Self::Oidc(_)
            | Self::Watch(_)
            | Self::Init(_)
            | Self::WrongAccount { .. }
            | Self::ForbiddenAccount { .. }
            | Self::Function { .. }
            | Self::FunctionError { .. }
            | Self::Interrupted
            | Self::FunctionInterrupted { .. }
            | Self::Write(_) => Exit::Failed,
        }
    }

    /// The next step for the user.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Config(error) => error.hint(),
            Self::Workspace(error) => error.hint(),
            Self::Changed(error) => error.hint(),
            Self::Build(error) => error.hint(),
            Self::Package(error) => error.hint(),
            Self::Aws(error) => error.hint(),
            Self::Network(error) => Some(error.hint().to_owned()),
            Self::Store(error) => error.hint(),
            Self::Publish(error) => error.hint(),
            Self::Rollout(error) => error.hint(),
            Self::Local(error) => error.hint(),
            Self::GitHub(error) => error.hint(),
            Self::Oidc(error) => Some(error.hint().to_owned()),
            Self::Watch(error) => error.hint(),
            Self::PlanFile(error) => error.hint(),
            Self::Init(error) => error.hint(),
            Self::WrongAccount { expected, .. } => Some(format!(
                "sign in to account {expected}, or choose its profile with `aws-profile` or AWS_PROFILE"
            )),
            Self::Usage { hint, .. } | Self::Function { hint, .. } => hint.clone(),
            Self::FunctionInterrupted { hint } => Some((*hint).to_owned()),
            Self::FunctionError { function, .. } => Some(format!(
                "-v shows the end of its log, `cargo lambdaship logs {function}` all of it"
            )),
            Self::NotServed { env, .. } => Some(format!(
                "deploy it to `{env}` first, or ship what that serves with `cargo lambdaship promote --from {env}`"
            )),
            Self::NeverServed { .. } => Some(
                "`deploy` or `promote` bring it, once it passed; `cargo lambdaship history` shows what was served before"
                    .to_owned(),
            ),
            Self::GatesMissing { source_hash: None, .. } => {
                Some("deploy it from its source: what was built elsewhere is of no known one".to_owned())
            }
            Self::GatesMissing { .. } => {
                Some("run them on what is to be shipped: `cargo lambdaship gate`".to_owned())
            }
            Self::StaleSkip { .. } => Some(
                "the build reads something that is not seen: name the variable in `[build] variables`, or have the build \
                 script say `cargo::rerun-if-changed`; or it is not reproducible"
                    .to_owned(),
            ),
            Self::ForbiddenAccount { .. } => {
                Some("assume a role of an account that `allowed-account-ids` names".to_owned())
            }
            Self::Stamp(_) | Self::Smoke(_) | Self::Event(_) | Self::Interrupted | Self::Write(_) => None,
        }
    }

    /// AWS's id of the request that failed.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Aws(error) | Self::Publish(publish::Error::Aws(error)) => error.request_id(),
            Self::Store(error) => error.request_id(),
            _ => None,
        }
    }

    /// The texts of the errors behind this one, outermost first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        let mut causes = match self {
            Self::PlanFile(error) => error.lines().to_vec(),
            _ => Vec::new(),
        };
        let mut error: &dyn std::error::Error = self;
        while let Some(source) = error.source() {
            causes.push(source.to_string());
            error = source;
        }
        causes
    }

    /// Says it: `error: …`, its causes, the request id with `-v`, and the next step.
    pub fn show(&self, console: &Console) {
        console.error(self);
        for cause in self.causes() {
            console.caused_by(cause);
        }
        if let Some(id) = self.request_id().filter(|_| console.verbosity() >= Verbosity::Verbose) {
            console.line(format_args!("request id: {id}"));
        }
        if let Some(hint) = self.hint() {
            console.hint(hint);
        }
    }

    /// The error as a report carries it.
    #[must_use]
    pub fn failure(&self) -> report::Failure {
        report::Failure {
            message: self.to_string(),
            causes: self.causes(),
            hint: self.hint(),
            exit: self.exit(),
        }
    }
}

fn what(version: Option<Version>) -> String {
    version.map_or_else(|| "any version of that commit".to_owned(), |version| format!("version {version}"))
}

/// `hello (source 98188f3e) did not pass fmt, test`.
fn lacking(functions: &[String], source_hash: Option<&str>, gates: &[String]) -> String {
    let names: Vec<String> = functions.iter().map(|name| format!("`{name}`")).collect();
    let source = source_hash.filter(|_| names.len() == 1).map(|hash| format!(" (source {hash})"));
    format!("{}{} did not pass {}", names.join(", "), source.unwrap_or_default(), gates.join(", "))
}
