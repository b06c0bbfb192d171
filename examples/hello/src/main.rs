//! A function that greets: `{"message":"hello NAME"}` for `?user=NAME`.

use std::collections::HashMap;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// The part of a function URL's event that this function reads.
#[derive(Deserialize)]
struct Request {
    /// Absent or null when the URL has no query.
    #[serde(rename = "queryStringParameters")]
    query: Option<HashMap<String, String>>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(greet)).await
}

async fn greet(event: LambdaEvent<Request>) -> Result<Value, Error> {
    let query = event.payload.query.unwrap_or_default();
    let user = query.get("user").map_or("world", String::as_str);
    Ok(json!({ "message": format!("hello {user}") }))
}

#[cfg(test)]
mod tests {
    use lambda_runtime::Context;

    use super::*;

    #[tokio::test]
    async fn it_greets_the_user_or_else_the_world() {
        for (event, message) in [
            (json!({ "queryStringParameters": { "user": "Ada" } }), "hello Ada"),
            (json!({ "queryStringParameters": { "other": "Ada" } }), "hello world"),
            (json!({ "queryStringParameters": null }), "hello world"),
            (json!({ "rawPath": "/" }), "hello world"),
        ] {
            let request = serde_json::from_value(event.clone()).unwrap();
            let answer = greet(LambdaEvent::new(request, Context::default())).await.unwrap();
            assert_eq!(answer, json!({ "message": message }), "{event}");
        }
    }
}
