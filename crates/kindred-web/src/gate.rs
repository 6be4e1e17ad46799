//! How many questions run and wait at once, and for how long.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::Failure;
use crate::options::Limits;

/// How long a question may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cost {
    /// Searches, similar papers, lists.
    Quick,
    /// What trains a ranker or reads whole inputs.
    Slow,
}

/// Lets as many questions run as there are cores, lets some wait, and refuses the rest at once.
///
/// Slow questions never take all places (where there are several), so that a search does not wait
/// for feeds.
#[derive(Debug)]
pub(crate) struct Gate {
    running: Arc<Semaphore>,
    /// Places for slow questions, besides one of those above.
    slow: Arc<Semaphore>,
    waiting: AtomicUsize,
    limits: Limits,
}

/// Counts a question as waiting until it is dropped.
struct Waiting<'a>(&'a AtomicUsize);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Gate {
    pub(crate) fn new(limits: &Limits) -> Self {
        let places = limits.at_once.max(1);
        Self {
            running: Arc::new(Semaphore::new(places)),
            slow: Arc::new(Semaphore::new((places - 1).max(1))),
            waiting: AtomicUsize::new(0),
            limits: limits.clone(),
        }
    }

    /// Runs `work` on a thread that may block.
    ///
    /// # Errors
    /// [`Failure::Busy`] if too many wait already, [`Failure::TooSlow`] if it is not answered in
    /// time (it runs to its end, keeping its place, and its answer is dropped), [`Failure::Panic`]
    /// if it panics, otherwise as `work` does.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        cost: Cost,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let limit = match cost {
            Cost::Quick => self.limits.quick,
            Cost::Slow => self.limits.slow,
        };
        tokio::time::timeout(limit, self.in_turn(cost, work))
            .await
            .unwrap_or(Err(Failure::TooSlow { limit }))
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        cost: Cost,
        work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let slow = match cost {
            Cost::Slow => Some(self.place(&self.slow).await?),
            Cost::Quick => None,
        };
        let turn = self.place(&self.running).await?;
        let task = tokio::task::spawn_blocking(move || {
            let answer = work();
            drop((turn, slow));
            answer
        });
        task.await.unwrap_or(Err(Failure::Panic))
    }

    /// Takes a place, waiting for it if not too many wait already.
    async fn place(&self, places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, Failure> {
        if let Ok(place) = Arc::clone(places).try_acquire_owned() {
            return Ok(place);
        }
        let before = self.waiting.fetch_add(1, Ordering::AcqRel);
        let _waiting = Waiting(&self.waiting);
        if before >= self.limits.waiting {
            return Err(Failure::Busy { seconds: 1 });
        }
        let place = Arc::clone(places).acquire_owned().await;
        Ok(place.expect("the semaphore is never closed"))
    }
}

/// Time after which a client that was refused may ask again.
pub(crate) fn retry_after(limit: Duration) -> u64 {
    limit.as_secs().clamp(1, 30)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(at_once: usize, waiting: usize, quick: Duration) -> Arc<Gate> {
        Arc::new(Gate::new(&Limits {
            at_once,
            waiting,
            quick,
            ..Limits::default()
        }))
    }

    #[tokio::test]
    async fn those_beyond_the_queue_are_refused_and_the_rest_is_answered() {
        let gate = gate(1, 2, Duration::from_secs(20));
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let first = {
            let gate = Arc::clone(&gate);
            tokio::spawn(async move {
                gate.run(Cost::Quick, move || {
                    wait.recv().ok();
                    Ok(1)
                })
                .await
            })
        };
        while gate.running.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let others: Vec<_> = (2..4)
            .map(|number| {
                let gate = Arc::clone(&gate);
                tokio::spawn(async move { gate.run(Cost::Quick, move || Ok(number)).await })
            })
            .collect();
        while gate.waiting.load(Ordering::Acquire) < 2 {
            tokio::task::yield_now().await;
        }
        let refused = gate.run(Cost::Quick, || Ok(4)).await;
        assert!(matches!(refused, Err(Failure::Busy { .. })), "{refused:?}");
        go.send(()).unwrap();
        assert_eq!(first.await.unwrap().unwrap(), 1);
        for (other, expected) in others.into_iter().zip(2..) {
            assert_eq!(other.await.unwrap().unwrap(), expected);
        }
        assert_eq!(gate.waiting.load(Ordering::Acquire), 0);
    }

    #[tokio::test]
    async fn late_answer_is_dropped_and_keeps_its_place_until_it_ends() {
        let gate = gate(1, 2, Duration::from_millis(20));
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let late = gate.run(Cost::Quick, move || {
            wait.recv().ok();
            Ok(())
        });
        assert!(matches!(late.await, Err(Failure::TooSlow { .. })));
        assert_eq!(gate.running.available_permits(), 0);
        go.send(()).unwrap();
        while gate.running.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.run(Cost::Quick, || Ok(5)).await.unwrap(), 5);
    }

    #[tokio::test]
    async fn quick_question_does_not_wait_for_slow_ones() {
        let gate = gate(2, 8, Duration::from_secs(20));
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let wait = std::sync::Mutex::new(wait);
        let wait = Arc::new(wait);
        let slow: Vec<_> = (0..3)
            .map(|number| {
                let (gate, wait) = (Arc::clone(&gate), Arc::clone(&wait));
                tokio::spawn(async move {
                    let work = move || {
                        wait.lock().unwrap().recv().ok();
                        Ok(number)
                    };
                    gate.run(Cost::Slow, work).await
                })
            })
            .collect();
        while gate.waiting.load(Ordering::Acquire) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.run(Cost::Quick, || Ok(7)).await.unwrap(), 7);
        for (number, slow) in slow.into_iter().enumerate() {
            go.send(()).unwrap();
            assert_eq!(slow.await.unwrap().unwrap(), number);
        }
    }

    #[tokio::test]
    async fn panic_is_one_failure_and_frees_its_place() {
        let gate = gate(1, 0, Duration::from_secs(20));
        let failed = gate
            .run(Cost::Quick, || -> Result<(), Failure> {
                panic!("in a question")
            })
            .await;
        assert!(matches!(failed, Err(Failure::Panic)));
        assert_eq!(gate.run(Cost::Quick, || Ok(6)).await.unwrap(), 6);
    }
}
