//! `doctor`: every problem in one list, before a deploy finds them one by one.

mod cloud;
mod tools;

use crate::context::{Context, Environment};
use crate::error::Error;
use crate::model::EnvName;
use crate::network::Network;
use crate::ops::session::{LOCAL, Target, Workbench};

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
    fn ok(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self { name: name.into(), ok: true, found: found.into(), hint: None }
    }

    fn bad(name: impl Into<String>, found: impl Into<String>, hint: Option<String>) -> Self {
        Self { name: name.into(), ok: false, found: found.into(), hint }
    }

    fn failed(name: impl Into<String>, error: &Error) -> Self {
        let found = std::iter::once(error.to_string()).chain(error.causes()).collect::<Vec<_>>().join(": ");
        Self::bad(name, found, error.hint())
    }
}

/// Looks at configuration, tools, credentials, account, permissions and quotas. Nothing is written.
pub async fn doctor(context: &Context, target: &Target) -> Vec<Check> {
    let bench = Workbench::open(context, target);
    let mut checks = vec![configuration(&target.env, bench.as_ref())];
    if target.env.as_str() != LOCAL {
        checks.extend(proxy(&context.environment));
    }
    checks.extend(tools::all(context, bench.as_ref().ok()));
    match bench {
        Ok(bench) => checks.extend(Box::pin(cloud::all(bench, target)).await),
        // What the flags and AWS's own configuration say can be looked at all the same.
        Err(_) if target.env.as_str() != LOCAL => checks.extend(cloud::without(context, target).await),
        Err(_) => {}
    }
    checks
}

/// The proxies in use; what should be one and is none shows where it is needed.
fn proxy(environment: &Environment) -> Option<Check> {
    let network = Network::of(environment).ok()?;
    let proxies = network.proxies();
    let told = proxies.iter().map(|(what, proxy)| format!("{proxy}, for {what}"));
    let told = told.collect::<Vec<_>>().join("; ");
    (!told.is_empty()).then(|| Check::ok("proxy", told))
}

fn configuration(env: &EnvName, bench: Result<&Workbench, &Error>) -> Check {
    match bench {
        Ok(bench) => {
            let count = bench.environment.functions.len();
            let noun = if count == 1 { "function" } else { "functions" };
            Check::ok("configuration", format!("{count} {noun} in `{env}`"))
        }
        Err(error) => Check::failed("configuration", error),
    }
}
