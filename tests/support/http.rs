//! One plain HTTP exchange over a connection of its own, for the tests' questions to servers on this machine.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::PATIENCE;

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

/// Sends one request to `127.0.0.1:port`. `headers` are whole lines; HTTP/1.0 keeps the answer free of chunks.
///
/// # Errors
/// When there is no connection, no answer in time, or no whole answer.
pub(crate) fn exchange(port: u16, request: &str, headers: &[&str], body: &str) -> std::io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let length = body.len();
    let mut text = format!("{request} HTTP/1.0\r\nhost: 127.0.0.1:{port}\r\ncontent-length: {length}\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    stream.write_all(format!("{text}\r\n{body}").as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    parse(&answer).ok_or_else(|| std::io::Error::new(std::io::ErrorKind::InvalidData, "no whole answer"))
}

/// Like [`exchange`] without headers, for an exchange that must succeed.
pub(crate) fn ask(port: u16, request: &str, body: &str) -> String {
    let answer = exchange(port, request, &[], body).unwrap_or_else(|error| panic!("{request}: {error}"));
    assert_eq!(answer.status, 200, "{request}: {}", answer.body);
    answer.body
}

fn parse(answer: &str) -> Option<Answer> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    Some(Answer { status, head: head.to_lowercase(), body: body.to_owned() })
}
