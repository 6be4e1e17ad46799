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
    /// A small change to the library: short, but it may wait for another process.
    Change,
}

/// Small changes that run at once; they wait for each other in the library all the same.
const CHANGES: usize = 4;

/// Lets as many questions run as there are cores, lets some wait, and refuses the rest at once.
///
/// Slow questions never take all places (where there are several), so that a search does not wait
/// for feeds, and changes have places of their own, so that a click waits for neither.
#[derive(Debug)]
pub(crate) struct Gate {
    running: Lane,
    /// Places for slow questions, besides one of those above.
    slow: Lane,
    changes: Lane,
    limits: Limits,
}

/// Places of one kind, and who waits for them.
#[derive(Debug)]
struct Lane {
    places: Arc<Semaphore>,
    waiting: AtomicUsize,
}

impl Lane {
    fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
            waiting: AtomicUsize::new(0),
        }
    }
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
            running: Lane::new(places),
            slow: Lane::new((places - 1).max(1)),
            changes: Lane::new(CHANGES),
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
            Cost::Slow | Cost::Change => self.limits.slow,
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
        let (slow, turn) = match cost {
            Cost::Quick => (None, self.place(&self.running).await?),
            Cost::Slow => (
                Some(self.place(&self.slow).await?),
                self.place(&self.running).await?,
            ),
            Cost::Change => (None, self.place(&self.changes).await?),
        };
        let task = tokio::task::spawn_blocking(move || {
            let answer = work();
            drop((turn, slow));
            answer
        });
        task.await.unwrap_or(Err(Failure::Panic))
    }

    /// Takes a place, waiting for it if not too many wait already.
    async fn place(&self, lane: &Lane) -> Result<OwnedSemaphorePermit, Failure> {
        let Lane { places, waiting } = lane;
        if let Ok(place) = Arc::clone(places).try_acquire_owned() {
            return Ok(place);
        }
        let before = waiting.fetch_add(1, Ordering::AcqRel);
        let _waiting = Waiting(waiting);
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
        while gate.running.places.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let others: Vec<_> = (2..4)
            .map(|number| {
                let gate = Arc::clone(&gate);
                tokio::spawn(async move { gate.run(Cost::Quick, move || Ok(number)).await })
            })
            .collect();
        while gate.running.waiting.load(Ordering::Acquire) < 2 {
            tokio::task::yield_now().await;
        }
        let refused = gate.run(Cost::Quick, || Ok(4)).await;
        assert!(matches!(refused, Err(Failure::Busy { .. })), "{refused:?}");
        go.send(()).unwrap();
        assert_eq!(first.await.unwrap().unwrap(), 1);
        for (other, expected) in others.into_iter().zip(2..) {
            assert_eq!(other.await.unwrap().unwrap(), expected);
        }
        assert_eq!(gate.running.waiting.load(Ordering::Acquire), 0);
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
        assert_eq!(gate.running.places.available_permits(), 0);
        go.send(()).unwrap();
        while gate.running.places.available_permits() == 0 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.run(Cost::Quick, || Ok(5)).await.unwrap(), 5);
    }

    #[tokio::test]
    async fn quick_questions_and_changes_do_not_wait_for_slow_ones() {
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
        while gate.slow.waiting.load(Ordering::Acquire) < 2 {
            tokio::task::yield_now().await;
        }
        assert_eq!(gate.run(Cost::Quick, || Ok(7)).await.unwrap(), 7);
        assert_eq!(gate.run(Cost::Change, || Ok(8)).await.unwrap(), 8);
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
