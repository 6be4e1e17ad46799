//! Which papers a question is about.

use jiff::civil::Date;
use kindred_core::{Category, KeySet, PaperKey};
use rusqlite::params;

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::row::{bad_value, read_day, read_key};

/// Conditions on papers; all of them have to hold. The default lets every paper pass that is
/// neither withdrawn nor deleted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PaperFilter {
    /// In at least one of these; a whole archive contains its classes. Empty: any or none.
    pub categories: Vec<Category>,
    /// First version on this day or later. Papers without a date fail.
    pub since: Option<Date>,
    /// First version on this day or earlier. Papers without a date fail.
    pub until: Option<Date>,
    /// Whether papers of which only the month or year is known fail the conditions on days. Default
    /// no: they count as of the first day that they can be of.
    pub exact_days: bool,
    /// Whether withdrawn and deleted papers pass too. Default no.
    pub include_withdrawn: bool,
}

impl PaperFilter {
    /// Whether every paper passes, withdrawn ones too.
    pub fn allows_all(&self) -> bool {
        self.include_withdrawn && !self.is_selective()
    }

    fn is_selective(&self) -> bool {
        !self.categories.is_empty() || self.since.is_some() || self.until.is_some()
    }
}

/// The papers that a filter lets pass, in the smaller of two forms.
#[derive(Debug)]
pub(crate) enum Selection {
    /// These papers.
    Only(KeySet),
    /// All but these.
    AllBut(KeySet),
}

impl Selection {
    pub(crate) fn admits(&self, key: PaperKey) -> bool {
        match self {
            Self::Only(keys) => keys.contains(key),
            Self::AllBut(keys) => !keys.contains(key),
        }
    }
}

impl Store {
    /// Returns the keys of all papers that pass `filter`.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn keys_where(&self, filter: &PaperFilter) -> Result<KeySet, StoreError> {
        match self.selection(filter)? {
            Selection::Only(keys) => Ok(keys),
            Selection::AllBut(hidden) => {
                let all = self
                    .keys("SELECT key FROM papers INDEXED BY papers_by_text_hash", [])
                    .at(&self.path)?;
                Ok(all
                    .into_iter()
                    .filter(|key| !hidden.contains(*key))
                    .collect())
            }
        }
    }

    /// Returns the papers that are withdrawn or deleted.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn withdrawn(&self) -> Result<KeySet, StoreError> {
        self.hidden().at(&self.path)
    }

    fn hidden(&self) -> rusqlite::Result<KeySet> {
        let keys = self.keys(
            "SELECT key FROM papers INDEXED BY papers_hidden WHERE withdrawn = 1 OR deleted = 1",
            [],
        )?;
        Ok(keys.into_iter().collect())
    }

    /// Returns the days on which papers first appeared, newest first, with their numbers.
    ///
    /// Counts papers whose day is known, withdrawn ones too.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn days_with_papers(&self, limit: usize) -> Result<Vec<(Date, u64)>, StoreError> {
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        self.connection
            .prepare_cached(
                "SELECT first_day, count(*) FROM papers INDEXED BY papers_by_day
                 WHERE first_day IS NOT NULL AND first_day_exact = 1
                 GROUP BY first_day ORDER BY first_day DESC LIMIT ?1",
            )
            .and_then(|mut statement| {
                statement
                    .query_map([limit], |row| {
                        let count: i64 = row.get(1)?;
                        let count = u64::try_from(count)
                            .ok()
                            .ok_or_else(|| bad_value(1, &count))?;
                        Ok((read_day(row, 0)?, count))
                    })?
                    .collect()
            })
            .at(&self.path)
    }

    /// Returns the papers that `filter` lets pass.
    pub(crate) fn selection(&self, filter: &PaperFilter) -> Result<Selection, StoreError> {
        self.try_selection(filter).at(&self.path)
    }

    fn try_selection(&self, filter: &PaperFilter) -> rusqlite::Result<Selection> {
        let hidden: KeySet = if filter.include_withdrawn {
            KeySet::default()
        } else {
            self.hidden()?
        };
        if !filter.is_selective() {
            return Ok(Selection::AllBut(hidden));
        }
        let in_category = self.in_categories(&filter.categories)?;
        let on_day = self.between(filter)?;
        let keys = match (in_category, on_day) {
            (Some(mine), Some(days)) => mine
                .as_slice()
                .iter()
                .copied()
                .filter(|key| days.contains(*key))
                .collect(),
            (Some(keys), None) | (None, Some(keys)) => keys,
            (None, None) => KeySet::default(),
        };
        if hidden.is_empty() {
            return Ok(Selection::Only(keys));
        }
        Ok(Selection::Only(
            keys.as_slice()
                .iter()
                .copied()
                .filter(|key| !hidden.contains(*key))
                .collect(),
        ))
    }

    fn in_categories(&self, categories: &[Category]) -> rusqlite::Result<Option<KeySet>> {
        if categories.is_empty() {
            return Ok(None);
        }
        let mut keys = Vec::new();
        for category in categories {
            keys.extend(self.keys(
                "SELECT key FROM paper_categories WHERE category = ?1",
                [category.as_str()],
            )?);
        }
        Ok(Some(keys.into_iter().collect()))
    }

    fn between(&self, filter: &PaperFilter) -> rusqlite::Result<Option<KeySet>> {
        let (since, until) = (filter.since, filter.until);
        if since.is_none() && until.is_none() {
            return Ok(None);
        }
        let keys = self.keys(
            "SELECT key FROM papers INDEXED BY papers_by_day
             WHERE first_day BETWEEN ?1 AND ?2 AND first_day_exact >= ?3",
            params![
                since.unwrap_or(Date::ZERO).to_string(),
                until.unwrap_or(Date::MAX).to_string(),
                filter.exact_days,
            ],
        )?;
        Ok(Some(keys.into_iter().collect()))
    }

    /// Runs a statement whose rows are keys.
    pub(crate) fn keys(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
    ) -> rusqlite::Result<Vec<PaperKey>> {
        self.connection
            .prepare_cached(sql)?
            .query_map(parameters, |row| read_key(row, 0))?
            .collect()
    }
}
