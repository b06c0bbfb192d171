//! The alarms of all rollouts of a run, read together: `CloudWatch` takes nine such requests a second of an account, and a
//! hundred names in each.
//!
//! In: the names that one rollout minds. Out: their states, as old as that rollout lets them be.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::sync::Mutex;

use crate::aws::{self, Alarm, Alarms, Kind, Metrics};
use crate::context;

/// The oldest that any state may be.
const OLDEST: Duration = Duration::from_secs(5);

/// The alarms of a run.
#[derive(Debug, Default)]
pub(super) struct Board(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    names: BTreeSet<String>,
    read: Option<Read>,
}

/// The last read of all names, and when it began.
#[derive(Debug)]
struct Read {
    at: Instant,
    alarms: Result<Alarms, (Kind, String)>,
}

impl Board {
    /// One that reads `names` with the first of them that is asked for.
    pub(super) fn of(names: impl Iterator<Item = String>) -> Self {
        Self(Mutex::new(Inner { names: names.collect(), read: None }))
    }

    /// The alarms `names`, read at most `age` ago. Who comes while they are read waits for that, and asks nothing.
    ///
    /// # Errors
    /// When the last read failed, or there is no alarm of a name.
    pub(super) async fn alarms(
        &self,
        metrics: &Metrics,
        names: &[String],
        age: Duration,
    ) -> Result<Vec<Alarm>, aws::Error> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let mut inner = self.0.lock().await;
        let known = inner.names.len();
        inner.names.extend(names.iter().cloned());
        let is_known = inner.names.len() == known;
        let read = inner.read.take().filter(|read| is_known && read.at.elapsed() <= age.min(OLDEST));
        let read = if let Some(read) = read {
            read
        } else {
            let (at, all) = (context::instant(), inner.names.iter().cloned().collect::<Vec<_>>());
            let alarms = metrics.alarms(&all).await;
            Read { at, alarms: alarms.map_err(|error| (error.kind(), error.cause().to_owned())) }
        };
        match &inner.read.insert(read).alarms {
            Ok(alarms) => alarms.named(names),
            Err((kind, cause)) => {
                let action = format!("read the alarms `{}`", names.join("`, `"));
                Err(aws::Error::new(*kind, action, cause))
            }
        }
    }
}
