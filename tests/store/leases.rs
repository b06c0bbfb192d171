//! Leases: of several runs one has it, whatever is lost on the way.

use cargo_lambdaship::model::{AliasName, LambdaName};
use cargo_lambdaship::store::{Attempt, Error, Guarded, Held, Hold, Lease, Owner, keys};
use jiff::{SignedDuration, Timestamp};

use super::scene::{Scene, alias, lambda, on_each};

const MINUTE: SignedDuration = SignedDuration::from_mins(1);

struct Door(LambdaName, AliasName);

impl Door {
    fn guarded(&self) -> Guarded<'_> {
        Guarded { lambda: &self.0, alias: &self.1 }
    }

    async fn attempt(&self, scene: &Scene, owner: &str, now: Timestamp) -> Attempt {
        let owner = Owner { owner: owner.to_owned(), run: None, host: Some("host".to_owned()) };
        scene.store.take(self.guarded(), &owner, now, MINUTE).await.expect("an answer")
    }

    async fn take(&self, scene: &Scene, owner: &str, now: Timestamp) -> Held {
        match self.attempt(scene, owner, now).await {
            Attempt::Taken(held) => held,
            Attempt::Busy(lease) => panic!("{}: it is {}'s", scene.server, lease.owner),
        }
    }

    async fn there(&self, scene: &Scene) -> Option<Lease> {
        scene.store.lease(self.guarded()).await.expect("an answer")
    }
}

fn door() -> Door {
    Door(lambda(), alias())
}

fn at(seconds: i64) -> Timestamp {
    let noon: Timestamp = "2026-11-21T12:00:00Z".parse().expect("a time");
    noon + SignedDuration::from_secs(seconds)
}

fn is_lost(hold: &Hold, to: &str) -> bool {
    matches!(hold, Hold::Lost(Some(lease)) if lease.owner == to)
}

#[test]
fn a_lease_is_taken_renewed_and_freed() {
    on_each(|scene| async move {
        let (store, door) = (&scene.store, door());
        assert_eq!(door.there(&scene).await, None);
        let mut held = door.take(&scene, "one", at(0)).await;
        assert_eq!(door.there(&scene).await.as_ref(), Some(held.lease()));
        let names: Vec<_> = store.locks().await.expect("a list").into_iter().collect();
        assert_eq!(names, [keys::lock(&door.0, &door.1)]);
        let Attempt::Busy(lease) = door.attempt(&scene, "two", at(59)).await else { panic!("it is taken") };
        assert_eq!((lease.owner.as_str(), lease.expires), ("one", at(60)));

        assert_eq!(store.renew(&mut held, at(50), MINUTE).await.expect("an answer"), Hold::Kept);
        let Attempt::Busy(lease) = door.attempt(&scene, "two", at(100)).await else { panic!("it is taken") };
        assert_eq!((lease.taken, lease.expires), (at(0), at(110)));
        assert_eq!(store.free(held, at(100)).await.expect("an answer"), Hold::Kept);
        assert_eq!(door.there(&scene).await, None);
        let held = door.take(&scene, "two", at(100)).await;
        assert_eq!(held.lease().owner, "two");
        scene.assert_valid();
    });
}

#[test]
fn a_lease_that_expired_is_stolen_and_its_owner_is_told() {
    on_each(|scene| async move {
        let (store, door) = (&scene.store, door());
        let mut slow = door.take(&scene, "slow", at(0)).await;
        let thief = door.take(&scene, "thief", at(60)).await;
        assert!(is_lost(&store.renew(&mut slow, at(61), MINUTE).await.expect("an answer"), "thief"));
        // Also by a clock that is slow.
        assert!(is_lost(&store.free(slow, at(30)).await.expect("an answer"), "thief"));
        assert_eq!(door.there(&scene).await.as_ref(), Some(thief.lease()), "{}", scene.server);

        // It expired, and nobody took it.
        assert_eq!(store.free(thief, at(500)).await.expect("an answer"), Hold::Kept);
        let last = door.take(&scene, "last", at(500)).await;
        assert_eq!(store.free(last, at(501)).await.expect("an answer"), Hold::Kept);
        assert_eq!(door.there(&scene).await, None);
    });
}

#[test]
fn of_several_that_take_at_once_one_has_it() {
    on_each(|scene| async move {
        let door = door();
        for now in [at(0), at(60)] {
            // The second time there is an expired one to steal.
            scene.proxy.fault("PutObject", "delay:300");
            let takers = ["a", "b", "c", "d"].map(|owner| door.attempt(&scene, owner, now));
            let attempts = futures::future::join_all(takers).await;
            let taken: Vec<_> = attempts
                .iter()
                .filter_map(|attempt| match attempt {
                    Attempt::Taken(held) => Some(held.lease()),
                    Attempt::Busy(_) => None,
                })
                .collect();
            assert_eq!(taken.len(), 1, "{}", scene.server);
            assert_eq!(door.there(&scene).await.as_ref(), taken.first().copied());
        }
    });
}

#[test]
fn a_lost_answer_loses_no_lease() {
    on_each(|scene| async move {
        let (store, proxy, door) = (&scene.store, &scene.proxy, door());
        proxy.fault("PutObject", "drop-after");
        let mut held = door.take(&scene, "one", at(0)).await;
        proxy.fault("PutObject", "drop-after");
        assert_eq!(store.renew(&mut held, at(30), MINUTE).await.expect("an answer"), Hold::Kept);
        assert_eq!(door.there(&scene).await.as_ref(), Some(held.lease()));
        proxy.fault("DeleteObject", "drop-after");
        assert_eq!(store.free(held, at(40)).await.expect("an answer"), Hold::Kept);
        assert_eq!(door.there(&scene).await, None);
        let report = scene.proxy.report();
        assert_eq!((report.count("PutObject"), report.count("DeleteObject")), (4, 2), "{}", scene.server);
    });
}

#[test]
fn who_may_not_delete_ends_a_lease() {
    on_each(|scene| async move {
        for answer in
            ["error:403:AccessDenied:no", "error:501:NotImplemented:no", "error:400:InvalidRequest:no"]
        {
            let door = door();
            let held = door.take(&scene, "one", at(0)).await;
            scene.proxy.fault_always("DeleteObject", answer);
            assert_eq!(scene.store.free(held, at(10)).await.expect("an answer"), Hold::Kept, "{answer}");
            let held = door.take(&scene, "two", at(10)).await;
            scene.proxy.reset();
            assert_eq!(scene.store.free(held, at(20)).await.expect("an answer"), Hold::Kept);
        }
    });
}

#[test]
fn a_lock_that_cannot_be_read_is_left_alone() {
    on_each(|scene| async move {
        let door = door();
        for text in ["not JSON", "{\"schema\": \"lambdaship.lock/2\"}"] {
            scene.plant(&keys::lock(&door.0, &door.1), text);
            let owner = Owner::default();
            let error = scene.store.take(door.guarded(), &owner, at(0), MINUTE).await.expect_err("no lease");
            assert!(matches!(error, Error::Lock { .. }), "{error}");
            assert!(error.hint().is_some_and(|hint| hint.contains("locks/hello-staging/live.json")));
        }
    });
}
