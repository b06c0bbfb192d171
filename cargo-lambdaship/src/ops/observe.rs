//! Reading what is there.

use futures::future::{join_all, try_join_all};
use futures::try_join;

use crate::aws::{self, Aws};
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::model::{CodeSha256, Version};
use crate::ops::session::Session;
use crate::plan::{Glance, Look, Unversioned};

/// The first look at every function, side by side, in their order.
///
/// # Errors
/// When a read fails, or an alias splits its traffic.
pub async fn glance(session: &Session) -> Result<Vec<Glance>, Error> {
    let functions = &session.bench.environment.functions;
    let glances = try_join_all(functions.iter().map(|function| glance_one(&session.aws, function))).await?;
    for (function, glance) in functions.iter().zip(&glances) {
        refuse_split(function, glance)?;
    }
    Ok(glances)
}

/// Two reads: the lambda at its alias, and the alias. And one more for each stated setting that neither shows.
async fn glance_one(aws: &Aws, function: &FunctionConfig) -> Result<Glance, aws::Error> {
    let (lambda, alias) = (&function.lambda, &function.alias);
    let (served, alias) =
        try_join!(aws.lambda().function(lambda, Some(alias.as_str())), aws.lambda().alias(lambda, alias))?;
    let unversioned = unversioned(aws, function).await?;
    Ok(Glance { alias, served, unversioned })
}

async fn unversioned(aws: &Aws, function: &FunctionConfig) -> Result<Unversioned, aws::Error> {
    let (client, stated) = (aws.lambda(), &function.settings);
    let mut there = Unversioned::default();
    if stated.description.is_some() {
        let latest = client.function(&function.lambda, None).await?;
        there.description = latest.map(|latest| latest.configuration.description);
    }
    if stated.code_signing.is_some() {
        there.code_signing = client.code_signing(&function.lambda).await?;
    }
    if stated.provisioned_concurrency.is_some() {
        there.provisioned_concurrency = client.provisioned(&function.lambda, &function.alias).await?;
    }
    if stated.logging.retention.is_some() {
        let group = stated.logging.group.clone();
        let group = group.unwrap_or_else(|| format!("/aws/lambda/{}", function.lambda));
        there.retention = aws.logs().retention(&group).await?;
    }
    Ok(there)
}

/// An alias that splits its traffic is in somebody's rollout: it is not ours to end.
fn refuse_split(function: &FunctionConfig, glance: &Glance) -> Result<(), Error> {
    let Some(alias) = &glance.alias else { return Ok(()) };
    let Some((next, weight)) = alias.split else { return Ok(()) };
    let (name, lambda) = (&alias.name, &function.lambda);
    let percent = weight * 100.0;
    let to = alias.version.as_ref().map_or_else(|| "$LATEST".to_owned(), Version::to_string);
    Err(Error::Function {
        message: format!(
            "alias `{name}` of lambda `{lambda}` sends {percent:.0} % of its traffic to version {next}"
        ),
        hint: Some(format!(
            "end that rollout first: `aws lambda update-alias --function-name {lambda} --name {name} \
             --function-version {to} --routing-config AdditionalVersionWeights={{}}` keeps version {to}"
        )),
        held: true,
    })
}

/// The second look at one lambda: `$LATEST` once no update of it is under way, and the versions that have `code`.
///
/// # Errors
/// When a read fails.
pub async fn look(aws: &Aws, function: &FunctionConfig, code: CodeSha256) -> Result<Look, aws::Error> {
    let (client, lambda) = (aws.lambda(), &function.lambda);
    let Some(mut latest) = client.function(lambda, None).await? else { return Ok(Look::default()) };
    if latest.configuration.updating {
        latest.configuration = client.settled(lambda).await?;
    }
    if latest.configuration.readiness == crate::model::Readiness::Pending {
        latest.configuration = client.active(lambda, None).await?;
    }
    let versions = client.versions_of(lambda, code).await?;
    Ok(Look { latest: Some(latest), versions })
}

/// What `$LATEST` of each lambda that the alias does not show runs on, so that it can be built for that.
///
/// # Errors
/// When a read fails.
pub async fn unserved_archs(
    session: &Session,
    glances: &[Glance],
) -> Result<Vec<Option<crate::model::Arch>>, Error> {
    let functions = session.bench.environment.functions.iter().zip(glances);
    let archs = join_all(functions.map(|(function, glance)| async {
        let served = glance.served.as_ref();
        if function.settings.arch.is_some() {
            return Ok(function.settings.arch);
        }
        if let Some(served) = served {
            return Ok(Some(served.configuration.settings.arch));
        }
        let latest = session.aws.lambda().function(&function.lambda, None).await?;
        Ok::<_, aws::Error>(latest.map(|latest| latest.configuration.settings.arch))
    }));
    Ok(archs.await.into_iter().collect::<Result<_, _>>()?)
}
