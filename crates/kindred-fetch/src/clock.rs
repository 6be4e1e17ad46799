//! The clock as a parameter.

use std::fmt::Debug;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::FetchError;
use crate::hosts::is_loopback_address;

/// Longest time that a sleep goes on without asking whether it was stopped.
const TICK: Duration = Duration::from_millis(100);

/// Tells the time and waits.
pub trait Clock: Debug + Send + Sync {
    /// Returns the present moment.
    fn now(&self) -> Timestamp;

    /// Waits until `time`; returns early, with `false`, once `stop` says so.
    fn sleep_until(&self, time: Timestamp, stop: &dyn Fn() -> bool) -> bool;
}

/// The clock of the machine.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "this type is the clock that the program passes on"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, time: Timestamp, stop: &dyn Fn() -> bool) -> bool {
        loop {
            if stop() {
                return false;
            }
            let left = time.duration_since(self.now());
            if left <= SignedDuration::ZERO {
                return true;
            }
            std::thread::sleep(left.unsigned_abs().min(TICK));
        }
    }
}

/// A clock that a server on this machine keeps, for tests over several processes: nobody waits,
/// sleeping moves the clock on.
///
/// `GET ADDRESS` answers with the time in RFC 3339; `POST ADDRESS/until?to=TIME` moves the clock to
/// that time if it is not past it.
#[derive(Debug, Clone)]
pub struct RemoteClock {
    address: Url,
    agent: ureq::Agent,
}

impl RemoteClock {
    /// Uses the clock at an address of this machine.
    ///
    /// # Errors
    /// [`FetchError::NotLoopback`] if the address leads elsewhere.
    pub fn new(address: &str) -> Result<Self, FetchError> {
        let address = is_loopback_address(address).ok_or_else(|| FetchError::NotLoopback {
            address: address.to_owned(),
        })?;
        let config = ureq::Agent::config_builder().proxy(None).build();
        Ok(Self {
            address,
            agent: config.into(),
        })
    }

    /// Asks the clock; a clock that does not answer has stopped for good, so tests must fail.
    fn ask(&self, address: &Url, moves: bool) -> Timestamp {
        let answer = if moves {
            self.agent.post(address.as_str()).send_empty()
        } else {
            self.agent.get(address.as_str()).call()
        };
        answer
            .ok()
            .and_then(|mut answer| answer.body_mut().read_to_string().ok())
            .and_then(|text| text.trim().parse().ok())
            .expect("the clock of a test answers")
    }
}

impl Clock for RemoteClock {
    fn now(&self) -> Timestamp {
        self.ask(&self.address, false)
    }

    fn sleep_until(&self, time: Timestamp, stop: &dyn Fn() -> bool) -> bool {
        if stop() {
            return false;
        }
        let mut address = self.address.clone();
        if let Ok(mut path) = address.path_segments_mut() {
            path.pop_if_empty().push("until");
        }
        address
            .query_pairs_mut()
            .append_pair("to", &time.to_string());
        let _now = self.ask(&address, true);
        !stop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_elsewhere_is_refused() {
        for address in [
            "http://example.org/clock",
            "http://localhost.example.org/",
            "clock",
        ] {
            assert!(RemoteClock::new(address).is_err(), "{address}");
        }
        assert!(RemoteClock::new("http://127.0.0.1:9/clock").is_ok());
    }

    #[test]
    fn a_stopped_sleep_ends_at_once() {
        let far = "2999-01-01T00:00:00Z".parse().unwrap();
        assert!(!SystemClock.sleep_until(far, &|| true));
        assert!(SystemClock.sleep_until(Timestamp::UNIX_EPOCH, &|| false));
    }
}
