//! What can go wrong, and what can be found wrong.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kindred_core::VectorError;

use crate::index::IndexSpec;
use crate::segment::SegmentNumber;

/// Why an operation on the index failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum IndexError {
    /// The operating system refused.
    #[error("cannot {action}")]
    Disk {
        /// What was attempted.
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// Its answer.
        source: io::Error,
    },
    /// There is no index in the folder.
    #[error("`{}` holds no vector index", folder.display())]
    Absent {
        /// The folder.
        folder: PathBuf,
    },
    /// The index belongs to another encoder.
    #[error("the index holds vectors of encoder {found}, expected {expected}")]
    WrongEncoder {
        /// Whose vectors it holds.
        found: Box<IndexSpec>,
        /// Whose vectors were asked for.
        expected: Box<IndexSpec>,
    },
    /// A file is not what was written.
    #[error("`{}` is damaged", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: FileFault,
    },
    /// A file was written by a newer program.
    #[error("`{}` has format {found}, this program reads up to {supported}", path.display())]
    NewerFormat {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that this program reads.
        supported: u32,
    },
    /// A vector does not fit the index.
    #[error("vector of {found} dimensions, the index holds {expected}")]
    Dimension {
        /// Dimensions of the index.
        expected: usize,
        /// Dimensions of the vector.
        found: usize,
    },
    /// More rows than a segment can number.
    #[error("{rows} rows at once, a segment holds at most {}", u32::MAX - 1)]
    TooManyRows {
        /// Rows given.
        rows: usize,
    },
    /// Another writer changed the index since this one was opened.
    #[error("the index in `{}` was changed by another writer, open it again", folder.display())]
    Changed {
        /// The folder.
        folder: PathBuf,
    },
    /// The index was opened for salvage, or a write failed and left its outcome unknown.
    #[error("the index in `{}` takes no writes until it is opened again", folder.display())]
    ReadOnly {
        /// The folder.
        folder: PathBuf,
    },
    /// The caller asked to stop; everything committed before is kept.
    #[error("stopped before the index was compacted")]
    Stopped,
}

impl IndexError {
    pub(crate) fn damaged(path: &Path, source: FileFault) -> Self {
        Self::Damaged {
            path: path.to_owned(),
            source,
        }
    }

    /// Wraps an error of the operating system.
    pub(crate) fn disk(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Disk {
            action,
            path,
            source,
        }
    }

    /// Whether a file is not what was written.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged { .. })
    }

    /// Whether a file that should be there is not.
    pub(crate) fn is_missing_file(&self) -> bool {
        matches!(
            self,
            Self::Damaged {
                source: FileFault::Missing,
                ..
            }
        )
    }
}

/// What is wrong with a stored file.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum FileFault {
    /// The manifest names a file that is not there.
    #[error("the file is missing")]
    Missing,
    /// The file is shorter or longer than its header says.
    #[error("{found} bytes, expected {expected}")]
    Length {
        /// Bytes expected.
        expected: u64,
        /// Bytes found.
        found: u64,
    },
    /// It does not begin as such a file does.
    #[error("it does not begin like a file of its kind")]
    Magic,
    /// The bytes do not have the hash that was stored with them.
    #[error("the {part} does not have its recorded hash")]
    Hash {
        /// Which part of the file.
        part: &'static str,
    },
    /// The file is whole, but another one than the manifest names.
    #[error("it is not the file that the manifest names")]
    Replaced,
    /// A section or field is missing or malformed.
    #[error("the {part} is malformed")]
    Malformed {
        /// Which part of the file.
        part: &'static str,
    },
    /// A stored row is not a unit vector.
    #[error("a row is not a unit vector")]
    Vector(#[from] VectorError),
}

/// Something found by [`Index::verify`](crate::Index::verify) or met while opening.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum IndexFault {
    /// A file that no manifest names: left by a crash, harmless, removed by the next write.
    Orphan {
        /// The file.
        path: PathBuf,
    },
    /// A graph cannot be used; its segment is scanned exactly until the graph is rebuilt.
    Graph {
        /// The segment that it belongs to.
        segment: SegmentNumber,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: Arc<IndexError>,
    },
    /// Vectors cannot be used; they must be embedded again.
    Vectors {
        /// The segment.
        segment: SegmentNumber,
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: Arc<IndexError>,
    },
    /// The list of segments cannot be used.
    Manifest {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        error: Arc<IndexError>,
    },
}

impl IndexFault {
    /// Whether it is only worth a note: nothing is damaged.
    pub fn is_note(&self) -> bool {
        matches!(self, Self::Orphan { .. })
    }

    /// Returns the file that it is about.
    pub fn path(&self) -> &Path {
        match self {
            Self::Orphan { path }
            | Self::Graph { path, .. }
            | Self::Vectors { path, .. }
            | Self::Manifest { path, .. } => path,
        }
    }

    /// Returns what is wrong, `None` for a note.
    pub fn error(&self) -> Option<&IndexError> {
        match self {
            Self::Orphan { .. } => None,
            Self::Graph { error, .. }
            | Self::Vectors { error, .. }
            | Self::Manifest { error, .. } => Some(error),
        }
    }
}

impl fmt::Display for IndexFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(error) = self.error() else {
            let path = self.path().display();
            return write!(formatter, "`{path}` belongs to no manifest");
        };
        write!(formatter, "{error}")?;
        let mut cause = std::error::Error::source(error);
        while let Some(next) = cause {
            write!(formatter, ": {next}")?;
            cause = next.source();
        }
        Ok(())
    }
}
