//! The very bytes that one environment serves go to another one, across accounts and regions, whatever stores there are.

use serde_json::{Value, json};

use crate::scene::{Place, Scene, word};
use crate::support::server::fresh_account;
use crate::support::stage::json as json_of;

/// Two environments, and which of them has a store.
struct Pair {
    scene: Scene,
    staging: Place,
    prod: Place,
    stores: [bool; 2],
}

impl Pair {
    /// `staging` in `eu-west-1`, and `prod` in another region: of another account, or of the same.
    fn new(scene: Scene, accounts: [&str; 2], stores: [bool; 2]) -> Self {
        let staging = scene.account(accounts[0], "eu-west-1");
        let prod = scene.account(accounts[1], "us-east-1");
        scene.profiles(&[("staging", &staging.account), ("prod", &prod.account)]);
        let section = |name: &str, place: &Place, has_store: bool| {
            let (account, region) = (&place.account, place.region);
            let bucket = bucket(name, place);
            if has_store {
                place.bucket(&bucket);
            }
            let store = if has_store { format!("store = \"{bucket}\"\n") } else { String::new() };
            format!(
                "[env.{name}]\naccount = \"{account}\"\nregion = \"{region}\"\naws-profile = \"{name}\"\n\
                 variables = {{ STAGE = \"{name}\" }}\n{store}\n"
            )
        };
        let [staging_store, prod_store] = stores;
        scene.configure(&format!(
            "{}{}memory = 512\n",
            section("staging", &staging, staging_store),
            section("prod", &prod, prod_store)
        ));
        Self { scene, staging, prod, stores }
    }

    /// `staging` is deployed from a commit; then nothing in the workspace can be built any more, and it is at another one.
    fn deployed(&self) -> Value {
        let commit = self.scene.commit();
        self.scene.ends("deploy --env staging", 0);
        self.scene.fixture.write("functions/hello/src/main.rs", "this is no Rust");
        assert_ne!(self.scene.commit(), commit);
        let served = self.staging.served("hello-staging");
        assert!(commit.starts_with(word(&served, "git")), "{commit}: {served}");
        served
    }

    fn promotes(&self, staging: &Value) {
        let (report, outcome, sent) = self.scene.report("promote --from staging --to prod", 0);
        let function = &report["functions"][0];
        let told = ["outcome", "origin", "built", "code_sha256"].map(|key| function[key].clone());
        assert_eq!(
            json!(told),
            json!(["created", "promoted", false, staging["CodeSha256"]]),
            "{:?} {outcome}",
            self.stores
        );
        assert_eq!((report["command"].clone(), report["env"].clone()), (json!("promote"), json!("prod")));
        assert!(!outcome.stderr.contains("Building"), "{outcome}");

        let prod = self.prod.served("hello-prod");
        assert_eq!(prod["CodeSha256"], staging["CodeSha256"]);
        assert_eq!(prod["MemorySize"], 512);
        assert_eq!(prod["Environment"]["Variables"], json!({ "STAGE": "prod" }));
        for name in ["git", "src"] {
            assert_eq!(word(&prod, name), word(staging, name));
        }
        // Each environment's store is its own account's.
        let mut to_s3 = sent.requests.iter().filter(|request| request.operation.starts_with("s3."));
        assert!(to_s3.all(|request| request.owner == request.account), "{:?}", sent.requests);
        // What is written is written as prod.
        if self.staging.account != self.prod.account {
            let written =
                sent.requests.iter().filter(|request| request.method != "GET" && request.method != "HEAD");
            let by_staging =
                written.filter(|request| request.account.as_ref() == Some(&self.staging.account));
            let by_staging: Vec<_> = by_staging.map(|request| request.operation.as_str()).collect();
            assert_eq!(by_staging, ["sts.GetCallerIdentity"]);
        }
    }

    fn is_in_the_ledger(&self, staging: &Value) {
        let bucket = bucket("prod", &self.prod);
        let ledger = self.prod.ledger(&bucket, "hello-prod");
        let told: Vec<_> =
            ledger.iter().map(|release| json!([release["outcome"], release["from"]])).collect();
        assert_eq!(json!(told), json!([["promoted", "staging"]]));
        assert_eq!(ledger[0]["version"], json!({ "from": null, "to": 1 }));
        assert_eq!(ledger[0]["code_sha256"], staging["CodeSha256"]);
        assert_eq!(self.prod.keys(&bucket, "locks/"), [""; 0]);
        assert_eq!(self.prod.keys(&bucket, "artifacts/").len(), 1);
    }

    fn promotes_nothing_twice(&self) {
        let (report, outcome, sent) = self.scene.report("promote --from staging --to prod", 0);
        assert_eq!(
            (&report["result"], &report["functions"][0]["origin"]),
            (&json!("unchanged"), &json!("promoted"))
        );
        let writes = sent.writes().into_iter().filter(|name| *name != "s3.HeadObject");
        assert_eq!(writes.collect::<Vec<_>>(), ["sts.GetCallerIdentity"; 0], "{outcome}");
        assert_eq!(self.prod.versions("hello-prod"), ["1"]);
    }
}

fn bucket(name: &str, place: &Place) -> String {
    format!("{name}-{}", place.account)
}

#[test]
fn what_staging_serves_is_what_prod_gets_whatever_stores_there_are() {
    for stores in [[false, false], [true, false], [false, true], [true, true]] {
        let accounts = [fresh_account(), fresh_account()];
        let pair =
            Pair::new(Scene::on_ministack(&["hello"]), accounts.each_ref().map(String::as_str), stores);
        let staging = pair.deployed();
        pair.promotes(&staging);
        if stores[1] {
            pair.is_in_the_ledger(&staging);
        }
        pair.promotes_nothing_twice();
        if stores == [false, true] {
            let answer =
                pair.scene.run("invoke hello --env prod").args(&[r#"{"variable":"STAGE"}"#]).output();
            assert_eq!(json_of(&answer.exited(0))["variable"], "prod");
        }
    }
}

#[test]
fn two_regions_of_one_account_are_two_environments_like_any() {
    let account = fresh_account();
    for stores in [[false, false], [true, true]] {
        let pair = Pair::new(Scene::on_ministack(&["hello"]), [&account, &account], stores);
        let staging = pair.deployed();
        pair.promotes(&staging);
        pair.promotes_nothing_twice();
        for (place, lambda) in [(&pair.staging, "hello-staging"), (&pair.prod, "hello-prod")] {
            let arn = place.served(lambda)["FunctionArn"].to_string();
            assert!(arn.contains(&format!(":{}:", place.region)), "{arn}");
            // The next pair begins anew.
            place.delete_lambda(lambda);
        }
    }
}

#[test]
fn a_later_promotion_is_an_update_from_the_version_before() {
    let account = fresh_account();
    let pair = Pair::new(Scene::on_ministack(&["hello"]), [&account, &account], [true, true]);
    pair.scene.ends("deploy --env staging", 0);
    pair.scene.ends("promote --from staging --env prod", 0);
    pair.scene.fixture.set_version("hello", "2");
    pair.scene.ends("deploy --env staging", 0);
    let (report, _, _) = pair.scene.report("promote --from staging --to prod", 0);
    assert_eq!(report["functions"][0]["version"], json!({ "from": 1, "to": 2 }));
    assert_eq!(
        pair.prod.served("hello-prod")["CodeSha256"],
        pair.staging.served("hello-staging")["CodeSha256"]
    );
    // What staging went back to is what prod can get again, without another version.
    pair.scene.ends("rollback --env staging", 0);
    let (report, _, _) = pair.scene.report("promote --from staging --to prod", 0);
    let function = &report["functions"][0];
    assert_eq!(
        (&function["outcome"], &function["version"]),
        (&json!("moved"), &json!({ "from": 2, "to": 1 }))
    );
    let ledger = pair.prod.ledger(&bucket("prod", &pair.prod), "hello-prod");
    let outcomes: Vec<_> = ledger.iter().map(|release| release["outcome"].clone()).collect();
    assert_eq!(outcomes, ["promoted"; 3]);
}
