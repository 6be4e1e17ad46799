//! Finding neighbours: graphs where they pay, the exact scan everywhere else.

use std::ops::Range;

use kindred_core::{Neighbor, Neighbors, PaperKey, Score, SearchOptions, TopK, UnitVector, dot};
use rayon::prelude::*;

use super::{Index, Part};
use crate::error::IndexError;
use crate::graph::{Goal, Graph, Walk, with_scratch};

/// Graph nodes kept in view by default: recall@10 is 0.9916 at 160 and 0.9944 at 240 on 100,000
/// papers of the built-in encoder (`recall` of the benches).
pub(super) const DEFAULT_EFFORT: usize = 192;
/// A filter that lets through no more papers than this is scanned exactly.
const SELECTIVE_KEYS: usize = 20_000;
/// So is one that lets through at most one paper in this many.
const SELECTIVE_PART: usize = 20;
/// A graph search compares about this many rows for each row it keeps in view; if that is all
/// rows, the scan is as good.
const ROWS_PER_EFFORT: usize = 8;
/// A filtered graph search gives up for the scan after comparing one row in this many: reading
/// rows in order is about as much faster.
const BUDGET_PART: usize = 4;
/// Rows, or keys, of one task of a parallel scan.
const TASK: usize = 2_048;
/// Scans of fewer rows stay on one thread.
const PARALLEL_ROWS: usize = 8_192;

/// Returns the effort of a search for `limit` papers that names none.
fn default_effort(limit: usize) -> usize {
    DEFAULT_EFFORT.max(limit.saturating_mul(2))
}

impl Neighbors for Index {
    type Error = IndexError;

    /// Returns the papers closest to `query`, best first, ties by key.
    ///
    /// Exact, except where a segment has a graph and the filter is not selective; there `effort`
    /// (default 192, or twice the limit if that is more) trades recall for time.
    fn nearest(
        &self,
        query: &UnitVector,
        options: &SearchOptions<'_>,
    ) -> Result<Vec<Neighbor>, IndexError> {
        let expected = self.spec.dimension;
        if query.dimension() != expected {
            return Err(IndexError::Dimension {
                expected,
                found: query.dimension(),
            });
        }
        let search = Search {
            query: query.as_slice(),
            options,
            limit: options.limit.min(self.live),
        };
        if search.limit == 0 {
            return Ok(Vec::new());
        }
        let best = match options.allowed {
            Some(allowed) if is_selective(allowed.len(), self.live) => {
                search.lookup(self, allowed.as_slice())
            }
            _ => search.run(self),
        };
        let neighbor = |found: kindred_core::Scored<PaperKey>| Neighbor {
            key: found.key,
            score: found.score,
        };
        Ok(best.into_sorted().into_iter().map(neighbor).collect())
    }

    fn vector(&self, key: PaperKey) -> Result<Option<UnitVector>, IndexError> {
        let located = self.locate(key);
        Ok(located.map(|(part, row)| part.segment.vectors().unit_vector(row)))
    }

    fn len(&self) -> usize {
        self.live
    }
}

fn is_selective(allowed: usize, live: usize) -> bool {
    allowed <= SELECTIVE_KEYS.max(live / SELECTIVE_PART)
}

struct Search<'a> {
    query: &'a [f32],
    options: &'a SearchOptions<'a>,
    limit: usize,
}

impl Search<'_> {
    /// Searches every part in its own way.
    fn run(&self, index: &Index) -> TopK<PaperKey> {
        let mut best = TopK::new(self.limit);
        let mut scans = Vec::new();
        for part in &index.parts {
            let is_found = part
                .graph()
                .is_some_and(|graph| self.walk(part, graph, &mut best));
            if !is_found {
                let rows = part.segment.len();
                let starts = (0..rows).step_by(TASK);
                scans.extend(starts.map(|start| (part, start..rows.min(start + TASK))));
            }
        }
        let scan = |(part, rows): &(&Part, Range<usize>)| self.scan(part, rows.clone());
        best.merge(self.reduce(&scans, scans.len() * TASK, scan));
        best
    }

    /// Compares the papers of a selective filter one by one.
    fn lookup(&self, index: &Index, allowed: &[PaperKey]) -> TopK<PaperKey> {
        let tasks: Vec<&[PaperKey]> = allowed.chunks(TASK).collect();
        self.reduce(&tasks, allowed.len(), |keys| {
            let mut best = TopK::new(self.limit);
            for &key in keys.iter().filter(|&&key| !self.is_excluded(key)) {
                if let Some((part, row)) = index.locate(key) {
                    best.push(key, self.compare(part, row));
                }
            }
            best
        })
    }

    /// Searches a part by its graph; returns whether it came to an end that counts.
    fn walk(&self, part: &Part, graph: &Graph, best: &mut TopK<PaperKey>) -> bool {
        let effort = self
            .options
            .effort
            .unwrap_or_else(|| default_effort(self.limit));
        let effort = effort.max(self.limit);
        let rows = part.segment.len();
        if effort.saturating_mul(ROWS_PER_EFFORT) >= rows {
            return false;
        }
        let is_filtered = self.options.allowed.is_some();
        let is_thin = is_filtered || part.dead.len() * 2 > rows;
        let budget = if is_thin {
            rows / BUDGET_PART
        } else {
            usize::MAX
        };
        let walk = Walk {
            graph,
            vectors: part.segment.vectors(),
            query: self.query,
        };
        let goal = Goal { effort, budget };
        let accept = |row: usize| self.accepts(part, row);
        let Some(hits) = with_scratch(|scratch| walk.search(goal, scratch, accept)) else {
            return false;
        };
        for hit in hits {
            best.push(
                part.segment.key(hit.row() as usize),
                Score::new(hit.score()),
            );
        }
        true
    }

    fn scan(&self, part: &Part, rows: Range<usize>) -> TopK<PaperKey> {
        let mut best = TopK::new(self.limit);
        for row in rows.filter(|&row| self.accepts(part, row)) {
            best.push(part.segment.key(row), self.compare(part, row));
        }
        best
    }

    /// Does tasks over `rows` rows and merges what they found.
    fn reduce<T: Sync>(
        &self,
        tasks: &[T],
        rows: usize,
        work: impl Fn(&T) -> TopK<PaperKey> + Send + Sync,
    ) -> TopK<PaperKey> {
        let merge = |mut left: TopK<PaperKey>, right| {
            left.merge(right);
            left
        };
        let none = || TopK::new(self.limit);
        if rows < PARALLEL_ROWS {
            tasks.iter().map(work).fold(none(), merge)
        } else {
            tasks.par_iter().map(work).reduce(none, merge)
        }
    }

    #[inline]
    fn compare(&self, part: &Part, row: usize) -> Score {
        Score::new(dot(self.query, part.segment.vectors().row(row)))
    }

    fn accepts(&self, part: &Part, row: usize) -> bool {
        if part.dead.contains(row) {
            return false;
        }
        let key = part.segment.key(row);
        !self.is_excluded(key)
            && self
                .options
                .allowed
                .is_none_or(|allowed| allowed.contains(key))
    }

    fn is_excluded(&self, key: PaperKey) -> bool {
        self.options
            .excluded
            .is_some_and(|excluded| excluded.contains(key))
    }
}
