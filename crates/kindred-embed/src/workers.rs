//! The threads that batches are computed on, and how they let queries pass.
//!
//! A batch runs on a pool of its own, so that nothing else in the process queues behind it. A
//! query is computed on its caller's thread; while it is, as many threads of the pool as there are
//! queries rest before they begin another chunk, so that the query has a core to itself.

use std::sync::{Condvar, Mutex, MutexGuard, OnceLock};
use std::time::Duration;

use rayon::ThreadPool;

/// Longest rest of a thread before one chunk: a stream of queries slows batches, it does not end
/// them.
pub(crate) const LONGEST_REST: Duration = Duration::from_millis(200);

/// The gate of all encoders of the process: they share its cores.
pub(crate) static GATE: Gate = Gate::new();

/// Returns the pool of the encoders that have none of their own, as large as rayon's; `None` if no
/// thread can be had.
pub(crate) fn shared_pool() -> Option<&'static ThreadPool> {
    static POOL: OnceLock<Option<ThreadPool>> = OnceLock::new();
    let build = || {
        rayon::ThreadPoolBuilder::new()
            .thread_name(|number| format!("kindred-embed-{number}"))
            .build()
            .ok()
    };
    POOL.get_or_init(build).as_ref()
}

/// Counts queries, and makes threads of batches wait for them.
#[derive(Debug)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug)]
struct State {
    /// Queries that are being computed.
    queries: usize,
    /// Threads that rest for them, at most one for each.
    resting: usize,
}

/// A query under way, until it is dropped.
#[derive(Debug)]
pub(crate) struct Passing<'a>(&'a Gate);

impl Gate {
    pub(crate) const fn new() -> Self {
        Self {
            state: Mutex::new(State {
                queries: 0,
                resting: 0,
            }),
            changed: Condvar::new(),
        }
    }

    /// Says that a query begins.
    pub(crate) fn pass(&self) -> Passing<'_> {
        self.lock().queries += 1;
        Passing(self)
    }

    /// Rests while there is a query that no other thread rests for, at most for `longest`.
    pub(crate) fn let_pass(&self, longest: Duration) {
        let mut state = self.lock();
        if state.resting >= state.queries {
            return;
        }
        state.resting += 1;
        let waited = self
            .changed
            .wait_timeout_while(state, longest, |state| state.resting <= state.queries);
        let (mut state, _) = waited.expect("no thread panics while it holds the lock");
        state.resting -= 1;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no thread panics while it holds the lock")
    }
}

impl Drop for Passing<'_> {
    fn drop(&mut self) {
        self.0.lock().queries -= 1;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::channel;
    use std::thread;

    use super::*;

    const LONG: Duration = Duration::from_mins(10);

    fn wait_until_resting(gate: &Gate, threads: usize) {
        while gate.lock().resting != threads {
            thread::yield_now();
        }
    }

    #[test]
    fn a_thread_rests_as_long_as_a_query_lasts() {
        let gate = Gate::new();
        let (gone, on) = channel();
        thread::scope(|scope| {
            let query = gate.pass();
            scope.spawn(|| {
                gate.let_pass(LONG);
                gone.send(()).unwrap();
            });
            wait_until_resting(&gate, 1);
            assert!(on.try_recv().is_err());
            drop(query);
            on.recv().unwrap();
        });
        assert_eq!(gate.lock().resting, 0);
    }

    #[test]
    fn only_as_many_threads_rest_as_there_are_queries() {
        let gate = Gate::new();
        thread::scope(|scope| {
            let (first, second) = (gate.pass(), gate.pass());
            for _ in 0..2 {
                scope.spawn(|| gate.let_pass(LONG));
            }
            wait_until_resting(&gate, 2);
            // A third thread has nobody to rest for.
            gate.let_pass(LONG);
            drop(first);
            wait_until_resting(&gate, 1);
            drop(second);
        });
    }

    #[test]
    fn without_queries_nobody_rests_and_no_rest_is_endless() {
        let gate = Gate::new();
        gate.let_pass(LONG);
        let _query = gate.pass();
        gate.let_pass(Duration::ZERO);
        assert_eq!(gate.lock().resting, 0);
    }
}
