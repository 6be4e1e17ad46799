//! Titles and abstracts as a reader saw them, so that a later version can be held against them.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kindred_core::{PaperKey, Version};
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::row::{bad_value, read_hash, read_key, sql_key};
use crate::schema;
use crate::sets::{SetName, set_number};
use crate::text::{TextHash, normal_form};

/// A paper as a feed showed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenPaper<'a> {
    /// The paper.
    pub key: PaperKey,
    /// Version that was shown; [`Version::UNKNOWN`] where no source named one.
    pub version: u16,
    /// Title that was shown.
    pub title: &'a str,
    /// Abstract that was shown; may be empty.
    pub abstract_text: &'a str,
}

/// A title and an abstract that were seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenText {
    /// The title.
    pub title: String,
    /// The abstract; may be empty.
    pub abstract_text: String,
}

/// A paper that has a version which the reader of a set has not seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revised {
    /// The paper.
    pub key: PaperKey,
    /// Newest version that the reader has seen; [`Version::UNKNOWN`] where none was named.
    pub seen_version: u16,
    /// Hash of title and abstract as they were seen then.
    pub seen_hash: TextHash,
    /// The newest version there is.
    pub newest: Version,
}

/// What a reader has seen of a paper.
#[derive(Debug, Clone, Copy)]
struct Seen {
    version: u16,
    hash: TextHash,
}

impl Store {
    /// Returns the papers with a newer version than the one that was shown for a set before `day`,
    /// or that was liked in it, by ascending key. Disliked papers are not among them.
    ///
    /// Where a reader has seen several versions, the newest of them counts. A library that only an
    /// older program has written, opened for reading, has kept no texts and returns nothing.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be read.
    pub fn revised(&self, set: &SetName, day: Date) -> Result<Vec<Revised>, StoreError> {
        let number = set_number(&self.connection, &self.path, set)?;
        let version = schema::stored_version(&self.connection).at(&self.path)?;
        if version < schema::WITH_RULES {
            return Ok(Vec::new());
        }
        revised(&self.connection, number, day).at(&self.path)
    }

    /// Returns a title and an abstract by their hash, if a reader has seen them.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn seen_text(&self, hash: TextHash) -> Result<Option<SeenText>, StoreError> {
        self.connection
            .prepare_cached("SELECT title, abstract FROM seen_texts WHERE text_hash = ?1")
            .and_then(|mut statement| {
                statement
                    .query_row([hash.0], |row| {
                        Ok(SeenText {
                            title: row.get(0)?,
                            abstract_text: row.get(1)?,
                        })
                    })
                    .optional()
            })
            .at(&self.path)
    }
}

fn revised(connection: &Connection, set_number: i64, day: Date) -> rusqlite::Result<Vec<Revised>> {
    let mut papers: BTreeMap<PaperKey, Seen> = BTreeMap::new();
    let mut gather = |row: &Row<'_>| -> rusqlite::Result<()> {
        let (key, seen) = (
            read_key(row, 0)?,
            Seen {
                version: row.get(1)?,
                hash: TextHash(read_hash(row, 2)?),
            },
        );
        let known = papers.entry(key).or_insert(seen);
        if seen.version >= known.version {
            *known = seen;
        }
        Ok(())
    };
    // Of equal versions the last row counts: the latest day, and before it what was liked.
    for sql in [
        "SELECT key, version, text_hash FROM liked_texts
         WHERE set_number = ?1 AND ?2 IS NOT NULL",
        "SELECT seen.key, seen.version, seen.text_hash FROM shown_texts AS seen
         WHERE seen.set_number = ?1 AND seen.day < ?2 AND NOT EXISTS (
             SELECT 1 FROM ratings
             WHERE ratings.set_number = ?1 AND ratings.key = seen.key AND ratings.liked = 0)
         ORDER BY seen.key, seen.day",
    ] {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query(params![set_number, day.to_string()])?;
        while let Some(row) = rows.next()? {
            gather(row)?;
        }
    }
    let mut revised = Vec::new();
    for (key, seen) in papers {
        let Some(newest) = newest_version(connection, key)? else {
            continue;
        };
        // A first version that no source had named is none that came later.
        if newest.number > seen.version.max(1) {
            revised.push(Revised {
                key,
                seen_version: seen.version,
                seen_hash: seen.hash,
                newest,
            });
        }
    }
    Ok(revised)
}

fn newest_version(connection: &Connection, key: PaperKey) -> rusqlite::Result<Option<Version>> {
    connection
        .prepare_cached(
            "SELECT number, date FROM versions WHERE key = ?1 ORDER BY number DESC LIMIT 1",
        )?
        .query_row([sql_key(key)], |row| {
            let date = row.get_ref(1)?.as_str_or_null()?;
            let date = date
                .map(|date| date.parse().ok().ok_or_else(|| bad_value(1, &date)))
                .transpose()?;
            Ok(Version {
                number: row.get(0)?,
                date,
            })
        })
        .optional()
}

/// Keeps what a feed showed of a paper.
pub(crate) fn save_shown(
    connection: &Connection,
    set_number: i64,
    paper: &SeenPaper<'_>,
    day: Date,
) -> rusqlite::Result<()> {
    let title = normal_form(paper.title);
    let abstract_text = normal_form(paper.abstract_text);
    let hash = TextHash::of(&title, &abstract_text);
    connection
        .prepare_cached(
            "INSERT INTO seen_texts (text_hash, title, abstract) VALUES (?1, ?2, ?3)
             ON CONFLICT (text_hash) DO NOTHING",
        )?
        .execute(params![hash.0, title, abstract_text])?;
    connection
        .prepare_cached(
            "INSERT INTO shown_texts (set_number, key, day, version, text_hash)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (set_number, key, day) DO UPDATE SET version = ?4, text_hash = ?5",
        )?
        .execute(params![
            set_number,
            sql_key(paper.key),
            day.to_string(),
            paper.version,
            hash.0
        ])?;
    Ok(())
}

/// Keeps the text that a paper has now as the one that was liked.
pub(crate) fn save_liked(
    connection: &Connection,
    set_number: i64,
    key: PaperKey,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO seen_texts (text_hash, title, abstract)
             SELECT text_hash, title, abstract FROM papers WHERE key = ?1
             ON CONFLICT (text_hash) DO NOTHING",
        )?
        .execute([sql_key(key)])?;
    connection
        .prepare_cached(
            "INSERT INTO liked_texts (set_number, key, version, text_hash)
             SELECT ?1, key, text_version, text_hash FROM papers WHERE key = ?2
             ON CONFLICT (set_number, key)
             DO UPDATE SET version = excluded.version, text_hash = excluded.text_hash",
        )?
        .execute(params![set_number, sql_key(key)])?;
    Ok(())
}

/// Forgets the text that was liked.
pub(crate) fn forget_liked(
    connection: &Connection,
    set_number: i64,
    key: PaperKey,
) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM liked_texts WHERE set_number = ?1 AND key = ?2")?
        .execute(params![set_number, sql_key(key)])?;
    Ok(())
}

/// Removes texts that no set has seen any more.
pub(crate) fn forget_unused(connection: &Connection) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "DELETE FROM seen_texts
             WHERE NOT EXISTS (SELECT 1 FROM shown_texts AS shown
                               WHERE shown.text_hash = seen_texts.text_hash)
               AND NOT EXISTS (SELECT 1 FROM liked_texts AS liked
                               WHERE liked.text_hash = seen_texts.text_hash)",
        )?
        .execute([])?;
    Ok(())
}

/// Returns the hashes, as they were stored, of the texts that do not have them.
pub(crate) fn broken_texts(connection: &Connection) -> rusqlite::Result<Vec<TextHash>> {
    let mut statement = connection.prepare("SELECT text_hash, title, abstract FROM seen_texts")?;
    let mut rows = statement.query([])?;
    let mut broken = Vec::new();
    while let Some(row) = rows.next()? {
        let hash = TextHash(read_hash(row, 0)?);
        let (title, text) = (row.get_ref(1)?.as_str()?, row.get_ref(2)?.as_str()?);
        let is_normal = normal_form(title) == title && normal_form(text) == text;
        if !is_normal || TextHash::of(title, text) != hash {
            broken.push(hash);
        }
    }
    Ok(broken)
}
