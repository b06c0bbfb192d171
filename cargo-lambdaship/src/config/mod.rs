//! `lambdaship.toml`: raw → load (with spans) → resolve.
//!
//! In: the file's text, the workspace's functions, an environment's name. Out: [`EnvironmentConfig`], in which every
//! template is filled in and every layer is merged. It must not read AWS, and must not build.

mod collisions;
mod delivery;
mod error;
mod gates;
pub mod init;
mod limits;
mod load;
mod merge;
mod origins;
mod place;
mod problem;
mod raw;
mod read;
mod reader;
mod resolve;
mod rollout;
mod schema;
mod smoke;
mod store;
mod template;
#[cfg(test)]
mod tests;
mod variables;

use camino::Utf8PathBuf;

pub use delivery::Delivery;
pub use error::Error;
pub use load::{Config, load};
pub use problem::{Place, Problem, Problems};
pub use schema::schema;
pub use store::StoreTemplate;

use crate::model::{
    AccountId, AliasName, CodeStorage, EnvName, GatesPolicy, LambdaName, Region, RegionOrder, Rollout,
    Settings, Smoke,
};
use crate::workspace::Function;

/// The configuration's file name.
pub const FILE_NAME: &str = "lambdaship.toml";

/// One environment, resolved.
#[derive(Debug, Clone)]
pub struct EnvironmentConfig {
    /// Its name.
    pub env: EnvName,
    /// The regions that the configuration states, each once; without any the SDK's usual chain decides on one.
    pub regions: Vec<Region>,
    /// How several of them follow each other.
    pub region_order: RegionOrder,
    /// The account that the credentials must belong to.
    pub account: Option<AccountId>,
    /// The profile of the AWS configuration files (`AWS_PROFILE`'s meaning).
    pub aws_profile: Option<String>,
    /// Another endpoint than AWS's own.
    pub endpoint_url: Option<String>,
    /// The bucket that artifacts are kept in.
    pub store: Option<StoreTemplate>,
    /// The account that this bucket belongs to, where it is not the environment's own.
    pub store_account: Option<AccountId>,
    /// What Lambda does with a zip from the store.
    pub code_storage: CodeStorage,
    /// The environment that has to serve what is deployed here.
    pub from: Option<EnvName>,
    /// What it asks of gates.
    pub gates: GatesPolicy,
    /// The functions, in the order of their names.
    pub functions: Vec<FunctionConfig>,
}

/// One function in one environment, resolved.
#[derive(Debug, Clone)]
pub struct FunctionConfig {
    /// The function.
    pub function: Function,
    /// The lambda that it becomes.
    pub lambda: LambdaName,
    /// The alias that callers use.
    pub alias: AliasName,
    /// What is stated of the lambda.
    pub settings: Settings,
    /// How its alias moves to another version.
    pub rollout: Rollout,
    /// What a version is asked before it gets traffic.
    pub smoke: Vec<Smoke>,
    /// Globs of extra files, relative to [`FunctionConfig::include_root`].
    pub include: Vec<String>,
    /// The folder that `include` is relative to: the package's.
    pub include_root: Utf8PathBuf,
}
