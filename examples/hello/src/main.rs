//! A function that greets: `{"message":"hello NAME"}` for `?user=NAME`.

use std::collections::HashMap;

use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use serde::Deserialize;
use serde_json::{Value, json};

/// The part of a function URL's event that this function reads.
#[derive(Deserialize)]
struct Request {
    #[serde(default, rename = "queryStringParameters")]
    query: HashMap<String, String>,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    run(service_fn(greet)).await
}

async fn greet(event: LambdaEvent<Request>) -> Result<Value, Error> {
    let user = event.payload.query.get("user").map_or("world", String::as_str);
    Ok(json!({ "message": format!("hello {user}") }))
}
