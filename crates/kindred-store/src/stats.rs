//! Numbers about a library.

use jiff::civil::Date;
use kindred_core::Fingerprint;
use rusqlite::{Connection, OptionalExtension};
use schemars::JsonSchema;
use serde::Serialize;

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::row::{bad_value, read_day};

/// Numbers about a library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StoreStats {
    /// Papers, withdrawn and deleted ones among them.
    pub papers: u64,
    /// Papers with an abstract.
    pub with_abstract: u64,
    /// Papers withdrawn or deleted.
    pub withdrawn: u64,
    /// Versions known, by number or not.
    pub versions: u64,
    /// Announcements known.
    pub arrivals: u64,
    /// The categories with most papers, at most 20, largest first, ties by name; archives with
    /// classes are not counted as categories of their own.
    pub categories: Vec<(String, u64)>,
    /// Earliest day of a first version.
    pub first_day: Option<Date>,
    /// Latest day of a first version.
    pub last_day: Option<Date>,
    /// Seed sets.
    pub sets: u64,
    /// Ratings in all sets.
    pub ratings: u64,
    /// Encoders by fingerprint, with the number of papers that have a vector of some text.
    pub encoders: Vec<(Fingerprint, u64)>,
    /// Size of the library file, in bytes, its write-ahead log left out.
    pub database_bytes: u64,
}

impl Store {
    /// Counts.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn stats(&self) -> Result<StoreStats, StoreError> {
        read(&self.connection).at(&self.path)
    }
}

fn read(connection: &Connection) -> rusqlite::Result<StoreStats> {
    let one = |sql: &str| count(connection, sql);
    let papers = one("SELECT count(*) FROM papers")?;
    let without =
        one("SELECT count(*) FROM papers INDEXED BY papers_without_abstract WHERE abstract = ''")?;
    Ok(StoreStats {
        papers,
        with_abstract: papers.saturating_sub(without),
        withdrawn: one("SELECT count(*) FROM papers INDEXED BY papers_hidden
             WHERE withdrawn = 1 OR deleted = 1")?,
        versions: one("SELECT count(*) FROM versions")?,
        arrivals: one("SELECT count(*) FROM arrivals")?,
        categories: categories(connection)?,
        first_day: day(connection, "SELECT min(first_day) FROM papers")?,
        last_day: day(connection, "SELECT max(first_day) FROM papers")?,
        sets: one("SELECT count(*) FROM sets")?,
        ratings: one("SELECT count(*) FROM ratings")?,
        encoders: encoders(connection)?,
        database_bytes: one("SELECT page_count * page_size
             FROM pragma_page_count(), pragma_page_size()")?,
    })
}

fn count(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    let count: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    u64::try_from(count)
        .ok()
        .ok_or_else(|| bad_value(0, &count))
}

fn day(connection: &Connection, sql: &str) -> rusqlite::Result<Option<Date>> {
    connection
        .query_row(sql, [], |row| {
            row.get_ref(0)?
                .as_str_or_null()?
                .map(|_| read_day(row, 0))
                .transpose()
        })
        .optional()
        .map(Option::flatten)
}

fn categories(connection: &Connection) -> rusqlite::Result<Vec<(String, u64)>> {
    let mut counts: Vec<(String, u64)> = connection
        .prepare("SELECT category, count(*) FROM paper_categories GROUP BY category")?
        .query_map([], |row| {
            let count: i64 = row.get(1)?;
            let count = u64::try_from(count).ok();
            Ok((row.get(0)?, count.ok_or_else(|| bad_value(1, &"a count"))?))
        })?
        .collect::<rusqlite::Result<_>>()?;
    let with_classes: Vec<String> = counts
        .iter()
        .filter_map(|(name, _)| name.split_once('.').map(|(archive, _)| archive.to_owned()))
        .collect();
    counts.retain(|(name, _)| !with_classes.contains(name));
    counts.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    counts.truncate(20);
    Ok(counts)
}

fn encoders(connection: &Connection) -> rusqlite::Result<Vec<(Fingerprint, u64)>> {
    connection
        .prepare(
            "SELECT fingerprint, (SELECT count(*) FROM embeddings WHERE encoder = number)
             FROM encoders ORDER BY fingerprint",
        )?
        .query_map([], |row| {
            let text: String = row.get(0)?;
            let fingerprint = text.parse().ok().ok_or_else(|| bad_value(0, &text))?;
            let count: i64 = row.get(1)?;
            let count = u64::try_from(count).ok();
            Ok((fingerprint, count.ok_or_else(|| bad_value(1, &"a count"))?))
        })?
        .collect()
}
