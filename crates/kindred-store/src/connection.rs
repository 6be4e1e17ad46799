//! Opening a library file, and the settings that every connection has.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use crate::error::{At, StoreError};
use crate::schema;

/// How long a writer waits for another one before it gives up.
const BUSY_TIMEOUT: Duration = Duration::from_millis(500);
/// The same for small changes beside a writer, which stores thousands of papers at once and copies
/// its log: seconds on a slow disk.
const PATIENT_TIMEOUT: Duration = Duration::from_secs(20);
/// Longest value, in bytes; ingest caps texts far below.
const MAX_VALUE_BYTES: i32 = 8 << 20;
/// Page size of new files, in bytes; most papers fit one page.
const PAGE_BYTES: u32 = 8192;
/// Memory for pages of a writer and of a reader, in KiB.
const WRITER_CACHE_KIB: i32 = 64 << 10;
const READER_CACHE_KIB: i32 = 16 << 10;
/// Size of the write-ahead log from which it is copied into the file after a transaction.
const CHECKPOINT_BYTES: u64 = 24 << 20;
/// Size from which the log is also cut to nothing, where no reader is in the way.
const TRUNCATE_BYTES: u64 = 64 << 20;

/// One connection to a library file.
///
/// Any number of readers work beside one writer, in this process or another; each sees the
/// library as it was when its call began.
#[derive(Debug)]
pub struct Store {
    pub(crate) connection: Connection,
    pub(crate) path: PathBuf,
}

impl Store {
    /// Opens the library at `path` for writing; makes it if there is none.
    ///
    /// # Errors
    /// [`StoreError::NotALibrary`], [`StoreError::Newer`], [`StoreError::Busy`] while another
    /// process makes or upgrades it, [`StoreError::Damaged`], [`StoreError::Failed`].
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        Self::check_version()?;
        check_is_file(path)?;
        let is_new = !path.exists();
        let mut store = Self::connect(path, OpenFlags::SQLITE_OPEN_CREATE, WRITER_CACHE_KIB)?;
        if is_blank(&store.connection).at(path)?
            && let Err(error) = store.make().at(path)
        {
            drop(store);
            if is_new {
                remove_unmade(path);
            }
            return Err(error);
        }
        store.check_is_library()?;
        store.start_writing()?;
        Ok(store)
    }

    /// Opens an existing library for writing.
    ///
    /// # Errors
    /// [`StoreError::Missing`] if there is none, else as [`Store::create`].
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::check_version()?;
        check_exists(path)?;
        let mut store = Self::connect(path, OpenFlags::empty(), WRITER_CACHE_KIB)?;
        store.check_is_library()?;
        store.start_writing()?;
        Ok(store)
    }

    /// Opens an existing library for small changes beside a writer: they wait for it, 20 seconds at
    /// most.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_beside(path: &Path) -> Result<Self, StoreError> {
        let store = Self::open(path)?;
        store.connection.busy_timeout(PATIENT_TIMEOUT).at(path)?;
        Ok(store)
    }

    /// Opens an existing library for reading, beside a writer or not.
    ///
    /// # Errors
    /// [`StoreError::Missing`], [`StoreError::NotALibrary`], [`StoreError::Newer`],
    /// [`StoreError::Damaged`], [`StoreError::Failed`].
    pub fn open_read_only(path: &Path) -> Result<Self, StoreError> {
        Self::check_version()?;
        check_exists(path)?;
        let store = Self::connect(path, OpenFlags::empty(), READER_CACHE_KIB)?;
        store.check_is_library()?;
        if schema::stored_version(&store.connection).at(path)? < schema::WITH_ALIASES {
            schema::stand_in_for_aliases(&store.connection).at(path)?;
        }
        store
            .connection
            .pragma_update(None, "query_only", true)
            .at(path)?;
        Ok(store)
    }

    /// Checks that SQLite is at least 3.51.3, the first without the reset race of the
    /// write-ahead log.
    ///
    /// # Errors
    /// [`StoreError::SqliteTooOld`].
    pub fn check_version() -> Result<(), StoreError> {
        if rusqlite::version_number() >= schema::MIN_SQLITE {
            Ok(())
        } else {
            Err(StoreError::SqliteTooOld {
                found: rusqlite::version(),
            })
        }
    }

    /// Returns the format of the library file; opening it for writing brings it to
    /// [`Store::newest_format`].
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn format(&self) -> Result<u32, StoreError> {
        schema::stored_version(&self.connection).at(&self.path)
    }

    /// Returns the format that this program writes.
    pub fn newest_format() -> u32 {
        schema::newest_version()
    }

    /// Returns the path of the library file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens for reading and writing, and for reading alone where the file system allows no more.
    fn connect(path: &Path, extra: OpenFlags, cache_kib: i32) -> Result<Self, StoreError> {
        let common = OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let writing = OpenFlags::SQLITE_OPEN_READ_WRITE | common | extra;
        let connection = Connection::open_with_flags(path, writing)
            .or_else(|refused| {
                Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | common)
                    .or(Err(refused))
            })
            .at(path)?;
        configure(&connection, cache_kib).at(path)?;
        Ok(Self {
            connection,
            path: path.to_owned(),
        })
    }

    fn make(&mut self) -> rusqlite::Result<()> {
        self.connection
            .pragma_update(None, "page_size", PAGE_BYTES)?;
        set_wal(&self.connection)?;
        schema::migrate(&mut self.connection)
    }

    fn check_is_library(&self) -> Result<(), StoreError> {
        let identity: i32 = self
            .connection
            .pragma_query_value(None, "application_id", |row| row.get(0))
            .at(&self.path)?;
        if identity != schema::APPLICATION_ID {
            return Err(StoreError::NotALibrary {
                path: self.path.clone(),
                reason: "it is an SQLite file of another program",
            });
        }
        let found = schema::stored_version(&self.connection).at(&self.path)?;
        let supported = schema::newest_version();
        if found > supported {
            return Err(StoreError::Newer {
                path: self.path.clone(),
                found,
                supported,
            });
        }
        Ok(())
    }

    fn start_writing(&mut self) -> Result<(), StoreError> {
        set_wal(&self.connection).at(&self.path)?;
        let version = schema::stored_version(&self.connection).at(&self.path)?;
        if version < schema::newest_version() {
            schema::migrate(&mut self.connection).at(&self.path)?;
        }
        Ok(())
    }

    /// Runs `work` in one transaction that takes the writer's lock at its start.
    pub(crate) fn write<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        self.try_write(|connection, path| work(connection).at(path))
    }

    /// As [`Store::write`], for work that has errors of its own.
    pub(crate) fn try_write<T>(
        &mut self,
        work: impl FnOnce(&Connection, &Path) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let transaction = self
            .connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .at(&self.path)?;
        let outcome = work(&transaction, &self.path)?;
        transaction.commit().at(&self.path)?;
        self.checkpoint();
        Ok(outcome)
    }

    /// Runs `work`, which reads with several statements, on the library as it is when it begins. The
    /// file is locked once for all of them: a lock takes longer than many a statement.
    pub(crate) fn try_read<T>(
        &self,
        work: impl FnOnce(&Connection, &Path) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if !self.connection.is_autocommit() {
            return work(&self.connection, &self.path);
        }
        let transaction = self.connection.unchecked_transaction().at(&self.path)?;
        work(&transaction, &self.path)
    }

    /// Copies the write-ahead log into the file once it is long.
    ///
    /// The transaction is durable already, so a checkpoint that finds readers in its way, or
    /// fails, costs nothing but space; the next one tries again.
    fn checkpoint(&self) {
        let mut log = self.path.clone().into_os_string();
        log.push("-wal");
        let bytes = fs_err::metadata(PathBuf::from(log)).map_or(0, |metadata| metadata.len());
        let mode = match bytes {
            TRUNCATE_BYTES.. => "PRAGMA wal_checkpoint(TRUNCATE)",
            CHECKPOINT_BYTES.. => "PRAGMA wal_checkpoint(PASSIVE)",
            _ => return,
        };
        let _outcome = self.connection.query_row(mode, [], |_| Ok(()));
    }
}

fn set_wal(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "journal_mode", "WAL")
}

/// Whether the file was just made, or its making was interrupted.
fn is_blank(connection: &Connection) -> rusqlite::Result<bool> {
    let identity: i32 = connection.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(identity == 0 && objects == 0)
}

/// Removes a file that could not be made into a library, on a full disk for example: what is left
/// of it would be taken for a file of another program.
fn remove_unmade(path: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(end);
        // The first error is the one to report.
        drop(fs_err::remove_file(Path::new(&name)));
    }
}

fn configure(connection: &Connection, cache_kib: i32) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.set_prepared_statement_cache_capacity(64);
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, MAX_VALUE_BYTES)?;
    for (switch, on) in [
        (DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true),
        (DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DML, false),
        (DbConfig::SQLITE_DBCONFIG_DQS_DDL, false),
        (DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, true),
    ] {
        connection.set_db_config(switch, on)?;
    }
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "mmap_size", 0)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "wal_autocheckpoint", 0)?;
    connection.pragma_update(None, "cache_size", -cache_kib)
}

fn check_exists(path: &Path) -> Result<(), StoreError> {
    match path.try_exists() {
        Ok(true) => check_is_file(path),
        Ok(false) | Err(_) => Err(StoreError::Missing {
            path: path.to_owned(),
        }),
    }
}

fn check_is_file(path: &Path) -> Result<(), StoreError> {
    if path.is_dir() {
        return Err(StoreError::NotALibrary {
            path: path.to_owned(),
            reason: "it is a directory",
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
