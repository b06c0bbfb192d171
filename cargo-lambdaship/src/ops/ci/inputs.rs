//! The action's inputs, from the variables that action.yml makes of them. Pure.
//!
//! In: `INPUT_…` variables, each perhaps empty. Out: [`Inputs`], or all that is wrong with them.

use std::str::FromStr;

use camino::Utf8PathBuf;

use super::reader::Reader;
pub(super) use super::words::{Command, CommentMode, FailOn, Gates, Shard};
use crate::context::Environment;
use crate::github::is_own;
use crate::model::{AccountId, EnvName, Region, Secret, Version};
use crate::plan::shards::MOST_SHARDS;

/// Where other jobs' run documents are, unless somebody says.
const RESULTS: &str = "lambdaship-results";
/// The versions that `prune` keeps, unless somebody says.
const KEEP: u32 = 10;

/// What the action was asked for.
#[derive(Debug, Clone)]
pub(super) struct Inputs {
    /// `command`.
    pub(super) command: Command,
    /// `environment`.
    pub(super) environment: Option<EnvName>,
    /// `functions`.
    pub(super) functions: Vec<String>,
    /// `shard`.
    pub(super) shard: Option<Shard>,
    /// `changed-since`.
    pub(super) changed_since: Option<String>,
    /// `working-directory`.
    pub(super) working_directory: Utf8PathBuf,
    /// `config`, unless it is the usual one.
    pub(super) config: Option<Utf8PathBuf>,
    /// `gates`.
    pub(super) gates: Gates,
    /// `coverage-threshold`.
    pub(super) coverage_threshold: Option<f64>,
    /// `role-to-assume`.
    pub(super) role: Option<String>,
    /// `aws-region`.
    pub(super) region: Option<Region>,
    /// `allowed-account-ids`.
    pub(super) accounts: Vec<AccountId>,
    /// `plan-file`.
    pub(super) plan_file: Option<Utf8PathBuf>,
    /// `plan-hash`, in lower case.
    pub(super) plan_hash: Option<String>,
    /// `require-plan`.
    pub(super) require_plan: bool,
    /// `from`.
    pub(super) from: Option<EnvName>,
    /// `to-version`.
    pub(super) to_version: Option<Version>,
    /// `to-commit`.
    pub(super) to_commit: Option<String>,
    /// `keep`.
    pub(super) keep: u32,
    /// `results`.
    pub(super) results: Utf8PathBuf,
    /// `comment`.
    pub(super) comment: CommentMode,
    /// `comment-key`.
    pub(super) comment_key: String,
    /// `pr-number`.
    pub(super) pr_number: Option<u64>,
    /// `deployments`.
    pub(super) deployments: bool,
    /// `github-token`.
    pub(super) token: Option<Secret>,
    /// `github-api-url`.
    pub(super) api_url: Option<String>,
    /// `fail-on`.
    pub(super) fail_on: FailOn,
    /// `dry-run`.
    pub(super) dry_run: bool,
}

impl Inputs {
    /// Reads them all.
    ///
    /// # Errors
    /// All that is wrong, one problem a line; each names its input.
    pub(super) fn read(environment: &Environment) -> Result<Self, super::reader::Problems> {
        let mut reader = Reader::new(environment);
        let command = reader.word("command", &Command::WORDS, Command::Plan);
        let inputs = Self {
            command,
            environment: reader.parsed("environment", EnvName::new),
            functions: reader.list("functions"),
            shard: reader.parsed("shard", |text| shard(&text)),
            changed_since: reader.reference("changed-since"),
            working_directory: reader.path("working-directory").unwrap_or_else(|| ".".into()),
            config: reader.path("config").filter(|path| path != crate::config::FILE_NAME),
            gates: gates(reader.list("gates")),
            coverage_threshold: reader.parsed("coverage-threshold", |text| percent(&text)),
            role: reader.parsed("role-to-assume", |text| role(&text)),
            region: reader.parsed("aws-region", Region::new),
            accounts: reader.each("allowed-account-ids", AccountId::new),
            plan_file: reader.path("plan-file"),
            plan_hash: reader.parsed("plan-hash", |text| digest(&text)),
            require_plan: reader.flag("require-plan", true),
            from: reader.parsed("from", EnvName::new),
            to_version: reader.parsed("to-version", |text| positive(&text).map(Version)),
            to_commit: reader.reference("to-commit"),
            keep: reader.parsed("keep", |text| positive(&text)).unwrap_or(KEEP),
            results: reader.path("results").unwrap_or_else(|| RESULTS.into()),
            comment: reader.word("comment", &CommentMode::WORDS, CommentMode::ChangesOnly),
            comment_key: reader.parsed("comment-key", |text| key(&text)).unwrap_or_default(),
            pr_number: reader.parsed("pr-number", |text| positive(&text)),
            deployments: reader.word("deployments", &[("on", true), ("off", false)], false),
            token: reader.text("github-token").map(Secret::new),
            api_url: reader.parsed("github-api-url", |text| api_url(&text, environment)),
            fail_on: reader.word("fail-on", &FailOn::WORDS, FailOn::Error),
            dry_run: reader.flag("dry-run", command == Command::Prune),
        };
        let inputs = inputs.with_key();
        if reader.is_good() {
            inputs.check_together(&mut reader);
        }
        reader.finish(inputs)
    }

    /// Without a key of their own, comments are told apart by environment.
    fn with_key(mut self) -> Self {
        if self.comment_key.is_empty() {
            self.comment_key =
                self.environment.as_ref().map_or("default", EnvName::as_str).chars().take(64).collect();
        }
        self
    }

    /// Whether only some of the functions are meant.
    #[must_use]
    pub(super) fn selects(&self) -> bool {
        !self.functions.is_empty() || self.shard.is_some() || self.changed_since.is_some()
    }

    /// What is wrong though each of them is right.
    fn check_together(&self, reader: &mut Reader<'_>) {
        self.check_gates(reader);
        self.check_plan(reader);
        self.check_owners(reader);
        let command = self.command.as_str();
        let planned = self.command == Command::Deploy && self.plan_file.is_some();
        if self.command.needs_environment() && self.environment.is_none() && !planned {
            reader.complain("environment", &format!("is empty, and `{command}` needs one"));
        }
        match (self.command, self.shard) {
            (Command::Matrix, Some(Shard::Part { .. })) => {
                reader.complain(
                    "shard",
                    "is one of several parts, and `matrix` makes all of them: give a number",
                );
            }
            (Command::Matrix, _) | (_, None | Some(Shard::Part { .. })) => {}
            (_, Some(Shard::AtMost(_))) => {
                reader.complain(
                    "shard",
                    "is a number alone, which only `matrix` takes; a part is such as `2/8`",
                );
            }
        }
        if self.command == Command::Promote && self.from.is_none() {
            reader.complain("from", "is empty, and `promote` needs the environment that serves the code");
        }
        if self.to_version.is_some() && self.to_commit.is_some() {
            reader.complain("to-commit", "cannot go with `to-version`");
        }
        if self.command == Command::Rollback && self.dry_run {
            reader
                .complain("dry-run", "cannot be for `rollback`, which decides by what the aliases say then");
        }
    }

    /// Gates run the code of the workspace. `comment` and `install` run next to secrets, and promise that they do not.
    fn check_gates(&self, reader: &mut Reader<'_>) {
        let threshold = self.coverage_threshold.is_some();
        if !self.command.runs_code() {
            let command = self.command.as_str();
            let what = format!("cannot be for `{command}`, which runs no code");
            if matches!(self.gates, Gates::Named(_)) {
                reader.complain("gates", &what);
            }
            if threshold {
                reader.complain("coverage-threshold", &what);
            }
        } else if threshold && self.gates == Gates::None {
            reader.complain("coverage-threshold", "asks for the gate `coverage`, and `gates` is `none`");
        }
    }

    /// A plan says itself what is deployed.
    fn check_plan(&self, reader: &mut Reader<'_>) {
        if self.plan_hash.is_some() && self.plan_file.is_none() {
            reader.complain("plan-hash", "is of no file: `plan-file` is empty");
        }
        if self.command != Command::Deploy || self.plan_file.is_none() {
            return;
        }
        for (name, stated) in [
            ("functions", !self.functions.is_empty()),
            ("shard", self.shard.is_some()),
            ("changed-since", self.changed_since.is_some()),
        ] {
            if stated {
                reader.complain(name, "cannot go with `plan-file`: the plan says which functions it is for");
            }
        }
        if self.dry_run {
            reader.complain("dry-run", "cannot go with `plan-file`, which is deployed or not: use `plan`");
        }
    }

    /// What another command would read. The rollback of somebody who forgot `command` must not become a plan or a deploy.
    fn check_owners(&self, reader: &mut Reader<'_>) {
        let command = self.command.as_str();
        for (name, stated, owners) in [
            ("from", self.from.is_some(), &[Command::Promote][..]),
            ("to-version", self.to_version.is_some(), &[Command::Rollback]),
            ("to-commit", self.to_commit.is_some(), &[Command::Rollback]),
            ("keep", self.keep != KEEP, &[Command::Prune]),
            ("plan-file", self.plan_file.is_some(), &[Command::Plan, Command::Deploy]),
            ("plan-hash", self.plan_file.is_some() && self.plan_hash.is_some(), &[Command::Deploy]),
        ] {
            if stated && !owners.contains(&self.command) {
                let owners: Vec<String> = owners.iter().map(|one| format!("`{}`", one.as_str())).collect();
                reader.complain(
                    name,
                    &format!("is for {}, and `command` is `{command}`", owners.join(" and ")),
                );
            }
        }
    }
}

fn gates(names: Vec<String>) -> Gates {
    match names.as_slice() {
        [] => Gates::ByCommand,
        [none] if none == "none" => Gates::None,
        _ => Gates::Named(names),
    }
}

fn positive<T: FromStr + Default + PartialOrd>(text: &str) -> Result<T, &'static str> {
    text.parse().ok().filter(|number| *number > T::default()).ok_or("it has to be a number from 1")
}

fn percent(text: &str) -> Result<f64, &'static str> {
    let percent = text.trim_end_matches('%').trim_end().parse().ok();
    percent.filter(|percent| (0.0..=100.0).contains(percent)).ok_or("it has to be a number from 0 to 100")
}

fn shard(text: &str) -> Result<Shard, &'static str> {
    const RULE: &str = "it has to be a part such as `2/8`, of at most 256, or for `matrix` a number";
    let part =
        |text: &str| text.trim().parse().ok().filter(|part| (1..=MOST_SHARDS).contains(part)).ok_or(RULE);
    match text.split_once('/') {
        None => part(text).map(Shard::AtMost),
        Some((number, of)) => {
            let (number, of) = (part(number)?, part(of)?);
            if number <= of { Ok(Shard::Part { number, of }) } else { Err(RULE) }
        }
    }
}

/// An ARN of a role, in any partition.
fn role(text: &str) -> Result<String, &'static str> {
    let parts: Vec<&str> = text.split(':').collect();
    let is_role = matches!(parts.as_slice(), ["arn", partition, "iam", "", account, role]
        if partition.starts_with("aws")
            && AccountId::new(*account).is_ok()
            && role.strip_prefix("role/").is_some_and(|name| !name.is_empty())
            && role.bytes().all(|byte| byte.is_ascii_graphic()));
    if is_role {
        Ok(text.to_owned())
    } else {
        Err("it has to look like `arn:aws:iam::111111111111:role/deploy`")
    }
}

fn digest(text: &str) -> Result<String, &'static str> {
    let is_digest = text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { Ok(text.to_ascii_lowercase()) } else { Err("it has to be 64 hexadecimal digits") }
}

/// It is written into the comment, and must not be anything there.
fn key(text: &str) -> Result<String, &'static str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./".contains(&byte);
    let is_key = text.len() <= 64 && text.bytes().all(is_plain) && !text.contains("--");
    if is_key {
        Ok(text.to_owned())
    } else {
        Err("it has to be at most 64 letters, digits, `-`, `_`, `.` or `/`")
    }
}

fn api_url(text: &str, environment: &Environment) -> Result<String, &'static str> {
    if is_own(text, environment.get("GITHUB_API_URL"), environment.get("GITHUB_SERVER_URL")) {
        Ok(text.to_owned())
    } else {
        Err("it is not the API of the server that this job belongs to, and would be given the token")
    }
}

#[cfg(test)]
mod tests;
