//! `invoke`: calls one function, and gives its answer.

use std::io::{self, Read};

use camino::Utf8PathBuf;

use crate::aws::Answer;
use crate::context::Context;
use crate::error::Error;
use crate::ops::session::{Session, Target};

/// What `invoke` is asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// The environment; the selection names the one function.
    pub target: Target,
    /// The alias or version to call; the environment's alias when it was not given.
    pub qualifier: Option<String>,
    /// What the function is given.
    pub event: Event,
}

/// Where an event is: JSON text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// Here.
    Text(String),
    /// In a file.
    File(Utf8PathBuf),
    /// On standard input.
    Stdin,
}

impl From<String> for Event {
    /// `@FILE`, `-`, or the text itself.
    fn from(text: String) -> Self {
        match text.strip_prefix('@') {
            Some(file) => Self::File(file.into()),
            None if text == "-" => Self::Stdin,
            None => Self::Text(text),
        }
    }
}

impl Event {
    async fn read(&self, context: &Context) -> Result<Vec<u8>, Error> {
        match self {
            Self::Text(text) => Ok(text.clone().into_bytes()),
            Self::File(path) => fs_err::read(context.absolute(path)).map_err(Error::Event),
            Self::Stdin => read_stdin().await.map_err(Error::Event),
        }
    }
}

/// Beside the event loop, so that a signal is seen meanwhile: somebody may be typing.
async fn read_stdin() -> io::Result<Vec<u8>> {
    let read = || {
        let mut text = Vec::new();
        io::stdin().read_to_end(&mut text).map(|_length| text)
    };
    tokio::task::spawn_blocking(read).await?
}

/// Calls the function.
///
/// # Errors
/// When the event cannot be read or is not JSON, or the call could not be made. A function that fails is an [`Answer`] too.
pub async fn invoke(context: &Context, request: &Request) -> Result<Answer, Error> {
    let payload = request.event.read(context).await?;
    check(&payload)?;
    let session = Session::open(context, &request.target).await?;
    let answer = call(&session, request, payload).await;
    session.close().await;
    answer
}

async fn call(session: &Session, request: &Request, payload: Vec<u8>) -> Result<Answer, Error> {
    let function = session
        .bench
        .environment
        .functions
        .first()
        .ok_or_else(|| Error::Usage { message: "no function is selected".to_owned(), hint: None })?;
    let qualifier = request.qualifier.as_deref().unwrap_or(function.alias.as_str());
    let answer = session.aws.lambda().invoke(&function.lambda, qualifier, payload).await;
    answer.map_err(|error| match error.kind() {
        crate::aws::Kind::NotFound => Error::Function {
            message: format!("lambda `{}` has no `{qualifier}` to invoke", function.lambda),
            hint: Some(if request.qualifier.is_some() {
                "without --qualifier, the environment's alias is called".to_owned()
            } else {
                "deploy it first: `cargo lambdaship deploy`".to_owned()
            }),
            held: false,
        },
        _ => error.into(),
    })
}

fn check(payload: &[u8]) -> Result<(), Error> {
    serde_json::from_slice::<serde_json::Value>(payload).map(drop).map_err(|error| Error::Usage {
        message: format!("the event is not JSON: {error}"),
        hint: Some(
            "quote it for the shell, as in '{\"ping\":1}', or read it from a file with @event.json"
                .to_owned(),
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_text_a_file_or_standard_input() {
        for (text, event) in [
            ("{}", Event::Text("{}".to_owned())),
            ("", Event::Text(String::new())),
            ("-1", Event::Text("-1".to_owned())),
            ("-", Event::Stdin),
            ("@event.json", Event::File("event.json".into())),
        ] {
            assert_eq!(Event::from(text.to_owned()), event, "{text}");
        }
    }

    #[test]
    fn an_event_that_is_not_json_is_refused_before_anything_is_sent() {
        assert!(check(b"{\"ping\":1}").is_ok());
        let error = check(b"{ping:1}").unwrap_err();
        assert!(error.to_string().starts_with("the event is not JSON: "), "{error}");
    }
}
