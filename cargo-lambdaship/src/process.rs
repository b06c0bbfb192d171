//! Starting other programs, in this file only, and what they must not have of this one.
//!
//! What is started includes build scripts, procedural macros and tests, which anybody may have written. What is kept from them
//! here is no boundary: a program with the same rights, or with `sudo` as on GitHub's own runners, finds other ways. It keeps
//! secrets from what only reads its environment, and the ways into later steps from what only looks for their names.

use std::ffi::OsStr;
use std::io::IsTerminal;
use std::process::Command;

use crate::context::{self, Environment};

/// What pipelines give to the step alone. With it, a program could answer in the step's name, change what later steps run, or
/// reach the cloud.
const OF_THE_STEP: [&str; 12] = [
    "ACTIONS_CACHE_URL",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_ID_TOKEN_REQUEST_URL",
    "ACTIONS_RESULTS_URL",
    "ACTIONS_RUNTIME_TOKEN",
    "ACTIONS_RUNTIME_URL",
    "GITHUB_ENV",
    "GITHUB_OUTPUT",
    "GITHUB_PATH",
    "GITHUB_STATE",
    "GITHUB_STEP_SUMMARY",
    "INPUT_GITHUB_TOKEN",
];

/// Credentials of the job. On a developer's machine, tests may use them.
const OF_THE_JOB: [&str; 6] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
];

/// The variables whose values must not be repeated to anybody.
const SECRET: [&str; 8] = [
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN",
    "ACTIONS_RUNTIME_TOKEN",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GH_TOKEN",
    "GITHUB_TOKEN",
    "INPUT_GITHUB_TOKEN",
];

/// The shortest secret that is looked for: placeholders such as `test` are words that other text has as well.
const SHORTEST_SECRET: usize = 12;

/// A program to run to its end.
#[must_use]
pub fn command(program: impl AsRef<OsStr>) -> Command {
    #[expect(clippy::disallowed_methods, reason = "the one place that starts programs")]
    let mut command = Command::new(program);
    for name in withheld(&Environment::from_process()) {
        command.env_remove(name);
    }
    command
}

/// The variables that programs do not get.
fn withheld(environment: &Environment) -> impl Iterator<Item = &'static str> {
    let of_the_job = OF_THE_JOB.into_iter().filter(|_| context::is_on_github(environment));
    OF_THE_STEP.into_iter().chain(of_the_job)
}

/// The secrets among the variables: what programs said may have them in it, however they came by them.
#[must_use]
pub fn secrets(environment: &Environment) -> Vec<&str> {
    let values = SECRET.into_iter().filter_map(|name| environment.get(name));
    values.filter(|value| value.len() >= SHORTEST_SECRET).collect()
}

/// Closes the memory and the first environment of this process (`/proc/<number>/environ`) to other processes of its user. To be
/// called before anything is started. Other systems than Linux have no such way.
pub fn close_to_others() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{DumpableBehavior, set_dumpable_behavior};
        // It fails for values that there are not.
        let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    }
}

/// A program to run beside other work; it is killed when its handle is dropped.
#[must_use]
pub fn background(program: impl AsRef<OsStr>) -> tokio::process::Command {
    let mut command = tokio::process::Command::from(command(program));
    command.kill_on_drop(true);
    command
}

/// Whether a person is at a terminal that this process has, and that what it starts has as well.
#[must_use]
pub fn is_at_terminal() -> bool {
    std::io::stdin().is_terminal() || std::io::stderr().is_terminal()
}

/// Sends `signal` to every process of the group that `leader` leads.
#[cfg(unix)]
pub fn signal_group(leader: u32, signal: rustix::process::Signal) {
    let group = i32::try_from(leader).ok().and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        // The group is gone already when this fails.
        let _ = rustix::process::kill_process_group(group, signal);
    }
}

/// The processes that a leader of a group has started, which do not end with it: dropping this ends them.
pub struct Group(Option<u32>);

impl Group {
    /// The group that the process with this number leads.
    #[must_use]
    pub fn new(leader: Option<u32>) -> Self {
        Self(leader)
    }

    /// Leaves the group alone from now on. To be called before its leader is waited for: the number may then belong to
    /// another.
    pub fn release(mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            end_group(leader);
        }
    }
}

#[cfg(unix)]
fn end_group(leader: u32) {
    signal_group(leader, rustix::process::Signal::TERM);
}

/// There are no such groups here.
#[cfg(not(unix))]
fn end_group(_leader: u32) {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_a_job_are_kept_from_programs_and_a_persons_are_not() {
        for (variables, name, expected) in [
            (&[][..], "INPUT_GITHUB_TOKEN", true),
            (&[], "GITHUB_ENV", true),
            (&[], "AWS_SECRET_ACCESS_KEY", false),
            (&[], "GITHUB_TOKEN", false),
            (&[("GITHUB_ACTIONS", "true")], "GITHUB_ENV", true),
            (&[("GITHUB_ACTIONS", "true")], "AWS_SECRET_ACCESS_KEY", true),
            (&[("GITHUB_ACTIONS", "true")], "GITHUB_TOKEN", true),
            (&[("GITHUB_ACTIONS", "true")], "AWS_ENDPOINT_URL", false),
            (&[("GITHUB_ACTIONS", "true")], "PATH", false),
        ] {
            let environment: Environment = variables.iter().copied().collect();
            assert_eq!(withheld(&environment).any(|one| one == name), expected, "{name} with {variables:?}");
        }
    }

    #[test]
    fn placeholders_are_no_secrets() {
        let variables = [
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_SESSION_TOKEN", "a-very-long-session"),
            ("GITHUB_TOKEN", ""),
            ("PATH", "/a/very/long/path"),
        ];
        let environment: Environment = variables.into_iter().collect();
        assert_eq!(secrets(&environment), ["a-very-long-session"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn no_other_process_of_the_user_may_look_into_this_one() {
        use rustix::process::{DumpableBehavior, dumpable_behavior, set_dumpable_behavior};
        close_to_others();
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
        set_dumpable_behavior(DumpableBehavior::Dumpable).unwrap();
    }
}
