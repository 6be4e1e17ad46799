//! Rules of seed sets.

use kindred_core::{Rule, RuleKind};
use rusqlite::{Connection, params};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::row::bad_value;
use crate::schema;
use crate::sets::{SetName, set_number};
use crate::text::{Hasher, normal_form};

impl Store {
    /// Returns the rules of a set, in the order in which they were given. A library that only an
    /// older program has written, opened for reading, has none.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be read.
    pub fn rules(&self, set: &SetName) -> Result<Vec<Rule>, StoreError> {
        let number = set_number(&self.connection, &self.path, set)?;
        let version = schema::stored_version(&self.connection).at(&self.path)?;
        if version < schema::WITH_RULES {
            return Ok(Vec::new());
        }
        rules(&self.connection, number).at(&self.path)
    }

    /// Gives a set these rules, in this order, instead of those that it has.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be written.
    pub fn set_rules(&mut self, set: &SetName, rules: &[Rule]) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            let number = set_number(connection, path, set)?;
            save_rules(connection, number, rules).at(path)
        })
    }
}

fn rules(connection: &Connection, set_number: i64) -> rusqlite::Result<Vec<Rule>> {
    connection
        .prepare_cached("SELECT kind, text FROM rules WHERE set_number = ?1 ORDER BY place")?
        .query_map([set_number], |row| {
            let kind: u8 = row.get(0)?;
            let text = row.get_ref(1)?.as_str()?;
            let kind = RuleKind::from_number(kind).ok_or_else(|| bad_value(0, &kind))?;
            Rule::new(kind, text)
                .ok()
                .ok_or_else(|| bad_value(1, &text))
        })?
        .collect()
}

fn save_rules(connection: &Connection, set_number: i64, rules: &[Rule]) -> rusqlite::Result<()> {
    connection.execute("DELETE FROM rules WHERE set_number = ?1", [set_number])?;
    let mut statement = connection.prepare_cached(
        "INSERT INTO rules (set_number, place, kind, text, seal) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (place, rule) in (1_i64..).zip(rules) {
        let (kind, text) = (rule.kind().number(), normal_form(rule.text()));
        let seal = seal(set_number, place, kind, &text);
        statement.execute(params![set_number, place, kind, text, seal])?;
    }
    Ok(())
}

fn seal(set_number: i64, place: i64, kind: u8, text: &str) -> i64 {
    let mut hasher = Hasher::new("kindred-store rule 1");
    hasher.number(set_number.cast_unsigned());
    hasher.number(place.cast_unsigned());
    hasher.number(u64::from(kind));
    hasher.text(text);
    hasher.finish_short()
}

/// Returns set and place of the rules that do not have their seal.
pub(crate) fn broken_rules(connection: &Connection) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut statement =
        connection.prepare("SELECT set_number, place, kind, text, seal FROM rules")?;
    let mut rows = statement.query([])?;
    let mut broken = Vec::new();
    while let Some(row) = rows.next()? {
        let (set, place): (i64, i64) = (row.get(0)?, row.get(1)?);
        let text = row.get_ref(3)?.as_str()?;
        if seal(set, place, row.get(2)?, text) != row.get::<_, i64>(4)? {
            broken.push((set, place));
        }
    }
    Ok(broken)
}
