//! Credentials, account, permissions and quotas: by reading what a deploy reads, and nothing else.

use super::Check;
use crate::aws::{Aws, Quotas};
use crate::config::FunctionConfig;
use crate::context::Context;
use crate::error::Error;
use crate::model::{CodeSha256, Version};
use crate::ops::alarms;
use crate::ops::observe::glance_at;
use crate::ops::plan::Values;
use crate::ops::session::{self, Session, Target, Workbench};
use crate::report::size;
use crate::store::Store;

/// Lambda keeps this much concurrency for the lambdas that reserve none ("Configuring reserved concurrency").
const LEAST_UNRESERVED: u32 = 100;

/// Everything about the environment of `bench`.
pub(super) async fn all(bench: Workbench, target: &Target) -> Vec<Check> {
    let session = match Session::connect(bench, target).await {
        Ok(session) => session,
        Err(error) => return vec![Check::failed("account", &error)],
    };
    let identity = format!("{} as {}, {}", session.caller.account, session.caller.arn, session.aws.region());
    let mut checks = vec![Check::ok("account", identity)];
    checks.extend(guard(&session));
    if let Some(store) = &session.store {
        checks.push(store_check(store).await);
    }
    for function in &session.bench.environment.functions {
        checks.push(function_check(&session.aws, function).await);
    }
    let functions = &session.bench.environment.functions;
    checks.extend(alarms_check(&session.aws, functions).await);
    match session.aws.lambda().quotas().await {
        Ok(quotas) => checks.extend(judge(&quotas, functions)),
        Err(error) => checks.push(Check::failed("quotas", &error.into())),
    }
    session.close().await;
    checks
}

/// The credentials alone, when there is no configuration to say more.
pub(super) async fn without(context: &Context, target: &Target) -> Vec<Check> {
    let caller = async {
        let aws = Aws::connect(&session::flags_alone(context, &target.connection)?, &context.console).await?;
        Ok::<_, Error>(aws.caller().await?)
    };
    vec![match caller.await {
        Ok(caller) => Check::ok("account", format!("{} as {}", caller.account, caller.arn)),
        Err(error) => Check::failed("account", &error),
    }]
}

fn guard(session: &Session) -> Option<Check> {
    let environment = &session.bench.environment;
    if environment.account.is_some() || session.bench.is_local() {
        return None;
    }
    let (env, account) = (&environment.env, &session.caller.account);
    Some(Check::bad(
        "account guard",
        format!("`{env}` names no account, so any credentials may deploy to it"),
        Some(format!("set `account = \"{account}\"` in [env.{env}]")),
    ))
}

/// Lists the locks, which every deploy does first.
async fn store_check(store: &Store) -> Check {
    match store.locks().await {
        Ok(locks) if locks.is_empty() => Check::ok("store", store.name().to_string()),
        Ok(locks) => Check::ok("store", format!("{}, {} locked", store.name(), locks.len())),
        Err(error) => Check::failed("store", &error.into()),
    }
}

/// Makes every read that a deploy of the function makes, so that a permission or a secret that is missing shows.
async fn function_check(aws: &Aws, function: &FunctionConfig) -> Check {
    let name = format!("lambda {}", function.lambda);
    match read(aws, function).await {
        Ok(Some(version)) => Check::ok(name, format!("`{}` serves version {version}", function.alias)),
        Ok(None) => Check::ok(name, "not deployed yet"),
        Err(error) => Check::failed(name, &error),
    }
}

/// The alarms that rollouts ask for. Who looks need not be who deploys, so that it is no problem when they cannot be read.
async fn alarms_check(aws: &Aws, functions: &[FunctionConfig]) -> Option<Check> {
    let watched: Vec<&FunctionConfig> =
        functions.iter().filter(|function| alarms::is_watched(function)).collect();
    if watched.is_empty() {
        return None;
    }
    Some(match alarms::missing(aws, &watched).await {
        Ok(missing) if missing.is_empty() => Check::ok("alarms", "all those of rollouts exist"),
        Ok(missing) => {
            let lost = |function: &&FunctionConfig| {
                Some(format!("{}: {}", function.function.name, alarms::lost(function, &missing)?))
            };
            let found = watched.iter().filter_map(lost).collect::<Vec<_>>().join("; ");
            let hint = format!("make it in {}, or take it out of `alarms` in `rollout`", aws.region());
            Check::bad("alarms", found, Some(hint))
        }
        Err(error) => Check::ok("alarms", format!("not known, as they cannot be read: {}", error.cause())),
    })
}

async fn read(aws: &Aws, function: &FunctionConfig) -> Result<Option<Version>, Error> {
    let glance = glance_at(aws, function).await?;
    Values::read(aws, std::slice::from_ref(function)).await?;
    if glance.served.is_some() {
        aws.lambda().versions_of(&function.lambda, CodeSha256::of(b"")).await?;
    }
    Ok(glance.served.and_then(|served| served.configuration.version))
}

fn judge(quotas: &Quotas, functions: &[FunctionConfig]) -> [Check; 2] {
    [code_storage(quotas), concurrency(quotas, functions)]
}

fn code_storage(quotas: &Quotas) -> Check {
    let found = format!("{} of {} used", size(quotas.code_used), size(quotas.code_limit));
    // Some stand-ins know no limit.
    if quotas.code_limit == 0 || quotas.code_used < quotas.code_limit / 10 * 9 {
        return Check::ok("code storage", found);
    }
    let hint = "delete versions that no alias needs, or ask AWS for a higher quota of code storage";
    Check::bad("code storage", found, Some(hint.to_owned()))
}

fn concurrency(quotas: &Quotas, functions: &[FunctionConfig]) -> Check {
    let Quotas { concurrency, unreserved, .. } = quotas;
    let stated = functions.iter().filter_map(|function| function.settings.reserved_concurrency);
    let reserved = stated.fold(0, u32::saturating_add);
    let found = format!("{unreserved} of {concurrency} unreserved");
    if reserved == 0 || *concurrency == 0 || reserved.saturating_add(LEAST_UNRESERVED) <= *concurrency {
        return Check::ok("concurrency", found);
    }
    let hint = format!(
        "lower `reserved-concurrency`: the functions ask for {reserved}, and Lambda keeps {LEAST_UNRESERVED} \
         for the others; or ask AWS for a higher quota"
    );
    Check::bad("concurrency", found, Some(hint))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::function;

    fn quotas(code_used: u64, concurrency: u32) -> Quotas {
        Quotas { code_used, code_limit: 1_000, concurrency, unreserved: concurrency }
    }

    #[test]
    fn code_storage_is_a_problem_before_it_is_full() {
        for (used, ok) in [(0, true), (899, true), (900, false), (1_000, false)] {
            assert_eq!(code_storage(&quotas(used, 10)).ok, ok, "{used}");
        }
        assert!(code_storage(&Quotas { code_limit: 0, ..quotas(5, 10) }).ok);
    }

    #[test]
    fn reserved_concurrency_must_leave_a_hundred() {
        for (reserved, concurrency_limit, ok) in
            [(None, 10, true), (Some(1), 10, false), (Some(900), 1_000, true), (Some(901), 1_000, false)]
        {
            let functions = [function(|settings| settings.reserved_concurrency = reserved)];
            assert_eq!(concurrency(&quotas(0, concurrency_limit), &functions).ok, ok, "{reserved:?}");
        }
    }
}
