//! Why something could not be fetched.

use std::io;

use jiff::{Timestamp, Unit};

/// Why something could not be fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The name of the host is not known, as where there is no network.
    #[error("the host `{host}` cannot be found")]
    HostNotFound {
        /// The host.
        host: String,
        /// What the system said.
        detail: String,
    },
    /// No connection could be made.
    #[error("no connection to `{host}`: {detail}")]
    Connect {
        /// The host.
        host: String,
        /// What the system said.
        detail: String,
    },
    /// A proxy refused or could not be reached.
    #[error("the proxy `{proxy}` gives no connection to `{host}`: {detail}")]
    Proxy {
        /// The proxy, without account.
        proxy: String,
        /// The host asked for.
        host: String,
        /// What it said.
        detail: String,
    },
    /// No encrypted connection could be made.
    #[error("no encrypted connection to `{host}`: {detail}")]
    Tls {
        /// The host.
        host: String,
        /// What is wrong, such as a certificate that expired.
        detail: String,
    },
    /// The service keeps failing, or asks for a rest, beyond the patience of this run.
    #[error(
        "`{host}` does not answer as it should ({reason}); \
         it is left alone until {}", short(*until)
    )]
    Paused {
        /// The host.
        host: String,
        /// What it answered last.
        reason: String,
        /// Before this moment no Kindred process asks again.
        until: Timestamp,
    },
    /// The service refused with status 403; going on would count as an attack.
    #[error(
        "`{host}` refused access (status 403); no request is made until {}", short(*until)
    )]
    Forbidden {
        /// The host.
        host: String,
        /// Before this moment no Kindred process asks again.
        until: Timestamp,
        /// File that keeps this; removing it ends the pause.
        state: String,
    },
    /// The service answered with a status that asking again does not change.
    #[error("`{host}` answered `{address}` with status {status}")]
    Status {
        /// The host.
        host: String,
        /// What was asked for.
        address: String,
        /// Status of HTTP.
        status: u16,
    },
    /// A redirect leads to a host that may not be asked, or in circles.
    #[error("`{host}` redirects to `{target}`, expected at most {limit} redirects to {expected}")]
    Redirect {
        /// The host that redirected.
        host: String,
        /// Where to.
        target: String,
        /// Most redirects that are followed.
        limit: u32,
        /// What may be asked.
        expected: &'static str,
    },
    /// An address that may not be asked at all.
    #[error("`{address}` is not asked, expected {expected}")]
    Refused {
        /// The address.
        address: String,
        /// What may be asked.
        expected: &'static str,
    },
    /// A body beyond what is read.
    #[error("`{host}` sends too much: {found}, expected at most {limit}")]
    TooLarge {
        /// The host.
        host: String,
        /// What was found.
        found: String,
        /// What is accepted.
        limit: String,
    },
    /// The work was stopped on request.
    #[error("stopped")]
    Stopped,
    /// An address that has to be one of this machine is not.
    #[error("`{address}` is not a loopback address, expected one such as `http://127.0.0.1:8080/`")]
    NotLoopback {
        /// The address.
        address: String,
    },
    /// A contact that cannot stand in the header of a request.
    #[error("`{contact}` is not a contact, expected a mail address or a web address")]
    Contact {
        /// The text found.
        contact: String,
    },
    /// The file that keeps the pace cannot be used.
    #[error("the pace of requests cannot be kept in `{folder}`")]
    State {
        /// The folder.
        folder: String,
        /// What the system said.
        source: io::Error,
    },
}

/// A moment to the second, in universal time.
fn short(time: Timestamp) -> String {
    time.round(Unit::Second).unwrap_or(time).to_string()
}
