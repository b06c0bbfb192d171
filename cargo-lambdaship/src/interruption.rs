//! The signal that ends a run, for all who wait at the same time.
//!
//! In: the signal, as a future. Out: what the work came to, or [`Interrupted`]. It must not know where signals come from.

use futures::future::{FutureExt, LocalBoxFuture, Shared};

/// The signal came before the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// A signal that may come while several wait for other things.
#[derive(Clone)]
pub struct Interruption(Shared<LocalBoxFuture<'static, ()>>);

impl Interruption {
    /// The one that `signal` stands for.
    #[must_use]
    pub fn new(signal: impl Future<Output = ()> + 'static) -> Self {
        Self(signal.boxed_local().shared())
    }

    /// One that does not come: whoever waits drops the work instead.
    #[must_use]
    pub fn never() -> Self {
        Self::new(std::future::pending())
    }

    /// Comes when the signal does.
    pub async fn came(&self) {
        self.0.clone().await;
    }

    /// What `work` comes to, unless the signal comes first. A terminal sends the signal to cargo as well: then cargo's
    /// end is no failure of its own.
    ///
    /// # Errors
    /// Those of `work`, and [`Interrupted`].
    pub fn unless<'a, T: 'a, E: From<Interrupted> + 'a>(
        &self,
        work: impl Future<Output = Result<T, E>> + 'a,
    ) -> LocalBoxFuture<'a, Result<T, E>> {
        let mut signal = self.0.clone();
        // On the heap: the work of a whole verb is large.
        Box::pin(async move {
            let done = tokio::select! {
                biased;
                () = &mut signal => return Err(Interrupted.into()),
                done = work => done,
            };
            tokio::select! {
                biased;
                () = &mut signal, if done.is_err() => Err(Interrupted.into()),
                () = tokio::task::yield_now() => done,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(flavor = "current_thread")]
    async fn all_who_wait_are_told() {
        let (send, receive) = tokio::sync::oneshot::channel::<()>();
        let signal = Interruption::new(receive.map(drop));
        assert_eq!(signal.unless(async { Ok::<_, Interrupted>(1) }).await, Ok(1));
        let work = || signal.unless(std::future::pending::<Result<(), Interrupted>>());
        let (one, two, ()) = tokio::join!(work(), work(), async { send.send(()).unwrap() });
        assert_eq!((one, two), (Err(Interrupted), Err(Interrupted)));
        let late = signal.unless(async { Ok(2) }).await;
        assert_eq!(late, Err(Interrupted), "nothing is begun after it");
    }
}
