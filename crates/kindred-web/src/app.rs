//! What all requests share.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kindred_engine::{EngineError, Library, Readers, SetSummary, TopicBody, TopicMembership};

use crate::error::{Failure, ServeError};
use crate::feeds::Feeds;
use crate::gate::{Cost, Gate};
use crate::guard::Hosts;
use crate::job::Jobs;
use crate::map::ReadyMap;
use crate::options::ServeOptions;
use crate::reviews::Reviews;
use crate::token::Token;

/// How long what every page says of the library may be behind.
const FACTS_AGE: Duration = Duration::from_secs(5);

/// What all requests share.
#[derive(Debug)]
pub(crate) struct App {
    readers: Arc<Readers>,
    gate: Gate,
    pub(crate) jobs: Jobs,
    pub(crate) feeds: Arc<Feeds>,
    pub(crate) reviews: Reviews,
    pub(crate) token: Token,
    pub(crate) hosts: Hosts,
    pub(crate) options: ServeOptions,
    facts: Mutex<Option<(Instant, Arc<Facts>)>>,
    membership: Mutex<Option<Arc<TopicMembership>>>,
    map: Mutex<Option<Arc<ReadyMap>>>,
}

/// What every page says of the library.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Papers that can be found by meaning.
    pub(crate) embedded: usize,
    /// Day of the newest paper.
    pub(crate) newest: Option<Date>,
    /// Name of the encoder.
    pub(crate) encoder: String,
    /// The seed sets, by name.
    pub(crate) sets: Vec<SetSummary>,
}

impl App {
    pub(crate) fn new(options: ServeOptions, hosts: Hosts) -> Result<Arc<Self>, ServeError> {
        let readers = Readers::new(&options.library, options.device);
        readers.read(|library| library.sets().map(|_| ()))?;
        crate::pages::sweep(&options.library, (options.now)());
        Ok(Arc::new(Self {
            readers: Arc::new(readers),
            gate: Gate::new(&options.limits),
            jobs: Jobs::default(),
            feeds: Arc::default(),
            reviews: Reviews::default(),
            token: Token::of(&options.library)?,
            hosts,
            options,
            facts: Mutex::default(),
            membership: Mutex::default(),
            map: Mutex::default(),
        }))
    }

    /// The present moment.
    pub(crate) fn now(&self) -> Timestamp {
        (self.options.now)()
    }

    /// The day in universal time, as arXiv counts.
    pub(crate) fn today(&self) -> Date {
        self.now().to_zoned(TimeZone::UTC).date()
    }

    /// Asks a reader of the library, when it is this question's turn.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        cost: Cost,
        ask: impl FnOnce(&mut Library) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, Failure> {
        let readers = Arc::clone(&self.readers);
        self.gate
            .run(cost, move || readers.read(ask).map_err(Failure::Engine))
            .await
    }

    /// Makes a small change to the library: ratings, sets, rules, names. Works beside an import.
    pub(crate) async fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Library) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<T, Failure> {
        let folder = self.options.library.clone();
        let device = self.options.device;
        let changed = self
            .gate
            .run(Cost::Slow, move || {
                let mut library = Library::open_beside(&folder)?.with_device(device);
                change(&mut library).map_err(Failure::Engine)
            })
            .await;
        self.forget_facts();
        changed
    }

    /// Returns what every page says of the library, counted again after some seconds and after
    /// changes.
    pub(crate) async fn facts(&self) -> Result<Arc<Facts>, Failure> {
        if let Some((at, facts)) = self.known_facts()
            && at.elapsed() < FACTS_AGE
        {
            return Ok(facts);
        }
        let facts = Arc::new(self.read(Cost::Quick, |library| count(library)).await?);
        *held(&self.facts) = Some((Instant::now(), Arc::clone(&facts)));
        Ok(facts)
    }

    /// Returns which topics papers belong to, read once for each grouping; `None` before the first.
    pub(crate) async fn topic_membership(&self) -> Result<Option<Arc<TopicMembership>>, Failure> {
        let known = held(&self.membership).clone();
        let body = TopicBody::default();
        let of = body.clone();
        let run = self
            .read(Cost::Quick, move |library| library.latest_topic_run(&of))
            .await?;
        if run == known.as_ref().map(|known| known.run()) {
            return Ok(known);
        }
        let read = self
            .read(Cost::Slow, move |library| {
                Ok(library.topic_membership(&body)?.map(Arc::new))
            })
            .await?;
        (*held(&self.membership)).clone_from(&read);
        Ok(read)
    }

    /// Returns the map of the library, read and packed when it is first asked for and after it has
    /// changed; `None` where none was drawn.
    pub(crate) async fn map(&self) -> Result<Option<Arc<ReadyMap>>, Failure> {
        let kept = held(&self.map).clone();
        let read = self.read(Cost::Slow, move |library| ReadyMap::of(library, kept));
        // Places that are no numbers cannot be stored.
        let read = read.await?.transpose().or(Err(Failure::Panic))?;
        (*held(&self.map)).clone_from(&read);
        Ok(read)
    }

    pub(crate) fn forget_facts(&self) {
        *held(&self.facts) = None;
    }

    fn known_facts(&self) -> Option<(Instant, Arc<Facts>)> {
        held(&self.facts).clone()
    }
}

/// What these locks hold is replaced whole, so a panic leaves nothing half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn count(library: &Library) -> Result<Facts, EngineError> {
    let embedded = match library.index() {
        Ok(index) => index.stats().live,
        Err(EngineError::NothingEmbedded { .. }) => 0,
        Err(error) => return Err(error),
    };
    Ok(Facts {
        embedded,
        newest: library.latest_day()?,
        encoder: library.encoder_choice()?.name,
        sets: library.sets()?,
    })
}
