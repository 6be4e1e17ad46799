//! Reading runs, and the papers that were put into their topics later.

use std::path::Path;

use jiff::Timestamp;
use kindred_core::Fingerprint;
use rusqlite::{Connection, Row, params};

use super::identity::{Counters, find_scope, read_id, sql_id};
use super::pack::{PackedMember, steps, strength};
use super::parts::load_list;
use super::save::bury;
use super::{StoredTopic, TopicError, TopicEvent, TopicMember, TopicRun, TopicScope};
use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::harvest::{count, read_time, sql_count};
use crate::row::{bad_value, read_hash, read_key, sql_key};
use crate::text::Hasher;

impl Store {
    /// Returns the bodies of papers with topics, by key.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_scopes(&self) -> Result<Vec<TopicScope>, StoreError> {
        if !self.has_topics()? {
            return Ok(Vec::new());
        }
        let newest = RunRow::load_where(
            &self.connection,
            &self.path,
            "WHERE run.number = (SELECT max(number) FROM topic_runs AS other
                                 WHERE other.scope = run.scope)
                 AND ?1 IS NOT NULL
             ORDER BY key",
            "",
        )?;
        Ok(newest
            .into_iter()
            .map(|row| TopicScope {
                key: row.run.scope.clone(),
                latest: row.run,
            })
            .collect())
    }

    /// Returns the runs of a scope that are kept, newest first; none of an unknown scope.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_runs(&self, scope: &str) -> Result<Vec<TopicRun>, StoreError> {
        self.runs_of(scope, "WHERE scope.key = ?1 ORDER BY run.number DESC")
    }

    /// Returns the newest run of a scope, if there is one.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn latest_topic_run(&self, scope: &str) -> Result<Option<TopicRun>, StoreError> {
        let newest = "WHERE scope.key = ?1 ORDER BY run.number DESC LIMIT 1";
        Ok(self.runs_of(scope, newest)?.pop())
    }

    fn runs_of(&self, scope: &str, which: &str) -> Result<Vec<TopicRun>, StoreError> {
        if !self.has_topics()? {
            return Ok(Vec::new());
        }
        let rows = RunRow::load_where(&self.connection, &self.path, which, scope)?;
        Ok(rows.into_iter().map(|row| row.run).collect())
    }

    /// Returns a run by its number, if it is kept.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_run(&self, number: i64) -> Result<Option<TopicRun>, StoreError> {
        if !self.has_topics()? {
            return Ok(None);
        }
        let row = RunRow::find(&self.connection, &self.path, number)?;
        Ok(row.map(|row| row.run))
    }

    /// Returns the topics of a run, in the order in which they were stored.
    ///
    /// # Errors
    /// [`TopicError::UnknownRun`], [`TopicError::Damaged`]; if the file cannot be read.
    pub fn stored_topics(&self, run: i64) -> Result<Vec<StoredTopic>, StoreError> {
        self.read_run(run, RunRow::topics)
    }

    /// Returns the papers of a run, and those that came later and were put there, by ascending
    /// key.
    ///
    /// # Errors
    /// [`TopicError::UnknownRun`], [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_members(&self, run: i64) -> Result<Vec<TopicMember>, StoreError> {
        self.read_run(run, all_members)
    }

    /// Returns how many papers came later and were put into the topics of a run, without reading them.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn placed_count(&self, run: i64) -> Result<u64, StoreError> {
        if !self.has_topics()? {
            return Ok(0);
        }
        self.connection
            .prepare_cached("SELECT count(*) FROM topic_placements WHERE run = ?1")
            .and_then(|mut statement| statement.query_row([run], |row| count(row, 0)))
            .at(&self.path)
    }

    /// Returns what changed between a run and the one before it, in the order in which it was
    /// stored.
    ///
    /// # Errors
    /// [`TopicError::UnknownRun`], [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_events(&self, run: i64) -> Result<Vec<TopicEvent>, StoreError> {
        self.read_run(run, RunRow::events)
    }

    fn read_run<T>(
        &self,
        number: i64,
        read: impl FnOnce(&RunRow, &Connection, &Path) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if !self.has_topics()? {
            return Err(TopicError::UnknownRun { number }.into());
        }
        self.try_read(|connection, path| {
            let row = RunRow::load(connection, path, number)?;
            read(&row, connection, path)
        })
    }

    /// Removes all runs of a scope, its map, and the names and subscriptions of its topics, which
    /// have died then. Their ids stay used.
    ///
    /// # Errors
    /// [`TopicError::UnknownScope`] if nothing is kept of it; [`TopicError::Damaged`]; if the file
    /// cannot be written.
    pub fn forget_topic_scope(&mut self, key: &str, at: Timestamp) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            let unknown = || TopicError::UnknownScope {
                scope: key.to_owned(),
                what: "are no topics",
            };
            let scope = find_scope(connection, key).at(path)?.ok_or_else(unknown)?;
            let removed = connection
                .execute("DELETE FROM topic_runs WHERE scope = ?1", [scope])
                .at(path)?;
            let maps = connection
                .execute("DELETE FROM topic_maps WHERE scope = ?1", [scope])
                .at(path)?;
            if removed + maps == 0 {
                return Err(unknown().into());
            }
            for table in ["topic_names", "topic_subscriptions"] {
                let sql = format!(
                    "DELETE FROM {table} WHERE topic IN (SELECT id FROM topics WHERE scope = ?1)"
                );
                connection.execute(&sql, [scope]).at(path)?;
            }
            let last = Counters::load(connection, path)?.next_run - 1;
            bury(connection, path, scope, (last, at))
        })
    }
}

/// A run with what only the database knows of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RunRow {
    pub(super) run: TopicRun,
    pub(super) scope: i64,
    pub(super) events: u64,
}

impl RunRow {
    /// Reads a run that is kept.
    pub(super) fn load(
        connection: &Connection,
        path: &Path,
        number: i64,
    ) -> Result<Self, StoreError> {
        Self::find(connection, path, number)?
            .ok_or_else(|| TopicError::UnknownRun { number }.into())
    }

    fn find(connection: &Connection, path: &Path, number: i64) -> Result<Option<Self>, StoreError> {
        let mut rows = Self::load_where(connection, path, "WHERE run.number = ?1", number)?;
        Ok(rows.pop())
    }

    fn load_where(
        connection: &Connection,
        path: &Path,
        which: &str,
        parameter: impl rusqlite::ToSql,
    ) -> Result<Vec<Self>, StoreError> {
        let sql = format!(
            "SELECT run.number, scope.key, run.at, run.encoder, run.settings, run.input,
                 run.papers, run.topics, run.scope, run.events, run.seal
             FROM topic_runs AS run JOIN topic_scopes AS scope ON scope.number = run.scope {which}"
        );
        let stored: Vec<(Self, [u8; 16])> = connection
            .prepare_cached(&sql)
            .and_then(|mut statement| statement.query_map([parameter], Self::read)?.collect())
            .at(path)?;
        stored
            .into_iter()
            .map(|(row, seal)| {
                if row.seal() == seal {
                    return Ok(row);
                }
                let what = "has changed since it was stored";
                Err(TopicError::damaged("topic_runs", &row.run.number, what).into())
            })
            .collect()
    }

    fn read(row: &Row<'_>) -> rusqlite::Result<(Self, [u8; 16])> {
        let input = row.get_ref(5)?.as_blob()?;
        let run = TopicRun {
            number: row.get(0)?,
            scope: row.get(1)?,
            at: read_time(row, 2)?,
            encoder: read_fingerprint(row, 3)?,
            settings: row.get(4)?,
            input: input
                .try_into()
                .ok()
                .ok_or_else(|| bad_value(5, &format_args!("{} bytes", input.len())))?,
            papers: count(row, 6)?,
            topics: count(row, 7)?,
        };
        let row_of_run = Self {
            run,
            scope: row.get(8)?,
            events: count(row, 9)?,
        };
        Ok((row_of_run, read_hash(row, 10)?))
    }

    pub(super) fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute(
            "INSERT INTO topic_runs
                 (number, scope, at, encoder, settings, input, papers, topics, events, seal)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
            params![
                self.run.number,
                self.scope,
                self.run.at.as_microsecond(),
                self.run.encoder.as_str(),
                self.run.settings,
                self.run.input,
                sql_count(self.run.papers),
                sql_count(self.run.topics),
                sql_count(self.events),
                self.seal(),
            ],
        )?;
        Ok(())
    }

    fn seal(&self) -> [u8; 16] {
        let run = &self.run;
        let mut hasher = Hasher::new("kindred-store topic run 1");
        hasher.number(run.number.cast_unsigned());
        hasher.number(self.scope.cast_unsigned());
        hasher.text(&run.scope);
        hasher.number(run.at.as_microsecond().cast_unsigned());
        hasher.text(run.encoder.as_str());
        hasher.text(&run.settings);
        hasher.bytes(&run.input);
        hasher.number(run.papers);
        hasher.number(run.topics);
        hasher.number(self.events);
        hasher.finish()
    }

    pub(super) fn topics(
        &self,
        connection: &Connection,
        path: &Path,
    ) -> Result<Vec<StoredTopic>, StoreError> {
        load_list(connection, path, self.run.number, self.run.topics)
    }

    pub(super) fn members(
        &self,
        connection: &Connection,
        path: &Path,
    ) -> Result<Vec<PackedMember>, StoreError> {
        load_list(connection, path, self.run.number, self.run.papers)
    }

    pub(super) fn events(
        &self,
        connection: &Connection,
        path: &Path,
    ) -> Result<Vec<TopicEvent>, StoreError> {
        load_list(connection, path, self.run.number, self.events)
    }
}

/// The papers of a run, and those that were put there later.
fn all_members(
    row: &RunRow,
    connection: &Connection,
    path: &Path,
) -> Result<Vec<TopicMember>, StoreError> {
    let number = row.run.number;
    let topics = row.topics(connection, path)?;
    let packed = row.members(connection, path)?;
    let mut members = Vec::with_capacity(packed.len());
    for member in packed {
        let topic = topics.get(member.place).ok_or_else(|| {
            let what = format!("puts paper {} into no topic", member.key.0);
            TopicError::damaged("topic_runs", &number, &what)
        })?;
        members.push(TopicMember {
            key: member.key,
            topic: topic.id,
            strength: strength(member.steps),
            is_placed: false,
        });
    }
    members.extend(placements(connection, path, number)?);
    members.sort_by_key(|member| member.key);
    Ok(members)
}

/// Reads the fingerprint of an encoder.
pub(super) fn read_fingerprint(row: &Row<'_>, column: usize) -> rusqlite::Result<Fingerprint> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().ok().ok_or_else(|| bad_value(column, &text))
}

pub(super) fn save_placement(
    connection: &Connection,
    run: i64,
    member: &TopicMember,
) -> rusqlite::Result<()> {
    let (key, topic, steps) = (
        sql_key(member.key),
        sql_id(member.topic),
        steps(member.strength),
    );
    connection
        .prepare_cached(
            "INSERT INTO topic_placements (run, key, topic, strength, seal)
             VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (run, key) DO UPDATE SET topic = ?3, strength = ?4, seal = ?5",
        )?
        .execute(params![
            run,
            key,
            topic,
            steps,
            placement_seal([run, key, topic, i64::from(steps)])
        ])?;
    Ok(())
}

/// Papers that were put into the topics of a run, by ascending key.
pub(super) fn placements(
    connection: &Connection,
    path: &Path,
    run: i64,
) -> Result<Vec<TopicMember>, StoreError> {
    let stored: Vec<(TopicMember, bool)> = connection
        .prepare_cached(
            "SELECT key, topic, strength, seal FROM topic_placements WHERE run = ?1 ORDER BY key",
        )
        .and_then(|mut statement| {
            statement
                .query_map([run], |row| {
                    let steps: u16 = row.get(2)?;
                    let numbers = [run, row.get(0)?, row.get(1)?, i64::from(steps)];
                    let member = TopicMember {
                        key: read_key(row, 0)?,
                        topic: read_id(row, 1)?,
                        strength: strength(steps),
                        is_placed: true,
                    };
                    Ok((member, placement_seal(numbers) == row.get::<_, i64>(3)?))
                })?
                .collect()
        })
        .at(path)?;
    stored
        .into_iter()
        .map(|(member, is_sealed)| {
            let row = || format!("{run} {}", member.key.0);
            let what = "has changed since it was stored";
            is_sealed
                .then_some(member)
                .ok_or_else(|| TopicError::damaged("topic_placements", &row(), what).into())
        })
        .collect()
}

/// Hash of a placement's run, key, topic and strength.
pub(super) fn placement_seal(numbers: [i64; 4]) -> i64 {
    let mut hasher = Hasher::new("kindred-store topic placement 1");
    for number in numbers {
        hasher.number(number.cast_unsigned());
    }
    hasher.finish_short()
}
