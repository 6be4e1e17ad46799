//! Opening an index, or making one.

use std::path::Path;
use std::sync::Arc;

use super::{GraphState, Index, IndexSpec, Part};
use crate::disk::Disk;
use crate::error::{FileFault, IndexError, IndexFault};
use crate::graph::{self, GRAPH_FOLDER, Graph};
use crate::manifest::{self, FileEntry, GraphEntry, Manifest, SegmentEntry};
use crate::segment::{Segment, SegmentNumber, VECTOR_FOLDER};
use crate::tombstones::Tombstones;

/// How often opening starts again because a writer replaced the files meanwhile.
const ATTEMPTS: usize = 8;

/// How an index is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct OpenOptions {
    /// Leave out segments whose vectors are damaged instead of failing. Such an index takes no
    /// writes. Default off.
    pub salvage: bool,
}

impl Index {
    pub(crate) fn create_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        spec: &IndexSpec,
    ) -> Result<Self, IndexError> {
        match Self::open_on(Arc::clone(&disk), folder, spec, OpenOptions::default()) {
            Err(IndexError::Absent { .. }) => {}
            opened => return opened,
        }
        let make = |path: &Path| {
            disk.make_folder(path)
                .and_then(|()| disk.sync_folder(path))
                .map_err(IndexError::disk("make the folder of the index", path))
        };
        make(&folder.join(VECTOR_FOLDER))?;
        make(&folder.join(GRAPH_FOLDER))?;
        make(folder)?;
        if let Some(above) = folder
            .parent()
            .filter(|above| !above.as_os_str().is_empty())
        {
            make(above)?;
        }
        Manifest::new(1, spec, 1, Vec::new())
            .commit(&*disk, folder)
            .map_err(IndexError::disk("store the list of segments", folder))?;
        Self::open_on(disk, folder, spec, OpenOptions::default())
    }

    pub(crate) fn open_on(
        disk: Arc<dyn Disk>,
        folder: &Path,
        spec: &IndexSpec,
        options: OpenOptions,
    ) -> Result<Self, IndexError> {
        Self::open_after((disk, folder, spec), options, None)
    }

    /// Opens the index as it is on disk now. Segments and graphs that are in memory already are
    /// taken over, not read again: of an index that is being written, only what is new is read.
    ///
    /// # Errors
    /// As [`Index::open`].
    pub fn reopened(&self) -> Result<Self, IndexError> {
        let at = (Arc::clone(&self.disk), self.folder.as_path(), &self.spec);
        Self::open_after(at, OpenOptions::default(), Some(self))
    }

    fn open_after(
        (disk, folder, spec): (Arc<dyn Disk>, &Path, &IndexSpec),
        options: OpenOptions,
        earlier: Option<&Self>,
    ) -> Result<Self, IndexError> {
        if spec.dimension == 0 {
            return Err(IndexError::Dimension {
                expected: 1,
                found: 0,
            });
        }
        for _ in 1..ATTEMPTS {
            let before = manifest::read_pointer(&*disk, folder);
            let at = (Arc::clone(&disk), folder, spec);
            let opened = Self::open_once(at, options, earlier);
            let is_doubtful = match &opened {
                Ok(index) => !index.faults.is_empty(),
                Err(error) => matches!(error, IndexError::Damaged { .. }),
            };
            // A fault that a writer made by replacing files is gone with the next manifest.
            let is_settled = match (before, manifest::read_pointer(&*disk, folder)) {
                (Ok(before), Ok(after)) => before == after,
                _ => true,
            };
            if is_settled || !is_doubtful {
                return opened;
            }
        }
        Self::open_once((disk, folder, spec), options, earlier)
    }

    fn open_once(
        (disk, folder, spec): (Arc<dyn Disk>, &Path, &IndexSpec),
        options: OpenOptions,
        before: Option<&Self>,
    ) -> Result<Self, IndexError> {
        let Some((manifest, hash)) = Manifest::read_live(&*disk, folder)? else {
            return Err(absent(&*disk, folder));
        };
        check_spec(&manifest, spec)?;
        let mut faults = Vec::new();
        let mut parts = Vec::with_capacity(manifest.segments.len());
        for entry in &manifest.segments {
            let known = before.and_then(|before| before.part(entry.number));
            match open_part((&*disk, folder, spec), entry, known) {
                Ok((part, fault)) => {
                    parts.push(part);
                    faults.extend(fault);
                }
                Err(error @ IndexError::Damaged { .. }) if options.salvage => {
                    faults.push(IndexFault::Vectors {
                        segment: entry.number,
                        path: entry.number.vector_file(folder),
                        error: Arc::new(error),
                    });
                }
                Err(error) => return Err(error),
            }
        }
        let mut index = Self {
            disk,
            folder: folder.to_owned(),
            spec: spec.clone(),
            manifest: (manifest.number, hash),
            next_segment: manifest.next_segment,
            is_read_only: parts.len() < manifest.segments.len(),
            parts: Vec::new(),
            live: 0,
            faults,
            has_swept: false,
        };
        index.set_parts(parts);
        Ok(index)
    }
}

/// Says why there is no pointer to a manifest: nothing was ever stored, or it was lost.
pub(super) fn absent(disk: &dyn Disk, folder: &Path) -> IndexError {
    match disk.list(&folder.join(VECTOR_FOLDER)) {
        Err(error) => IndexError::disk("list the folder of the index", folder)(error),
        Ok(names)
            if names
                .iter()
                .any(|name| SegmentNumber::of_vector_file(name).is_some()) =>
        {
            IndexError::damaged(&manifest::pointer_file(folder), FileFault::Missing)
        }
        Ok(_) => IndexError::Absent {
            folder: folder.to_owned(),
        },
    }
}

pub(super) fn check_spec(manifest: &Manifest, spec: &IndexSpec) -> Result<(), IndexError> {
    if manifest.spec() == *spec {
        Ok(())
    } else {
        Err(IndexError::wrong_encoder(manifest.spec(), spec))
    }
}

/// Opens a segment with its graph, taking over what is `known` of it where the files are the same; a
/// graph that cannot be used is returned as a fault.
pub(super) fn open_part(
    (disk, folder, spec): (&dyn Disk, &Path, &IndexSpec),
    entry: &SegmentEntry,
    known: Option<&Part>,
) -> Result<(Part, Option<IndexFault>), IndexError> {
    let path = entry.number.vector_file(folder);
    let known = known.filter(|known| entry.vectors.names(known.segment.stored()));
    let segment = match known {
        Some(known) => Arc::clone(&known.segment),
        None => Arc::new(Segment::read(disk, &path, spec)?),
    };
    if !entry.vectors.names(segment.stored()) || segment.len() != entry.rows as usize {
        return Err(IndexError::damaged(&path, FileFault::Replaced));
    }
    let (graph, fault) = match &entry.graph {
        GraphEntry::None => (GraphState::None, None),
        GraphEntry::Refused => (GraphState::Refused, None),
        GraphEntry::File(file) => {
            let ready = |graph| GraphState::Ready {
                graph,
                file: file.clone(),
            };
            match known.and_then(|known| known.graph_in(file)) {
                Some(graph) => (ready(graph), None),
                None => match read_graph((disk, folder), entry.number, (&segment, file)) {
                    Ok(graph) => (ready(Arc::new(graph)), None),
                    Err(fault) => (GraphState::None, Some(fault)),
                },
            }
        }
    };
    let part = Part {
        number: entry.number,
        segment,
        graph,
        dead: Arc::new(Tombstones::new(&entry.dead)),
    };
    Ok((part, fault))
}

fn read_graph(
    (disk, folder): (&dyn Disk, &Path),
    number: SegmentNumber,
    (segment, file): (&Segment, &FileEntry),
) -> Result<Graph, IndexFault> {
    let path = graph::path(folder, number);
    let read = Graph::read(disk, &path, &segment.stored().hash, segment.len());
    let named = read.and_then(|(graph, stored)| {
        let replaced = || IndexError::damaged(&path, FileFault::Replaced);
        file.names(stored).then_some(graph).ok_or_else(replaced)
    });
    named.map_err(|error| IndexFault::Graph {
        segment: number,
        path,
        error: Arc::new(error),
    })
}

/// Makes the folders below an existing index again: copies of a library may leave empty ones out.
pub(super) fn restore_folders(folder: &Path) -> Result<(), IndexError> {
    if !folder.is_dir() {
        return Ok(());
    }
    for name in [VECTOR_FOLDER, GRAPH_FOLDER] {
        let path = folder.join(name);
        fs_err::create_dir_all(&path)
            .map_err(IndexError::disk("make the folder of the index", &path))?;
    }
    Ok(())
}
