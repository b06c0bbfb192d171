//! Keeps to Lambda's request rates, so that a run is never refused for them.
//!
//! In: every request on its way to Lambda, retries and the polls of waiters included. Out: the same request, once it is its
//! turn. It must not look at answers, and knows of no other run: two at the same time share the account's rates.
//!
//! How AWS counts is not documented: by the second of a clock, in a sliding second, or by tokens that come back one by
//! one. A token here rests for a second after its request was counted at the latest ([`counted`]), so that the next one
//! with the same token is counted at least a second later, and each way of counting sees no more than the rate. In the
//! first second the tokens come one by one, since a run before this one can have ended just now.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use aws_sdk_lambda::config::{ConfigBag, RuntimeComponents, SharedHttpClient};
use aws_sdk_lambda::error::BoxError;
use aws_smithy_runtime_api::client::connector_metadata::ConnectorMetadata;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::console::Console;
use crate::context;

/// The span that the rates are stated for.
const SECOND: Duration = Duration::from_secs(1);

/// Rates of Lambda's control plane, each for an account and region, none of which can be raised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rate {
    GetFunction,
    GetPolicy,
    /// All other operations together.
    Others,
}

impl Rate {
    /// The rate that a request counts against. Invoke is limited by concurrency, and has none.
    fn of(method: &str, uri: &str) -> Option<Self> {
        let path = uri.split(['?', '#']).next().unwrap_or(uri);
        let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        match (method, segments.as_slice()) {
            ("POST", [.., "2015-03-31", "functions", _, "invocations"]) => None,
            ("GET", [.., "2015-03-31", "functions", _]) => Some(Self::GetFunction),
            ("GET", [.., "2015-03-31", "functions", _, "policy"]) => Some(Self::GetPolicy),
            _ => Some(Self::Others),
        }
    }

    /// Requests a second. Source: the Lambda quotas page, API requests.
    fn per_second(self) -> u32 {
        match self {
            Self::GetFunction => 100,
            Self::GetPolicy | Self::Others => 15,
        }
    }
}

/// The tokens of one run. A clone takes from the same.
#[derive(Clone)]
pub(super) struct Pace(Arc<Buckets>);

struct Buckets {
    get_function: Bucket,
    get_policy: Bucket,
    others: Bucket,
    console: Console,
    told: AtomicBool,
}

impl Pace {
    pub(super) fn new(console: &Console) -> Self {
        let bucket = |rate: Rate| Bucket::new(rate.per_second(), SECOND);
        Self(Arc::new(Buckets {
            get_function: bucket(Rate::GetFunction),
            get_policy: bucket(Rate::GetPolicy),
            others: bucket(Rate::Others),
            console: console.clone(),
            told: AtomicBool::new(false),
        }))
    }

    /// The HTTP client `inner`, with every request kept to the rates.
    pub(super) fn http_client(&self, inner: SharedHttpClient) -> SharedHttpClient {
        SharedHttpClient::new(Paced { inner, pace: self.clone() })
    }

    /// Waits for a token of `rate`.
    async fn token(&self, rate: Rate) -> Token<'_> {
        let bucket = match rate {
            Rate::GetFunction => &self.0.get_function,
            Rate::GetPolicy => &self.0.get_policy,
            Rate::Others => &self.0.others,
        };
        let begun = context::instant();
        let token = bucket.token().await;
        self.say(rate, begun);
        token
    }

    /// Says once why the run takes its time.
    fn say(&self, rate: Rate, begun: Instant) {
        let long = context::instant().duration_since(begun) > SECOND;
        if long && !self.0.told.swap(true, Ordering::Relaxed) {
            let number = rate.per_second();
            self.0
                .console
                .verbose("Pacing", format_args!("requests: Lambda takes {number} of a kind a second"));
        }
    }
}

impl std::fmt::Debug for Pace {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pace").finish_non_exhaustive()
    }
}

/// When a request was counted at the latest. `fastest` is what the fastest answer so far took, which is about the round trip:
/// the answer was half of one under way.
fn counted(answered: Instant, fastest: Duration) -> Instant {
    answered.checked_sub(fastest / 2).unwrap_or(answered)
}

/// Tokens, each of which serves one request and then rests. Whoever comes first is served first.
struct Bucket {
    free: Semaphore,
    rest: Duration,
    tokens: Mutex<Tokens>,
}

struct Tokens {
    /// Until when each free token rests; the first to be ready is on top.
    resting: BinaryHeap<Reverse<Instant>>,
    /// How many tokens have not served yet. Their requests may have to make a connection, and tell nothing of round trips.
    fresh: u32,
    /// What the fastest answer took, once one is known.
    fastest: Option<Duration>,
}

impl Bucket {
    fn new(tokens: u32, rest: Duration) -> Self {
        let begun = context::instant();
        let resting = (0..tokens).map(|number| Reverse(begun + rest * number / tokens)).collect();
        let free = Semaphore::new(tokens as usize);
        Self { free, rest, tokens: Mutex::new(Tokens { resting, fresh: tokens, fastest: None }) }
    }

    async fn token(&self) -> Token<'_> {
        // Nobody closes the semaphore; if somebody did, nobody would have to wait.
        let permit = self.free.acquire().await.ok();
        let (until, fresh) = self.tokens().take();
        // Made before the wait: a request that is given up gives its token back as well.
        let sent = context::instant();
        let mut token = Token { bucket: self, sent, fresh, answered: false, _permit: permit };
        if let Some(Reverse(until)) = until {
            tokio::time::sleep_until(until.into()).await;
            token.sent = context::instant();
        }
        token
    }

    fn tokens(&self) -> MutexGuard<'_, Tokens> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tokens {
    /// Until when the next token rests, and whether it has served before.
    fn take(&mut self) -> (Option<Reverse<Instant>>, bool) {
        let fresh = self.fresh > 0;
        self.fresh = self.fresh.saturating_sub(1);
        (self.resting.pop(), fresh)
    }
}

/// Leave to send one request; held until its answer is there.
struct Token<'a> {
    bucket: &'a Bucket,
    sent: Instant,
    fresh: bool,
    /// Whether there was an answer, which a request that is given up has not.
    answered: bool,
    /// Given back after the body of `drop`, so that a free token always has its place in the heap.
    _permit: Option<SemaphorePermit<'a>>,
}

impl Drop for Token<'_> {
    fn drop(&mut self) {
        let now = context::instant();
        let mut tokens = self.bucket.tokens();
        if self.answered && !self.fresh {
            let took = now.saturating_duration_since(self.sent);
            tokens.fastest = Some(tokens.fastest.map_or(took, |fastest| fastest.min(took)));
        }
        let counted = match tokens.fastest {
            Some(fastest) if self.answered && !self.fresh => counted(now, fastest),
            Some(_) | None => now,
        };
        tokens.resting.push(Reverse(counted + self.bucket.rest));
    }
}

/// An HTTP client whose requests wait for their tokens.
#[derive(Debug)]
struct Paced {
    inner: SharedHttpClient,
    pace: Pace,
}

impl HttpClient for Paced {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(PacedConnector { inner, pace: self.pace.clone() })
    }

    fn validate_base_client_config(
        &self,
        components: &RuntimeComponentsBuilder,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_base_client_config(&self.inner, components, config)
    }

    fn validate_final_config(
        &self,
        components: &RuntimeComponents,
        config: &ConfigBag,
    ) -> Result<(), BoxError> {
        HttpClient::validate_final_config(&self.inner, components, config)
    }

    fn connector_metadata(&self) -> Option<ConnectorMetadata> {
        self.inner.connector_metadata()
    }
}

/// The wait is outside of the inner connector, whose timeouts begin when the request is sent.
#[derive(Debug)]
struct PacedConnector {
    inner: SharedHttpConnector,
    pace: Pace,
}

impl HttpConnector for PacedConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let Some(rate) = Rate::of(request.method(), request.uri()) else { return self.inner.call(request) };
        let (inner, pace) = (self.inner.clone(), self.pace.clone());
        HttpConnectorFuture::new(async move {
            let mut token = pace.token(rate).await;
            let answer = inner.call(request).await;
            token.answered = answer.is_ok();
            answer
        })
    }
}

#[cfg(test)]
mod tests {
    use futures::future::{join, join_all};

    use super::*;
    use crate::aws::testing::connected;
    use crate::aws::{Aws, Endpoint};
    use crate::local::{Count, Options, Rates, Server};
    use crate::model::{AliasName, LambdaName};

    /// Pairs of reads, and writes, side by side. The last of them wait longer than the SDK lets an upload stall.
    const PAIRS: usize = 60;
    const WRITES: usize = 40;

    #[test]
    fn a_request_counts_against_the_rate_of_its_operation() {
        const AWS: &str = "https://lambda.eu-west-1.amazonaws.com";
        let (get_function, get_policy) = (Some(Rate::GetFunction), Some(Rate::GetPolicy));
        let others = Some(Rate::Others);
        for (method, path, expected) in [
            ("GET", "/2015-03-31/functions/hello", get_function),
            ("GET", "/2015-03-31/functions/hello?Qualifier=live", get_function),
            (
                "GET",
                "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A1%3Afunction%3Ahello",
                get_function,
            ),
            ("GET", "/behind/a/path/2015-03-31/functions/hello", get_function),
            ("GET", "/2015-03-31/functions/functions", get_function),
            ("GET", "/2015-03-31/functions/hello/policy", get_policy),
            ("POST", "/2015-03-31/functions/hello/invocations?Qualifier=8", None),
            ("GET", "/2015-03-31/functions/?MaxItems=50", others),
            ("POST", "/2015-03-31/functions", others),
            ("DELETE", "/2015-03-31/functions/hello?Qualifier=8", others),
            ("GET", "/2015-03-31/functions/hello/configuration", others),
            ("PUT", "/2015-03-31/functions/hello/code", others),
            ("POST", "/2015-03-31/functions/hello/policy", others),
            ("DELETE", "/2015-03-31/functions/hello/policy/url", others),
            ("GET", "/2015-03-31/functions/policy/aliases/live", others),
            ("POST", "/2015-03-31/functions/hello/versions", others),
            ("PUT", "/2017-10-31/functions/hello/concurrency", others),
            ("GET", "/2016-08-19/account-settings", others),
        ] {
            assert_eq!(Rate::of(method, &format!("{AWS}{path}")), expected, "{method} {path}");
        }
    }

    #[test]
    fn a_request_was_counted_before_its_answer_was_under_way() {
        let answered = context::instant() + SECOND;
        for (fastest, before) in [(0, 0), (40, 20), (300, 150)] {
            let counted = counted(answered, Duration::from_millis(fastest));
            assert_eq!(answered - counted, Duration::from_millis(before), "{fastest} ms");
        }
    }

    #[tokio::test]
    async fn a_first_answer_and_none_tell_nothing_of_round_trips() {
        let bucket = Bucket::new(1, Duration::from_millis(10));
        for (answered, known) in [(true, false), (false, false), (true, true)] {
            let mut token = bucket.token().await;
            token.answered = answered;
            drop(token);
            assert_eq!(bucket.tokens().fastest.is_some(), known, "answered: {answered}");
        }
    }

    #[tokio::test]
    async fn the_token_that_is_ready_first_is_taken_first() {
        let bucket = Bucket::new(2, Duration::from_millis(500));
        let slow = bucket.token().await;
        let begun = context::instant();
        {
            let mut tokens = bucket.tokens();
            tokens.resting.clear();
            tokens.resting.push(Reverse(begun + Duration::from_mins(1)));
        }
        drop(slow);
        drop(bucket.token().await);
        assert!(context::instant() - begun < Duration::from_secs(30));
    }

    #[tokio::test]
    async fn no_span_has_more_requests_than_there_are_tokens_however_late_they_are_counted() {
        const TOKENS: u32 = 5;
        let rest = Duration::from_millis(60);
        let bucket = Bucket::new(TOKENS, rest);
        let requests = (0..4 * u64::from(TOKENS)).map(|number| {
            let bucket = &bucket;
            async move {
                let _token = bucket.token().await;
                // The way there takes one long and the other short, as connections that are made, and that are there.
                tokio::time::sleep(Duration::from_millis(number * 7 % 30)).await;
                context::instant()
            }
        });
        let mut counted = join_all(requests).await;
        counted.sort();
        for span in counted.windows(TOKENS as usize + 1) {
            assert!(span[TOKENS as usize] - span[0] >= rest, "{span:?}");
        }
    }

    #[tokio::test]
    async fn the_first_tokens_come_one_by_one() {
        const TOKENS: u32 = 4;
        let (begun, rest) = (context::instant(), Duration::from_millis(80));
        let bucket = Bucket::new(TOKENS, rest);
        let mut tokens = Vec::new();
        for number in 0..TOKENS {
            tokens.push(bucket.token().await);
            assert!(context::instant() - begun >= rest * number / TOKENS, "token {number}");
        }
    }

    #[tokio::test]
    async fn a_request_that_is_given_up_gives_its_token_back() {
        let bucket = Bucket::new(1, Duration::from_secs(2));
        drop(bucket.token().await);
        tokio::select! {
            biased;
            _ = bucket.token() => panic!("it rests"),
            () = std::future::ready(()) => {}
        }
        drop(bucket.token().await);
        assert_eq!(bucket.tokens().resting.len(), 1);
    }

    /// Sends very many requests at once, and answers how many arrived and how many of them were over the rate.
    async fn rush(aws: &Aws, server: &Server) -> (u64, u64) {
        let (lambda, alias) = (LambdaName::new("absent").unwrap(), AliasName::new("live").unwrap());
        let client = aws.lambda();
        let reads = (0..PAIRS).map(|_| join(client.function(&lambda, None), client.alias(&lambda, &alias)));
        let writes = (0..WRITES).map(|_| client.reserve(&lambda, 1));
        // What is answered does not matter: an operation counts against its rate before anything is looked for.
        let _ = join(join_all(reads), join_all(writes)).await;
        let counts = server.counts();
        let sum = |field: fn(&Count) -> u64| counts.values().map(field).sum();
        (sum(|count| count.requests), sum(|count| count.throttled))
    }

    async fn server(folder: &tempfile::TempDir) -> Server {
        let root = camino::Utf8Path::from_path(folder.path()).unwrap().join("local");
        Server::start(Options { rates: Rates::Aws, ..Options::new(root) }).await.unwrap()
    }

    #[tokio::test]
    async fn a_server_that_keeps_awss_rates_refuses_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let server = server(&folder).await;
        let aws = connected(&Endpoint::Url(server.endpoint().to_owned()));
        let begun = context::instant();
        let all = 2 * PAIRS as u64 + WRITES as u64;
        assert_eq!(rush(&aws, &server).await, (all, 0));
        assert_eq!(aws.meter().lambda(), all, "the SDK gave requests up that waited");
        // The others need seven seconds; a lost token would be for ever.
        assert!(context::instant() - begun < Duration::from_mins(3));
        server.shutdown().await;
    }

    #[tokio::test]
    async fn without_tokens_it_does() {
        let folder = tempfile::tempdir().unwrap();
        let server = server(&folder).await;
        let aws = connected(&Endpoint::Local(server.endpoint().to_owned()));
        let (requests, throttled) = rush(&aws, &server).await;
        assert!(throttled > 0 && requests > 2 * PAIRS as u64 + WRITES as u64, "{throttled} of {requests}");
        server.shutdown().await;
    }
}
