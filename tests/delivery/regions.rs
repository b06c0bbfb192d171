//! An environment of several regions: one build, and one region after the other.

use serde_json::{Value, json};

use crate::scene::{Place, Scene};

const REGIONS: [&str; 2] = ["eu-west-1", "us-east-1"];

struct World {
    scene: Scene,
    places: [Place; 2],
}

impl World {
    fn new(more: &str) -> Self {
        let scene = Scene::on_ministack(&["hello", "worker"]);
        let places = REGIONS.map(|region| scene.place(region));
        let world = Self { scene, places };
        for place in &world.places {
            place.bucket(&world.bucket(place));
        }
        world.configure(more);
        world
    }

    fn bucket(&self, place: &Place) -> String {
        format!("world-{}-{}", self.places[0].account, place.region)
    }

    fn configure(&self, more: &str) {
        let account = &self.places[0].account;
        self.scene.configure(&format!(
            "[env.prod]\nregions = [\"eu-west-1\", \"us-east-1\"]\nstore = \"world-{account}-{{region}}\"\n{more}"
        ));
    }

    /// What each region serves of the functions.
    fn served(&self) -> Value {
        let of = |place: &Place| {
            ["hello-prod", "worker-prod"].map(|lambda| place.served(lambda)["Version"].clone())
        };
        json!(self.places.each_ref().map(of))
    }
}

/// Region, function and outcome of each row.
fn rows(report: &Value) -> Vec<String> {
    let text = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
    let rows = report["functions"].as_array().into_iter().flatten();
    rows.map(|row| ["region", "function", "outcome"].map(|key| text(row, key)).join(" ")).collect()
}

#[test]
fn what_is_built_once_is_deployed_to_one_region_after_the_other() {
    let world = World::new("");
    let (report, outcome, sent) = world.scene.report("deploy --env prod", 0);
    assert_eq!(
        rows(&report),
        [
            "eu-west-1 hello created",
            "eu-west-1 worker created",
            "us-east-1 hello created",
            "us-east-1 worker created"
        ]
    );
    assert_eq!(report["region"], "eu-west-1, us-east-1");
    assert_eq!(outcome.stderr.matches("Building").count(), 1, "{outcome}");
    assert_eq!(world.served(), json!([["1", "1"], ["1", "1"]]));
    let [first, second] = &world.places;
    let code = |place: &Place| place.served("hello-prod")["CodeSha256"].clone();
    assert_eq!(code(first), code(second));
    // All that one region gets is there before the other one begins. Within it the functions go side by side.
    let (create, alias) = ("lambda.CreateFunction", "lambda.CreateAlias");
    let mut created: Vec<_> =
        sent.order().into_iter().filter(|name| [create, alias].contains(name)).collect();
    assert_eq!(created.len(), 8, "{created:?}");
    for region in created.chunks_mut(4) {
        region.sort_unstable();
        assert_eq!(region, [alias, alias, create, create]);
    }
    for place in &world.places {
        assert_eq!(place.ledger(&world.bucket(place), "hello-prod").len(), 1);
    }

    let table = world.scene.ends("deploy --env prod", 0);
    assert_eq!(world.scene.sent().writes(), ["sts.GetCallerIdentity"; 0]);
    for region in REGIONS {
        assert_eq!(table.stdout.matches(region).count(), 2, "{table}");
    }

    world.scene.fixture.set_version("hello", "2");
    let (report, _, _) = world.scene.report("deploy --env prod --region us-east-1", 0);
    assert_eq!(rows(&report), ["- hello updated", "- worker unchanged"]);
    assert_eq!(report["region"], "us-east-1");
    assert_eq!(world.served(), json!([["1", "1"], ["2", "1"]]));
    let refused = world.scene.ends("deploy --env prod --region eu-west-2", 2);
    assert!(refused.stderr.contains("environment `prod` has no region `eu-west-2`"), "{refused}");
}

#[test]
fn history_and_prune_go_over_all_regions_or_the_one_that_is_chosen() {
    let world = World::new("");
    for version in ["1", "2", "3"] {
        world.scene.fixture.set_version("hello", version);
        world.scene.ends("deploy --env prod -f hello", 0);
    }
    let told = |line: &str| {
        let outcome = world.scene.ends(&format!("{line} --format json"), 0);
        crate::support::stage::json(&outcome)
    };
    let rows = |rows: &Value, key: &str| {
        let rows = rows.as_array().into_iter().flatten();
        rows.map(|row| json!([row["region"], row[key]])).collect::<Vec<_>>()
    };
    let of = |region: &str| [json!([region, 3]), json!([region, 2]), json!([region, 1])];
    let both = [of("eu-west-1"), of("us-east-1")].concat();
    assert_eq!(rows(&told("history --env prod -f hello"), "version"), both);
    let one = told("history --env prod -f hello --region us-east-1");
    assert_eq!(rows(&one, "version"), [3, 2, 1].map(|version| json!([null, version])));
    let table = world.scene.ends("history --env prod -f hello", 0);
    assert_eq!(table.stdout.matches("hello-prod (us-east-1)").count(), 3, "{table}");

    let shown = told("prune --env prod -f hello --keep 1");
    let unneeded = [json!(["eu-west-1", [1]]), json!(["us-east-1", [1]])];
    assert_eq!(rows(&shown["lambdas"], "unneeded"), unneeded);
    let stores = world.places.each_ref().map(|place| json!([place.region, world.bucket(place)]));
    assert_eq!(rows(&shown["stores"], "store"), stores);
    let second = told("prune --env prod -f hello --keep 1 --yes --region us-east-1");
    assert_eq!(rows(&second["lambdas"], "deleted"), [json!([null, [1]])]);
    let rest = told("prune --env prod -f hello --keep 1 --yes");
    assert_eq!(rows(&rest["lambdas"], "deleted"), [json!(["eu-west-1", [1]]), json!(["us-east-1", []])]);
    for place in &world.places {
        assert_eq!(place.versions("hello-prod"), ["2", "3"], "{}", place.region);
    }
}

#[test]
fn a_region_that_fails_is_the_last_that_is_begun() {
    let world = World::new("");
    world.scene.ends("deploy --env prod", 0);
    world.scene.fixture.set_version("hello", "2");
    world.scene.proxy.reset();
    world.scene.proxy.fault("PublishVersion", "error:403:AccessDeniedException:not you");
    let outcome = world.scene.run("deploy --env prod --format json").output().exited(1);
    let report = crate::support::stage::json(&outcome);
    assert_eq!(
        rows(&report),
        [
            "eu-west-1 hello failed",
            "eu-west-1 worker unchanged",
            "us-east-1 hello skipped",
            "us-east-1 worker skipped"
        ]
    );
    assert_eq!(report["result"], "failed");
    assert_eq!(world.served(), json!([["1", "1"], ["1", "1"]]));
    assert_eq!(world.scene.sent().count("UpdateFunctionCode"), 1);
    for place in &world.places {
        assert_eq!(
            place.keys(&world.bucket(place), "locks/").len(),
            usize::from(place.region == "eu-west-1")
        );
    }

    // The rest is made good by the same command.
    let (report, _, _) = world.scene.report("deploy --env prod", 0);
    assert_eq!(report["result"], "changed");
    assert_eq!(world.served(), json!([["2", "1"], ["2", "1"]]));
}

#[test]
fn a_smoke_event_that_fails_in_one_region_spares_the_other() {
    let world = World::new("");
    world.scene.ends("deploy --env prod", 0);
    world.scene.fixture.set_version("hello", "2");
    let smoke = "\n[functions.hello]\nsmoke = [{ event = '{}', expect = { body = { version = \"3\" } } }]\n";
    for order in ["", "region-order = \"side-by-side\"\n"] {
        world.configure(&[order, smoke].concat());
        let (report, outcome, _) = world.scene.report("deploy --env prod -f hello", 5);
        let second = if order.is_empty() { "skipped" } else { "rolled-back" };
        assert_eq!(
            rows(&report),
            ["eu-west-1 hello rolled-back".to_owned(), format!("us-east-1 hello {second}")],
            "{outcome}"
        );
        assert_eq!(world.served(), json!([["1", "1"], ["1", "1"]]));
    }
}

#[test]
fn regions_side_by_side_do_not_wait_for_each_other() {
    let world = World::new("region-order = \"side-by-side\"\n");
    world.scene.ends("plan --env prod -f hello --region eu-west-1", 0);
    world.scene.proxy.reset();
    // The alias of one region is not made before that of the other one is asked for.
    world.scene.proxy.fault("CreateAlias", "hang");
    let run = world.scene.run("deploy --env prod -f hello").start();
    crate::support::wait_until("both regions", || {
        (world.scene.proxy.report().count("CreateAlias") == 2).then_some(())
    });
    world.scene.proxy.reset();
    run.finish().exited(0);
    assert_eq!(world.served(), json!([["1", null], ["1", null]]));
}

#[test]
fn regions_that_create_the_role_at_the_same_time_share_it() {
    let world = World::new("region-order = \"side-by-side\"\n");
    world.scene.ends("plan --env prod -f hello --region eu-west-1", 0);
    world.scene.proxy.reset();
    world.scene.proxy.fault("CreateRole", "hang");
    let run = world.scene.run("deploy --env prod -f hello").start();
    crate::support::wait_until("both regions", || {
        (world.scene.proxy.report().count("CreateRole") == 2).then_some(())
    });
    world.scene.proxy.reset();
    run.finish().exited(0);
    assert_eq!(world.served(), json!([["1", null], ["1", null]]));
}
