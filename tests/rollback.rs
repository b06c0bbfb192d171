//! A rollback undoes the last deploy, and nothing that was there before it.

use crate::support::{Fixture, lambdaship};

#[test]
fn what_the_last_deploy_left_alone_is_left_alone() {
    let fixture = Fixture::new(&["hello", "worker"]);
    let run = |arguments: &[&str]| {
        lambdaship(&fixture).args(arguments).args(&["--env", "local"]).output().exited(0)
    };
    let versions = || {
        let status = run(&["status", "--format", "json"]).stdout;
        let served: serde_json::Value = serde_json::from_str(&status).expect("JSON");
        [&served[0], &served[1]]
            .map(|one| (one["function"].as_str().map(str::to_owned), one["version"].as_u64()))
    };
    let both =
        |hello, worker| [(Some("hello".to_owned()), Some(hello)), (Some("worker".to_owned()), Some(worker))];
    run(&["deploy"]);
    fixture.set_version("hello", "2");
    fixture.set_version("worker", "2");
    run(&["deploy"]);
    fixture.set_version("worker", "3");
    run(&["deploy"]);
    assert_eq!(versions(), both(2, 3));

    let back = run(&["rollback"]);
    let said = "Unchanged hello: the last run did not move it; `-f hello` rolls it back all the same";
    assert!(back.stderr.contains(said), "{back}");
    assert_eq!(versions(), both(2, 2));

    run(&["rollback", "-f", "hello"]);
    assert_eq!(versions(), both(1, 2));
}
