//! Lists in parts, each with a seal.

use std::path::Path;

use rusqlite::{Connection, params};

use super::pack::{Entry, pack, unpack};
use super::{MapPoint, StoredTopic, TopicError, TopicEvent, pack::PackedMember};
use crate::error::{At, StoreError};
use crate::row::read_hash;
use crate::text::Hasher;

/// A list that is stored in parts.
pub(super) trait Listed: Entry {
    /// Number of the list among those of its owner.
    const KIND: u8;
    /// Table of the parts.
    const TABLE: &'static str;
    const INSERT: &'static str;
    const SELECT: &'static str;
}

macro_rules! listed_in_run {
    ($entry:ty, $kind:literal) => {
        impl Listed for $entry {
            const KIND: u8 = $kind;
            const TABLE: &'static str = "topic_parts";
            const INSERT: &'static str = concat!(
                "INSERT INTO topic_parts (run, kind, part, content, seal)
                 VALUES (?1, ",
                $kind,
                ", ?2, ?3, ?4)"
            );
            const SELECT: &'static str = concat!(
                "SELECT part, content, seal FROM topic_parts WHERE run = ?1 AND kind = ",
                $kind,
                " ORDER BY part"
            );
        }
    };
}

listed_in_run!(StoredTopic, 1);
listed_in_run!(PackedMember, 2);
listed_in_run!(TopicEvent, 3);

impl Listed for MapPoint {
    const KIND: u8 = 4;
    const TABLE: &'static str = "topic_map_parts";
    const INSERT: &'static str =
        "INSERT INTO topic_map_parts (scope, part, content, seal) VALUES (?1, ?2, ?3, ?4)";
    const SELECT: &'static str =
        "SELECT part, content, seal FROM topic_map_parts WHERE scope = ?1 ORDER BY part";
}

/// Stores a list of a run or a map that has none yet.
pub(super) fn save_list<T: Listed>(
    connection: &Connection,
    owner: i64,
    entries: &[T],
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(T::INSERT)?;
    for (part, content) in (1_i64..).zip(pack(entries)) {
        let seal = seal(owner, T::KIND, part, &content);
        statement.execute(params![owner, part, content, seal])?;
    }
    Ok(())
}

/// Reads a list of `count` entries.
pub(super) fn load_list<T: Listed>(
    connection: &Connection,
    path: &Path,
    owner: i64,
    count: u64,
) -> Result<Vec<T>, StoreError> {
    let fault = |part: i64, what: &str| {
        let row = format!("{owner} {} {part}", T::KIND);
        StoreError::from(TopicError::damaged(T::TABLE, &row, what))
    };
    let mut entries = Vec::new();
    let mut statement = connection.prepare_cached(T::SELECT).at(path)?;
    let mut rows = statement.query([owner]).at(path)?;
    let mut expected = 1;
    while let Some(row) = rows.next().at(path)? {
        let part: i64 = row.get(0).at(path)?;
        let content = row
            .get_ref(1)
            .and_then(|value| Ok(value.as_blob()?))
            .at(path)?;
        if part != expected {
            return Err(fault(expected, "is missing"));
        }
        if seal(owner, T::KIND, part, content) != read_hash(row, 2).at(path)? {
            return Err(fault(part, "has changed since it was stored"));
        }
        unpack(content, &mut entries).ok_or_else(|| fault(part, "cannot be read"))?;
        expected += 1;
    }
    if entries.len() as u64 != count {
        let what = format!(
            "is the last, and {} of {count} entries are here",
            entries.len()
        );
        return Err(fault(expected - 1, &what));
    }
    Ok(entries)
}

fn seal(owner: i64, kind: u8, part: i64, content: &[u8]) -> [u8; 16] {
    let mut hasher = Hasher::new("kindred-store topic part 1");
    hasher.number(owner.cast_unsigned());
    hasher.number(u64::from(kind));
    hasher.number(part.cast_unsigned());
    hasher.bytes(content);
    hasher.finish()
}
