//! The client: waits its turn, asks, judges, rests.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::bucket::{Bucket, FORBIDDEN_PAUSE, Held, Pause, PauseReason, State};
use crate::hosts::{AllowedHosts, service_of};
use crate::retry_after;
use crate::transport::{Failure, Raw, Transport, host_of};
use crate::{Clock, FetchError};

/// Redirects that are followed for one answer.
const MOST_REDIRECTS: u32 = 3;
/// Times that a connection is tried before the network is taken to be down.
const MOST_CONNECTION_FAILURES: u32 = 2;
/// Rest after the first answer that could not be used; doubled with each further one.
const FIRST_REST: SignedDuration = SignedDuration::from_secs(5);
/// Longest rest that is not asked for by the service.
const LONGEST_REST: SignedDuration = SignedDuration::from_mins(30);

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct ClientOptions {
    /// Folder that keeps the pace, shared by all processes that must keep it together.
    pub folder: PathBuf,
    /// Hosts that may be asked.
    pub hosts: AllowedHosts,
    /// Mail or web address of the user, sent with each request so that a service can complain.
    pub contact: Option<String>,
    /// Time between the end of an answer and the next request. arXiv asks for three seconds.
    pub interval: SignedDuration,
    /// Time in which an answer must be complete. Default 180 seconds.
    pub deadline: Duration,
    /// Longest time that one answer is waited for in all, rests included. Default 15 minutes.
    pub patience: SignedDuration,
    /// Most bytes of a body, decompressed. Default 64 MiB.
    pub body_bytes: u64,
    /// Seed of the jitter of rests, such as the number of the process.
    pub jitter_seed: u64,
}

impl ClientOptions {
    /// The defaults for a folder and hosts.
    pub fn new(folder: PathBuf, hosts: AllowedHosts) -> Self {
        Self {
            folder,
            hosts,
            contact: None,
            interval: SignedDuration::from_secs(3),
            deadline: Duration::from_mins(3),
            patience: SignedDuration::from_mins(15),
            body_bytes: 64 << 20,
            jitter_seed: 0,
        }
    }
}

/// An answer of status 200 or 400; services send their own errors with the latter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// Status of HTTP.
    pub status: u16,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// When it came, by our clock.
    pub received: Timestamp,
    /// The time of the service's clock when it came, where it told: a cache's age is added.
    pub sent: Option<Timestamp>,
    /// The address that answered, after redirects.
    pub address: String,
}

/// What a caller makes of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<T> {
    /// It is good.
    Use(T),
    /// It cannot be used, and the service is likely to do better later.
    Again(String),
}

/// What a client tells while it works.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// An answer could not be used; the next try is at that time.
    Resting {
        /// What the service answered.
        reason: String,
        /// When it is asked again.
        until: Timestamp,
    },
    /// Another process talks to the same service.
    Queued,
}

/// How a client is stopped, and whom it tells.
#[derive(Clone, Copy)]
pub struct Hooks<'a> {
    /// Whether the work was stopped.
    pub stop: &'a dyn Fn() -> bool,
    /// Takes notices.
    pub notice: &'a dyn Fn(Notice),
}

impl std::fmt::Debug for Hooks<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Hooks").finish_non_exhaustive()
    }
}

/// Asks services, one request at a time, at their pace.
#[derive(Debug, Clone)]
pub struct Client {
    options: ClientOptions,
    transport: Transport,
    clock: Arc<dyn Clock>,
}

/// How one request ended.
enum Outcome<T> {
    Done(T),
    Redirected(Url),
    Failed { reason: String, until: Timestamp },
}

impl Client {
    /// Makes a client; no request is made yet.
    ///
    /// # Errors
    /// [`FetchError::Contact`] if the contact cannot stand in a header.
    pub fn new(options: ClientOptions, clock: Arc<dyn Clock>) -> Result<Self, FetchError> {
        let user_agent = user_agent(options.contact.as_deref())?;
        Ok(Self {
            transport: Transport::new(&options, &user_agent),
            options,
            clock,
        })
    }

    /// Returns the clock that the client waits by.
    pub fn clock(&self) -> &dyn Clock {
        self.clock.as_ref()
    }

    /// Returns until when the service at an address is left alone, if it is.
    pub fn pause(&self, address: &Url) -> Option<Pause> {
        let state = self.bucket(address).peek();
        let pause = state.pause(&service_of(address)).cloned();
        pause.filter(|pause| pause.until > self.clock.now())
    }

    /// Fetches an address, as often as it takes for an answer that `judge` can use.
    ///
    /// Waits for its turn among all processes; rests after statuses 406, 408, 425, 429 and 5xx,
    /// after answers that break off or are late, and after [`Verdict::Again`], for as long as
    /// `Retry-After` says (at most six hours) or twice as long as before, with jitter. Rests
    /// outlive the process.
    ///
    /// # Errors
    /// [`FetchError::Paused`] if the service wants to rest beyond the patience of the client,
    /// [`FetchError::Forbidden`] after status 403, [`FetchError::HostNotFound`],
    /// [`FetchError::Connect`], [`FetchError::Proxy`], [`FetchError::Tls`] if the network is at
    /// fault, [`FetchError::Redirect`], [`FetchError::Refused`], [`FetchError::Status`],
    /// [`FetchError::TooLarge`], [`FetchError::Stopped`], [`FetchError::State`].
    pub fn get<T>(
        &self,
        address: &Url,
        hooks: &Hooks<'_>,
        judge: &mut dyn FnMut(Answer) -> Verdict<T>,
    ) -> Result<T, FetchError> {
        let mut url = address.clone();
        self.check(&url)?;
        let started = self.clock.now();
        let give_up = started
            .checked_add(self.options.patience)
            .unwrap_or(started);
        let mut redirects = 0;
        let mut connection_failures = 0;
        loop {
            match self.once(&url, hooks, give_up, judge) {
                Ok(Outcome::Done(value)) => return Ok(value),
                Ok(Outcome::Redirected(target)) => {
                    redirects += 1;
                    if redirects > MOST_REDIRECTS || !self.transport.hosts().allow(&target) {
                        return Err(self.bad_redirect(&url, &target));
                    }
                    url = target;
                }
                Ok(Outcome::Failed { reason, until }) => {
                    if until > give_up {
                        let host = host_of(&url);
                        return Err(FetchError::Paused {
                            host,
                            reason,
                            until,
                        });
                    }
                    (hooks.notice)(Notice::Resting { reason, until });
                }
                Err(Failure::Network(error)) => {
                    connection_failures += 1;
                    if connection_failures == MOST_CONNECTION_FAILURES {
                        return Err(error);
                    }
                }
                Err(Failure::Final(error)) => return Err(error),
                Err(Failure::Stopped) => return Err(FetchError::Stopped),
                Err(Failure::Broken(reason)) => {
                    let (host, until) = (host_of(&url), self.clock.now());
                    return Err(FetchError::Paused {
                        host,
                        reason,
                        until,
                    });
                }
            }
        }
    }

    /// Waits for the turn and asks once; only the network's and final failures come back as such.
    fn once<T>(
        &self,
        url: &Url,
        hooks: &Hooks<'_>,
        give_up: Timestamp,
        judge: &mut dyn FnMut(Answer) -> Verdict<T>,
    ) -> Result<Outcome<T>, Failure> {
        let (held, mut state) = self.turn(url, hooks, give_up)?;
        state.in_flight = true;
        self.store(&held, &state)?;
        let asked = self.transport.get(url, hooks.stop);
        let now = self.clock.now();
        state.in_flight = false;
        state.next = after(now, self.options.interval);
        let raw = match asked {
            Ok(raw) => raw,
            Err(Failure::Broken(reason)) => return self.rest(url, &held, state, (reason, None)),
            // The service may be at work on the request for a while yet.
            Err(Failure::Stopped) => return Err(Failure::Stopped),
            Err(other) => {
                self.store(&held, &state)?;
                return Err(other);
            }
        };
        // What a cache gives out was sent by the service that much earlier.
        let date = raw.date.as_deref().and_then(retry_after::http_date);
        let sent = date.map(|date| after(date, SignedDuration::from_secs(raw.age)));
        match raw.status {
            200 | 400 => {
                let answer = answer(url, raw, now, sent);
                match judge(answer) {
                    Verdict::Use(value) => {
                        state.services.remove(&service_of(url));
                        state.refusal = None;
                        self.store(&held, &state)?;
                        Ok(Outcome::Done(value))
                    }
                    Verdict::Again(reason) => self.rest(url, &held, state, (reason, None)),
                }
            }
            301 | 302 | 303 | 307 | 308 => {
                self.store(&held, &state)?;
                let target = raw.location.as_deref().and_then(|text| url.join(text).ok());
                target
                    .map(Outcome::Redirected)
                    .ok_or_else(|| Failure::Final(self.status(url, raw.status)))
            }
            403 => Err(Failure::Final(self.forbid(url, &held, state)?)),
            406 | 408 | 425 | 429 | 500..=599 => {
                let until = raw.retry_after.as_deref();
                let until = until.and_then(|text| retry_after::parse(text, now, sent));
                let reason = format!("status {}", raw.status);
                self.rest(url, &held, state, (reason, until))
            }
            status => {
                self.store(&held, &state)?;
                Err(Failure::Final(self.status(url, status)))
            }
        }
    }

    /// Waits until a request may start, and returns with the lock held.
    fn turn(
        &self,
        url: &Url,
        hooks: &Hooks<'_>,
        give_up: Timestamp,
    ) -> Result<(Held, State), Failure> {
        let bucket = self.bucket(url);
        loop {
            let held = bucket
                .lock(hooks.stop, &mut || (hooks.notice)(Notice::Queued))
                .map_err(|source| self.state_error(source))?
                .ok_or(Failure::Stopped)?;
            let now = self.clock.now();
            let state = held
                .state(now, self.options.interval)
                .map_err(|source| self.state_error(source))?;
            let mut next = state.next;
            if let Some(pause) = state.pause(&service_of(url))
                && pause.until > now
            {
                if let Some(error) = self.paused(url, pause, give_up) {
                    return Err(Failure::Final(error));
                }
                next = next.max(pause.until);
            }
            if next <= now {
                return Ok((held, state));
            }
            // Others may look meanwhile, and find the same pause.
            drop(held);
            if !self.clock.sleep_until(next, hooks.stop) {
                return Err(Failure::Stopped);
            }
        }
    }

    /// Says why a pause is not waited for, if it is too long or a refusal.
    fn paused(&self, url: &Url, pause: &Pause, give_up: Timestamp) -> Option<FetchError> {
        let (host, until) = (host_of(url), pause.until);
        match pause.reason {
            PauseReason::Forbidden => Some(FetchError::Forbidden {
                host,
                until,
                state: self.bucket(url).state_path().display().to_string(),
            }),
            PauseReason::Rest if until > give_up => Some(FetchError::Paused {
                host,
                reason: pause.detail.clone(),
                until,
            }),
            PauseReason::Rest => None,
        }
    }

    /// Lets a service rest, for as long as it asked for or longer with each failure.
    fn rest<T>(
        &self,
        url: &Url,
        held: &Held,
        mut state: State,
        (reason, asked): (String, Option<Timestamp>),
    ) -> Result<Outcome<T>, Failure> {
        let now = self.clock.now();
        let service = state.services.entry(service_of(url)).or_default();
        service.failures = service.failures.saturating_add(1);
        let own = after(now, backoff(service.failures, self.jitter(now)));
        // A service that asks to be asked at once, again and again, is not taken at its word.
        let until = match asked {
            Some(asked) if service.failures > 1 => asked.max(own),
            Some(asked) => asked,
            None => own,
        };
        let until = until.max(state.next);
        service.pause = Some(Pause {
            until,
            reason: PauseReason::Rest,
            detail: reason.clone(),
        });
        self.store(held, &state)?;
        Ok(Outcome::Failed { reason, until })
    }

    fn forbid(&self, url: &Url, held: &Held, mut state: State) -> Result<FetchError, Failure> {
        let until = after(self.clock.now(), FORBIDDEN_PAUSE);
        state.refusal = Some(Pause {
            until,
            reason: PauseReason::Forbidden,
            detail: "status 403".to_owned(),
        });
        self.store(held, &state)?;
        Ok(FetchError::Forbidden {
            host: host_of(url),
            until,
            state: self.bucket(url).state_path().display().to_string(),
        })
    }

    /// A number in `[0, 1)` that differs between processes and moments (`SplitMix64`).
    fn jitter(&self, now: Timestamp) -> f64 {
        let mut x = now.as_microsecond().cast_unsigned() ^ self.options.jitter_seed;
        x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
        x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^= x >> 31;
        (x >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn bucket(&self, url: &Url) -> Bucket {
        Bucket::new(&self.options.folder, AllowedHosts::pace_key(url))
    }

    fn check(&self, url: &Url) -> Result<(), FetchError> {
        if self.transport.hosts().allow(url) {
            return Ok(());
        }
        Err(FetchError::Refused {
            address: url.to_string(),
            expected: self.transport.hosts().describe(),
        })
    }

    fn bad_redirect(&self, url: &Url, target: &Url) -> FetchError {
        FetchError::Redirect {
            host: host_of(url),
            target: target.to_string(),
            limit: MOST_REDIRECTS,
            expected: self.transport.hosts().describe(),
        }
    }

    #[expect(clippy::unused_self, reason = "reads as the other errors do")]
    fn status(&self, url: &Url, status: u16) -> FetchError {
        FetchError::Status {
            host: host_of(url),
            address: url.to_string(),
            status,
        }
    }

    fn store(&self, held: &Held, state: &State) -> Result<(), Failure> {
        held.store(state).map_err(|source| self.state_error(source))
    }

    fn state_error(&self, source: std::io::Error) -> Failure {
        Failure::Final(FetchError::State {
            folder: self.options.folder.display().to_string(),
            source,
        })
    }
}

fn after(time: Timestamp, rest: SignedDuration) -> Timestamp {
    time.checked_add(rest).unwrap_or(time)
}

/// Doubles the rest with each failure; jitter takes up to half of it away, so that two machines
/// that failed together do not come back together.
fn backoff(failures: u32, jitter: f64) -> SignedDuration {
    let doublings = failures.saturating_sub(1).min(16);
    let full = FIRST_REST.saturating_mul(1 << doublings).min(LONGEST_REST);
    full.mul_f64(1.0 - jitter / 2.0)
}

fn answer(url: &Url, raw: Raw, received: Timestamp, sent: Option<Timestamp>) -> Answer {
    Answer {
        status: raw.status,
        body: raw.body,
        received,
        sent,
        address: url.to_string(),
    }
}

/// Checks that a contact can stand in the header of a request.
///
/// # Errors
/// [`FetchError::Contact`] if it cannot.
pub fn check_contact(contact: &str) -> Result<(), FetchError> {
    user_agent(Some(contact)).map(|_| ())
}

/// Says who asks: the program, and whom to write to.
fn user_agent(contact: Option<&str>) -> Result<String, FetchError> {
    let version = env!("CARGO_PKG_VERSION");
    let Some(contact) = contact else {
        return Ok(format!("kindred/{version} (personal paper library)"));
    };
    let is_plain = contact.len() <= 200
        && contact.contains(['@', ':'])
        && contact
            .chars()
            .all(|c| c.is_ascii_graphic() && !matches!(c, '(' | ')' | ';' | '"' | '\\'));
    if !is_plain {
        let contact = contact
            .chars()
            .filter(|c| !c.is_control())
            .take(80)
            .collect();
        return Err(FetchError::Contact { contact });
    }
    let contact = if contact.contains("://") || contact.starts_with("mailto:") {
        contact.to_owned()
    } else {
        format!("mailto:{contact}")
    };
    Ok(format!(
        "kindred/{version} (personal paper library; +{contact})"
    ))
}

#[cfg(test)]
mod tests;
