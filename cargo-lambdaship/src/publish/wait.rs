//! Lambda is not everywhere as far as its last answer said: what was just made is not found, and what has settled is still
//! in progress.
//!
//! In: a call. Out: what it comes to, once Lambda had some seconds for it.

use std::time::Duration;

use crate::aws::{self, Kind};

/// How long something that was just made may not be found.
const NEW: Duration = Duration::from_mins(1);
/// How long an update that has settled may still be in the way of the next one.
const BUSY: Duration = Duration::from_secs(30);
/// Between the first two tries; it doubles with each, up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// What `read` answers of something that was just made.
pub(super) async fn once_there<T>(read: impl AsyncFn() -> Result<T, aws::Error>) -> Result<T, aws::Error> {
    patiently(read, NEW, |error| error.kind() == Kind::NotFound).await
}

/// What `send` comes to, a write that is fenced by a revision that was read when nothing was in progress any more. Under
/// the same fence it can be sent again: who was here meanwhile is seen in that.
pub(super) async fn once_free<T>(send: impl AsyncFn() -> Result<T, aws::Error>) -> Result<T, aws::Error> {
    patiently(send, BUSY, aws::Error::is_in_progress).await
}

async fn patiently<T>(
    call: impl AsyncFn() -> Result<T, aws::Error>,
    limit: Duration,
    passes: impl Fn(&aws::Error) -> bool,
) -> Result<T, aws::Error> {
    let (mut waited, mut pause) = (Duration::ZERO, FIRST_PAUSE);
    loop {
        match call().await {
            Err(error) if passes(&error) && waited < limit => {
                tokio::time::sleep(pause).await;
                waited += pause;
                pause = LONGEST_PAUSE.min(pause * 2);
            }
            answer => return answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const BUSY_WORDS: &str = "ResourceConflictException: The operation cannot be performed at this time. An update is in \
        progress for resource: arn:aws:lambda:eu-west-1:000000000000:function:hello";

    #[tokio::test(flavor = "current_thread")]
    async fn what_lambda_says_too_early_is_asked_again() {
        let exists = "ResourceConflictException: Function already exist: hello";
        for (kind, cause, there, free) in [
            (Kind::NotFound, "Function not found", 2, 1),
            (Kind::Conflict, BUSY_WORDS, 1, 2),
            (Kind::Conflict, exists, 1, 1),
            (Kind::Precondition, "the revision", 1, 1),
        ] {
            let asked = Cell::new(0);
            let call = async || {
                asked.set(asked.get() + 1);
                if asked.get() == 1 { Err(aws::Error::new(kind, "call", cause)) } else { Ok(()) }
            };
            assert_eq!((once_there(call).await.is_ok(), asked.get()), (there == 2, there), "{cause}");
            asked.set(0);
            assert_eq!((once_free(call).await.is_ok(), asked.get()), (free == 2, free), "{cause}");
        }
    }
}
