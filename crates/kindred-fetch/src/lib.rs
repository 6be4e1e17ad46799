//! One polite HTTP client for all Kindred processes of a user on a machine.
//!
//! arXiv's terms of use allow its OAI-PMH, feed and query services together one request every
//! three seconds over one connection. [`Client`] keeps that for every process that uses the same
//! [`ClientOptions::folder`]: a lock is held from before a request until its answer was read, and
//! the time of the next one is stored beside it. So are back-offs: a service that asked for an
//! hour's rest has it, also if the program is started again.
//!
//! What it refuses: redirects to other hosts, bodies beyond a size or a compression ratio, answers
//! beyond a deadline, and after a 403 any further request. What it leaves to its caller: what the
//! bytes mean. The caller judges each body ([`Verdict`]), and a body that cannot be used (an empty
//! one, a page cut short, a rate limit in place of data) is asked for again like one that failed.
//!
//! Time is a parameter ([`Clock`]), so that tests run a year of mornings in seconds.

mod address;
mod bucket;
mod client;
mod clock;
mod error;
mod hosts;
mod retry_after;
mod transport;

pub use address::is_public;
pub use bucket::{Pause, PauseReason};
pub use client::{Answer, Client, ClientOptions, Hooks, Notice, Verdict, check_contact};
pub use clock::{Clock, RemoteClock, SystemClock};
pub use error::FetchError;
pub use hosts::{AllowedHosts, is_loopback_address};
