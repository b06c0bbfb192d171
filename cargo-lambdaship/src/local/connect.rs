//! Finding a local AWS that runs already, or starting one.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::error::Error;
use super::lock::{self, Owner, RootLock};
use super::options::Options;
use super::server::Server;
use crate::context;

/// How often a root that is held is looked at.
const INTERVAL: Duration = Duration::from_millis(25);
/// How long a server that was found may take to say that it is there.
const ANSWER_WAIT: Duration = Duration::from_secs(1);

/// A local AWS to use.
pub struct LocalAws {
    /// Where it listens.
    pub endpoint: String,
    /// The server, when this process started it.
    server: Option<Server>,
}

impl LocalAws {
    /// The server, when this process started it and not another.
    #[must_use]
    pub fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// Ends the server if this process started it.
    pub async fn close(self) {
        if let Some(server) = self.server {
            server.shutdown().await;
        }
    }
}

/// Uses the foreground server of `options.root` when there is one that answers; else starts one, after waiting up to
/// `options.lock_wait` for the root.
///
/// # Errors
/// As [`Server::start`].
pub async fn connect_or_start(options: Options) -> Result<LocalAws, Error> {
    match wait(&options).await? {
        Found::Running(_, endpoint) => Ok(LocalAws { endpoint, server: None }),
        Found::Lock(lock) => {
            let server = Server::start_locked(options, lock).await?;
            Ok(LocalAws { endpoint: server.endpoint().to_owned(), server: Some(server) })
        }
    }
}

/// Takes the lock of the root, after waiting up to `options.lock_wait` for a server that serves one run.
pub(crate) async fn wait_for_lock(options: &Options) -> Result<RootLock, Error> {
    match wait(options).await? {
        Found::Lock(lock) => Ok(lock),
        Found::Running(owner, endpoint) => {
            Err(Error::Running { root: options.root.clone(), endpoint, pid: owner.pid })
        }
    }
}

enum Found {
    Lock(RootLock),
    /// A foreground server, and where it listens. It stays, so waiting for its end is of no use.
    Running(Owner, String),
}

async fn wait(options: &Options) -> Result<Found, Error> {
    let begun = context::instant();
    let mut told = false;
    loop {
        let taken = RootLock::take(&options.root);
        if let Some(lock) = taken.map_err(|source| Error::Root { root: options.root.clone(), source })? {
            return Ok(Found::Lock(lock));
        }
        if let Some((owner, endpoint)) = running(options).await {
            return Ok(Found::Running(owner, endpoint));
        }
        if context::instant().duration_since(begun) >= options.lock_wait {
            return Err(held(options));
        }
        if let Some(console) = options.console.as_ref().filter(|_| !told) {
            console.status("Waiting", format_args!("because {}", held(options)));
            told = true;
        }
        tokio::time::sleep(INTERVAL).await;
    }
}

fn held(options: &Options) -> Error {
    Error::Held { root: options.root.clone(), pid: lock::owner(&options.root).map(|owner| owner.pid) }
}

/// The foreground server that holds the root, if it answers as the one that wrote the file.
async fn running(options: &Options) -> Option<(Owner, String)> {
    let owner = lock::owner(&options.root)?;
    let endpoint = owner.endpoint.clone()?;
    let address = endpoint.strip_prefix("http://")?;
    let answer = tokio::time::timeout(ANSWER_WAIT, ask(address)).await.ok()?.ok()?;
    answer.ends_with(&owner.instance).then_some((owner, endpoint))
}

async fn ask(address: &str) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    let request =
        format!("GET /_lambdaship/instance HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    stream.take(16_384).read_to_string(&mut answer).await?;
    Ok(answer)
}
