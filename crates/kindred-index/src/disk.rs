//! The only place that touches the file system.
//!
//! Everything else goes through [`Disk`], so that tests can run the index on a disk that fails or
//! loses power at any operation.

use std::fmt;
use std::io::{self, BufWriter, Read, Write};
use std::path::Path;

#[cfg(test)]
pub(crate) mod crash;

/// Suffix of files that are not finished.
pub(crate) const TEMPORARY: &str = ".tmp";

/// The file system operations that the index needs.
pub(crate) trait Disk: fmt::Debug + Send + Sync {
    /// Opens a file for reading; also returns its length in bytes.
    fn open(&self, path: &Path) -> io::Result<(u64, Box<dyn Read + Send>)>;
    /// Creates a file, or empties the one that is there.
    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>>;
    /// Renames a file, replacing what has the new name.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes a folder and those above it, unless it is there.
    fn make_folder(&self, path: &Path) -> io::Result<()>;
    /// Makes names in a folder durable.
    fn sync_folder(&self, path: &Path) -> io::Result<()>;
    /// Returns the names of the files in a folder, sorted; none if there is no such folder.
    fn list(&self, path: &Path) -> io::Result<Vec<String>>;
}

/// A file being written.
pub(crate) trait NewFile: Write {
    /// Makes what was written durable.
    fn sync(&mut self) -> io::Result<()>;
}

/// Writes `folder/name` so that it is there wholly or not at all, and durable on return.
pub(crate) fn store(
    disk: &dyn Disk,
    folder: &Path,
    name: &str,
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let temporary = folder.join(format!("{name}{TEMPORARY}"));
    let mut file = BufWriter::with_capacity(1 << 20, disk.create(&temporary)?);
    write(&mut file)?;
    file.flush()?;
    file.get_mut().sync()?;
    drop(file);
    disk.rename(&temporary, &folder.join(name))?;
    disk.sync_folder(folder)
}

/// The real file system.
#[derive(Debug)]
pub(crate) struct RealDisk;

impl NewFile for fs_err::File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

impl Disk for RealDisk {
    fn open(&self, path: &Path) -> io::Result<(u64, Box<dyn Read + Send>)> {
        let file = fs_err::File::open(path)?;
        let length = file.metadata()?.len();
        Ok((length, Box::new(file)))
    }

    fn create(&self, path: &Path) -> io::Result<Box<dyn NewFile>> {
        Ok(Box::new(fs_err::File::create(path)?))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs_err::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs_err::remove_file(path)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        fs_err::create_dir_all(path)
    }

    #[cfg(unix)]
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        fs_err::File::open(path)?.sync_all()
    }

    /// Other systems make names durable with the file.
    #[cfg(not(unix))]
    fn sync_folder(&self, _path: &Path) -> io::Result<()> {
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<String>> {
        let entries = match fs_err::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                names.push(entry.file_name().to_string_lossy().into_owned());
            }
        }
        names.sort_unstable();
        Ok(names)
    }
}
