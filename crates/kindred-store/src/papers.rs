//! Papers out: by id, by key, in order, at random.

use std::ops::ControlFlow;

use jiff::civil::Date;
use kindred_core::{KeySet, Paper, PaperDate, PaperId, PaperKey};
use rusqlite::{Connection, OptionalExtension, Row};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::filter::PaperFilter;
use crate::row::{Stored, find, load, read_day, read_id, read_key, sql_key};
use crate::text::TextHash;

/// A paper of the library.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPaper {
    /// Its number in this library.
    pub key: PaperKey,
    /// What all sources said, merged. A deleted paper is marked as withdrawn.
    pub paper: Paper,
    /// Its other ids, under which other sources know it; ascending.
    pub also: Vec<PaperId>,
    /// Day of its first version; the first day of the month or year where only that is known.
    pub first_day: Option<Date>,
    /// Hash of its title and abstract.
    pub text_hash: TextHash,
    /// Whether a source told of its deletion.
    pub deleted: bool,
}

impl From<Stored> for StoredPaper {
    fn from(stored: Stored) -> Self {
        Self {
            key: stored.key,
            paper: stored.state.to_paper(),
            also: stored.state.also.iter().cloned().collect(),
            first_day: stored.state.first_date().map(PaperDate::first_day),
            text_hash: stored.state.text.hash,
            deleted: stored.state.deleted,
        }
    }
}

impl Store {
    /// Returns a paper by its id, or by one of its other ids.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn paper(&self, id: &PaperId) -> Result<Option<StoredPaper>, StoreError> {
        let Some(key) = self.key(id)? else {
            return Ok(None);
        };
        let stored = load(&self.connection, key).at(&self.path)?;
        Ok(stored.map(StoredPaper::from))
    }

    /// Returns papers by their keys, in the order asked; keys that no paper has are skipped.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn papers(&self, keys: &[PaperKey]) -> Result<Vec<StoredPaper>, StoreError> {
        self.try_read(|connection, path| {
            let mut papers = Vec::with_capacity(keys.len());
            for key in keys {
                let stored = load(connection, *key).at(path)?;
                papers.extend(stored.map(StoredPaper::from));
            }
            Ok(papers)
        })
    }

    /// Returns the key of an id, be it a paper's own or another one.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn key(&self, id: &PaperId) -> Result<Option<PaperKey>, StoreError> {
        find(&self.connection, id).at(&self.path)
    }

    /// Returns the id of a key: the paper's own.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn id(&self, key: PaperKey) -> Result<Option<PaperId>, StoreError> {
        self.connection
            .prepare_cached("SELECT id FROM papers WHERE key = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([sql_key(key)], |row| read_id(row, 0))
                    .optional()
            })
            .at(&self.path)
    }

    /// Returns the day of each paper's first version, in the order of `keys`; `None` for a key that
    /// is not there, and where nothing is known.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn first_days(&self, keys: &[PaperKey]) -> Result<Vec<Option<Date>>, StoreError> {
        let days = |connection: &Connection| -> rusqlite::Result<Vec<Option<Date>>> {
            let mut statement =
                connection.prepare_cached("SELECT first_day FROM papers WHERE key = ?1")?;
            keys.iter()
                .map(|&key| {
                    let read = |row: &Row<'_>| {
                        let text: Option<String> = row.get(0)?;
                        text.map(|_| read_day(row, 0)).transpose()
                    };
                    statement
                        .query_row([sql_key(key)], read)
                        .optional()
                        .map(Option::flatten)
                })
                .collect()
        };
        self.try_read(|connection, path| days(connection).at(path))
    }

    /// Returns the ids of keys, in the order asked; keys that no paper has are skipped.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn ids(&self, keys: &[PaperKey]) -> Result<Vec<(PaperKey, PaperId)>, StoreError> {
        let ids = |connection: &Connection| -> rusqlite::Result<Vec<(PaperKey, PaperId)>> {
            let mut statement =
                connection.prepare_cached("SELECT id FROM papers WHERE key = ?1")?;
            let mut ids = Vec::with_capacity(keys.len());
            for &key in keys {
                let id = statement
                    .query_row([sql_key(key)], |row| read_id(row, 0))
                    .optional()?;
                ids.extend(id.map(|id| (key, id)));
            }
            Ok(ids)
        };
        self.try_read(|connection, path| ids(connection).at(path))
    }

    /// Hands every paper that passes `filter` to `visit`, in the order of their ids, until it
    /// breaks off. Holds one paper in memory at a time.
    ///
    /// # Errors
    /// If the file cannot be read, or `visit` fails.
    pub fn all_in_id_order(
        &self,
        filter: &PaperFilter,
        visit: &mut dyn FnMut(StoredPaper) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let allowed = self.selection(filter)?;
        self.in_id_order(&mut |key| {
            if !allowed.admits(key) {
                return Ok(ControlFlow::Continue(()));
            }
            match load(&self.connection, key).at(&self.path)? {
                Some(stored) => visit(stored.into()),
                None => Ok(ControlFlow::Continue(())),
            }
        })
    }

    /// Hands every key to `visit`, in the order of ids.
    pub(crate) fn in_id_order(
        &self,
        visit: &mut dyn FnMut(PaperKey) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key FROM papers ORDER BY id_order")
            .at(&self.path)?;
        let mut rows = statement.query([]).at(&self.path)?;
        while let Some(row) = rows.next().at(&self.path)? {
            if visit(read_key(row, 0).at(&self.path)?)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Returns the key that was given last, `None` for an empty library. Keys grow, so it tells
    /// whether papers were added.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn newest_key(&self) -> Result<Option<PaperKey>, StoreError> {
        self.connection
            .prepare_cached("SELECT max(key) FROM papers")
            .and_then(|mut statement| {
                statement.query_row([], |row| {
                    let key: Option<i64> = row.get(0)?;
                    key.map(|_| read_key(row, 0)).transpose()
                })
            })
            .at(&self.path)
    }

    /// Draws `count` papers that are not in `excluded`, or all of them if there are fewer.
    ///
    /// # Determinism
    /// Takes the papers with the smallest BLAKE3 hashes of seed and id, in that order: the same
    /// library gives the same sample whatever the order of import, and a larger sample begins
    /// with the smaller one.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn random_sample(
        &self,
        seed: u64,
        count: usize,
        excluded: &KeySet,
    ) -> Result<Vec<PaperKey>, StoreError> {
        let mut draws = self.draws(seed, excluded).at(&self.path)?;
        if count < draws.len() {
            draws.select_nth_unstable(count);
            draws.truncate(count);
        }
        draws.sort_unstable();
        Ok(draws.into_iter().map(|(_, key)| key).collect())
    }

    fn draws(&self, seed: u64, excluded: &KeySet) -> rusqlite::Result<Vec<([u8; 8], PaperKey)>> {
        let mut statement = self
            .connection
            .prepare_cached("SELECT key, id_order FROM papers ORDER BY id_order")?;
        let mut rows = statement.query([])?;
        let mut draws = Vec::new();
        while let Some(row) = rows.next()? {
            let key = read_key(row, 0)?;
            if excluded.contains(key) {
                continue;
            }
            let mut hasher = blake3::Hasher::new();
            hasher.update(&seed.to_le_bytes());
            hasher.update(row.get_ref(1)?.as_blob()?);
            let mut draw = [0; 8];
            hasher.finalize_xof().fill(&mut draw);
            draws.push((draw, key));
        }
        Ok(draws)
    }
}
