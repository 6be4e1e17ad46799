//! Looking for damage.
//!
//! SQLite's own checks find a broken structure, not a changed letter: pages have no checksums.
//! So every paper carries hashes of its text and of the rest, every rating and rule a seal, every
//! text that was seen its hash, all of topics seals, and the word index is compared with the texts
//! it was made of. What is followed, was harvested and is missing has no seals: its rows have to be possible ones.

use kindred_core::{PaperId, PaperKey};
use rusqlite::{Connection, params};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::lookup::title_hash;
use crate::merge::{State, items};
use crate::order::order_of;
use crate::row::{Stored, category_rows, load, read_key, sql_key};
use crate::rules::broken_rules;
use crate::schema;
use crate::seen::broken_texts;
use crate::sets::seal;
use crate::text::{TextHash, normal_form};

mod fault;
mod ledger;

pub use fault::StoreFault;

/// Most faults that are listed; a file with more needs no longer list.
const MAX_FAULTS: usize = 1_000;

impl Store {
    /// Looks at everything in the file and returns what is wrong, at most 1,000 faults.
    ///
    /// `progress` is called with papers checked and papers in all. Reads the whole file, and all
    /// words of all papers; memory stays flat. Works on every kind of connection; where it may
    /// only read, the word index is checked against itself but not against the texts.
    ///
    /// # Errors
    /// If the file cannot be read for another reason than damage.
    pub fn verify(
        &self,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Vec<StoreFault>, StoreError> {
        let mut check = Check {
            store: self,
            version: schema::stored_version(&self.connection).at(&self.path)?,
            faults: Vec::new(),
        };
        check.structure()?;
        check.words()?;
        check.papers(progress)?;
        check.ratings()?;
        if check.version >= schema::WITH_RULES {
            check.rules()?;
            check.seen_texts()?;
        }
        if check.version >= schema::WITH_LEDGER {
            check.ledger()?;
        }
        if check.version >= schema::WITH_ALIASES {
            check.aliases()?;
        }
        if check.version >= schema::WITH_TOPICS {
            check.topics()?;
        }
        check.faults.truncate(MAX_FAULTS);
        Ok(check.faults)
    }

    /// Makes the word index again from the stored texts.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn rebuild_words(&mut self) -> Result<(), StoreError> {
        self.write(|connection| {
            connection.execute("INSERT INTO words (words) VALUES ('rebuild')", [])?;
            Ok(())
        })
    }
}

struct Check<'a> {
    store: &'a Store,
    /// Version of the schema, which is older where an older program wrote the file last.
    version: u32,
    faults: Vec<StoreFault>,
}

impl Check<'_> {
    /// Turns damage that stopped a step into a fault; other errors stay errors.
    fn step<T>(
        &mut self,
        outcome: rusqlite::Result<T>,
        fault: impl FnOnce(String) -> StoreFault,
    ) -> Result<Option<T>, StoreError> {
        match outcome.at(&self.store.path) {
            Ok(value) => Ok(Some(value)),
            Err(StoreError::Damaged { source, .. }) => {
                self.faults.push(fault(source.to_string()));
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn structure(&mut self) -> Result<(), StoreError> {
        let connection = &self.store.connection;
        let messages = self.step(strings(connection, "PRAGMA integrity_check"), |message| {
            StoreFault::Structure { message }
        })?;
        for message in messages.unwrap_or_default() {
            if message != "ok" {
                self.faults.push(StoreFault::Structure { message });
            }
        }
        let dangling = self.step(dangling(connection), |message| StoreFault::Structure {
            message,
        })?;
        for (table, parent) in dangling.unwrap_or_default() {
            self.faults.push(StoreFault::Reference { table, parent });
        }
        let objects = self.step(schema::objects(connection), |message| {
            StoreFault::Structure { message }
        })?;
        let expected = schema::expected_objects(self.version).at(&self.store.path)?;
        for object in objects.iter().flatten() {
            if !expected.contains(object) {
                let name = object.1.clone();
                self.faults.push(StoreFault::Schema { name });
            }
        }
        for object in &expected {
            if objects
                .as_ref()
                .is_some_and(|found| !found.contains(object))
            {
                let name = object.1.clone();
                self.faults.push(StoreFault::Schema { name });
            }
        }
        Ok(())
    }

    /// The command is written as an insertion, so a connection that only reads cannot give it.
    fn words(&mut self) -> Result<(), StoreError> {
        let connection = &self.store.connection;
        let path = &self.store.path;
        let reads_only: bool = connection
            .pragma_query_value(None, "query_only", |row| row.get(0))
            .at(path)?;
        if reads_only || connection.is_readonly("main").at(path)? {
            return Ok(());
        }
        let outcome = connection.execute(
            "INSERT INTO words (words, rank) VALUES ('integrity-check', 1)",
            [],
        );
        self.step(outcome, |message| StoreFault::WordIndex { message })?;
        Ok(())
    }

    fn papers(&mut self, progress: &mut dyn FnMut(u64, u64)) -> Result<(), StoreError> {
        let connection = &self.store.connection;
        let total = self.step(
            number(connection, "SELECT count(*) FROM papers"),
            |message| StoreFault::Structure { message },
        )?;
        let total = total.unwrap_or(0);
        let mut done = 0;
        let mut categories = 0;
        let mut titles = 0;
        let mut after = None;
        while self.faults.len() < MAX_FAULTS {
            let keys = self.step(keys_after(connection, after), |message| {
                StoreFault::Structure { message }
            })?;
            let Some(last) = keys.as_ref().and_then(|keys| keys.last().copied()) else {
                break;
            };
            for key in keys.into_iter().flatten() {
                let stored =
                    self.step(load(connection, key), |message| StoreFault::Unreadable {
                        key: key.0,
                        message,
                    })?;
                if let Some(stored) = stored.flatten() {
                    categories += self.paper(&stored)?;
                    titles += self.title(&stored)?;
                }
                done += 1;
            }
            progress(done, total.max(done));
            after = Some(last);
        }
        let rows = self.step(
            number(connection, "SELECT count(*) FROM paper_categories"),
            |message| StoreFault::Structure { message },
        )?;
        if self.faults.is_empty() && rows != Some(categories) {
            self.faults.push(StoreFault::Structure {
                message: "categories are listed for papers that do not have them".into(),
            });
        }
        if self.faults.is_empty() && self.version >= schema::WITH_TITLE_KEYS {
            let rows = self.step(
                number(connection, "SELECT count(*) FROM title_keys"),
                |message| StoreFault::Structure { message },
            )?;
            if rows != Some(titles) {
                self.faults.push(StoreFault::Structure {
                    message: "titles are listed for papers that do not have them".into(),
                });
            }
        }
        Ok(())
    }

    /// Checks that a paper is found by its title; returns how many entries it has there.
    fn title(&mut self, stored: &Stored) -> Result<u64, StoreError> {
        let Some(hash) = title_hash(&stored.state.text.title) else {
            return Ok(0);
        };
        if self.version < schema::WITH_TITLE_KEYS {
            return Ok(0);
        }
        let listed = self
            .store
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM title_keys WHERE hash = ?1 AND key = ?2)")
            .and_then(|mut statement| {
                statement.query_row(params![hash, sql_key(stored.key)], |row| row.get(0))
            });
        let unreadable = |message| StoreFault::Unreadable {
            key: stored.key.0,
            message,
        };
        if self.step(listed, unreadable)? == Some(false) {
            self.faults.push(StoreFault::Paper {
                id: stored.state.id.to_string(),
                what: "the entry in the index of titles",
            });
        }
        Ok(1)
    }

    /// Checks one paper; returns how many rows of categories it has.
    fn paper(&mut self, stored: &Stored) -> Result<u64, StoreError> {
        let connection = &self.store.connection;
        let state = &stored.state;
        let id = || state.id.to_string();
        let text = &state.text;
        let is_normal = normal_form(&text.title) == text.title
            && normal_form(&text.abstract_text) == text.abstract_text;
        if !is_normal || TextHash::of(&text.title, &text.abstract_text) != text.hash {
            self.faults.push(StoreFault::Text { id: id() });
        }
        if state.row_hash() != stored.row_hash {
            let what = "a field, version or announcement";
            self.faults.push(StoreFault::Paper { id: id(), what });
        }
        let unreadable = |message| StoreFault::Unreadable {
            key: stored.key.0,
            message,
        };
        let fits = self.step(columns_fit(connection, stored.key, state), unreadable)?;
        if fits == Some(false) {
            let what = "a column for ordering";
            self.faults.push(StoreFault::Paper { id: id(), what });
        }
        let mut rows = 0;
        for category in category_rows(items(state.categories.as_ref())) {
            let listed = connection
                .prepare_cached(
                    "SELECT EXISTS (SELECT 1 FROM paper_categories
                     WHERE category = ?1 AND key = ?2)",
                )
                .and_then(|mut statement| {
                    statement.query_row(params![category, sql_key(stored.key)], |row| row.get(0))
                });
            if self.step(listed, unreadable)? == Some(false) {
                let what = "a category";
                self.faults.push(StoreFault::Paper { id: id(), what });
            }
            rows += 1;
        }
        Ok(rows)
    }

    fn ratings(&mut self) -> Result<(), StoreError> {
        let connection = &self.store.connection;
        let broken = self.step(broken_ratings(connection), |message| {
            StoreFault::Structure { message }
        })?;
        for (set, key) in broken.unwrap_or_default() {
            self.faults.push(StoreFault::Rating { set, key });
        }
        Ok(())
    }

    fn rules(&mut self) -> Result<(), StoreError> {
        let broken = self.step(broken_rules(&self.store.connection), |message| {
            StoreFault::Structure { message }
        })?;
        for (set, place) in broken.unwrap_or_default() {
            self.faults.push(StoreFault::Rule { set, place });
        }
        Ok(())
    }

    /// That the right paper has each is part of the paper's own hash.
    fn aliases(&mut self) -> Result<(), StoreError> {
        let broken = self.step(broken_aliases(&self.store.connection), |message| {
            StoreFault::Structure { message }
        })?;
        for (id, what) in broken.unwrap_or_default() {
            self.faults.push(StoreFault::Alias { id, what });
        }
        Ok(())
    }

    /// That each datestamp has its paper is a reference, checked with the structure.
    fn ledger(&mut self) -> Result<(), StoreError> {
        for table in &ledger::TABLES {
            let broken = self.step(table.broken(&self.store.connection), |message| {
                StoreFault::Structure { message }
            })?;
            self.faults.extend(broken.into_iter().flatten());
        }
        Ok(())
    }

    /// Damage that is not of one row stopped the step.
    fn topics(&mut self) -> Result<(), StoreError> {
        match self.store.try_read(crate::topics::faults) {
            Ok(faults) => self.faults.extend(faults),
            Err(StoreError::Damaged { source, .. }) => self.faults.push(StoreFault::Structure {
                message: source.to_string(),
            }),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn seen_texts(&mut self) -> Result<(), StoreError> {
        let broken = self.step(broken_texts(&self.store.connection), |message| {
            StoreFault::Structure { message }
        })?;
        for hash in broken.unwrap_or_default() {
            let hash = hash.to_string();
            self.faults.push(StoreFault::SeenText { hash });
        }
        Ok(())
    }
}

fn strings(connection: &Connection, sql: &str) -> rusqlite::Result<Vec<String>> {
    connection
        .prepare(sql)?
        .query_map([], |row| row.get(0))?
        .collect()
}

fn dangling(connection: &Connection) -> rusqlite::Result<Vec<(String, String)>> {
    connection
        .prepare("PRAGMA foreign_key_check")?
        .query_map([], |row| Ok((row.get(0)?, row.get(2)?)))?
        .collect()
}

fn number(connection: &Connection, sql: &str) -> rusqlite::Result<u64> {
    let number: i64 = connection.query_row(sql, [], |row| row.get(0))?;
    Ok(u64::try_from(number).unwrap_or(0))
}

fn keys_after(connection: &Connection, after: Option<PaperKey>) -> rusqlite::Result<Vec<PaperKey>> {
    connection
        .prepare_cached(
            "SELECT key FROM papers NOT INDEXED WHERE key > ?1 ORDER BY key LIMIT 1000",
        )?
        .query_map([after.map_or(-1, sql_key)], |row| read_key(row, 0))?
        .collect()
}

/// Whether the columns that indexes are made of say what the rest of the row says.
fn columns_fit(connection: &Connection, key: PaperKey, state: &State) -> rusqlite::Result<bool> {
    let first = state.first_date();
    connection
        .prepare_cached(
            "SELECT id_order = ?2 AND first_day IS ?3 AND first_day_exact = ?4
             FROM papers WHERE key = ?1",
        )?
        .query_row(
            params![
                sql_key(key),
                order_of(&state.id),
                first.map(|date| date.first_day().to_string()),
                first.is_some_and(kindred_core::PaperDate::is_to_the_day),
            ],
            |row| row.get(0),
        )
}

fn broken_aliases(connection: &Connection) -> rusqlite::Result<Vec<(String, &'static str)>> {
    let mut statement = connection.prepare(
        "SELECT id, id_order, EXISTS (SELECT 1 FROM papers WHERE papers.id_order = other.id_order),
             EXISTS (SELECT 1 FROM papers WHERE papers.key = other.key)
         FROM aliases AS other",
    )?;
    let mut rows = statement.query([])?;
    let mut broken = Vec::new();
    while let Some(row) = rows.next()? {
        let text: String = row.get(0)?;
        let id: Option<PaperId> = text.parse().ok();
        let has_order = id.is_some_and(|id| {
            row.get_ref(1)
                .is_ok_and(|order| order.as_blob() == Ok(order_of(&id).as_slice()))
        });
        if !has_order {
            broken.push((text, "has changed since it was stored"));
        } else if row.get(2)? {
            broken.push((text, "is the own id of a paper"));
        } else if !row.get::<_, bool>(3)? {
            broken.push((text, "belongs to no paper"));
        }
    }
    Ok(broken)
}

fn broken_ratings(connection: &Connection) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut statement =
        connection.prepare("SELECT set_number, key, liked, at, seal FROM ratings")?;
    let mut rows = statement.query([])?;
    let mut broken = Vec::new();
    while let Some(row) = rows.next()? {
        let (set, key): (i64, i64) = (row.get(0)?, row.get(1)?);
        if seal(set, key, row.get(2)?, row.get(3)?) != row.get::<_, i64>(4)? {
            broken.push((set, key));
        }
    }
    Ok(broken)
}
