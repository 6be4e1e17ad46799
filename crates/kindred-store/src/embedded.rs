//! Which papers have a vector, by which encoder, of which text.
//!
//! A row says that a vector of exactly this text is durable. Where it lies is the business of the
//! index, which finds it by key: so nothing has to change here when segments are merged.

use kindred_core::{Fingerprint, PaperKey, paper_text};
use rusqlite::{Connection, OptionalExtension, params};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::row::{bad_value, read_hash, read_key, sql_key};
use crate::text::TextHash;

/// A paper that waits for its vector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingText {
    /// The paper.
    pub key: PaperKey,
    /// What the encoder is to read: `title. abstract`.
    pub text: String,
    /// Hash of title and abstract, to be handed back with the vector.
    pub text_hash: TextHash,
}

/// A paper whose vector is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Embedded {
    /// The paper.
    pub key: PaperKey,
    /// Hash of the text that the vector was made of.
    pub text_hash: TextHash,
}

/// A paper that the encoder has no vector for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmbedFailure {
    /// The paper.
    pub key: PaperKey,
    /// Hash of the text that failed; a changed text is tried again.
    pub text_hash: TextHash,
    /// Why, for people.
    pub reason: String,
}

/// Papers whose present text has neither a vector nor a failure of encoder `?1`.
///
/// Walks the index of text hashes; rows of papers are only read for those that are found.
macro_rules! pending_from {
    () => {
        "FROM papers AS paper INDEXED BY papers_by_text_hash
         LEFT JOIN embeddings AS done ON done.encoder = ?1 AND done.key = paper.key
         LEFT JOIN embed_failures AS failed ON failed.encoder = ?1 AND failed.key = paper.key
         WHERE paper.text_hash IS NOT done.text_hash
             AND paper.text_hash IS NOT failed.text_hash"
    };
}

impl Store {
    /// Returns papers that wait for a vector of `encoder`, by ascending key, from the one after
    /// `after` on, at most `limit`.
    ///
    /// A paper waits if its present text has no vector and did not fail before; withdrawn papers
    /// wait too, as they can be found.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn pending(
        &self,
        encoder: &Fingerprint,
        after: Option<PaperKey>,
        limit: usize,
    ) -> Result<Vec<PendingText>, StoreError> {
        self.try_pending(encoder, after, limit).at(&self.path)
    }

    fn try_pending(
        &self,
        encoder: &Fingerprint,
        after: Option<PaperKey>,
        limit: usize,
    ) -> rusqlite::Result<Vec<PendingText>> {
        let number = encoder_number(&self.connection, encoder)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut read = self
            .connection
            .prepare_cached("SELECT title, abstract FROM papers WHERE key = ?1")?;
        self.connection
            .prepare_cached(concat!(
                "SELECT paper.key, paper.text_hash ",
                pending_from!(),
                " AND paper.key > ?2 ORDER BY paper.key LIMIT ?3"
            ))?
            .query_map(params![number, after.map_or(-1, sql_key), limit], |row| {
                let key = read_key(row, 0)?;
                let text = read.query_row([sql_key(key)], |row| {
                    Ok(paper_text(
                        row.get_ref(0)?.as_str()?,
                        row.get_ref(1)?.as_str()?,
                    ))
                })?;
                Ok(PendingText {
                    key,
                    text,
                    text_hash: TextHash(read_hash(row, 1)?),
                })
            })?
            .collect()
    }

    /// Returns how many papers wait for a vector of `encoder`.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn pending_count(&self, encoder: &Fingerprint) -> Result<u64, StoreError> {
        self.count(encoder, concat!("SELECT count(*) ", pending_from!()))
    }

    /// Returns how many papers have a vector of their present text by `encoder`.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn embedded_count(&self, encoder: &Fingerprint) -> Result<u64, StoreError> {
        self.count(
            encoder,
            "SELECT count(*) FROM embeddings AS done
             JOIN papers AS paper INDEXED BY papers_by_text_hash
                 ON paper.key = done.key AND paper.text_hash = done.text_hash
             WHERE done.encoder = ?1",
        )
    }

    fn count(&self, encoder: &Fingerprint, sql: &str) -> Result<u64, StoreError> {
        encoder_number(&self.connection, encoder)
            .and_then(|number| {
                let count: i64 = self
                    .connection
                    .prepare_cached(sql)?
                    .query_row([number], |row| row.get(0))?;
                u64::try_from(count)
                    .ok()
                    .ok_or_else(|| bad_value(0, &count))
            })
            .at(&self.path)
    }

    /// Records which papers now have a durable vector, and which have none.
    ///
    /// To be called after the vectors are on disk: a vector without a row is harmless, a row
    /// without a vector would be a lie. Either kind of row replaces the other.
    ///
    /// # Errors
    /// [`StoreError::UnknownKey`] if there is no such paper; if the file cannot be written.
    /// Nothing is recorded then.
    pub fn record_embedded(
        &mut self,
        encoder: &Fingerprint,
        rows: &[Embedded],
        failures: &[EmbedFailure],
    ) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            let number = insert_encoder(connection, encoder).at(path)?;
            let keys = rows.iter().map(|row| row.key);
            for key in keys.chain(failures.iter().map(|failure| failure.key)) {
                crate::sets::check_key(connection, path, key)?;
            }
            record(connection, number, rows, failures).at(path)
        })
    }

    /// Forgets the vectors and failures of some papers, or of all, so that they wait again.
    /// Returns how many papers had a vector.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn forget_embedded(
        &mut self,
        encoder: &Fingerprint,
        keys: Option<&[PaperKey]>,
    ) -> Result<u64, StoreError> {
        self.write(|connection| {
            let Some(number) = encoder_number(connection, encoder)? else {
                return Ok(0);
            };
            let mut forgotten = 0;
            if let Some(keys) = keys {
                for key in keys {
                    forgotten += connection
                        .prepare_cached("DELETE FROM embeddings WHERE encoder = ?1 AND key = ?2")?
                        .execute(params![number, sql_key(*key)])?;
                    connection
                        .prepare_cached(
                            "DELETE FROM embed_failures WHERE encoder = ?1 AND key = ?2",
                        )?
                        .execute(params![number, sql_key(*key)])?;
                }
            } else {
                forgotten =
                    connection.execute("DELETE FROM embeddings WHERE encoder = ?1", [number])?;
                connection.execute("DELETE FROM embed_failures WHERE encoder = ?1", [number])?;
            }
            Ok(forgotten as u64)
        })
    }

    /// Returns every paper with a vector by `encoder` and the hash of the text it was made of, by
    /// ascending key.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn embedded_keys(
        &self,
        encoder: &Fingerprint,
    ) -> Result<Vec<(PaperKey, TextHash)>, StoreError> {
        encoder_number(&self.connection, encoder)
            .and_then(|number| {
                self.connection
                    .prepare_cached(
                        "SELECT key, text_hash FROM embeddings WHERE encoder = ?1 ORDER BY key",
                    )?
                    .query_map([number], |row| {
                        Ok((read_key(row, 0)?, TextHash(read_hash(row, 1)?)))
                    })?
                    .collect()
            })
            .at(&self.path)
    }

    /// Returns the papers that `encoder` failed on, by ascending key.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn embed_failures(&self, encoder: &Fingerprint) -> Result<Vec<EmbedFailure>, StoreError> {
        encoder_number(&self.connection, encoder)
            .and_then(|number| {
                self.connection
                    .prepare_cached(
                        "SELECT key, text_hash, reason FROM embed_failures
                         WHERE encoder = ?1 ORDER BY key",
                    )?
                    .query_map([number], |row| {
                        Ok(EmbedFailure {
                            key: read_key(row, 0)?,
                            text_hash: TextHash(read_hash(row, 1)?),
                            reason: row.get(2)?,
                        })
                    })?
                    .collect()
            })
            .at(&self.path)
    }
}

fn encoder_number(connection: &Connection, encoder: &Fingerprint) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT number FROM encoders WHERE fingerprint = ?1")?
        .query_row([encoder.as_str()], |row| row.get(0))
        .optional()
}

fn insert_encoder(connection: &Connection, encoder: &Fingerprint) -> rusqlite::Result<i64> {
    if let Some(number) = encoder_number(connection, encoder)? {
        return Ok(number);
    }
    connection.execute(
        "INSERT INTO encoders (fingerprint) VALUES (?1)",
        [encoder.as_str()],
    )?;
    Ok(connection.last_insert_rowid())
}

fn record(
    connection: &Connection,
    encoder: i64,
    rows: &[Embedded],
    failures: &[EmbedFailure],
) -> rusqlite::Result<()> {
    for row in rows {
        let key = sql_key(row.key);
        connection
            .prepare_cached(
                "INSERT INTO embeddings (encoder, key, text_hash) VALUES (?1, ?2, ?3)
                 ON CONFLICT (encoder, key) DO UPDATE SET text_hash = ?3",
            )?
            .execute(params![encoder, key, row.text_hash.0])?;
        connection
            .prepare_cached("DELETE FROM embed_failures WHERE encoder = ?1 AND key = ?2")?
            .execute(params![encoder, key])?;
    }
    for failure in failures {
        let key = sql_key(failure.key);
        connection
            .prepare_cached(
                "INSERT INTO embed_failures (encoder, key, text_hash, reason)
                 VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (encoder, key) DO UPDATE SET text_hash = ?3, reason = ?4",
            )?
            .execute(params![encoder, key, failure.text_hash.0, failure.reason])?;
        connection
            .prepare_cached("DELETE FROM embeddings WHERE encoder = ?1 AND key = ?2")?
            .execute(params![encoder, key])?;
    }
    Ok(())
}
