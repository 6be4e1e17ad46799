//! Looking for rows of the ledger and of harvests that cannot be what was written.

use jiff::civil::Date;
use kindred_core::{Category, PaperId};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Row};

use super::StoreFault;
use crate::harvest::{count, read_time, time_or_null};
use crate::ledger::GapKind;
use crate::order::order_of;

/// How the rows of one table are checked.
pub(super) struct Table {
    name: &'static str,
    /// Selects what names a row, then the columns that `fault` expects.
    sql: &'static str,
    /// What is wrong with a row.
    fault: fn(&Row<'_>) -> Option<&'static str>,
}

pub(super) const TABLES: [Table; 7] = [
    Table {
        name: "follows",
        sql: "SELECT category, category, since FROM follows",
        fault: |row| category_fault(row, 1).or_else(|| day_fault(row, 2)),
    },
    Table {
        name: "harvests",
        sql:
            "SELECT list, covered_from, covered_until, checked, from_day, started, token, token_at,
                  last_day, pages, records, is_listed FROM harvests",
        fault: harvest_fault,
    },
    Table {
        name: "datestamps",
        sql: "SELECT CAST(key AS TEXT), day FROM datestamps",
        fault: |row| day_fault(row, 1),
    },
    Table {
        name: "missing",
        sql: "SELECT id, id, id_order, day, categories, reason, since, tries FROM missing",
        fault: missing_fault,
    },
    Table {
        name: "announced",
        sql: "SELECT category || ' ' || day, category, day, fresh, replaced, at FROM announced",
        fault: |row| {
            category_fault(row, 1)
                .or_else(|| day_fault(row, 2))
                .or_else(|| count_fault(row, 3))
                .or_else(|| count_fault(row, 4))
                .or_else(|| time_fault(row, 5))
        },
    },
    Table {
        name: "gaps",
        sql: "SELECT category || ' ' || day, category, day, kind, reason, opened, closed, outcome
              FROM gaps",
        fault: gap_fault,
    },
    Table {
        name: "attempts",
        sql: "SELECT CAST(number AS TEXT), at, list, from_day, until_day, records, failure
              FROM attempts",
        fault: attempt_fault,
    },
];

impl Table {
    /// Returns a fault for each row that cannot be what was written.
    pub(super) fn broken(&self, connection: &Connection) -> rusqlite::Result<Vec<StoreFault>> {
        let mut statement = connection.prepare(self.sql)?;
        let mut rows = statement.query([])?;
        let mut broken = Vec::new();
        while let Some(row) = rows.next()? {
            let name = row.get_ref(0)?;
            if let Some(what) = text_fault(row, 0).or_else(|| (self.fault)(row)) {
                broken.push(StoreFault::Ledger {
                    table: self.name,
                    row: String::from_utf8_lossy(name.as_bytes().unwrap_or_default()).into_owned(),
                    what,
                });
            }
        }
        Ok(broken)
    }
}

fn harvest_fault(row: &Row<'_>) -> Option<&'static str> {
    let days = [1, 2, 4, 8].into_iter();
    let times = [3, 5, 7].into_iter();
    let numbers = [9, 10].into_iter();
    let is_null = |column: &usize| matches!(row.get_ref(*column), Ok(ValueRef::Null));
    let unreadable = days
        .filter_map(|column| day_or_null_fault(row, column))
        .chain(times.filter_map(|column| time_or_null_fault(row, column)))
        .chain(numbers.filter_map(|column| count_fault(row, column)))
        .chain(text_or_null_fault(row, 6))
        .next();
    if unreadable.is_some() {
        return unreadable;
    }
    let nulls = |columns: &[usize]| columns.iter().filter(|column| is_null(column)).count();
    if !matches!(nulls(&[1, 2, 3]), 0 | 3) {
        return Some("says only in part what it covers");
    }
    // Days that are written as they have to be are in the order of their texts.
    if !is_null(&1) && row.get_ref(1).ok()?.as_str().ok() > row.get_ref(2).ok()?.as_str().ok() {
        return Some("covers days that end before they begin");
    }
    if !matches!(nulls(&[4, 5]), 0 | 2) {
        return Some("says only in part when its harvest began");
    }
    if !matches!(nulls(&[6, 7]), 0 | 2) {
        return Some("has a token without its time, or the time without a token");
    }
    let is_running = !is_null(&4);
    if !is_running && !is_null(&6) {
        return Some("has a token and no harvest under way");
    }
    let numbers = [9, 10, 11].map(|column| row.get::<_, i64>(column).ok());
    if !is_running && (!is_null(&8) || numbers != [Some(0); 3]) {
        return Some("says how far a harvest came that is not under way");
    }
    None
}

fn missing_fault(row: &Row<'_>) -> Option<&'static str> {
    let text = row.get_ref(1).ok()?.as_str().ok();
    let id: Option<PaperId> = text.and_then(|text| text.parse().ok());
    let Some(id) = id.filter(|id| Some(id.to_string().as_str()) == text) else {
        return Some("has no id of a paper");
    };
    if row.get_ref(2).ok()?.as_blob() != Ok(order_of(&id).as_slice()) {
        return Some("has another place than its id");
    }
    let names: Option<Vec<Category>> = row
        .get_ref(4)
        .ok()?
        .as_str()
        .ok()
        .and_then(|text| serde_json::from_str::<Vec<String>>(text).ok())
        .and_then(|names| names.iter().map(|name| name.parse().ok()).collect());
    if names.is_none() {
        return Some("has categories that cannot be read");
    }
    day_fault(row, 3)
        .or_else(|| text_fault(row, 5))
        .or_else(|| time_fault(row, 6))
        .or_else(|| count_fault(row, 7))
}

fn gap_fault(row: &Row<'_>) -> Option<&'static str> {
    let kind: Option<u8> = row.get(3).ok();
    if kind.and_then(GapKind::from_number).is_none() {
        return Some("is of no kind of gap");
    }
    let is_null = |column| matches!(row.get_ref(column), Ok(ValueRef::Null));
    if is_null(6) != is_null(7) {
        return Some("is closed without an outcome, or has an outcome and is open");
    }
    category_fault(row, 1)
        .or_else(|| day_fault(row, 2))
        .or_else(|| text_fault(row, 4))
        .or_else(|| time_fault(row, 5))
        .or_else(|| time_or_null_fault(row, 6))
        .or_else(|| text_or_null_fault(row, 7))
}

fn attempt_fault(row: &Row<'_>) -> Option<&'static str> {
    time_fault(row, 1)
        .or_else(|| text_fault(row, 2))
        .or_else(|| day_or_null_fault(row, 3))
        .or_else(|| day_or_null_fault(row, 4))
        .or_else(|| count_fault(row, 5))
        .or_else(|| text_or_null_fault(row, 6))
}

fn category_fault(row: &Row<'_>, column: usize) -> Option<&'static str> {
    let text = row.get_ref(column).ok()?.as_str().unwrap_or_default();
    let category: Option<Category> = text.parse().ok();
    let is_one = text == "*" || category.is_some_and(|category| category.as_str() == text);
    (!is_one).then_some("has no category")
}

fn day_fault(row: &Row<'_>, column: usize) -> Option<&'static str> {
    let text = row.get_ref(column).ok()?.as_str().unwrap_or_default();
    let day: Option<Date> = text.parse().ok();
    let is_one = day.is_some_and(|day| day.to_string() == text);
    (!is_one).then_some("has no day where one has to be")
}

fn day_or_null_fault(row: &Row<'_>, column: usize) -> Option<&'static str> {
    let is_null = matches!(row.get_ref(column), Ok(ValueRef::Null));
    (!is_null).then(|| day_fault(row, column)).flatten()
}

fn time_fault(row: &Row<'_>, column: usize) -> Option<&'static str> {
    let is_one = read_time(row, column).is_ok();
    (!is_one).then_some("has no time where one has to be")
}

fn time_or_null_fault(row: &Row<'_>, column: usize) -> Option<&'static str> {
    let is_one = time_or_null(row, column).is_ok();
    (!is_one).then_some("has no time where one has to be")
}

fn count_fault(row: &Row<'_>, column: usize) -> Option<&'static str> {
    let is_one = count(row, column).is_ok();
    (!is_one).then_some("has no count where one has to be")
}

fn text_fault(row: &Row<'_>, column: usize) -> Option<&'static str> {
    let is_one = row.get_ref(column).is_ok_and(|text| text.as_str().is_ok());
    (!is_one).then_some("has a text that is not UTF-8")
}

fn text_or_null_fault(row: &Row<'_>, column: usize) -> Option<&'static str> {
    let is_null = matches!(row.get_ref(column), Ok(ValueRef::Null));
    (!is_null).then(|| text_fault(row, column)).flatten()
}
