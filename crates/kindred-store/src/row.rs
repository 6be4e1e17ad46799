//! Rows of `papers`, `versions`, `paper_categories` and `arrivals` from and to a [`State`].

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use jiff::civil::Date;
use kindred_core::{Category, PaperDate, PaperId, PaperKey};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::lookup::title_hash;
use crate::merge::{List, Rank, Ranked, State, Text, items, kind_number, kind_of_number};
use crate::order::order_of;
use crate::text::TextHash;

/// Columns in the order that [`read_state`] expects.
const COLUMNS: &str = "key, id, text_version, source, withdrawn, deleted, text_hash, field_ranks, \
     categories, authors, comments, journal_ref, doi, license, venue, keywords, title, abstract, \
     row_hash";

/// A paper as it stands in the database.
#[derive(Debug)]
pub(crate) struct Stored {
    pub(crate) key: PaperKey,
    pub(crate) state: State,
    /// The hash that was stored, not one computed from `state`.
    pub(crate) row_hash: [u8; 16],
}

/// A value of a row that cannot be what was written there.
#[derive(Debug, thiserror::Error)]
#[error("column {column} holds {found}")]
struct BadValue {
    column: usize,
    found: String,
}

/// Makes the error for a value that cannot be what was written.
pub(crate) fn bad_value(column: usize, found: &dyn Display) -> rusqlite::Error {
    let found = format!("`{found:.80}`");
    rusqlite::Error::FromSqlConversionFailure(
        column,
        Type::Text,
        Box::new(BadValue { column, found }),
    )
}

/// Number of a key in the database. Keys come from there, so a larger one finds nothing.
pub(crate) fn sql_key(key: PaperKey) -> i64 {
    i64::try_from(key.0).unwrap_or(i64::MAX)
}

/// Reads a key.
pub(crate) fn read_key(row: &Row<'_>, column: usize) -> rusqlite::Result<PaperKey> {
    let number: i64 = row.get(column)?;
    u64::try_from(number)
        .map(PaperKey)
        .ok()
        .ok_or_else(|| bad_value(column, &number))
}

/// Reads a paper id.
pub(crate) fn read_id(row: &Row<'_>, column: usize) -> rusqlite::Result<PaperId> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().ok().ok_or_else(|| bad_value(column, &text))
}

/// Reads a day.
pub(crate) fn read_day(row: &Row<'_>, column: usize) -> rusqlite::Result<Date> {
    let text = row.get_ref(column)?.as_str()?;
    text.parse().ok().ok_or_else(|| bad_value(column, &text))
}

/// Reads a 128-bit hash.
pub(crate) fn read_hash(row: &Row<'_>, column: usize) -> rusqlite::Result<[u8; 16]> {
    let bytes = row.get_ref(column)?.as_blob()?;
    let length = bytes.len();
    <[u8; 16]>::try_from(bytes)
        .ok()
        .ok_or_else(|| bad_value(column, &format_args!("{length} bytes")))
}

/// Loads a paper by its key.
pub(crate) fn load(connection: &Connection, key: PaperKey) -> rusqlite::Result<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM papers WHERE key = ?1");
    let stored = connection
        .prepare_cached(&sql)?
        .query_row([sql_key(key)], read_state)
        .optional()?;
    stored
        .map(|mut stored| {
            stored.state.versions = versions(connection, key)?;
            stored.state.arrivals = arrivals(connection, key)?;
            stored.state.also = aliases(connection, key)?;
            Ok(stored)
        })
        .transpose()
}

/// Finds the key of an id, be it a paper's own or another one.
pub(crate) fn find(connection: &Connection, id: &PaperId) -> rusqlite::Result<Option<PaperKey>> {
    connection
        .prepare_cached(
            "SELECT key FROM papers WHERE id_order = ?1
             UNION ALL SELECT key FROM aliases WHERE id_order = ?1 LIMIT 1",
        )?
        .query_row([order_of(id)], |row| read_key(row, 0))
        .optional()
}

fn read_state(row: &Row<'_>) -> rusqlite::Result<Stored> {
    let id = read_id(row, 1)?;
    let is_arxiv = matches!(id, PaperId::Arxiv(_));
    let number: u8 = row.get(3)?;
    let rank = Rank::from_stored(row.get(2)?, number, is_arxiv);
    let rank = rank.ok_or_else(|| bad_value(3, &number))?;
    let ranks = read_ranks(row, 7, is_arxiv)?;
    let rank_of = |field: usize| ranks.as_ref().map_or(Some(rank), |ranks| ranks[field]);
    let one = |column: usize, field: usize| -> rusqlite::Result<Option<Ranked<String>>> {
        let value: Option<String> = row.get(column)?;
        ranked(column, value, rank_of(field))
    };
    let several = |column: usize, field: usize| -> rusqlite::Result<_> {
        let value = read_list(row, column)?.map(List::new);
        ranked(column, value, rank_of(field))
    };
    let abstract_text: String = row.get(17)?;
    let state = State {
        id,
        also: BTreeSet::new(),
        text: Text {
            rank,
            has_abstract: !abstract_text.is_empty(),
            hash: TextHash(read_hash(row, 6)?),
            withdrawn: row.get(4)?,
            title: row.get(16)?,
            abstract_text,
        },
        categories: ranked(8, read_categories(row, 8)?.map(List::new), rank_of(1))?,
        authors: several(9, 0)?,
        comments: one(10, 2)?,
        journal_ref: one(11, 3)?,
        doi: one(12, 4)?,
        license: one(13, 5)?,
        venue: one(14, 6)?,
        keywords: several(15, 7)?,
        versions: BTreeMap::new(),
        arrivals: BTreeSet::new(),
        deleted: row.get(5)?,
    };
    Ok(Stored {
        key: read_key(row, 0)?,
        state,
        row_hash: read_hash(row, 18)?,
    })
}

fn ranked<T>(
    column: usize,
    value: Option<T>,
    rank: Option<Rank>,
) -> rusqlite::Result<Option<Ranked<T>>> {
    match (value, rank) {
        (Some(value), Some(rank)) => Ok(Some(Ranked { rank, value })),
        (Some(_), None) => Err(bad_value(column, &"a value without a rank")),
        (None, _) => Ok(None),
    }
}

fn read_list(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<String>>> {
    let Some(text) = row.get_ref(column)?.as_str_or_null()? else {
        return Ok(None);
    };
    let list: Option<Vec<String>> = serde_json::from_str(text).ok();
    list.map(Some).ok_or_else(|| bad_value(column, &text))
}

fn read_categories(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Vec<Category>>> {
    let Some(names) = read_list(row, column)? else {
        return Ok(None);
    };
    names
        .iter()
        .map(|name| name.parse().ok().ok_or_else(|| bad_value(column, name)))
        .collect::<rusqlite::Result<_>>()
        .map(Some)
}

/// Three bytes for each field: version, number of the source; zeros for a field without a value.
fn read_ranks(
    row: &Row<'_>,
    column: usize,
    is_arxiv: bool,
) -> rusqlite::Result<Option<[Option<Rank>; 8]>> {
    let Some(bytes) = row.get_ref(column)?.as_blob_or_null()? else {
        return Ok(None);
    };
    if bytes.len() != 24 {
        return Err(bad_value(column, &format_args!("{} bytes", bytes.len())));
    }
    let mut ranks = [None; 8];
    for (rank, bytes) in ranks.iter_mut().zip(bytes.chunks_exact(3)) {
        if bytes[2] != 0 {
            let version = u16::from_be_bytes([bytes[0], bytes[1]]);
            let found = Rank::from_stored(version, bytes[2], is_arxiv);
            *rank = Some(found.ok_or_else(|| bad_value(column, &bytes[2]))?);
        }
    }
    Ok(Some(ranks))
}

fn rank_bytes(state: &State) -> Option<Vec<u8>> {
    let ranks = state.field_ranks();
    if ranks.iter().flatten().all(|rank| *rank == state.text.rank) {
        return None;
    }
    let mut bytes = Vec::with_capacity(24);
    for rank in ranks {
        let (version, source) = rank.map_or((0, 0), |rank| {
            (rank.version, rank.source_number(state.is_arxiv()))
        });
        bytes.extend_from_slice(&version.to_be_bytes());
        bytes.push(source);
    }
    Some(bytes)
}

fn versions(
    connection: &Connection,
    key: PaperKey,
) -> rusqlite::Result<BTreeMap<u16, Option<PaperDate>>> {
    connection
        .prepare_cached("SELECT number, date FROM versions WHERE key = ?1")?
        .query_map([sql_key(key)], |row| {
            let date = row.get_ref(1)?.as_str_or_null()?;
            let date = date
                .map(|date| date.parse().ok().ok_or_else(|| bad_value(1, &date)))
                .transpose()?;
            Ok((row.get(0)?, date))
        })?
        .collect()
}

fn arrivals(
    connection: &Connection,
    key: PaperKey,
) -> rusqlite::Result<BTreeSet<(Date, kindred_core::AnnouncementKind)>> {
    connection
        .prepare_cached("SELECT day, kind FROM arrivals WHERE key = ?1")?
        .query_map([sql_key(key)], |row| {
            let number: u8 = row.get(1)?;
            let kind = kind_of_number(number).ok_or_else(|| bad_value(1, &number))?;
            Ok((read_day(row, 0)?, kind))
        })?
        .collect()
}

fn aliases(connection: &Connection, key: PaperKey) -> rusqlite::Result<BTreeSet<PaperId>> {
    connection
        .prepare_cached("SELECT id FROM aliases WHERE key = ?1")?
        .query_map([sql_key(key)], |row| read_id(row, 0))?
        .collect()
}

/// Rows of `paper_categories` that a paper has: its categories and their archives.
pub(crate) fn category_rows(categories: &[Category]) -> BTreeSet<&str> {
    categories
        .iter()
        .flat_map(|category| [category.as_str(), category.archive()])
        .collect()
}

/// Authors as they stand in the row and in the word index.
pub(crate) fn authors_text(state: &State) -> Option<String> {
    list_text(items(state.authors.as_ref()))
}

fn list_text(items: &[String]) -> Option<String> {
    (!items.is_empty())
        .then(|| serde_json::to_string(items).expect("a list of strings is valid JSON"))
}

/// Writes a paper: with `key`, over the row that is there, else as a new one.
///
/// `before` is what the database holds under the key. The word index is not touched.
pub(crate) fn save(
    connection: &Connection,
    key: Option<PaperKey>,
    before: Option<&State>,
    state: &State,
) -> rusqlite::Result<PaperKey> {
    let first_date = state.first_date();
    let categories: Vec<String> = items(state.categories.as_ref())
        .iter()
        .map(|category| category.as_str().to_owned())
        .collect();
    let one = |field: &Option<Ranked<String>>| field.as_ref().map(|field| field.value.clone());
    let number: i64 = connection
        .prepare_cached(
            "INSERT INTO papers (key, id, id_order, text_version, source, withdrawn, deleted,
                 first_day, first_day_exact, text_hash, row_hash, field_ranks, categories,
                 authors, comments, journal_ref, doi, license, venue, keywords, title, abstract)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17,
                 ?18, ?19, ?20, ?21, ?22)
             ON CONFLICT (key) DO UPDATE SET text_version = ?4, source = ?5, withdrawn = ?6,
                 deleted = ?7, first_day = ?8, first_day_exact = ?9, text_hash = ?10,
                 row_hash = ?11, field_ranks = ?12, categories = ?13, authors = ?14,
                 comments = ?15, journal_ref = ?16, doi = ?17, license = ?18, venue = ?19,
                 keywords = ?20, title = ?21, abstract = ?22
             RETURNING key",
        )?
        .query_row(
            params![
                key.map(sql_key),
                state.id.to_string(),
                order_of(&state.id),
                state.text.rank.version,
                state.text.rank.source_number(state.is_arxiv()),
                state.text.withdrawn,
                state.deleted,
                first_date.map(|date| date.first_day().to_string()),
                first_date.is_some_and(PaperDate::is_to_the_day),
                state.text.hash.0,
                state.row_hash(),
                rank_bytes(state),
                list_text(&categories),
                authors_text(state),
                one(&state.comments),
                one(&state.journal_ref),
                one(&state.doi),
                one(&state.license),
                one(&state.venue),
                list_text(items(state.keywords.as_ref())),
                state.text.title,
                state.text.abstract_text,
            ],
            |row| row.get(0),
        )?;
    save_ids(connection, number, before, state)?;
    save_parts(connection, number, before, state)?;
    u64::try_from(number)
        .map(PaperKey)
        .ok()
        .ok_or_else(|| bad_value(0, &number))
}

/// Brings the id of a row that was there, and its other ids, up to date.
fn save_ids(
    connection: &Connection,
    key: i64,
    before: Option<&State>,
    state: &State,
) -> rusqlite::Result<()> {
    let none = BTreeSet::new();
    let old = before.map_or(&none, |before| &before.also);
    for id in old.difference(&state.also) {
        connection
            .prepare_cached("DELETE FROM aliases WHERE id_order = ?1")?
            .execute([order_of(id)])?;
    }
    if before.is_some_and(|before| before.id != state.id) {
        connection
            .prepare_cached("UPDATE papers SET id = ?2, id_order = ?3 WHERE key = ?1")?
            .execute(params![key, state.id.to_string(), order_of(&state.id)])?;
    }
    for id in state.also.difference(old) {
        connection
            .prepare_cached("INSERT INTO aliases (id_order, id, key) VALUES (?1, ?2, ?3)")?
            .execute(params![order_of(id), id.to_string(), key])?;
    }
    Ok(())
}

/// Writes the differences of the tables beside `papers`.
fn save_parts(
    connection: &Connection,
    key: i64,
    before: Option<&State>,
    state: &State,
) -> rusqlite::Result<()> {
    for number in before.iter().flat_map(|before| before.versions.keys()) {
        if !state.versions.contains_key(number) {
            connection
                .prepare_cached("DELETE FROM versions WHERE key = ?1 AND number = ?2")?
                .execute(params![key, number])?;
        }
    }
    for (number, date) in &state.versions {
        if before.is_some_and(|before| before.versions.get(number) == Some(date)) {
            continue;
        }
        connection
            .prepare_cached(
                "INSERT INTO versions (key, number, date) VALUES (?1, ?2, ?3)
                 ON CONFLICT (key, number) DO UPDATE SET date = ?3",
            )?
            .execute(params![key, number, date.map(|date| date.to_string())])?;
    }
    for (day, kind) in &state.arrivals {
        connection
            .prepare_cached("INSERT OR IGNORE INTO arrivals (key, day, kind) VALUES (?1, ?2, ?3)")?
            .execute(params![key, day.to_string(), kind_number(*kind)])?;
    }
    save_title(connection, key, before, state)?;
    let old = before.map_or(&[][..], |before| items(before.categories.as_ref()));
    let (old, new) = (
        category_rows(old),
        category_rows(items(state.categories.as_ref())),
    );
    for category in old.difference(&new) {
        connection
            .prepare_cached("DELETE FROM paper_categories WHERE category = ?1 AND key = ?2")?
            .execute(params![category, key])?;
    }
    for category in new.difference(&old) {
        connection
            .prepare_cached("INSERT INTO paper_categories (category, key) VALUES (?1, ?2)")?
            .execute(params![category, key])?;
    }
    Ok(())
}

/// Brings the entry in the index of titles up to date.
fn save_title(
    connection: &Connection,
    key: i64,
    before: Option<&State>,
    state: &State,
) -> rusqlite::Result<()> {
    if before.is_some_and(|before| before.text.title == state.text.title) {
        return Ok(());
    }
    let (old, new) = (
        before.and_then(|before| title_hash(&before.text.title)),
        title_hash(&state.text.title),
    );
    if old == new {
        return Ok(());
    }
    if let Some(hash) = old {
        connection
            .prepare_cached("DELETE FROM title_keys WHERE hash = ?1 AND key = ?2")?
            .execute(params![hash, key])?;
    }
    if let Some(hash) = new {
        connection
            .prepare_cached("INSERT INTO title_keys (hash, key) VALUES (?1, ?2)")?
            .execute(params![hash, key])?;
    }
    Ok(())
}
