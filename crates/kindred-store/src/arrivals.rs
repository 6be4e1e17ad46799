//! Announcements that feeds told of.

use jiff::civil::Date;
use kindred_core::{AnnouncementKind, PaperKey};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::merge::kind_of_number;
use crate::row::{bad_value, read_day, read_key};

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
}
