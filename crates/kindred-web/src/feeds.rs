//! Rankings that were shown, kept so that a list stays as it is while its papers are rated.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::civil::Date;
use kindred_engine::answer::FeedAnswer;
use kindred_engine::{
    Category, EngineError, FeedQuery, FeedRanker, Library, ListOptions, PaperId, Rating, RuleView,
    SetName, Stamp,
};

use crate::app::App;
use crate::error::Failure;
use crate::gate::Cost;

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
}

/// What a ranking was made of besides the ratings.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Ground {
    stamp: Stamp,
    /// Papers that arrived on the newest days.
    arrivals: Vec<(Date, u64)>,
    rules: Vec<RuleView>,
}

#[derive(Debug)]
struct Kept {
    key: FeedKey,
    ground: Ground,
    seen: Instant,
    ranking: Arc<Ranking>,
}

/// The rankings that are kept, the one that was looked at last at the end.
#[derive(Debug, Default)]
pub(crate) struct Feeds(Mutex<Vec<Kept>>);

impl Feeds {
    /// Returns the ranking, made now unless it is kept and still holds; `arrivals` are the newest
    /// days with their numbers, [`DAYS`] at most.
    ///
    /// # Errors
    /// As [`Library::feed_by_announcement`].
    pub(crate) fn ranking(
        &self,
        library: &Library,
        key: &FeedKey,
        arrivals: &[(Date, u64)],
        now: Instant,
    ) -> Result<Arc<Ranking>, EngineError> {
        let ground = Ground {
            stamp: library.stamp()?,
            arrivals: arrivals.to_vec(),
            rules: library.rules(&key.set)?.rules,
        };
        if let Some(ranking) = self.kept(key, &ground, now) {
            return Ok(ranking);
        }
        let ratings = library.ratings(&key.set)?;
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
            ranking: Arc::clone(&ranking),
        });
        let more = all.len().saturating_sub(MOST);
        all.drain(..more);
        Ok(ranking)
    }

    fn kept(&self, key: &FeedKey, ground: &Ground, now: Instant) -> Option<Arc<Ranking>> {
        let mut all = self.held();
        all.retain(|kept| now.saturating_duration_since(kept.seen) < AGE);
        let place = all.iter().position(|kept| kept.key == *key)?;
        let mut kept = all.remove(place);
        if kept.ground != *ground {
            return None;
        }
        kept.seen = now;
        let ranking = Arc::clone(&kept.ranking);
        all.push(kept);
        Some(ranking)
    }

    /// Forgets the rankings of a set, so that they are made anew; all but those of a day.
    pub(crate) fn forget(&self, set: &SetName, but: Option<Date>) {
        self.held()
            .retain(|kept| kept.key.set != *set || Some(kept.key.day) == but);
    }

    /// Forgets one ranking.
    pub(crate) fn forget_one(&self, key: &FeedKey) {
        self.held().retain(|kept| kept.key != *key);
    }

    /// What the lock holds is whole between any two calls, so a panic leaves nothing half done.
    fn held(&self) -> MutexGuard<'_, Vec<Kept>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
            let ranking = feeds.ranking(library, &key, &arrivals, Instant::now())?;
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
        let ask = |after: Duration| {
            let (feeds, key) = (Arc::clone(&feeds), key.clone());
            with(&desk, move |library| {
                let days = library.days(DAYS).unwrap();
                feeds.ranking(library, &key, &days, start + after).unwrap()
            })
        };
        let first = ask(Duration::ZERO).await;
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
        assert!(!Arc::ptr_eq(&fourth, &ask(minutes(43)).await));

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
                let days = library.days(DAYS).unwrap();
                let at = start + minutes(44);
                feeds.ranking(library, &key, &days, at).unwrap();
            })
            .await;
        }
        assert_eq!(feeds.held().len(), MOST);
        assert!(feeds.held().iter().all(|kept| kept.key != key));
        feeds.forget(&set, Some(newest));
        assert_eq!(feeds.held().len(), MOST);
        feeds.forget(&set, None);
        assert!(feeds.held().is_empty());
    }
}
