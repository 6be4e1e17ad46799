//! Papers found by what other programs know of them: a DOI, a title.

use kindred_core::{PaperKey, title_key};
use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OptionalExtension, params};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::row::{read_key, sql_key};
use crate::schema;
use crate::text::Hasher;

/// Papers that may be the same work as another one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Doubles {
    /// With the same digital object identifier, by ascending key.
    pub by_doi: Vec<PaperKey>,
    /// With the same title once it is folded, by ascending key; whose works they are was not
    /// looked at.
    pub by_title: Vec<PaperKey>,
}

impl Store {
    /// Returns the other papers with the DOI or the title of a paper; none for a key that no paper
    /// has.
    ///
    /// A library that an older program has written, opened for reading, may have no index of
    /// titles; there none is found by title.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn doubles(&self, key: PaperKey) -> Result<Doubles, StoreError> {
        let version = schema::stored_version(&self.connection).at(&self.path)?;
        doubles(&self.connection, key, version >= schema::WITH_TITLE_KEYS).at(&self.path)
    }

    /// Returns the papers with a digital object identifier, by ascending key. The case of its
    /// letters does not count (DOI handbook, 2.4).
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn keys_with_doi(&self, doi: &str) -> Result<Vec<PaperKey>, StoreError> {
        with_doi(&self.connection, doi, NO_LIMIT).at(&self.path)
    }

    /// Returns the papers whose title is the same once it is folded ([`title_key`]), by ascending
    /// key; none for a title without letters.
    ///
    /// A library that only an older program has written, opened for reading, has no index of
    /// titles yet; there every title is read.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn keys_with_title(&self, title: &str) -> Result<Vec<PaperKey>, StoreError> {
        let wanted = title_key(title);
        if wanted.is_empty() {
            return Ok(Vec::new());
        }
        let version = schema::stored_version(&self.connection).at(&self.path)?;
        let found = if version < schema::WITH_TITLE_KEYS {
            titles(
                &self.connection,
                "SELECT key, title FROM papers WHERE ?1 IS NOT NULL ORDER BY key",
                &wanted,
            )
        } else {
            titles(
                &self.connection,
                "SELECT paper.key, paper.title
                 FROM title_keys AS entry JOIN papers AS paper ON paper.key = entry.key
                 WHERE entry.hash = ?1 ORDER BY paper.key",
                &wanted,
            )
        };
        found.at(&self.path)
    }
}

fn doubles(connection: &Connection, key: PaperKey, has_titles: bool) -> rusqlite::Result<Doubles> {
    let mut doubles = Doubles::default();
    let mut statement =
        connection.prepare_cached("SELECT title, doi FROM papers WHERE key = ?1")?;
    let mut rows = statement.query([sql_key(key)])?;
    let Some(row) = rows.next()? else {
        return Ok(doubles);
    };
    if let Some(doi) = row.get_ref(1)?.as_str_or_null()? {
        doubles.by_doi = connection
            .prepare_cached(
                "SELECT key FROM papers
                 WHERE doi IS NOT NULL AND lower(doi) = lower(?1) AND key <> ?2 ORDER BY key",
            )?
            .query_map(params![doi, sql_key(key)], |row| read_key(row, 0))?
            .collect::<rusqlite::Result<_>>()?;
    }
    let title = row.get_ref(0)?.as_str()?;
    let folded = if has_titles {
        title_key(title)
    } else {
        String::new()
    };
    if folded.is_empty() {
        return Ok(doubles);
    }
    let mut entries = connection
        .prepare_cached("SELECT key FROM title_keys WHERE hash = ?1 AND key <> ?2 ORDER BY key")?;
    let mut entries = entries.query(params![hash_of(&folded), sql_key(key)])?;
    while let Some(entry) = entries.next()? {
        let other = read_key(entry, 0)?;
        let has_title = connection
            .prepare_cached("SELECT title FROM papers WHERE key = ?1")?
            .query_row([sql_key(other)], |row| {
                Ok(title_key(row.get_ref(0)?.as_str()?) == folded)
            })
            .optional()?;
        if has_title == Some(true) {
            doubles.by_title.push(other);
        }
    }
    Ok(doubles)
}

/// Stands for no limit in SQLite.
const NO_LIMIT: i64 = -1;

/// The first `limit` papers with a DOI, by ascending key.
pub(crate) fn with_doi(
    connection: &Connection,
    doi: &str,
    limit: i64,
) -> rusqlite::Result<Vec<PaperKey>> {
    connection
        .prepare_cached(
            "SELECT key FROM papers WHERE doi IS NOT NULL AND lower(doi) = lower(?1)
             ORDER BY key LIMIT ?2",
        )?
        .query_map(params![doi, limit], |row| read_key(row, 0))?
        .collect()
}

/// The first `limit` papers whose title has the hash of a key that is not empty, by ascending
/// key. Almost always their titles have that key too.
pub(crate) fn with_title_hash(
    connection: &Connection,
    title_key: &str,
    limit: i64,
) -> rusqlite::Result<Vec<PaperKey>> {
    connection
        .prepare_cached("SELECT key FROM title_keys WHERE hash = ?1 ORDER BY key LIMIT ?2")?
        .query_map(params![hash_of(title_key), limit], |row| read_key(row, 0))?
        .collect()
}

/// Keys of the rows `(key, title)` whose title has the key `wanted`; its hash is parameter 1.
fn titles(connection: &Connection, sql: &str, wanted: &str) -> rusqlite::Result<Vec<PaperKey>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query([hash_of(wanted)])?;
    let mut keys = Vec::new();
    while let Some(row) = rows.next()? {
        if title_key(row.get_ref(1)?.as_str()?) == wanted {
            keys.push(read_key(row, 0)?);
        }
    }
    Ok(keys)
}

/// Hash under which a title is found; `None` for one without letters and digits.
pub(crate) fn title_hash(title: &str) -> Option<i64> {
    let key = title_key(title);
    (!key.is_empty()).then(|| hash_of(&key))
}

fn hash_of(key: &str) -> i64 {
    let mut hasher = Hasher::new("kindred-store title 1");
    hasher.text(key);
    let hash = hasher.finish();
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash[..8]);
    i64::from_le_bytes(bytes)
}

/// Makes `title_hash` known to the statements of a migration.
pub(crate) fn add_title_hash(connection: &Connection) -> rusqlite::Result<()> {
    connection.create_scalar_function(
        "title_hash",
        1,
        FunctionFlags::SQLITE_UTF8
            | FunctionFlags::SQLITE_DETERMINISTIC
            | FunctionFlags::SQLITE_DIRECTONLY,
        |context| Ok(title_hash(context.get_raw(0).as_str()?)),
    )
}
