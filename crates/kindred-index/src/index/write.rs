//! Adding and removing papers.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use kindred_core::{Embeddings, KeySet, PaperKey, UnitVector};

use super::{Index, Part};
use crate::disk::{Disk, TEMPORARY};
use crate::error::IndexError;
use crate::graph::{self, GRAPH_FOLDER};
use crate::manifest::{self, Manifest};
use crate::segment::{Segment, SegmentNumber, VECTOR_FOLDER};
use crate::tombstones::Tombstones;

impl Index {
    /// Stores vectors as one new segment, durable on return, and returns its number.
    ///
    /// A paper that is there already gets its new vector, one that is listed twice the last one
    /// listed. Without rows nothing is written and there is no number.
    ///
    /// # Errors
    /// [`IndexError::Dimension`], [`IndexError::TooManyRows`], [`IndexError::Changed`],
    /// [`IndexError::ReadOnly`]; [`IndexError::Disk`], after which the index must be opened again
    /// to be written to and holds either none or all of `rows`.
    pub fn append(
        &mut self,
        rows: &[(PaperKey, UnitVector)],
    ) -> Result<Option<SegmentNumber>, IndexError> {
        let expected = self.spec.dimension;
        if let Some((_, vector)) = rows.iter().find(|(_, row)| row.dimension() != expected) {
            return Err(IndexError::Dimension {
                expected,
                found: vector.dimension(),
            });
        }
        if rows.len() >= u32::MAX as usize {
            return Err(IndexError::TooManyRows { rows: rows.len() });
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let newest: BTreeMap<PaperKey, &UnitVector> =
            rows.iter().map(|(key, vector)| (*key, vector)).collect();
        let vectors = matrix(expected, newest.values().map(|&vector| vector.clone()));
        self.writing(|index| {
            let keys: Vec<PaperKey> = newest.into_keys().collect();
            let mut parts = index.without(&keys);
            let keys = keys.into_iter().map(|key| key.0).collect();
            let part = index.store_segment(keys, vectors)?;
            let number = part.number;
            parts.push(part);
            index.commit(parts)?;
            Ok(Some(number))
        })
    }

    /// Removes papers, durable on return, and returns how many were there.
    ///
    /// # Errors
    /// As [`Index::append`].
    pub fn remove(&mut self, keys: &KeySet) -> Result<usize, IndexError> {
        self.writing(|index| {
            let live = index.live;
            let parts = index.without(keys.as_slice());
            let removed = live - parts.iter().map(Part::live).sum::<usize>();
            if removed > 0 {
                index.commit(parts)?;
            }
            Ok(removed)
        })
    }

    /// Runs what writes, if this is the one writer. Once the disk has failed, nothing more is
    /// written: what a failed sync left behind is unknown.
    pub(super) fn writing<R>(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<R, IndexError>,
    ) -> Result<R, IndexError> {
        if self.is_read_only {
            return Err(IndexError::ReadOnly {
                folder: self.folder.clone(),
            });
        }
        if manifest::read_pointer(&*self.disk, &self.folder)? != Some(self.manifest) {
            return Err(IndexError::Changed {
                folder: self.folder.clone(),
            });
        }
        if !self.has_swept {
            self.sweep();
        }
        let result = write(self);
        if matches!(result, Err(IndexError::Disk { .. })) {
            self.is_read_only = true;
        }
        result
    }

    /// Returns the parts with `keys` marked dead.
    fn without(&self, keys: &[PaperKey]) -> Vec<Part> {
        let mut parts = self.parts.clone();
        for part in &mut parts {
            for row in keys.iter().filter_map(|&key| part.segment.row(key)) {
                if !part.dead.contains(row) {
                    Arc::<Tombstones>::make_mut(&mut part.dead).insert(row);
                }
            }
        }
        parts
    }

    /// Writes a segment under the next number, which only [`Self::commit`] takes up.
    pub(super) fn store_segment(
        &mut self,
        keys: Vec<u64>,
        vectors: Embeddings,
    ) -> Result<Part, IndexError> {
        let number = SegmentNumber(self.next_segment);
        let path = number.vector_file(&self.folder);
        let segment = Segment::write(&*self.disk, &path, &self.spec.fingerprint, keys, vectors)?;
        self.next_segment += 1;
        Ok(Part::new(number, segment))
    }

    /// Makes `parts` the content of the index; segments without a live row are left out.
    pub(super) fn commit(&mut self, mut parts: Vec<Part>) -> Result<(), IndexError> {
        parts.retain(|part| part.live() > 0);
        let number = self.manifest.0 + 1;
        let entries = parts.iter().map(Part::entry).collect();
        let hash = Manifest::new(number, &self.spec, self.next_segment, entries)
            .commit(&*self.disk, &self.folder)
            .map_err(IndexError::disk("store the list of segments", &self.folder))?;
        // The manifest just replaced stays, in case the new one is damaged.
        let older = manifest::manifest_file(&self.folder, self.manifest.0.saturating_sub(1));
        self.manifest = (number, hash);
        self.set_parts(parts);
        // Whether it goes now or with a later sweep is no matter.
        self.disk.remove(&older).ok();
        Ok(())
    }

    /// Removes every file that the live manifest does not name, as far as the system lets.
    pub(super) fn sweep(&mut self) {
        for path in orphans(&*self.disk, &self.folder, &self.named()) {
            self.disk.remove(&path).ok();
        }
        self.has_swept = true;
    }

    fn named(&self) -> Named {
        Named {
            manifests: vec![self.manifest.0],
            vectors: self.parts.iter().map(|part| part.number).collect(),
            graphs: self
                .parts
                .iter()
                .filter(|part| part.graph().is_some())
                .map(|part| part.number)
                .collect(),
        }
    }
}

/// Puts vectors of the index's dimension into a matrix.
pub(super) fn matrix(
    dimension: usize,
    vectors: impl ExactSizeIterator<Item = UnitVector>,
) -> Embeddings {
    let mut matrix = Embeddings::with_capacity(dimension, vectors.len());
    for vector in vectors {
        let pushed = matrix.push(&vector);
        pushed.expect("the caller checked the dimension");
    }
    matrix
}

/// The files that are in use.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) manifests: Vec<u64>,
    pub(super) vectors: Vec<SegmentNumber>,
    pub(super) graphs: Vec<SegmentNumber>,
}

/// Lists the files of the index's kinds that are not in use, in the order of their names. Files
/// of other kinds are not the index's and left alone.
pub(super) fn orphans(disk: &dyn Disk, folder: &Path, named: &Named) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut look = |folder: &Path, is_orphan: &dyn Fn(&str) -> bool| {
        let names = disk.list(folder).unwrap_or_default();
        let orphans = names
            .iter()
            .filter(|name| name.ends_with(TEMPORARY) || is_orphan(name));
        found.extend(orphans.map(|name| folder.join(name)));
    };
    look(folder, &|name| {
        manifest::manifest_number(name).is_some_and(|number| !named.manifests.contains(&number))
    });
    look(&folder.join(VECTOR_FOLDER), &|name| {
        SegmentNumber::of_vector_file(name).is_some_and(|number| !named.vectors.contains(&number))
    });
    look(&folder.join(GRAPH_FOLDER), &|name| {
        graph::segment_of_file(name).is_some_and(|number| !named.graphs.contains(&number))
    });
    found
}
