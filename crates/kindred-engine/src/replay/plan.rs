//! What a set held at which day, and which days can be ranked.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use kindred_core::{Embeddings, PaperKey};
use kindred_index::Index;
use kindred_store::{PaperFilter, RatedPaper, Rating};

use super::{ReplayError, ReplayLeftOut, ReplayQuery};
use crate::{EngineError, Library};

/// The rated papers of one kind that have a vector, in id order.
pub(super) struct Side {
    pub(super) keys: Vec<PaperKey>,
    /// Day of each rating, and its time.
    days: Vec<Date>,
    times: Vec<jiff::Timestamp>,
    pub(super) vectors: Embeddings,
}

/// All ratings of a set as they stand today.
pub(super) struct History {
    /// Day and kind of every rating, with and without a vector.
    rated: BTreeMap<PaperKey, (Date, Rating)>,
    pub(super) likes: Side,
    pub(super) dislikes: Side,
}

/// One day to rank.
pub(super) struct PlannedDay {
    pub(super) day: Date,
    /// Arrivals that were not rated before, in id order; all have a vector.
    pub(super) keys: Vec<PaperKey>,
    /// Whether each was liked on the day or later.
    pub(super) kept: Vec<bool>,
}

/// All days to rank, oldest first.
pub(super) struct Plan {
    pub(super) days: Vec<PlannedDay>,
    pub(super) until: Date,
    pub(super) left_out: ReplayLeftOut,
}

impl PlannedDay {
    /// How many arrivals were liked later.
    pub(super) fn likes(&self) -> usize {
        self.kept.iter().filter(|&&kept| kept).count()
    }
}

impl Side {
    fn load(index: &Index, ratings: &[RatedPaper], rating: Rating) -> Self {
        let of_kind = |rated: &&RatedPaper| rated.rating == rating && index.contains(rated.key);
        let rated: Vec<&RatedPaper> = ratings.iter().filter(of_kind).collect();
        let keys: Vec<PaperKey> = rated.iter().map(|rated| rated.key).collect();
        let (keys, vectors) = index.embeddings_for(&keys);
        Self {
            keys,
            days: rated.iter().map(|rated| day_of(rated)).collect(),
            times: rated.iter().map(|rated| rated.at).collect(),
            vectors,
        }
    }

    /// Rows of the papers that were rated before `day` began, in id order.
    pub(super) fn held_on(&self, day: Date) -> Vec<usize> {
        let is_held = |&row: &usize| self.days[row] < day;
        (0..self.days.len()).filter(is_held).collect()
    }

    /// Positions in `rows` from the one rated last to the one rated first, equal times in order.
    pub(super) fn newest_first(&self, rows: &[usize]) -> Vec<usize> {
        let mut order: Vec<usize> = (0..rows.len()).collect();
        order.sort_by_key(|&place| std::cmp::Reverse(self.times[rows[place]]));
        order
    }
}

impl History {
    pub(super) fn is_rated(&self, key: PaperKey) -> bool {
        self.rated.contains_key(&key)
    }
}

fn day_of(rated: &RatedPaper) -> Date {
    rated.at.to_zoned(TimeZone::UTC).date()
}

impl Library {
    pub(super) fn history(&self, query: &ReplayQuery) -> Result<History, EngineError> {
        let ratings = self.ratings_of(&query.set)?;
        let name = || query.set.to_string();
        if ratings.iter().all(|rated| rated.rating != Rating::Like) {
            return Err(EngineError::NothingLiked { name: name() });
        }
        let index = self.index()?;
        let likes = Side::load(index, &ratings, Rating::Like);
        if likes.keys.is_empty() {
            return Err(EngineError::LikesNotEmbedded { name: name() });
        }
        Ok(History {
            rated: (ratings.iter())
                .map(|rated| (rated.key, (day_of(rated), rated.rating)))
                .collect(),
            likes,
            dislikes: Side::load(index, &ratings, Rating::Dislike),
        })
    }

    /// Finds the days that can be ranked and what arrived on each.
    pub(super) fn plan(&self, query: &ReplayQuery, history: &History) -> Result<Plan, EngineError> {
        let arrivals = self.store.days_with_papers(usize::MAX)?;
        let until = check_period(query, arrivals.first().map(|(day, _)| *day))?;
        let since = query.since;
        let last_like = history.likes.days.iter().copied().max();
        let mut plan = Plan {
            days: Vec::new(),
            until,
            left_out: ReplayLeftOut::default(),
        };
        let mut first_arrivals = None;
        for &(day, count) in arrivals.iter().rev() {
            if day < since || day > until {
                continue;
            }
            first_arrivals.get_or_insert(day);
            if last_like.is_none_or(|last| day > last) {
                break;
            }
            let planned = self.planned_day(day, count, history, &mut plan.left_out)?;
            if !planned.keys.is_empty() {
                plan.days.push(planned);
            }
        }
        check_likes(query, history, (first_arrivals, until), arrivals[0].0)?;
        if plan.days.is_empty() {
            return Err(ReplayError::NoArrivals { since, until }.into());
        }
        if plan.days.iter().all(|day| day.likes() == 0) {
            let name = query.set.to_string();
            return Err(ReplayError::NothingKept { name, since, until }.into());
        }
        Ok(plan)
    }

    fn planned_day(
        &self,
        day: Date,
        arrivals: u64,
        history: &History,
        left_out: &mut ReplayLeftOut,
    ) -> Result<PlannedDay, EngineError> {
        let found = self.store.keys_where(&PaperFilter {
            since: Some(day),
            until: Some(day),
            exact_days: true,
            ..PaperFilter::default()
        })?;
        left_out.withdrawn += arrivals.saturating_sub(found.len() as u64);
        let index = self.index()?;
        let mut keys = Vec::with_capacity(found.len());
        for &key in found.as_slice() {
            if (history.rated.get(&key)).is_some_and(|&(rated, _)| rated < day) {
                left_out.rated_before += 1;
            } else if index.contains(key) {
                keys.push(key);
            } else {
                left_out.not_embedded += 1;
            }
        }
        let mut ids = self.store.ids(&keys)?;
        ids.sort_by(|(_, left), (_, right)| left.cmp(right));
        let keys: Vec<PaperKey> = ids.into_iter().map(|(key, _)| key).collect();
        // Nothing was rated before: what is liked was liked on the day or later.
        let is_kept = |key| matches!(history.rated.get(key), Some((_, Rating::Like)));
        Ok(PlannedDay {
            day,
            kept: keys.iter().map(is_kept).collect(),
            keys,
        })
    }
}

/// Returns the last day of the period.
fn check_period(query: &ReplayQuery, latest: Option<Date>) -> Result<Date, ReplayError> {
    let (since, today) = (query.since, query.today);
    if let Some(until) = query.until
        && until < since
    {
        return Err(ReplayError::Period { since, until });
    }
    if let Some(day) = [Some(since), query.until]
        .into_iter()
        .flatten()
        .find(|day| *day > today)
    {
        return Err(ReplayError::Future { day, today });
    }
    let Some(latest) = latest else {
        let until = query.until.unwrap_or(today);
        return Err(ReplayError::NoArrivals { since, until });
    };
    if since > latest {
        return Err(ReplayError::AfterLatest { since, latest });
    }
    Ok(query.until.unwrap_or(latest))
}

/// Refuses a period whose first day has no like before it or none from it on.
fn check_likes(
    query: &ReplayQuery,
    history: &History,
    (first_arrivals, until): (Option<Date>, Date),
    latest: Date,
) -> Result<(), ReplayError> {
    let name = query.set.to_string();
    let likes = history.likes.days.iter().copied();
    let (Some(first_like), Some(last_like)) = (likes.clone().min(), likes.max()) else {
        unreachable!("a history has a like");
    };
    let Some(day) = first_arrivals else {
        let since = query.since;
        return Err(ReplayError::NoArrivals { since, until });
    };
    if first_like >= day {
        return Err(ReplayError::NoLikeYet {
            name,
            day,
            first_like,
            latest,
        });
    }
    if last_like < day {
        return Err(ReplayError::NoLaterLikes {
            name,
            day,
            last_like,
        });
    }
    Ok(())
}
