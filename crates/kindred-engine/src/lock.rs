//! The lock that keeps a second writer out.

use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use fs_err::{File, OpenOptions};

use crate::EngineError;

/// How often a lock that is held is tried again, and how long after.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(10);

/// Held by the one process that writes to a library; released when dropped or when the process
/// ends in any way.
#[derive(Debug)]
pub(crate) struct LibraryLock {
    _file: File,
}

impl LibraryLock {
    /// Takes the lock of the library in `folder`.
    ///
    /// # Errors
    /// [`EngineError::InUse`] if another process holds it.
    pub(crate) fn take(folder: &Path) -> Result<Self, EngineError> {
        let path = folder.join("LOCK");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)?;
        match lock_soon(&file) {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                let readable = file.read_to_string(&mut text).is_ok();
                let holder = readable.then(|| text.trim().parse().ok()).flatten();
                return Err(EngineError::InUse {
                    folder: folder.to_owned(),
                    holder,
                });
            }
            Err(std::fs::TryLockError::Error(error)) => return Err(error.into()),
        }
        file.set_len(0)?;
        file.rewind()?;
        writeln!(file, "{}", std::process::id())?;
        Ok(Self { _file: file })
    }
}

/// Takes the lock, waiting a moment: whoever asks who writes has it for an instant.
fn lock_soon(file: &File) -> Result<(), std::fs::TryLockError> {
    for _ in 0..ATTEMPTS {
        match file.file().try_lock() {
            Err(std::fs::TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            taken => return taken,
        }
    }
    file.file().try_lock()
}

/// Who writes to a library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Writer {
    /// Nobody.
    None,
    /// A process, with its id where that could be read.
    Process(Option<u32>),
}

/// Returns who writes to the library in `folder`, without waiting and without writing. A library
/// that was never written to has no lock and so no writer.
pub(crate) fn writer_of(folder: &Path) -> Result<Writer, EngineError> {
    let mut file = match File::open(folder.join("LOCK")) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Writer::None),
        Err(error) => return Err(error.into()),
    };
    match file.file().try_lock_shared() {
        Ok(()) => Ok(Writer::None),
        Err(std::fs::TryLockError::WouldBlock) => {
            let mut text = String::new();
            let readable = file.read_to_string(&mut text).is_ok();
            let process = readable.then(|| text.trim().parse().ok()).flatten();
            Ok(Writer::Process(process))
        }
        Err(std::fs::TryLockError::Error(error)) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_writer_learns_who_holds_the_library() {
        let folder = tempfile::tempdir().unwrap();
        let first = LibraryLock::take(folder.path()).unwrap();
        let second = LibraryLock::take(folder.path());
        assert!(
            matches!(second, Err(EngineError::InUse { holder: Some(process), .. })
                if process == std::process::id())
        );
        let process = Some(std::process::id());
        assert_eq!(writer_of(folder.path()).unwrap(), Writer::Process(process));
        drop(first);
        assert_eq!(writer_of(folder.path()).unwrap(), Writer::None);
        assert!(LibraryLock::take(folder.path()).is_ok());
    }

    #[test]
    fn a_glance_at_the_lock_keeps_no_writer_out() {
        let folder = tempfile::tempdir().unwrap();
        drop(LibraryLock::take(folder.path()).unwrap());
        let glance = File::open(folder.path().join("LOCK")).unwrap();
        glance.file().try_lock_shared().unwrap();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                std::thread::sleep(PAUSE);
                drop(glance);
            });
            LibraryLock::take(folder.path()).unwrap();
        });
    }
}
