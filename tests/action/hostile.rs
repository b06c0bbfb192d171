//! Text that strangers write goes through the action as text: nothing of it is run, and nothing leaks by it.

use std::thread;

use camino::Utf8Path;
use fs_err as fs;
use serde_json::{Value, json};

use crate::runner::{Done, Job};
use crate::shop::{Shop, pull_request};
use crate::support::tests_folder;

/// What somebody may try, one after the other.
const TRICKS: [&str; 5] = [
    "$(touch pwned)",
    "\"; touch pwned; #",
    "`touch pwned`'$(touch pwned)'",
    "x\n::set-output name=result::injected\n::error::injected\r::set-output name=result::injected",
    "${{ github.token }}",
];

/// The names of the action's inputs.
fn inputs() -> Vec<String> {
    let text = fs::read_to_string(tests_folder().with_file_name("action.yml")).expect("it can be read");
    let after = text.split_once("\ninputs:\n").expect("inputs").1;
    let block = after.split_once("\noutputs:\n").expect("outputs").0;
    let names = block.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    names.filter_map(|line| line.trim().strip_suffix(':').map(str::to_owned)).collect()
}

#[test]
fn no_input_is_run_or_spoken_to_the_runner() {
    let shop = Shop::open();
    shop.commit();
    let names = inputs();
    assert!(names.len() > 25, "{names:?}");
    let all = TRICKS.join(" ");
    let cases: Vec<(&str, &str)> = names
        .iter()
        .map(|name| (name.as_str(), all.as_str()))
        .chain(
            TRICKS
                .iter()
                .flat_map(|trick| ["functions", "environment", "binary-path"].map(|name| (name, *trick))),
        )
        .collect();
    let next = std::sync::atomic::AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some((name, value)) =
                    cases.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    let job = shop.job("plan").with("environment", "staging").with("comment", "off");
                    let job = job.with("pr-number", "7").with(name, value);
                    assert_harmless(&shop, &job.run(), &format!("{name} = {value:?}"));
                }
            });
        }
    });
}

#[test]
fn what_strangers_call_things_is_text() {
    let shop = Shop::open();
    shop.commit();
    for trick in TRICKS {
        let job =
            shop.pull_request(7, shop.job("plan").with("environment", "staging").with("comment", "always"));
        let done = named(job, trick).run();
        assert_harmless(&shop, &done, &format!("a branch and a title {trick:?}"));
        assert_eq!(done.result["conclusion"], "success", "{:#}", done.result);
        for comment in shop.hub.said(7) {
            assert!(!comment.contains("touch pwned") && !comment.contains("injected"), "{comment}");
        }
    }
}

/// The same job with branches, a title and an actor of this name.
fn named(job: Job, trick: &str) -> Job {
    let mut event: Value = pull_request(7, &"e".repeat(40), "octo/shop");
    for path in ["/pull_request/title", "/pull_request/head/ref", "/pull_request/base/ref"] {
        *event.pointer_mut(path).expect("it is there") = trick.into();
    }
    let job = job.set("event", event);
    job.github(&json!({ "head_ref": trick, "base_ref": trick, "ref": format!("refs/heads/{trick}"), "ref_name": trick,
        "actor": trick, "triggering_actor": trick, "workflow": trick, "job": trick }))
}

/// What a build script may print, which cargo shows when the script fails.
const LOUD: &str = r#"
fn main() {
    println!("cargo::warning=##[stop-commands]mine");
    println!("cargo::warning=\u{1b}]0;\r::set-output name=result::injected");
    for line in ["::stop-commands::mine", "\u{1b}[0m::set-output name=result::injected", "::error::injected"] {
        println!("{line}");
        eprintln!("{line}");
    }
    panic!("this is no build");
}
"#;

#[test]
fn what_a_build_prints_is_text() {
    let shop = Shop::open();
    shop.fixture.write("functions/hello/build.rs", LOUD);
    shop.commit();
    let done = shop.job("deploy").with("environment", "staging").with("comment", "off").run();
    let done = done.concluded("failure");
    assert_harmless(&shop, &done, "a build");
    assert_eq!(done.output("failure-reason"), "build");
    let text = done.result.to_string();
    assert!(text.contains("this is no build") && text.contains("|   ::stop-commands::mine"), "{text}");
    let errors = done.annotations("error");
    assert!(errors.iter().any(|line| line.starts_with("build: failed to build hello")), "{errors:?}: {text}");
}

#[test]
fn a_function_with_a_hostile_name_stays_a_name() {
    let shop = Shop::open();
    shop.configure_with(
        "",
        "[functions.\"$(touch pwned)\\n::set-output name=result::injected\"]\nmemory = 128",
    );
    shop.commit();
    let done = shop.job("plan").with("environment", "staging").run().concluded("failure");
    assert_harmless(&shop, &done, "a function");
    assert_eq!(done.output("failure-reason"), "usage");
}

/// Nothing was run, no command was spoken, and the token is not in the log.
fn assert_harmless(shop: &Shop, done: &Done, what: &str) {
    for folder in [shop.fixture.root(), done.job.path("")] {
        assert!(!holds(&folder, "pwned"), "{what}: {folder} has a file `pwned`");
    }
    let text = done.result.to_string();
    assert!(!text.contains("\"injected\""), "{what}: {text}");
    for step in done.result["steps"].as_array().expect("steps") {
        let raw = step["raw"].as_str().expect("a log");
        assert!(!raw.contains("ghs_actions"), "{what}: {raw}");
        assert!(!raw.lines().any(|line| line.trim_start().starts_with("::set-output")), "{what}: {raw}");
        assert!(
            step["outputs"].as_object().is_some_and(|all| all.values().all(|value| value != "injected")),
            "{what}"
        );
    }
    assert!(!done.annotations("error").contains(&"injected"), "{what}: {text}");
}

/// Whether there is a file of this name in the folder, but for what cargo made.
fn holds(folder: &Utf8Path, name: &str) -> bool {
    folder.read_dir_utf8().expect("it can be read").any(|entry| {
        let path = entry.expect("an entry").into_path();
        let is_folder = path.is_dir() && !path.is_symlink() && path.file_name() != Some("target");
        path.file_name() == Some(name) || (is_folder && holds(&path, name))
    })
}
