//! What long work tells while it runs, and how it is asked to stop.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::EngineError;

/// One report of a long work. Reports come often; whoever shows them decides how many to show.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Progress {
    /// Reading an input.
    Import {
        /// Name of the input.
        input: String,
        /// Bytes of the file read so far.
        bytes: u64,
        /// Size of the file, where it is known.
        total_bytes: Option<u64>,
        /// Records read so far.
        records: u64,
    },
    /// Following a service.
    Sync {
        /// What is read, such as a category.
        list: String,
        /// Records so far.
        records: u64,
    },
    /// Encoding texts.
    Embed {
        /// Papers encoded so far.
        done: u64,
        /// Papers to encode in this run.
        total: u64,
    },
    /// Building the search graph.
    Index {
        /// Rows done so far.
        done: u64,
        /// Rows to do.
        total: u64,
    },
    /// Grouping papers into topics.
    Topics {
        /// Steps done so far.
        done: u64,
        /// Steps to do.
        total: u64,
    },
    /// Laying papers out on a map.
    Layout {
        /// Rounds done so far.
        done: u64,
        /// Rounds to do.
        total: u64,
    },
    /// Ranking the arrivals of past days.
    Replay {
        /// Days ranked so far.
        done: u64,
        /// Days to rank.
        total: u64,
    },
    /// Checking stored data.
    Verify {
        /// Rows checked so far.
        done: u64,
        /// Rows to check.
        total: u64,
    },
    /// Fetching a model's file.
    Fetch {
        /// Name of the file.
        file: String,
        /// Bytes so far.
        bytes: u64,
        /// Size of the file, where it is known.
        total_bytes: Option<u64>,
    },
    /// Something that people should see once; the work goes on.
    Note(String),
}

/// How a verb reports and how it is stopped.
#[derive(Clone, Copy)]
pub struct Control<'a> {
    /// Called with each report, from the thread that does the work.
    pub progress: &'a (dyn Fn(Progress) + Sync),
    /// Set from outside to stop; the verb returns [`EngineError::Stopped`] soon after, with all
    /// finished work kept.
    pub stop: &'a AtomicBool,
}

impl std::fmt::Debug for Control<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Control")
            .field("stop", self.stop)
            .finish_non_exhaustive()
    }
}

impl Control<'static> {
    /// Returns a control that reports nowhere and is never stopped.
    pub fn silent() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        Control {
            progress: &|_| {},
            stop: &NEVER,
        }
    }
}

impl Control<'_> {
    pub(crate) fn report(&self, progress: Progress) {
        (self.progress)(progress);
    }

    pub(crate) fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    pub(crate) fn check(&self) -> Result<(), EngineError> {
        if self.is_stopped() {
            Err(EngineError::Stopped)
        } else {
            Ok(())
        }
    }
}
