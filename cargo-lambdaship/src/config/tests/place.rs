//! Where an environment is, where its artifacts are kept, and what it takes them from.

use insta::assert_snapshot;

use super::{parse, refused, resolve};
use crate::model::{AccountId, CodeStorage, Region, RegionOrder};

#[test]
fn several_regions_and_a_store_in_each() {
    let text = "[env.staging]\n\
                [env.prod]\nregions = ['eu-west-1', 'us-east-1']\nregion-order = 'side-by-side'\n\
                account = '111111111111'\nstore = 'acme-{env}-{account}-{region}/ship/{region}'\n\
                code-storage = 'reference'\nfrom = 'staging'\n";
    let prod = resolve(text, "prod").unwrap();
    assert_eq!(prod.regions.iter().map(Region::as_str).collect::<Vec<_>>(), ["eu-west-1", "us-east-1"]);
    assert_eq!((prod.region_order, prod.code_storage), (RegionOrder::SideBySide, CodeStorage::Reference));
    assert_eq!(prod.from.unwrap().as_str(), "staging");
    let store = prod.store.unwrap();
    let stores = prod.regions.iter().map(|region| store.in_region(region).unwrap().to_string());
    assert_eq!(
        stores.collect::<Vec<_>>(),
        [
            "acme-prod-111111111111-eu-west-1/ship/eu-west-1",
            "acme-prod-111111111111-us-east-1/ship/us-east-1"
        ]
    );
    let staging = resolve(text, "staging").unwrap();
    assert!(staging.regions.is_empty() && staging.store.is_none() && staging.from.is_none());
    assert_eq!(
        (staging.region_order, staging.code_storage),
        (RegionOrder::OneAfterAnother, CodeStorage::Copy)
    );
}

#[test]
fn a_store_without_its_parts() {
    assert_snapshot!(refused("[env.prod]\nstore = 'acme-{regoin}'\n", "local"), @"
    lambdaship.toml has 1 problem

    `store` has an unknown placeholder `{regoin}`
     --> lambdaship.toml:2:9
      |
    2 | store = 'acme-{regoin}'
      |         ^^^^^^^^^^^^^^^
      = help: did you mean `{region}`?
    ");
    assert_snapshot!(refused("[env.prod]\nstore = 'acme-{account}'\n", "local"), @r#"
    lambdaship.toml has 1 problem

    `store` has `{account}`, and [env.prod] names no account
     --> lambdaship.toml:2:9
      |
    2 | store = 'acme-{account}'
      |         ^^^^^^^^^^^^^^^^
      = help: add `account = "…"`, or write the bucket's name in full
    "#);
    assert_snapshot!(refused("[env.Prod_1]\nstore = 'acme-{env}'\n", "local"), @"
    lambdaship.toml has 1 problem

    store `acme-Prod_1` must be the name of an S3 bucket, or BUCKET/PREFIX
     --> lambdaship.toml:2:9
      |
    2 | store = 'acme-{env}'
      |         ^^^^^^^^^^^^
    ");
    assert_snapshot!(refused("[env.prod]\ncode-storage = 'reference'\n", "local"), @r#"
    lambdaship.toml has 1 problem

    `code-storage = "reference"` lets Lambda run from the store, and there is no `store`
     --> lambdaship.toml:2:16
      |
    2 | code-storage = 'reference'
      |                ^^^^^^^^^^^
      = help: add `store = "BUCKET"` to [env.prod], with a bucket that keeps versions
    "#);
    assert_snapshot!(refused("[env.prod]\nstore-account = '111111111111'\n", "local"), @"
    lambdaship.toml has 1 problem

    `store-account` says whose the bucket of the store is, and there is no `store`
     --> lambdaship.toml:2:1
      |
    2 | store-account = …
      | ^^^^^^^^^^^^^
    ");
    let one_bucket = "[env.prod]\nregions = ['eu-west-1', 'us-east-1']\nstore = 'acme/{region}'\n";
    assert_snapshot!(refused(one_bucket, "local"), @r#"
    lambdaship.toml has 1 problem

    `store` is one bucket for several regions, and Lambda takes code only from its own region
     --> lambdaship.toml:3:9
      |
    3 | store = 'acme/{region}'
      |         ^^^^^^^^^^^^^^^
      = help: write `{region}` in the bucket's name, as in `"acme-{region}"`
    "#);
}

#[test]
fn a_store_is_refused_for_what_makes_it_wrong_and_no_more() {
    for (store, said) in [
        ("acme-{stage}", "there are `{region}`, `{env}` and `{account}`"),
        ("acme-{env", "`store` has a brace without its partner"),
        ("ACME", "store `ACME` must be the name of an S3 bucket, or BUCKET/PREFIX"),
        ("acme/", "store `acme/` must be"),
    ] {
        let refused = refused(&format!("[env.prod]\nstore = '{store}'\n"), "local");
        assert!(refused.contains(said) && refused.contains("has 1 problem"), "{refused}");
    }
    let wrong_account = "[env.prod]\nstore = 'acme-{account}'\naccount = 'x'\n";
    assert!(refused(wrong_account, "local").contains("has 1 problem"));
    // A region's name may be longer than the one that stands for all.
    let long = format!("{}-{{region}}", "x".repeat(50));
    assert!(parse(&format!("[env.prod]\nstore = '{long}'\nregion = 'us-east-1'\n")).is_ok());
    assert!(parse(&format!("[env.prod]\nstore = '{long}'\nregion = 'ap-southeast-1'\n")).is_err());
}

#[test]
fn the_account_of_a_store_may_be_another_one() {
    let text =
        "[env.prod]\naccount = '222222222222'\nstore = 'acme-{account}'\nstore-account = '111111111111'\n";
    let prod = resolve(text, "prod").unwrap();
    assert_eq!(prod.store_account.as_ref().map(AccountId::as_str), Some("111111111111"));
    assert_eq!(resolve(&text.replace("store-account", "#"), "prod").unwrap().store_account, None);
    for (wrong, said) in [
        ("store-acount = '111111111111'", "did you mean `store-account`?"),
        (
            "store-account = 111111111111",
            "`store-account` must be a string, because an account may begin with 0",
        ),
        ("store-account = 'acme'", "account `acme` must be 12 digits"),
    ] {
        let refused = refused(&format!("[env.prod]\nstore = 'acme'\n{wrong}\n"), "local");
        assert!(refused.contains(said) && refused.contains("has 1 problem"), "{refused}");
    }
}

#[test]
fn regions_that_do_not_go_together() {
    let text = "[env.a]\nregion = 'eu-west-1'\nregions = ['eu-west-1', 'us-east-1', 'eu-west-1']\n\
                [env.b]\nregions = []\n[env.c]\nregion-order = 'side-by-sid'\n[env.d]\nregion = 'eu-west-1'\n\
                region-order = 'side-by-side'\n[env.e]\nregions = ['Ireland', 1]\n";
    assert_snapshot!(refused(text, "local"), @"
    lambdaship.toml has 8 problems

    `regions` and `region` are both there, and one of them has to say it all
     --> lambdaship.toml:3:1
      |
    3 | regions = […, …, …]
      | ^^^^^^^
      = help: keep `regions`, with every region in it

    `regions` has `eu-west-1` twice
     --> lambdaship.toml:3:38
      |
    3 | regions = […, …, 'eu-west-1']
      |                  ^^^^^^^^^^^

    `regions` must hold at least one region
     --> lambdaship.toml:5:1
      |
    5 | regions = []
      | ^^^^^^^
      = help: leave it out to let the AWS configuration decide

    `region-order` says how several regions follow each other, and there are no `regions`
     --> lambdaship.toml:7:1
      |
    7 | region-order = …
      | ^^^^^^^^^^^^

    `region-order` must be `one-after-another` or `side-by-side`, not `side-by-sid`
     --> lambdaship.toml:7:16
      |
    7 | region-order = 'side-by-sid'
      |                ^^^^^^^^^^^^^
      = help: did you mean `side-by-side`?

    `region-order` says how several regions follow each other, and there are no `regions`
      --> lambdaship.toml:10:1
       |
    10 | region-order = …
       | ^^^^^^^^^^^^

    `regions` is not valid: region `Ireland` must look like `eu-west-1`
      --> lambdaship.toml:12:12
       |
    12 | regions = ['Ireland', …]
       |            ^^^^^^^^^

    `regions` must be a string, not an integer
      --> lambdaship.toml:12:23
       |
    12 | regions = […, 1]
       |               ^
    ");
}

#[test]
fn from_names_another_environment_that_does_not_come_from_this_one() {
    let text = "[env.dev]\nfrom = 'stagin'\n[env.staging]\nfrom = 'staging'\n[env.prod]\nfrom = 'local'\n\
                [env.local]\nfrom = 'staging'\n[env.x]\nfrom = 'y'\n[env.y]\nfrom = 'z'\n[env.z]\nfrom = 'x'\n\
                [env.on]\nfrom = 'x'\n";
    assert_snapshot!(refused(text, "local"), @"
    lambdaship.toml has 5 problems

    `from` names the environment `stagin`, which is not in this file
     --> lambdaship.toml:2:8
      |
    2 | from = 'stagin'
      |        ^^^^^^^^
      = help: did you mean `staging`? The other environments are `on`, `prod`, `staging`, `x`, `y`, `z`

    `from` of [env.staging] names the environment itself
     --> lambdaship.toml:4:8
      |
    4 | from = 'staging'
      |        ^^^^^^^^^

    `from` of [env.prod]: `local` is built for this machine, not for Lambda
     --> lambdaship.toml:6:8
      |
    6 | from = 'local'
      |        ^^^^^^^
      = help: only environments on AWS take over what another one serves

    `from` of [env.local]: `local` is built for this machine, not for Lambda
     --> lambdaship.toml:8:8
      |
    8 | from = 'staging'
      |        ^^^^^^^^^
      = help: only environments on AWS take over what another one serves

    `from` leads in a circle: x from y from z from x
      --> lambdaship.toml:10:8
       |
    10 | from = 'y'
       |        ^^^
      = help: one of them has to be built, and take from none
    ");
    let chain =
        "[env.dev]\n[env.staging]\nfrom = 'dev'\n[env.prod]\nfrom = 'staging'\n[env.test]\nfrom = 'dev'\n";
    assert!(parse(chain).is_ok());
}

#[test]
fn build_variables_are_names() {
    let config = parse("[build]\nvariables = ['GIT_SHA', '_x']\n").unwrap();
    assert_eq!(config.build_variables(), ["GIT_SHA", "_x"]);
    let text = "[build]\nvariables = ['GIT_SHA', 'A=canary', '1A', 'GIT_SHA', '', 1]\n";
    assert_snapshot!(refused(text, "local"), @"
    lambdaship.toml has 5 problems

    `variables` has an entry, number 2, that is no name of an environment variable
     --> lambdaship.toml:2:1
      |
    2 | variables = […, …, …, …, …, …]
      | ^^^^^^^^^
      = help: a letter or `_`, then letters, digits or `_`; the value is the environment's at the build

    `variables` has an entry, number 3, that is no name of an environment variable
     --> lambdaship.toml:2:1
      |
    2 | variables = […, …, …, …, …, …]
      | ^^^^^^^^^
      = help: a letter or `_`, then letters, digits or `_`; the value is the environment's at the build

    `variables` has `GIT_SHA` twice
     --> lambdaship.toml:2:1
      |
    2 | variables = […, …, …, …, …, …]
      | ^^^^^^^^^

    `variables` has an entry, number 5, that is no name of an environment variable
     --> lambdaship.toml:2:1
      |
    2 | variables = […, …, …, …, …, …]
      | ^^^^^^^^^
      = help: a letter or `_`, then letters, digits or `_`; the value is the environment's at the build

    `variables` must be a string, not an integer
     --> lambdaship.toml:2:58
      |
    2 | variables = […, …, …, …, …, 1]
      |                             ^
    ");
}
