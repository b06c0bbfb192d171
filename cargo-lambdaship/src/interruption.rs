//! The signal that ends a run, for all who wait at the same time.
//!
//! In: the signal, as a future. Out: what the work came to, or [`Interrupted`]. It must not know where signals come from.

use std::cell::Cell;
use std::rc::Rc;

use futures::future::{FutureExt, LocalBoxFuture, Shared};

/// The signal came before the work was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interrupted;

/// A signal that may come while several wait for other things.
#[derive(Clone)]
pub struct Interruption {
    first: Shared<LocalBoxFuture<'static, ()>>,
    second: Shared<LocalBoxFuture<'static, ()>>,
    answered: Rc<Cell<bool>>,
}

impl Interruption {
    /// The one that `signal` stands for, which comes no more than once.
    #[must_use]
    pub fn new(signal: impl Future<Output = ()> + 'static) -> Self {
        Self::repeated(signal, std::future::pending())
    }

    /// The one that `signal` stands for, and `again` once it came.
    #[must_use]
    pub fn repeated(
        signal: impl Future<Output = ()> + 'static,
        again: impl Future<Output = ()> + 'static,
    ) -> Self {
        let first = signal.boxed_local().shared();
        let came = first.clone();
        let second = async {
            came.await;
            again.await;
        };
        Self { first, second: second.boxed_local().shared(), answered: Rc::default() }
    }

    /// One that does not come: whoever waits drops the work instead.
    #[must_use]
    pub fn never() -> Self {
        Self::new(std::future::pending())
    }

    /// Comes when the signal does.
    pub async fn came(&self) {
        self.first.clone().await;
    }

    /// What `work` comes to, which no signal ends. Whoever sends one meanwhile, for the first time or again, is answered by
    /// `say`, once in all.
    pub async fn meanwhile<T>(&self, work: impl Future<Output = T>, say: impl FnOnce()) -> T {
        let came = self.first.clone().now_or_never().is_some();
        let next = if came { self.second.clone() } else { self.first.clone() };
        // On the heap: the work of a whole verb is large.
        let mut work = Box::pin(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            () = next => {}
        }
        if !self.answered.replace(true) {
            say();
        }
        work.await
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
        let mut signal = self.first.clone();
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

    /// All others get their turn, in whatever order.
    async fn settle() {
        for _ in 0..4 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test(flavor = "current_thread")]
    async fn who_sends_a_signal_while_nothing_may_be_ended_is_answered_once() {
        for before in [false, true] {
            let (first, came) = tokio::sync::oneshot::channel::<()>();
            let (second, again) = tokio::sync::oneshot::channel::<()>();
            let signal = Interruption::repeated(came.map(drop), again.map(drop));
            let mut first = Some(first);
            let mut send = || first.take().map_or(Ok(()), |first| first.send(())).unwrap();
            if before {
                send();
                signal.came().await;
            }
            let said = Cell::new(0);
            let say = || said.set(said.get() + 1);
            let (done, end) = tokio::sync::oneshot::channel::<()>();
            let end = end.shared();
            let work = || signal.meanwhile(end.clone(), say);
            let signals = async {
                send();
                settle().await;
                assert_eq!(said.get(), i32::from(!before), "the first one ended other work");
                second.send(()).unwrap();
                settle().await;
                assert_eq!(said.get(), 1);
                done.send(()).unwrap();
            };
            let (one, two, ()) = tokio::join!(work(), work(), signals);
            assert!(one.is_ok() && two.is_ok(), "it comes to its end all the same");
        }
        let never = Interruption::never();
        assert_eq!(never.meanwhile(async { 1 }, || panic!("nobody sent one")).await, 1);
    }

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
