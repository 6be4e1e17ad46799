//! Names that people give to topics, what became of topics, and sets that are fed from them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};
use schemars::JsonSchema;
use serde::Serialize;

use super::identity::{Identity, find_scope, read_id, sql_id};
use super::{TopicError, TopicId};
use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::harvest::read_time;
use crate::row::bad_value;
use crate::sets::{SetName, set_number};
use crate::text::{Hasher, normal_form};

/// Longest name, in characters.
const MAX_NAME_CHARS: usize = 80;

/// A text that cannot be the name of a topic.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` cannot name a topic, expected 1 to 80 characters without control characters such \
     as line ends"
)]
pub struct TopicNameError {
    /// The text found, its first 80 characters, control characters escaped.
    pub text: String,
}

/// Name that a person gave to a topic: NFC, no white space at the ends, single spaces within.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct TopicName(Box<str>);

impl TopicName {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text by which two names are the same, whatever the case.
    fn folded(&self) -> String {
        self.0.to_lowercase()
    }
}

impl FromStr for TopicName {
    type Err = TopicNameError;

    fn from_str(text: &str) -> Result<Self, TopicNameError> {
        let trimmed = text.trim();
        let name = normal_form(trimmed);
        let is_plain = (1..=MAX_NAME_CHARS).contains(&name.chars().count())
            && !trimmed.contains(|c: char| c.is_control());
        if is_plain {
            Ok(Self(name.into()))
        } else {
            let start: String = text.chars().take(MAX_NAME_CHARS).collect();
            Err(TopicNameError {
                text: start.escape_debug().to_string(),
            })
        }
    }
}

impl fmt::Display for TopicName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// What became of a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicFate {
    /// The topic.
    pub id: TopicId,
    /// Key of the body of papers it is of.
    pub scope: String,
    /// The run that found it first, which may be kept no longer, and when that was.
    pub born: (i64, Timestamp),
    /// The first run that did not find it any more and when that was; where its scope was
    /// forgotten, the last run before that. Absent while it lives.
    pub died: Option<(i64, Timestamp)>,
    /// The name that a person gave it.
    pub name: Option<TopicName>,
    /// The label that a run gave it last.
    pub label: String,
}

impl TopicFate {
    /// Returns the name, else the label.
    pub fn title(&self) -> &str {
        self.name
            .as_ref()
            .map_or(self.label.as_str(), TopicName::as_str)
    }
}

/// A set that is fed from a topic.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSubscription {
    /// The topic, which may have died since.
    pub topic: TopicId,
    /// The set.
    pub set: SetName,
    /// When it was subscribed; stored to the microsecond.
    pub at: Timestamp,
}

impl Store {
    /// Returns what became of a topic, if there ever was one with that id.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic(&self, id: TopicId) -> Result<Option<TopicFate>, StoreError> {
        if !self.has_topics()? {
            return Ok(None);
        }
        self.try_read(|connection, path| {
            let Some(identity) = Identity::load(connection, path, id)? else {
                return Ok(None);
            };
            let scope: String = connection
                .prepare_cached("SELECT key FROM topic_scopes WHERE number = ?1")
                .and_then(|mut statement| statement.query_row([identity.scope], |row| row.get(0)))
                .at(path)?;
            fate(connection, path, identity, &scope).map(Some)
        })
    }

    /// Returns what became of all topics that a scope ever had, by id.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topics_ever(&self, key: &str) -> Result<Vec<TopicFate>, StoreError> {
        if !self.has_topics()? {
            return Ok(Vec::new());
        }
        self.try_read(|connection, path| {
            let Some(scope) = find_scope(connection, key).at(path)? else {
                return Ok(Vec::new());
            };
            Identity::load_all(connection, path, scope)?
                .into_iter()
                .map(|identity| fate(connection, path, identity, key))
                .collect()
        })
    }

    /// Returns the names that people gave to topics of a scope, those that died included.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_names(&self, key: &str) -> Result<BTreeMap<TopicId, TopicName>, StoreError> {
        if !self.has_topics()? {
            return Ok(BTreeMap::new());
        }
        let read = |row: &Row<'_>| -> rusqlite::Result<(TopicId, TopicName, bool)> {
            let (topic, name) = (row.get(0)?, read_name(row, 1)?);
            let is_sealed = name_seal(topic, &name, row.get(2)?) == row.get::<_, i64>(3)?;
            Ok((read_id(row, 0)?, name, is_sealed))
        };
        let stored: Vec<(TopicId, TopicName, bool)> = self
            .connection
            .prepare_cached(
                "SELECT named.topic, named.name, named.at, named.seal FROM topic_names AS named
                 JOIN topics ON topics.id = named.topic
                 JOIN topic_scopes AS scope ON scope.number = topics.scope WHERE scope.key = ?1",
            )
            .and_then(|mut statement| statement.query_map([key], read)?.collect())
            .at(&self.path)?;
        stored
            .into_iter()
            .map(|(topic, name, is_sealed)| {
                let what = "has changed since it was stored";
                is_sealed
                    .then_some((topic, name))
                    .ok_or_else(|| TopicError::damaged("topic_names", &topic, what).into())
            })
            .collect()
    }

    /// Gives a living topic a name over the one it has, or takes the name away.
    ///
    /// # Errors
    /// [`TopicError::UnknownTopic`], [`TopicError::Died`]; [`TopicError::NameTaken`] if another
    /// living topic of its scope has that name, in whatever case; [`TopicError::Damaged`]; if the
    /// file cannot be written.
    pub fn rename_topic(
        &mut self,
        id: TopicId,
        name: Option<&TopicName>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            let identity = living(connection, path, id)?;
            let Some(name) = name else {
                connection
                    .execute("DELETE FROM topic_names WHERE topic = ?1", [sql_id(id)])
                    .at(path)?;
                return Ok(());
            };
            for other in Identity::load_all(connection, path, identity.scope)? {
                if other.died.is_some() || other.id == identity.id {
                    continue;
                }
                let taken = name_of(connection, path, other.id)?;
                if let Some(taken) = taken.filter(|taken| taken.folded() == name.folded()) {
                    return Err(TopicError::NameTaken {
                        id: other.id.cast_unsigned(),
                        name: taken.to_string(),
                    }
                    .into());
                }
            }
            save_name(connection, identity.id, name, at.as_microsecond()).at(path)
        })
    }

    /// Feeds a set from a living topic; one that is fed from it already stays so.
    ///
    /// # Errors
    /// [`TopicError::UnknownTopic`], [`TopicError::Died`], [`StoreError::UnknownSet`],
    /// [`TopicError::Damaged`]; if the file cannot be written.
    pub fn subscribe_topic(
        &mut self,
        id: TopicId,
        set: &SetName,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.try_write(|connection, path| {
            let topic = living(connection, path, id)?.id;
            let set = set_number(connection, path, set)?;
            let at = at.as_microsecond();
            connection
                .execute(
                    "INSERT INTO topic_subscriptions (topic, set_number, at, seal)
                     VALUES (?1, ?2, ?3, ?4) ON CONFLICT (topic, set_number) DO NOTHING",
                    params![topic, set, at, subscription_seal(topic, set, at)],
                )
                .at(path)?;
            Ok(())
        })
    }

    /// Feeds a set no longer from a topic; says whether it was.
    ///
    /// # Errors
    /// [`StoreError::UnknownSet`]; if the file cannot be written.
    pub fn unsubscribe_topic(&mut self, id: TopicId, set: &SetName) -> Result<bool, StoreError> {
        self.try_write(|connection, path| {
            let set = set_number(connection, path, set)?;
            let removed = connection
                .execute(
                    "DELETE FROM topic_subscriptions WHERE topic = ?1 AND set_number = ?2",
                    [sql_id(id), set],
                )
                .at(path)?;
            Ok(removed > 0)
        })
    }

    /// Returns the sets that are fed from topics, by topic, then name.
    ///
    /// # Errors
    /// [`TopicError::Damaged`]; if the file cannot be read.
    pub fn topic_subscriptions(&self) -> Result<Vec<TopicSubscription>, StoreError> {
        if !self.has_topics()? {
            return Ok(Vec::new());
        }
        let stored: Vec<(TopicSubscription, bool)> = self
            .connection
            .prepare_cached(
                "SELECT topic, sets.name, at, set_number, seal FROM topic_subscriptions
                 JOIN sets ON sets.number = set_number ORDER BY topic, sets.name",
            )
            .and_then(|mut statement| statement.query_map([], read_subscription)?.collect())
            .at(&self.path)?;
        stored
            .into_iter()
            .map(|(subscription, is_sealed)| {
                let row = || format!("{} {}", subscription.topic, subscription.set);
                if is_sealed {
                    return Ok(subscription);
                }
                let what = "has changed since it was stored";
                Err(TopicError::damaged("topic_subscriptions", &row(), what).into())
            })
            .collect()
    }
}

fn living(connection: &Connection, path: &Path, id: TopicId) -> Result<Identity, StoreError> {
    let identity = Identity::load(connection, path, id)?;
    let identity = identity.ok_or(TopicError::UnknownTopic { id: id.0 })?;
    match identity.died {
        None => Ok(identity),
        Some((run, _)) => Err(TopicError::Died { id: id.0, run }.into()),
    }
}

fn fate(
    connection: &Connection,
    path: &Path,
    identity: Identity,
    scope: &str,
) -> Result<TopicFate, StoreError> {
    Ok(TopicFate {
        id: identity.id(),
        scope: scope.to_owned(),
        born: identity.born,
        died: identity.died,
        name: name_of(connection, path, identity.id)?,
        label: identity.label,
    })
}

pub(super) fn name_of(
    connection: &Connection,
    path: &Path,
    topic: i64,
) -> Result<Option<TopicName>, StoreError> {
    let stored: Option<(TopicName, i64, i64)> = connection
        .prepare_cached("SELECT name, at, seal FROM topic_names WHERE topic = ?1")
        .and_then(|mut statement| {
            statement
                .query_row([topic], |row| {
                    Ok((read_name(row, 0)?, row.get(1)?, row.get(2)?))
                })
                .optional()
        })
        .at(path)?;
    match stored {
        Some((name, at, seal)) if name_seal(topic, &name, at) != seal => {
            let what = "has changed since it was stored";
            Err(TopicError::damaged("topic_names", &topic, what).into())
        }
        stored => Ok(stored.map(|(name, ..)| name)),
    }
}

pub(super) fn save_name(
    connection: &Connection,
    topic: i64,
    name: &TopicName,
    at: i64,
) -> rusqlite::Result<()> {
    let seal = name_seal(topic, name, at);
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO topic_names (topic, name, at, seal) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![topic, name.as_str(), at, seal])?;
    Ok(())
}

fn name_seal(topic: i64, name: &TopicName, at: i64) -> i64 {
    let mut hasher = Hasher::new("kindred-store topic name 1");
    hasher.number(topic.cast_unsigned());
    hasher.text(name.as_str());
    hasher.number(at.cast_unsigned());
    hasher.finish_short()
}

fn read_name(row: &Row<'_>, column: usize) -> rusqlite::Result<TopicName> {
    let text = row.get_ref(column)?.as_str()?;
    let name: Option<TopicName> = text.parse().ok();
    name.filter(|name| name.as_str() == text)
        .ok_or_else(|| bad_value(column, &text))
}

fn read_subscription(row: &Row<'_>) -> rusqlite::Result<(TopicSubscription, bool)> {
    let (topic, set, at): (i64, i64, i64) = (row.get(0)?, row.get(3)?, row.get(2)?);
    let name = row.get_ref(1)?.as_str()?;
    let subscription = TopicSubscription {
        topic: read_id(row, 0)?,
        set: name.parse().ok().ok_or_else(|| bad_value(1, &name))?,
        at: read_time(row, 2)?,
    };
    let is_sealed = subscription_seal(topic, set, at) == row.get::<_, i64>(4)?;
    Ok((subscription, is_sealed))
}

pub(super) fn subscription_seal(topic: i64, set: i64, at: i64) -> i64 {
    let mut hasher = Hasher::new("kindred-store topic subscription 1");
    for number in [topic, set, at] {
        hasher.number(number.cast_unsigned());
    }
    hasher.finish_short()
}
