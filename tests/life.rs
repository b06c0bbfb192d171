//! The life of a function on a server that is not ours: what the binary sends, by the proxy's count.

use crate::support::server::fresh_account;
use crate::support::{Answers, Fixture, Proxy, Server, lambdaship};

#[test]
fn a_deploy_without_a_change_only_reads() {
    let fixture = Fixture::new(&["hello"]);
    fixture.configure("[env.staging]\nregion = \"eu-west-1\"\n");
    let proxy = Proxy::new(&Server::ministack().endpoint(), Answers::Lenient);
    let account = fresh_account();
    let deploy = || {
        let run = lambdaship(&fixture).zig().aws(&proxy.endpoint(), &account);
        run.args(&["deploy", "--env", "staging"]).output().exited(0)
    };

    let created = deploy();
    assert!(created.stderr.contains("Shifting hello live v1"), "{created}");
    let report = proxy.report();
    report.assert_valid_requests();
    assert_eq!(report.count("CreateFunction"), 1);

    proxy.reset();
    let unchanged = deploy();
    assert!(unchanged.stderr.contains("Unchanged hello v1"), "{unchanged}");
    let report = proxy.report();
    report.assert_valid_requests();
    let lambda: Vec<_> = report.requests.iter().filter(|r| r.operation.starts_with("lambda.")).collect();
    assert!(lambda.len() <= 2 && lambda.iter().all(|request| request.method == "GET"), "{lambda:#?}");
}
