//! One owner of a root, how others find it, and what outlives a server.

use super::support::{Fixture, LONG, PATIENCE, ROLE};
use crate::console::{Console, Verbosity};
use crate::local::{Error, Options, Presence, Server, connect_or_start};

#[tokio::test]
async fn what_was_written_outlives_the_server() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let revision = local.revision().await;
    let local = local.restart(|_| {}).await;
    assert_eq!(local.revision().await, revision);
    assert_eq!(local.get(Some("live")).await.configuration().unwrap().version(), Some("1"));
    assert_eq!(local.server.invoker().functions()[0].aliases, ["live"]);
    // Code that a version refers to is kept.
    assert_eq!(fs_err::read_dir(local.root.join("code")).unwrap().count(), 2);
}

#[tokio::test]
async fn code_that_nothing_refers_to_and_unfinished_work_are_swept_at_the_next_start() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.lambda.delete_function().function_name("hello").send().await.unwrap();
    fs_err::create_dir(local.root.join("code/.new-killed")).unwrap();
    fs_err::write(local.root.join("zips/.new-killed"), "half").unwrap();
    fs_err::write(local.root.join(".new-killed"), "half").unwrap();
    let local = local.restart(|_| {}).await;
    assert!(!local.root.join(".new-killed").exists());
    for folder in ["code", "zips"] {
        assert_eq!(fs_err::read_dir(local.root.join(folder)).unwrap().count(), 0, "{folder}");
    }
}

#[tokio::test]
async fn a_second_owner_is_refused_and_hears_who_is_first() {
    let local = Fixture::new().await;
    let error = Server::start(Options::new(&local.root)).await.err().unwrap();
    let Error::Held { pid, .. } = &error else { panic!("{error}") };
    assert_eq!(*pid, Some(std::process::id()));
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    assert!(error.hint().is_some());
}

#[tokio::test]
async fn a_second_owner_can_wait_and_says_so() {
    let local = Fixture::new().await;
    let (console, _out, err) = Console::buffered(Verbosity::Normal);
    let mut options = Options::new(&local.root);
    options.lock_wait = LONG;
    options.console = Some(console);
    let second = tokio::spawn(Server::start(options));
    let told = async {
        while !err.text().contains("Waiting") {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, told).await.unwrap();
    assert!(!second.is_finished());
    local.server.shutdown().await;
    second.await.unwrap().unwrap().shutdown().await;
}

#[tokio::test]
async fn the_end_of_a_foreground_server_is_not_waited_for() {
    let local = Fixture::with(|options| options.presence = Presence::Foreground).await;
    let mut options = Options::new(&local.root);
    options.lock_wait = LONG;
    let error = Server::start(options).await.err().unwrap();
    let expected = format!("runs already, at {}", local.server.endpoint());
    assert!(error.to_string().ends_with(&expected), "{error}");
    assert!(error.hint().unwrap().contains(&format!("process {}", std::process::id())));
}

#[tokio::test]
async fn a_foreground_server_is_found_and_used() {
    let local = Fixture::with(|options| options.presence = Presence::Foreground).await;
    let found = connect_or_start(Options::new(&local.root)).await.unwrap();
    assert_eq!(found.endpoint, local.server.endpoint());
    assert!(found.server().is_none());
    found.close().await;
    local.create().role(ROLE).send().await.unwrap();
    // Once it is gone, the next one starts a server of its own.
    local.server.shutdown().await;
    let own = connect_or_start(Options::new(&local.root)).await.unwrap();
    assert_eq!(own.server().unwrap().invoker().functions().len(), 1);
    own.close().await;
}

#[tokio::test]
async fn a_server_that_serves_one_run_is_not_used_by_another() {
    let local = Fixture::new().await;
    let error = connect_or_start(Options::new(&local.root)).await.err().unwrap();
    assert!(matches!(error, Error::Held { .. }), "{error}");
}

#[tokio::test]
async fn changes_at_once_are_all_kept() {
    let local = Fixture::new().await;
    let create = |number: u32| local.create().function_name(format!("hello-{number}")).send();
    let created = futures::future::join_all((0..8).map(create)).await;
    assert!(created.iter().all(Result::is_ok));
    let local = local.restart(|_| {}).await;
    assert_eq!(local.server.invoker().functions().len(), 8);
}
