//! Graphs on disk.

use std::path::{Path, PathBuf};

use super::{BASE_LINKS, GRAPH_FOLDER, Graph, Layer, UPPER_LINKS};
use crate::container::{self, Container, FileKind, Header, Numbers, Stored};
use crate::disk::Disk;
use crate::error::{FileFault, IndexError};
use crate::segment::SegmentNumber;

const KIND: FileKind = FileKind {
    magic: *b"KNDRGRPH",
    format: 1,
};
const SHAPE: [u8; 8] = *b"shape\0\0\0";
const BASE: [u8; 8] = *b"base\0\0\0\0";
const ROWS: [u8; 8] = *b"rows\0\0\0\0";
const UPPER: [u8; 8] = *b"upper\0\0\0";

/// Numbers of the shape section: entry row, links above the base, then the size of each layer.
const SHAPE_FIXED: usize = 2;
/// Places in the shape section for layer sizes; unused ones are zero.
const MAX_LAYERS: usize = 16;

/// Reads the number of the segment out of the name of a graph file.
pub(crate) fn segment_of_file(name: &str) -> Option<SegmentNumber> {
    let stem = name.strip_suffix(".hnsw")?;
    SegmentNumber::of_vector_file(&format!("{stem}.vec"))
}

/// Returns the file of a segment's graph.
pub(crate) fn path(folder: &Path, segment: SegmentNumber) -> PathBuf {
    folder.join(GRAPH_FOLDER).join(format!("{segment}.hnsw"))
}

impl Graph {
    /// Writes the graph of the segment whose vector file has the hash `owner`, durably.
    pub(crate) fn write(
        &self,
        disk: &dyn Disk,
        path: &Path,
        owner: &blake3::Hash,
    ) -> Result<Stored, IndexError> {
        let size = |layer: &Layer| u32::try_from(layer.rows.len()).expect("rows fit u32");
        let mut shape = vec![
            self.entry,
            u32::try_from(UPPER_LINKS).expect("a small constant"),
        ];
        shape.extend(self.upper.iter().map(size));
        shape.resize(SHAPE_FIXED + MAX_LAYERS, 0);
        let rows: Vec<u32> = self
            .upper
            .iter()
            .flat_map(|layer| &layer.rows)
            .copied()
            .collect();
        let upper: Vec<u32> = self
            .upper
            .iter()
            .flat_map(|layer| &layer.links)
            .copied()
            .collect();
        let header = Header {
            owner: *owner.as_bytes(),
            count: self.len() as u64,
            width: u32::try_from(BASE_LINKS).expect("a small constant"),
        };
        let sections = [
            (SHAPE, Numbers::U32(&shape)),
            (BASE, Numbers::U32(&self.base)),
            (ROWS, Numbers::U32(&rows)),
            (UPPER, Numbers::U32(&upper)),
        ];
        container::write(disk, path, KIND, &header, &sections)
            .map_err(IndexError::disk("store a graph", path))
    }

    /// Reads and validates the graph over `rows` rows of the vector file with the hash `owner`.
    pub(crate) fn read(
        disk: &dyn Disk,
        path: &Path,
        owner: &blake3::Hash,
        rows: usize,
    ) -> Result<(Self, Stored), IndexError> {
        let mut container = Container::open(disk, path, KIND)?;
        let header = *container.header();
        let fault = |part| IndexError::damaged(path, FileFault::Malformed { part });
        if header.owner != *owner.as_bytes() {
            return Err(IndexError::damaged(path, FileFault::Replaced));
        }
        if header.count != rows as u64 || header.width as usize != BASE_LINKS {
            return Err(fault("header"));
        }
        let shape = container.read_u32(SHAPE, (SHAPE_FIXED + MAX_LAYERS) as u64)?;
        let sizes: Vec<usize> = shape[SHAPE_FIXED..]
            .iter()
            .map(|&size| size as usize)
            .take_while(|&size| size > 0)
            .collect();
        if shape[1] as usize != UPPER_LINKS || sizes.iter().any(|&size| size > rows) {
            return Err(fault("shape of the graph"));
        }
        let total: usize = sizes.iter().sum();
        let base = container.read_u32(BASE, (rows * BASE_LINKS) as u64)?;
        let layer_rows = container.read_u32(ROWS, total as u64)?;
        let layer_links = container.read_u32(UPPER, (total * UPPER_LINKS) as u64)?;
        let stored = container.finish()?;
        let mut upper = Vec::with_capacity(sizes.len());
        let mut start = 0;
        for size in sizes {
            let end = start + size;
            upper.push(Layer {
                rows: layer_rows[start..end].to_vec(),
                links: layer_links[start * UPPER_LINKS..end * UPPER_LINKS].to_vec(),
            });
            start = end;
        }
        let graph = Self {
            entry: shape[0],
            base,
            upper,
        };
        if graph.is_valid() {
            Ok((graph, stored))
        } else {
            Err(fault("graph"))
        }
    }
}
