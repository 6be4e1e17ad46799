//! Virtual time, shared by everything that holds a clone.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// A clock that moves only when it is told to. Clones show the same time.
#[derive(Debug, Clone)]
pub struct Clock(Arc<Mutex<Timestamp>>);

impl Clock {
    /// A clock that shows `now`.
    pub fn new(now: Timestamp) -> Self {
        Self(Arc::new(Mutex::new(now)))
    }

    /// The time it shows.
    pub fn now(&self) -> Timestamp {
        *self.time()
    }

    /// Moves to `to`; a clock that is already later stays as it is.
    pub fn advance_to(&self, to: Timestamp) {
        let mut time = self.time();
        *time = to.max(*time);
    }

    /// Moves by `by`; returns the times before and after.
    pub(crate) fn advance_by(&self, by: SignedDuration) -> (Timestamp, Timestamp) {
        let mut time = self.time();
        let before = *time;
        *time = before
            .checked_add(by)
            .expect("virtual time stays within jiff's range");
        (before, *time)
    }

    fn time(&self) -> MutexGuard<'_, Timestamp> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `Wed, 04 Mar 2026 05:00:00 GMT`, the format of HTTP dates and of `arXivRaw` versions.
pub(crate) fn http_date(time: Timestamp) -> String {
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// `2026-03-04T05:00:00Z`, to the second.
pub(crate) fn seconds(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The next midnight in UTC, strictly after `time`.
pub(crate) fn next_utc_midnight(time: Timestamp) -> Timestamp {
    let day = TimeZone::UTC.to_datetime(time).date();
    day.tomorrow()
        .and_then(|next| next.to_zoned(TimeZone::UTC))
        .expect("virtual time stays within jiff's range")
        .timestamp()
}
