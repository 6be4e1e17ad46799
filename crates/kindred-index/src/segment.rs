//! Sealed segments: keys and vectors that never change.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kindred_core::{Embeddings, Fingerprint, PaperKey};
use serde::{Deserialize, Serialize};

use crate::container::{self, Container, FileKind, Header, Numbers, Stored};
use crate::disk::Disk;
use crate::error::{FileFault, IndexError};
use crate::index::IndexSpec;

const KIND: FileKind = FileKind {
    magic: *b"KNDRVEC\0",
    format: 1,
};
const KEYS: [u8; 8] = *b"keys\0\0\0\0";
const VECTORS: [u8; 8] = *b"vectors\0";

/// Folder of the segments' vectors below the index folder.
pub(crate) const VECTOR_FOLDER: &str = "vectors";

/// Number of a segment, never reused within an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SegmentNumber(pub u32);

impl SegmentNumber {
    /// Returns the file of its vectors.
    pub(crate) fn vector_file(self, folder: &Path) -> PathBuf {
        folder.join(VECTOR_FOLDER).join(format!("{self}.vec"))
    }

    /// Reads the number out of the name of a vector file.
    pub(crate) fn of_vector_file(name: &str) -> Option<Self> {
        let number = Self(
            name.strip_prefix("seg-")?
                .strip_suffix(".vec")?
                .parse()
                .ok()?,
        );
        (format!("{number}.vec") == name).then_some(number)
    }
}

impl fmt::Display for SegmentNumber {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "seg-{:06}", self.0)
    }
}

/// Unit vectors with their keys. Keys ascend, so that a key is found by binary search and ties by
/// row are ties by key.
#[derive(Debug)]
pub(crate) struct Segment {
    keys: Vec<u64>,
    vectors: Arc<Embeddings>,
    stored: Stored,
}

impl Segment {
    /// Writes a segment durably.
    ///
    /// `keys` ascend strictly, one for each row.
    pub(crate) fn write(
        disk: &dyn Disk,
        path: &Path,
        fingerprint: &Fingerprint,
        keys: Vec<u64>,
        vectors: Embeddings,
    ) -> Result<Self, IndexError> {
        debug_assert!(keys.is_sorted_by(|a, b| a < b), "keys ascend");
        debug_assert_eq!(keys.len(), vectors.len(), "one key for each row");
        let header = Header {
            owner: owner(fingerprint),
            count: keys.len() as u64,
            width: u32::try_from(vectors.dimension()).expect("dimensions fit u32"),
        };
        let sections = [
            (KEYS, Numbers::U64(&keys)),
            (VECTORS, Numbers::F32(vectors.as_slice())),
        ];
        let stored = container::write(disk, path, KIND, &header, &sections)
            .map_err(IndexError::disk("store vectors", path))?;
        let vectors = Arc::new(vectors);
        Ok(Self {
            keys,
            vectors,
            stored,
        })
    }

    /// Reads and validates a segment.
    ///
    /// # Errors
    /// [`IndexError::Damaged`] if a byte of it is not as written, [`IndexError::WrongEncoder`] if
    /// it is another encoder's.
    pub(crate) fn read(disk: &dyn Disk, path: &Path, spec: &IndexSpec) -> Result<Self, IndexError> {
        let (mut container, keys) = open(disk, path, spec)?;
        let numbers = (keys.len() as u64).checked_mul(spec.dimension as u64);
        let malformed = FileFault::Malformed { part: "header" };
        let numbers = numbers.ok_or_else(|| IndexError::damaged(path, malformed))?;
        let vectors = container.read_f32(VECTORS, numbers)?;
        let stored = container.finish()?;
        let vectors = Embeddings::from_unit_rows(spec.dimension, vectors)
            .map_err(|error| IndexError::damaged(path, error.into()))?;
        Ok(Self {
            keys,
            vectors: Arc::new(vectors),
            stored,
        })
    }

    /// Reads only the keys, for a segment whose vectors are damaged.
    pub(crate) fn read_keys(
        disk: &dyn Disk,
        path: &Path,
        spec: &IndexSpec,
    ) -> Result<(Vec<u64>, Stored), IndexError> {
        let (container, keys) = open(disk, path, spec)?;
        Ok((keys, container.stored()))
    }

    pub(crate) fn len(&self) -> usize {
        self.keys.len()
    }

    pub(crate) fn stored(&self) -> Stored {
        self.stored
    }

    pub(crate) fn vectors(&self) -> &Arc<Embeddings> {
        &self.vectors
    }

    pub(crate) fn key(&self, row: usize) -> PaperKey {
        PaperKey(self.keys[row])
    }

    /// Returns the keys, ascending.
    pub(crate) fn keys(&self) -> &[u64] {
        &self.keys
    }

    /// Returns the row of a key.
    pub(crate) fn row(&self, key: PaperKey) -> Option<usize> {
        // Most segments hold a range of keys of their own.
        let (first, last) = (self.keys.first()?, self.keys.last()?);
        if key.0 < *first || key.0 > *last {
            return None;
        }
        self.keys.binary_search(&key.0).ok()
    }
}

/// Returns the bytes that tie a segment to its encoder.
fn owner(fingerprint: &Fingerprint) -> [u8; 32] {
    let hash = blake3::Hash::from_hex(fingerprint.as_str());
    *hash
        .expect("a fingerprint is 64 hexadecimal digits")
        .as_bytes()
}

fn open(
    disk: &dyn Disk,
    path: &Path,
    spec: &IndexSpec,
) -> Result<(Container, Vec<u64>), IndexError> {
    let mut container = Container::open(disk, path, KIND)?;
    let header = *container.header();
    if header.owner != owner(&spec.fingerprint) || header.width as usize != spec.dimension {
        let found = IndexSpec {
            fingerprint: Fingerprint::from_hash(&header.owner),
            dimension: header.width as usize,
        };
        return Err(IndexError::wrong_encoder(found, spec));
    }
    if header.count >= u64::from(u32::MAX) {
        return Err(IndexError::damaged(
            path,
            FileFault::Malformed { part: "header" },
        ));
    }
    let keys = container.read_u64(KEYS, header.count)?;
    if !keys.is_sorted_by(|a, b| a < b) {
        return Err(IndexError::damaged(
            path,
            FileFault::Malformed {
                part: "list of keys",
            },
        ));
    }
    Ok((container, keys))
}
