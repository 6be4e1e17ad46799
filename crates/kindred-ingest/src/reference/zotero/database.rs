//! The tables of Zotero that hold items, their fields, creators and collections.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use jiff::Timestamp;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

/// Longest value that is read, in bytes.
const MAX_VALUE_BYTES: i32 = 16 << 20;
/// Tables without which a file is not Zotero's.
const TABLES: [&str; 10] = [
    "items",
    "itemTypes",
    "itemData",
    "itemDataValues",
    "fields",
    "itemCreators",
    "creators",
    "creatorTypes",
    "collections",
    "collectionItems",
];

/// A copy of Zotero's database.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
}

/// An item that stands for a work.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) number: i64,
    pub(super) key: String,
    pub(super) added: Option<Timestamp>,
}

/// A collection.
#[derive(Debug)]
pub(super) struct Collection {
    pub(super) name: String,
    pub(super) parent: Option<i64>,
}

impl Database {
    /// Opens a copy; what stands in its journals becomes part of it.
    pub(super) fn open(file: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(file)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)?;
        for (switch, on) in [
            (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
            (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
            (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        ] {
            connection.set_db_config(switch, on)?;
        }
        connection.pragma_update(None, "cell_size_check", true)?;
        connection.pragma_update(None, "mmap_size", 0)?;
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self { connection })
    }

    /// Returns the first table of Zotero that is not there.
    pub(super) fn missing_table(&self) -> rusqlite::Result<Option<&'static str>> {
        for table in TABLES {
            if !self.has_table(table)? {
                return Ok(Some(table));
            }
        }
        Ok(None)
    }

    fn has_table(&self, name: &str) -> rusqlite::Result<bool> {
        self.connection.query_row(
            "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1)",
            [name],
            |row| row.get(0),
        )
    }

    /// Returns a condition that leaves out what another table lists, where there is that table.
    fn not_in(&self, column: &str, table: &str) -> rusqlite::Result<String> {
        Ok(if self.has_table(table)? {
            format!(" AND {column} NOT IN (SELECT {column} FROM {table})")
        } else {
            String::new()
        })
    }

    /// Returns the works, by the day they were added.
    pub(super) fn items(&self) -> rusqlite::Result<Vec<Item>> {
        let (trash, feeds) = (
            self.not_in("itemID", "deletedItems")?,
            self.not_in("itemID", "feedItems")?,
        );
        let sql = format!(
            "SELECT itemID, key, dateAdded FROM items JOIN itemTypes USING (itemTypeID)
             WHERE typeName NOT IN ('attachment', 'note', 'annotation'){trash}{feeds}
             ORDER BY dateAdded, itemID"
        );
        self.connection
            .prepare(&sql)?
            .query_map([], |row| {
                Ok(Item {
                    number: row.get(0)?,
                    key: text(row, 1)?,
                    added: time(&text(row, 2)?),
                })
            })?
            .collect()
    }

    /// Returns the fields of each item by their names.
    pub(super) fn fields(&self) -> rusqlite::Result<BTreeMap<i64, BTreeMap<String, String>>> {
        let mut statement = self.connection.prepare(
            "SELECT itemID, fieldName, value
             FROM itemData JOIN fields USING (fieldID) JOIN itemDataValues USING (valueID)",
        )?;
        let mut rows = statement.query([])?;
        let mut fields: BTreeMap<i64, BTreeMap<String, String>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let of_item = fields.entry(row.get(0)?).or_default();
            of_item.insert(text(row, 1)?, text(row, 2)?);
        }
        Ok(fields)
    }

    /// Returns the authors of each item in order.
    pub(super) fn creators(&self) -> rusqlite::Result<BTreeMap<i64, Vec<String>>> {
        let mut statement = self.connection.prepare(
            "SELECT itemID, firstName, lastName
             FROM itemCreators JOIN creators USING (creatorID) JOIN creatorTypes USING (creatorTypeID)
             WHERE creatorType = 'author' ORDER BY itemID, orderIndex",
        )?;
        let mut rows = statement.query([])?;
        let mut creators: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (first, last) = (text(row, 1)?, text(row, 2)?);
            let name = format!("{first} {last}").trim().to_owned();
            creators.entry(row.get(0)?).or_default().push(name);
        }
        Ok(creators)
    }

    /// Returns the collections that are not in the trash, by number.
    pub(super) fn collections(&self) -> rusqlite::Result<BTreeMap<i64, Collection>> {
        let trash = self.not_in("collectionID", "deletedCollections")?;
        let sql = format!(
            "SELECT collectionID, collectionName, parentCollectionID FROM collections
             WHERE 1{trash}"
        );
        self.connection
            .prepare(&sql)?
            .query_map([], |row| {
                let collection = Collection {
                    name: text(row, 1)?,
                    parent: row.get(2)?,
                };
                Ok((row.get(0)?, collection))
            })?
            .collect()
    }

    /// Returns the numbers of the items in some collections.
    pub(super) fn items_in(&self, collections: &BTreeSet<i64>) -> rusqlite::Result<BTreeSet<i64>> {
        let mut statement = self
            .connection
            .prepare("SELECT itemID FROM collectionItems WHERE collectionID = ?1")?;
        let mut items = BTreeSet::new();
        for collection in collections {
            let found = statement.query_map([collection], |row| row.get::<_, i64>(0))?;
            for item in found {
                items.insert(item?);
            }
        }
        Ok(items)
    }
}

/// Reads a value as text, whatever type and encoding it has; empty for none.
fn text(row: &Row<'_>, column: usize) -> rusqlite::Result<String> {
    Ok(match row.get_ref(column)? {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            String::from_utf8_lossy(bytes).into_owned()
        }
    })
}

/// Reads `2021-03-04 05:06:07`, which is UTC.
fn time(text: &str) -> Option<Timestamp> {
    format!("{}Z", text.trim().trim_end_matches('Z').replace(' ', "T"))
        .parse()
        .ok()
}
