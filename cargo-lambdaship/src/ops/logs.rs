//! `logs`: what a function wrote, and what it goes on to write.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::aws::{Kind, LogEvent};
use crate::config::FunctionConfig;
use crate::context::{self, Context};
use crate::error::Error;
use crate::ops::session::{Session, Target};

/// How often a followed log is read again.
const POLL: Duration = Duration::from_secs(2);
/// How far back each further read goes: CloudWatch Logs shows an event some seconds after its own time.
const OVERLAP: SignedDuration = SignedDuration::from_secs(30);

/// What `logs` is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The environment; the selection names the one function.
    pub target: Target,
    /// How far back to begin.
    pub since: SignedDuration,
    /// CloudWatch's filter pattern.
    pub filter: Option<String>,
    /// Whether to go on until interrupted.
    pub follow: bool,
}

/// Reads the log and gives each event, once, to `show`.
///
/// # Errors
/// When a read fails, or the function was never deployed.
pub async fn logs(
    context: &Context,
    request: &Request,
    mut show: impl FnMut(&LogEvent) -> std::io::Result<()>,
) -> Result<(), Error> {
    let session = Session::open(context, &request.target).await?;
    let group = group(&session).await?;
    let mut since = context::now().checked_sub(request.since).unwrap_or(Timestamp::MIN);
    let mut seen = BTreeSet::new();
    loop {
        let events = match session.aws.logs().events(&group, since, request.filter.as_deref()).await {
            // Nothing was ever logged: the group comes with the first line.
            Err(error) if error.kind() == Kind::NotFound => Vec::new(),
            events => events?,
        };
        for event in events.iter().filter(|event| !seen.contains(&(event.time, event.id.clone()))) {
            show(event)?;
        }
        if !request.follow {
            break;
        }
        if let Some(last) = events.last() {
            since = last.time.checked_sub(OVERLAP).unwrap_or(since).max(since);
        }
        seen.extend(events.into_iter().map(|event| (event.time, event.id)));
        // What is older does not come again.
        seen.retain(|(time, _)| *time >= since);
        tokio::time::sleep(POLL).await;
    }
    session.close().await;
    Ok(())
}

/// The log group that the lambda itself names.
async fn group(session: &Session) -> Result<String, Error> {
    let [function] = session.bench.environment.functions.as_slice() else {
        return Err(Error::Usage { message: "no function is selected".to_owned(), hint: None });
    };
    let FunctionConfig { lambda, alias, .. } = function;
    let live = session.aws.lambda().function(lambda, Some(alias.as_str())).await?;
    live.map(|live| live.configuration.settings.log_group).ok_or_else(|| Error::Function {
        message: format!("lambda `{lambda}` has no `{alias}` to read the log of"),
        hint: Some("deploy it first: `cargo lambdaship deploy`".to_owned()),
        held: false,
    })
}
