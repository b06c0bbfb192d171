//! Whose token it is: the login that GitHub gives as the author of what is written with it.
//!
//! `GET /user` is refused to the token of a job and of every other App ("Resource not accessible by integration"). GraphQL's
//! `viewer` answers to all of them, with the App's login as REST writes it (`github-actions[bot]`). Where GraphQL does not
//! answer, `GET /user` is asked; when that is refused as well, the token is taken for a job's, whose author is
//! `github-actions[bot]`.

use serde::Deserialize;

use super::api::Api;
use super::error::Error;
use super::patience::Patience;

/// The author of what a workflow's job writes with its own token.
const ACTIONS: &str = "github-actions[bot]";
const QUERY: &str = "{ viewer { login } }";

#[derive(Deserialize)]
struct User {
    login: String,
}

/// Asks who it is.
pub(super) async fn login(api: &Api, patience: &mut Patience<'_>) -> Result<String, Error> {
    let action = "find out whose the token is";
    match api.graphql(action, QUERY).await {
        Ok(answer) => {
            if let Some(login) = answer["data"]["viewer"]["login"].as_str().filter(|login| !login.is_empty())
            {
                return Ok(login.to_owned());
            }
        }
        Err(failure) if matches!(failure.error, Error::Unauthorized { .. } | Error::Client(_)) => {
            return Err(failure.error);
        }
        // Whatever it is, REST is asked now, with patience.
        Err(_) => {}
    }
    match api.get::<User>(action, "/user", patience).await {
        Ok(user) => Ok(user.login),
        Err(failure) if failure.error.is_denied() => Ok(ACTIONS.to_owned()),
        Err(failure) => Err(failure.error),
    }
}
