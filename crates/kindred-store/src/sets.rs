//! Seed sets: named lists of liked and disliked papers, and of papers already shown.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use kindred_core::{KeySet, PaperId, PaperKey};
use rusqlite::{Connection, OptionalExtension, params};
use schemars::JsonSchema;
use serde::Serialize;

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::row::{bad_value, read_day, read_id, read_key, sql_key};
use crate::seen::{SeenPaper, forget_liked, forget_unused, save_liked, save_shown};
use crate::text::Hasher;

/// Longest name, in bytes.
const MAX_NAME_BYTES: usize = 64;

/// A text that cannot be the name of a set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` cannot name a set, expected at most 64 bytes of letters, digits, `-`, `_` and `.`, \
     beginning with a letter or digit"
)]
pub struct SetNameError {
    /// The text found.
    pub text: String,
}

/// Name of a seed set: letters and digits of any script, `-`, `_`, `.`; case counts.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct SetName(Box<str>);

impl SetName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for SetName {
    type Err = SetNameError;

    fn from_str(text: &str) -> Result<Self, SetNameError> {
        let trimmed = text.trim();
        let is_plain = trimmed.len() <= MAX_NAME_BYTES
            && trimmed.starts_with(char::is_alphanumeric)
            && trimmed
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if is_plain {
            Ok(Self(trimmed.into()))
        } else {
            Err(SetNameError {
                text: text.chars().take(80).collect(),
            })
        }
    }
}

impl fmt::Display for SetName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// What a person thinks of a paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rating {
    /// More of this.
    Like,
    /// Less of this.
    Dislike,
}

/// A set and its size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SetSummary {
    /// Its name.
    pub name: SetName,
    /// Papers liked.
    pub likes: u64,
    /// Papers disliked.
    pub dislikes: u64,
    /// When it was made.
    pub created: Timestamp,
}

/// A rated paper of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RatedPaper {
    /// The paper.
    pub key: PaperKey,
    /// Its id.
    pub id: PaperId,
    /// The rating.
    pub rating: Rating,
    /// When it was given, to the microsecond.
    pub at: Timestamp,
}

/// What a call of [`Store::rate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, JsonSchema)]
pub struct RateCounts {
    /// Papers that had no rating in the set.
    pub added: u64,
    /// Papers whose rating changed.
    pub changed: u64,
    /// Papers that had this rating already; they keep its time.
    pub unchanged: u64,
}

impl Store {
    /// Makes an empty set.
    ///
    /// # Errors
    /// [`StoreError::SetExists`]; if the file cannot be written.
    pub fn create_set(&mut self, name: &SetName, at: Timestamp) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            check_is_free(connection, path, name)?;
            connection
                .execute(
                    "INSERT INTO sets (name, created) VALUES (?1, ?2)",
                    params![name.as_str(), at.as_microsecond()],
                )
                .at(path)?;
            Ok(())
        })
    }

    /// Returns all sets, by name.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn sets(&self) -> Result<Vec<SetSummary>, StoreError> {
        summaries(&self.connection).at(&self.path)
    }

    /// Removes a set with its ratings, its rules and what it has shown; the papers stay.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be written.
    pub fn delete_set(&mut self, name: &SetName) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            let number = set_number(connection, path, name)?;
            connection
                .execute("DELETE FROM sets WHERE number = ?1", [number])
                .at(path)?;
            forget_unused(connection).at(path)
        })
    }

    /// Gives a set another name.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`], [`StoreError::SetExists`]; if the file cannot be written.
    pub fn rename_set(&mut self, from: &SetName, to: &SetName) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            let number = set_number(connection, path, from)?;
            if from == to {
                return Ok(());
            }
            check_is_free(connection, path, to)?;
            connection
                .execute(
                    "UPDATE sets SET name = ?2 WHERE number = ?1",
                    params![number, to.as_str()],
                )
                .at(path)?;
            Ok(())
        })
    }

    /// Rates papers now, over the ratings that are there.
    ///
    /// # Errors
    /// As [`Store::rate_at`].
    pub fn rate(
        &mut self,
        set: &SetName,
        ratings: &[(PaperKey, Rating)],
        at: Timestamp,
    ) -> Result<RateCounts, StoreError> {
        let dated: Vec<(PaperKey, Rating, Timestamp)> = ratings
            .iter()
            .map(|&(key, rating)| (key, rating, at))
            .collect();
        self.rate_at(set, &dated)
    }

    /// Rates papers, each at its own time, over the ratings that are there. The text of a liked
    /// paper is kept as it is now, also where the rating stays as it was.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`], [`StoreError::UnknownKey`]; if the file cannot be written.
    /// Nothing is rated then.
    pub fn rate_at(
        &mut self,
        set: &SetName,
        ratings: &[(PaperKey, Rating, Timestamp)],
    ) -> Result<RateCounts, StoreError> {
        self.try_write(|connection, path| {
            let number = set_number(connection, path, set)?;
            let mut counts = RateCounts::default();
            for &(key, rating, at) in ratings {
                check_key(connection, path, key)?;
                match rating {
                    Rating::Like => save_liked(connection, number, key).at(path)?,
                    Rating::Dislike => forget_liked(connection, number, key).at(path)?,
                }
                match rating_of(connection, number, key).at(path)? {
                    Some(before) if before == rating => {
                        counts.unchanged += 1;
                        continue;
                    }
                    Some(_) => counts.changed += 1,
                    None => counts.added += 1,
                }
                save_rating(connection, number, (key, rating), at).at(path)?;
            }
            forget_unused(connection).at(path)?;
            Ok(counts)
        })
    }

    /// Takes the ratings of papers back; returns how many there were.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be written.
    pub fn unrate(&mut self, set: &SetName, keys: &[PaperKey]) -> Result<u64, StoreError> {
        self.try_write(|connection, path| {
            let number = set_number(connection, path, set)?;
            let mut removed = 0;
            for key in keys {
                removed += connection
                    .prepare_cached("DELETE FROM ratings WHERE set_number = ?1 AND key = ?2")
                    .and_then(|mut statement| statement.execute(params![number, sql_key(*key)]))
                    .at(path)?;
                forget_liked(connection, number, *key).at(path)?;
            }
            forget_unused(connection).at(path)?;
            Ok(removed as u64)
        })
    }

    /// Returns the rated papers of a set, in the order of their ids.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be read.
    pub fn ratings(&self, set: &SetName) -> Result<Vec<RatedPaper>, StoreError> {
        let number = set_number(&self.connection, &self.path, set)?;
        rated(&self.connection, number).at(&self.path)
    }

    /// Returns the papers that are liked in another set than this one.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be read.
    pub fn liked_elsewhere(&self, set: &SetName) -> Result<KeySet, StoreError> {
        let number = set_number(&self.connection, &self.path, set)?;
        let keys = self
            .keys(
                "SELECT key FROM ratings WHERE set_number <> ?1 AND liked = 1",
                [number],
            )
            .at(&self.path)?;
        Ok(keys.into_iter().collect())
    }

    /// Notes that papers were shown for a set, and with which text; the day that was noted first
    /// stays, a text of the same day is replaced.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`], [`StoreError::UnknownKey`]; if the file cannot be written.
    pub fn mark_shown(
        &mut self,
        set: &SetName,
        papers: &[SeenPaper<'_>],
        day: Date,
    ) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            let number = set_number(connection, path, set)?;
            for paper in papers {
                check_key(connection, path, paper.key)?;
                connection
                    .prepare_cached(
                        "INSERT INTO shown (set_number, key, day) VALUES (?1, ?2, ?3)
                         ON CONFLICT (set_number, key) DO NOTHING",
                    )
                    .and_then(|mut statement| {
                        statement.execute(params![number, sql_key(paper.key), day.to_string()])
                    })
                    .at(path)?;
                save_shown(connection, number, paper, day).at(path)?;
            }
            forget_unused(connection).at(path)
        })
    }

    /// Returns the papers that were shown for a set and the day noted first, by ascending key.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be read.
    pub fn shown(&self, set: &SetName) -> Result<Vec<(PaperKey, Date)>, StoreError> {
        let number = set_number(&self.connection, &self.path, set)?;
        self.connection
            .prepare_cached("SELECT key, day FROM shown WHERE set_number = ?1 ORDER BY key")
            .and_then(|mut statement| {
                statement
                    .query_map([number], |row| Ok((read_key(row, 0)?, read_day(row, 1)?)))?
                    .collect()
            })
            .at(&self.path)
    }
}

/// Hash of a rating's row.
pub(crate) fn seal(set_number: i64, key: i64, liked: bool, at: i64) -> i64 {
    let mut hasher = Hasher::new("kindred-store rating 1");
    for number in [set_number, key, i64::from(liked), at] {
        hasher.number(number.cast_unsigned());
    }
    hasher.finish_short()
}

/// Fails if no paper has `key`.
pub(crate) fn check_key(
    connection: &Connection,
    path: &Path,
    key: PaperKey,
) -> Result<(), StoreError> {
    let exists: bool = connection
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM papers WHERE key = ?1)")
        .and_then(|mut statement| statement.query_row([sql_key(key)], |row| row.get(0)))
        .at(path)?;
    if exists {
        Ok(())
    } else {
        Err(StoreError::UnknownKey { key: key.0 })
    }
}

fn find_set(connection: &Connection, name: &SetName) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT number FROM sets WHERE name = ?1")?
        .query_row([name.as_str()], |row| row.get(0))
        .optional()
}

pub(crate) fn set_number(
    connection: &Connection,
    path: &Path,
    name: &SetName,
) -> Result<i64, StoreError> {
    find_set(connection, name)
        .at(path)?
        .ok_or_else(|| StoreError::UnknownSet {
            name: name.to_string(),
        })
}

fn check_is_free(connection: &Connection, path: &Path, name: &SetName) -> Result<(), StoreError> {
    match find_set(connection, name).at(path)? {
        None => Ok(()),
        Some(_) => Err(StoreError::SetExists {
            name: name.to_string(),
        }),
    }
}

fn rating_of(
    connection: &Connection,
    set_number: i64,
    key: PaperKey,
) -> rusqlite::Result<Option<Rating>> {
    connection
        .prepare_cached("SELECT liked FROM ratings WHERE set_number = ?1 AND key = ?2")?
        .query_row(params![set_number, sql_key(key)], |row| {
            Ok(rating(row.get(0)?))
        })
        .optional()
}

fn rating(liked: bool) -> Rating {
    if liked { Rating::Like } else { Rating::Dislike }
}

fn save_rating(
    connection: &Connection,
    set_number: i64,
    (key, rating): (PaperKey, Rating),
    at: Timestamp,
) -> rusqlite::Result<()> {
    let (key, liked, at) = (sql_key(key), rating == Rating::Like, at.as_microsecond());
    connection
        .prepare_cached(
            "INSERT INTO ratings (set_number, key, liked, at, seal) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (set_number, key) DO UPDATE SET liked = ?3, at = ?4, seal = ?5",
        )?
        .execute(params![
            set_number,
            key,
            liked,
            at,
            seal(set_number, key, liked, at)
        ])?;
    Ok(())
}

fn rated(connection: &Connection, set_number: i64) -> rusqlite::Result<Vec<RatedPaper>> {
    connection
        .prepare_cached(
            "SELECT rating.key, paper.id, rating.liked, rating.at
             FROM ratings AS rating JOIN papers AS paper ON paper.key = rating.key
             WHERE rating.set_number = ?1 ORDER BY paper.id_order",
        )?
        .query_map([set_number], |row| {
            let at: i64 = row.get(3)?;
            Ok(RatedPaper {
                key: read_key(row, 0)?,
                id: read_id(row, 1)?,
                rating: rating(row.get(2)?),
                at: time(3, at)?,
            })
        })?
        .collect()
}

fn time(column: usize, microseconds: i64) -> rusqlite::Result<Timestamp> {
    Timestamp::from_microsecond(microseconds)
        .ok()
        .ok_or_else(|| bad_value(column, &microseconds))
}

fn summaries(connection: &Connection) -> rusqlite::Result<Vec<SetSummary>> {
    connection
        .prepare_cached(
            "SELECT name, created,
                 (SELECT count(*) FROM ratings WHERE set_number = number AND liked = 1),
                 (SELECT count(*) FROM ratings WHERE set_number = number AND liked = 0)
             FROM sets ORDER BY name",
        )?
        .query_map([], |row| {
            let name: String = row.get(0)?;
            let count = |column: usize| -> rusqlite::Result<u64> {
                let count: i64 = row.get(column)?;
                u64::try_from(count)
                    .ok()
                    .ok_or_else(|| bad_value(column, &count))
            };
            Ok(SetSummary {
                name: name.parse().ok().ok_or_else(|| bad_value(0, &name))?,
                likes: count(2)?,
                dislikes: count(3)?,
                created: time(1, row.get(1)?)?,
            })
        })?
        .collect()
}
