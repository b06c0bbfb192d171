//! How many requests a second Lambda's control plane takes, by region, and S3, by prefix.

use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use super::fault::{Fault, Protocol};
use super::options::Rates;

// Source: the Lambda quotas page, API requests; none of the three can be raised. Checked when they are compiled.
const GET_FUNCTION: NonZeroU32 = NonZeroU32::new(100).unwrap();
const GET_POLICY: NonZeroU32 = NonZeroU32::new(15).unwrap();
const OTHERS: NonZeroU32 = NonZeroU32::new(15).unwrap();
// Source: "Best practices design patterns: optimizing Amazon S3 performance".
const OBJECT_READS: NonZeroU32 = NonZeroU32::new(5_500).unwrap();
const OBJECT_WRITES: NonZeroU32 = NonZeroU32::new(3_500).unwrap();

/// Lets requests through up to the rates.
pub(crate) struct Limiter(Option<Buckets>);

/// A bucket per region for each rate.
struct Buckets {
    get_function: DefaultKeyedRateLimiter<String>,
    get_policy: DefaultKeyedRateLimiter<String>,
    others: DefaultKeyedRateLimiter<String>,
    object_reads: DefaultKeyedRateLimiter<String>,
    object_writes: DefaultKeyedRateLimiter<String>,
}

impl Limiter {
    pub(crate) fn new(rates: Rates) -> Self {
        match rates {
            Rates::Unlimited => Self(None),
            Rates::Aws => Self(Some(Buckets {
                get_function: RateLimiter::keyed(Quota::per_second(GET_FUNCTION)),
                get_policy: RateLimiter::keyed(Quota::per_second(GET_POLICY)),
                others: RateLimiter::keyed(Quota::per_second(OTHERS)),
                object_reads: RateLimiter::keyed(Quota::per_second(OBJECT_READS)),
                object_writes: RateLimiter::keyed(Quota::per_second(OBJECT_WRITES)),
            })),
        }
    }

    /// Counts a request, and refuses one that is over the rate.
    pub(crate) fn admit(&self, protocol: Protocol, operation: &str, region: &str) -> Result<(), Fault> {
        let bucket = self.0.as_ref().and_then(|buckets| buckets.of(protocol, operation));
        let admitted = bucket.is_none_or(|bucket| bucket.check_key(&region.to_owned()).is_ok());
        if admitted { Ok(()) } else { Err(Fault::throttled()) }
    }
}

impl Limiter {
    /// Counts a request to S3 for something under `prefix`, and says whether it is within the rate.
    pub(crate) fn admit_object(&self, reads: bool, prefix: &str) -> bool {
        self.0.as_ref().is_none_or(|buckets| {
            let bucket = if reads { &buckets.object_reads } else { &buckets.object_writes };
            bucket.check_key(&prefix.to_owned()).is_ok()
        })
    }
}

impl Buckets {
    /// What a request is taken from. Only Lambda's control plane has rates: Invoke is limited by concurrency.
    fn of(&self, protocol: Protocol, operation: &str) -> Option<&DefaultKeyedRateLimiter<String>> {
        match (protocol, operation) {
            (Protocol::RestJson, "GetFunction") => Some(&self.get_function),
            (Protocol::RestJson, "GetPolicy") => Some(&self.get_policy),
            (Protocol::Scheduler | Protocol::CloudWatch(_) | Protocol::AwsJson | Protocol::Query, _)
            | (Protocol::RestJson, "Invoke" | "Unknown") => None,
            (Protocol::RestJson, _) => Some(&self.others),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether one of very many requests at once is over the rate.
    fn limited(limiter: &Limiter, protocol: Protocol, operation: &str, region: &str) -> bool {
        (0..10_000).any(|_| limiter.admit(protocol, operation, region).is_err())
    }

    #[test]
    fn lambdas_control_plane_has_rates_and_nothing_else() {
        for (protocol, operation, expected) in [
            (Protocol::RestJson, "GetFunction", true),
            (Protocol::RestJson, "GetPolicy", true),
            (Protocol::RestJson, "UpdateAlias", true),
            (Protocol::RestJson, "Invoke", false),
            (Protocol::AwsJson, "GetParameters", false),
            (Protocol::Query, "GetRole", false),
        ] {
            assert_eq!(limited(&Limiter::new(Rates::Aws), protocol, operation, "eu-west-1"), expected);
            assert!(!limited(&Limiter::new(Rates::Unlimited), protocol, operation, "eu-west-1"));
        }
    }

    #[test]
    fn other_operations_share_a_rate_and_each_region_has_its_own() {
        let limiter = Limiter::new(Rates::Aws);
        let admitted =
            |operation: &str, region: &str| limiter.admit(Protocol::RestJson, operation, region).is_ok();
        assert!((0..15).all(|_| admitted("UpdateAlias", "eu-west-1")));
        assert!(limited(&limiter, Protocol::RestJson, "PublishVersion", "eu-west-1"));
        assert!((0..100).all(|_| admitted("GetFunction", "eu-west-1")));
        assert!((0..15).all(|_| admitted("GetPolicy", "eu-west-1")));
        assert!((0..15).all(|_| admitted("UpdateAlias", "us-west-2")));
    }
}
