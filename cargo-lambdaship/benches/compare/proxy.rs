//! Stands between a tool and the local AWS, where the network would be: each request comes later, and is counted.
//!
//! Every connection of the tool has one of its own to the server, so that requests wait side by side, as they do on a
//! real network. It looks at HTTP no further than to tell where a message ends.

use std::io::{Error, ErrorKind, Result};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What each request waits for on its way to the server.
pub(crate) const LATENCY: Duration = Duration::from_millis(40);

/// A proxy in front of one server, for as long as its runtime runs.
pub(crate) struct Proxy {
    port: u16,
    traffic: Arc<Mutex<Traffic>>,
}

/// What went through.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Traffic {
    pub(crate) requests: u64,
    /// Of the requests' bodies.
    pub(crate) bytes_up: u64,
    /// Requests that were refused because there were too many in a second.
    pub(crate) throttled: u64,
}

impl Proxy {
    /// A proxy in front of the server at `upstream` on this machine.
    pub(crate) async fn start(upstream: u16) -> Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let (port, traffic) = (listener.local_addr()?.port(), Arc::<Mutex<Traffic>>::default());
        let counted = Arc::clone(&traffic);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A tool that is done cuts its connections; that is its right.
                tokio::spawn(serve(client, upstream, Arc::clone(&counted)));
            }
        });
        Ok(Self { port, traffic })
    }

    /// Where tools go instead of to the server.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What went through since this was last asked.
    pub(crate) fn take(&self) -> Traffic {
        std::mem::take(&mut self.traffic.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Two ends that talk: what one says is read here, and written there.
struct Line {
    from: BufReader<OwnedReadHalf>,
    to: OwnedWriteHalf,
}

async fn serve(client: TcpStream, upstream: u16, traffic: Arc<Mutex<Traffic>>) -> Result<()> {
    let server = TcpStream::connect((Ipv4Addr::LOCALHOST, upstream)).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ((from_client, to_client), (from_server, to_server)) = (client.into_split(), server.into_split());
    let mut up = Line { from: BufReader::with_capacity(1 << 16, from_client), to: to_server };
    let mut down = Line { from: BufReader::with_capacity(1 << 16, from_server), to: to_client };
    let count = |change: &dyn Fn(&mut Traffic)| {
        change(&mut traffic.lock().unwrap_or_else(PoisonError::into_inner));
    };
    loop {
        let mut request = Head::read(&mut up.from).await?;
        count(&|traffic| traffic.requests += 1);
        tokio::time::sleep(LATENCY).await;
        if request.take("expect").is_some() {
            // Whoever asks whether to send a body is told so here: the answer would only be the first of two.
            down.to.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        let sent = up.pass(&request, request.body(Body::None)?).await?;
        count(&|traffic| traffic.bytes_up += sent);
        let answer = Head::read(&mut down.from).await?;
        if answer.first.split(' ').nth(1) == Some("429") {
            count(&|traffic| traffic.throttled += 1);
        }
        let is_empty = request.first.starts_with("HEAD ") || answer.first.contains(" 204 ");
        let body = if is_empty { Body::None } else { answer.body(Body::UntilEnd)? };
        down.pass(&answer, body).await?;
    }
}

impl Line {
    /// Passes a message on, and answers the size of its body.
    async fn pass(&mut self, head: &Head, body: Body) -> Result<u64> {
        self.to.write_all(head.text().as_bytes()).await?;
        match body {
            Body::None => Ok(0),
            Body::Sized(size) => copy(&mut self.from, &mut self.to, size).await,
            Body::UntilEnd => tokio::io::copy(&mut self.from, &mut self.to).await,
            Body::Chunked => self.pass_chunks().await,
        }
    }

    async fn pass_chunks(&mut self) -> Result<u64> {
        let mut all = 0;
        loop {
            let line = line(&mut self.from).await?;
            self.to.write_all(line.as_bytes()).await?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let size = u64::from_str_radix(digits, 16).map_err(Error::other)?;
            if size == 0 {
                break;
            }
            // With the end of line behind it.
            copy(&mut self.from, &mut self.to, size + 2).await?;
            all += size;
        }
        // Trailers, up to an empty line.
        loop {
            let line = line(&mut self.from).await?;
            self.to.write_all(line.as_bytes()).await?;
            if line.trim().is_empty() {
                return Ok(all);
            }
        }
    }
}

/// How much follows a head.
enum Body {
    None,
    Sized(u64),
    Chunked,
    UntilEnd,
}

/// The first line of a message and its fields, each with its end of line.
struct Head {
    first: String,
    fields: Vec<String>,
}

impl Head {
    async fn read(from: &mut BufReader<OwnedReadHalf>) -> Result<Self> {
        let first = line(from).await?;
        let mut fields = Vec::new();
        loop {
            let field = line(from).await?;
            if field.trim().is_empty() {
                return Ok(Self { first, fields });
            }
            fields.push(field);
        }
    }

    fn text(&self) -> String {
        format!("{}{}\r\n", self.first, self.fields.concat())
    }

    /// The value of the field `name`.
    fn get(&self, name: &str) -> Option<&str> {
        let values = self.fields.iter().filter_map(|field| field.split_once(':'));
        values.filter(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }

    /// Removes the field `name`.
    fn take(&mut self, name: &str) -> Option<String> {
        let is_it =
            |field: &String| field.split_once(':').is_some_and(|(key, _)| key.eq_ignore_ascii_case(name));
        let place = self.fields.iter().position(is_it)?;
        Some(self.fields.remove(place))
    }

    /// What follows; `unsaid` when the head does not say.
    fn body(&self, unsaid: Body) -> Result<Body> {
        if self.get("transfer-encoding").is_some_and(|coding| coding.eq_ignore_ascii_case("chunked")) {
            return Ok(Body::Chunked);
        }
        let size = self.get("content-length").map(str::parse).transpose().map_err(Error::other)?;
        Ok(size.map_or(unsaid, Body::Sized))
    }
}

/// A line with its end; the end of the connection is an error.
async fn line(from: &mut BufReader<OwnedReadHalf>) -> Result<String> {
    let mut line = String::new();
    if from.read_line(&mut line).await? == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(line)
}

async fn copy(
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
    size: u64,
) -> Result<u64> {
    let copied = tokio::io::copy(&mut from.take(size), to).await?;
    if copied == size { Ok(copied) } else { Err(ErrorKind::UnexpectedEof.into()) }
}
