//! What a build reads beyond its package: it counts as soon as it was seen, on this machine and on any other.

use serde_json::json;

use crate::scene::{Scene, Store, clone};
use crate::support::Fixture;

/// `page` is built from a file of nobody's package and from a variable, `plain` is not.
fn workspace(scene: &Scene, store: Store) -> Fixture {
    let fixture = scene.workspace(&["page", "plain"], store);
    fixture.write("texts/page.txt", "first");
    fixture.edit(
        "functions/page/src/main.rs",
        "greeting {name}\"",
        "greeting {name} {} {:?}\", include_str!(\"../../../texts/page.txt\"), option_env!(\"PAGE_WORD\")",
    );
    fixture
}

#[test]
fn a_file_elsewhere_is_never_missed_and_known_to_whoever_has_the_store() {
    let scene = Scene::local();
    elsewhere(&scene, Store::With);
}

#[test]
fn a_file_elsewhere_is_never_missed_without_a_store() {
    let scene = Scene::local();
    elsewhere(&scene, Store::Without);
}

fn elsewhere(scene: &Scene, store: Store) {
    let fixture = workspace(scene, store);
    let both = vec!["page".to_owned(), "plain".to_owned()];
    let page = vec!["page".to_owned()];
    let first = scene.deploy(&fixture);
    assert_eq!((first.built(), first.shipped()), (both.clone(), both));
    let again = scene.deploy(&fixture);
    assert_eq!((again.built(), again.shipped()), (Vec::new(), Vec::new()), "{}", again.outcome);

    let cold = clone(&fixture);
    let told = scene.deploy(&cold);
    match store {
        Store::With => told.did_nothing(&cold),
        // Nobody has told this folder what the build reads.
        Store::Without => {
            assert_eq!((told.built(), told.shipped()), (page.clone(), Vec::new()), "{}", told.outcome);
        }
    }
    assert_eq!(
        told.fields("page", ["source_hash", "code_sha256"]),
        first.fields("page", ["source_hash", "code_sha256"])
    );

    // From a cold clone, and then from a folder that built the old one.
    fixture.write("texts/page.txt", "second");
    let told = scene.deploy(&clone(&fixture));
    assert_eq!((told.built(), told.shipped()), (page.clone(), page.clone()), "{}", told.outcome);
    if store == Store::With {
        assert_eq!(told.function("page")["because"], json!(["also texts/page.txt"]));
    }
    fixture.write("texts/page.txt", "third");
    let told = scene.deploy(&fixture);
    assert_eq!((told.built(), told.shipped()), (page.clone(), page), "{}", told.outcome);
}

#[test]
fn a_variable_is_never_missed() {
    for store in [Store::With, Store::Without] {
        let scene = Scene::local();
        let fixture = workspace(&scene, store);
        let page = vec!["page".to_owned()];
        let run = |fixture: &Fixture, word: &str| {
            scene.told_of(scene.run(fixture, &["deploy"]).env("PAGE_WORD", word), 0)
        };
        run(&fixture, "one");
        let told = run(&fixture, "one");
        assert_eq!((told.built(), told.shipped()), (Vec::new(), Vec::new()), "{}", told.outcome);
        let cold = clone(&fixture);
        let told = run(&cold, "two");
        assert_eq!((told.built(), told.shipped()), (page.clone(), page.clone()), "{}", told.outcome);
        let told = run(&fixture, "three");
        assert_eq!((told.built(), told.shipped()), (page.clone(), page.clone()), "{}", told.outcome);
        // Without it at all.
        let told = scene.deploy(&cold);
        assert_eq!((told.built(), told.shipped()), (page.clone(), page), "{}", told.outcome);
    }
}

#[test]
fn a_second_file_that_the_first_one_names_is_found_as_well() {
    let scene = Scene::local();
    let fixture = scene.workspace(&["page"], Store::With);
    fixture.write("texts/outer.rs", "\"first\"");
    fixture.edit(
        "functions/page/src/main.rs",
        "greeting {name}\"",
        "greeting {name} {}\", include!(\"../../../texts/outer.rs\")",
    );
    scene.deploy(&fixture);
    fixture.write("texts/outer.rs", "include_str!(\"inner.txt\")");
    fixture.write("texts/inner.txt", "second");
    let page = vec!["page".to_owned()];
    let told = scene.deploy(&clone(&fixture));
    assert_eq!((told.built(), told.shipped()), (page.clone(), page.clone()), "{}", told.outcome);
    let cold = clone(&fixture);
    scene.deploy(&cold).did_nothing(&cold);
    fixture.write("texts/inner.txt", "third");
    for folder in [clone(&fixture), fixture] {
        let told = scene.told(&folder, &["plan"], 0);
        assert_eq!((told.built(), told.shipped()), (page.clone(), page.clone()), "{}", told.outcome);
    }
}
