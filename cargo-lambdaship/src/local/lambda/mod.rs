//! Lambda's control plane and Invoke, as far as a deployer can tell it from AWS's.

mod aliases;
mod arn;
mod code;
mod concurrency;
mod configuration;
mod functions;
mod invoke;
mod limits;
mod paging;
mod permissions;
mod provisioned;
mod reference;
mod requests;
mod resource_policy;
mod signing;
mod tags;
mod versions;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};

pub(crate) use aliases::update as update_alias;
pub use functions::FunctionSummary;
pub(crate) use functions::summaries;
pub use invoke::Invoked;
pub(crate) use invoke::{invoke, invoke_directly};
pub(crate) use reference::{Reference, shape};
pub(crate) use requests::UpdateAlias;
pub(crate) use versions::fill as fill_versions;
pub(crate) use wire::{At, log_group};

use super::handler::{on, read, write};
use super::server::Shared;

/// All operations, at the paths of Lambda's service model.
pub(crate) fn router() -> Router<Arc<Shared>> {
    Router::new().merge(functions()).merge(versions_and_aliases()).merge(belongings()).merge(account())
}

fn functions() -> Router<Arc<Shared>> {
    const ALL: &str = "/2015-03-31/functions";
    const ONE: &str = "/2015-03-31/functions/{name}";
    let list_or_create =
        || get(read("ListFunctions", functions::list)).post(on("CreateFunction", functions::create));
    Router::new()
        .route(ALL, list_or_create())
        .route(&format!("{ALL}/"), list_or_create())
        .route(
            ONE,
            get(read("GetFunction", functions::get)).delete(write("DeleteFunction", functions::delete)),
        )
        .route(&format!("{ONE}/code"), put(on("UpdateFunctionCode", code::update)))
        .route(
            &format!("{ONE}/configuration"),
            get(read("GetFunctionConfiguration", configuration::get))
                .put(write("UpdateFunctionConfiguration", configuration::update)),
        )
        .route(&format!("{ONE}/invocations"), post(on("Invoke", invoke::invoke)))
        .route(
            &format!("{ONE}/policy"),
            get(read("GetPolicy", permissions::get)).post(write("AddPermission", permissions::add)),
        )
        .route(&format!("{ONE}/policy/{{statement}}"), delete(write("RemovePermission", permissions::remove)))
}

fn versions_and_aliases() -> Router<Arc<Shared>> {
    const VERSIONS: &str = "/2015-03-31/functions/{name}/versions";
    const ALIASES: &str = "/2015-03-31/functions/{name}/aliases";
    Router::new()
        .route(
            VERSIONS,
            get(read("ListVersionsByFunction", versions::list))
                .post(write("PublishVersion", versions::publish)),
        )
        .route(ALIASES, get(read("ListAliases", aliases::list)).post(write("CreateAlias", aliases::create)))
        .route(
            &format!("{ALIASES}/{{alias}}"),
            get(read("GetAlias", aliases::get))
                .put(write("UpdateAlias", aliases::update))
                .delete(write("DeleteAlias", aliases::delete)),
        )
}

/// What belongs to a function without being part of its configuration.
fn belongings() -> Router<Arc<Shared>> {
    const SIGNING: &str = "/2020-06-30/functions/{name}/code-signing-config";
    const PROVISIONED: &str = "/2019-09-30/functions/{name}/provisioned-concurrency";
    Router::new()
        .route(
            "/2017-03-31/tags/{arn}",
            get(read("ListTags", tags::list))
                .post(write("TagResource", tags::tag))
                .delete(write("UntagResource", tags::untag)),
        )
        .route(
            "/2017-10-31/functions/{name}/concurrency",
            put(write("PutFunctionConcurrency", concurrency::put))
                .delete(write("DeleteFunctionConcurrency", concurrency::delete)),
        )
        .route(
            "/2019-09-30/functions/{name}/concurrency",
            get(read("GetFunctionConcurrency", concurrency::get)),
        )
        .route(
            PROVISIONED,
            get(read("GetProvisionedConcurrencyConfig", provisioned::get))
                .put(write("PutProvisionedConcurrencyConfig", provisioned::put))
                .delete(write("DeleteProvisionedConcurrencyConfig", provisioned::delete)),
        )
        .route(
            "/2026-07-09/resource-policy/{arn}",
            get(read("GetResourcePolicy", resource_policy::get))
                .put(write("PutResourcePolicy", resource_policy::put))
                .delete(write("DeleteResourcePolicy", resource_policy::delete)),
        )
        .route(
            SIGNING,
            get(read("GetFunctionCodeSigningConfig", signing::get))
                .put(write("PutFunctionCodeSigningConfig", signing::put))
                .delete(write("DeleteFunctionCodeSigningConfig", signing::delete)),
        )
}

fn account() -> Router<Arc<Shared>> {
    const SETTINGS: &str = "/2016-08-19/account-settings";
    Router::new()
        .route(SETTINGS, get(read("GetAccountSettings", concurrency::account)))
        .route(&format!("{SETTINGS}/"), get(read("GetAccountSettings", concurrency::account)))
        .route("/_lambdaship/zips/{sha256}", get(code::download))
}
