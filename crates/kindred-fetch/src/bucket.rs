//! The pace of requests, kept on disk for all processes.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs_err::{File, OpenOptions};
use jiff::{SignedDuration, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::retry_after::LONGEST;

/// Time between two looks at a lock that another process holds.
const LOOK: Duration = Duration::from_millis(20);
/// Longest pause after a refusal: a day.
pub(crate) const FORBIDDEN_PAUSE: SignedDuration = SignedDuration::from_hours(24);

/// Why a service is left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum PauseReason {
    /// It asked for it, or keeps failing.
    Rest,
    /// It refused access.
    Forbidden,
}

/// Until when a service is left alone, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Pause {
    /// The first moment at which it may be asked again.
    pub until: Timestamp,
    /// Why.
    pub reason: PauseReason,
    /// What it answered.
    pub detail: String,
}

/// What is stored for a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct State {
    /// The first moment at which the next request may start.
    pub(crate) next: Timestamp,
    /// A request was started and not finished, since its process ended.
    pub(crate) in_flight: bool,
    /// Whether access was refused: then nothing of the host is asked.
    pub(crate) refusal: Option<Pause>,
    /// Services of the host that failed or asked for a rest; the others are asked meanwhile.
    pub(crate) services: BTreeMap<String, ServiceState>,
}

/// What is stored for one service of a host.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ServiceState {
    /// Answers in a row that could not be used.
    pub(crate) failures: u32,
    pub(crate) pause: Option<Pause>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            next: Timestamp::UNIX_EPOCH,
            in_flight: false,
            refusal: None,
            services: BTreeMap::new(),
        }
    }
}

impl State {
    /// Brings times that lie too far ahead, as after a clock was set back, to what can be meant; a
    /// request that was never finished may have reached the service until just now.
    fn plausible(mut self, now: Timestamp, interval: SignedDuration) -> Self {
        let latest = |rest| now.checked_add(rest).unwrap_or(now);
        if std::mem::take(&mut self.in_flight) {
            self.next = latest(interval);
        }
        self.next = self.next.min(latest(interval));
        let rests = self
            .services
            .values_mut()
            .filter_map(|service| service.pause.as_mut());
        for pause in rests.chain(&mut self.refusal) {
            let longest = match pause.reason {
                PauseReason::Rest => LONGEST,
                PauseReason::Forbidden => FORBIDDEN_PAUSE,
            };
            pause.until = pause.until.min(latest(longest));
        }
        self
    }

    /// Until when a service is left alone, if it is.
    pub(crate) fn pause(&self, service: &str) -> Option<&Pause> {
        let own = self
            .services
            .get(service)
            .and_then(|service| service.pause.as_ref());
        let both = self.refusal.as_ref().into_iter().chain(own);
        both.max_by_key(|pause| pause.until)
    }
}

/// The pace of one host.
#[derive(Debug, Clone)]
pub(crate) struct Bucket {
    folder: PathBuf,
    key: String,
}

impl Bucket {
    pub(crate) fn new(folder: &Path, key: String) -> Self {
        Self {
            folder: folder.to_owned(),
            key,
        }
    }

    pub(crate) fn state_path(&self) -> PathBuf {
        self.folder.join(format!("{}.json", self.key))
    }

    /// Reads the state without the lock, for those who only want to know.
    pub(crate) fn peek(&self) -> State {
        read_state(&self.state_path())
    }

    /// Waits for the lock; `None` if `stop` says so first. `busy` is called once if another process
    /// holds it.
    pub(crate) fn lock(
        &self,
        stop: &dyn Fn() -> bool,
        busy: &mut dyn FnMut(),
    ) -> io::Result<Option<Held>> {
        fs_err::create_dir_all(&self.folder)?;
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(self.folder.join(format!("{}.lock", self.key)))?;
        let mut waits = 0_u32;
        loop {
            match file.file().try_lock() {
                Ok(()) => break,
                Err(std::fs::TryLockError::WouldBlock) => {
                    if stop() {
                        return Ok(None);
                    }
                    waits += 1;
                    if waits == 50 {
                        busy();
                    }
                    std::thread::sleep(LOOK);
                }
                Err(std::fs::TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(Some(Held {
            _file: file,
            path: self.state_path(),
        }))
    }
}

/// The lock of a host, released when dropped or when the process ends in any way.
#[derive(Debug)]
pub(crate) struct Held {
    _file: File,
    path: PathBuf,
}

impl Held {
    /// Reads the state and brings it to what can be meant; what was changed for that is stored, so
    /// that the next look finds the same times and not later ones.
    pub(crate) fn state(&self, now: Timestamp, interval: SignedDuration) -> io::Result<State> {
        let stored = read_state(&self.path);
        let state = stored.clone().plausible(now, interval);
        if state != stored {
            self.store(&state)?;
        }
        Ok(state)
    }

    /// Replaces the state at once; readers see the old or the new one.
    pub(crate) fn store(&self, state: &State) -> io::Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::Builder::new()
            .prefix(".pace")
            .tempfile_in(folder)?;
        serde_json::to_writer(&mut file, state)?;
        file.flush()?;
        file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// A file that is missing or damaged keeps nobody from asking, only from remembering.
fn read_state(path: &Path) -> State {
    fs_err::read(path)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const INTERVAL: SignedDuration = SignedDuration::from_secs(3);

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_state_survives_and_an_unfinished_request_counts_as_just_made() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::new(folder.path(), "arxiv.org".to_owned());
        let now = time("2026-11-03T10:00:00Z");
        let held = bucket.lock(&|| false, &mut || {}).unwrap().unwrap();
        assert_eq!(held.state(now, INTERVAL).unwrap(), State::default());
        let state = State {
            next: now,
            in_flight: true,
            ..State::default()
        };
        held.store(&state).unwrap();
        drop(held);
        assert_eq!(bucket.peek(), state);
        let held = bucket.lock(&|| false, &mut || {}).unwrap().unwrap();
        let later = time("2026-11-03T11:00:00Z");
        assert_eq!(
            held.state(later, INTERVAL).unwrap().next,
            time("2026-11-03T11:00:03Z")
        );
        let much_later = time("2026-11-03T11:00:02Z");
        let next = held.state(much_later, INTERVAL).unwrap().next;
        assert_eq!(next, time("2026-11-03T11:00:03Z"), "it does not move on");
    }

    #[test]
    fn a_clock_that_was_set_back_does_not_stop_everything() {
        let state = State {
            next: time("2031-01-01T00:00:00Z"),
            services: BTreeMap::from([(
                "oai".to_owned(),
                ServiceState {
                    failures: 1,
                    pause: Some(Pause {
                        until: time("2031-01-01T00:00:00Z"),
                        reason: PauseReason::Rest,
                        detail: String::new(),
                    }),
                },
            )]),
            ..State::default()
        };
        let state = state.plausible(time("2026-11-03T10:00:00Z"), INTERVAL);
        assert_eq!(state.next, time("2026-11-03T10:00:03Z"));
        assert_eq!(
            state.pause("oai").unwrap().until,
            time("2026-11-03T16:00:00Z")
        );
        assert_eq!(state.pause("rss"), None);
    }

    #[test]
    fn a_damaged_state_is_a_fresh_one() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::new(folder.path(), "a".to_owned());
        fs_err::write(bucket.state_path(), b"{\"next\": 7").unwrap();
        assert_eq!(bucket.peek(), State::default());
    }

    #[test]
    fn who_waits_for_the_lock_can_be_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let bucket = Bucket::new(folder.path(), "a".to_owned());
        let held = bucket.lock(&|| false, &mut || {}).unwrap().unwrap();
        assert!(bucket.lock(&|| true, &mut || {}).unwrap().is_none());
        drop(held);
        assert!(bucket.lock(&|| true, &mut || {}).unwrap().is_some());
    }
}
