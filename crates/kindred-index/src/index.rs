//! The index of one encoder's vectors.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kindred_core::{Embeddings, Fingerprint, KeySet, PaperKey};
use serde::Serialize;

use crate::disk::{Disk, RealDisk};
use crate::error::{IndexError, IndexFault};
use crate::graph::Graph;
use crate::manifest::{FileEntry, GraphEntry, SegmentEntry};
use crate::segment::{Segment, SegmentNumber};
use crate::tombstones::Tombstones;

mod compact;
mod open;
mod repair;
mod search;
mod verify;
mod write;

pub use compact::{CompactOptions, CompactProgress, CompactReport};
pub use open::OpenOptions;
pub use repair::RepairReport;

/// Whose vectors an index holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexSpec {
    /// The encoder.
    pub fingerprint: Fingerprint,
    /// Numbers per vector, at least 1.
    pub dimension: usize,
}

impl fmt::Display for IndexSpec {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} ({} dimensions)",
            self.fingerprint.short(),
            self.dimension
        )
    }
}

impl IndexError {
    pub(crate) fn wrong_encoder(found: IndexSpec, expected: &IndexSpec) -> Self {
        let (found, expected) = (Box::new(found), Box::new(expected.clone()));
        Self::WrongEncoder { found, expected }
    }
}

/// Size and make-up of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, schemars::JsonSchema)]
pub struct IndexStats {
    /// Papers that can be found.
    pub live: usize,
    /// Rows that were deleted or replaced and not yet dropped.
    pub dead: usize,
    /// Segments.
    pub segments: usize,
    /// Rows, dead ones included, of segments without a graph; they are scanned exactly.
    pub delta_rows: usize,
    /// Rows, dead ones included, of segments with a graph.
    pub graph_rows: usize,
    /// Bytes of vectors and keys on disk.
    pub vector_bytes: u64,
    /// Bytes of graphs on disk.
    pub graph_bytes: u64,
}

/// The vectors of one encoder and their neighbours.
///
/// A value is a snapshot: it holds all vectors and graphs in memory and does not see what others
/// write. `clone` is cheap and shares them, so a server keeps a clone for reading while one writer
/// goes on. There must be one writer at a time; a second one is refused with
/// [`IndexError::Changed`] at its first write after the other's.
///
/// # Examples
/// ```
/// use kindred_core::{Fingerprint, Neighbors, PaperKey, SearchOptions, UnitVector};
/// use kindred_index::{Index, IndexSpec};
///
/// let folder = tempfile::tempdir()?;
/// let spec = IndexSpec { fingerprint: Fingerprint::from_hash(&[7; 32]), dimension: 2 };
/// let mut index = Index::create(folder.path(), &spec)?;
/// let east = UnitVector::new(vec![1.0, 0.0])?;
/// let north = UnitVector::new(vec![0.0, 1.0])?;
/// index.append(&[(PaperKey(1), east.clone()), (PaperKey(2), north)])?;
///
/// let reopened = Index::open(folder.path(), &spec)?;
/// let found = reopened.nearest(&east, &SearchOptions { limit: 1, ..Default::default() })?;
/// assert_eq!(found[0].key, PaperKey(1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Index {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    spec: IndexSpec,
    /// Number and hash of the manifest that this is the content of.
    manifest: (u64, blake3::Hash),
    next_segment: u32,
    parts: Vec<Part>,
    live: usize,
    faults: Vec<IndexFault>,
    /// Set where writing would lose something or the outcome of a write is unknown.
    is_read_only: bool,
    /// Whether this value removed what crashes left.
    has_swept: bool,
}

/// A live segment.
#[derive(Debug, Clone)]
struct Part {
    number: SegmentNumber,
    segment: Arc<Segment>,
    graph: GraphState,
    dead: Arc<Tombstones>,
}

#[derive(Debug, Clone)]
enum GraphState {
    None,
    Refused,
    Ready { graph: Arc<Graph>, file: FileEntry },
}

impl Part {
    fn new(number: SegmentNumber, segment: Segment) -> Self {
        let segment = Arc::new(segment);
        Self {
            number,
            segment,
            graph: GraphState::None,
            dead: Arc::default(),
        }
    }

    /// Returns the row of a key that is neither missing nor dead.
    fn live_row(&self, key: PaperKey) -> Option<usize> {
        self.segment
            .row(key)
            .filter(|&row| !self.dead.contains(row))
    }

    fn live(&self) -> usize {
        self.segment.len() - self.dead.len()
    }

    /// Returns the graph that was read from a file.
    fn graph_in(&self, wanted: &FileEntry) -> Option<Arc<Graph>> {
        match &self.graph {
            GraphState::Ready { graph, file } if file == wanted => Some(Arc::clone(graph)),
            GraphState::Ready { .. } | GraphState::None | GraphState::Refused => None,
        }
    }

    fn graph(&self) -> Option<&Arc<Graph>> {
        match &self.graph {
            GraphState::Ready { graph, .. } => Some(graph),
            GraphState::None | GraphState::Refused => None,
        }
    }

    fn live_rows(&self) -> impl Iterator<Item = usize> {
        (0..self.segment.len()).filter(|&row| !self.dead.contains(row))
    }

    fn entry(&self) -> SegmentEntry {
        SegmentEntry {
            number: self.number,
            rows: u32::try_from(self.segment.len()).expect("rows of a segment fit u32"),
            vectors: self.segment.stored().into(),
            graph: match &self.graph {
                GraphState::None => GraphEntry::None,
                GraphState::Refused => GraphEntry::Refused,
                GraphState::Ready { file, .. } => GraphEntry::File(file.clone()),
            },
            dead: self.dead.rows(),
        }
    }
}

impl Index {
    /// Opens the index in `folder`, or makes an empty one if there is none.
    ///
    /// # Errors
    /// As [`Index::open`].
    pub fn create(folder: &Path, spec: &IndexSpec) -> Result<Self, IndexError> {
        open::restore_folders(folder)?;
        Self::create_on(Arc::new(RealDisk), folder, spec)
    }

    /// Opens the index in `folder`: reads it into memory and verifies every hash.
    ///
    /// A graph that cannot be used is not an error: see [`Index::faults`].
    ///
    /// # Errors
    /// [`IndexError::Absent`] if there is no index, [`IndexError::WrongEncoder`] if it is not
    /// `spec`'s, [`IndexError::Damaged`] if vectors or the manifest cannot be used,
    /// [`IndexError::NewerFormat`], [`IndexError::Disk`].
    pub fn open(folder: &Path, spec: &IndexSpec) -> Result<Self, IndexError> {
        Self::open_with(folder, spec, OpenOptions::default())
    }

    /// Opens the index in `folder` as `options` say.
    ///
    /// # Errors
    /// As [`Index::open`]; with `salvage` damaged vectors are listed in [`Index::faults`] instead.
    pub fn open_with(
        folder: &Path,
        spec: &IndexSpec,
        options: OpenOptions,
    ) -> Result<Self, IndexError> {
        Self::open_on(Arc::new(RealDisk), folder, spec, options)
    }

    /// Returns whose vectors it holds.
    pub fn spec(&self) -> &IndexSpec {
        &self.spec
    }

    /// Returns what was found damaged when it was opened and is not yet rebuilt.
    pub fn faults(&self) -> &[IndexFault] {
        &self.faults
    }

    /// Returns the papers that it holds.
    pub fn keys(&self) -> KeySet {
        let keys = |part: &'_ Part| {
            let segment = Arc::clone(&part.segment);
            part.live_rows()
                .map(|row| segment.key(row))
                .collect::<Vec<_>>()
        };
        self.parts.iter().flat_map(keys).collect()
    }

    /// Whether it holds a vector of `key`.
    pub fn contains(&self, key: PaperKey) -> bool {
        self.locate(key).is_some()
    }

    /// Returns the vectors of `keys` in the order asked, `[found, dimension]`, with the keys that
    /// they belong to; papers without a vector are skipped.
    pub fn embeddings_for(&self, keys: &[PaperKey]) -> (Vec<PaperKey>, Embeddings) {
        let locate = |&key: &PaperKey| Some((key, self.locate(key)?));
        let found: Vec<_> = keys.iter().filter_map(locate).collect();
        let vector =
            |&(_, (part, row)): &(_, (&Part, usize))| part.segment.vectors().unit_vector(row);
        let vectors = write::matrix(self.spec.dimension, found.iter().map(vector));
        (found.into_iter().map(|(key, _)| key).collect(), vectors)
    }

    /// Returns size and make-up.
    pub fn stats(&self) -> IndexStats {
        let mut stats = IndexStats {
            live: self.live,
            segments: self.parts.len(),
            ..IndexStats::default()
        };
        for part in &self.parts {
            stats.dead += part.dead.len();
            stats.vector_bytes += part.segment.stored().bytes;
            if let GraphState::Ready { file, .. } = &part.graph {
                stats.graph_rows += part.segment.len();
                stats.graph_bytes += file.bytes;
            } else {
                stats.delta_rows += part.segment.len();
            }
        }
        stats
    }

    fn part(&self, number: SegmentNumber) -> Option<&Part> {
        self.parts.iter().find(|part| part.number == number)
    }

    /// Returns where the live vector of a paper is.
    fn locate(&self, key: PaperKey) -> Option<(&Part, usize)> {
        let found = |part| Part::live_row(part, key).map(|row| (part, row));
        self.parts.iter().rev().find_map(found)
    }

    fn set_parts(&mut self, parts: Vec<Part>) {
        self.live = parts.iter().map(Part::live).sum();
        self.parts = parts;
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Index")
            .field("folder", &self.folder)
            .field("spec", &self.spec)
            .field("manifest", &self.manifest.0)
            .field("stats", &self.stats())
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
