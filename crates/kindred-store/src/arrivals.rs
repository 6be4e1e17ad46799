//! Announcements that feeds told of.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kindred_core::{AnnouncementKind, KeySet, PaperKey};
use rusqlite::params;

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::merge::kind_of_number;
use crate::row::{bad_value, read_day, read_key, sql_key};

impl Store {
    /// Returns the days of which announcements are known, newest first, with the number of
    /// announcements of any kind.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn arrival_days(&self, limit: usize) -> Result<Vec<(Date, u64)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "SELECT day, count(*) FROM arrivals INDEXED BY arrivals_by_day
                 GROUP BY day ORDER BY day DESC LIMIT ?1",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([limit], |row| {
                        let count: i64 = row.get(1)?;
                        let count = u64::try_from(count).ok();
                        let count = count.ok_or_else(|| bad_value(1, &"a count"))?;
                        Ok((read_day(row, 0)?, count))
                    })?
                    .collect()
            })
            .at(&self.path)
    }

    /// Returns what was announced on a day, in the order of paper ids, then of kinds.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn arrivals_on(&self, day: Date) -> Result<Vec<(PaperKey, AnnouncementKind)>, StoreError> {
        self.connection
            .prepare_cached(
                "SELECT arrival.key, arrival.kind
                 FROM arrivals AS arrival INDEXED BY arrivals_by_day
                 JOIN papers AS paper ON paper.key = arrival.key
                 WHERE arrival.day = ?1 ORDER BY paper.id_order, arrival.kind",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([day.to_string()], |row| {
                        let number: u8 = row.get(1)?;
                        let kind = kind_of_number(number).ok_or_else(|| bad_value(1, &number))?;
                        Ok((read_key(row, 0)?, kind))
                    })?
                    .collect()
            })
            .at(&self.path)
    }

    /// Returns the days on which papers arrived, newest first, with their number: the day of a
    /// paper's first announcement as new or in a further category where one is known, else the day
    /// of its first version. At most `limit` days, none older than the `limit`-th day on which
    /// papers appeared or were announced.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn days_of_arrival(&self, limit: usize) -> Result<Vec<(Date, u64)>, StoreError> {
        let appeared = self.days_with_papers(limit)?.into_iter();
        let lists = [
            appeared.map(|(day, _)| day).collect(),
            self.announcement_days(limit).at(&self.path)?,
        ];
        // Beyond the end of a list that was cut nothing is counted; one that was not has all days.
        let is_cut = |days: &&Vec<Date>| days.len() == limit;
        let since = lists.iter().filter(is_cut).filter_map(|days| days.last());
        let since = since.max().copied().unwrap_or(Date::MIN);
        let mut counts = BTreeMap::new();
        let mut add = |statement: &str| -> rusqlite::Result<()> {
            let mut statement = self.connection.prepare_cached(statement)?;
            let mut rows = statement.query([since.to_string()])?;
            while let Some(row) = rows.next()? {
                let count: i64 = row.get(1)?;
                let number = u64::try_from(count).ok();
                let count = number.ok_or_else(|| bad_value(1, &count))?;
                *counts.entry(read_day(row, 0)?).or_insert(0) += count;
            }
            Ok(())
        };
        add("SELECT arrival.day, count(DISTINCT arrival.key)
             FROM arrivals AS arrival INDEXED BY arrivals_by_day
             WHERE arrival.day >= ?1 AND arrival.kind IN (1, 2)
               AND NOT EXISTS (SELECT 1 FROM arrivals AS earlier
                 WHERE earlier.key = arrival.key AND earlier.day < arrival.day
                   AND earlier.kind IN (1, 2))
             GROUP BY arrival.day")
        .at(&self.path)?;
        add(
            "SELECT first_day, count(*) FROM papers INDEXED BY papers_by_day
             WHERE first_day >= ?1 AND first_day_exact = 1
               AND NOT EXISTS (SELECT 1 FROM arrivals
                 WHERE arrivals.key = papers.key AND kind IN (1, 2))
             GROUP BY first_day",
        )
        .at(&self.path)?;
        Ok(counts.into_iter().rev().take(limit).collect())
    }

    /// Days on which papers were announced as new or in a further category, newest first.
    fn announcement_days(&self, limit: usize) -> rusqlite::Result<Vec<Date>> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "SELECT DISTINCT day FROM arrivals INDEXED BY arrivals_by_day
                 WHERE kind IN (1, 2) ORDER BY day DESC LIMIT ?1",
            )?
            .query_map([limit], |row| read_day(row, 0))?
            .collect()
    }

    /// Returns those of `keys` that were announced as new or in a further category, on any day.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn ever_announced(&self, keys: &KeySet) -> Result<KeySet, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM arrivals WHERE key = ?1 AND kind IN (1, 2))",
            )
            .at(&self.path)?;
        let mut found = Vec::new();
        for &key in keys.as_slice() {
            let is_announced: bool = statement
                .query_row([sql_key(key)], |row| row.get(0))
                .at(&self.path)?;
            if is_announced {
                found.push(key);
            }
        }
        Ok(found.into_iter().collect())
    }

    /// Returns as what each of `keys` was announced between two days, both included; as new rather
    /// than in a further category, as that rather than replaced. `None` where it was not.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn announced_as(
        &self,
        keys: &[PaperKey],
        since: Date,
        until: Date,
    ) -> Result<Vec<Option<AnnouncementKind>>, StoreError> {
        let mut statement = self
            .connection
            .prepare_cached(
                "SELECT min(kind) FROM arrivals WHERE key = ?1 AND day BETWEEN ?2 AND ?3",
            )
            .at(&self.path)?;
        let (since, until) = (since.to_string(), until.to_string());
        let mut kinds = Vec::with_capacity(keys.len());
        for &key in keys {
            let number: Option<u8> = statement
                .query_row(params![sql_key(key), since, until], |row| row.get(0))
                .at(&self.path)?;
            kinds.push(number.and_then(kind_of_number));
        }
        Ok(kinds)
    }
}
