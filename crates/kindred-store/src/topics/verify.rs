//! Looking for damage of topics.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kindred_core::KeySet;
use rusqlite::{Connection, Row};

use super::check::{contradiction, event_fault};
use super::identity::{Counters, Identity, check_scope};
use super::map::{MapRow, point_fault, point_seal};
use super::names::{name_of, subscription_seal};
use super::runs::{RunRow, placement_seal};
use super::save::paper_keys;
use super::{StoredTopic, TopicError, TopicId};
use crate::error::{At, StoreError};
use crate::verify::StoreFault;

const CHANGED: &str = "has changed since it was stored";

/// Something of topics that is damaged as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Item {
    Scope(i64),
    Counters,
    Topic(i64),
    Name(i64),
    Subscription(i64, i64),
    Run(i64),
    Placement(i64, i64),
    Map(i64),
    Point(i64, i64),
}

impl Item {
    fn table(self) -> &'static str {
        match self {
            Self::Scope(_) => "topic_scopes",
            Self::Counters => "topic_counters",
            Self::Topic(_) => "topics",
            Self::Name(_) => "topic_names",
            Self::Subscription(..) => "topic_subscriptions",
            Self::Run(_) => "topic_runs",
            Self::Placement(..) => "topic_placements",
            Self::Map(_) => "topic_maps",
            Self::Point(..) => "topic_map_points",
        }
    }

    fn row(self) -> String {
        match self {
            Self::Counters => "1".to_owned(),
            Self::Scope(one)
            | Self::Topic(one)
            | Self::Name(one)
            | Self::Run(one)
            | Self::Map(one) => one.to_string(),
            Self::Subscription(one, two) | Self::Placement(one, two) | Self::Point(one, two) => {
                format!("{one} {two}")
            }
        }
    }
}

/// Returns everything that is wrong with topics.
pub(crate) fn faults(connection: &Connection, path: &Path) -> Result<Vec<StoreFault>, StoreError> {
    let broken = broken(connection, path)?;
    Ok(broken.into_iter().map(|(_, fault)| fault).collect())
}

/// As [`faults`], each with what is damaged.
pub(super) fn broken(
    connection: &Connection,
    path: &Path,
) -> Result<Vec<(Item, StoreFault)>, StoreError> {
    let mut check = Check {
        connection,
        path,
        papers: paper_keys(connection).at(path)?,
        known: BTreeMap::new(),
        broken: Vec::new(),
    };
    check.scopes_and_counters()?;
    check.topics()?;
    check.subscriptions()?;
    check.runs()?;
    check.maps()?;
    Ok(check.broken)
}

struct Check<'a> {
    connection: &'a Connection,
    path: &'a Path,
    papers: KeySet,
    /// Scopes of the topics that can be read.
    known: BTreeMap<TopicId, i64>,
    broken: Vec<(Item, StoreFault)>,
}

impl Check<'_> {
    /// Turns damage of an item into a fault; other errors stay errors.
    fn note<T>(
        &mut self,
        item: Item,
        outcome: Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let (table, row, what) = match outcome {
            Ok(value) => return Ok(Some(value)),
            Err(StoreError::Topic(TopicError::Damaged { table, row, what })) => (table, row, what),
            // A run whose scope is missing is not found.
            Err(StoreError::Topic(TopicError::UnknownRun { .. })) => {
                let what = "belongs to no papers".to_owned();
                (item.table(), item.row(), what)
            }
            Err(StoreError::Damaged { source, .. }) => (
                item.table(),
                item.row(),
                format!("cannot be read: {source}"),
            ),
            Err(error) => return Err(error),
        };
        let fault = StoreFault::Topics { table, row, what };
        self.broken.push((item, fault));
        Ok(None)
    }

    fn fault(&mut self, item: Item, what: impl Into<String>) {
        let fault = StoreFault::Topics {
            table: item.table(),
            row: item.row(),
            what: what.into(),
        };
        self.broken.push((item, fault));
    }

    fn numbers(&self, sql: &str) -> Result<Vec<i64>, StoreError> {
        rows(self.connection, sql, [], |row| row.get(0)).at(self.path)
    }

    fn scopes_and_counters(&mut self) -> Result<(), StoreError> {
        for number in self.numbers("SELECT number FROM topic_scopes")? {
            let outcome = check_scope(self.connection, self.path, number);
            self.note(Item::Scope(number), outcome)?;
        }
        let counters = Counters::load(self.connection, self.path);
        let used = Counters::used(self.connection).at(self.path)?;
        if let Some(counters) = self.note(Item::Counters, counters)?
            && !counters.is_after(used)
        {
            self.fault(Item::Counters, "would give a number that is in use again");
        }
        Ok(())
    }

    fn topics(&mut self) -> Result<(), StoreError> {
        let scopes = self.numbers("SELECT number FROM topic_scopes ORDER BY number")?;
        let ids = self.numbers("SELECT id FROM topics ORDER BY id")?;
        for &id in &ids {
            let topic = TopicId(id.cast_unsigned());
            let outcome = Identity::load(self.connection, self.path, topic);
            if let Some(Some(identity)) = self.note(Item::Topic(id), outcome)? {
                self.known.insert(topic, identity.scope);
                if scopes.binary_search(&identity.scope).is_err() {
                    self.fault(Item::Topic(id), "belongs to no papers");
                }
            }
        }
        for id in self.named_topics()? {
            if ids.binary_search(&id).is_err() {
                self.fault(Item::Topic(id), "is missing");
            }
        }
        for topic in self.numbers("SELECT topic FROM topic_names")? {
            let outcome = name_of(self.connection, self.path, topic);
            self.note(Item::Name(topic), outcome)?;
        }
        Ok(())
    }

    /// Topics that something else names. Runs that cannot be read name none.
    fn named_topics(&self) -> Result<BTreeSet<i64>, StoreError> {
        let rows = self.numbers(
            "SELECT topic FROM topic_names UNION SELECT topic FROM topic_subscriptions
             UNION SELECT topic FROM topic_placements",
        )?;
        let mut named: BTreeSet<i64> = rows.into_iter().collect();
        for number in self.numbers("SELECT number FROM topic_runs")? {
            let topics = RunRow::load(self.connection, self.path, number)
                .and_then(|run| run.topics(self.connection, self.path));
            let ids = topics.into_iter().flatten().map(|topic| topic.id);
            named.extend(ids.map(|id| id.0.cast_signed()));
        }
        Ok(named)
    }

    fn subscriptions(&mut self) -> Result<(), StoreError> {
        let sql = "SELECT topic, set_number, at, seal FROM topic_subscriptions";
        let stored: Vec<[i64; 4]> = rows(self.connection, sql, [], four).at(self.path)?;
        for [topic, set, at, seal] in stored {
            if subscription_seal(topic, set, at) != seal {
                self.fault(Item::Subscription(topic, set), CHANGED);
            }
        }
        Ok(())
    }

    fn runs(&mut self) -> Result<(), StoreError> {
        for number in self.numbers("SELECT number FROM topic_runs")? {
            let outcome = self.run(number);
            if let Some(finest) = self.note(Item::Run(number), outcome)? {
                self.placements(number, &finest)?;
            }
        }
        Ok(())
    }

    /// Checks a run and returns its topics of the finest level.
    fn run(&self, number: i64) -> Result<BTreeSet<i64>, StoreError> {
        let run = RunRow::load(self.connection, self.path, number)?;
        let topics = run.topics(self.connection, self.path)?;
        let members = run.members(self.connection, self.path)?;
        let events = run.events(self.connection, self.path)?;
        let is_known = |id: &TopicId| self.known.get(id) == Some(&run.scope);
        let ids = topics.iter().map(|topic| &topic.id);
        let named = events
            .iter()
            .flat_map(|event| event.others.iter().chain([&event.topic]));
        let unknown = ids.chain(named).find(|id| !is_known(id));
        let keys = members.iter().map(|member| &member.key);
        let missing = keys
            .chain(events.iter().flat_map(|event| &event.papers))
            .find(|key| !self.papers.contains(**key));
        let what = contradiction(&topics, &members)
            .or_else(|| events.iter().find_map(event_fault))
            .or_else(|| unknown.map(|id| format!("names topic {id}, which is not of its papers")))
            .or_else(|| missing.map(|key| format!("names paper {}, which is not here", key.0)));
        match what {
            Some(what) => Err(TopicError::damaged("topic_runs", &number, &what).into()),
            None => Ok(finest(&topics)),
        }
    }

    fn placements(&mut self, run: i64, finest: &BTreeSet<i64>) -> Result<(), StoreError> {
        let sql = "SELECT key, topic, strength, seal FROM topic_placements WHERE run = ?1";
        let stored: Vec<[i64; 4]> = rows(self.connection, sql, [run], four).at(self.path)?;
        for [key, topic, steps, seal] in stored {
            if placement_seal([run, key, topic, steps]) != seal {
                self.fault(Item::Placement(run, key), CHANGED);
            } else if !finest.contains(&topic) {
                self.fault(
                    Item::Placement(run, key),
                    "is in no topic of the finest level",
                );
            }
        }
        Ok(())
    }

    fn maps(&mut self) -> Result<(), StoreError> {
        let scopes = self.numbers("SELECT number FROM topic_scopes ORDER BY number")?;
        for scope in self.numbers("SELECT scope FROM topic_maps")? {
            let outcome = self.map(scope);
            self.note(Item::Map(scope), outcome)?;
            if scopes.binary_search(&scope).is_err() {
                self.fault(Item::Map(scope), "belongs to no papers");
            }
        }
        let sql = "SELECT scope, key, x, y, seal FROM topic_map_points";
        let read = |row: &Row<'_>| {
            let seal: i64 = row.get(4)?;
            let (scope, key) = (row.get(0)?, row.get(1)?);
            let found = point_seal(scope, key, row.get(2)?, row.get(3)?);
            Ok((scope, key, found == seal))
        };
        for (scope, key, is_sealed) in rows(self.connection, sql, [], read).at(self.path)? {
            if !is_sealed {
                self.fault(Item::Point(scope, key), CHANGED);
            }
        }
        Ok(())
    }

    fn map(&self, scope: i64) -> Result<(), StoreError> {
        let Some(map) = MapRow::load(self.connection, self.path, scope)? else {
            return Ok(());
        };
        let points = map.settled(self.connection, self.path)?;
        let missing = points.iter().find(|point| !self.papers.contains(point.key));
        let what = point_fault(&points).or_else(|| {
            missing.map(|point| format!("names paper {}, which is not here", point.key.0))
        });
        match what {
            Some(what) => Err(TopicError::damaged("topic_maps", &scope, &what).into()),
            None => Ok(()),
        }
    }
}

fn four(row: &Row<'_>) -> rusqlite::Result<[i64; 4]> {
    Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
}

pub(super) fn rows<T>(
    connection: &Connection,
    sql: &str,
    parameters: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection
        .prepare_cached(sql)?
        .query_map(parameters, read)?
        .collect()
}

/// Ids of the topics without topics below them.
pub(super) fn finest(topics: &[StoredTopic]) -> BTreeSet<i64> {
    let parents: BTreeSet<TopicId> = topics.iter().filter_map(|topic| topic.parent).collect();
    topics
        .iter()
        .filter(|topic| !parents.contains(&topic.id))
        .map(|topic| topic.id.0.cast_signed())
        .collect()
}
