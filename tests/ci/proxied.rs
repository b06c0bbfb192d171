//! A job on a runner that reaches nothing but a proxy.

use super::action::Action;
use super::oidc::{ROLE, make_role};
use crate::support::forward::{AWS, Forward};
use crate::support::github::{Hub, JOB};
use crate::support::stage::for_this_machine;
use crate::support::{Fixture, Local};

#[test]
fn a_job_reaches_aws_and_github_and_assumes_a_role_through_the_proxy() {
    let (local, fixture, hub) = (Local::settled(), Fixture::new(&["hello"]), Hub::bare());
    make_role(&local);
    fixture.configure(&format!("{}[env.staging]\n", for_this_machine()));
    let github = hub.api_url();
    let hosts = [(AWS, local.endpoint()), ("github.test", &github), ("token.test", &github)];
    let proxy = Forward::for_user("ship:hunter2", &hosts);
    let job = Action::new(&fixture, "deploy").with("environment", "staging").with("comment", "off");
    let job = job.with("deployments", "on").with("github-token", JOB).with("role-to-assume", ROLE);
    let job = [
        ("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "oidc-request-token"),
        ("ACTIONS_ID_TOKEN_REQUEST_URL", "https://token.test/_oidc/token?api-version=2.0"),
        ("AWS_ENDPOINT_URL", "https://aws.test"),
        ("GITHUB_API_URL", "https://github.test"),
        ("HTTPS_PROXY", &proxy.url()),
        ("SSL_CERT_FILE", &proxy.authority()),
    ]
    .into_iter()
    .fold(job.with("aws-region", "eu-west-1"), |job, (name, value)| job.env(name, value));
    let step = job.done().exited(0);
    assert_eq!(step.ended(), ("changed", ""));
    assert!(!step.readable.contains("hunter2"), "{}", step.readable);
    let log = proxy.log();
    let count = |host: &str, method: &str, path: &str| {
        let asked = log.iter().filter(|one| (one.host.as_str(), one.method.as_str()) == (host, method));
        asked.filter(|one| one.path.starts_with(path)).count()
    };
    assert!(log.iter().all(|one| one.how == "tunnel"), "{log:?}");
    assert_eq!(count("token.test:443", "GET", "/_oidc/token?"), 1, "{log:?}");
    assert_eq!(count("github.test:443", "POST", "/repos/acme/shop/deployments"), 2, "{log:?}");
    assert_eq!(count("aws.test:443", "POST", "/2015-03-31/functions/hello-staging/aliases"), 1, "{log:?}");
    assert_eq!(hub.state("acme/shop")["deployments"].as_array().map(Vec::len), Some(1));
}
