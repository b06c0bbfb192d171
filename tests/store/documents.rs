//! Records of sources, and the ledger.

use cargo_lambdaship::model::{CodeSha256, EnvName, FunctionName, SourceHash, Version};
use cargo_lambdaship::source::{Also, Inputs};
use cargo_lambdaship::stamp::{Build, Git};
use cargo_lambdaship::store::{Ended, Outcome, Record, Release, SCHEMA, Versions, keys};

use super::scene::{alias, lambda, on_each};

fn record(outcome: Outcome) -> Record {
    let mut inputs = Inputs::default();
    inputs.add("file hello/src/main.rs", b"fn main() {}");
    let function = FunctionName::new("hello").expect("a name");
    Record { schema: SCHEMA.to_owned(), source_hash: inputs.hash(), function, inputs, outcome }
}

fn artifact(code: &str) -> Record {
    record(Outcome::Artifact {
        code_sha256: CodeSha256::of(code.as_bytes()),
        size: 10,
        unzipped: 20,
        build: Build {
            target: "x86_64-unknown-linux-gnu".to_owned(),
            profile: "release".to_owned(),
            builder: "cargo".to_owned(),
            toolchain: vec!["rustc 1.95.0".to_owned()],
        },
        git: Some(Git { commit: "0a1b2c".to_owned(), dirty: false }),
        by: None,
        run: None,
        at: "2026-11-21T12:00:00Z".to_owned(),
    })
}

fn also(file: &str) -> Record {
    record(Outcome::Also(Also { files: vec![file.to_owned()], variables: Vec::new() }))
}

#[test]
fn the_first_record_of_a_source_stays_unless_a_build_read_more() {
    on_each(|scene| async move {
        let hash = artifact("one").source_hash;
        assert_eq!(scene.store.record(hash).await.expect("an answer"), None);
        for (new, kept) in [
            (artifact("one"), artifact("one")),
            (artifact("one"), artifact("one")),
            (artifact("two"), artifact("one")),
            (also("a.txt"), also("a.txt")),
            (also("b.txt"), also("a.txt")),
            (artifact("one"), also("a.txt")),
        ] {
            scene.store.keep(&new).await.expect("it is kept");
            let there = scene.store.record(hash).await.expect("an answer");
            assert_eq!(there, Some(kept), "{} after {:?}", scene.server, new.outcome);
        }
        scene.assert_valid();
    });
}

#[test]
fn a_document_that_is_no_record_is_none_and_only_a_newer_one_stays() {
    on_each(|scene| async move {
        let new = artifact("one");
        let name = keys::source(new.source_hash);
        let copied = serde_json::to_string(&Record { source_hash: other(), ..new.clone() }).expect("JSON");
        let newer = "{\"schema\": \"lambdaship.source/2\"}".to_owned();
        let large = format!("{{\"schema\": \"{SCHEMA}\", \"x\": \"{}\"}}", "x".repeat(5 << 20));
        for (text, stays) in [
            ("not JSON".to_owned(), false),
            ("{}".to_owned(), false),
            (copied, false),
            (large, false),
            (newer, true),
        ] {
            scene.plant(&name, &text);
            assert_eq!(scene.store.record(new.source_hash).await.expect("an answer"), None);
            scene.store.keep(&new).await.expect("it is no failure");
            let there = scene.store.record(new.source_hash).await.expect("an answer");
            assert_eq!(there.is_none(), stays, "{} {:.60}", scene.server, text);
        }
    });
}

fn other() -> SourceHash {
    SourceHash::parse(&"0a".repeat(32)).expect("a hash")
}

#[test]
fn of_two_that_keep_a_record_at_once_one_is_first() {
    on_each(|scene| async move {
        scene.proxy.fault("PutObject", "delay:500");
        let (one, two, more) = (artifact("one"), artifact("two"), also("a.txt"));
        let kept = tokio::join!(scene.store.keep(&one), scene.store.keep(&two), scene.store.keep(&more));
        assert!(kept.0.is_ok() && kept.1.is_ok() && kept.2.is_ok(), "{kept:?}");
        let there = scene.store.record(one.source_hash).await.expect("an answer");
        assert_eq!(there, Some(more), "what was read besides wins, whoever was first");
    });
}

fn release(version: u64, at: &str) -> Release {
    Release {
        env: EnvName::new("staging").expect("a name"),
        function: FunctionName::new("hello").expect("a name"),
        lambda: lambda(),
        alias: alias(),
        version: Versions { from: version.checked_sub(1).map(Version), to: Some(Version(version)) },
        code_sha256: Some(CodeSha256::of(b"code")),
        source_hash: None,
        git: None,
        by: Some("arn:aws:iam::111111111111:user/me".to_owned()),
        run: None,
        at: at.parse().expect("a time"),
        outcome: Ended::Updated,
        from: None,
        settings: None,
    }
}

#[test]
fn the_ledger_tells_the_newest_first_and_leaves_out_what_is_no_release() {
    on_each(|scene| async move {
        let store = &scene.store;
        let times = [
            "2026-11-21T12:00:00Z",
            "2026-11-21T12:00:00.5Z",
            "2026-12-01T00:00:00Z",
            "2027-01-01T00:00:00Z",
        ];
        for (version, at) in (1..).zip(times) {
            store.note(&release(version, at)).await.expect("it is noted");
        }
        // Two in the same moment are two.
        store.note(&release(5, times[3])).await.expect("it is noted");
        let under = keys::releases(&lambda(), &alias());
        scene.plant(&format!("{under}29990101T000000.000Z-a.json"), "not JSON");
        scene.plant(&format!("{under}29990101T000000.000Z-b.json"), "{\"schema\": \"lambdaship.release/2\"}");
        // Another alias whose name begins like this one's.
        scene.plant("releases/hello-staging/live2/20260101T000000.000Z-a.json", "{}");

        let releases = store.releases(&lambda(), &alias(), 10).await.expect("releases");
        let versions: Vec<_> = releases.iter().filter_map(|release| release.version.to).collect();
        assert_eq!(versions.len(), 5, "{}", scene.server);
        assert_eq!(versions[2..], [3, 2, 1].map(Version));
        let newest = store.releases(&lambda(), &alias(), 2).await.expect("releases");
        assert_eq!(newest, releases[..2]);
        assert_eq!(releases[4], release(1, times[0]));
        scene.assert_valid();
    });
}

#[test]
fn a_release_whose_answer_was_lost_is_noted_once() {
    on_each(|scene| async move {
        scene.proxy.fault("PutObject", "drop-after");
        scene.store.note(&release(1, "2026-11-21T12:00:00Z")).await.expect("it is noted");
        assert_eq!(scene.store.releases(&lambda(), &alias(), 9).await.expect("releases").len(), 1);
    });
}
