//! The list of what is live, and the pointer to it.
//!
//! `MANIFEST-000042` is JSON followed by a line with the BLAKE3 of everything before it. `CURRENT`
//! names the live manifest and its hash, so that neither can be exchanged or cut unnoticed.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use kindred_core::Fingerprint;
use serde::{Deserialize, Serialize};

use crate::container::Stored;
use crate::disk::{self, Disk};
use crate::error::{FileFault, IndexError};
use crate::index::IndexSpec;
use crate::segment::SegmentNumber;

/// The format written, and the newest read.
const FORMAT: u32 = 1;
/// Most bytes of a manifest; a list of a hundred million dead rows is shorter.
const MAX_BYTES: u64 = 1 << 30;
const CURRENT: &str = "CURRENT";
const PREFIX: &str = "MANIFEST-";
const HASH_LABEL: &str = "\nblake3 ";

/// A file as JSON names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FileEntry {
    pub(crate) bytes: u64,
    /// The hash of its header, which holds the hashes of its sections.
    hash: String,
}

impl From<Stored> for FileEntry {
    fn from(stored: Stored) -> Self {
        Self {
            bytes: stored.bytes,
            hash: stored.hash.to_hex().to_string(),
        }
    }
}

impl FileEntry {
    /// Whether the file that was read is the one named.
    pub(crate) fn names(&self, stored: Stored) -> bool {
        *self == Self::from(stored)
    }
}

/// One live segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SegmentEntry {
    pub(crate) number: SegmentNumber,
    pub(crate) rows: u32,
    pub(crate) vectors: FileEntry,
    pub(crate) graph: GraphEntry,
    /// Dead rows, ascending.
    pub(crate) dead: Vec<u32>,
}

/// What is known of a segment's graph.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GraphEntry {
    /// None was built.
    None,
    /// One was built and did not pass its checks; it is not tried again until asked for.
    Refused,
    /// It is in a file.
    File(FileEntry),
}

/// Everything that is live at one time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    format: u32,
    /// One more than that of the manifest it replaces.
    pub(crate) number: u64,
    fingerprint: Fingerprint,
    dimension: usize,
    /// The number that the next segment gets.
    pub(crate) next_segment: u32,
    /// Ascending by number.
    pub(crate) segments: Vec<SegmentEntry>,
}

#[derive(Deserialize)]
struct AnyFormat {
    format: u32,
}

impl Manifest {
    pub(crate) fn new(
        number: u64,
        spec: &IndexSpec,
        next_segment: u32,
        segments: Vec<SegmentEntry>,
    ) -> Self {
        Self {
            format: FORMAT,
            number,
            fingerprint: spec.fingerprint.clone(),
            dimension: spec.dimension,
            next_segment,
            segments,
        }
    }

    /// Returns whose vectors it lists.
    pub(crate) fn spec(&self) -> IndexSpec {
        IndexSpec {
            fingerprint: self.fingerprint.clone(),
            dimension: self.dimension,
        }
    }

    /// Makes this the live manifest and returns its hash.
    ///
    /// On an error it is unknown whether it is; the index must be opened again.
    pub(crate) fn commit(&self, disk: &dyn Disk, folder: &Path) -> io::Result<blake3::Hash> {
        let mut text = serde_json::to_string(self).map_err(io::Error::other)?;
        let hash = blake3::hash(text.as_bytes()).to_hex();
        text.push_str(HASH_LABEL);
        text.push_str(&hash);
        text.push('\n');
        let name = manifest_name(self.number);
        disk::store(disk, folder, &name, |out| out.write_all(text.as_bytes()))?;
        let hash = blake3::hash(text.as_bytes());
        let pointer = format!("{name}\n{}\n", hash.to_hex());
        disk::store(disk, folder, CURRENT, |out| {
            out.write_all(pointer.as_bytes())
        })?;
        Ok(hash)
    }

    /// Reads one manifest.
    ///
    /// # Errors
    /// [`IndexError::Damaged`], [`IndexError::NewerFormat`], [`IndexError::Disk`].
    pub(crate) fn read(disk: &dyn Disk, path: &Path) -> Result<(Self, blake3::Hash), IndexError> {
        let fault = |fault| IndexError::damaged(path, fault);
        let malformed = || {
            fault(FileFault::Malformed {
                part: "list of segments",
            })
        };
        let bytes = read_small(disk, path, MAX_BYTES)?;
        let label = bytes.len().checked_sub(HASH_LABEL.len() + 65);
        let label = label.ok_or_else(|| fault(FileFault::Hash { part: "manifest" }))?;
        let (text, rest) = bytes.split_at(label);
        let expected = format!("{HASH_LABEL}{}\n", blake3::hash(text).to_hex());
        if rest != expected.as_bytes() {
            return Err(fault(FileFault::Hash { part: "manifest" }));
        }
        let any: AnyFormat = serde_json::from_slice(text).ok().ok_or_else(malformed)?;
        if any.format > FORMAT {
            return Err(IndexError::NewerFormat {
                path: path.to_owned(),
                found: any.format,
                supported: FORMAT,
            });
        }
        let manifest: Self = serde_json::from_slice(text).ok().ok_or_else(malformed)?;
        let numbers_ascend = manifest.segments.is_sorted_by(|a, b| a.number < b.number);
        let rows_exist = manifest.segments.iter().all(|segment| {
            let dead = &segment.dead;
            dead.is_sorted_by(|a, b| a < b) && dead.last().is_none_or(|&row| row < segment.rows)
        });
        let next = manifest.next_segment;
        let next_is_free = manifest
            .segments
            .last()
            .is_none_or(|last| last.number.0 < next);
        if numbers_ascend && rows_exist && next_is_free && manifest.dimension > 0 {
            Ok((manifest, blake3::hash(&bytes)))
        } else {
            Err(malformed())
        }
    }

    /// Reads the live manifest; `None` if there is no pointer to one.
    pub(crate) fn read_live(
        disk: &dyn Disk,
        folder: &Path,
    ) -> Result<Option<(Self, blake3::Hash)>, IndexError> {
        let Some((number, hash)) = read_pointer(disk, folder)? else {
            return Ok(None);
        };
        let path = manifest_file(folder, number);
        let (manifest, found) = Self::read(disk, &path)?;
        if found != hash || manifest.number != number {
            return Err(IndexError::damaged(&path, FileFault::Replaced));
        }
        Ok(Some((manifest, hash)))
    }
}

/// Returns the number of the live manifest and its hash; `None` if there is no pointer.
pub(crate) fn read_pointer(
    disk: &dyn Disk,
    folder: &Path,
) -> Result<Option<(u64, blake3::Hash)>, IndexError> {
    let path = pointer_file(folder);
    let bytes = match read_small(disk, &path, 1 << 10) {
        Ok(bytes) => bytes,
        Err(error) if error.is_missing_file() => return Ok(None),
        Err(error) => return Err(error),
    };
    let parsed = std::str::from_utf8(&bytes).ok().and_then(|text| {
        let (name, hash) = text.split_once('\n')?;
        let number = manifest_number(name)?;
        let hash = blake3::Hash::from_hex(hash.strip_suffix('\n')?).ok()?;
        // What is written is lower case; anything else was changed.
        (format!("{name}\n{}\n", hash.to_hex()) == text).then_some((number, hash))
    });
    let fault = FileFault::Malformed {
        part: "pointer to the manifest",
    };
    parsed
        .map(Some)
        .ok_or_else(|| IndexError::damaged(&path, fault))
}

pub(crate) fn pointer_file(folder: &Path) -> PathBuf {
    folder.join(CURRENT)
}

pub(crate) fn manifest_file(folder: &Path, number: u64) -> PathBuf {
    folder.join(manifest_name(number))
}

fn manifest_name(number: u64) -> String {
    format!("{PREFIX}{number:06}")
}

/// Reads the number out of the name of a manifest.
pub(crate) fn manifest_number(name: &str) -> Option<u64> {
    let number = name.strip_prefix(PREFIX)?.parse().ok()?;
    (manifest_name(number) == name).then_some(number)
}

fn read_small(disk: &dyn Disk, path: &Path, max_bytes: u64) -> Result<Vec<u8>, IndexError> {
    let (length, reader) = disk.open(path).map_err(|error| {
        if error.kind() == io::ErrorKind::NotFound {
            IndexError::damaged(path, FileFault::Missing)
        } else {
            IndexError::disk("open a file of the index", path)(error)
        }
    })?;
    if length > max_bytes {
        let fault = FileFault::Length {
            expected: max_bytes,
            found: length,
        };
        return Err(IndexError::damaged(path, fault));
    }
    let mut bytes = Vec::new();
    reader
        .take(max_bytes)
        .read_to_end(&mut bytes)
        .map_err(IndexError::disk("read a file of the index", path))?;
    Ok(bytes)
}
