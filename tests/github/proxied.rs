//! GitHub behind a proxy; `ci/proxied.rs` has the same inside of TLS.

use cargo_lambdaship::console::{Console, Verbosity};
use cargo_lambdaship::github::{Access, Commented, Error, GitHub};
use cargo_lambdaship::model::Secret;
use cargo_lambdaship::network::Network;

use super::scene::{HEAD, PULL, QUICK, Scene, block_on, stamp};
use crate::support::forward::Forward;
use crate::support::github::{Hub, JOB};

const GITHUB: &str = "github.test";
const ELSEWHERE: &str = "elsewhere.test";

/// Where nobody listens: the port belongs to a service that there is nowhere any more.
const NOBODY: &str = "127.0.0.1:1";

/// A client that has only `proxy` to get to GitHub.
fn github(scene: &Scene, proxy: &str) -> GitHub {
    let network = Network::of(&[("HTTP_PROXY", proxy)].into_iter().collect());
    let access = Access {
        api_url: format!("http://{GITHUB}"),
        repository: scene.repository.clone(),
        token: Secret::new(JOB),
        network: network.expect("it is a proxy"),
    };
    let (console, _, _) = Console::buffered(Verbosity::Normal);
    GitHub::connect(&access, &console).expect("the address is one").with_pace(QUICK)
}

#[test]
fn the_proxy_is_asked_and_a_redirect_to_another_server_brings_no_token() {
    let (scene, elsewhere) = (Scene::on(Hub::bare()), Hub::bare());
    elsewhere.pull(&scene.repository, PULL, HEAD);
    let hosts = [(GITHUB, &*scene.hub.api_url()), (ELSEWHERE, &*elsewhere.api_url())];
    let proxy = Forward::for_user("ship:hunter2", &hosts);
    let comment = |run| block_on(github(&scene, &proxy.url()).comment(PULL, &stamp(run), "one"));
    assert_eq!(comment(1).unwrap().done, Commented::Created);
    let log = proxy.log();
    assert!(log.iter().all(|one| (one.how.as_str(), one.host.as_str()) == ("forward", GITHUB)), "{log:?}");
    assert_eq!(log.len(), scene.hub.log_of_all().len());

    let target = format!("http://{ELSEWHERE}/repos/{}/issues/{PULL}/comments", scene.repository);
    scene.hub.fault_always("*", "issues/7/comments", &format!("redirect:{target}"));
    assert!(comment(2).is_err());
    let brought: Vec<_> =
        elsewhere.log(&scene.repository).into_iter().map(|one| (one.login, one.status)).collect();
    assert_eq!(brought, [(None, Some(401))], "no token came with it");
}

#[test]
fn a_proxy_that_is_not_there_is_named_without_its_password() {
    let scene = Scene::on(Hub::bare());
    let github = github(&scene, &format!("http://ship:hunter2@{NOBODY}"));
    let error = block_on(github.comment(PULL, &stamp(1), "one")).unwrap_err();
    assert!(matches!(error, Error::Unreachable { .. }), "{error}");
    let (said, hint) = (error.to_string(), error.hint().expect("a hint"));
    assert!(said.ends_with(&format!(", through the proxy {NOBODY} of HTTP_PROXY)")), "{said}");
    assert!(said.contains("refused") && hint.contains("NO_PROXY"), "{said} {hint}");
    let all = format!("{error:?} {said} {hint}");
    assert!(!all.contains("hunter2") && !all.contains(JOB), "{all}");
}
