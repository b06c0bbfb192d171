//! Whose token it is: the login that GitHub gives as the author of what is written with it.
//!
//! `GET /user` is refused to the token of a job and of every other App ("Resource not accessible by integration"). GraphQL's
//! `viewer` answers to all of them, with the App's login as REST writes it (`github-actions[bot]`). Where there is no
//! GraphQL, `GET /user` is asked; when that is refused as well, the token is taken for a job's, whose author is
//! `github-actions[bot]`.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::api::Api;
use super::error::Error;
use super::failure::Failure;
use super::patience::Patience;

/// The author of what a workflow's job writes with its own token.
const ACTIONS: &str = "github-actions[bot]";
const ACTION: &str = "find out whose the token is";
const QUERY: &str = "{ viewer { login } }";

#[derive(Deserialize)]
struct User {
    login: String,
}

/// Asks who it is.
pub(super) async fn login(api: &Api, patience: &mut Patience<'_>) -> Result<String, Error> {
    if let Some(login) = viewer(api, patience).await? {
        return Ok(login);
    }
    match api.get::<User>(ACTION, "/user", patience).await {
        Ok(user) => Ok(user.login),
        Err(failure) if failure.error.is_denied() => Ok(ACTIONS.to_owned()),
        Err(failure) => Err(failure.error),
    }
}

/// The login by GraphQL; none where that is not to be had. Trouble that passes is waited for: a token that is taken for
/// another one would not find its own comment.
async fn viewer(api: &Api, patience: &mut Patience<'_>) -> Result<Option<String>, Error> {
    loop {
        let failure = match api.graphql(ACTION, QUERY).await {
            Ok(answer) if is_limited(&answer) => Failure::limited(ACTION, Duration::from_mins(1)),
            Ok(answer) => {
                let login = answer["data"]["viewer"]["login"].as_str();
                return Ok(login.filter(|login| !login.is_empty()).map(str::to_owned));
            }
            Err(failure) => failure,
        };
        match failure.error {
            Error::NotFound { .. } | Error::Denied { .. } | Error::Refused { .. } | Error::Answer { .. } => {
                return Ok(None);
            }
            _ => patience.after(failure).await?,
        }
    }
}

/// GraphQL tells of its rate limit with a success.
fn is_limited(answer: &Value) -> bool {
    answer["errors"]
        .as_array()
        .is_some_and(|errors| errors.iter().any(|error| error["type"] == "RATE_LIMITED"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rate_limit_of_graphql_is_told_from_an_answer() {
        assert!(is_limited(
            &json!({ "errors": [{ "type": "RATE_LIMITED", "message": "API rate limit exceeded" }] })
        ));
        for answer in
            [json!({ "errors": [{ "type": "FORBIDDEN" }] }), json!({ "data": {} }), json!([]), json!(null)]
        {
            assert!(!is_limited(&answer), "{answer}");
        }
    }
}
