//! The map of a body of papers: a point in the plane for each.

use std::path::Path;

use jiff::Timestamp;
use kindred_core::{Fingerprint, PaperKey};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::TopicError;
use super::check::is_scope_key;
use super::identity::find_scope;
use super::parts::{load_list, save_list};
use super::runs::read_fingerprint;
use super::save::{paper_keys, unfit};
use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::harvest::{count, read_time, sql_count};
use crate::row::{read_hash, read_key, sql_key};
use crate::text::Hasher;

/// Place of a paper on a map.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MapPoint {
    /// The paper.
    pub key: PaperKey,
    /// Its place, in the units of the map; finite.
    pub x: f32,
    /// Its place, in the units of the map; finite.
    pub y: f32,
    /// Whether it was put among points that lay there already, which did not move.
    pub is_projected: bool,
}

/// A stored map.
#[derive(Debug, Clone, PartialEq)]
pub struct TopicMap {
    /// Encoder whose vectors were laid out.
    pub encoder: Fingerprint,
    /// When it was laid out; stored to the microsecond.
    pub at: Timestamp,
    /// The points, by ascending key.
    pub points: Vec<MapPoint>,
}

/// What tells two states of a stored map apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicMapStamp {
    /// Encoder whose vectors were laid out.
    pub encoder: Fingerprint,
    /// When it was laid out; stored to the microsecond.
    pub at: Timestamp,
    /// Points that were laid out.
    pub laid_out: u64,
    /// Points that were added since.
    pub added: u64,
}

impl Store {
    /// Returns what tells the stored map of a scope apart from other states of it, without reading
    /// its points; `None` if there is no map.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_map_stamp(&self, key: &str) -> Result<Option<TopicMapStamp>, StoreError> {
        if !self.has_topics()? {
            return Ok(None);
        }
        self.try_read(|connection, path| {
            let Some(row) = MapRow::find(connection, path, key)? else {
                return Ok(None);
            };
            let added = connection
                .prepare_cached("SELECT count(*) FROM topic_map_points WHERE scope = ?1")
                .and_then(|mut statement| statement.query_row([row.scope], |row| count(row, 0)))
                .at(path)?;
            Ok(Some(TopicMapStamp {
                encoder: row.encoder,
                at: row.at,
                laid_out: row.points,
                added,
            }))
        })
    }

    /// Stores the map of a scope over the one that is there; points by ascending key.
    ///
    /// # Errors
    /// [`TopicError::Unfit`] if points are out of order or not finite;
    /// [`StoreError::UnknownKey`]; if the file cannot be written. Nothing is stored then.
    pub fn save_topic_map(
        &mut self,
        key: &str,
        encoder: &Fingerprint,
        at: Timestamp,
        points: &[MapPoint],
    ) -> Result<(), StoreError> {
        let fault = point_fault(points).or_else(|| {
            (!is_scope_key(key)).then(|| "its key is not one line of 1 to 1024 bytes".into())
        });
        if let Some(what) = fault {
            return Err(unfit(key, what));
        }
        self.try_write(|connection, path| {
            check_keys(connection, path, points)?;
            let scope = super::save::scope_number(connection, key).at(path)?;
            let row = MapRow {
                scope,
                at,
                encoder: encoder.clone(),
                points: points.len() as u64,
            };
            connection
                .execute("DELETE FROM topic_maps WHERE scope = ?1", [scope])
                .and_then(|_| row.save(connection))
                .and_then(|()| save_list(connection, scope, points))
                .at(path)
        })
    }

    /// Adds points to a map whose other points stay, each over the one that was added for its
    /// paper before, and returns how many. Papers that the map was laid out with keep their place.
    ///
    /// # Errors
    /// [`TopicError::UnknownScope`] if there is no map; else as [`Store::save_topic_map`].
    pub fn add_to_topic_map(&mut self, key: &str, points: &[MapPoint]) -> Result<u64, StoreError> {
        if let Some(what) = point_fault(points) {
            return Err(unfit(key, what));
        }
        self.try_write(|connection, path| {
            let row = MapRow::find(connection, path, key)?;
            let row = row.ok_or_else(|| TopicError::UnknownScope {
                scope: key.to_owned(),
                what: "is no map",
            })?;
            check_keys(connection, path, points)?;
            let settled = row.settled(connection, path)?;
            let mut added = 0;
            for point in points {
                let found = settled.binary_search_by_key(&point.key, |settled| settled.key);
                if found.is_err() {
                    save_point(connection, row.scope, point).at(path)?;
                    added += 1;
                }
            }
            Ok(added)
        })
    }

    /// Returns the map of a scope, if there is one.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_map(&self, key: &str) -> Result<Option<TopicMap>, StoreError> {
        if !self.has_topics()? {
            return Ok(None);
        }
        self.try_read(|connection, path| {
            let Some(row) = MapRow::find(connection, path, key)? else {
                return Ok(None);
            };
            let mut points = row.settled(connection, path)?;
            points.extend(added_points(connection, path, row.scope)?);
            points.sort_by_key(|point| point.key);
            Ok(Some(TopicMap {
                encoder: row.encoder,
                at: row.at,
                points,
            }))
        })
    }
}

/// What is wrong with a list of points, if anything.
pub(super) fn point_fault(points: &[MapPoint]) -> Option<String> {
    let is_finite = |point: &MapPoint| point.x.is_finite() && point.y.is_finite();
    if let Some(point) = points.iter().find(|point| !is_finite(point)) {
        let MapPoint { key, x, y, .. } = point;
        return Some(format!("paper {} lies at ({x}, {y})", key.0));
    }
    let pair = points.windows(2).find(|pair| pair[0].key >= pair[1].key)?;
    Some(format!(
        "paper {} is not after the one before it",
        pair[1].key.0
    ))
}

fn check_keys(connection: &Connection, path: &Path, points: &[MapPoint]) -> Result<(), StoreError> {
    let all = paper_keys(connection).at(path)?;
    match points.iter().find(|point| !all.contains(point.key)) {
        Some(point) => Err(StoreError::UnknownKey { key: point.key.0 }),
        None => Ok(()),
    }
}

/// A map without its points.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MapRow {
    pub(super) scope: i64,
    at: Timestamp,
    encoder: Fingerprint,
    points: u64,
}

impl MapRow {
    pub(super) fn find(
        connection: &Connection,
        path: &Path,
        key: &str,
    ) -> Result<Option<Self>, StoreError> {
        match find_scope(connection, key).at(path)? {
            Some(scope) => Self::load(connection, path, scope),
            None => Ok(None),
        }
    }

    pub(super) fn load(
        connection: &Connection,
        path: &Path,
        scope: i64,
    ) -> Result<Option<Self>, StoreError> {
        let read = |row: &Row<'_>| {
            let map = Self {
                scope: row.get(0)?,
                at: read_time(row, 1)?,
                encoder: read_fingerprint(row, 2)?,
                points: count(row, 3)?,
            };
            Ok((map, read_hash(row, 4)?))
        };
        let stored = connection
            .prepare_cached(
                "SELECT scope, at, encoder, points, seal FROM topic_maps WHERE scope = ?1",
            )
            .and_then(|mut statement| statement.query_row([scope], read).optional())
            .at(path)?;
        match stored {
            Some((map, seal)) if map.seal() != seal => {
                let what = "has changed since it was stored";
                Err(TopicError::damaged("topic_maps", &scope, what).into())
            }
            stored => Ok(stored.map(|(map, _)| map)),
        }
    }

    fn save(&self, connection: &Connection) -> rusqlite::Result<()> {
        connection.execute(
            "INSERT INTO topic_maps (scope, at, encoder, points, seal) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![
                self.scope,
                self.at.as_microsecond(),
                self.encoder.as_str(),
                sql_count(self.points),
                self.seal()
            ],
        )?;
        Ok(())
    }

    fn seal(&self) -> [u8; 16] {
        let mut hasher = Hasher::new("kindred-store topic map 1");
        hasher.number(self.scope.cast_unsigned());
        hasher.number(self.at.as_microsecond().cast_unsigned());
        hasher.text(self.encoder.as_str());
        hasher.number(self.points);
        hasher.finish()
    }

    /// The points that it was laid out with.
    pub(super) fn settled(
        &self,
        connection: &Connection,
        path: &Path,
    ) -> Result<Vec<MapPoint>, StoreError> {
        load_list(connection, path, self.scope, self.points)
    }
}

fn save_point(connection: &Connection, scope: i64, point: &MapPoint) -> rusqlite::Result<()> {
    // SQLite does not tell -0 from 0, which have different seals.
    let (x, y) = (f64::from(point.x) + 0.0, f64::from(point.y) + 0.0);
    let key = sql_key(point.key);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO topic_map_points (scope, key, x, y, seal)
             VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute(params![scope, key, x, y, point_seal(scope, key, x, y)])?;
    Ok(())
}

/// Points that were added to a map, by ascending key.
pub(super) fn added_points(
    connection: &Connection,
    path: &Path,
    scope: i64,
) -> Result<Vec<MapPoint>, StoreError> {
    let stored: Vec<(MapPoint, bool)> = connection
        .prepare_cached(
            "SELECT key, x, y, seal FROM topic_map_points WHERE scope = ?1 ORDER BY key",
        )
        .and_then(|mut statement| {
            statement
                .query_map([scope], |row| {
                    let (x, y): (f64, f64) = (row.get(1)?, row.get(2)?);
                    let seal = point_seal(scope, row.get(0)?, x, y);
                    let point = MapPoint {
                        key: read_key(row, 0)?,
                        x: narrowed(x),
                        y: narrowed(y),
                        is_projected: true,
                    };
                    Ok((point, seal == row.get::<_, i64>(3)?))
                })?
                .collect()
        })
        .at(path)?;
    stored
        .into_iter()
        .map(|(point, is_sealed)| {
            let row = || format!("{scope} {}", point.key.0);
            let what = "has changed since it was stored";
            is_sealed
                .then_some(point)
                .ok_or_else(|| TopicError::damaged("topic_map_points", &row(), what).into())
        })
        .collect()
}

/// A stored coordinate, which was an `f32` before.
fn narrowed(number: f64) -> f32 {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the seal says that it was an `f32`"
    )]
    let narrow = number as f32;
    narrow
}

pub(super) fn point_seal(scope: i64, key: i64, x: f64, y: f64) -> i64 {
    let mut hasher = Hasher::new("kindred-store topic map point 1");
    for number in [
        scope.cast_unsigned(),
        key.cast_unsigned(),
        x.to_bits(),
        y.to_bits(),
    ] {
        hasher.number(number);
    }
    hasher.finish_short()
}
