//! How far services were harvested, and which of their records are not here.

use jiff::Timestamp;
use jiff::civil::Date;
use kindred_core::{Category, PaperId, PaperKey, Record};
use rusqlite::{Connection, OptionalExtension, Row, Statement, params};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::import::{ImportCounts, ImportProgress, Importer, save_progress};
use crate::merge::State;
use crate::order::order_of;
use crate::row::{bad_value, find, read_day, read_id, sql_key};
use crate::schema;

/// A record of a service, with the day of its last change there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HarvestedRecord {
    /// The record.
    pub record: Record,
    /// OAI-PMH: its datestamp.
    pub datestamp: Option<Date>,
}

/// Days of change of which every record was here at a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// The first day.
    pub from: Date,
    /// The last day, which may not have been over.
    pub until: Date,
    /// When this was so, by the clock of the service; stored to the microsecond.
    pub checked: Timestamp,
}

/// A harvest that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningHarvest {
    /// The first day of change asked for.
    pub from: Date,
    /// When its first page was answered, by the clock of the service; stored to the microsecond.
    pub started: Timestamp,
    /// Token of the next page and when it was given, by the clock of the service.
    pub token: Option<(String, Timestamp)>,
    /// Day of change of the last record that is here.
    pub last_day: Option<Date>,
    /// Pages that are here.
    pub pages: u64,
    /// Records that are here.
    pub records: u64,
    /// Whether all its pages are here and only the census is left.
    pub is_listed: bool,
}

/// How far a list of a service was harvested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Harvest {
    /// The service and the list, such as `oai cs.DC`.
    pub list: String,
    /// What is complete.
    pub covered: Option<Covered>,
    /// What is under way.
    pub running: Option<RunningHarvest>,
}

impl RunningHarvest {
    /// A harvest that has only begun.
    pub fn new(from: Date, started: Timestamp) -> Self {
        Self {
            from,
            started,
            token: None,
            last_day: None,
            pages: 0,
            records: 0,
            is_listed: false,
        }
    }
}

impl Harvest {
    /// A list of which nothing was harvested yet.
    pub fn new(list: &str) -> Self {
        Self {
            list: list.to_owned(),
            covered: None,
            running: None,
        }
    }
}

/// A record that is known to exist and is not here, or not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPaper {
    /// The paper.
    pub id: PaperId,
    /// The announcement day or day of change that named it.
    pub day: Date,
    /// Categories that it is known to belong to; may be empty.
    pub categories: Vec<Category>,
    /// Why it is not here.
    pub reason: String,
    /// Since when it is known to be missing; stored to the microsecond.
    pub since: Timestamp,
    /// How often it was asked for.
    pub tries: u64,
}

/// Records to store together, with how far their list was read after them.
#[derive(Debug, Clone, Copy, Default)]
pub struct HarvestBatch<'a> {
    /// The records, in any order.
    pub records: &'a [HarvestedRecord],
    /// Stored in the same transaction.
    pub harvest: Option<&'a Harvest>,
    /// Records that cannot be used or were not delivered; in the same transaction. One that is
    /// missing already keeps its `since` and counts one more try.
    pub missing: &'a [MissingPaper],
    /// How far a file has been read; in the same transaction.
    pub progress: Option<&'a ImportProgress>,
    /// Whether the records are as their service has them now, so that a live one takes back an
    /// earlier deletion. Records of files may be older than the deletion.
    pub is_current: bool,
}

/// What the library has of a record that a census names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CensusState {
    /// The record, as of that day or later.
    Present,
    /// An older state of the record, or only what another source told.
    Stale,
    /// Nothing, or a deletion.
    Absent,
}

impl Store {
    /// Merges records of a service into the library, all of them or nothing. What arrives
    /// as of the day that named it, or later, is no longer missing.
    ///
    /// # Errors
    /// As [`Store::import`]; the library is then as it was.
    pub fn harvest(&mut self, batch: &HarvestBatch<'_>) -> Result<ImportCounts, StoreError> {
        self.write(|connection| {
            let mut importer = Importer::new(connection)?;
            for HarvestedRecord { record, datestamp } in batch.records {
                let id = match record {
                    Record::Paper {
                        paper,
                        announcement,
                    } => {
                        if batch.is_current {
                            importer.revive(&paper.id)?;
                        }
                        let record = State::of_record(paper, *announcement);
                        let (day, is_current) = (*datestamp, batch.is_current);
                        importer.merge(record, |key, known, record| {
                            match (day, stored_datestamp(connection, key)?) {
                                (Some(day), Some(stamp)) if day < stamp => {
                                    known.join_earlier(record);
                                }
                                (Some(day), Some(stamp)) if day > stamp || is_current => {
                                    known.supersede(record);
                                }
                                _ => known.join(record),
                            }
                            Ok(())
                        })?;
                        &paper.id
                    }
                    Record::Deleted(id) => {
                        importer.deletion(id)?;
                        id
                    }
                };
                if let (Some(day), Some(key)) = (datestamp, find(connection, id)?) {
                    save_datestamp(connection, key, *day)?;
                    found(connection, id, *day)?;
                } else if matches!(record, Record::Deleted(_)) {
                    forget_missing(connection, id)?;
                }
            }
            for missing in batch.missing {
                save_missing(connection, missing)?;
            }
            if let Some(harvest) = batch.harvest {
                save_harvest(connection, harvest)?;
            }
            if let Some(progress) = batch.progress {
                save_progress(connection, progress)?;
            }
            importer.finish()
        })
    }

    /// Returns how far a list was harvested, if it ever was.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn harvest_of(&self, list: &str) -> Result<Option<Harvest>, StoreError> {
        if !self.has_ledger()? {
            return Ok(None);
        }
        self.connection
            .prepare_cached(&format!("{HARVEST} WHERE list = ?1"))
            .and_then(|mut statement| statement.query_row([list], read_harvest).optional())
            .at(&self.path)
    }

    /// Stores how far a list was harvested.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn set_harvest(&mut self, harvest: &Harvest) -> Result<(), StoreError> {
        self.write(|connection| save_harvest(connection, harvest))
    }

    /// Says what the library has of each record of a census: its id and day of change.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn census(
        &self,
        records: &[(PaperId, Option<Date>)],
    ) -> Result<Vec<CensusState>, StoreError> {
        let sql = if self.has_ledger()? {
            "SELECT paper.deleted, stamp.day FROM papers AS paper
             LEFT JOIN datestamps AS stamp ON stamp.key = paper.key WHERE paper.id_order = ?1"
        } else {
            "SELECT deleted, NULL FROM papers WHERE id_order = ?1"
        };
        let mut statement = self.connection.prepare_cached(sql).at(&self.path)?;
        records
            .iter()
            .map(|(id, day)| census_state(&mut statement, id, *day).at(&self.path))
            .collect()
    }

    /// Returns the latest day of change of all records that are here.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn latest_datestamp(&self) -> Result<Option<Date>, StoreError> {
        if !self.has_ledger()? {
            return Ok(None);
        }
        self.connection
            .query_row("SELECT max(day) FROM datestamps", [], |row| {
                day_or_null(row, 0)
            })
            .at(&self.path)
    }

    /// Returns the keys of papers whose full record came by OAI-PMH.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn harvested_keys(&self) -> Result<Vec<PaperKey>, StoreError> {
        if !self.has_ledger()? {
            return Ok(Vec::new());
        }
        self.keys("SELECT key FROM datestamps", []).at(&self.path)
    }

    /// Returns what is missing, by the day that named it, then by id.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn missing(&self) -> Result<Vec<MissingPaper>, StoreError> {
        if !self.has_ledger()? {
            return Ok(Vec::new());
        }
        self.connection
            .prepare_cached(
                "SELECT id, day, categories, reason, since, tries FROM missing
                 ORDER BY day, id_order",
            )
            .and_then(|mut statement| statement.query_map([], read_missing)?.collect())
            .at(&self.path)
    }

    /// Returns how often a missing paper was asked for; `None` if it is not missing.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn missing_tries(&self, id: &PaperId) -> Result<Option<u64>, StoreError> {
        self.connection
            .prepare_cached("SELECT tries FROM missing WHERE id_order = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([order_of(id)], |row| count(row, 0))
                    .optional()
            })
            .at(&self.path)
    }

    /// Forgets that papers are missing, as when their service says that they do not exist.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn forget_missing(&mut self, ids: &[PaperId]) -> Result<(), StoreError> {
        self.write(|connection| ids.iter().try_for_each(|id| forget_missing(connection, id)))
    }

    /// Whether the file has the tables of this module; an older one that is open for reading has
    /// not.
    pub(crate) fn has_ledger(&self) -> Result<bool, StoreError> {
        let version = schema::stored_version(&self.connection).at(&self.path)?;
        Ok(version >= schema::WITH_LEDGER)
    }
}

/// Columns in the order that [`read_harvest`] expects.
const HARVEST: &str = "SELECT list, covered_from, covered_until, checked, from_day, started, token, \
     token_at, last_day, pages, records, is_listed FROM harvests";

fn read_harvest(row: &Row<'_>) -> rusqlite::Result<Harvest> {
    let covered = match (
        day_or_null(row, 1)?,
        day_or_null(row, 2)?,
        time_or_null(row, 3)?,
    ) {
        (Some(from), Some(until), Some(checked)) => Some(Covered {
            from,
            until,
            checked,
        }),
        _ => None,
    };
    let running = match (day_or_null(row, 4)?, time_or_null(row, 5)?) {
        (Some(from), Some(started)) => {
            let token: Option<String> = row.get(6)?;
            Some(RunningHarvest {
                from,
                started,
                token: token.zip(time_or_null(row, 7)?),
                last_day: day_or_null(row, 8)?,
                pages: count(row, 9)?,
                records: count(row, 10)?,
                is_listed: row.get(11)?,
            })
        }
        _ => None,
    };
    Ok(Harvest {
        list: row.get(0)?,
        covered,
        running,
    })
}

fn save_harvest(connection: &Connection, harvest: &Harvest) -> rusqlite::Result<()> {
    let covered = harvest.covered.as_ref();
    let running = harvest.running.as_ref();
    let token = running.and_then(|running| running.token.as_ref());
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO harvests (list, covered_from, covered_until, checked, from_day,
                 started, token, token_at, last_day, pages, records, is_listed)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        )?
        .execute(params![
            harvest.list,
            covered.map(|covered| covered.from.to_string()),
            covered.map(|covered| covered.until.to_string()),
            covered.map(|covered| covered.checked.as_microsecond()),
            running.map(|running| running.from.to_string()),
            running.map(|running| running.started.as_microsecond()),
            token.map(|(token, _)| token),
            token.map(|(_, at)| at.as_microsecond()),
            running
                .and_then(|running| running.last_day)
                .map(|day| day.to_string()),
            running.map_or(0, |running| sql_count(running.pages)),
            running.map_or(0, |running| sql_count(running.records)),
            running.is_some_and(|running| running.is_listed),
        ])?;
    Ok(())
}

fn stored_datestamp(connection: &Connection, key: PaperKey) -> rusqlite::Result<Option<Date>> {
    connection
        .prepare_cached("SELECT day FROM datestamps WHERE key = ?1")?
        .query_row([sql_key(key)], |row| read_day(row, 0))
        .optional()
}

fn save_datestamp(connection: &Connection, key: PaperKey, day: Date) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO datestamps (key, day) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET day = max(day, ?2)",
        )?
        .execute(params![sql_key(key), day.to_string()])?;
    Ok(())
}

fn save_missing(connection: &Connection, missing: &MissingPaper) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO missing (id_order, id, day, categories, reason, since, tries)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (id_order) DO UPDATE
                 SET day = max(day, ?3), reason = ?5, tries = tries + 1",
        )?
        .execute(params![
            order_of(&missing.id),
            missing.id.to_string(),
            missing.day.to_string(),
            category_list(&missing.categories),
            missing.reason,
            missing.since.as_microsecond(),
            sql_count(missing.tries),
        ])?;
    Ok(())
}

/// Categories as a JSON list.
pub(crate) fn category_list(categories: &[Category]) -> String {
    let names: Vec<&str> = categories.iter().map(Category::as_str).collect();
    serde_json::to_string(&names).expect("a list of strings is valid JSON")
}

/// Forgets that a paper is missing, once its record is here as of the day that named it.
fn found(connection: &Connection, id: &PaperId, day: Date) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM missing WHERE id_order = ?1 AND day <= ?2")?
        .execute(params![order_of(id), day.to_string()])?;
    Ok(())
}

fn forget_missing(connection: &Connection, id: &PaperId) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM missing WHERE id_order = ?1")?
        .execute([order_of(id)])?;
    Ok(())
}

fn read_missing(row: &Row<'_>) -> rusqlite::Result<MissingPaper> {
    let text = row.get_ref(2)?.as_str()?;
    let names: Option<Vec<String>> = serde_json::from_str(text).ok();
    let names = names.ok_or_else(|| bad_value(2, &text))?;
    Ok(MissingPaper {
        id: read_id(row, 0)?,
        day: read_day(row, 1)?,
        categories: names.iter().filter_map(|name| name.parse().ok()).collect(),
        reason: row.get(3)?,
        since: read_time(row, 4)?,
        tries: count(row, 5)?,
    })
}

fn census_state(
    statement: &mut Statement<'_>,
    id: &PaperId,
    day: Option<Date>,
) -> rusqlite::Result<CensusState> {
    let found = statement
        .query_row([order_of(id)], |row| {
            let is_deleted: bool = row.get(0)?;
            Ok((is_deleted, day_or_null(row, 1)?))
        })
        .optional()?;
    Ok(match found {
        None | Some((true, _)) => CensusState::Absent,
        Some((false, None)) => CensusState::Stale,
        Some((false, Some(stamp))) if day.is_some_and(|day| day > stamp) => CensusState::Stale,
        Some((false, Some(_))) => CensusState::Present,
    })
}

/// Reads a moment.
pub(crate) fn read_time(row: &Row<'_>, column: usize) -> rusqlite::Result<Timestamp> {
    let number: i64 = row.get(column)?;
    Timestamp::from_microsecond(number)
        .ok()
        .ok_or_else(|| bad_value(column, &number))
}

pub(crate) fn time_or_null(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Timestamp>> {
    let is_null = row.get_ref(column)?.as_i64_or_null()?.is_none();
    (!is_null).then(|| read_time(row, column)).transpose()
}

pub(crate) fn day_or_null(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Date>> {
    let is_null = row.get_ref(column)?.as_str_or_null()?.is_none();
    (!is_null).then(|| read_day(row, column)).transpose()
}

pub(crate) fn count(row: &Row<'_>, column: usize) -> rusqlite::Result<u64> {
    let number: i64 = row.get(column)?;
    u64::try_from(number)
        .ok()
        .ok_or_else(|| bad_value(column, &number))
}

pub(crate) fn sql_count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
