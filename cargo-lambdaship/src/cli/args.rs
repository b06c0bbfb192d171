//! Flags that several verbs share.

mod locks;
mod rollout;

use std::time::Duration;

use camino::Utf8PathBuf;
use clap::{ArgAction, Args, ColorChoice, ValueEnum};
use jiff::{SignedDuration, Span, SpanRelativeTo};

pub(super) use locks::LockArgs;
pub(super) use rollout::RolloutArgs;

use crate::build::Target as BuildTarget;
use crate::console::Verbosity;
use crate::context::Environment;
use crate::error::Error;
use crate::model::{Arch, BuilderChoice, EnvName, InvalidName, Region};
use crate::ops::artifacts::{Given, Source};
use crate::ops::locks::LockFlags;
use crate::ops::observe::Look;
use crate::ops::plan::Orders;
use crate::ops::rollout_flags::RolloutFlags;
use crate::ops::session::{ConnectionFlags, Target};
use crate::report::Format;
use crate::stamp::Git;
use crate::workspace::{CargoOptions, Features, Selection};

/// Flags of every verb.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The environment, as in `[env.NAME]`; `local` needs no configuration [default: `LAMBDASHIP_ENV`]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub env: Option<EnvName>,
    /// The configuration file [default: lambdaship.toml at the workspace root]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<Utf8PathBuf>,
    /// How the result is written to stdout
    #[arg(long, global = true, value_enum, default_value_t = FormatFlag::Human)]
    pub format: FormatFlag,
    /// Only warnings, errors and the result
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say why (-v), and show each AWS request (-vv)
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,
    /// When to colour [default: auto]
    #[arg(long, global = true, value_name = "WHEN", env = "CARGO_TERM_COLOR")]
    pub color: Option<ColorChoice>,
}

impl Global {
    /// How much to say.
    #[must_use]
    pub fn verbosity(&self) -> Verbosity {
        match (self.quiet, self.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, 0) => Verbosity::Normal,
            (false, 1) => Verbosity::Verbose,
            (false, _) => Verbosity::Debug,
        }
    }

    /// Takes what was not given from the process' own environment. An empty variable, as pipelines like to set, is none.
    ///
    /// # Errors
    /// When a variable cannot be what it stands for.
    pub fn or_from(mut self, environment: &Environment) -> Result<Self, Error> {
        if let (None, Some(name)) = (&self.env, environment.get("LAMBDASHIP_ENV")) {
            let invalid =
                |error: InvalidName| Error::Usage { message: format!("LAMBDASHIP_ENV: {error}"), hint: None };
            self.env = Some(EnvName::new(name).map_err(invalid)?);
        }
        Ok(self)
    }

    /// The environment that was asked for.
    ///
    /// # Errors
    /// When none was.
    pub fn environment(&self) -> Result<EnvName, Error> {
        self.env.clone().ok_or_else(|| Error::Usage {
            message: "no environment was given".to_owned(),
            hint: Some(
                "pass --env NAME, or set LAMBDASHIP_ENV; `--env local` needs no AWS account".to_owned(),
            ),
        })
    }
}

/// `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub enum FormatFlag {
    /// A table
    Human,
    /// One JSON document
    Json,
    /// A markdown table
    Markdown,
}

impl From<FormatFlag> for Format {
    fn from(flag: FormatFlag) -> Self {
        match flag {
            FormatFlag::Human => Self::Human,
            FormatFlag::Json => Self::Json,
            FormatFlag::Markdown => Self::Markdown,
        }
    }
}

/// Which functions of which workspace, and how AWS is reached.
#[derive(Debug, Clone, Args)]
pub struct Selected {
    /// Only this function, by the name of its binary; may be repeated
    #[arg(short, long = "function", alias = "bin", value_name = "NAME")]
    functions: Vec<String>,
    /// Only the functions of this package; may be repeated
    #[arg(short, long = "package", value_name = "NAME")]
    packages: Vec<String>,
    /// Of those, only the functions whose build or configuration differs from this commit; what is not committed counts
    #[arg(long, value_name = "REF")]
    changed_since: Option<String>,
    #[command(flatten)]
    cargo: Cargo,
    #[command(flatten)]
    connection: ConnectionArgs,
}

impl Selected {
    /// What the verb works on in the environment `env`.
    #[must_use]
    pub fn target(&self, global: &Global, env: EnvName) -> Target {
        Target {
            env,
            config: global.config.clone(),
            cargo: self.cargo.options(),
            selection: Selection {
                functions: self.functions.clone(),
                packages: self.packages.clone(),
                changed_since: self.changed_since.clone(),
            },
            connection: self.connection.flags(),
        }
    }

    /// The same, for one function.
    #[must_use]
    pub fn target_for(&self, global: &Global, env: EnvName, function: &str) -> Target {
        let selection = Selection { functions: vec![function.to_owned()], ..Selection::default() };
        Target { selection, ..self.target(global, env) }
    }
}

/// Cargo's own flags.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cargo options")]
pub(super) struct Cargo {
    #[command(flatten)]
    manifest: clap_cargo::Manifest,
    #[command(flatten)]
    features: clap_cargo::Features,
    /// Build with this profile [default: release]
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,
    /// Build with the profile `release`, which is the default
    #[arg(short, long, conflicts_with = "profile")]
    release: bool,
    #[command(flatten)]
    locks: Locks,
    /// Cargo's target folder
    #[arg(long, value_name = "FOLDER")]
    target_dir: Option<Utf8PathBuf>,
    /// How many jobs cargo runs side by side
    #[arg(short, long, value_name = "N")]
    jobs: Option<String>,
}

impl Cargo {
    /// As the build takes them.
    #[must_use]
    pub(super) fn options(&self) -> CargoOptions {
        let manifest = self.manifest.manifest_path.clone();
        CargoOptions {
            manifest_path: manifest.and_then(|path| Utf8PathBuf::from_path_buf(path).ok()),
            profile: self.release.then(|| "release".to_owned()).or_else(|| self.profile.clone()),
            features: Features {
                named: self.features.features.clone(),
                all: self.features.all_features,
                no_default: self.features.no_default_features,
            },
            lock_flags: self.locks.flags(),
            target_directory: self.target_dir.clone(),
            jobs: self.jobs.clone(),
        }
    }
}

/// How far cargo may go beyond what is on disk.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Cargo options")]
struct Locks {
    /// Fail if Cargo.lock would change
    #[arg(long)]
    locked: bool,
    /// Do not use the network
    #[arg(long)]
    offline: bool,
    /// The same as --locked and --offline together
    #[arg(long)]
    frozen: bool,
}

impl Locks {
    fn flags(&self) -> Vec<String> {
        let flags = [(self.locked, "--locked"), (self.offline, "--offline"), (self.frozen, "--frozen")];
        flags.iter().filter(|(given, _)| *given).map(|(_, flag)| (*flag).to_owned()).collect()
    }
}

/// How AWS is reached.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "AWS options")]
pub(super) struct ConnectionArgs {
    /// The AWS region [default: the environment's, then `AWS_REGION`, then the profile's]
    #[arg(long, value_name = "REGION")]
    region: Option<Region>,
    /// The profile in the AWS configuration files [default: the environment's, then `AWS_PROFILE`]
    #[arg(long, value_name = "NAME")]
    aws_profile: Option<String>,
    /// Another server that speaks AWS's protocols
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,
    /// How many seconds to wait for an answer
    #[arg(long, value_name = "SECONDS", default_value_t = 60, env = "LAMBDASHIP_READ_TIMEOUT")]
    read_timeout: u64,
}

impl ConnectionArgs {
    /// As the verbs take it.
    #[must_use]
    pub(super) fn flags(&self) -> ConnectionFlags {
        ConnectionFlags {
            region: self.region.clone(),
            aws_profile: self.aws_profile.clone(),
            endpoint_url: self.endpoint_url.clone(),
            read_timeout: Duration::from_secs(self.read_timeout),
            identity: None,
            accounts: Vec::new(),
        }
    }
}

/// Where the code comes from.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Build options")]
pub(super) struct CodeArgs {
    /// What compiles: auto, cargo, zig or cross [default: the configuration's, then auto]
    #[arg(long, value_name = "NAME")]
    builder: Option<BuilderChoice>,
    /// Build for this target, such as x86_64-unknown-linux-musl or aarch64-unknown-linux-gnu.2.26
    #[arg(long, value_name = "TRIPLE")]
    target: Option<BuildTarget>,
    /// Ship this executable, which was built elsewhere
    #[arg(long, value_name = "FILE", group = "given", conflicts_with_all = ["builder", "target"])]
    binary_path: Option<Utf8PathBuf>,
    /// Ship this zip, which was packed elsewhere, as it is
    #[arg(long, value_name = "FILE", group = "given", conflicts_with_all = ["builder", "target"])]
    zip: Option<Utf8PathBuf>,
    /// The commit that --binary-path or --zip was built from; without it, none is noted
    #[arg(long, value_name = "SHA", value_parser = commit, requires = "given")]
    commit: Option<Git>,
}

impl CodeArgs {
    /// As the line takes it.
    #[must_use]
    pub(super) fn source(&self) -> Source {
        let given = |path: &Utf8PathBuf| Given { path: path.clone(), commit: self.commit.clone() };
        match (&self.binary_path, &self.zip) {
            (Some(path), _) => Source::Binary(given(path)),
            (None, Some(path)) => Source::Zip(given(path)),
            (None, None) => Source::Build { builder: self.builder, target: self.target.clone() },
        }
    }
}

/// Where the code comes from, for verbs that need not build what is known.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Build options")]
pub(super) struct SupplyArgs {
    #[command(flatten)]
    code: CodeArgs,
    /// Build also what is known without a build, and fail if it differs
    #[arg(long, conflicts_with_all = ["binary_path", "zip"])]
    verify_skip: bool,
}

impl SupplyArgs {
    /// As the line takes it, with aliases that move as `rollout` says.
    #[must_use]
    pub(super) fn orders(&self, rollout: RolloutFlags, locks: LockFlags) -> Orders {
        Orders {
            source: self.code.source(),
            rollout,
            locks,
            verify_skip: self.verify_skip,
            accepts: None,
            look: Look::default(),
        }
    }
}

/// Reads a commit's id. A name such as `main` is another commit tomorrow.
fn commit(text: &str) -> Result<Git, String> {
    let is_id = (12..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    let commit = || Git { commit: text.to_ascii_lowercase(), dirty: false };
    is_id.then(commit).ok_or_else(|| "it is not a commit's id, of 12 hexadecimal digits or more".to_owned())
}

/// Reads a processor as AWS writes it, and as Rust does.
pub(super) fn arch(text: &str) -> Result<Arch, String> {
    match text {
        "arm64" | "aarch64" => Ok(Arch::Arm64),
        "x86_64" | "x86-64" => Ok(Arch::X86_64),
        other => Err(format!("`{other}` is not a processor that Lambda has: arm64 or x86_64")),
    }
}

/// A span that reaches back: `90s`, `10m`, `2h`, `1d` (of 24 hours).
pub(super) fn span(text: &str) -> Result<SignedDuration, String> {
    let span =
        text.parse::<Span>().ok().and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok());
    let span = span.filter(|span| !span.is_negative());
    span.ok_or_else(|| "it is not a span of time such as 90s, 10m, 2h or 1d".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::cli::Cli;

    #[test]
    fn a_flag_wins_over_the_environment_and_an_empty_variable_is_none() {
        let table = [
            (&["lambdaship", "plan"][..], Some("prod"), Some("prod")),
            (&["lambdaship", "plan"], Some(""), None),
            (&["lambdaship", "plan"], None, None),
            (&["lambdaship", "plan", "-e", "staging"], Some("prod"), Some("staging")),
        ];
        for (arguments, variable, expected) in table {
            let environment = variable.map(|value| ("LAMBDASHIP_ENV", value)).into_iter().collect();
            let global = Cli::try_parse_from(arguments).unwrap().global.or_from(&environment).unwrap();
            assert_eq!(global.env.as_ref().map(EnvName::as_str), expected, "{arguments:?} {variable:?}");
        }
    }

    #[test]
    fn a_commit_is_named_by_its_id() {
        let whole = "0123456789ABCDEF0123456789abcdef01234567";
        for (text, expected) in [
            (whole, Some(whole.to_ascii_lowercase())),
            ("0123456789ab", Some("0123456789ab".to_owned())),
            ("0123456789a", None),
            ("main", None),
            ("refs/heads/main", None),
            ("", None),
        ] {
            assert_eq!(commit(text).ok().map(|git| git.commit), expected, "{text}");
        }
    }

    #[test]
    fn spans_reach_back_by_seconds_to_days() {
        for (text, seconds) in [
            ("90s", Some(90)),
            ("10m", Some(600)),
            ("2h", Some(7200)),
            ("1d", Some(86_400)),
            ("-1h", None),
            ("2x", None),
            ("", None),
        ] {
            assert_eq!(span(text).ok().map(|span| span.as_secs()), seconds, "{text}");
        }
    }
}
