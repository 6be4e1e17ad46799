//! The note beside a fetched model that says what it is.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::load::ORIGIN_FILE;
use crate::model_id::ModelId;

/// Longest note that is read, in bytes.
const MAX_BYTES: u64 = 4_096;

/// Where a fetched model is from.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Origin {
    /// The model.
    pub(super) id: String,
    /// The revision that was asked for.
    pub(super) revision: String,
    /// The commit that it stood for.
    pub(super) commit: String,
}

impl Origin {
    /// Writes the note into the model's folder.
    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        let mut file = fs_err::File::create(folder.join(ORIGIN_FILE))?;
        file.write_all(format!("{text}\n").as_bytes())?;
        file.sync_all()
    }

    /// Reads the note; `None` if there is none that can be read.
    fn read(folder: &Path) -> Option<Self> {
        let path = folder.join(ORIGIN_FILE);
        if fs_err::metadata(&path).ok()?.len() > MAX_BYTES {
            return None;
        }
        serde_json::from_slice(&fs_err::read(path).ok()?).ok()
    }
}

/// Returns the folder below `home` that was fetched last of those asked for by this revision.
///
/// # Errors
/// If `home` is there and cannot be read.
pub(super) fn fetched(home: &Path, id: &ModelId, revision: &str) -> io::Result<Option<PathBuf>> {
    if !home.is_dir() {
        return Ok(None);
    }
    let mut newest = None;
    for entry in fs_err::read_dir(home)? {
        let folder = entry?.path();
        let is_asked_for = Origin::read(&folder)
            .is_some_and(|origin| origin.id == id.as_str() && origin.revision == revision);
        if is_asked_for {
            let written = fs_err::metadata(folder.join(ORIGIN_FILE))?.modified()?;
            newest = newest.max(Some((written, folder)));
        }
    }
    Ok(newest.map(|(_, folder)| folder))
}
