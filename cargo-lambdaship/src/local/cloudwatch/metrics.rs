//! All metrics of a server, in memory and in their file. The file is written whole, at most once a second and at the
//! end, so a kill loses the last second at most.

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use fs_err as fs;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::{Notify, oneshot};

use super::book::{Book, Minutes, Series};
use super::statistic::Datum;
use crate::context;
use crate::local::state::{Error, Writing, atomic, background};

const FORMAT: u32 = 1;
/// How long a write waits for more to write.
const PAUSE: Duration = Duration::from_secs(1);

/// All metrics of a server.
pub(crate) struct Metrics {
    file: Utf8PathBuf,
    book: Mutex<Book>,
    changed: Notify,
    /// Whoever writes holds this, and with it the root.
    writing: Writing,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    format: u32,
    series: Vec<(Series, Minutes)>,
}

impl Metrics {
    /// Loads the metrics of `root`, which the holder of `writing` owns.
    pub(crate) fn open(root: &Utf8Path, writing: Writing) -> Result<Self, Error> {
        let file = root.join("metrics.json");
        let book = Mutex::new(load(&file)?);
        Ok(Self { file, book, changed: Notify::new(), writing })
    }

    /// Adds what was measured at `at`.
    pub(crate) fn add(&self, at: Timestamp, measured: Vec<(Series, Datum)>) {
        let mut book = self.lock();
        for (series, datum) in measured {
            book.add(series, at, &datum);
        }
        drop(book);
        self.changed.notify_one();
    }

    /// What `ask` reads out of the book.
    pub(crate) fn read<T>(&self, ask: impl FnOnce(&Book) -> T) -> T {
        ask(&self.lock())
    }

    /// Writes what is new until `stop` comes or its sender is gone, and then for a last time. What cannot be written is
    /// tried again after the pause; at the end it is lost, as by a kill.
    pub(crate) async fn keep(&self, mut stop: oneshot::Receiver<()>) {
        let mut stopped = false;
        while !stopped {
            stopped = comes_first(&mut stop, self.changed.notified()).await;
            if self.flush().await.is_err() {
                self.changed.notify_one();
            }
            stopped = stopped || comes_first(&mut stop, tokio::time::sleep(PAUSE)).await;
        }
        let _ = self.flush().await;
    }

    /// Writes what is new.
    async fn flush(&self) -> io::Result<()> {
        let writing = Arc::clone(&self.writing).lock_owned().await;
        let Some(series) = self.lock().changes(context::now()) else { return Ok(()) };
        let file = self.file.clone();
        let written = background(move || {
            let _writing = writing;
            atomic::write(&file, &serde_json::to_vec(&Kept { format: FORMAT, series })?)
        });
        let written = written.await;
        if written.is_err() {
            self.lock().touch();
        }
        written
    }

    fn lock(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether `stop` comes before `other`.
async fn comes_first(stop: &mut oneshot::Receiver<()>, other: impl Future<Output = ()>) -> bool {
    tokio::select! {
        biased;
        _ = stop => true,
        () = other => false,
    }
}

fn load(file: &Utf8Path) -> Result<Book, Error> {
    let bytes = match fs::read(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Book::default()),
        bytes => bytes?,
    };
    let kept: Kept = serde_json::from_slice(&bytes)
        .map_err(|source| Error::Unreadable { file: file.to_owned(), source })?;
    if kept.format == FORMAT {
        Ok(Book::new(kept.series))
    } else {
        Err(Error::Format { file: file.to_owned(), found: kept.format })
    }
}
