//! The server: two ports on loopback, a thread for each connection, a log of every request.

mod connection;
mod deliver;
mod route;

use std::any::Any;
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};

use jiff::Timestamp;

use crate::clock::Clock;
use crate::fault::{Book, Fault, Plan, Source};
use crate::page::{Memory, Sizes};
use crate::world::World;

/// A request that reached the arXiv port, in the order of arrival.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Virtual time of the arrival.
    pub at: Timestamp,
    /// The service that was asked; `None` for addresses that do not exist.
    pub source: Option<Source>,
    /// Method of the request.
    pub method: String,
    /// Path and query as they came.
    pub target: String,
    /// Header `User-Agent`.
    pub user_agent: Option<String>,
    /// Status of the answer; 0 while it is in work.
    pub status: u16,
    /// Connections to the arXiv port that were open at arrival, this one included.
    pub connections: usize,
    /// Requests that were in work at arrival, this one included.
    pub concurrent: usize,
}

/// A scripted arXiv that listens on loopback until it is dropped.
///
/// # Panics
/// If a thread of the server panicked, [`log`](Self::log) and dropping panic with its message.
#[derive(Debug)]
pub struct FakeArxiv {
    shared: Arc<Shared>,
    arxiv: SocketAddr,
    clock: SocketAddr,
    listeners: Vec<JoinHandle<()>>,
}

/// What the threads share.
#[derive(Debug)]
struct Shared {
    world: Arc<World>,
    clock: Clock,
    /// Scheme, host and port of the arXiv port.
    base: String,
    stop: AtomicBool,
    book: Mutex<Book>,
    log: Mutex<Vec<Entry>>,
    /// Clearing the log makes later answers of earlier requests leave no trace.
    cleared: AtomicU64,
    sizes: Mutex<Sizes>,
    memory: Mutex<Memory>,
    /// Open connections to the arXiv port.
    open: Mutex<BTreeMap<u64, TcpStream>>,
    concurrent: AtomicUsize,
    connections: Mutex<Vec<JoinHandle<()>>>,
    panic: Mutex<Option<String>>,
}

/// Which of the two ports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Port {
    Arxiv,
    Clock,
}

impl FakeArxiv {
    /// Listens on two free ports of 127.0.0.1.
    ///
    /// # Panics
    /// If loopback has no free port.
    pub fn start(world: Arc<World>, clock: Clock) -> Self {
        let listen = || {
            let listener =
                TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
            let address = listener.local_addr().expect("a bound port has an address");
            (listener, address)
        };
        let (arxiv_listener, arxiv) = listen();
        let (clock_listener, clock_address) = listen();
        let shared = Arc::new(Shared {
            world,
            clock,
            base: format!("http://{arxiv}"),
            stop: AtomicBool::new(false),
            book: Mutex::default(),
            log: Mutex::default(),
            cleared: AtomicU64::new(0),
            sizes: Mutex::new(Sizes {
                records: 2_500,
                headers: 20_000,
                feed_items: 2_000,
            }),
            memory: Mutex::default(),
            open: Mutex::default(),
            concurrent: AtomicUsize::new(0),
            connections: Mutex::default(),
            panic: Mutex::default(),
        });
        let accept = |listener: TcpListener, port: Port| {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&shared, &listener, port))
        };
        let listeners = vec![
            accept(arxiv_listener, Port::Arxiv),
            accept(clock_listener, Port::Clock),
        ];
        Self {
            shared,
            arxiv,
            clock: clock_address,
            listeners,
        }
    }

    /// The address of OAI-PMH, `http://127.0.0.1:PORT/oai`.
    pub fn oai_url(&self) -> String {
        format!("{}/oai", self.shared.base)
    }

    /// The address of the feeds, `http://127.0.0.1:PORT`, before `/rss/CATEGORIES`.
    pub fn feed_url(&self) -> String {
        self.shared.base.clone()
    }

    /// The address of the query interface, `http://127.0.0.1:PORT/api/query`.
    pub fn query_url(&self) -> String {
        format!("{}/api/query", self.shared.base)
    }

    /// The address of the clock, `http://127.0.0.1:PORT`, on a port of its own.
    ///
    /// `GET /clock` tells the time, `POST /clock/until?to=TIME` moves it to TIME or leaves it
    /// later and tells it; both in RFC 3339.
    pub fn clock_url(&self) -> String {
        format!("http://{}", self.clock)
    }

    /// Spoils answers of `source` from now on, as `plan` says. Faults of one answer add up, and
    /// of those that replace the whole answer the first one planned counts.
    pub fn add_fault(&self, source: Source, fault: Fault, plan: Plan) {
        lock(&self.shared.book).add(source, fault, plan);
    }

    /// Forgets all planned faults; what they did to the world stays.
    pub fn clear_faults(&self) {
        lock(&self.shared.book).clear();
    }

    /// Every request to the arXiv port since the start or since the log was cleared.
    ///
    /// # Panics
    /// If a thread of the server panicked.
    pub fn log(&self) -> Vec<Entry> {
        let message = lock(&self.shared.panic).clone();
        if let Some(message) = message {
            panic!("the fake arXiv panicked: {message}");
        }
        lock(&self.shared.log).clone()
    }

    /// Empties the log.
    pub fn clear_log(&self) {
        let mut log = lock(&self.shared.log);
        self.shared.cleared.fetch_add(1, Ordering::SeqCst);
        log.clear();
    }

    /// Sets the most records, headers and feed items of a page; 2,500, 20,000 and 2,000 at first.
    ///
    /// # Panics
    /// If one of them is 0.
    pub fn set_page_sizes(&self, records: usize, headers: usize, feed_items: usize) {
        assert!(
            records > 0 && headers > 0 && feed_items > 0,
            "pages hold something"
        );
        *lock(&self.shared.sizes) = Sizes {
            records,
            headers,
            feed_items,
        };
    }
}

impl Drop for FakeArxiv {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the threads that wait for connections.
        for address in [self.arxiv, self.clock] {
            drop(TcpStream::connect(address));
        }
        for listener in self.listeners.drain(..) {
            // A panic is noted in `shared` before it reaches the handle.
            drop(listener.join());
        }
        let connections = std::mem::take(&mut *lock(&self.shared.connections));
        for connection in connections {
            drop(connection.join());
        }
        let message = lock(&self.shared.panic).take();
        if let (Some(message), false) = (message, thread::panicking()) {
            panic!("the fake arXiv panicked: {message}");
        }
    }
}

/// Takes connections until the server stops.
fn accept(shared: &Arc<Shared>, listener: &TcpListener, port: Port) {
    for (number, stream) in (0_u64..).zip(listener.incoming()) {
        if shared.stop.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        let own = Arc::clone(shared);
        let handle = thread::spawn(move || {
            let served = catch_unwind(AssertUnwindSafe(|| {
                connection::serve(&own, stream, port, number);
            }));
            if let Err(payload) = served {
                *lock(&own.panic) = Some(message(payload.as_ref()));
            }
        });
        let mut connections = lock(&shared.connections);
        connections.retain(|connection| !connection.is_finished());
        connections.push(handle);
    }
}

/// The text of a panic.
fn message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|| "a panic without a text".to_owned())
}

/// Locks; what a panic left behind is good enough, since the panic is reported.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::panic::{AssertUnwindSafe, catch_unwind};

    use super::*;
    use crate::WorldOptions;

    #[test]
    fn panic_of_a_handler_reaches_the_owner() {
        let options = WorldOptions {
            days: 1,
            history: 0,
            ..WorldOptions::default()
        };
        // There is no time after this one for the request to take.
        let arxiv = FakeArxiv::start(Arc::new(World::new(&options)), Clock::new(Timestamp::MAX));
        let mut stream = TcpStream::connect(arxiv.arxiv).unwrap();
        stream
            .write_all(b"GET /oai?verb=Identify HTTP/1.1\r\n\r\n")
            .unwrap();
        assert_eq!(stream.read(&mut [0; 9]).unwrap_or(0), 0, "no answer");
        let told = |result: thread::Result<()>| {
            let payload = result.expect_err("it panics");
            assert!(message(payload.as_ref()).contains("virtual time"));
        };
        // The connection closes a moment before the panic is noted.
        while lock(&arxiv.shared.panic).is_none() {
            thread::yield_now();
        }
        told(catch_unwind(AssertUnwindSafe(|| {
            arxiv.log();
        })));
        told(catch_unwind(AssertUnwindSafe(|| drop(arxiv))));
    }
}
