//! What was announced, what came of it, and where something is open.

use jiff::Timestamp;
use jiff::civil::Date;
use kindred_core::{Category, Fingerprint, KeySet, PaperKey};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::harvest::{category_list, count, day_or_null, read_time, sql_count, time_or_null};
use crate::row::{bad_value, read_day, sql_key};

/// Attempts that are kept.
const KEPT_ATTEMPTS: u64 = 5_000;

/// A category that is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Follow {
    /// A category or archive; `None` stands for all of arXiv.
    pub category: Option<Category>,
    /// The first announcement day that has to be complete.
    pub since: Date,
}

/// Counts of one announcement day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayCounts {
    /// Papers that arrived, new or in a further category.
    pub fresh: u64,
    /// Papers that came in a new version.
    pub replaced: u64,
    /// Of both, those whose full record is here, not only what a feed says.
    pub fetched: u64,
    /// Of both, those with a vector of the encoder asked about.
    pub embedded: u64,
    /// Of both, those that a feed showed.
    pub shown: u64,
}

/// What the feed of a day listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Announced {
    /// New and cross-listed papers.
    pub fresh: u64,
    /// New versions.
    pub replaced: u64,
    /// When the feed was read; stored to the microsecond.
    pub at: Timestamp,
}

/// Why an announcement day is not complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GapKind {
    /// Its records were not harvested.
    NotHarvested,
    /// Records of it are known and not here.
    Missing,
    /// Far fewer papers came than on such a day.
    Few,
}

impl GapKind {
    fn number(self) -> u8 {
        match self {
            Self::NotHarvested => 1,
            Self::Missing => 2,
            Self::Few => 3,
        }
    }

    pub(crate) fn from_number(number: u8) -> Option<Self> {
        [Self::NotHarvested, Self::Missing, Self::Few]
            .into_iter()
            .find(|kind| kind.number() == number)
    }
}

/// An announcement day that is, or was, not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The category followed; `None` stands for all of arXiv.
    pub category: Option<Category>,
    /// The announcement day.
    pub day: Date,
    /// What kind of gap.
    pub kind: GapKind,
    /// What was found.
    pub reason: String,
    /// When it was found; stored to the microsecond.
    pub opened: Timestamp,
    /// When and how it was closed.
    pub closed: Option<(Timestamp, String)>,
}

/// What a sync tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When; stored to the microsecond.
    pub at: Timestamp,
    /// The service and the list.
    pub list: String,
    /// Days of change asked for.
    pub days: (Option<Date>, Option<Date>),
    /// Records that came.
    pub records: u64,
    /// Why it was not complete.
    pub failure: Option<String>,
}

impl Store {
    /// Returns what is followed, all of arXiv first, then by name.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn follows(&self) -> Result<Vec<Follow>, StoreError> {
        if !self.has_ledger()? {
            return Ok(Vec::new());
        }
        self.connection
            .prepare_cached("SELECT category, since FROM follows ORDER BY category")
            .and_then(|mut statement| {
                statement
                    .query_map([], |row| {
                        Ok(Follow {
                            category: read_category(row, 0)?,
                            since: read_day(row, 1)?,
                        })
                    })?
                    .collect()
            })
            .at(&self.path)
    }

    /// Follows a category from a day on; an earlier first day stays.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn follow(&mut self, follow: &Follow) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "INSERT INTO follows (category, since) VALUES (?1, ?2)
                     ON CONFLICT (category) DO UPDATE SET since = min(since, ?2)",
                )?
                .execute(params![
                    category_text(follow.category.as_ref()),
                    follow.since.to_string()
                ])?;
            Ok(())
        })
    }

    /// Follows a category no longer; says whether it was followed. Its open gaps are closed.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn unfollow(
        &mut self,
        category: Option<&Category>,
        at: Timestamp,
    ) -> Result<bool, StoreError> {
        self.write(|connection| {
            let name = category_text(category);
            connection.execute(
                "UPDATE gaps SET closed = ?2, outcome = 'no longer followed'
                 WHERE category = ?1 AND closed IS NULL",
                params![name, at.as_microsecond()],
            )?;
            let removed = connection.execute("DELETE FROM follows WHERE category = ?1", [name])?;
            Ok(removed > 0)
        })
    }

    /// Counts the papers of a category that arrived or were replaced on a day. A new paper arrives
    /// once, on the first day that any source names; a cross-listing is an arrival of its own, in all of its
    /// categories. Vectors are counted of one encoder, if any.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn day_counts(
        &self,
        category: Option<&Category>,
        day: Date,
        encoder: Option<&Fingerprint>,
    ) -> Result<DayCounts, StoreError> {
        self.connection
            .prepare_cached(
                "WITH arrived AS (
                     SELECT arrival.key, min(arrival.kind IN (3, 4)) AS is_replaced
                     FROM arrivals AS arrival INDEXED BY arrivals_by_day
                     WHERE arrival.day = ?1
                       AND (arrival.kind IN (2, 3, 4) OR NOT EXISTS (
                         SELECT 1 FROM arrivals AS earlier WHERE earlier.key = arrival.key
                           AND earlier.day < ?1 AND earlier.kind IN (1, 2)))
                       AND (?2 = '*' OR EXISTS (SELECT 1 FROM paper_categories AS listed
                         WHERE listed.category = ?2 AND listed.key = arrival.key))
                     GROUP BY arrival.key)
                 SELECT count(*) FILTER (WHERE NOT is_replaced),
                     count(*) FILTER (WHERE is_replaced),
                     count(*) FILTER (WHERE EXISTS (SELECT 1 FROM papers
                         WHERE papers.key = arrived.key AND papers.source > 2)),
                     count(*) FILTER (WHERE EXISTS (SELECT 1 FROM embeddings
                         JOIN encoders ON encoders.number = embeddings.encoder
                         WHERE embeddings.key = arrived.key AND encoders.fingerprint = ?3)),
                     count(*) FILTER (WHERE EXISTS (SELECT 1 FROM shown
                         WHERE shown.key = arrived.key))
                 FROM arrived",
            )
            .and_then(|mut statement| {
                statement.query_row(
                    params![
                        day.to_string(),
                        category_text(category),
                        encoder.map_or("", Fingerprint::as_str)
                    ],
                    |row| {
                        Ok(DayCounts {
                            fresh: count(row, 0)?,
                            replaced: count(row, 1)?,
                            fetched: count(row, 2)?,
                            embedded: count(row, 3)?,
                            shown: count(row, 4)?,
                        })
                    },
                )
            })
            .at(&self.path)
    }

    /// Returns the papers that were announced as new, or in a further category, between two days,
    /// both included, for the first time; with categories, those that are in at least one of them.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn arrived_between(
        &self,
        since: Date,
        until: Date,
        categories: &[Category],
    ) -> Result<KeySet, StoreError> {
        let keys = self
            .keys(
                "SELECT DISTINCT arrival.key FROM arrivals AS arrival INDEXED BY arrivals_by_day
                 WHERE arrival.day BETWEEN ?1 AND ?2 AND arrival.kind IN (1, 2)
                   AND NOT EXISTS (SELECT 1 FROM arrivals AS earlier
                     WHERE earlier.key = arrival.key AND earlier.day < ?1
                       AND earlier.kind IN (1, 2))
                   AND (?3 = '[]' OR EXISTS (SELECT 1 FROM paper_categories AS listed
                     WHERE listed.category IN (SELECT value FROM json_each(?3))
                       AND listed.key = arrival.key))",
                [
                    since.to_string(),
                    until.to_string(),
                    category_list(categories),
                ],
            )
            .at(&self.path)?;
        Ok(keys.into_iter().collect())
    }

    /// Counts which of some papers had arrived before a day, by any source.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn arrived_before(&self, keys: &[PaperKey], day: Date) -> Result<u64, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM arrivals WHERE key = ?1 AND day < ?2)")
            .at(&self.path)?;
        let mut found = 0;
        for key in keys {
            let number = sql_key(*key);
            let is_known: bool = statement
                .query_row(params![number, day.to_string()], |row| row.get(0))
                .at(&self.path)?;
            found += u64::from(is_known);
        }
        Ok(found)
    }

    /// Stores what the feed of a day listed for a category, over what was stored before.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set_announced(
        &mut self,
        category: Option<&Category>,
        day: Date,
        announced: &Announced,
    ) -> Result<(), StoreError> {
        self.write(|connection| {
            connection
                .prepare_cached(
                    "INSERT OR REPLACE INTO announced (category, day, fresh, replaced, at)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    category_text(category),
                    day.to_string(),
                    sql_count(announced.fresh),
                    sql_count(announced.replaced),
                    announced.at.as_microsecond(),
                ])?;
            Ok(())
        })
    }

    /// Returns what the feed of a day listed for a category, if it was read.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn announced(
        &self,
        category: Option<&Category>,
        day: Date,
    ) -> Result<Option<Announced>, StoreError> {
        if !self.has_ledger()? {
            return Ok(None);
        }
        self.connection
            .prepare_cached(
                "SELECT fresh, replaced, at FROM announced WHERE category = ?1 AND day = ?2",
            )
            .and_then(|mut statement| {
                statement
                    .query_row(params![category_text(category), day.to_string()], |row| {
                        Ok(Announced {
                            fresh: count(row, 0)?,
                            replaced: count(row, 1)?,
                            at: read_time(row, 2)?,
                        })
                    })
                    .optional()
            })
            .at(&self.path)
    }

    /// Returns gaps of announcement days from a day on, by day, then category; closed ones only if
    /// asked for.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn gaps(&self, since: Date, closed_too: bool) -> Result<Vec<Gap>, StoreError> {
        if !self.has_ledger()? {
            return Ok(Vec::new());
        }
        self.connection
            .prepare_cached(
                "SELECT category, day, kind, reason, opened, closed, outcome FROM gaps
                 WHERE day >= ?1 AND (?2 OR closed IS NULL) ORDER BY day, category, kind",
            )
            .and_then(|mut statement| {
                statement
                    .query_map(params![since.to_string(), closed_too], read_gap)?
                    .collect()
            })
            .at(&self.path)
    }

    /// Stores gaps, each over the one of the same category, day and kind; one that was open stays
    /// open since it was found, one that was closed opens anew.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set_gaps(&mut self, gaps: &[Gap]) -> Result<(), StoreError> {
        if gaps.is_empty() {
            return Ok(());
        }
        self.write(|connection| gaps.iter().try_for_each(|gap| save_gap(connection, gap)))
    }

    /// Remembers what a sync tried.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn add_attempt(&mut self, attempt: &Attempt) -> Result<(), StoreError> {
        self.write(|connection| {
            let day = |day: Option<Date>| day.map(|day| day.to_string());
            connection
                .prepare_cached(
                    "INSERT INTO attempts (at, list, from_day, until_day, records, failure)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                )?
                .execute(params![
                    attempt.at.as_microsecond(),
                    attempt.list,
                    day(attempt.days.0),
                    day(attempt.days.1),
                    sql_count(attempt.records),
                    attempt.failure,
                ])?;
            connection
                .prepare_cached("DELETE FROM attempts WHERE number <= last_insert_rowid() - ?1")?
                .execute([sql_count(KEPT_ATTEMPTS)])?;
            Ok(())
        })
    }

    /// Returns what syncs tried, newest first.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn attempts(&self, limit: usize) -> Result<Vec<Attempt>, StoreError> {
        if !self.has_ledger()? {
            return Ok(Vec::new());
        }
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "SELECT at, list, from_day, until_day, records, failure FROM attempts
                 ORDER BY number DESC LIMIT ?1",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([limit], |row| {
                        Ok(Attempt {
                            at: read_time(row, 0)?,
                            list: row.get(1)?,
                            days: (day_or_null(row, 2)?, day_or_null(row, 3)?),
                            records: count(row, 4)?,
                            failure: row.get(5)?,
                        })
                    })?
                    .collect()
            })
            .at(&self.path)
    }
}

fn category_text(category: Option<&Category>) -> &str {
    category.map_or("*", Category::as_str)
}

fn read_category(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Category>> {
    let text = row.get_ref(column)?.as_str()?;
    if text == "*" {
        return Ok(None);
    }
    let category = text.parse().ok();
    category.map(Some).ok_or_else(|| bad_value(column, &text))
}

fn read_gap(row: &Row<'_>) -> rusqlite::Result<Gap> {
    let number: u8 = row.get(2)?;
    let outcome: Option<String> = row.get(6)?;
    Ok(Gap {
        category: read_category(row, 0)?,
        day: read_day(row, 1)?,
        kind: GapKind::from_number(number).ok_or_else(|| bad_value(2, &number))?,
        reason: row.get(3)?,
        opened: read_time(row, 4)?,
        closed: time_or_null(row, 5)?.map(|at| (at, outcome.unwrap_or_default())),
    })
}

fn save_gap(connection: &Connection, gap: &Gap) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO gaps (category, day, kind, reason, opened, closed, outcome)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (category, day, kind) DO UPDATE SET reason = ?4,
                 opened = CASE WHEN closed IS NULL THEN opened ELSE ?5 END,
                 closed = ?6, outcome = ?7",
        )?
        .execute(params![
            category_text(gap.category.as_ref()),
            gap.day.to_string(),
            gap.kind.number(),
            gap.reason,
            gap.opened.as_microsecond(),
            gap.closed.as_ref().map(|(at, _)| at.as_microsecond()),
            gap.closed.as_ref().map(|(_, outcome)| outcome),
        ])?;
    Ok(())
}
