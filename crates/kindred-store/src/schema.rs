//! The schema, its versions, and what identifies a file as a Kindred library.

use rusqlite::{Connection, TransactionBehavior};

use crate::lookup::add_title_hash;

/// `application_id` of the file: the letters `Kdrd`.
pub(crate) const APPLICATION_ID: i32 = 0x4b64_7264;

/// Oldest SQLite whose write-ahead log is free of the reset race that earlier ones had.
pub(crate) const MIN_SQLITE: i32 = 3_051_003;

/// Steps from each version of the schema to the next. A step is never edited once released.
const MIGRATIONS: [&str; 6] = [
    include_str!("schema/version_1.sql"),
    include_str!("schema/version_2.sql"),
    include_str!("schema/version_3.sql"),
    include_str!("schema/version_4.sql"),
    include_str!("schema/version_5.sql"),
    include_str!("schema/version_6.sql"),
];

/// First version that finds papers by their title.
pub(crate) const WITH_TITLE_KEYS: u32 = 2;

/// First version with rules of sets and with texts as they were seen.
pub(crate) const WITH_RULES: u32 = 3;

/// First version that keeps how far services were harvested, and the ledger.
pub(crate) const WITH_LEDGER: u32 = 4;

/// First version in which a paper can have several ids.
pub(crate) const WITH_ALIASES: u32 = 5;

/// First version with topics and their map.
pub(crate) const WITH_TOPICS: u32 = 6;

/// Lets statements that look for other ids find none in an older file, for this connection alone.
pub(crate) fn stand_in_for_aliases(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch(
        "CREATE TEMP TABLE aliases (id_order BLOB NOT NULL PRIMARY KEY, id TEXT, key INTEGER)",
    )
}

/// Version that this program writes.
pub(crate) fn newest_version() -> u32 {
    u32::try_from(MIGRATIONS.len()).expect("a handful of migrations")
}

/// Brings the schema from its stored version to the newest in one transaction.
///
/// Another process may have done the same meanwhile, so the version is read again under the lock.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<()> {
    add_title_hash(connection)?;
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let version: u32 = stored_version(&transaction)?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    for step in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(step)?;
    }
    if version < newest_version() {
        transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
        transaction.pragma_update(None, "user_version", newest_version())?;
    }
    transaction.commit()
}

/// Reads `user_version`.
pub(crate) fn stored_version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "user_version", |row| row.get(0))
}

/// Reads every object of the schema as `(kind, name, definition)`, by name.
///
/// The tables behind the word index are left out; that index checks itself.
pub(crate) fn objects(connection: &Connection) -> rusqlite::Result<Vec<(String, String, String)>> {
    connection
        .prepare(
            "SELECT type, name, coalesce(sql, '') FROM sqlite_schema
             WHERE name NOT LIKE 'words\\_%' ESCAPE '\\' ORDER BY name, type",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}

/// Returns the objects of an empty library of a version.
pub(crate) fn expected_objects(version: u32) -> rusqlite::Result<Vec<(String, String, String)>> {
    let connection = Connection::open_in_memory()?;
    add_title_hash(&connection)?;
    let steps = usize::try_from(version).unwrap_or(usize::MAX);
    for step in MIGRATIONS.iter().take(steps) {
        connection.execute_batch(step)?;
    }
    objects(&connection)
}
