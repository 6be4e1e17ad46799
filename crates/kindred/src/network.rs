//! The network as the environment sets it: arXiv, or for tests a server of this machine.

use std::env;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kindred_engine::{ClientOptions, Clock, EngineError, RemoteClock, Service, SystemClock};

use crate::exit::UsageError;
use crate::session::Session;

/// Variables that put a service of this machine in arXiv's place: OAI-PMH, feeds, queries.
const SERVICES: [&str; 3] = [
    "KINDRED_ARXIV_OAI",
    "KINDRED_ARXIV_FEED",
    "KINDRED_ARXIV_QUERY",
];
/// Address of a clock of this machine.
const CLOCK: &str = "KINDRED_CLOCK";
/// Milliseconds in which an answer must be complete, where a service of this machine is asked.
const DEADLINE: &str = "KINDRED_DEADLINE_MS";
/// Name of a point of a sync, and how often it is passed before the program waits there to be
/// killed, as in `page: committed#2`; only where a service of this machine is asked.
const HALT: &str = "KINDRED_HALT_AT";

/// What a sync needs of its surroundings.
#[derive(Debug)]
pub(crate) struct Network {
    pub(crate) service: Service,
    pub(crate) client: ClientOptions,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) halt: Halt,
}

impl Network {
    /// Reads the environment. What is set there holds for addresses of this machine alone, so that
    /// no setting makes the program impolite to others.
    pub(crate) fn find(session: &Session, contact: Option<String>) -> Result<Self> {
        Self::of(&session.paths.network, contact)
    }

    /// As [`Network::find`], with the folder that keeps the pace of requests.
    pub(crate) fn of(folder: &Path, contact: Option<String>) -> Result<Self> {
        let service = service()?;
        let is_test = service.is_some();
        let service = service.unwrap_or_else(Service::arxiv);
        let mut client = ClientOptions::new(folder.to_owned(), service.hosts());
        client.contact = contact;
        client.jitter_seed = u64::from(std::process::id());
        if is_test && let Some(milliseconds) = number(DEADLINE) {
            client.deadline = Duration::from_millis(milliseconds);
        }
        let halt = env::var(HALT).ok().filter(|_| is_test);
        Ok(Self {
            service,
            client,
            clock: clock()?,
            halt: Halt::parse(halt.as_deref()),
        })
    }
}

/// Returns the present moment: by the clock that the environment names, else by that of the
/// machine.
pub(crate) fn now() -> Result<Timestamp> {
    Ok(clock()?.now())
}

/// Returns its day in universal time, as arXiv counts.
pub(crate) fn today() -> Result<Date> {
    Ok(now()?.to_zoned(TimeZone::UTC).date())
}

pub(crate) fn clock() -> Result<Arc<dyn Clock>> {
    match env::var(CLOCK) {
        Ok(address) => Ok(Arc::new(
            RemoteClock::new(&address).map_err(|error| refused(CLOCK, &error))?,
        )),
        Err(_) => Ok(Arc::new(SystemClock)),
    }
}

fn service() -> Result<Option<Service>> {
    let found = SERVICES.map(|name| env::var(name).ok());
    match found {
        [None, None, None] => Ok(None),
        [Some(oai), Some(feed), Some(query)] => Service::on_loopback(&oai, &feed, &query)
            .map(Some)
            .map_err(|error| refused(&SERVICES.join(", "), &error)),
        _ => Err(UsageError {
            message: format!("only some of {} are set", SERVICES.join(", ")),
            hint: Some("set all three or none".to_owned()),
        }
        .into()),
    }
}

fn refused(name: &str, error: &dyn std::error::Error) -> anyhow::Error {
    UsageError {
        message: format!("{name}: {error}"),
        hint: Some("leave it unset to use arXiv and the clock of the machine".to_owned()),
    }
    .into()
}

fn number(name: &str) -> Option<u64> {
    env::var(name).ok()?.parse().ok()
}

/// Where a test has the program wait to be killed.
#[derive(Debug)]
pub(crate) struct Halt {
    at: Option<(String, std::sync::atomic::AtomicU32)>,
}

impl Halt {
    fn parse(text: Option<&str>) -> Self {
        let at = text.map(|text| {
            let (name, times) = text.rsplit_once('#').unwrap_or((text, "1"));
            (name.to_owned(), times.parse().unwrap_or(1).into())
        });
        Self { at }
    }

    /// Passes a point; at the one that is meant, says so and waits for the end.
    pub(crate) fn pass(&self, name: &str) {
        use std::sync::atomic::Ordering;

        let Some((at, left)) = &self.at else { return };
        if at != name || left.fetch_sub(1, Ordering::Relaxed) != 1 {
            return;
        }
        // If nobody listens there is nobody to be told.
        writeln!(std::io::stderr(), "halted at {name}").ok();
        loop {
            std::thread::park();
        }
    }
}

/// The error of a sync that failed, for the exit code.
pub(crate) fn failed(error: EngineError) -> anyhow::Error {
    anyhow::Error::from(error).context("following arXiv")
}
