//! Removing what is damaged of topics.
//!
//! Runs and maps can be made again, so a damaged one goes. Ids and names cannot: a damaged topic
//! is put together again from the runs that are left, or counts as dead; a damaged name stays as it
//! can be read.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};

use super::TopicId;
use super::identity::{Counters, Identity, reseal_scope};
use super::names::{TopicName, save_name};
use super::runs::RunRow;
use super::save::{bury, scope_number};
use super::verify::{Item, broken, rows};
use crate::connection::Store;
use crate::error::{At, StoreError};

/// What [`Store::drop_damaged_topics`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicRepair {
    /// Runs that were removed, by number.
    pub runs: Vec<i64>,
    /// Maps that were removed.
    pub maps: u64,
    /// Papers that came later and lost their place in a run or on a map.
    pub places: u64,
    /// Topics whose row was made again; those that no run knows have died.
    pub topics: u64,
    /// Names that were kept as they can be read, which may not be as they were given.
    pub kept_names: u64,
    /// Names that cannot be read and were removed.
    pub lost_names: u64,
    /// Subscriptions that were removed; the sets stay.
    pub subscriptions: u64,
    /// Bodies of papers whose key changed, so that they are no longer found; their topics have
    /// died.
    pub scopes: u64,
    /// Whether the counters of ids and runs were made again.
    pub has_new_counters: bool,
}

impl TopicRepair {
    /// Whether nothing was damaged.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl Store {
    /// Removes what is damaged of topics, and puts together what outlives runs.
    ///
    /// # Errors
    /// If the file cannot be written, or its structure is damaged.
    pub fn drop_damaged_topics(&mut self, at: Timestamp) -> Result<TopicRepair, StoreError> {
        if !self.has_topics()? {
            return Ok(TopicRepair::default());
        }
        self.try_write(|connection, path| {
            let mut repair = TopicRepair::default();
            // What is repaired first decides about the rest: a topic lost its row, so the runs that
            // name it are looked at again once it has one.
            let items = |kind: fn(Item) -> bool| -> Result<Vec<Item>, StoreError> {
                let found = broken(connection, path)?;
                let mut items: Vec<Item> = found.into_iter().map(|(item, _)| item).collect();
                items.retain(|item| kind(*item));
                items.dedup();
                Ok(items)
            };
            for item in items(|item| matches!(item, Item::Topic(_)))? {
                if let Item::Topic(id) = item {
                    remake(connection, path, id, at)?;
                    repair.topics += 1;
                }
            }
            for item in items(|item| matches!(item, Item::Counters))? {
                Counters::after(Counters::used(connection).at(path)?)
                    .save(connection)
                    .at(path)?;
                repair.has_new_counters |= item == Item::Counters;
            }
            for item in items(|item| matches!(item, Item::Scope(_)))? {
                if let Item::Scope(number) = item {
                    let last = Counters::load(connection, path)?.next_run - 1;
                    bury(connection, path, number, (last, at))?;
                    reseal_scope(connection, number).at(path)?;
                    repair.scopes += 1;
                }
            }
            for item in items(|_| true)? {
                remove(connection, item, &mut repair).at(path)?;
            }
            Ok(repair)
        })
    }
}

fn remove(connection: &Connection, item: Item, repair: &mut TopicRepair) -> rusqlite::Result<()> {
    let delete = |sql: &str, one: i64, two: Option<i64>| match two {
        Some(two) => connection.execute(sql, [one, two]),
        None => connection.execute(sql, [one]),
    };
    match item {
        Item::Run(number) => {
            delete("DELETE FROM topic_runs WHERE number = ?1", number, None)?;
            repair.runs.push(number);
        }
        Item::Map(scope) => {
            delete("DELETE FROM topic_maps WHERE scope = ?1", scope, None)?;
            repair.maps += 1;
        }
        Item::Placement(run, key) => {
            let sql = "DELETE FROM topic_placements WHERE run = ?1 AND key = ?2";
            repair.places += delete(sql, run, Some(key))? as u64;
        }
        Item::Point(scope, key) => {
            let sql = "DELETE FROM topic_map_points WHERE scope = ?1 AND key = ?2";
            repair.places += delete(sql, scope, Some(key))? as u64;
        }
        Item::Subscription(topic, set) => {
            let sql = "DELETE FROM topic_subscriptions WHERE topic = ?1 AND set_number = ?2";
            repair.subscriptions += delete(sql, topic, Some(set))? as u64;
        }
        Item::Name(topic) => restore_name(connection, topic, repair)?,
        // Put right before.
        Item::Scope(_) | Item::Counters | Item::Topic(_) => {}
    }
    Ok(())
}

fn restore_name(
    connection: &Connection,
    topic: i64,
    repair: &mut TopicRepair,
) -> rusqlite::Result<()> {
    let stored: Option<(String, i64)> = connection
        .query_row(
            "SELECT name, at FROM topic_names WHERE topic = ?1",
            [topic],
            |row| {
                let name = row.get_ref(0)?.as_bytes().unwrap_or_default();
                Ok((String::from_utf8_lossy(name).into_owned(), row.get(1)?))
            },
        )
        .optional()?;
    // Control characters that damage made are read as spaces.
    let name: Option<TopicName> = stored
        .as_ref()
        .and_then(|(name, _)| crate::text::normal_form(name).parse().ok());
    if let (Some(name), Some((_, at))) = (name, stored) {
        save_name(connection, topic, &name, at)?;
        repair.kept_names += 1;
    } else {
        connection.execute("DELETE FROM topic_names WHERE topic = ?1", [topic])?;
        repair.lost_names += 1;
    }
    Ok(())
}

/// Makes the row of a topic again from the runs that can be read, and where there are none from
/// what can be read of the row.
fn remake(connection: &Connection, path: &Path, id: i64, at: Timestamp) -> Result<(), StoreError> {
    let numbers: Vec<i64> = rows(
        connection,
        "SELECT number FROM topic_runs ORDER BY number",
        [],
        |row| row.get(0),
    )
    .at(path)?;
    let topic = TopicId(id.cast_unsigned());
    let mut identity: Option<Identity> = None;
    for number in numbers {
        // Runs that cannot be read are removed later.
        let Ok(run) = RunRow::load(connection, path, number) else {
            continue;
        };
        let Ok(topics) = run.topics(connection, path) else {
            continue;
        };
        let now = (number, run.run.at);
        match topics.into_iter().find(|found| found.id == topic) {
            Some(found) => {
                let born = identity.as_ref().map_or(now, |identity| identity.born);
                identity = Some(Identity {
                    id,
                    scope: run.scope,
                    born,
                    died: None,
                    label: found.label,
                });
            }
            None => {
                if let Some(identity) = identity.as_mut()
                    && identity.scope == run.scope
                    && identity.died.is_none()
                {
                    identity.died = Some(now);
                }
            }
        }
    }
    let identity = match identity {
        Some(identity) => identity,
        None => of_row(connection, id, at).at(path)?,
    };
    identity.save(connection).at(path)
}

/// What can be read of a topic's row, as a dead topic.
fn of_row(connection: &Connection, id: i64, at: Timestamp) -> rusqlite::Result<Identity> {
    let last: i64 = connection.query_row(
        "SELECT coalesce(max(number), 0) FROM topic_runs",
        [],
        |row| row.get(0),
    )?;
    let stored: Option<(Option<i64>, String)> = connection
        .query_row(
            "SELECT (SELECT number FROM topic_scopes WHERE number = topics.scope), label
             FROM topics WHERE id = ?1",
            [id],
            |row| {
                let label = row.get_ref(1)?.as_bytes().unwrap_or_default();
                Ok((row.get(0)?, String::from_utf8_lossy(label).into_owned()))
            },
        )
        .optional()?;
    let (scope, label) = stored.unwrap_or_default();
    // One that nobody asks for holds what belongs to no papers any more.
    let scope = match scope {
        Some(scope) => scope,
        None => scope_number(connection, "lost topics")?,
    };
    Ok(Identity {
        id,
        scope,
        born: (last, at),
        died: Some((last, at)),
        label,
    })
}
