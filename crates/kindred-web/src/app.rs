//! What all requests share.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use kindred_engine::{
    EngineError, Library, Readers, SetName, SetSummary, Stamp, TopicBody, TopicMembership,
};

use crate::error::{Failure, ServeError};
use crate::feeds::{Asked, DAYS, FeedKey, Feeds};
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
    facts: Arc<Mutex<Option<Counted>>>,
    /// Whether new papers are being counted.
    is_counting: Arc<AtomicBool>,
    membership: Mutex<Option<Arc<TopicMembership>>>,
    map: Arc<Mutex<Option<Arc<ReadyMap>>>>,
    /// Held while a map is read and packed.
    packing: Arc<Mutex<()>>,
}

/// Facts, when they were counted, and of which state of papers and vectors.
#[derive(Debug, Clone)]
struct Counted {
    /// Nothing where something has changed since.
    at: Option<Instant>,
    stamp: Stamp,
    facts: Arc<Facts>,
}

/// What every page says of the library.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Papers that can be found by meaning.
    pub(crate) embedded: usize,
    /// Day of the newest paper.
    pub(crate) newest: Option<Date>,
    /// The newest announcement day.
    pub(crate) announced: Option<Date>,
    /// Papers of that day above the usual threshold that are not rated, by set; 0 where the day was
    /// marked as read. Sets whose papers were not ranked yet are not listed.
    pub(crate) new: BTreeMap<SetName, usize>,
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
            facts: Arc::default(),
            is_counting: Arc::default(),
            membership: Mutex::default(),
            map: Arc::default(),
            packing: Arc::default(),
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
            .run(Cost::Change, move || {
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
        let known = held(&self.facts).clone();
        if let Some(known) = &known
            && known.at.is_some_and(|at| at.elapsed() < FACTS_AGE)
        {
            return Ok(Arc::clone(&known.facts));
        }
        let (feeds, at) = (Arc::clone(&self.feeds), Instant::now());
        let counted = self.read(Cost::Quick, move |library| {
            let stamp = library.stamp()?;
            let before = known.filter(|known| known.stamp == stamp);
            let facts = count(library, &feeds, before.map(|before| before.facts.embedded))?;
            Ok(Counted {
                at: Some(at),
                stamp,
                facts: Arc::new(facts),
            })
        });
        let counted = counted.await?;
        let facts = Arc::clone(&counted.facts);
        *held(&self.facts) = Some(counted);
        Ok(facts)
    }

    /// Returns how many papers of the newest day are new for a set. Where that is not known yet it
    /// is counted aside, for the next page.
    pub(crate) fn new_for(&self, facts: &Facts, set: &SetName) -> Option<usize> {
        if let Some(new) = facts.new.get(set) {
            return Some(*new);
        }
        let has_likes = (facts.sets.iter()).any(|one| one.name == *set && one.likes > 0);
        let day = facts.announced.filter(|_| has_likes)?;
        let runtime = tokio::runtime::Handle::try_current().ok()?;
        if self.is_counting.swap(true, Ordering::SeqCst) {
            return None;
        }
        let key = FeedKey {
            set: set.clone(),
            day,
            categories: Vec::new(),
        };
        let readers = Arc::clone(&self.readers);
        let feeds = Arc::clone(&self.feeds);
        let facts = Arc::clone(&self.facts);
        let counting = Counting(Arc::clone(&self.is_counting));
        runtime.spawn_blocking(move || {
            let _counting = counting;
            // Where it fails the set's own page says why.
            let counted = readers.read(|library| {
                let asked = Asked {
                    key: &key,
                    arrivals: &library.days(DAYS)?,
                    now: Instant::now(),
                    is_shown: false,
                };
                feeds.ranking(library, &asked).map(|_| ())
            });
            if counted.is_ok()
                && let Some(counted) = held(&facts).as_mut()
            {
                counted.at = None;
            }
        });
        None
    }

    /// Returns which topics papers belong to, read when it is first asked for and after it has changed;
    /// `None` before the first grouping.
    pub(crate) async fn topic_membership(&self) -> Result<Option<Arc<TopicMembership>>, Failure> {
        let known = held(&self.membership).clone();
        let body = TopicBody::default();
        let of = body.clone();
        let stamp = self
            .read(Cost::Quick, move |library| library.topic_stamp(&of))
            .await?;
        if stamp.as_ref() == known.as_ref().map(|known| known.stamp()) {
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
    ///
    /// # Errors
    /// [`Failure::Conflict`] if the map cannot be drawn; otherwise as the engine reports.
    pub(crate) async fn map(&self) -> Result<Option<Arc<ReadyMap>>, Failure> {
        let stamp = self.read(Cost::Quick, |library| {
            library.topic_map_stamp(&TopicBody::default())
        });
        let Some(stamp) = stamp.await? else {
            return Ok(None);
        };
        let kept = held(&self.map).clone();
        if let Some(map) = kept.filter(|map| map.stamp == stamp) {
            return Ok(Some(map));
        }
        let (slot, packing) = (Arc::clone(&self.map), Arc::clone(&self.packing));
        // What was packed is kept, even if whoever asked has given up meanwhile.
        let packed = self.read(Cost::Slow, move |library| {
            let _packing = held(&packing);
            let kept = held(&slot).clone();
            let packed = ReadyMap::of(library, kept)?;
            if let Some(Ok(map)) = &packed {
                *held(&slot) = Some(Arc::clone(map));
            }
            Ok(packed)
        });
        packed
            .await?
            .transpose()
            .map_err(|error| Failure::Conflict {
                message: format!("the map cannot be drawn: {error}"),
                hint: Some("draw it anew with `kindred map`".to_owned()),
            })
    }

    pub(crate) fn forget_facts(&self) {
        if let Some(counted) = held(&self.facts).as_mut() {
            counted.at = None;
        }
    }
}

/// Says that new papers are being counted until it is dropped, also by a panic.
struct Counting(Arc<AtomicBool>);

impl Drop for Counting {
    fn drop(&mut self) {
        self.0.store(false, Ordering::SeqCst);
    }
}

/// What these locks hold is replaced whole, so a panic leaves nothing half done.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Counts without loading vectors: a page has to be there also where they are damaged.
fn count(library: &Library, feeds: &Feeds, embedded: Option<usize>) -> Result<Facts, EngineError> {
    let embedded = match embedded {
        Some(embedded) => embedded,
        None => usize::try_from(library.embedded_count()?).unwrap_or(usize::MAX),
    };
    let announced = library.days(1)?.first().map(|(day, _)| *day);
    let sets = library.sets()?;
    let mut new = BTreeMap::new();
    for set in &sets {
        let key = announced.map(|day| FeedKey {
            set: set.name.clone(),
            day,
            categories: Vec::new(),
        });
        let Some((key, ranking)) = key.and_then(|key| feeds.peek(&key).map(|found| (key, found)))
        else {
            continue;
        };
        let is_read = library.days_shown(&set.name)?.contains_key(&key.day);
        let unrated = ranking.unrated(&library.ratings(&set.name)?);
        new.insert(key.set, if is_read { 0 } else { unrated });
    }
    Ok(Facts {
        embedded,
        newest: library.latest_day()?,
        announced,
        new,
        encoder: library.encoder_choice()?.name,
        sets,
    })
}

#[cfg(test)]
mod tests;
