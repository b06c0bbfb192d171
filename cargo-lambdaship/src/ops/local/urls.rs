//! The function URLs: which function answers where, and the calls.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, PoisonError, RwLock};

use serde::Serialize;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::config::FunctionConfig;
use crate::local::url::{Refusal, gateway};
use crate::local::{Error, Invoked, Invoker, Refused};
use crate::report::Report;

/// Where a function answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FunctionUrl {
    /// The function.
    pub function: String,
    /// The lambda that it is.
    pub lambda: String,
    /// Its URL, for browsers and everything else that takes `*.localhost` for this machine.
    pub url: String,
    /// The same for everything.
    pub path_url: String,
}

/// All function URLs, by the functions' names.
pub type Serving = Vec<FunctionUrl>;

/// The function URLs, answered until they are closed.
pub(super) struct Urls {
    board: Board,
    serving: JoinHandle<()>,
}

impl Urls {
    /// Answers calls of `functions` at `port`.
    pub(super) async fn open(
        invoker: Invoker,
        functions: &[FunctionConfig],
        port: u16,
    ) -> Result<Self, Error> {
        let listen = |source| Error::ListenUrls { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(listen)?;
        let port = listener.local_addr().map_err(listen)?.port();
        let route = |function: &FunctionConfig| {
            let lambda = Lambda { name: function.lambda.to_string(), alias: function.alias.to_string() };
            (function.function.name.to_string(), lambda)
        };
        let board = Board { port, routes: Arc::default() };
        board.replace(functions.iter().map(route).collect());
        let known = board.clone();
        let router =
            gateway(move |function, payload| call(invoker.clone(), known.clone(), function, payload));
        let serving = tokio::spawn(async move {
            // Serving does not end by itself.
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { board, serving })
    }

    /// What the calls go by.
    pub(super) fn board(&self) -> Board {
        self.board.clone()
    }

    /// The common beginning of all path URLs.
    pub(super) fn root(&self) -> String {
        format!("http://127.0.0.1:{}", self.board.port)
    }

    /// Takes no more calls.
    pub(super) fn close(self) {
        self.serving.abort();
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Lambda {
    name: String,
    alias: String,
}

type Routes = BTreeMap<String, Lambda>;

/// Which lambda a function is. Clones are one board.
#[derive(Clone)]
pub(super) struct Board {
    port: u16,
    routes: Arc<RwLock<Routes>>,
}

impl Board {
    /// Goes by what was deployed from now on.
    pub(super) fn update(&self, report: &Report) {
        let functions = report.functions.iter();
        let routes = functions.map(|function| {
            let lambda = Lambda { name: function.lambda.clone(), alias: function.alias.clone() };
            (function.function.clone(), lambda)
        });
        self.replace(routes.collect());
    }

    /// All URLs.
    pub(super) fn serving(&self) -> Serving {
        let port = self.port;
        let url = |(function, lambda): (&String, &Lambda)| FunctionUrl {
            function: function.clone(),
            lambda: lambda.name.clone(),
            url: format!("http://{function}.localhost:{port}/"),
            path_url: format!("http://127.0.0.1:{port}/{function}/"),
        };
        self.routes.read().unwrap_or_else(PoisonError::into_inner).iter().map(url).collect()
    }

    fn replace(&self, routes: Routes) {
        *self.routes.write().unwrap_or_else(PoisonError::into_inner) = routes;
    }

    fn find(&self, function: &str) -> Result<Lambda, Refusal> {
        find(&self.routes.read().unwrap_or_else(PoisonError::into_inner), function)
    }
}

/// Browsers write hosts in lower case, so a function is also found by its name in another case.
fn find(routes: &Routes, function: &str) -> Result<Lambda, Refusal> {
    let other_case = || routes.iter().find(|(name, _)| name.eq_ignore_ascii_case(function));
    let found = routes.get(function).or_else(|| other_case().map(|(_, lambda)| lambda));
    found.cloned().ok_or_else(|| {
        let names: Vec<_> = routes.keys().map(String::as_str).collect();
        let message = format!("there is no function `{function}`; there are: {}", names.join(", "));
        Refusal { status: 404, message }
    })
}

async fn call(
    invoker: Invoker,
    board: Board,
    function: String,
    payload: Vec<u8>,
) -> Result<(Vec<u8>, Option<String>), Refusal> {
    let Lambda { name, alias } = board.find(&function)?;
    match invoker.invoke(&name, Some(&alias), payload).await {
        Ok(Invoked { answer, .. }) => Ok((answer.payload, answer.function_error)),
        Err(refused) => Err(refusal(&function, refused)),
    }
}

/// The answer when no function ran. A lambda that is not there is one whose first deploy is still to come.
fn refusal(function: &str, refused: Refused) -> Refusal {
    match refused.status {
        404 => Refusal { status: 503, message: format!("`{function}` is not deployed yet") },
        429 => Refusal { status: 429, message: refused.message },
        _ => Refusal { status: 502, message: refused.message },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_its_name_in_any_case_or_all_are_told() {
        let lambda = |name: &str| Lambda { name: format!("{name}-local"), alias: "live".to_owned() };
        let routes: Routes =
            ["Hello", "hello", "Worker"].map(|name| (name.to_owned(), lambda(name))).into_iter().collect();
        for (asked, found) in [("Hello", "Hello"), ("hello", "hello"), ("worker", "Worker")] {
            assert_eq!(find(&routes, asked), Ok(lambda(found)), "{asked}");
        }
        let refusal = find(&routes, "hello-local").unwrap_err();
        assert_eq!(refusal.status, 404);
        assert_eq!(refusal.message, "there is no function `hello-local`; there are: Hello, Worker, hello");
    }
}
