//! What can go wrong with a library file.

use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;
use rusqlite::ffi;

use crate::topics::TopicError;

/// Why the store could not do what was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// There is no file.
    #[error("there is no library file `{}`", path.display())]
    Missing {
        /// The file looked for.
        path: PathBuf,
    },
    /// The file is something else than a library.
    #[error("`{}` is not a Kindred library: {reason}", path.display())]
    NotALibrary {
        /// The file found.
        path: PathBuf,
        /// What it is instead.
        reason: &'static str,
    },
    /// A newer program wrote the file.
    #[error(
        "library file `{}` has format {found}, this program reads formats up to {supported}; \
         use the newer Kindred that wrote it",
        path.display()
    )]
    Newer {
        /// The file found.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format that is understood.
        supported: u32,
    },
    /// Another process is writing.
    #[error("library file `{}` is in use by another writer, try again when it is done", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file's bytes contradict each other.
    #[error(
        "library file `{}` is damaged; `kindred verify` names the damage; restore a copy of the \
         file, or import the papers into a new library",
        path.display()
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite or the decoder of a row said.
        source: rusqlite::Error,
    },
    /// No room left.
    #[error("the disk is full, library file `{}` is as it was before", path.display())]
    DiskFull {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// Anything else that the operating system or SQLite refused.
    #[error("library file `{}` could not be read or written", path.display())]
    Failed {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The program was linked with an SQLite that is too old to be trusted.
    #[error("SQLite {found} is too old, expected at least 3.51.3")]
    SqliteTooOld {
        /// The version found.
        found: &'static str,
    },
    /// No set has that name.
    #[error("there is no set `{name}`")]
    UnknownSet {
        /// The name asked for.
        name: String,
    },
    /// A set of that name is there already.
    #[error("there is a set `{name}` already")]
    SetExists {
        /// The name asked for.
        name: String,
    },
    /// A key that no paper of the library has.
    #[error("no paper of the library has key {key}")]
    UnknownKey {
        /// The key.
        key: u64,
    },
    /// Something of topics.
    #[error(transparent)]
    Topic(#[from] TopicError),
}

impl StoreError {
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "rusqlite's errors are open-ended; those not named have no kind of their own"
    )]
    fn new(path: &Path, source: rusqlite::Error) -> Self {
        let path = path.to_owned();
        let kind = match &source {
            rusqlite::Error::SqliteFailure(error, _)
            | rusqlite::Error::SqlInputError { error, .. } => kind_of(*error),
            // Rows are only read by statements of ours, so a value that does not fit is damage.
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::IntegralValueOutOfRange(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::Utf8Error(..)
            | rusqlite::Error::QueryReturnedNoRows => Kind::Damaged,
            _ => Kind::Failed,
        };
        match kind {
            Kind::Busy => Self::Busy { path, source },
            Kind::DiskFull => Self::DiskFull { path, source },
            Kind::Damaged => Self::Damaged { path, source },
            Kind::NotALibrary => Self::NotALibrary {
                path,
                reason: "it is not an SQLite file, or its first bytes are damaged",
            },
            Kind::Failed => Self::Failed { path, source },
        }
    }
}

enum Kind {
    Busy,
    NotALibrary,
    DiskFull,
    Damaged,
    Failed,
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "SQLite's codes are open-ended; those not named have no kind of their own"
)]
fn kind_of(error: ffi::Error) -> Kind {
    match error.code {
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Kind::Busy,
        ErrorCode::DiskFull => Kind::DiskFull,
        ErrorCode::DatabaseCorrupt => Kind::Damaged,
        ErrorCode::NotADatabase => Kind::NotALibrary,
        ErrorCode::SystemIoFailure if error.extended_code == ffi::SQLITE_IOERR_SHORT_READ => {
            Kind::Damaged
        }
        // Statements are fixed and tested against the schema: one that SQLite rejects met a
        // schema that has changed on disk.
        ErrorCode::Unknown if error.extended_code == ffi::SQLITE_ERROR => Kind::Damaged,
        _ => Kind::Failed,
    }
}

/// Gives errors of SQLite the file they belong to.
pub(crate) trait At<T> {
    fn at(self, path: &Path) -> Result<T, StoreError>;
}

impl<T> At<T> for rusqlite::Result<T> {
    fn at(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::new(path, source))
    }
}
