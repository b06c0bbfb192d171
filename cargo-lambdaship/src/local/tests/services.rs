//! The other services, and the server's own count.

use aws_sdk_cloudwatchlogs::types::LogGroup;
use aws_sdk_ssm::types::ParameterType;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::support::{Fixture, config, refused};
use crate::local::ACCOUNT;
use crate::local::runtime::log_file;

#[tokio::test]
async fn sts_says_who_the_caller_is() {
    let local = Fixture::new().await;
    let identity = aws_sdk_sts::Client::new(&local.config).get_caller_identity().send().await.unwrap();
    assert_eq!(identity.account(), Some(ACCOUNT));
    assert!(identity.arn().unwrap().contains(ACCOUNT));
}

/// A token as GitHub makes it, which nobody signed.
fn token(claims: &serde_json::Value) -> String {
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.signature", part(&json!({"alg": "RS256"})), part(claims))
}

#[tokio::test]
async fn a_role_is_assumed_with_a_token_alone() {
    let local = Fixture::new().await;
    let (iam, sts) = (aws_sdk_iam::Client::new(&local.config), aws_sdk_sts::Client::new(&local.config));
    for (name, action) in [("deploy", "sts:AssumeRoleWithWebIdentity"), ("other", "sts:AssumeRole")] {
        let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action}]});
        iam.create_role()
            .role_name(name)
            .assume_role_policy_document(trust.to_string())
            .send()
            .await
            .unwrap();
    }
    let ends = crate::context::now().as_second() + 300;
    let good =
        token(&json!({"aud": "sts.amazonaws.com", "sub": "repo:a/b", "iss": "https://x", "exp": ends}));
    let assume = |role: &str, session: &str, token: &str| {
        let request =
            sts.assume_role_with_web_identity().role_session_name(session).web_identity_token(token);
        request.role_arn(format!("arn:aws:iam::{ACCOUNT}:role/{role}")).send()
    };
    let given = assume("deploy", "lambdaship-1", &good).await.unwrap();
    assert_eq!(given.subject_from_web_identity_token(), Some("repo:a/b"));
    let credentials = given.credentials().unwrap();
    assert_eq!(credentials.expiration().secs() - crate::context::now().as_second(), 3600);
    let credentials = aws_sdk_sts::config::Credentials::new(
        credentials.access_key_id(),
        credentials.secret_access_key(),
        Some(credentials.session_token().to_owned()),
        None,
        "test",
    );
    let config = aws_sdk_sts::config::Builder::from(&local.config).credentials_provider(credentials).build();
    let caller = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await.unwrap();
    let arn = format!("arn:aws:sts::{ACCOUNT}:assumed-role/deploy/lambdaship-1");
    assert_eq!(caller.arn(), Some(arn.as_str()));
    let old = token(&json!({"aud": "sts.amazonaws.com", "exp": ends - 600}));
    let elsewhere = token(&json!({"aud": "https://github.com/a", "exp": ends}));
    for (role, session, token, status, code) in [
        ("deploy", "s1", "no.token", 400, "InvalidIdentityToken"),
        ("deploy", "s1", &elsewhere, 400, "InvalidIdentityToken"),
        ("deploy", "s1", &old, 400, "ExpiredTokenException"),
        ("nobody", "s1", &good, 403, "AccessDenied"),
        ("other", "s1", &good, 403, "AccessDenied"),
        ("deploy", "a b", &good, 400, "ValidationError"),
    ] {
        let (was, said, _) = refused(assume(role, session, token).await);
        assert_eq!((was, said.as_str()), (status, code), "{role} {session}");
    }
}

#[tokio::test]
async fn no_other_request_goes_without_a_signature() {
    let local = Fixture::new().await;
    for (path, body) in [
        ("/", "Action=GetCallerIdentity&Version=2011-06-15"),
        ("/", "Action=CreateRole&Action=AssumeRoleWithWebIdentity&Version=2011-06-15"),
        ("/2015-03-31/functions/", "Action=AssumeRoleWithWebIdentity&Version=2011-06-15"),
    ] {
        let request = format!(
            "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        assert!(local.raw(&request).await.starts_with("HTTP/1.1 403"), "{path} {body}");
    }
}

#[tokio::test]
async fn a_role_is_created_read_given_policies_and_deleted() {
    let local = Fixture::new().await;
    let iam = aws_sdk_iam::Client::new(&local.config);
    let trust = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow & <more>"}]}"#;
    let create =
        || iam.create_role().role_name("hello").path("/app/").assume_role_policy_document(trust).send();
    let created = create().await.unwrap();
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/app/hello");
    assert_eq!(created.role().unwrap().arn(), arn);
    assert_eq!(refused(create().await).1, "EntityAlreadyExists");
    let read = iam.get_role().role_name("hello").send().await.unwrap();
    let document = read.role().unwrap().assume_role_policy_document().unwrap();
    assert_eq!(percent_encoding::percent_decode_str(document).decode_utf8().unwrap(), trust);
    let policy = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";
    iam.attach_role_policy().role_name("hello").policy_arn(policy).send().await.unwrap();
    let attached = iam.list_attached_role_policies().role_name("hello").send().await.unwrap();
    assert_eq!(attached.attached_policies()[0].policy_arn(), Some(policy));
    assert_eq!(attached.attached_policies()[0].policy_name(), Some("AWSLambdaBasicExecutionRole"));
    let delete = || iam.delete_role().role_name("hello").send();
    assert_eq!(refused(delete().await).1, "DeleteConflict");
    iam.detach_role_policy().role_name("hello").policy_arn(policy).send().await.unwrap();
    delete().await.unwrap();
    let (status, code, _) = refused(iam.get_role().role_name("hello").send().await);
    assert_eq!((status, code.as_str()), (404, "NoSuchEntity"));
}

#[tokio::test]
async fn policies_are_written_into_a_role_and_keep_it_from_deletion() {
    let local = Fixture::new().await;
    let iam = aws_sdk_iam::Client::new(&local.config);
    let put = |document: &str| {
        iam.put_role_policy().role_name("hello").policy_name("move").policy_document(document).send()
    };
    assert_eq!(refused(put("{}").await).1, "NoSuchEntity");
    iam.create_role().role_name("hello").assume_role_policy_document("{}").send().await.unwrap();
    assert_eq!(refused(put("{").await).1, "MalformedPolicyDocument");
    for document in ["{}", r#"{"Version":"2012-10-17"}"#] {
        put(document).await.unwrap();
        let read = iam.get_role_policy().role_name("hello").policy_name("move").send().await.unwrap();
        let kept = percent_encoding::percent_decode_str(read.policy_document()).decode_utf8().unwrap();
        assert_eq!(kept, document);
    }
    let local = local.restart(|_| {}).await;
    let iam = aws_sdk_iam::Client::new(&local.config);
    let list = iam.list_role_policies().role_name("hello").send().await.unwrap();
    assert_eq!(list.policy_names(), ["move"]);
    assert_eq!(refused(iam.delete_role().role_name("hello").send().await).1, "DeleteConflict");
    let delete = || iam.delete_role_policy().role_name("hello").policy_name("move").send();
    delete().await.unwrap();
    assert_eq!(refused(delete().await).1, "NoSuchEntity");
    iam.delete_role().role_name("hello").send().await.unwrap();
}

#[tokio::test]
async fn a_log_group_has_a_retention_and_events() {
    let local = Fixture::new().await;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&local.config);
    let group = "/aws/lambda/hello";
    let put = |days| logs.put_retention_policy().log_group_name(group).retention_in_days(days).send();
    assert_eq!(refused(put(7).await).1, "ResourceNotFoundException");
    let create = || logs.create_log_group().log_group_name(group).send();
    create().await.unwrap();
    assert_eq!(refused(create().await).1, "ResourceAlreadyExistsException");
    assert_eq!(refused(put(8).await).1, "InvalidParameterException");
    put(7).await.unwrap();
    let describe = || async {
        let describe = logs.describe_log_groups().log_group_name_prefix("/aws/lambda/");
        describe.send().await.unwrap().log_groups().first().and_then(LogGroup::retention_in_days)
    };
    assert_eq!(describe().await, Some(7));
    logs.delete_retention_policy().log_group_name(group).send().await.unwrap();
    assert_eq!(describe().await, None);
    let log = log_file(&local.root.join("logs"), group, "2026/11/21/[$LATEST]ab");
    fs_err::create_dir_all(log.parent().unwrap()).unwrap();
    fs_err::write(log, "1000 START\n2000 hello Rust\n3000 END\n").unwrap();
    let other = logs.filter_log_events().log_group_name("_aws_lambda_hello").send().await;
    assert_eq!(refused(other).1, "ResourceNotFoundException");
    let outside = logs.filter_log_events().log_group_name("..").send().await;
    assert_eq!(refused(outside).1, "ResourceNotFoundException");
    let filter = || logs.filter_log_events().log_group_name(group);
    let text = |events: &[aws_sdk_cloudwatchlogs::types::FilteredLogEvent]| -> Vec<String> {
        events.iter().filter_map(|event| event.message().map(str::to_owned)).collect()
    };
    let first = filter().limit(2).send().await.unwrap();
    assert_eq!(text(first.events()), ["START", "hello Rust"]);
    assert_eq!(first.events()[0].log_stream_name(), Some("2026/11/21/[$LATEST]ab"));
    let rest = filter().limit(2).next_token(first.next_token().unwrap()).send().await.unwrap();
    assert_eq!((text(rest.events()), rest.next_token()), (vec!["END".to_owned()], None));
    let later = filter().start_time(2000).filter_pattern("Rust").send().await.unwrap();
    assert_eq!(text(later.events()), ["hello Rust"]);
}

#[tokio::test]
async fn parameters_and_secrets_are_kept() {
    let local = Fixture::new().await;
    let ssm = aws_sdk_ssm::Client::new(&local.config);
    let put = ssm.put_parameter().name("/app/key").value("s3cret").r#type(ParameterType::SecureString);
    put.clone().send().await.unwrap();
    assert_eq!(refused(put.clone().send().await).1, "ParameterAlreadyExists");
    assert_eq!(put.overwrite(true).send().await.unwrap().version(), 2);
    let get = || ssm.get_parameters().names("/app/key").names("/absent");
    let clear = get().with_decryption(true).send().await.unwrap();
    assert_eq!(clear.parameters()[0].value(), Some("s3cret"));
    assert_eq!(clear.invalid_parameters(), ["/absent"]);
    let hidden = get().send().await.unwrap();
    assert_ne!(hidden.parameters()[0].value(), Some("s3cret"));
    assert_eq!(refused(ssm.get_parameter().name("/absent").send().await).1, "ParameterNotFound");

    let secrets = aws_sdk_secretsmanager::Client::new(&local.config);
    let created = secrets.create_secret().name("db").secret_string("one").send().await.unwrap();
    let get = |id: &str| secrets.get_secret_value().secret_id(id).send();
    assert_eq!(get("db").await.unwrap().secret_string(), Some("one"));
    secrets.put_secret_value().secret_id("db").secret_string("two").send().await.unwrap();
    assert_eq!(get(created.arn().unwrap()).await.unwrap().secret_string(), Some("two"));
    assert_eq!(refused(get("absent").await).1, "ResourceNotFoundException");
}

#[tokio::test]
async fn the_server_counts_requests_and_bytes_by_operation() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    local.get(None).await;
    local.get(None).await;
    refused(local.lambda.get_function().function_name("absent").send().await);
    let counts = local.server.counts();
    assert_eq!((counts["GetFunction"].requests, counts["GetFunction"].bytes), (3, 0));
    assert_eq!(counts["CreateFunction"].requests, 1);
    assert!(counts["CreateFunction"].bytes > 100);
    let answer = local.request("GET /_lambdaship/counts", &[], "").await;
    assert!(answer.contains(r#""GetFunction":{"bytes":0,"requests":3,"throttled":0}"#), "{answer}");
}

#[tokio::test]
async fn arns_are_of_the_region_that_a_request_is_signed_for() {
    let local = Fixture::new().await;
    local.create().send().await.unwrap();
    let other = aws_sdk_lambda::Client::new(&config(local.server.endpoint(), "us-west-2"));
    let read = other.get_function().function_name("hello").send().await.unwrap();
    let arn = read.configuration().unwrap().function_arn();
    assert_eq!(arn, Some("arn:aws:lambda:us-west-2:000000000000:function:hello"));
}
