//! Variables whose values live elsewhere.

use super::support::{Stage, function};
use crate::local::DEFAULT_REGION;
use crate::model::{Secret, Variable};
use crate::plan::Action;

/// Stores a value as its owner would.
async fn put(stage: &Stage, target: &str, body: &serde_json::Value) {
    let request = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-amz-target: {target}\r\n\
         content-type: application/x-amz-json-1.1\r\n\
         authorization: AWS4-HMAC-SHA256 Credential=AK/20261121/{DEFAULT_REGION}/x/aws4_request\r\n\
         content-length: {}\r\n\r\n{body}",
        body.to_string().len()
    );
    let address = stage.server.endpoint().strip_prefix("http://").unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[tokio::test(flavor = "current_thread")]
async fn values_from_elsewhere_are_read_at_deploy_and_never_shown() {
    let stage = Stage::new().await;
    let parameter = serde_json::json!({"Name": "/app/token", "Value": "canary-1", "Type": "SecureString"});
    put(&stage, "AmazonSSM.PutParameter", &parameter).await;
    let secret = serde_json::json!({"Name": "app", "SecretString": "canary-2", "ClientRequestToken": "0"});
    put(&stage, "secretsmanager.CreateSecret", &secret).await;
    let function = function(|settings| {
        settings.variables.insert("TOKEN".to_owned(), Variable::Ssm("/app/token".to_owned()));
        settings.variables.insert("APP".to_owned(), Variable::SecretsManager("app".to_owned()));
    });
    let report = stage.deploy(&function, "one").await;
    assert_eq!(report.error, None);
    let served = stage.live(&function, Some("live")).await.configuration.settings.variables;
    assert_eq!(served.get("TOKEN"), Some(&Secret::new("canary-1")));
    assert_eq!(served.get("APP"), Some(&Secret::new("canary-2")));
    assert!(!format!("{report:?}{}", stage.said.text()).contains("canary"), "{report:?}");
    assert_eq!(stage.plan(&function, "one").await.unwrap().plan.action, Action::Unchanged);
}

#[tokio::test(flavor = "current_thread")]
async fn a_value_that_is_not_there_is_named_and_nothing_is_written() {
    let stage = Stage::new().await;
    for (variable, expected) in [
        (Variable::Ssm("/none".to_owned()), "failed to read the parameter `/none`"),
        (Variable::SecretsManager("none".to_owned()), "failed to read the secret `none`"),
    ] {
        let function = function(|settings| drop(settings.variables.insert("TOKEN".to_owned(), variable)));
        let error = stage.plan(&function, "one").await.err().expect("there is no such value");
        assert_eq!(error.to_string(), expected);
    }
    assert_eq!(stage.count("CreateFunction"), 0);
}
