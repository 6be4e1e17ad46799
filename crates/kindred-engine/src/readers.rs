//! Many readers of one library that share what they load.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use kindred_embed::Device;

use crate::library::{Loaded, Stamp};
use crate::once::held;
use crate::{EngineError, Library};

/// Readers of one library for programs that stay: each has a connection of its own, encoder and
/// vectors are in memory once.
///
/// A reader sees what was written before it started, by this process or another: where the encoder
/// or the vectors are others than those in memory, what is new of them is loaded, once for all readers.
#[derive(Debug)]
pub struct Readers {
    folder: PathBuf,
    device: Device,
    idle: Mutex<Vec<Library>>,
    newest: Mutex<(Stamp, Loaded)>,
}

impl Readers {
    /// Prepares readers of the library in `folder`; nothing is opened before the first question.
    pub fn new(folder: &Path, device: Device) -> Self {
        Self {
            folder: folder.to_owned(),
            device,
            idle: Mutex::default(),
            newest: Mutex::default(),
        }
    }

    /// Returns the data directory.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Asks a reader, opening one more if all are busy. A reader whose question panics is closed.
    ///
    /// # Errors
    /// [`EngineError::NoLibrary`] if there is none; otherwise as the store reports and as `ask`
    /// does.
    pub fn read<T, E: From<EngineError>>(
        &self,
        ask: impl FnOnce(&mut Library) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut library = self.take()?;
        let answer = ask(&mut library);
        // An idle reader would keep what it last saw in memory for as long as nobody needs it.
        library.adopt(&Loaded::default());
        held(&self.idle).push(library);
        answer
    }

    fn take(&self) -> Result<Library, EngineError> {
        let idle = held(&self.idle).pop();
        let mut library = match idle {
            Some(library) => library,
            None => Library::open_read_only(&self.folder)?.with_device(self.device),
        };
        let mut newest = held(&self.newest);
        // Asked for behind the lock, so that no reader goes back to an older state.
        let stamp = library.stamp()?;
        if newest.0 != stamp {
            let loaded = newest.1.at(&newest.0, &stamp);
            *newest = (stamp, loaded);
        }
        library.adopt(&newest.1);
        Ok(library)
    }
}

#[cfg(test)]
mod tests;
