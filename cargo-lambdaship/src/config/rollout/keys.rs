//! The keys of `rollout` for the JSON Schema, which is all that these types are for.

use schemars::JsonSchema;

use crate::model::rollout::MOST_STEPS;

/// How the alias moves: a table, or a shape as `--rollout` takes it.
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::config) enum RolloutValue {
    /// A shape and what goes with it.
    Table(Box<Keys>),
    /// `all-at-once`, `10%/5m`, `5%,25%/5m` or `linear:10%/1m`.
    #[schemars(extend("pattern" = r"^all-at-once$|^(linear:)?[0-9.]+%?(,[0-9.]+%?)*/[0-9]+[smh]$"))]
    Text(String),
}

/// How the alias moves, and when it goes back.
#[derive(JsonSchema)]
#[schemars(rename = "Rollout", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::config) struct Keys {
    /// The shares of the traffic that the new version gets one after the other, such as `5%`; needs `bake`.
    #[schemars(length(min = 1, max = MOST_STEPS))]
    steps: Option<Vec<String>>,
    /// How long each step is watched, such as `30s`, `5m` or `2h`.
    #[schemars(regex(pattern = r"^[0-9]+[smh]$"))]
    bake: Option<String>,
    /// Steps of the same size, in place of `steps` and `bake`.
    linear: Option<LinearKeys>,
    /// The share of invocations that may fail; `false`, which is the default, sets no ceiling.
    max_error_rate: Option<CeilingValue>,
    /// How much longer the p95 of the duration may be than the old version's; `50%` when it is not stated.
    max_p95_growth: Option<CeilingValue>,
    /// Invocations of the new version that it takes to judge a step; 50 when it is not stated.
    #[schemars(range(min = 1, max = 1_000_000))]
    min_invocations: Option<u32>,
    /// Names of `CloudWatch` alarms that end the rollout when they go off.
    #[schemars(length(max = 100))]
    alarms: Option<Vec<String>>,
    /// What becomes of a step with too few invocations; `smoke` when it is not stated.
    quiet: Option<QuietWord>,
    /// How much longer than `bake` such a step is watched; as long again when it is not stated.
    #[schemars(regex(pattern = r"^[0-9]+[smh]$"))]
    patience: Option<String>,
    /// How much later than an invocation its metrics are counted on, since they arrive late; `2m` when it is not stated, and at
    /// most as long as `bake`.
    #[schemars(regex(pattern = r"^[0-9]+[smh]$"))]
    metrics_delay: Option<String>,
    /// What a deploy does with an alias that is in the middle of a rollout; `resume` when it is not stated.
    under_way: Option<UnderWayWord>,
    /// Whether `EventBridge` Scheduler takes the alias back when nobody drives the rollout any more.
    dead_man: Option<bool>,
    /// The role that Scheduler does it with, an ARN or a name; one is created when none is stated.
    dead_man_role: Option<String>,
}

/// Steps of the same size.
#[derive(JsonSchema)]
#[schemars(rename = "Linear", rename_all = "kebab-case", deny_unknown_fields)]
#[expect(dead_code, reason = "only its schema is used")]
struct LinearKeys {
    /// How much each step adds, such as `10%`.
    by: String,
    /// How long each step is watched, such as `1m`.
    #[schemars(regex(pattern = r"^[0-9]+[smh]$"))]
    every: String,
}

/// A limit.
#[derive(JsonSchema)]
#[schemars(rename = "Ceiling", untagged)]
#[expect(dead_code, reason = "only its schema is used")]
enum CeilingValue {
    /// A percentage.
    #[schemars(extend("pattern" = r"^[0-9.]+%$"))]
    Percent(String),
    /// `false` switches it off.
    #[schemars(extend("const" = false))]
    Off(bool),
}

/// What becomes of a step with too few invocations.
#[derive(JsonSchema)]
#[schemars(rename = "Quiet", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum QuietWord {
    /// The smoke events are run once more and decide; without any it is held.
    Smoke,
    /// The alias stays where it is until somebody says more.
    Hold,
    /// It goes on.
    Promote,
    /// It goes back.
    Rollback,
}

/// What a deploy does with an alias that is in the middle of a rollout.
#[derive(JsonSchema)]
#[schemars(rename = "UnderWay", rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum UnderWayWord {
    /// Goes on with it when it brings what is wanted.
    Resume,
    /// Ends it first, at the old version.
    Abort,
    /// Leaves it alone.
    Refuse,
}
