//! Locks against a server that speaks S3: of several runs one has them, and what becomes of them when a run is killed, told to
//! end, or does not hear what it was answered.

use std::cell::Cell;
use std::future::Future;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cargo_lambdaship::aws::{Aws, Connection, Endpoint};
use cargo_lambdaship::console::{Buffer, Console, Verbosity};
use cargo_lambdaship::error::Error;
use cargo_lambdaship::interruption::Interruption;
use cargo_lambdaship::local::ACCOUNT;
use cargo_lambdaship::model::{AccountId, AliasName, Exit, LambdaName, StoreName};
use cargo_lambdaship::network::Network;
use cargo_lambdaship::ops::locks::{LENGTH, Locks, Locksmith, Wait};
use cargo_lambdaship::store::{Guarded, Lease, Owner, Store, keys};

use crate::support::{Answers, PATIENCE, Proxy, Server, http};

/// How long the locks last that are to expire or to be renewed: far more than it takes to write them on a busy machine.
const SHORT: Duration = Duration::from_secs(30);
const SIGNED: &str = "authorization: AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/s3/aws4_request, \
                      SignedHeaders=host, Signature=0";

/// A bucket of a test's own, with a proxy in front, and the aliases of three lambdas.
struct Scene {
    proxy: Proxy,
    bucket: String,
    lambdas: Vec<LambdaName>,
    alias: AliasName,
}

/// One run that takes locks.
struct Run {
    aws: Aws,
    store: Store,
    owner: Owner,
    console: Console,
    said: Buffer,
    length: Duration,
}

impl Scene {
    fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        let bucket = format!("locks-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let proxy = Proxy::new(&Server::ministack().endpoint(), Answers::Lenient);
        let lambdas = ["a", "b", "c"].map(|name| LambdaName::new(format!("{name}-prod")).expect("a name"));
        let alias = AliasName::new("live").expect("a name");
        let scene = Self { proxy, bucket, lambdas: lambdas.into(), alias };
        scene.put("", "");
        scene
    }

    fn put(&self, path: &str, body: &str) {
        let request = format!("PUT /{}{path}", self.bucket);
        let answer = http::exchange(Server::ministack().port, &request, &[SIGNED], body);
        assert!(answer.is_ok_and(|answer| answer.status < 300), "{request}");
    }

    fn places(&self) -> Vec<Guarded<'_>> {
        self.lambdas.iter().map(|lambda| Guarded { lambda, alias: &self.alias }).collect()
    }

    async fn run(&self, owner: &str) -> Run {
        let (endpoint, read_timeout) = (Endpoint::Local(self.proxy.endpoint()), Duration::from_mins(2));
        let connection = Connection {
            region: None,
            profile: None,
            endpoint,
            read_timeout,
            identity: None,
            network: Network::default(),
        };
        let (console, _, said) = Console::buffered(Verbosity::Verbose);
        let aws = Aws::connect(&connection, &console).await.expect("credentials of its own");
        let account = AccountId::new(ACCOUNT).expect("an account");
        let store = Store::new(aws.s3(&account), StoreName::new(&self.bucket).expect("a name"));
        let run = Some(format!("https://ci.example/{owner}"));
        let owner = Owner { owner: owner.to_owned(), run, host: None };
        // The server's time is known from its first answer on.
        store.locks().await.expect("an answer");
        Run { aws, store, owner, console, said, length: LENGTH }
    }
}

impl Run {
    fn smith(&self) -> Locksmith<'_> {
        let (store, aws, owner, console) = (&self.store, &self.aws, &self.owner, &self.console);
        Locksmith { store, aws, owner, console, length: self.length }
    }

    async fn take(&self, places: &[Guarded<'_>], wait: Wait) -> Result<Locks, Error> {
        self.smith().take(places, wait, &Interruption::never()).await
    }

    async fn lease(&self, place: Guarded<'_>) -> Option<Lease> {
        self.store.lease(place).await.expect("an answer")
    }

    async fn locks(&self) -> usize {
        self.store.locks().await.expect("an answer").len()
    }

    fn lasting(self, length: Duration) -> Self {
        Self { length, ..self }
    }
}

fn play<T>(play: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(play)
}

/// Looks again and again, while others go on, until it is so.
async fn until(what: &str, mut look: impl AsyncFnMut() -> bool) {
    let looking = async {
        while !look().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let in_time = tokio::time::timeout(PATIENCE, looking).await;
    assert!(in_time.is_ok(), "waited {PATIENCE:?} for {what}");
}

#[test]
fn of_two_that_take_at_once_one_wins_and_the_other_says_whom_it_waits_for() {
    play(async {
        let scene = Scene::new();
        let runs = [scene.run("ada").await, scene.run("bob").await];
        let (places, working) = (scene.places(), Cell::new(0));
        let work = async |index: usize| {
            let (own, other) = (&runs[index], &runs[1 - index]);
            let locks = own.take(&places, Wait::Forever).await.expect("it waits");
            working.set(working.get() + 1);
            assert_eq!(working.get(), 1, "both work");
            if !locks.waited() {
                until("the other", async || other.said.text().contains("Waiting")).await;
            }
            assert_eq!(own.locks().await, 3);
            working.set(0);
            let waited = locks.waited();
            locks.free().await;
            waited
        };
        let waited = tokio::join!(work(0), work(1));
        assert_ne!(waited.0, waited.1, "one of them waited");
        let (winner, loser) = if waited.0 { (&runs[1], &runs[0]) } else { (&runs[0], &runs[1]) };
        let name = &winner.owner.owner;
        let whom = format!(
            "     Waiting for {name} (run https://ci.example/{name}) until the lock on a-prod:live is free"
        );
        assert_eq!(loser.said.text().matches(&whom).count(), 1, "{}", loser.said.text());
        assert_eq!((winner.said.text().as_str(), winner.locks().await), ("", 0));
        scene.proxy.report().assert_valid_requests();
    });
}

#[test]
fn who_does_not_wait_is_told_who_has_it_and_keeps_nothing() {
    play(async {
        let scene = Scene::new();
        let (ada, bob) = (scene.run("ada").await, scene.run("bob").await);
        let places = scene.places();
        let one = ada.take(&places[1..2], Wait::No).await.expect("it is free");
        for (wait, hint) in
            [(Wait::No, "`--wait` waits until"), (Wait::AtMost(Duration::from_millis(700)), "later")]
        {
            let error = bob.take(&places, wait).await.err().expect("it is ada's");
            let message = error.to_string();
            let whose = "b-prod:live is locked by ada (run https://ci.example/ada) since 2";
            assert!(message.starts_with(whose) && message.contains("expires at 2"), "{message}");
            assert!(error.hint().is_some_and(|said| said.contains(hint)), "{:?}", error.hint());
            assert_eq!((error.exit(), ada.locks().await), (Exit::Held, 1));
        }
        assert_eq!(ada.lease(places[1]).await.map(|lease| lease.owner).as_deref(), Some("ada"));
        // What it does not need is not in its way.
        let others = bob.take(&[places[0], places[2], places[0]], Wait::No).await.expect("they are free");
        assert_eq!(ada.locks().await, 3);
        others.free().await;
        one.free().await;
        assert_eq!(ada.locks().await, 0);
    });
}

#[test]
fn the_locks_of_a_run_that_was_killed_are_taken_over_when_they_expire() {
    let scene = Scene::new();
    play(async {
        let killed = scene.run("ada").await.lasting(SHORT);
        // With its runtime ends all that would free them.
        std::mem::forget(killed.take(&scene.places(), Wait::No).await.expect("they are free"));
    });
    play(async {
        let bob = scene.run("bob").await;
        let left = bob.lease(scene.places()[0]).await.expect("it is left");
        let locks = bob.take(&scene.places(), Wait::Forever).await.expect("they expire");
        assert!(bob.aws.now() >= left.expires, "it was taken before its end");
        let said = bob.said.text();
        assert!(locks.waited() && said.contains("Waiting for ada"), "{said}");
        for lambda in ["a", "b", "c"] {
            let over = format!(
                " Taking over the expired lock of ada (run https://ci.example/ada) on {lambda}-prod:live"
            );
            assert_eq!(said.matches(&over).count(), 1, "{said}");
        }
        locks.free().await;
        assert_eq!(bob.locks().await, 0);
    });
}

#[test]
fn a_signal_frees_what_was_taken_and_ends_the_waiting() {
    play(async {
        let scene = Scene::new();
        let (ada, bob) = (scene.run("ada").await, scene.run("bob").await);
        let places = scene.places();
        // It comes while requests are under way.
        scene.proxy.fault_always("PutObject", "delay:500");
        let signal = Interruption::new(async {});
        let ended = ada.smith().take(&places, Wait::Forever, &signal).await;
        assert!(matches!(ended, Err(Error::Interrupted)));
        assert_eq!(ada.locks().await, 0);
        scene.proxy.reset();

        let held = ada.take(&places[2..], Wait::No).await.expect("it is free");
        let (send, receive) = tokio::sync::oneshot::channel::<()>();
        let signal = Interruption::new(async { drop(receive.await) });
        let (smith, waits) = (bob.smith(), async {
            until("it to wait", async || bob.said.text().contains("Waiting")).await;
            send.send(()).expect("it waits");
        });
        let (ended, ()) = tokio::join!(smith.take(&places, Wait::Forever, &signal), waits);
        assert!(matches!(ended, Err(Error::Interrupted)));
        assert_eq!(ada.locks().await, 1);
        // Work that is dropped, as a signal does, gives its locks back as well.
        drop(held);
        until("the lock to be freed", async || ada.locks().await == 0).await;
    });
}

#[test]
fn locks_are_renewed_for_as_long_as_the_work_takes() {
    play(async {
        let scene = Scene::new();
        let (ada, bob) = (scene.run("ada").await.lasting(SHORT), scene.run("bob").await);
        let places = scene.places();
        let locks = ada.take(&places, Wait::No).await.expect("they are free");
        let first = bob.lease(places[2]).await.expect("it is taken").expires;
        // A request that fails in between is made good.
        scene.proxy.fault_always("PutObject", "error:403:AccessDenied:Access Denied");
        until("a renewal that fails", async || scene.proxy.report().count("PutObject") > 3).await;
        scene.proxy.reset();
        until("the first end", async || {
            ada.locks().await;
            ada.aws.now() > first
        })
        .await;
        for place in &places {
            assert!(ada.lease(*place).await.is_some_and(|lease| lease.expires > first));
            assert_eq!(bob.take(&[*place], Wait::No).await.err().map(|error| error.exit()), Some(Exit::Held));
        }
        locks.free().await;
        assert_eq!((ada.locks().await, ada.said.text().as_str()), (0, ""));
    });
}

#[test]
fn a_lock_that_is_lost_is_said_and_left_to_its_new_owner() {
    play(async {
        let scene = Scene::new();
        let ada = scene.run("ada").await.lasting(SHORT);
        let places = scene.places();
        let locks = ada.take(&places, Wait::No).await.expect("they are free");
        let eve = "{\"schema\": \"lambdaship.lock/1\", \"id\": \"eve\", \"owner\": \"eve\", \"run\": null, \
                   \"host\": \"laptop\", \"taken\": \"2026-11-21T12:00:00Z\", \"expires\": \"2126-11-21T12:01:00Z\"}";
        scene.put(&format!("/{}", keys::lock(places[1].lambda, places[1].alias)), eve);
        until("the warning", async || ada.said.text().contains("warning: ")).await;
        let said = ada.said.text();
        assert!(
            said.contains("warning: eve (laptop) took over the lock on b-prod:live; this run goes on"),
            "{said}"
        );
        locks.free().await;
        assert_eq!(ada.lease(places[1]).await.map(|lease| lease.owner).as_deref(), Some("eve"));
        assert_eq!((ada.locks().await, ada.said.text().matches("warning").count()), (1, 1));
    });
}

#[test]
fn lost_answers_leave_no_lock_and_take_none_twice() {
    play(async {
        let scene = Scene::new();
        let ada = scene.run("ada").await;
        for operation in ["PutObject", "DeleteObject"] {
            scene.proxy.fault(operation, "drop-after");
        }
        let locks = ada.take(&scene.places(), Wait::No).await.expect("they are its own");
        assert!(!locks.waited());
        locks.free().await;
        assert_eq!((ada.locks().await, ada.said.text().as_str()), (0, ""));
        scene.proxy.reset();

        // A store that does not let it: the one that could be taken is given back.
        scene.proxy.faults(&serde_json::json!({
            "operation": "PutObject", "nth": 2, "count": null, "action": "error:403:AccessDenied:Access Denied",
        }));
        let error = ada.take(&scene.places(), Wait::Forever).await.err().expect("it may not write");
        assert!(error.hint().is_some_and(|hint| hint.contains("s3:PutObject")), "{error} {:?}", error.hint());
        assert_eq!((error.exit(), ada.locks().await), (Exit::Failed, 0));
    });
}
