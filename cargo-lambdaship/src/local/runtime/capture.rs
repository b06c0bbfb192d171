//! Copies what a process writes into its log, line by line.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::{mpsc, oneshot};

use super::log::Log;

/// A longer line is cut into several, as CloudWatch Logs cuts its events.
const LONGEST_LINE: usize = 256 * 1024;

/// One captured stream.
pub(super) struct Capture(mpsc::Sender<oneshot::Sender<()>>);

impl Capture {
    /// Reads `stream` into `log` until it ends or this is dropped.
    pub(super) fn start(stream: impl AsyncRead + Unpin + Send + 'static, log: Arc<Log>) -> Self {
        let (sender, receiver) = mpsc::channel(1);
        tokio::spawn(copy(stream, Lines::new(log), receiver));
        Self(sender)
    }

    /// Returns once everything that the process had written before this call is in the log, so that the lines of one
    /// invocation stay between its `START` and `END`.
    pub(super) async fn drain(&self) {
        let (sender, done) = oneshot::channel();
        if self.0.send(sender).await.is_ok() {
            // An error means that the stream has ended: it is drained.
            let _ = done.await;
        }
    }
}

async fn copy(
    stream: impl AsyncRead + Unpin,
    mut lines: Lines,
    mut drains: mpsc::Receiver<oneshot::Sender<()>>,
) {
    let mut stream = BufReader::new(stream);
    loop {
        tokio::select! {
            // Reading goes first: a request to drain is only looked at when nothing more can be read.
            biased;
            read = stream.fill_buf() => match read {
                Ok(bytes) if !bytes.is_empty() => {
                    let length = bytes.len();
                    lines.push(bytes);
                    stream.consume(length);
                    // Much output must not keep everything else waiting.
                    tokio::task::yield_now().await;
                }
                _ => break,
            },
            drain = drains.recv() => match drain {
                Some(done) => {
                    lines.flush();
                    let _ = done.send(());
                }
                None => break,
            },
        }
    }
    lines.flush();
}

/// Splits bytes into lines.
struct Lines {
    log: Arc<Log>,
    partial: Vec<u8>,
}

impl Lines {
    fn new(log: Arc<Log>) -> Self {
        Self { log, partial: Vec::new() }
    }

    fn push(&mut self, bytes: &[u8]) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            self.partial.extend_from_slice(piece);
            if piece.ends_with(b"\n") || self.partial.len() >= LONGEST_LINE {
                self.flush();
            }
        }
    }

    fn flush(&mut self) {
        if !self.partial.is_empty() {
            let text = String::from_utf8_lossy(&self.partial);
            self.log.line(text.trim_end_matches(['\n', '\r']));
            self.partial.clear();
        }
    }
}
