//! `rollback`: every alias back to what it served before.

use futures::{StreamExt, stream};

use crate::aws::{self, AliasTarget};
use crate::config::FunctionConfig;
use crate::context::{self, Context};
use crate::error::Error;
use crate::model::{LiveAlias, Version};
use crate::ops::plan::SIDE_BY_SIDE;
use crate::ops::report::{self, Header};
use crate::ops::session::{Session, Target};
use crate::report::{FunctionReport, Outcome, Report, Upload, VersionMove};
use crate::rollout::AliasState;

/// Returns the alias of each function to the version that it served before, or to `version`.
///
/// # Errors
/// What went wrong before the first write. A function that fails later is in the report, beside the others.
pub async fn rollback(context: &Context, target: &Target, version: Option<Version>) -> Result<Report, Error> {
    let session = Session::open(context, target).await?;
    let functions = &session.bench.environment.functions;
    let back = functions.iter().map(|function| roll_back(&session, function, version));
    let functions: Vec<FunctionReport> = stream::iter(back).buffered(SIDE_BY_SIDE).collect().await;
    let report = Header { command: "rollback", session: &session, git: None }.report(functions);
    session.close().await;
    Ok(report)
}

async fn roll_back(session: &Session, function: &FunctionConfig, version: Option<Version>) -> FunctionReport {
    let begun = context::instant();
    let moved = move_back(session, function, version).await;
    let seconds = report::seconds_since(begun);
    let (outcome, version, error) = match &moved {
        Ok(version) if version.from == version.to => (Outcome::Unchanged, *version, None),
        Ok(version) => (Outcome::RolledBack, *version, None),
        Err(error) => (Outcome::Failed, VersionMove::default(), Some(error.failure())),
    };
    FunctionReport {
        function: function.function.name.to_string(),
        lambda: function.lambda.to_string(),
        alias: function.alias.to_string(),
        outcome,
        changes: Vec::new(),
        kept: Vec::new(),
        notes: Vec::new(),
        version,
        code_sha256: None,
        size: None,
        built: false,
        upload: Upload::None,
        seconds,
        error,
    }
}

async fn move_back(
    session: &Session,
    function: &FunctionConfig,
    version: Option<Version>,
) -> Result<VersionMove, Error> {
    let (client, lambda, name) = (session.aws.lambda(), &function.lambda, &function.alias);
    let alias = client.alias(lambda, name).await?.ok_or_else(|| Error::Function {
        message: format!("lambda `{lambda}` has no alias `{name}`"),
        hint: Some("there is nothing to roll back before the first deploy".to_owned()),
        held: false,
    })?;
    let to = destination(function, &alias, version)?;
    if alias.version == Some(to) && alias.split.is_none() {
        return Ok(VersionMove { from: alias.version, to: alias.version });
    }
    let state = AliasState::parse(&alias.description).moved_from(alias.version);
    let target = AliasTarget { version: to, description: state.to_string() };
    let moved = client.move_alias(lambda, name, &target, &alias.revision).await;
    moved.map_err(|error| refused(function, to, error))?;
    let from = alias.version.map(|from| format!("v{from} -> ")).unwrap_or_default();
    let message = format!("{} {name} {from}v{to}", function.function.name);
    session.context().console.status("Rolled back", message);
    Ok(VersionMove { from: alias.version, to: Some(to) })
}

/// A version that is gone is the one failure that the user can do something about at once.
fn refused(function: &FunctionConfig, to: Version, error: aws::Error) -> Error {
    match error.kind() {
        aws::Kind::NotFound => Error::Function {
            message: format!("lambda `{}` has no version {to} to go back to", function.lambda),
            hint: Some("name one that it has with --to-version".to_owned()),
            held: false,
        },
        _ => error.into(),
    }
}

/// Where the alias goes: where it was told to, else to where its own Description says that it came from.
fn destination(
    function: &FunctionConfig,
    alias: &LiveAlias,
    asked: Option<Version>,
) -> Result<Version, Error> {
    let previous = AliasState::parse(&alias.description).previous;
    asked.or(previous).ok_or_else(|| Error::Function {
        message: format!(
            "alias `{}` of lambda `{}` has served no other version that it knows of",
            alias.name, function.lambda
        ),
        hint: Some("say where to with --to-version".to_owned()),
        held: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::{alias, function};

    #[test]
    fn the_way_back_is_in_the_alias_itself() {
        let function = function(|_| {});
        let mut alias = alias(8);
        alias.description = "lambdaship/1 prev=5".to_owned();
        assert_eq!(destination(&function, &alias, None).unwrap(), Version(5), "not the number below");
        assert_eq!(destination(&function, &alias, Some(Version(3))).unwrap(), Version(3));
        alias.description = "by hand".to_owned();
        let error = destination(&function, &alias, None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "alias `live` of lambda `hello-staging` has served no other version that it knows of"
        );
    }
}
