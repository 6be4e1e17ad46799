//! A disk in memory that fails, loses power, and lets tests damage its files.
//!
//! It keeps apart what was written and what was made durable, so that a missing sync shows.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use super::{Disk, NewFile};

/// What happens at the chosen operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mishap {
    /// The machine stops: this and all later operations fail.
    Crash,
    /// This operation fails, later ones work: the disk was full, say.
    Fail,
}

/// What is found on the disk after the machine stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Aftermath {
    /// Everything written.
    KeepAll,
    /// Only what was synced.
    LoseUnsynced,
    /// All names, but of their content only what was synced.
    LoseContent,
    /// All names, and half of what was not synced.
    Torn,
}

pub(crate) const AFTERMATHS: [Aftermath; 4] = [
    Aftermath::KeepAll,
    Aftermath::LoseUnsynced,
    Aftermath::LoseContent,
    Aftermath::Torn,
];

#[derive(Debug, Clone, Default)]
struct Content {
    written: Vec<u8>,
    durable: Vec<u8>,
}

#[derive(Debug, Clone, Default)]
struct State {
    contents: Vec<Content>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    folders: BTreeSet<PathBuf>,
    operations: usize,
    mishap: Option<(usize, Mishap)>,
    is_down: bool,
}

#[derive(Debug, Clone, Default)]
pub(crate) struct CrashDisk(Arc<Mutex<State>>);

impl CrashDisk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0
            .lock()
            .expect("no test panics while it holds the lock")
    }

    /// Makes the operation with this number, counted from now, go wrong.
    pub(crate) fn plan(&self, operation: usize, mishap: Mishap) {
        let mut state = self.state();
        state.operations = 0;
        state.mishap = Some((operation, mishap));
    }

    /// Returns how many operations changed the disk since the last plan.
    pub(crate) fn operations(&self) -> usize {
        self.state().operations
    }

    /// Returns the disk as the machine finds it when it starts again.
    pub(crate) fn after(&self, aftermath: Aftermath) -> Self {
        let mut state = self.state().clone();
        for content in &mut state.contents {
            let torn = content.durable.len().midpoint(content.written.len());
            match aftermath {
                Aftermath::KeepAll => {}
                Aftermath::LoseUnsynced | Aftermath::LoseContent => {
                    content.written.clone_from(&content.durable);
                }
                Aftermath::Torn if content.written.starts_with(&content.durable) => {
                    content.written.truncate(torn);
                }
                Aftermath::Torn => content.written.clone_from(&content.durable),
            }
            content.durable.clone_from(&content.written);
        }
        if aftermath == Aftermath::LoseUnsynced {
            state.names.clone_from(&state.durable_names);
        }
        state.durable_names.clone_from(&state.names);
        (state.is_down, state.mishap, state.operations) = (false, None, 0);
        Self(Arc::new(Mutex::new(state)))
    }

    /// Returns an independent copy.
    pub(crate) fn copy(&self) -> Self {
        self.after(Aftermath::KeepAll)
    }

    /// Returns all files.
    pub(crate) fn files(&self) -> Vec<PathBuf> {
        self.state().names.keys().cloned().collect()
    }

    pub(crate) fn content(&self, path: &Path) -> Vec<u8> {
        let state = self.state();
        state.contents[state.names[path]].written.clone()
    }

    pub(crate) fn set_content(&self, path: &Path, bytes: Vec<u8>) {
        let mut state = self.state();
        state.contents.push(Content {
            durable: bytes.clone(),
            written: bytes,
        });
        let id = state.contents.len() - 1;
        state.names.insert(path.to_owned(), id);
        state.durable_names.insert(path.to_owned(), id);
    }
}

impl State {
    /// Counts an operation; fails if it is the chosen one or the machine is down.
    fn step(&mut self) -> io::Result<()> {
        let number = self.operations;
        self.operations += 1;
        match self.mishap {
            _ if self.is_down => {}
            Some((chosen, mishap)) if chosen == number => {
                self.is_down = mishap == Mishap::Crash;
            }
            _ => return Ok(()),
        }
        Err(io::Error::new(
            io::ErrorKind::StorageFull,
            "planned by the test",
        ))
    }

    fn id(&self, path: &Path) -> io::Result<usize> {
        self.names
            .get(path)
            .copied()
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

struct CrashFile {
    disk: CrashDisk,
    id: usize,
}

impl Write for CrashFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.disk.state();
        let step = state.step();
        // A write that fails has written some of its bytes.
        let written = if step.is_ok() {
            bytes.len()
        } else {
            bytes.len() / 2
        };
        state.contents[self.id]
            .written
            .extend_from_slice(&bytes[..written]);
        step.map(|()| written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl NewFile for CrashFile {
    fn sync(&mut self) -> io::Result<()> {
        let mut state = self.disk.state();
        state.step()?;
        let content = &mut state.contents[self.id];
        content.durable.clone_from(&content.written);
        Ok(())
    }
}

impl Disk for CrashDisk {
    fn open(&self, path: &Path) -> io::Result<(u64, Box<dyn Read + Send>)> {
        let state = self.state();
        let bytes = state.contents[state.id(path)?].written.clone();
        Ok((bytes.len() as u64, Box::new(Cursor::new(bytes))))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        let mut state = self.state();
        state.step()?;
        if path
            .parent()
            .is_none_or(|folder| !state.folders.contains(folder))
        {
            return Err(io::ErrorKind::NotFound.into());
        }
        state.contents.push(Content::default());
        let id = state.contents.len() - 1;
        state.names.insert(path.to_owned(), id);
        Ok(Box::new(CrashFile {
            disk: self.clone(),
            id,
        }))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let id = state.id(from)?;
        state.names.remove(from);
        state.names.insert(to.to_owned(), id);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        state.id(path)?;
        state.names.remove(path);
        Ok(())
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        for folder in path.ancestors() {
            state.folders.insert(folder.to_owned());
        }
        Ok(())
    }

    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state();
        state.step()?;
        let is_in = |name: &PathBuf| name.parent() == Some(path);
        state.durable_names.retain(|name, _| !is_in(name));
        let names: Vec<_> = state.names.iter().filter(|(name, _)| is_in(name)).collect();
        let names: Vec<_> = names
            .into_iter()
            .map(|(name, &id)| (name.clone(), id))
            .collect();
        state.durable_names.extend(names);
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let state = self.state();
        let files = state
            .names
            .keys()
            .filter(|name| name.parent() == Some(path));
        let name = |file: &PathBuf| file.file_name().map(|name| name.to_string_lossy().into());
        Ok(files.filter_map(name).collect())
    }
}
