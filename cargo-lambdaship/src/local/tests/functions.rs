//! Creating, reading, listing and deleting functions, and publishing versions of them.

use aws_sdk_lambda::client::Waiters;
use aws_sdk_lambda::types::{FunctionVersion, LastUpdateStatus, State};

use super::support::{Fixture, LONG, SHORT, refused, zip};
use crate::context;
use crate::model::CodeSha256;

#[tokio::test]
async fn row_1_create_update_and_publish_are_asynchronous() {
    let local = Fixture::new().await;
    let created = local.create().send().await.unwrap();
    assert_eq!(created.state(), Some(&State::Pending));
    let active = local.configuration().await;
    assert_eq!(active.state(), Some(&State::Active));
    assert_eq!(active.last_update_status(), Some(&LastUpdateStatus::Successful));
    let update = local.lambda.update_function_configuration().function_name("hello").memory_size(256);
    let updated = update.send().await.unwrap();
    assert_eq!(updated.state(), Some(&State::Active));
    assert_eq!(updated.last_update_status(), Some(&LastUpdateStatus::InProgress));
    assert_eq!(local.configuration().await.last_update_status(), Some(&LastUpdateStatus::Successful));
    let published = local.lambda.publish_version().function_name("hello").send().await.unwrap();
    assert_eq!(published.state(), Some(&State::Pending));
    let version = local.get(Some("1")).await.configuration.unwrap();
    assert_eq!(version.state(), Some(&State::Active));
}

#[tokio::test]
async fn a_function_settles_after_its_span_also_when_the_server_restarted_in_between() {
    let local = Fixture::with(|options| options.settle = LONG).await;
    local.create().send().await.unwrap();
    assert_eq!(local.configuration().await.state(), Some(&State::Pending));
    // The span was fixed when the request was accepted; a server with another option does not change it.
    let local = local.restart(|_| {}).await;
    assert_eq!(local.configuration().await.state(), Some(&State::Pending));
    local.lambda.delete_function().function_name("hello").send().await.unwrap();
    let local = local.restart(|options| options.settle = SHORT).await;
    assert_eq!(local.create().send().await.unwrap().state(), Some(&State::Pending));
    let local = local.restart(|options| options.settle = LONG).await;
    let active = local.lambda.wait_until_function_active_v2().function_name("hello");
    active.wait(LONG).await.unwrap();
}

#[tokio::test]
async fn a_function_is_read_as_it_was_created() {
    let local = Fixture::new().await;
    let environment = aws_sdk_lambda::types::Environment::builder().variables("RUST_LOG", "info").build();
    let create = local.create().environment(environment).memory_size(512).timeout(30);
    create.tags("team", "a").description("says hello").send().await.unwrap();
    let read = local.get(None).await;
    let configuration = read.configuration().unwrap();
    let code = zip("one");
    assert_eq!(configuration.code_sha256(), Some(CodeSha256::of(&code).to_string().as_str()));
    assert_eq!(usize::try_from(configuration.code_size()), Ok(code.len()));
    assert_eq!(configuration.function_arn(), Some("arn:aws:lambda:eu-west-1:000000000000:function:hello"));
    assert_eq!(configuration.version(), Some("$LATEST"));
    assert_eq!((configuration.memory_size(), configuration.timeout()), (Some(512), Some(30)));
    assert_eq!(configuration.description(), Some("says hello"));
    assert_eq!(configuration.environment().unwrap().variables().unwrap()["RUST_LOG"], "info");
    assert_eq!(configuration.logging_config().unwrap().log_group(), Some("/aws/lambda/hello"));
    assert_eq!(read.tags().unwrap()["team"], "a");
    let location = read.code().unwrap().location().unwrap();
    let path = location.strip_prefix(local.server.endpoint()).unwrap();
    let answer = local.request(&format!("GET {path}"), &[], "").await;
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("bootstrap"), "{answer}");
}

#[tokio::test]
async fn the_code_is_unpacked_with_its_modes() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let file = local.root.join("code").join(CodeSha256::of(&zip("one")).hex()).join("bootstrap");
    assert_eq!(fs_err::read_to_string(&file).unwrap(), "one");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs_err::metadata(&file).unwrap().permissions().mode() & 0o777, 0o755);
    }
}

#[tokio::test]
async fn a_name_is_taken_once_and_freed_by_deletion() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let (status, code, message) = refused(local.create().send().await);
    assert_eq!((status, code.as_str()), (409, "ResourceConflictException"));
    assert!(message.contains("hello"), "{message}");
    local.lambda.delete_function().function_name("hello").send().await.unwrap();
    let (status, code, message) = refused(local.lambda.get_function().function_name("hello").send().await);
    assert_eq!((status, code.as_str()), (404, "ResourceNotFoundException"));
    assert_eq!(message, "Function not found: arn:aws:lambda:eu-west-1:000000000000:function:hello");
    local.create().send().await.unwrap();
}

#[tokio::test]
async fn a_function_is_found_by_arn_and_with_a_qualifier_in_its_name() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    for (name, version) in [
        ("arn:aws:lambda:eu-west-1:000000000000:function:hello", "$LATEST"),
        ("000000000000:function:hello", "$LATEST"),
        ("hello:2", "2"),
        ("arn:aws:lambda:eu-west-1:000000000000:function:hello:live", "1"),
    ] {
        let read = local.lambda.get_function().function_name(name).send().await.unwrap();
        assert_eq!(read.configuration().unwrap().version(), Some(version), "{name}");
    }
}

#[tokio::test]
async fn row_6_publishing_what_is_published_already_returns_it_and_ignores_the_description() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let publish = || local.lambda.publish_version().function_name("hello");
    let first = publish().description("first").send().await.unwrap();
    let again = publish().description("again").send().await.unwrap();
    assert_eq!((first.version(), again.version()), (Some("1"), Some("1")));
    assert_eq!(again.description(), Some("first"));
    assert_eq!(again.revision_id(), local.get(Some("1")).await.configuration().unwrap().revision_id());
}

#[tokio::test]
async fn row_7_another_code_sha256_is_refused_with_400() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let wrong = CodeSha256::of(b"other").to_string();
    let publish = |sha256: &str| local.lambda.publish_version().function_name("hello").code_sha256(sha256);
    let (status, code, message) = refused(publish(&wrong).send().await);
    assert_eq!((status, code.as_str()), (400, "InvalidParameterValueException"));
    assert!(message.contains(&wrong), "{message}");
    publish(&CodeSha256::of(&zip("one")).to_string()).send().await.unwrap();
}

#[tokio::test]
async fn row_8_a_change_of_settings_alone_makes_a_version_with_the_same_code() {
    let local = Fixture::new().await;
    local.create().publish(true).send().await.unwrap();
    let update = local.lambda.update_function_configuration().function_name("hello");
    update.memory_size(256).send().await.unwrap();
    assert_eq!(local.publish().await, "2");
    let (one, two) = (local.get(Some("1")).await, local.get(Some("2")).await);
    let (one, two) = (one.configuration().unwrap(), two.configuration().unwrap());
    assert_eq!(one.code_sha256(), two.code_sha256());
    assert_ne!(one.config_sha256(), two.config_sha256());
    assert_eq!((one.memory_size(), two.memory_size()), (Some(128), Some(256)));
}

#[tokio::test]
async fn versions_are_listed_in_pages() {
    let local = Fixture::new().await;
    local.create().publish(true).send().await.unwrap();
    for content in ["two", "three"] {
        local.update_code(content).await;
        local.publish().await;
    }
    let list = || local.lambda.list_versions_by_function().function_name("hello");
    let first = list().max_items(3).send().await.unwrap();
    assert_eq!(first.versions().len(), 3);
    // What is deleted in between makes nobody miss the rest.
    local.lambda.delete_function().function_name("hello").qualifier("1").send().await.unwrap();
    let rest = list().marker(first.next_marker().unwrap()).send().await.unwrap();
    assert_eq!(rest.versions().first().and_then(|version| version.version()), Some("3"));
    assert_eq!(rest.next_marker(), None);
    let all = local.lambda.list_functions().function_version(FunctionVersion::All).send().await.unwrap();
    assert_eq!(all.functions().len(), 3);
    assert_eq!(local.lambda.list_functions().send().await.unwrap().functions().len(), 1);
    assert_eq!(refused(list().max_items(0).send().await).0, 400);
    assert_eq!(refused(list().marker("x").send().await).0, 400);
}

#[tokio::test]
async fn thousands_of_versions_are_listed_fifty_at_a_time() {
    let local = Fixture::new().await;
    local.create().publish(true).send().await.unwrap();
    assert_eq!(local.server.fill_versions("hello", 2_999).await.unwrap(), 3_000);
    assert_eq!(local.server.fill_versions("absent", 1).await.unwrap_err().status, 404);
    let list = local.lambda.list_versions_by_function().function_name("hello");
    let listed = list.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    let numbers: Vec<_> = listed.iter().skip(1).filter_map(|one| one.version()?.parse().ok()).collect();
    assert_eq!((listed[0].version(), numbers), (Some("$LATEST"), (1..=3_000).collect::<Vec<u32>>()));
    assert_eq!(local.server.counts()["ListVersionsByFunction"].requests, 61);
    local.update_code("two").await;
    assert_eq!(local.publish().await, "3001");
    let aliases = (0..120).map(|number| {
        let create = local.lambda.create_alias().function_name("hello").name(format!("a-{number:03}"));
        create.function_version("7").send()
    });
    futures::future::try_join_all(aliases).await.unwrap();
    let list = local.lambda.list_aliases().function_name("hello").into_paginator();
    assert_eq!(list.items().send().collect::<Result<Vec<_>, _>>().await.unwrap().len(), 120);
}

#[tokio::test]
async fn a_version_was_modified_when_it_was_published() {
    let local = Fixture::new().await;
    let created = local.create().send().await.unwrap();
    // Times are written to the millisecond.
    let answered = context::now().as_millisecond();
    while context::now().as_millisecond() == answered {
        tokio::task::yield_now().await;
    }
    local.publish().await;
    let (latest, one) = (local.configuration().await, local.get(Some("1")).await);
    assert_eq!(latest.last_modified(), created.last_modified());
    assert!(one.configuration().unwrap().last_modified() > latest.last_modified());
}

#[tokio::test]
async fn row_14_a_version_that_an_alias_names_cannot_be_deleted() {
    let local = Fixture::new().await;
    local.two_versions().await;
    local.alias("1").await;
    let delete = |version: &str| local.lambda.delete_function().function_name("hello").qualifier(version);
    let (status, code, message) = refused(delete("1").send().await);
    assert_eq!((status, code.as_str()), (409, "ResourceConflictException"));
    assert!(message.contains("live"), "{message}");
    let (status, code, _) = refused(delete("$LATEST").send().await);
    assert_eq!((status, code.as_str()), (400, "InvalidParameterValueException"));
    delete("2").send().await.unwrap();
    let (status, ..) =
        refused(local.lambda.get_function().function_name("hello").qualifier("2").send().await);
    assert_eq!(status, 404);
    // Numbers are never used twice.
    assert_eq!(local.publish().await, "3");
}
