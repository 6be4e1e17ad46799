//! Rankings that were shown, kept so that a list stays as it is while its papers are rated.

mod listed;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use kindred_engine::answer::{FeedAnswer, FeedHit};
use kindred_engine::{
    Category, EngineError, FeedQuery, FeedRanker, Library, ListOptions, PaperId, Rating, RuleView,
    SetName, Stamp, Timestamp,
};

use self::listed::Listed;
use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;
use crate::pages::feed::{Threshold, split};

/// Rankings that are kept.
const MOST: usize = 32;
/// How long a ranking is kept after the last look at it.
const AGE: Duration = Duration::from_mins(15);
/// Most papers of a ranking; the longest lists are those of all of arXiv.
pub(crate) const LIMIT: usize = 400;
/// Rated papers, and as many terms, that are named for each paper.
const REASONS: usize = 3;

/// Which ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeedKey {
    pub(crate) set: SetName,
    /// The announcement day.
    pub(crate) day: Date,
    /// Only these categories; empty for all.
    pub(crate) categories: Vec<Category>,
}

/// The arrivals of a day, ranked.
#[derive(Debug)]
pub(crate) struct Ranking {
    pub(crate) answer: FeedAnswer,
    /// The ratings of the set that it was made with.
    ratings: BTreeMap<PaperId, Rating>,
}

impl Ranking {
    /// Number of papers whose rating is another one than when this was made.
    pub(crate) fn ratings_since(&self, now: &BTreeMap<PaperId, Rating>) -> usize {
        let changed = (now.iter())
            .filter(|(id, rating)| self.ratings.get(*id) != Some(rating))
            .count();
        let gone = self.ratings.keys().filter(|id| !now.contains_key(*id));
        changed + gone.count()
    }

    /// Papers above the usual threshold that are not rated.
    pub(crate) fn unrated(&self, now: &BTreeMap<PaperId, Rating>) -> usize {
        let above = split(&self.answer, Threshold::default()).above;
        let is_new = |hit: &&&FeedHit| !now.contains_key(&hit.paper.id);
        above.iter().filter(is_new).count()
    }
}

/// What a ranking is asked for with.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) key: &'a FeedKey,
    /// The newest days with their numbers, [`DAYS`] at most.
    pub(crate) arrivals: &'a [(Date, u64)],
    pub(crate) now: Instant,
    /// Whether its list is shown, and has to know all ratings then; one that is counted may not.
    pub(crate) is_shown: bool,
}

/// What a ranking was made of besides the ratings.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ground {
    stamp: Stamp,
    /// Papers that arrived on the newest days.
    arrivals: Vec<(Date, u64)>,
    rules: Vec<RuleView>,
    /// When the set was made: another one may have got its name.
    created: Option<Timestamp>,
    /// Papers that were shown on other days, which leaves them out.
    shown: u64,
}

impl Ground {
    fn of(library: &Library, key: &FeedKey, arrivals: &[(Date, u64)]) -> Result<Self, EngineError> {
        let sets = library.sets()?;
        let set = sets.iter().find(|set| set.name == key.set);
        let shown = library.days_shown(&key.set)?;
        let others = shown.iter().filter(|(day, _)| **day != key.day);
        Ok(Self {
            stamp: library.stamp()?,
            arrivals: arrivals.to_vec(),
            rules: library.rules(&key.set)?.rules,
            created: set.map(|set| set.created),
            shown: others.map(|(_, papers)| papers).sum(),
        })
    }
}

#[derive(Debug)]
struct Kept {
    key: FeedKey,
    ground: Ground,
    seen: Instant,
    /// Whether a reader has seen its list, so that it stays as it is.
    is_shown: bool,
    ranking: Arc<Ranking>,
}

/// The rankings that are kept.
#[derive(Debug, Default)]
pub(crate) struct Feeds {
    /// The one that was looked at last at the end.
    kept: Mutex<Vec<Kept>>,
    listed: Listed,
}

impl Feeds {
    /// Returns the ranking, made now unless it is kept and still holds.
    ///
    /// # Errors
    /// As [`Library::feed_by_announcement`].
    pub(crate) fn ranking(
        &self,
        library: &Library,
        asked: &Asked<'_>,
    ) -> Result<Arc<Ranking>, EngineError> {
        let ranking = self.kept_or_made(library, asked)?;
        if asked.is_shown {
            let FeedKey { set, day, .. } = asked.key;
            self.listed.add(set, *day, &ranking.answer);
        }
        Ok(ranking)
    }

    /// Returns the papers that lists of a set have shown for a day.
    pub(crate) fn listed(&self, set: &SetName, day: Date) -> BTreeSet<PaperId> {
        self.listed.of(set, day)
    }

    fn kept_or_made(
        &self,
        library: &Library,
        asked: &Asked<'_>,
    ) -> Result<Arc<Ranking>, EngineError> {
        let Asked {
            key,
            arrivals,
            now,
            is_shown,
        } = *asked;
        let ground = Ground::of(library, key, arrivals)?;
        let kept = self.kept(key, &ground, now);
        if let Some((ranking, was_shown)) = &kept
            && (*was_shown || !is_shown)
        {
            return Ok(Arc::clone(ranking));
        }
        let ratings = library.ratings(&key.set)?;
        if let Some((ranking, _)) = kept
            && ranking.ratings_since(&ratings) == 0
        {
            self.show(key);
            return Ok(ranking);
        }
        let answer = library.feed_by_announcement(&FeedQuery {
            set: key.set.clone(),
            as_of: key.day,
            since: key.day,
            categories: key.categories.clone(),
            limit: LIMIT,
            reasons: REASONS,
            ranker: FeedRanker::default(),
            list: ListOptions::default(),
        })?;
        let ranking = Arc::new(Ranking { answer, ratings });
        let mut all = self.held();
        all.retain(|kept| kept.key != *key);
        all.push(Kept {
            key: key.clone(),
            ground,
            seen: now,
            is_shown,
            ranking: Arc::clone(&ranking),
        });
        let more = all.len().saturating_sub(MOST);
        all.drain(..more);
        Ok(ranking)
    }

    /// Returns what is kept, whether or not it still holds; it is not looked at by that.
    pub(crate) fn peek(&self, key: &FeedKey) -> Option<Arc<Ranking>> {
        let all = self.held();
        let kept = all.iter().find(|kept| kept.key == *key);
        kept.map(|kept| Arc::clone(&kept.ranking))
    }

    fn show(&self, key: &FeedKey) {
        for kept in self.held().iter_mut().filter(|kept| kept.key == *key) {
            kept.is_shown = true;
        }
    }

    /// A ranking that holds, and whether it was shown.
    fn kept(&self, key: &FeedKey, ground: &Ground, now: Instant) -> Option<(Arc<Ranking>, bool)> {
        let mut all = self.held();
        all.retain(|kept| now.saturating_duration_since(kept.seen) < AGE);
        let place = all.iter().position(|kept| kept.key == *key)?;
        let mut kept = all.remove(place);
        if kept.ground != *ground {
            return None;
        }
        kept.seen = now;
        let found = (Arc::clone(&kept.ranking), kept.is_shown);
        all.push(kept);
        Some(found)
    }

    /// Forgets the rankings of a set but those of a day, so that they are made anew.
    pub(crate) fn forget_others(&self, set: &SetName, day: Date) {
        self.held()
            .retain(|kept| kept.key.set != *set || kept.key.day == day);
    }

    /// Forgets all of a set that is there no longer.
    pub(crate) fn forget(&self, set: &SetName) {
        self.held().retain(|kept| kept.key.set != *set);
        self.listed.forget(set);
    }

    /// Forgets one ranking.
    pub(crate) fn forget_one(&self, key: &FeedKey) {
        self.held().retain(|kept| kept.key != *key);
    }

    /// What the lock holds is whole between any two calls, so a panic leaves nothing half done.
    fn held(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Days that can be gone through one by one.
pub(crate) const DAYS: usize = 90;

impl App {
    /// Asks for a ranking and, at the same moment, for something else of the library, given the
    /// newest days with their numbers.
    pub(crate) async fn ranking<T: Send + 'static>(
        &self,
        key: FeedKey,
        ask: impl FnOnce(&Library, Vec<(Date, u64)>) -> Result<T, EngineError> + Send + 'static,
    ) -> Result<(Arc<Ranking>, T), Failure> {
        let feeds = Arc::clone(&self.feeds);
        self.read(Cost::Slow, move |library| {
            let arrivals = library.days(DAYS)?;
            let asked = Asked {
                key: &key,
                arrivals: &arrivals,
                now: Instant::now(),
                is_shown: true,
            };
            let ranking = feeds.ranking(library, &asked)?;
            Ok((ranking, ask(library, arrivals)?))
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Desk;

    async fn with<T: Send + 'static>(
        desk: &Desk,
        ask: impl FnOnce(&mut Library) -> T + Send + 'static,
    ) -> T {
        let answer = desk.app.read(Cost::Slow, |library| Ok(ask(library)));
        answer.await.unwrap()
    }

    #[tokio::test]
    #[expect(clippy::too_many_lines, reason = "it is one history of a ranking")]
    async fn ranking_stays_over_ratings_and_goes_by_age_rules_and_number() {
        let desk = Desk::sample();
        let set: SetName = "exoplanets".parse().unwrap();
        let newest = with(&desk, |library| library.days(1).unwrap()[0].0).await;
        let key = FeedKey {
            set: set.clone(),
            day: newest,
            categories: Vec::new(),
        };
        let feeds = Arc::new(Feeds::default());
        let start = Instant::now();
        let ask_for = |after: Duration, is_shown| {
            let (feeds, key) = (Arc::clone(&feeds), key.clone());
            with(&desk, move |library| {
                let asked = Asked {
                    key: &key,
                    arrivals: &library.days(DAYS).unwrap(),
                    now: start + after,
                    is_shown,
                };
                feeds.ranking(library, &asked).unwrap()
            })
        };
        let ask = |after| ask_for(after, true);
        let counted = ask_for(Duration::ZERO, false).await;
        let first = ask(Duration::ZERO).await;
        assert!(Arc::ptr_eq(&counted, &first), "nothing was rated since");
        let id = first.answer.results[0].paper.id.clone();
        let name = set.clone();
        let rated = [id.clone()];
        let change = desk.app.change(move |library| {
            library.rate(&name, &rated, Rating::Dislike, crate::testing::now())
        });
        change.await.unwrap();
        let minutes = |count: u64| Duration::from_secs(60 * count);
        let second = ask(minutes(14)).await;
        assert!(Arc::ptr_eq(&first, &second), "ratings leave it as it is");
        let name = set.clone();
        let now = with(&desk, move |library| library.ratings(&name).unwrap()).await;
        assert_eq!(second.ratings_since(&now), 1);
        assert!(Arc::ptr_eq(&first, &feeds.peek(&key).unwrap()));
        assert_eq!(first.unrated(&BTreeMap::new()) - first.unrated(&now), 1);
        let third = ask(minutes(28)).await;
        assert!(Arc::ptr_eq(&first, &third), "a look keeps it");
        let fourth = ask(minutes(43)).await;
        assert!(!Arc::ptr_eq(&first, &fourth), "nobody looked for long");
        assert_eq!(fourth.ratings_since(&now), 0);
        assert!(fourth.answer.results.iter().all(|hit| hit.paper.id != id));

        let name = set.clone();
        let rule = kindred_engine::Rule::new(kindred_engine::RuleKind::MustNot, "planet").unwrap();
        let change = desk
            .app
            .change(move |library| library.change_rules(&name, &[], &[rule]));
        change.await.unwrap();
        let fifth = ask(minutes(43)).await;
        assert!(!Arc::ptr_eq(&fourth, &fifth));

        let (name, shown) = (set.clone(), fifth.answer.results[0].paper.id.clone());
        let earlier = newest.yesterday().unwrap();
        let change =
            (desk.app).change(move |library| library.mark_papers_shown(&name, &[shown], earlier));
        change.await.unwrap();
        let sixth = ask(minutes(43)).await;
        assert!(
            !Arc::ptr_eq(&fifth, &sixth),
            "another day has shown a paper"
        );

        let parts = "AI AR CC CE CG CL CR CV CY DB DC DL DM DS ET FL GL GR GT HC IR IT LG LO MA MM \
                     MS NA NE NI OH OS";
        assert_eq!(parts.split(' ').count(), MOST);
        for part in parts.split(' ') {
            let category: Category = format!("cs.{part}").parse().unwrap();
            let key = FeedKey {
                categories: vec![category],
                ..key.clone()
            };
            let feeds = Arc::clone(&feeds);
            with(&desk, move |library| {
                let asked = Asked {
                    key: &key,
                    arrivals: &library.days(DAYS).unwrap(),
                    now: start + minutes(44),
                    is_shown: true,
                };
                feeds.ranking(library, &asked).unwrap();
            })
            .await;
        }
        assert_eq!(feeds.held().len(), MOST);
        assert!(feeds.held().iter().all(|kept| kept.key != key));
        feeds.forget_others(&set, newest);
        assert_eq!(feeds.held().len(), MOST);
        assert!(!feeds.listed(&set, newest).is_empty());
        feeds.forget(&set);
        assert!(feeds.held().is_empty());
        assert!(feeds.listed(&set, newest).is_empty());
    }

    #[tokio::test]
    async fn ranking_that_was_only_counted_is_made_anew_after_a_rating() {
        let desk = Desk::sample();
        let set: SetName = "exoplanets".parse().unwrap();
        let feeds = Arc::new(Feeds::default());
        let ask = |is_shown| {
            let (feeds, set) = (Arc::clone(&feeds), set.clone());
            with(&desk, move |library| {
                let arrivals = library.days(DAYS).unwrap();
                let key = FeedKey {
                    set,
                    day: arrivals[0].0,
                    categories: Vec::new(),
                };
                let asked = Asked {
                    key: &key,
                    arrivals: &arrivals,
                    now: Instant::now(),
                    is_shown,
                };
                feeds.ranking(library, &asked).unwrap()
            })
        };
        let counted = ask(false).await;
        let name = set.clone();
        let rated = [counted.answer.results[0].paper.id.clone()];
        let change = desk.app.change(move |library| {
            library.rate(&name, &rated, Rating::Like, crate::testing::now())
        });
        change.await.unwrap();
        assert!(Arc::ptr_eq(&counted, &ask(false).await));
        let shown = ask(true).await;
        assert!(!Arc::ptr_eq(&counted, &shown));
        assert!(Arc::ptr_eq(&shown, &ask(true).await));
    }
}
