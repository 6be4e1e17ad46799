//! What a server is told before it starts.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use kindred_engine::Device;

use crate::job::JobWork;

/// Port unless another is named.
pub(crate) const PORT: u16 = 4747;

/// How much a server takes on at once.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Questions answered at the same time; as many as there are cores unless set.
    pub at_once: usize,
    /// Questions that wait for their turn; more are refused with 503.
    pub waiting: usize,
    /// Time in which a quick question, such as a search, has to be answered.
    pub quick: Duration,
    /// Time in which a question that ranks, such as a feed, has to be answered.
    pub slow: Duration,
    /// Connections held open.
    pub connections: usize,
    /// Time in which the head of a request has to arrive; less where places for connections
    /// become scarce. A connection on which nothing is asked for as long is closed.
    pub head: Duration,
    /// Time in which the body of a request has to arrive.
    pub body: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            at_once: std::thread::available_parallelism().map_or(2, usize::from),
            waiting: 64,
            quick: Duration::from_secs(2),
            slow: Duration::from_mins(1),
            connections: 512,
            head: Duration::from_secs(10),
            body: Duration::from_mins(1),
        }
    }
}

/// How to serve a library.
#[derive(Clone)]
pub struct ServeOptions {
    /// Data directory; it has to be a library.
    pub library: PathBuf,
    /// Where transformers compute.
    pub device: Device,
    /// Where to listen. Port 0 takes a free one.
    pub address: SocketAddr,
    /// Whether an address that other machines reach is allowed; then every request needs the token.
    pub allow_remote: bool,
    /// Further names by which requests may call this server.
    pub names: Vec<String>,
    /// How much is taken on at once.
    pub limits: Limits,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Follows arXiv, where the program can; pages offer it then.
    pub sync: Option<JobWork>,
}

impl std::fmt::Debug for ServeOptions {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ServeOptions")
            .field("library", &self.library)
            .field("address", &self.address)
            .field("allow_remote", &self.allow_remote)
            .field("names", &self.names)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

impl ServeOptions {
    /// Options for the library in a folder: 127.0.0.1, port 4747, nothing remote.
    pub fn new(library: PathBuf, now: Arc<dyn Fn() -> Timestamp + Send + Sync>) -> Self {
        Self {
            library,
            device: Device::Cpu,
            address: SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), PORT),
            allow_remote: false,
            names: Vec::new(),
            limits: Limits::default(),
            now,
            sync: None,
        }
    }
}
