//! `doctor`: every problem in one list, before a deploy finds them one by one.

use crate::aws;
use crate::build::{Toolchain, zig};
use crate::context::Context;
use crate::error::Error;
use crate::model::Arch;
use crate::ops::artifacts::arch_for;
use crate::ops::session::{Session, Target, Workbench, host_arch};

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Check {
    /// What was looked at.
    pub name: String,
    /// Whether it is as it should be.
    pub ok: bool,
    /// What was found.
    pub found: String,
    /// The way out, when it is not.
    pub hint: Option<String>,
}

impl Check {
    fn ok(name: &str, found: impl Into<String>) -> Self {
        Self { name: name.to_owned(), ok: true, found: found.into(), hint: None }
    }

    fn bad(name: &str, found: impl Into<String>, hint: Option<String>) -> Self {
        Self { name: name.to_owned(), ok: false, found: found.into(), hint }
    }

    fn failed(name: &str, error: &Error) -> Self {
        let found = std::iter::once(error.to_string()).chain(error.causes()).collect::<Vec<_>>().join(": ");
        Self::bad(name, found, error.hint())
    }
}

/// Looks at tools, configuration, credentials, account and permissions.
pub async fn doctor(context: &Context, target: &Target) -> Vec<Check> {
    let mut checks = Vec::new();
    match Workbench::open(context, target) {
        Err(error) => checks.push(Check::failed("configuration", &error)),
        Ok(bench) => {
            let count = bench.environment.functions.len();
            checks.push(Check::ok("configuration", format!("{count} functions in `{}`", target.env)));
            checks.extend(tools(&bench));
        }
    }
    checks.extend(account(context, target).await);
    checks
}

fn tools(bench: &Workbench) -> Vec<Check> {
    let mut checks = Vec::new();
    match Toolchain::load(&bench.context, &bench.workspace.root) {
        Ok(toolchain) => {
            let version = toolchain.version().first().cloned().unwrap_or_default();
            checks.push(Check::ok("rust", format!("{version}, host {}", toolchain.host())));
        }
        Err(error) => checks.push(Check::failed("rust", &error.into())),
    }
    let functions = bench.environment.functions.iter();
    let archs: Vec<Arch> = functions.map(|function| arch_for(function.settings.arch, None, None)).collect();
    let foreign = !bench.is_local() && archs.iter().any(|arch| *arch != host_arch());
    checks.push(match (zig::is_available(), foreign) {
        (true, _) => Check::ok("zig", "found"),
        (false, false) => {
            Check::ok("zig", "not found; needed only when the host's glibc is newer than Lambda's")
        }
        (false, true) => Check::bad("zig", "not found", Some("run `pip install ziglang`".to_owned())),
    });
    checks
}

async fn account(context: &Context, target: &Target) -> Vec<Check> {
    let session = match Session::open(context, target).await {
        Ok(session) => session,
        Err(error) => return vec![Check::failed("account", &error)],
    };
    let identity = format!("{} as {}, {}", session.caller.account, session.caller.arn, session.aws.region());
    let mut checks = vec![Check::ok("account", identity)];
    if session.bench.environment.account.is_none() && !session.bench.is_local() {
        checks.push(Check::bad(
            "account guard",
            format!("`{}` names no account, so any credentials may deploy to it", target.env),
            Some(format!("set `account = \"{}\"` in [env.{}]", session.caller.account, target.env)),
        ));
    }
    checks.push(may_read(&session).await);
    session.close().await;
    checks
}

/// Reading shows whether the credentials reach Lambda at all; writes are not tried.
async fn may_read(session: &Session) -> Check {
    let Some(function) = session.bench.environment.functions.first() else {
        return Check::ok("lambda", "no function to read");
    };
    let read: Result<_, aws::Error> =
        session.aws.lambda().function(&function.lambda, Some(function.alias.as_str())).await;
    match read {
        Ok(Some(_)) => Check::ok("lambda", format!("`{}` can be read", function.lambda)),
        Ok(None) => Check::ok("lambda", format!("`{}` is not deployed yet", function.lambda)),
        Err(error) => Check::failed("lambda", &error.into()),
    }
}
