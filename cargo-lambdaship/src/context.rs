//! What a run takes from the outside: environment variables, working directory and clock, each read in this file only.

use std::collections::BTreeMap;
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::Timestamp;

use crate::console::Console;

/// The outside world of one run.
#[derive(Clone)]
pub struct Context {
    /// Where output goes.
    pub console: Console,
    /// The environment variables of the process, as they were at its start.
    pub environment: Environment,
    /// The working directory at the start.
    pub directory: Utf8PathBuf,
    /// When the run began, for durations.
    pub begun: Instant,
}

impl Context {
    /// The context of this process.
    ///
    /// # Errors
    /// When the working directory is gone or its path is not UTF-8.
    pub fn from_process(console: Console) -> std::io::Result<Self> {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the working directory")]
        let directory = std::env::current_dir()?;
        let directory = Utf8PathBuf::try_from(directory).map_err(camino::FromPathBufError::into_io_error)?;
        Ok(Self { console, environment: Environment::from_process(), directory, begun: instant() })
    }

    /// `path` as seen from the working directory.
    #[must_use]
    pub fn absolute(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.directory.join(path)
    }

    /// Seconds since the run began.
    #[must_use]
    pub fn seconds(&self) -> f64 {
        instant().duration_since(self.begun).as_secs_f64()
    }
}

/// The page of the CI run that this process is part of, as GitHub Actions says it in the environment.
#[must_use]
pub fn ci_run(environment: &Environment) -> Option<String> {
    let get = |name| environment.get(name);
    let (server, repository) = (get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?);
    let run = format!("{server}/{repository}/actions/runs/{}", get("GITHUB_RUN_ID")?);
    Some(match get("GITHUB_RUN_ATTEMPT") {
        Some(attempt) => format!("{run}/attempts/{attempt}"),
        None => run,
    })
}

/// Whether a runner of GitHub Actions reads what is said, and obeys the commands in it.
#[must_use]
pub fn is_on_github(environment: &Environment) -> bool {
    environment.get("GITHUB_ACTIONS") == Some("true")
}

/// The current time of the runner's clock.
#[must_use]
pub fn now() -> Timestamp {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    Timestamp::now()
}

/// The monotonic clock, for durations.
#[must_use]
pub fn instant() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the clock")]
    Instant::now()
}

/// This process as others can find it: the machine's name and the process' number.
#[must_use]
pub fn process(environment: &Environment) -> String {
    let number = std::process::id();
    match machine(environment) {
        Some(name) => format!("{name}, process {number}"),
        None => format!("process {number}"),
    }
}

#[cfg(unix)]
fn machine(_: &Environment) -> Option<String> {
    let name = rustix::system::uname().nodename().to_str().ok()?.to_owned();
    Some(name).filter(|name| !name.is_empty())
}

#[cfg(not(unix))]
fn machine(environment: &Environment) -> Option<String> {
    environment.get("COMPUTERNAME").map(str::to_owned)
}

/// Environment variables. Those that are not Unicode are left out: nothing here reads such a one.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The variables of this process.
    #[must_use]
    pub fn from_process() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
        let variables = std::env::vars_os();
        Self(variables.filter_map(|(k, v)| Some((k.into_string().ok()?, v.into_string().ok()?))).collect())
    }

    /// The variable `name`; an empty one counts as absent.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All variables.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// `CARGO_HOME`, or the folder that it stands for when it is not set.
#[must_use]
pub fn cargo_home(environment: &Environment) -> Option<Utf8PathBuf> {
    let home = || environment.get("HOME").or_else(|| environment.get("USERPROFILE"));
    let set = environment.get("CARGO_HOME").map(Utf8PathBuf::from);
    set.or_else(|| home().map(|home| Utf8Path::new(home).join(".cargo")))
}
