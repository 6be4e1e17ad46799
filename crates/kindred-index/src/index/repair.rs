//! Making a damaged index whole again, less what is lost.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use kindred_core::{KeySet, PaperKey};

use super::open::{absent, check_spec, open_part, restore_folders};
use super::{CompactOptions, CompactReport, GraphState, Index, IndexSpec, Part};
use crate::disk::{Disk, RealDisk};
use crate::error::{IndexError, IndexFault};
use crate::graph::{self, Graph};
use crate::manifest::{self, Manifest, SegmentEntry};
use crate::segment::{Segment, SegmentNumber, VECTOR_FOLDER};
use crate::tombstones::Tombstones;

/// What a repair did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RepairReport {
    /// Graphs that were damaged and built anew.
    pub rebuilt_graphs: usize,
    /// Segments that were dropped because their vectors are damaged.
    pub dropped_segments: usize,
    /// Papers whose vectors were in them; they must be embedded again.
    pub lost: KeySet,
    /// Papers whose vectors were in them, of which the keys are lost too. If not 0, compare
    /// [`Index::keys`] with the papers that should be there.
    pub lost_unknown: usize,
    /// Whether the list of segments was lost and put together from an older one and the files.
    /// Papers removed of late may be back, and papers added of late may be missing: compare
    /// [`Index::keys`] with the papers that should be there.
    pub recovered_manifest: bool,
}

/// What is being put together.
struct Salvage<'a> {
    disk: &'a dyn Disk,
    folder: &'a Path,
    spec: &'a IndexSpec,
    parts: Vec<Part>,
    lost: Vec<PaperKey>,
    broken_graphs: Vec<SegmentNumber>,
    report: RepairReport,
}

impl Index {
    /// Makes the index in `folder` usable: damaged graphs are built anew as `options` say,
    /// segments with damaged vectors dropped, a damaged manifest replaced by what the one before
    /// it and the segment files say. An index without faults is left as it is.
    ///
    /// # Errors
    /// [`IndexError::Absent`], [`IndexError::WrongEncoder`], [`IndexError::NewerFormat`],
    /// [`IndexError::Stopped`], [`IndexError::Disk`].
    pub fn repair(
        folder: &Path,
        spec: &IndexSpec,
        options: &CompactOptions<'_>,
    ) -> Result<RepairReport, IndexError> {
        restore_folders(folder)?;
        Self::repair_on(Arc::new(RealDisk), folder, spec, options)
    }

    pub(crate) fn repair_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        spec: &IndexSpec,
        options: &CompactOptions<'_>,
    ) -> Result<RepairReport, IndexError> {
        let mut salvage = Salvage {
            disk: &*disk,
            folder,
            spec,
            parts: Vec::new(),
            lost: Vec::new(),
            broken_graphs: Vec::new(),
            report: RepairReport::default(),
        };
        let manifest = salvage.manifest()?;
        for entry in manifest.iter().flat_map(|manifest| &manifest.segments) {
            salvage.named_segment(entry)?;
        }
        let mut next_segment = manifest
            .as_ref()
            .map_or(1, |manifest| manifest.next_segment);
        if salvage.report.recovered_manifest {
            next_segment = salvage.unnamed_segments(next_segment)?;
            salvage.keep_newest();
        }
        let Salvage {
            parts,
            lost,
            broken_graphs,
            mut report,
            ..
        } = salvage;
        let is_whole = report == RepairReport::default() && broken_graphs.is_empty();
        if is_whole {
            return Ok(report);
        }
        let newest = newest_manifest(&*disk, folder)?;
        let mut index = Self {
            disk,
            folder: folder.to_owned(),
            spec: spec.clone(),
            manifest: (newest, blake3::Hash::from_bytes([0; 32])),
            next_segment,
            parts: Vec::new(),
            live: 0,
            faults: Vec::new(),
            is_read_only: false,
            has_swept: false,
        };
        index.commit(parts)?;
        index.sweep();
        report.lost = lost
            .into_iter()
            .filter(|&key| !index.contains(key))
            .collect();
        let mut built = CompactReport::default();
        index.build_graphs(&broken_graphs, options, &mut built)?;
        report.rebuilt_graphs = built.built.len();
        Ok(report)
    }
}

impl Salvage<'_> {
    /// Returns the live manifest, or the newest older one that is whole.
    fn manifest(&mut self) -> Result<Option<Manifest>, IndexError> {
        match Manifest::read_live(self.disk, self.folder) {
            Ok(Some((manifest, _))) => {
                check_spec(&manifest, self.spec)?;
                return Ok(Some(manifest));
            }
            Ok(None) => {
                let error = absent(self.disk, self.folder);
                if !error.is_damage() {
                    return Err(error);
                }
            }
            Err(error) if error.is_damage() => {}
            Err(error) => return Err(error),
        }
        self.report.recovered_manifest = true;
        for number in manifest_numbers(self.disk, self.folder)?.into_iter().rev() {
            let path = manifest::manifest_file(self.folder, number);
            match Manifest::read(self.disk, &path) {
                Ok((manifest, _)) => {
                    check_spec(&manifest, self.spec)?;
                    return Ok(Some(manifest));
                }
                Err(error) if error.is_damage() => {}
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// Takes over a segment that the manifest names, or notes what is lost with it.
    fn named_segment(&mut self, entry: &SegmentEntry) -> Result<(), IndexError> {
        match open_part((self.disk, self.folder, self.spec), entry, None) {
            Ok((part, fault)) => {
                if let Some(IndexFault::Graph { segment, .. }) = fault {
                    self.broken_graphs.push(segment);
                }
                self.parts.push(part);
                return Ok(());
            }
            Err(error) if error.is_damage() => {}
            Err(error) => return Err(error),
        }
        self.report.dropped_segments += 1;
        let path = entry.number.vector_file(self.folder);
        match Segment::read_keys(self.disk, &path, self.spec) {
            Ok((keys, stored)) if entry.vectors.names(stored) => {
                let dead = Tombstones::new(&entry.dead);
                let live = keys
                    .iter()
                    .enumerate()
                    .filter(|(row, _)| !dead.contains(*row));
                self.lost.extend(live.map(|(_, &key)| PaperKey(key)));
            }
            _ => self.report.lost_unknown += entry.rows as usize - entry.dead.len(),
        }
        Ok(())
    }

    /// Takes over segments that were stored after the manifest at hand was; returns the next free
    /// number.
    fn unnamed_segments(&mut self, first: u32) -> Result<u32, IndexError> {
        let mut next = first;
        let names = self.disk.list(&self.folder.join(VECTOR_FOLDER));
        let names = names.map_err(IndexError::disk(
            "list the folder of the index",
            self.folder,
        ))?;
        let mut numbers: Vec<SegmentNumber> = names
            .iter()
            .filter_map(|name| SegmentNumber::of_vector_file(name))
            .collect();
        numbers.sort_unstable();
        for number in numbers.into_iter().filter(|number| number.0 >= first) {
            next = number.0.saturating_add(1);
            let path = number.vector_file(self.folder);
            match Segment::read(self.disk, &path, self.spec) {
                Ok(segment) => {
                    let mut part = Part::new(number, segment);
                    self.take_graph(&mut part);
                    self.parts.push(part);
                }
                Err(error) if error.is_damage() => {
                    self.report.dropped_segments += 1;
                    if let Ok((keys, _)) = Segment::read_keys(self.disk, &path, self.spec) {
                        self.lost.extend(keys.into_iter().map(PaperKey));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(next)
    }

    /// Takes over the graph that lies beside a segment, if it is whole and the segment's.
    fn take_graph(&self, part: &mut Part) {
        let path = graph::path(self.folder, part.number);
        let owner = part.segment.stored().hash;
        let graph = Graph::read(self.disk, &path, &owner, part.segment.len());
        if let Ok((graph, stored)) = graph {
            part.graph = GraphState::Ready {
                graph: Arc::new(graph),
                file: stored.into(),
            };
        }
    }

    /// Marks every row dead whose paper is in a later segment: what replaced it, or the merge
    /// that it went into.
    fn keep_newest(&mut self) {
        let mut held = BTreeSet::new();
        for part in self.parts.iter_mut().rev() {
            let rows: Vec<usize> = part.live_rows().collect();
            for row in rows {
                if !held.insert(part.segment.key(row)) {
                    Arc::make_mut(&mut part.dead).insert(row);
                }
            }
        }
    }
}

fn manifest_numbers(disk: &dyn Disk, folder: &Path) -> Result<Vec<u64>, IndexError> {
    let names = disk.list(folder);
    let names = names.map_err(IndexError::disk("list the folder of the index", folder))?;
    let mut numbers: Vec<u64> = names
        .iter()
        .filter_map(|name| manifest::manifest_number(name))
        .collect();
    numbers.sort_unstable();
    Ok(numbers)
}

fn newest_manifest(disk: &dyn Disk, folder: &Path) -> Result<u64, IndexError> {
    Ok(manifest_numbers(disk, folder)?.last().copied().unwrap_or(0))
}
