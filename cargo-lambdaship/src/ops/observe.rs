//! Reading what is there.

use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};

use crate::aws::{self, Aws, Kind};
use crate::config::FunctionConfig;
use crate::error::Error;
use crate::model::{Arch, CodeSha256, Configuration, LiveAlias, LiveFunction, Readiness, Version};
use crate::ops::plan::{READS_SIDE_BY_SIDE, SIDE_BY_SIDE};
use crate::ops::session::Session;
use crate::plan::{self, Glance, Latest, Retention, Rolling, Unversioned, log_group};
use crate::rollout::{Place, Stance, at, command, stance};
use crate::store::keys;

/// How often the two reads of a first look are repeated when an alias moves between them.
const TRIES: usize = 3;

/// How much of each alias is read at first.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Look {
    /// All of it.
    Whole,
    /// What it serves, where that is enough.
    #[default]
    AsNeeded,
}

/// The first look at every function, side by side, in their order. Where the store tells that nobody is moving an alias,
/// it is not read: that is one request for each function, of which Lambda takes a hundred a second, and not one of those
/// of which it takes fifteen.
///
/// # Errors
/// When a read fails, or an alias splits its traffic.
pub async fn glance(session: &Session, look: Look) -> Result<Vec<Glance>, Error> {
    let functions = &session.bench.environment.functions;
    let moving = match look {
        Look::Whole => None,
        Look::AsNeeded => session.moving().await,
    };
    let glances = functions.iter().map(|function| {
        let is_known =
            |moving: &BTreeSet<String>| !moving.contains(&keys::lock(&function.lambda, &function.alias));
        // Where traffic is split on purpose, a split by somebody else is looked for, too.
        let is_plain = function.rollout.shape.is_all_at_once();
        let depth =
            if is_plain && moving.as_ref().is_some_and(is_known) { Depth::Served } else { Depth::Alias };
        look_at(&session.aws, function, depth)
    });
    stream::iter(glances).buffered(READS_SIDE_BY_SIDE).try_collect().await
}

/// The look at those functions once more that is needed before anything is done to them.
///
/// # Errors
/// As [`glance`].
pub async fn whole(aws: &Aws, function: &FunctionConfig, glance: Glance) -> Result<Glance, Error> {
    if glance.is_partial { look_at(aws, function, Depth::Alias).await } else { Ok(glance) }
}

/// The lambda at its alias, and the alias. And one read more for each stated setting that neither shows.
///
/// # Errors
/// When a read fails, or the alias splits its traffic.
pub async fn glance_at(aws: &Aws, function: &FunctionConfig) -> Result<Glance, Error> {
    look_at(aws, function, Depth::Alias).await
}

/// How much of an alias is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Depth {
    /// What it serves.
    Served,
    /// Also itself.
    Alias,
}

/// [`glance_at`] of what is not to be changed: tags that cannot be read do not matter.
///
/// # Errors
/// When a read fails, or the alias splits its traffic.
pub(super) async fn only_look(aws: &Aws, function: &FunctionConfig) -> Result<Glance, Error> {
    read_at(aws, function, Depth::Alias).await
}

async fn look_at(aws: &Aws, function: &FunctionConfig, depth: Depth) -> Result<Glance, Error> {
    let glance = read_at(aws, function, depth).await?;
    tags_known(function, glance.served.as_ref().or(glance.latest.live()))?;
    Ok(glance)
}

async fn read_at(aws: &Aws, function: &FunctionConfig, depth: Depth) -> Result<Glance, Error> {
    let Serving { mut served, alias, latest } = serving(aws, function, depth).await?;
    let rolling = match &alias {
        Some(alias) => rolling(aws, function, alias).await?,
        None => None,
    };
    let read = match latest.live() {
        None if asks_latest(function, served.as_ref()) && latest != Latest::Absent => {
            aws.lambda().function(&function.lambda, None).await?
        }
        live => live.cloned(),
    };
    let mut there = unversioned(aws, function, served.as_ref().or(read.as_ref())).await?;
    if let Some(latest) = read {
        if function.settings.description.is_some() {
            there.description = Some(latest.configuration.description);
        }
        if let Some(served) = &mut served {
            (served.tags, served.tags_error) = (latest.tags, latest.tags_error);
            served.reserved_concurrency = latest.reserved_concurrency;
        }
    }
    let is_partial = served.is_some() && alias.is_none();
    Ok(Glance { alias, served, latest, is_partial, rolling, unversioned: there })
}

/// What was read of an alias and its lambda.
struct Serving {
    served: Option<LiveFunction>,
    alias: Option<LiveAlias>,
    latest: Latest,
}

/// The lambda at its alias and the alias, both of the same moment: the alias' revision must fence what was seen. An alias of
/// which there is no lambda is not asked for.
async fn serving(aws: &Aws, function: &FunctionConfig, depth: Depth) -> Result<Serving, aws::Error> {
    let (client, lambda, name) = (aws.lambda(), &function.lambda, &function.alias);
    for _ in 0..TRIES {
        let served = client.function(lambda, Some(name.as_str())).await?;
        let latest = match &served {
            Some(_) if depth == Depth::Served => {
                return Ok(Serving { served, alias: None, latest: Latest::NotRead });
            }
            Some(_) => Latest::NotRead,
            None => match client.function(lambda, None).await? {
                Some(live) => Latest::Present(Box::new(live)),
                None => return Ok(Serving { served, alias: None, latest: Latest::Absent }),
            },
        };
        let alias = client.alias(lambda, name).await?;
        let seen = served.as_ref().map(|served| served.configuration.version);
        if seen == alias.as_ref().map(|alias| alias.version) {
            return Ok(Serving { served, alias, latest });
        }
    }
    let action = format!("read alias `{name}` of lambda `{lambda}`");
    Err(aws::Error::new(Kind::Conflict, action, "it is being moved at this moment"))
}

/// Whether `$LATEST` has to be read: it alone has the description, and, where the alias serves nothing, the log group
/// whose retention is stated; and whether `GetFunction` shows tags and reserved
/// concurrency at an alias is not documented, so that what is missing there is looked for once more.
fn asks_latest(function: &FunctionConfig, served: Option<&LiveFunction>) -> bool {
    let stated = &function.settings;
    let agrees = |served: &LiveFunction| {
        stated.tags.iter().all(|(key, value)| served.tags.get(key) == Some(value))
            && stated.reserved_concurrency.is_none_or(|n| served.reserved_concurrency == Some(n))
    };
    let group_unknown =
        served.is_none() && stated.logging.retention.is_some() && stated.logging.group.is_none();
    stated.description.is_some() || group_unknown || served.is_some_and(|served| !agrees(served))
}

/// Refuses tags that are stated and cannot be compared: they would look missing for ever.
///
/// # Errors
/// When Lambda does not tell them.
pub(super) fn tags_known(function: &FunctionConfig, live: Option<&LiveFunction>) -> Result<(), aws::Error> {
    let stated = !function.settings.tags.is_empty();
    let untold = live.and_then(|live| live.tags_error.as_deref()).filter(|_| stated);
    untold.map_or(Ok(()), |cause| Err(aws::Error::unlisted_tags(&function.lambda, cause)))
}

/// What is not part of a version, as far as it is stated.
pub(super) async fn unversioned(
    aws: &Aws,
    function: &FunctionConfig,
    live: Option<&LiveFunction>,
) -> Result<Unversioned, aws::Error> {
    let (client, stated) = (aws.lambda(), &function.settings);
    let mut there = Unversioned::default();
    if stated.code_signing.is_some() {
        there.code_signing = client.code_signing(&function.lambda).await?;
    }
    if stated.provisioned_concurrency.is_some() {
        there.provisioned_concurrency = client.provisioned(&function.lambda, &function.alias).await?;
    }
    if stated.logging.retention.is_some() {
        let group = log_group(function, live);
        let days = aws.logs().retention(&group).await?;
        there.retention = Some(Retention { group, days });
    }
    Ok(there)
}

/// The rollout that an alias is in the middle of. Another one than this tool's is not ours to go on with, nor to end.
async fn rolling(aws: &Aws, function: &FunctionConfig, alias: &LiveAlias) -> Result<Option<Rolling>, Error> {
    let (state, under_way, run) = match stance(alias) {
        Stance::AtRest(_) => return Ok(None),
        Stance::Rolling(state, under_way, run) => (state, under_way, run),
        Stance::Foreign => return Err(foreign(aws, function, alias)),
    };
    let next = aws.lambda().function(&function.lambda, Some(&under_way.next.to_string())).await?;
    Ok(Some(Rolling { state, under_way, run, next }))
}

/// What is said of an alias that splits its traffic as somebody else made it.
pub(super) fn foreign(aws: &Aws, function: &FunctionConfig, alias: &LiveAlias) -> Error {
    let place = Place { lambda: &function.lambda, alias: &alias.name };
    let end = alias.version.map(|version| {
        let command = command(place, version, aws.region());
        format!("end that rollout first: `{command}` keeps version {version}")
    });
    Error::Function {
        message: format!(
            "alias `{}` of lambda `{}` splits its traffic as somebody else made it: {}",
            alias.name,
            function.lambda,
            at(alias)
        ),
        hint: end,
        held: true,
    }
}

/// The second look at one lambda: `$LATEST` once no update of it is under way, and the versions that have `code`.
///
/// # Errors
/// When a read fails.
pub async fn look(
    aws: &Aws,
    function: &FunctionConfig,
    glance: &Glance,
    code: CodeSha256,
) -> Result<plan::Look, aws::Error> {
    let (client, lambda) = (aws.lambda(), &function.lambda);
    if glance.latest == Latest::Absent {
        return Ok(plan::Look::default());
    }
    let Some(mut latest) = client.function(lambda, None).await? else { return Ok(plan::Look::default()) };
    if latest.configuration.updating {
        // Whether it succeeds or fails is seen in what is there then.
        match client.settled(lambda).await {
            Ok(settled) => latest.configuration = settled,
            Err(error) => latest = client.function(lambda, None).await?.ok_or(error)?,
        }
    }
    if latest.configuration.readiness == Readiness::Pending {
        latest.configuration = client.active(lambda, None).await?;
    }
    tags_known(function, Some(&latest))?;
    Ok(plan::Look { latest: Some(latest), versions: versions(aws, function, code).await? })
}

/// The published versions that have `code`. The list of versions leaves out their states, so each is read by itself;
/// one that cannot be used, whatever the reason, is none to go to.
async fn versions(
    aws: &Aws,
    function: &FunctionConfig,
    code: CodeSha256,
) -> Result<Vec<Configuration>, aws::Error> {
    let (client, lambda) = (aws.lambda(), &function.lambda);
    let numbers: Vec<String> =
        client.versions_of(lambda, code).await?.iter().map(Version::to_string).collect();
    let reads = numbers.iter().map(|number| client.function(lambda, Some(number)));
    let read: Vec<_> = stream::iter(reads).buffered(SIDE_BY_SIDE).collect().await;
    let mut versions = Vec::new();
    for version in read {
        match version {
            Ok(version) => versions.extend(version.map(|version| version.configuration)),
            Err(error) if error.kind() == Kind::Unexpected => {}
            Err(error) => return Err(error),
        }
    }
    Ok(versions)
}

/// What a lambda runs on that is there, so that it can be built for that; what is stated comes first.
#[must_use]
pub fn arch(function: &FunctionConfig, glance: &Glance) -> Option<Arch> {
    let live = glance.served.as_ref().or(glance.latest.live());
    function.settings.arch.or_else(|| live.map(|live| live.configuration.settings.arch))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::aws::testing::Recorder;
    use crate::plan::testing::{configuration, function, lambda, live};

    #[test]
    fn latest_is_read_only_for_what_the_alias_does_not_show() {
        let mut served = lambda(configuration(Some(7), b"code", live()));
        served.tags.insert("team".to_owned(), "a".to_owned());
        served.reserved_concurrency = Some(5);
        let tag = |value: &str| [("team".to_owned(), value.to_owned())].into();
        let table = [
            (function(|_| {}), false),
            (function(|s| s.description = Some(String::new())), true),
            (function(|s| s.tags = tag("a")), false),
            (function(|s| s.tags = tag("b")), true),
            (function(|s| s.reserved_concurrency = Some(5)), false),
            (function(|s| s.reserved_concurrency = Some(6)), true),
        ];
        for (function, expected) in table {
            assert_eq!(asks_latest(&function, Some(&served)), expected, "{:?}", function.settings);
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn stated_tags_that_lambda_does_not_tell_are_a_missing_permission() {
        let recorder = Recorder::answering(|asked| {
            if asked.path.contains("/aliases/") {
                return json!({ "Name": "live", "FunctionVersion": "7", "RevisionId": "r" }).to_string();
            }
            let cause = "User: a is not authorized to perform: lambda:ListTags";
            json!({
                "Configuration": {
                    "FunctionName": "hello-staging",
                    "CodeSha256": CodeSha256::of(b"code").to_string(),
                    "Version": "7",
                    "State": "Active",
                    "RevisionId": "r",
                },
                "TagsError": { "ErrorCode": "AccessDeniedException", "Message": cause },
            })
            .to_string()
        })
        .await;
        let tagged = function(|s| s.tags = [("team".to_owned(), "a".to_owned())].into());
        let error = glance_at(&recorder.aws, &tagged).await.expect_err("they are not known");
        assert!(error.hint().is_some_and(|hint| hint.contains("`lambda:ListTags`")), "{:?}", error.hint());
        assert!(only_look(&recorder.aws, &tagged).await.is_ok());
        assert!(glance_at(&recorder.aws, &function(|_| {})).await.is_ok());
    }
}
