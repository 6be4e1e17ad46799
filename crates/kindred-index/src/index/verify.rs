//! Reading everything and saying what is wrong.

use std::path::Path;
use std::sync::Arc;

use super::open::{absent, check_spec, open_part};
use super::write::{Named, orphans};
use super::{Index, IndexSpec};
use crate::disk::{Disk, RealDisk};
use crate::error::{IndexError, IndexFault};
use crate::manifest::{self, GraphEntry, Manifest};

impl Index {
    /// Reads and checks every byte of the index in `folder` and returns what is wrong, in the
    /// order of segments; files that belong to nothing come last, as notes.
    ///
    /// # Errors
    /// [`IndexError::Absent`], [`IndexError::WrongEncoder`]; [`IndexError::NewerFormat`] and
    /// [`IndexError::Disk`] if the list of segments cannot be read. What is wrong with a segment
    /// is a fault, not an error.
    pub fn verify(folder: &Path, spec: &IndexSpec) -> Result<Vec<IndexFault>, IndexError> {
        Self::verify_on(&RealDisk, folder, spec)
    }

    pub(crate) fn verify_on(
        disk: &dyn Disk,
        folder: &Path,
        spec: &IndexSpec,
    ) -> Result<Vec<IndexFault>, IndexError> {
        let live = Manifest::read_live(disk, folder);
        let live = live.and_then(|live| live.ok_or_else(|| absent(disk, folder)));
        let manifest = match live {
            Ok((manifest, _)) => manifest,
            Err(IndexError::Damaged { path, source }) => {
                let error = Arc::new(IndexError::damaged(&path, source));
                return Ok(vec![IndexFault::Manifest { path, error }]);
            }
            Err(error) => return Err(error),
        };
        check_spec(&manifest, spec)?;
        let mut faults = Vec::new();
        let mut named = Named {
            manifests: vec![manifest.number, manifest.number.saturating_sub(1)],
            vectors: Vec::new(),
            graphs: Vec::new(),
        };
        for entry in &manifest.segments {
            let segment = entry.number;
            named.vectors.push(segment);
            if matches!(entry.graph, GraphEntry::File(_)) {
                named.graphs.push(segment);
            }
            match open_part((disk, folder, spec), entry, None) {
                Ok((_, fault)) => faults.extend(fault),
                Err(error) => {
                    let path = segment.vector_file(folder);
                    faults.push(IndexFault::Vectors {
                        segment,
                        path,
                        error: Arc::new(error),
                    });
                }
            }
        }
        faults.extend(previous(disk, folder, &manifest));
        let notes = orphans(disk, folder, &named).into_iter();
        faults.extend(notes.map(|path| IndexFault::Orphan { path }));
        Ok(faults)
    }
}

/// Checks the manifest that was kept for the case that the live one is lost.
fn previous(disk: &dyn Disk, folder: &Path, live: &Manifest) -> Option<IndexFault> {
    let path = manifest::manifest_file(folder, live.number.checked_sub(1)?);
    match Manifest::read(disk, &path) {
        Err(error) if !error.is_missing_file() => Some(IndexFault::Manifest {
            path,
            error: Arc::new(error),
        }),
        _ => None,
    }
}
