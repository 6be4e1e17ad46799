//! What outlives runs: scopes, the counters that ids and numbers come from, and every topic there
//! ever was.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{TopicError, TopicId};
use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::harvest::{read_time, time_or_null};
use crate::row::bad_value;
use crate::schema;
use crate::text::Hasher;

impl Store {
    /// Returns the id that the next new topic has to get; those after it follow in steps of 1.
    ///
    /// To be asked under the same writer's lock under which the run is then stored.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn next_topic_id(&self) -> Result<TopicId, StoreError> {
        if !self.has_topics()? {
            return Ok(TopicId(1));
        }
        let counters = self.try_read(Counters::load)?;
        Ok(TopicId(counters.next_topic.cast_unsigned()))
    }

    /// Whether the file has the tables of topics; an older one that is open for reading has not.
    pub(super) fn has_topics(&self) -> Result<bool, StoreError> {
        let version = schema::stored_version(&self.connection).at(&self.path)?;
        Ok(version >= schema::WITH_TOPICS)
    }
}

/// What the next topic and the next run are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counters {
    pub(super) next_topic: i64,
    pub(super) next_run: i64,
}

impl Counters {
    pub(super) fn load(connection: &Connection, path: &Path) -> Result<Self, StoreError> {
        let fault = |what| StoreError::from(TopicError::damaged("topic_counters", &1, what));
        let stored = connection
            .prepare_cached("SELECT next_topic, next_run, seal FROM topic_counters")
            .and_then(|mut statement| {
                let read = |row: &Row<'_>| {
                    let counters = Self {
                        next_topic: row.get(0)?,
                        next_run: row.get(1)?,
                    };
                    Ok((counters, row.get::<_, i64>(2)?))
                };
                statement.query_row([], read).optional()
            })
            .at(path)?;
        match stored {
            Some((counters, seal)) if counters.seal() == seal => Ok(counters),
            Some(_) => Err(fault("has changed since it was stored")),
            None if is_used(connection).at(path)? => Err(fault("is missing")),
            None => Ok(Self {
                next_topic: 1,
                next_run: 1,
            }),
        }
    }

    pub(super) fn save(self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT OR REPLACE INTO topic_counters (one, next_topic, next_run, seal)
                 VALUES (1, ?1, ?2, ?3)",
            )?
            .execute(params![self.next_topic, self.next_run, self.seal()])?;
        Ok(())
    }

    /// The largest id and number that rows have; the counters must be larger.
    pub(super) fn used(connection: &Connection) -> rusqlite::Result<Self> {
        connection.query_row(
            "SELECT coalesce((SELECT max(id) FROM topics), 0),
                 max(coalesce((SELECT max(number) FROM topic_runs), 0),
                     coalesce((SELECT max(max(born, coalesce(died, 0))) FROM topics), 0))",
            [],
            |row| {
                Ok(Self {
                    next_topic: row.get(0)?,
                    next_run: row.get(1)?,
                })
            },
        )
    }

    /// Counters that go on after numbers in use.
    pub(super) fn after(used: Self) -> Self {
        let next = |number: i64| number.max(0).saturating_add(1);
        Self {
            next_topic: next(used.next_topic),
            next_run: next(used.next_run),
        }
    }

    pub(super) fn is_after(self, used: Self) -> bool {
        self.next_topic > used.next_topic && self.next_run > used.next_run
    }

    fn seal(self) -> i64 {
        let mut hasher = Hasher::new("kindred-store topic counters 1");
        hasher.number(self.next_topic.cast_unsigned());
        hasher.number(self.next_run.cast_unsigned());
        hasher.finish_short()
    }
}

/// Whether ids or numbers were ever given.
fn is_used(connection: &Connection) -> rusqlite::Result<bool> {
    connection.query_row(
        "SELECT EXISTS (SELECT 1 FROM topics) OR EXISTS (SELECT 1 FROM topic_runs)",
        [],
        |row| row.get(0),
    )
}

/// A topic, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) id: i64,
    pub(super) scope: i64,
    pub(super) born: (i64, Timestamp),
    pub(super) died: Option<(i64, Timestamp)>,
    pub(super) label: String,
}

const IDENTITY: &str = "SELECT id, scope, born, born_at, died, died_at, label, seal FROM topics";

impl Identity {
    /// Reads one topic.
    pub(super) fn load(
        connection: &Connection,
        path: &Path,
        id: TopicId,
    ) -> Result<Option<Self>, StoreError> {
        let sql = format!("{IDENTITY} WHERE id = ?1");
        let stored = connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_row([sql_id(id)], Self::read).optional())
            .at(path)?;
        stored.map(Self::sealed).transpose()
    }

    /// Reads the topics of a scope, by id.
    pub(super) fn load_all(
        connection: &Connection,
        path: &Path,
        scope: i64,
    ) -> Result<Vec<Self>, StoreError> {
        let sql = format!("{IDENTITY} WHERE scope = ?1 ORDER BY id");
        let stored: Vec<(Self, i64)> = connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_map([scope], Self::read)?.collect())
            .at(path)?;
        stored.into_iter().map(Self::sealed).collect()
    }

    pub(super) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection
            .prepare_cached(
                "INSERT INTO topics (id, scope, born, born_at, died, died_at, label, seal)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
                 ON CONFLICT (id) DO UPDATE SET scope = ?2, born = ?3, born_at = ?4, died = ?5,
                     died_at = ?6, label = ?7, seal = ?8",
            )?
            .execute(params![
                self.id,
                self.scope,
                self.born.0,
                self.born.1.as_microsecond(),
                self.died.map(|(run, _)| run),
                self.died.map(|(_, at)| at.as_microsecond()),
                self.label,
                self.seal(),
            ])?;
        Ok(())
    }

    pub(super) fn id(&self) -> TopicId {
        TopicId(self.id.cast_unsigned())
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<(Self, i64)> {
        let died: Option<i64> = row.get(4)?;
        let died_at = time_or_null(row, 5)?;
        let identity = Self {
            id: row.get(0)?,
            scope: row.get(1)?,
            born: (row.get(2)?, read_time(row, 3)?),
            died: died.zip(died_at),
            label: row.get(6)?,
        };
        if died.is_some() != died_at.is_some() {
            return Err(bad_value(4, &"a death without its time, or its time alone"));
        }
        Ok((identity, row.get(7)?))
    }

    fn sealed((identity, seal): (Self, i64)) -> Result<Self, StoreError> {
        if identity.seal() == seal {
            Ok(identity)
        } else {
            let what = "has changed since it was stored";
            Err(TopicError::damaged("topics", &identity.id, what).into())
        }
    }

    fn seal(&self) -> i64 {
        let mut hasher = Hasher::new("kindred-store topic 1");
        let (died, died_at) = self
            .died
            .map_or((0, 0), |(run, at)| (run, at.as_microsecond()));
        let numbers = [
            self.id,
            self.scope,
            self.born.0,
            self.born.1.as_microsecond(),
            i64::from(self.died.is_some()),
            died,
            died_at,
        ];
        for number in numbers {
            hasher.number(number.cast_unsigned());
        }
        hasher.text(&self.label);
        hasher.finish_short()
    }
}

/// Number of an id in the database. Ids come from there, so a larger one finds nothing.
pub(super) fn sql_id(id: TopicId) -> i64 {
    i64::try_from(id.0).unwrap_or(i64::MAX)
}

/// Reads an id.
pub(super) fn read_id(row: &Row<'_>, column: usize) -> rusqlite::Result<TopicId> {
    let number: i64 = row.get(column)?;
    u64::try_from(number)
        .map(TopicId)
        .ok()
        .ok_or_else(|| bad_value(column, &number))
}

/// Finds the number of a scope.
pub(super) fn find_scope(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT number FROM topic_scopes WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

/// Gives a scope that has none yet a number.
pub(super) fn insert_scope(connection: &Connection, key: &str) -> rusqlite::Result<i64> {
    // Where a row of this table was lost, its number is still in others.
    let last: i64 = connection.query_row(
        "SELECT coalesce(max(number), 0) FROM
             (SELECT number FROM topic_scopes UNION ALL SELECT scope FROM topics
              UNION ALL SELECT scope FROM topic_runs UNION ALL SELECT scope FROM topic_maps)",
        [],
        |row| row.get(0),
    )?;
    let number = last.saturating_add(1);
    connection.execute(
        "INSERT INTO topic_scopes (number, key, seal) VALUES (?1, ?2, ?3)",
        params![number, key, scope_seal(number, key)],
    )?;
    Ok(number)
}

/// Fails if a scope is not what was written.
pub(super) fn check_scope(
    connection: &Connection,
    path: &Path,
    number: i64,
) -> Result<(), StoreError> {
    let is_sealed = connection
        .prepare_cached("SELECT key, seal FROM topic_scopes WHERE number = ?1")
        .and_then(|mut statement| {
            statement.query_row([number], |row| {
                let key = row.get_ref(0)?.as_str()?;
                Ok(scope_seal(number, key) == row.get::<_, i64>(1)?)
            })
        })
        .at(path)?;
    if is_sealed {
        return Ok(());
    }
    let what = "has changed since it was stored";
    Err(TopicError::damaged("topic_scopes", &number, what).into())
}

/// Takes the key of a scope as it is; one that is no text becomes one that nobody asks for.
pub(super) fn reseal_scope(connection: &Connection, number: i64) -> rusqlite::Result<()> {
    let key: Vec<u8> = connection.query_row(
        "SELECT key FROM topic_scopes WHERE number = ?1",
        [number],
        |row| Ok(row.get_ref(0)?.as_bytes().unwrap_or_default().to_vec()),
    )?;
    let key = String::from_utf8(key).unwrap_or_else(|_| format!("unreadable {number}"));
    connection.execute(
        "UPDATE topic_scopes SET key = ?2, seal = ?3 WHERE number = ?1",
        params![number, key, scope_seal(number, &key)],
    )?;
    Ok(())
}

fn scope_seal(number: i64, key: &str) -> i64 {
    let mut hasher = Hasher::new("kindred-store topic scope 1");
    hasher.number(number.cast_unsigned());
    hasher.text(key);
    hasher.finish_short()
}
