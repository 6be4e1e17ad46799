//! Search by words: BM25 of FTS5.

use std::collections::BTreeMap;

use kindred_core::{KeySet, PaperId, PaperKey};

use crate::connection::Store;
use crate::error::{At, StoreError};
use crate::filter::{PaperFilter, Selection};
use crate::query::WordQuery;
use crate::row::read_key;

impl Store {
    /// Returns the papers that fit `query` and `filter`, best first, ties by paper id.
    ///
    /// The score is BM25 (k1 = 1.2, b = 0.75, as FTS5 computes it over the whole library), larger
    /// is better, above 0; it compares papers of one query only. A query of filters alone scores
    /// every paper 0.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn search_words(
        &self,
        query: &WordQuery,
        limit: usize,
        filter: &PaperFilter,
    ) -> Result<Vec<(PaperKey, f64)>, StoreError> {
        let allowed = self.allowed(query, filter)?;
        let mut found = match query.expression() {
            Some(expression) => {
                let mut found = self.matches(&expression).at(&self.path)?;
                for selection in &allowed {
                    found.retain(|(key, _)| selection.admits(*key));
                }
                found
            }
            None => self.unranked(query, &allowed)?,
        };
        cut(&mut found, limit);
        self.sort(&found, limit)
    }

    /// Returns the papers that meet everything that `query` and `filter` demand, whatever their
    /// words: phrases, fields, categories, exclusions. `None`: nothing is demanded.
    ///
    /// This is what a search by meaning has to keep to when it goes beside a search by words.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn meeting_conditions(
        &self,
        query: &WordQuery,
        filter: &PaperFilter,
    ) -> Result<Option<KeySet>, StoreError> {
        let has_categories =
            !query.categories().is_empty() || !query.excluded_categories().is_empty();
        let conditions = query.conditions();
        if filter.allows_all() && !has_categories && conditions.is_none() && !query.excludes() {
            return Ok(None);
        }
        let allowed = self.allowed(query, filter)?;
        let candidates = match conditions {
            Some(expression) => {
                let mut found = self.matches(&expression).at(&self.path)?;
                for selection in &allowed {
                    found.retain(|(key, _)| selection.admits(*key));
                }
                found
            }
            None => self.unranked(query, &allowed)?,
        };
        Ok(Some(candidates.into_iter().map(|(key, _)| key).collect()))
    }

    /// Selections that a paper has to be in, all of them.
    fn allowed(
        &self,
        query: &WordQuery,
        filter: &PaperFilter,
    ) -> Result<Vec<Selection>, StoreError> {
        let with_categories = |categories: &[_]| PaperFilter {
            categories: categories.to_vec(),
            include_withdrawn: true,
            ..PaperFilter::default()
        };
        let mut allowed = vec![self.selection(filter)?];
        if !query.categories().is_empty() {
            allowed.push(self.selection(&with_categories(query.categories()))?);
        }
        if !query.excluded_categories().is_empty() {
            let excluded = self.keys_where(&with_categories(query.excluded_categories()))?;
            allowed.push(Selection::AllBut(excluded));
        }
        Ok(allowed)
    }

    /// Every paper that is in all selections and has no excluded word.
    fn unranked(
        &self,
        query: &WordQuery,
        allowed: &[Selection],
    ) -> Result<Vec<(PaperKey, f64)>, StoreError> {
        let excluded: KeySet = match query.exclusions() {
            Some(expression) => self.matches(&expression).at(&self.path)?,
            None => Vec::new(),
        }
        .into_iter()
        .map(|(key, _)| key)
        .collect();
        let all = PaperFilter {
            include_withdrawn: true,
            ..PaperFilter::default()
        };
        let mut found = Vec::new();
        for &key in self.keys_where(&all)?.as_slice() {
            let fits = allowed.iter().all(|selection| selection.admits(key));
            if fits && !excluded.contains(key) {
                found.push((key, 0.0));
            }
        }
        Ok(found)
    }

    /// Every paper that fits an FTS5 expression, with its score, in no order.
    fn matches(&self, expression: &str) -> rusqlite::Result<Vec<(PaperKey, f64)>> {
        self.connection
            .prepare_cached("SELECT rowid, -bm25(words, 1.0, 1.0, 0.5) FROM words(?1)")?
            .query_map([expression], |row| Ok((read_key(row, 0)?, row.get(1)?)))?
            .collect()
    }

    /// Sorts by score, ties by id, and cuts.
    fn sort(
        &self,
        found: &[(PaperKey, f64)],
        limit: usize,
    ) -> Result<Vec<(PaperKey, f64)>, StoreError> {
        let keys: Vec<PaperKey> = found.iter().map(|(key, _)| *key).collect();
        let ids: BTreeMap<PaperKey, PaperId> = self.ids(&keys)?.into_iter().collect();
        let mut sorted: Vec<(f64, &PaperId, PaperKey)> = found
            .iter()
            .filter_map(|(key, score)| ids.get(key).map(|id| (*score, id, *key)))
            .collect();
        sorted.sort_unstable_by(|left, right| {
            right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1))
        });
        sorted.truncate(limit);
        Ok(sorted
            .into_iter()
            .map(|(score, _, key)| (key, score))
            .collect())
    }
}

/// Drops what cannot be among the best `limit`, but keeps every tie with the last of them: which
/// of these stays is decided by their ids.
fn cut(found: &mut Vec<(PaperKey, f64)>, limit: usize) {
    if limit == 0 {
        found.clear();
    } else if found.len() > limit {
        let (_, last, _) =
            found.select_nth_unstable_by(limit - 1, |left, right| right.1.total_cmp(&left.1));
        let worst = last.1;
        found.retain(|(_, score)| *score >= worst);
    }
}
