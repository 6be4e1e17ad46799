//! Merging segments and building graphs.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kindred_core::Embeddings;

use super::{GraphState, Index, Part};
use crate::error::{IndexError, IndexFault};
use crate::graph::{self, BuildOptions, GraphQuality, MAX_LINKS, Stopped};
use crate::segment::SegmentNumber;

/// A segment joins a merge if it is at most this many times as large as the smaller ones that are
/// merged together; a row is then rewritten a logarithmic number of times.
const TIER: usize = 4;
/// Segments up to this many rows are merged whatever the others' sizes.
const SMALL_ROWS: usize = 1_024;
/// A segment with more than one dead row in this many is written anew.
const DEAD_PART: usize = 5;
/// Rows merged between two looks at the stop flag.
const ROWS_PER_STEP: usize = 8_192;

/// How an index is compacted.
#[derive(Clone, Copy)]
pub struct CompactOptions<'a> {
    /// Segments of at least this many rows get a graph. Default 20,000: below that the exact scan
    /// of a segment takes about as long as a graph search.
    pub graph_threshold: usize,
    /// Links per row above the base layer, `2..=16`; twice as many on it. Default 16.
    pub links: usize,
    /// Candidates kept in view while a row is inserted into a graph. Default 200.
    pub construction_effort: usize,
    /// Build graphs on one thread, so that the same rows give the same bytes. Default off.
    pub serial: bool,
    /// Merge everything, not only what is small or has many dead rows. Default off.
    pub full: bool,
    /// Rows that a merged segment may have. Default 3,000,000, whose graph takes 6 GB to build.
    pub max_segment_rows: usize,
    /// Told how far it is.
    pub progress: Option<&'a (dyn Fn(CompactProgress) + Sync)>,
    /// Set by the caller to stop: what is committed by then stays, the rest is left as it was.
    pub stop: Option<&'a AtomicBool>,
}

impl Default for CompactOptions<'_> {
    fn default() -> Self {
        Self {
            graph_threshold: 20_000,
            links: MAX_LINKS,
            construction_effort: 200,
            serial: false,
            full: false,
            max_segment_rows: 3_000_000,
            progress: None,
            stop: None,
        }
    }
}

impl fmt::Debug for CompactOptions<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("CompactOptions")
            .field("graph_threshold", &self.graph_threshold)
            .field("links", &self.links)
            .field("construction_effort", &self.construction_effort)
            .field("serial", &self.serial)
            .field("full", &self.full)
            .field("max_segment_rows", &self.max_segment_rows)
            .finish_non_exhaustive()
    }
}

/// How far a compaction is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompactProgress {
    /// Segments are merged.
    Merging {
        /// Rows done.
        rows: usize,
        /// Rows in all.
        total: usize,
    },
    /// A graph is built.
    Building {
        /// Its segment.
        segment: SegmentNumber,
        /// Rows inserted.
        rows: usize,
        /// Rows in all.
        total: usize,
    },
}

/// What a compaction did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct CompactReport {
    /// Segments that were merged away.
    pub merged_segments: usize,
    /// Dead rows that were dropped.
    pub dropped_rows: usize,
    /// Graphs that were built and serve, with what was measured on them.
    pub built: Vec<(SegmentNumber, GraphQuality)>,
    /// Graphs that were built and did not pass their checks; their segments are scanned exactly.
    pub refused: Vec<(SegmentNumber, GraphQuality)>,
}

impl CompactOptions<'_> {
    fn check_stop(&self) -> Result<(), IndexError> {
        match self.stop {
            Some(stop) if stop.load(Ordering::Relaxed) => Err(IndexError::Stopped),
            _ => Ok(()),
        }
    }

    fn tell(&self, progress: CompactProgress) {
        if let Some(tell) = self.progress {
            tell(progress);
        }
    }
}

impl Index {
    /// Merges small segments and those with many dead rows, and builds graphs for large segments
    /// that have none.
    ///
    /// Each step is committed by itself; old files are removed after it.
    ///
    /// # Errors
    /// [`IndexError::Stopped`] if asked to stop, [`IndexError::Changed`],
    /// [`IndexError::ReadOnly`], [`IndexError::Disk`].
    ///
    /// # Determinism
    /// With `serial` the files depend on the rows alone; else graphs also on timing of threads.
    pub fn compact(&mut self, options: &CompactOptions<'_>) -> Result<CompactReport, IndexError> {
        self.writing(|index| {
            let mut report = CompactReport::default();
            index.merge(options, &mut report)?;
            let wanting = |part: &&Part| {
                matches!(part.graph, GraphState::None)
                    && part.segment.len() >= options.graph_threshold
            };
            let segments: Vec<_> = index
                .parts
                .iter()
                .filter(wanting)
                .map(|part| part.number)
                .collect();
            index.build_graphs(&segments, options, &mut report)?;
            Ok(report)
        })
    }

    /// Builds the graphs of all segments of at least `options.graph_threshold` rows anew.
    ///
    /// # Errors
    /// As [`Index::compact`].
    pub fn rebuild_graphs(
        &mut self,
        options: &CompactOptions<'_>,
    ) -> Result<CompactReport, IndexError> {
        self.writing(|index| {
            let mut report = CompactReport::default();
            let is_large = |part: &&Part| part.segment.len() >= options.graph_threshold;
            let segments: Vec<_> = index
                .parts
                .iter()
                .filter(is_large)
                .map(|part| part.number)
                .collect();
            index.build_graphs(&segments, options, &mut report)?;
            Ok(report)
        })
    }

    /// Removes all graphs; everything is scanned exactly until [`Index::compact`] builds them
    /// again.
    ///
    /// # Errors
    /// As [`Index::append`].
    pub fn discard_graphs(&mut self) -> Result<(), IndexError> {
        self.writing(|index| {
            let mut parts = index.parts.clone();
            for part in &mut parts {
                part.graph = GraphState::None;
            }
            index.commit(parts)?;
            index
                .faults
                .retain(|fault| !matches!(fault, IndexFault::Graph { .. }));
            index.sweep();
            Ok(())
        })
    }

    fn merge(
        &mut self,
        options: &CompactOptions<'_>,
        report: &mut CompactReport,
    ) -> Result<(), IndexError> {
        let groups = plan(&self.parts, options);
        if groups.is_empty() {
            return Ok(());
        }
        let live =
            |group: &Vec<usize>| group.iter().map(|&at| self.parts[at].live()).sum::<usize>();
        let total = groups.iter().map(live).sum();
        let mut done = 0;
        let mut merged = Vec::with_capacity(groups.len());
        for group in &groups {
            let mut sources: Vec<(u64, usize, usize)> = Vec::new();
            for &at in group {
                let keys = self.parts[at].segment.keys();
                sources.extend(self.parts[at].live_rows().map(|row| (keys[row], at, row)));
                report.dropped_rows += self.parts[at].dead.len();
            }
            sources.sort_unstable();
            let mut vectors = Embeddings::with_capacity(self.spec.dimension, sources.len());
            for step in sources.chunks(ROWS_PER_STEP) {
                options.check_stop()?;
                for &(_, at, row) in step {
                    let vector = self.parts[at].segment.vectors().unit_vector(row);
                    vectors
                        .push(&vector)
                        .expect("vectors of one index have one dimension");
                }
                done += step.len();
                options.tell(CompactProgress::Merging { rows: done, total });
            }
            report.merged_segments += group.len();
            if !sources.is_empty() {
                let keys = sources.iter().map(|&(key, ..)| key).collect();
                merged.push(self.store_segment(keys, vectors)?);
            }
        }
        let is_merged = |at: usize| groups.iter().any(|group| group.contains(&at));
        let kept = self
            .parts
            .iter()
            .enumerate()
            .filter(|(at, _)| !is_merged(*at));
        let mut parts: Vec<Part> = kept.map(|(_, part)| part.clone()).collect();
        parts.extend(merged);
        self.commit(parts)?;
        self.sweep();
        Ok(())
    }

    /// Builds graphs and commits each.
    pub(super) fn build_graphs(
        &mut self,
        segments: &[SegmentNumber],
        options: &CompactOptions<'_>,
        report: &mut CompactReport,
    ) -> Result<(), IndexError> {
        for &number in segments {
            let build = BuildOptions {
                links: options.links,
                effort: options.construction_effort,
                serial: options.serial,
                stop: options.stop,
            };
            let segment = Arc::clone(&self.part_mut(number).segment);
            let total = segment.len();
            let tell = |rows| {
                options.tell(CompactProgress::Building {
                    segment: number,
                    rows,
                    total,
                });
            };
            let built = graph::build(segment.vectors(), &build, &tell);
            let built = built.map_err(|Stopped| IndexError::Stopped)?;
            if self.part_mut(number).graph().is_some() {
                // The file is replaced below: until then no manifest may name it.
                self.set_graph(number, &GraphState::None)?;
            }
            let Some(graph) = built.graph else {
                self.set_graph(number, &GraphState::Refused)?;
                report.refused.push((number, built.quality));
                continue;
            };
            let path = graph::path(&self.folder, number);
            let file = graph
                .write(&*self.disk, &path, &segment.stored().hash)?
                .into();
            let graph = Arc::new(graph);
            self.set_graph(number, &GraphState::Ready { graph, file })?;
            report.built.push((number, built.quality));
        }
        self.sweep();
        Ok(())
    }

    fn set_graph(&mut self, number: SegmentNumber, graph: &GraphState) -> Result<(), IndexError> {
        let mut parts = self.parts.clone();
        for part in parts.iter_mut().filter(|part| part.number == number) {
            part.graph = graph.clone();
        }
        self.commit(parts)?;
        let is_about = |fault: &IndexFault| match fault {
            IndexFault::Graph { segment, .. } => *segment == number,
            IndexFault::Orphan { .. }
            | IndexFault::Vectors { .. }
            | IndexFault::Manifest { .. } => false,
        };
        self.faults.retain(|fault| !is_about(fault));
        Ok(())
    }

    fn part_mut(&mut self, number: SegmentNumber) -> &mut Part {
        let part = self.parts.iter_mut().find(|part| part.number == number);
        part.expect("segments to build for are live")
    }
}

/// Chooses which parts are merged with each other.
fn plan(parts: &[Part], options: &CompactOptions<'_>) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..parts.len()).collect();
    if !options.full {
        order.sort_by_key(|&at| (parts[at].live(), parts[at].number));
    }
    let mut groups: Vec<Vec<usize>> = vec![Vec::new()];
    let mut rows = 0;
    for at in order {
        let live = parts[at].live();
        let fits = rows + live <= options.max_segment_rows;
        let joins = options.full || live <= SMALL_ROWS || live <= TIER * rows;
        let group = groups.last_mut().expect("there is always a group");
        if group.is_empty() || (fits && joins) {
            group.push(at);
            rows += live;
        } else {
            groups.push(vec![at]);
            // Where a larger segment did not join, still larger ones stay alone.
            rows = if options.full {
                live
            } else {
                options.max_segment_rows
            };
        }
    }
    let is_worth = |group: &Vec<usize>| match group[..] {
        [] => false,
        [at] => {
            let (dead, rows) = (parts[at].dead.len(), parts[at].segment.len());
            if options.full {
                dead > 0
            } else {
                dead * DEAD_PART > rows
            }
        }
        _ => true,
    };
    groups.retain(is_worth);
    groups
}
