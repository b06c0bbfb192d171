//! Function URLs over real HTTP.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use cargo_lambdaship::local::url::{Refusal, gateway};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::{Stage, event};

/// Sends `request` and gives the whole answer; the connection must close.
async fn send(address: std::net::SocketAddr, request: String) -> String {
    let exchange = move || {
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    tokio::task::spawn_blocking(exchange).await.unwrap()
}

async fn serve(router: axum::Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn a_request_reaches_the_function_and_its_answer_comes_back() {
    let stage = Arc::new(Stage::new());
    let target = crate::example::target(&stage);
    let router = gateway(move |function, payload| {
        let (stage, target) = (Arc::clone(&stage), target.clone());
        async move {
            if function != "hello" {
                return Err(Refusal { status: 404, message: format!("no function `{function}`") });
            }
            let event = event(std::str::from_utf8(&payload).unwrap());
            let answer = stage.pool.invoke(&target, event).await.unwrap();
            Ok((answer.payload, answer.function_error))
        }
    });
    let address = serve(router).await;
    for (target, host, status, body) in [
        ("/hello/?user=Ada", "127.0.0.1", "200 OK", r#"{"message":"hello Ada"}"#),
        ("/any?user=Bob%20B", "hello.localhost:1", "200 OK", r#"{"message":"hello Bob B"}"#),
        ("/hello", "127.0.0.1", "200 OK", r#"{"message":"hello world"}"#),
        ("/other/", "127.0.0.1", "404 Not Found", "no function `other`\n"),
    ] {
        let request = format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
        let answer = send(address, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}\r\n")), "{target}: {answer}");
        assert!(answer.ends_with(&format!("\r\n\r\n{body}")), "{target}: {answer}");
    }
}

#[tokio::test]
async fn the_function_sees_no_prefix_of_its_name() {
    let address = serve(gateway(async |_, payload| Ok((payload, None)))).await;
    for (target, host) in [("/hello/a%20b?c=d", "127.0.0.1"), ("/a%20b?c=d", "hello.localhost")] {
        let request = format!(
            "POST {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
             content-type: application/json\r\ncontent-length: 2\r\n\r\n{{}}"
        );
        let answer = send(address, request).await;
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        let event: Value = serde_json::from_str(body).unwrap();
        assert_eq!(event["rawPath"], json!("/a%20b"), "{target}");
        assert_eq!(event["requestContext"]["apiId"], json!("hello"));
        assert_eq!(event["requestContext"]["http"]["protocol"], json!("HTTP/1.1"));
        assert_eq!(event["body"], json!("{}"));
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let address = serve(gateway(async |_, payload| Ok((payload, None)))).await;
    let (limit, head) = (6 * 1024 * 1024, "POST /hello/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n");
    for (length, status) in [(limit, "200"), (limit + 1, "413")] {
        let request = format!("{head}content-length: {length}\r\n\r\n{}", "x".repeat(length));
        let answer = send(address, request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{length}: {}", &answer[..60]);
    }
}
