//! Rollouts on three servers that differ only by their endpoint, each behind the proxy that holds every request against
//! AWS's service models.
//!
//! No server is called: what versions did is told to `CloudWatch`, so that each case has the numbers that it is about.

mod counter;
mod judged;
mod looked_after;
mod quiet;
mod recalled;
mod refused;
mod scene;
mod tested;

use scene::Scene;

/// A test for each case that a server is led through.
macro_rules! led_through {
    ($server:ident: $($part:ident::$case:ident),* $(,)?) => {
        mod $server {
            $(
                #[test]
                fn $case() {
                    super::$part::$case(&super::Scene::$server());
                }
            )*
        }
    };
}

led_through!(
    local_aws: judged::well,
    judged::badly,
    judged::by_alarms,
    quiet::decided,
    looked_after::detached,
    looked_after::killed,
    looked_after::ended,
    looked_after::met,
    looked_after::edited,
    recalled::at_either_end,
    tested::before_traffic,
    refused::unlike_versions,
    refused::no_permission,
);

led_through!(
    ministack: judged::well,
    judged::badly,
    judged::by_alarms,
    quiet::decided,
    looked_after::detached,
    looked_after::killed,
    looked_after::ended,
    looked_after::met,
    looked_after::edited,
    recalled::at_either_end,
    tested::before_traffic,
    refused::unlike_versions,
);

// Without `looked_after::edited`, as moto takes an alias' revision for no fence; and without `tested::before_traffic`, as
// it runs nothing.
led_through!(
    moto: judged::well,
    judged::badly,
    judged::by_alarms,
    quiet::decided,
    looked_after::detached,
    looked_after::killed,
    looked_after::ended,
    looked_after::met,
    recalled::at_either_end,
    refused::unlike_versions,
);
