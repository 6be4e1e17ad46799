//! The way to the library: readers that stay, and a writer for the moment of a write.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use kindred_engine::{Device, EngineError, Library, Readers};

use crate::error::ToolError;

/// The way to the library.
#[derive(Debug)]
pub(crate) struct Access {
    readers: Readers,
    /// Held by the one tool of this process that writes.
    writing: Mutex<()>,
}

impl Access {
    pub(crate) fn new(folder: &Path, device: Device) -> Self {
        Self {
            readers: Readers::new(folder, device),
            writing: Mutex::new(()),
        }
    }

    /// Whether there is a library at all.
    pub(crate) fn has_library(&self) -> bool {
        let opened = Library::open_read_only(self.readers.folder());
        !matches!(opened, Err(EngineError::NoLibrary { .. }))
    }

    /// Asks a reader of the library. It sees all that was written before.
    pub(crate) fn read<T>(
        &self,
        work: impl FnOnce(&Library) -> Result<T, ToolError>,
    ) -> Result<T, ToolError> {
        self.readers.read(|library| work(library))
    }

    /// Runs `work` on the library, opened for small changes and closed right after. Works beside
    /// another process that imports or syncs.
    pub(crate) fn write<T>(
        &self,
        work: impl FnOnce(&mut Library) -> Result<T, ToolError>,
    ) -> Result<T, ToolError> {
        // What the lock guards is on disk and whole whenever a writer is stopped.
        let _guard = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        work(&mut Library::open_beside(self.readers.folder())?)
    }
}
