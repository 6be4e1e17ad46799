//! Records in, one transaction for each batch.

use std::collections::BTreeMap;
use std::ops::AddAssign;

use jiff::Timestamp;
use jiff::civil::Date;
use kindred_core::{PaperId, PaperKey, Record};
use rusqlite::{Connection, OptionalExtension, params};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::harvest::day_or_null;
use crate::merge::State;
use crate::order::order_of;
use crate::row::{authors_text, bad_value, find, load, save, sql_key};
use crate::twin::find_twin;

/// Records to import together, with how far the source has been read after them.
#[derive(Debug, Clone, Copy)]
pub struct ImportBatch<'a> {
    /// The records, in any order. About 5,000 make a good batch.
    pub records: &'a [Record],
    /// Stored in the same transaction as the records; `None` stores no progress.
    pub progress: Option<&'a ImportProgress>,
}

/// How far a source has been read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportProgress {
    /// What identifies the source, for instance the hash of a file's name and size.
    pub source: String,
    /// Where to go on, in the source's own measure; at most `i64::MAX`.
    pub position: u64,
    /// Records read so far; at most `i64::MAX`.
    pub records: u64,
    /// The latest day of change among them, where the source has such days.
    pub latest: Option<Date>,
    /// Whether the source was read to its end.
    pub finished: bool,
    /// When this was so; stored to the microsecond.
    pub at: Timestamp,
}

/// What a batch did, each record counted once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ImportCounts {
    /// Papers that were not known.
    pub new: u64,
    /// Known papers whose title or abstract changed.
    pub updated: u64,
    /// Known papers that learned something else: a date, a DOI, an announcement.
    pub enriched: u64,
    /// Records that said nothing new.
    pub unchanged: u64,
    /// Records that told of a deletion not known before.
    pub deleted: u64,
}

impl ImportCounts {
    /// Returns how many records were counted.
    pub fn total(&self) -> u64 {
        self.new + self.updated + self.enriched + self.unchanged + self.deleted
    }
}

impl AddAssign for ImportCounts {
    fn add_assign(&mut self, other: Self) {
        self.new += other.new;
        self.updated += other.updated;
        self.enriched += other.enriched;
        self.unchanged += other.unchanged;
        self.deleted += other.deleted;
    }
}

impl Store {
    /// Merges a batch of records into the library, all of it or nothing.
    ///
    /// A record of an id that is not known may be about a paper that is, under another id: one
    /// with the same DOI, or with the same title and a first author who can be the same person.
    /// Its id is then another id of that paper.
    ///
    /// The outcome depends on the set of records ever imported, not on their order, their split
    /// into batches or their repetition; only keys follow the order of first arrival. Two ids that
    /// are first connected by a record which comes after both stay two papers.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if another process writes, [`StoreError::DiskFull`],
    /// [`StoreError::Damaged`], [`StoreError::Failed`]; the library is then as it was.
    pub fn import(&mut self, batch: &ImportBatch<'_>) -> Result<ImportCounts, StoreError> {
        self.write(|connection| {
            let mut importer = Importer::new(connection)?;
            for record in batch.records {
                match record {
                    Record::Paper {
                        paper,
                        announcement,
                    } => importer.paper(State::of_record(paper, *announcement))?,
                    Record::Deleted(id) => importer.deletion(id)?,
                }
            }
            let counts = importer.finish()?;
            if let Some(progress) = batch.progress {
                save_progress(connection, progress)?;
            }
            Ok(counts)
        })
    }

    /// Returns how far a source was read, if it ever was.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn import_progress(&self, source: &str) -> Result<Option<ImportProgress>, StoreError> {
        load_progress(&self.connection, source).at(&self.path)
    }
}

fn load_progress(
    connection: &Connection,
    source: &str,
) -> rusqlite::Result<Option<ImportProgress>> {
    connection
        .prepare_cached(
            "SELECT source, position, records, finished, at, latest FROM imports WHERE source = ?1",
        )?
        .query_row([source], |row| {
            let number = |column: usize| -> rusqlite::Result<u64> {
                let number: i64 = row.get(column)?;
                u64::try_from(number)
                    .ok()
                    .ok_or_else(|| bad_value(column, &number))
            };
            let at: i64 = row.get(4)?;
            Ok(ImportProgress {
                source: row.get(0)?,
                position: number(1)?,
                records: number(2)?,
                latest: day_or_null(row, 5)?,
                finished: row.get(3)?,
                at: Timestamp::from_microsecond(at)
                    .ok()
                    .ok_or_else(|| bad_value(4, &at))?,
            })
        })
        .optional()
}

pub(crate) fn save_progress(
    connection: &Connection,
    progress: &ImportProgress,
) -> rusqlite::Result<()> {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT INTO imports (source, position, records, finished, at, latest)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (source) DO UPDATE
                 SET position = ?2, records = ?3, finished = ?4, at = ?5, latest = ?6",
        )?
        .execute(params![
            progress.source,
            number(progress.position),
            number(progress.records),
            progress.finished,
            progress.at.as_microsecond(),
            progress.latest.map(|day| day.to_string()),
        ])?;
    Ok(())
}

/// What the word index knows of a paper.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Words {
    title: String,
    abstract_text: String,
    authors: Option<String>,
}

impl Words {
    fn of(state: &State) -> Self {
        Self {
            title: state.text.title.clone(),
            abstract_text: state.text.abstract_text.clone(),
            authors: authors_text(state),
        }
    }
}

/// The work of one transaction.
///
/// The word index is changed at the end, by ascending key: it writes out all it has gathered
/// whenever a key is smaller than the one before.
pub(crate) struct Importer<'a> {
    connection: &'a Connection,
    counts: ImportCounts,
    knows_deletions: bool,
    /// Whether papers with ids that are not arXiv's are there: no paper of arXiv is the same work
    /// as another one of arXiv.
    knows_others: bool,
    words: BTreeMap<PaperKey, (Option<Words>, Words)>,
}

impl<'a> Importer<'a> {
    pub(crate) fn new(connection: &'a Connection) -> rusqlite::Result<Self> {
        let knows = |sql| connection.query_row(sql, [], |row| row.get(0));
        let knows_deletions = knows("SELECT EXISTS (SELECT 1 FROM deletions)")?;
        let knows_others = knows("SELECT EXISTS (SELECT 1 FROM papers WHERE id_order >= x'01')")?;
        Ok(Self {
            connection,
            counts: ImportCounts::default(),
            knows_deletions,
            knows_others,
            words: BTreeMap::new(),
        })
    }

    pub(crate) fn paper(&mut self, record: State) -> rusqlite::Result<()> {
        self.merge(record, |_, merged, record| {
            merged.join(record);
            Ok(())
        })
    }

    /// Merges a record by `join`, which is given the key of the paper and what is stored of it.
    pub(crate) fn merge(
        &mut self,
        mut record: State,
        join: impl FnOnce(PaperKey, &mut State, State) -> rusqlite::Result<()>,
    ) -> rusqlite::Result<()> {
        let known = find(self.connection, &record.id)?;
        if known.is_none() {
            record.deleted = self.knows_deletions && self.is_deleted(&record.id)?;
        }
        let may_have_twin = self.knows_others || !record.is_arxiv();
        let key = match known {
            None if may_have_twin => find_twin(self.connection, &record)?,
            known => known,
        };
        let Some(key) = key else {
            return self.new_paper(&record);
        };
        let stored = load(self.connection, key)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        let mut merged = stored.state.clone();
        join(key, &mut merged, record)?;
        if merged == stored.state {
            self.counts.unchanged += 1;
            return Ok(());
        }
        if merged.text.hash == stored.state.text.hash {
            self.counts.enriched += 1;
        } else {
            self.counts.updated += 1;
        }
        self.replace(key, &stored.state, &merged)
    }

    fn new_paper(&mut self, state: &State) -> rusqlite::Result<()> {
        self.knows_others |= !state.is_arxiv();
        let key = save(self.connection, None, None, state)?;
        self.words.insert(key, (None, Words::of(state)));
        self.counts.new += 1;
        Ok(())
    }

    fn replace(&mut self, key: PaperKey, before: &State, after: &State) -> rusqlite::Result<()> {
        save(self.connection, Some(key), Some(before), after)?;
        let (old, new) = (Words::of(before), Words::of(after));
        if old != new {
            self.words
                .entry(key)
                .and_modify(|(_, latest)| latest.clone_from(&new))
                .or_insert((Some(old), new));
        }
        Ok(())
    }

    fn is_deleted(&self, id: &PaperId) -> rusqlite::Result<bool> {
        self.connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM deletions WHERE id_order = ?1)")?
            .query_row([order_of(id)], |row| row.get(0))
    }

    pub(crate) fn deletion(&mut self, id: &PaperId) -> rusqlite::Result<()> {
        self.knows_deletions = true;
        let inserted = self
            .connection
            .prepare_cached("INSERT OR IGNORE INTO deletions (id_order, id) VALUES (?1, ?2)")?
            .execute(params![order_of(id), id.to_string()])?;
        if inserted == 0 {
            self.counts.unchanged += 1;
            return Ok(());
        }
        self.counts.deleted += 1;
        if let Some(key) = find(self.connection, id)? {
            let stored = load(self.connection, key)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            let mut after = stored.state.clone();
            after.deleted = true;
            self.replace(key, &stored.state, &after)?;
        }
        Ok(())
    }

    /// Takes back a deletion that a service told of by mistake, as its live record shows.
    pub(crate) fn revive(&mut self, id: &PaperId) -> rusqlite::Result<()> {
        if !self.knows_deletions {
            return Ok(());
        }
        let removed = self
            .connection
            .prepare_cached("DELETE FROM deletions WHERE id_order = ?1")?
            .execute([order_of(id)])?;
        if removed > 0
            && let Some(key) = find(self.connection, id)?
        {
            let stored = load(self.connection, key)?.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
            let mut after = stored.state.clone();
            after.deleted = false;
            self.replace(key, &stored.state, &after)?;
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> rusqlite::Result<ImportCounts> {
        for (key, (old, new)) in &self.words {
            let key = sql_key(*key);
            if let Some(old) = old {
                self.connection
                    .prepare_cached(
                        "INSERT INTO words (words, rowid, title, abstract, authors)
                         VALUES ('delete', ?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![key, old.title, old.abstract_text, old.authors])?;
            }
            self.connection
                .prepare_cached(
                    "INSERT INTO words (rowid, title, abstract, authors) VALUES (?1, ?2, ?3, ?4)",
                )?
                .execute(params![key, new.title, new.abstract_text, new.authors])?;
        }
        Ok(self.counts)
    }
}
