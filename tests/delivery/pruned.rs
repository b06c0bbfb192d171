//! What no version needs any more is deleted from the store, and nothing else.

use std::time::Duration;

use cargo_lambdaship::console::{Console, Verbosity};
use cargo_lambdaship::context::{Context, now};
use cargo_lambdaship::interruption::Interruption;
use cargo_lambdaship::model::EnvName;
use cargo_lambdaship::ops::prune::{Mode, Pruning, Shelved, prune};
use cargo_lambdaship::ops::session::{ConnectionFlags, Target};
use cargo_lambdaship::plan::prune::Keep;
use cargo_lambdaship::workspace::{CargoOptions, Selection};
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::scene::Scene;
use crate::support::run::Outcome;
use crate::support::stage::json as document;
use crate::support::{Fixture, lambdaship};

/// Two functions on the local AWS, with a store.
struct Shop(Fixture);

impl Shop {
    fn new(more: &str) -> Self {
        let fixture = Scene::workspace(&["hello", "worker"]);
        fixture.configure(&format!("[env.local]\nstore = \"shelf\"\n{more}"));
        Self(fixture)
    }

    fn run(&self, line: &str) -> Outcome {
        let words: Vec<_> = line.split_whitespace().collect();
        lambdaship(&self.0).args(&words).args(&["--env", "local"]).output().exited(0)
    }

    /// Deploys `hello` in another version.
    fn deploys(&self, version: &str) -> Value {
        self.0.set_version("hello", version);
        document(&self.run("deploy --offline --format json"))["functions"][0].clone()
    }

    /// What `prune --keep 1` does to the functions that are chosen when so many days have passed.
    fn prunes(&self, functions: &[&str], mode: Mode, days: i64) -> Pruning {
        let (console, _, _) = Console::buffered(Verbosity::Normal);
        let context = Context::from_process(console).expect("a context");
        let context = Context { directory: self.0.root(), ..context };
        let functions = functions.iter().map(|&name| name.to_owned()).collect();
        let target = Target {
            env: EnvName::new("local").expect("a name"),
            config: None,
            cargo: CargoOptions::default(),
            selection: Selection { functions, ..Selection::default() },
            connection: ConnectionFlags {
                region: None,
                aws_profile: None,
                endpoint_url: None,
                read_timeout: Duration::from_mins(1),
                identity: None,
                accounts: Vec::new(),
            },
        };
        let later = now() + SignedDuration::from_hours(days * 24);
        let keep = Keep { newest: 1, younger_than: None, now: later };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let until = Interruption::never();
        let pruning = prune(&context, &target, (keep, mode), &until);
        runtime.expect("a runtime").block_on(pruning).expect("it works")
    }

    /// What becomes of the only store.
    fn shelved(&self, functions: &[&str], mode: Mode, days: i64) -> Shelved {
        let stores = self.prunes(functions, mode, days).stores;
        let [store] = <[Shelved; 1]>::try_from(stores).expect("one store");
        assert_eq!((&store.left_alone, &store.failed), (&None, &None));
        store
    }

    /// How many artifacts there are, would go, and went.
    fn counts(&self, functions: &[&str], mode: Mode) -> [usize; 3] {
        let Shelved { artifacts, unneeded, deleted, .. } = self.shelved(functions, mode, 2);
        assert_eq!((unneeded.count == 0, deleted.count == 0), (unneeded.bytes == 0, deleted.bytes == 0));
        [artifacts, unneeded.count, deleted.count]
    }
}

#[test]
fn an_artifact_goes_with_the_last_version_that_has_it() {
    for storage in ["copy", "reference"] {
        let shop = Shop::new(&format!("code-storage = \"{storage}\"\n"));
        for version in ["1", "2", "3"] {
            shop.deploys(version);
        }
        // What is young stays: somebody may be about to use it.
        let shown = shop.run("prune --keep 1");
        let row: Vec<_> = shown.stdout.lines().last().unwrap_or_default().split_whitespace().collect();
        assert_eq!(row, ["shelf", "artifacts", "4", "0", "0", "B"], "{shown}");
        let report = document(&shop.run("prune --keep 1 --format json"));
        assert_eq!(report["stores"][0]["unneeded"], json!({ "count": 0, "bytes": 0 }));

        // Version 3 is served, and version 2 is what a rollback goes back to.
        assert_eq!(shop.counts(&[], Mode::Show), [4, 1, 0], "{storage}");
        assert_eq!(shop.counts(&["worker"], Mode::Delete), [4, 0, 0], "no version of hello went");
        assert_eq!(shop.counts(&["hello"], Mode::Delete), [4, 0, 1]);
        assert_eq!(shop.counts(&[], Mode::Delete), [3, 0, 0]);
        shop.run("rollback");
        let answer = document(&shop.run("invoke hello {}"));
        assert_eq!(answer["version"], "2", "{storage}");

        // What the store knew to become of the source is only built once more.
        let again = shop.deploys("1");
        assert_eq!((&again["built"], &again["outcome"]), (&json!(true), &json!("updated")));
        assert_eq!(shop.counts(&[], Mode::Show)[0], 4);
        assert_eq!(document(&shop.run("invoke hello {}"))["version"], "1");
    }
}

#[test]
fn what_passed_its_gates_is_remembered_as_long_as_a_version_is_of_it_and_three_months_in_any_case() {
    let shop =
        Shop::new("[gates]\nrun = [\"own\"]\n[gates.custom.own]\ncommand = [\"true\"]\nremember = true\n");
    let gates = |mode, days| {
        let gates = shop.shelved(&[], mode, days).gates;
        [gates.records, gates.unneeded.count, gates.deleted.count]
    };
    for version in ["1", "2", "3"] {
        shop.0.set_version("hello", version);
        shop.run("gate");
        shop.run("deploy --offline");
    }
    // Three states of the workspace, three sources of hello, one of worker.
    assert_eq!(gates(Mode::Delete, 80), [7, 0, 0], "a pull request may be open for long");
    let shown = shop.run("prune --keep 1");
    let row: Vec<_> = shown.stdout.lines().last().unwrap_or_default().split_whitespace().collect();
    assert_eq!(row, ["shelf", "gates", "7", "0", "0", "B"], "{shown}");
    // The states of the workspace, and what version 1 was built from, which just went.
    assert_eq!(gates(Mode::Show, 100), [7, 4, 0]);
    assert_eq!(gates(Mode::Delete, 100), [7, 0, 4]);
    assert_eq!(gates(Mode::Delete, 100), [3, 0, 0]);
}

#[test]
fn a_function_that_left_the_workspace_keeps_its_artifact_while_its_lambda_is_there() {
    let shop = Shop::new("");
    shop.deploys("1");
    fs_err::remove_dir_all(shop.0.root().join("functions/worker")).expect("it is there");
    assert_eq!(shop.counts(&[], Mode::Delete), [2, 0, 0]);
}

#[test]
fn history_and_ledger_tell_of_a_rollback() {
    let shop = Shop::new("");
    shop.deploys("1");
    shop.deploys("2");
    shop.run("rollback -f hello");
    let history = document(&shop.run("history -f hello --format json"));
    let told: Vec<_> = history.as_array().into_iter().flatten().collect();
    // Server clocks tick by the second, so that two runs can have the same time.
    let runs = |row: &Value| {
        let outcomes = row["runs"].as_array().into_iter().flatten().filter_map(|run| run["outcome"].as_str());
        outcomes.map(str::to_owned).collect::<std::collections::BTreeSet<_>>()
    };
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!([runs(told[0]), runs(told[1])], [names(&["rolled-back", "updated"]), names(&["updated"])]);
    let table = shop.run("history -f hello").stdout;
    let newest = table.lines().nth(1).unwrap_or_default();
    assert!(newest.contains("rolled back by "), "{table}");
}

#[test]
fn history_says_which_version_never_got_there() {
    let shop = Shop::new("");
    shop.deploys("1");
    let smoke = "[functions.hello]\nsmoke = [{ event = '{}', expect = { body = { version = \"1\" } } }]\n";
    shop.0.configure(&format!("[env.local]\nstore = \"shelf\"\n{smoke}"));
    shop.0.set_version("hello", "2");
    lambdaship(&shop.0).args(&["deploy", "--offline", "--env", "local"]).output().exited(5);
    let states = || {
        let history = document(&shop.run("history -f hello --format json"));
        let rows = history.as_array().into_iter().flatten();
        rows.map(|row| row["state"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(), ["did-not-pass", "serving"]);
    shop.0.configure("[env.local]\nstore = \"shelf\"\n");
    for version in ["3", "4"] {
        shop.deploys(version);
    }
    assert_eq!(states(), ["serving", "served-before", "did-not-pass", "replaced"]);
    let table = shop.run("history -f hello").stdout;
    assert!(table.lines().nth(3).is_some_and(|row| row.ends_with("did not pass")), "{table}");
}
