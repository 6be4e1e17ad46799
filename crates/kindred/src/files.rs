//! Files for the user, written whole or not at all.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

use crate::exit::UsageError;

/// Writes a file by way of a temporary one beside it, so that a reader never sees a part and a
/// failure leaves what was there.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    if path.is_dir() || path.file_name().is_none() {
        let message = format!("cannot write to `{}`: it is a folder", path.display());
        let hint = Some("name a file in it".to_owned());
        return Err(UsageError { message, hint }.into());
    }
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        let message = format!(
            "cannot write `{}`: there is no folder `{}`",
            path.display(),
            folder.display()
        );
        let hint = Some("make the folder first".to_owned());
        return Err(UsageError { message, hint }.into());
    }
    let writing = || format!("writing `{}`", path.display());
    let mut file = new_file(folder).with_context(writing)?;
    file.write_all(content).with_context(writing)?;
    file.as_file().sync_all().with_context(writing)?;
    file.persist(path)
        .map_err(|error| error.error)
        .with_context(writing)?;
    Ok(())
}

/// Makes a temporary file that others may read once it has its name: it is written for a feed
/// reader or a web server as often as for the user.
#[cfg(unix)]
fn new_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    use std::os::unix::fs::PermissionsExt as _;

    // The user's mask takes away what it always takes away.
    let permissions = std::fs::Permissions::from_mode(0o666);
    tempfile::Builder::new()
        .prefix(".kindred-")
        .permissions(permissions)
        .tempfile_in(folder)
}

#[cfg(not(unix))]
fn new_file(folder: &Path) -> std::io::Result<NamedTempFile> {
    tempfile::Builder::new()
        .prefix(".kindred-")
        .tempfile_in(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("digest.html");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(fs_err::read(&path).unwrap(), b"two");
        assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_folder_or_a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_whole(folder.path(), b"x").unwrap_err().to_string();
        assert!(error.contains("it is a folder"), "{error}");
        let missing = folder.path().join("none/digest.html");
        let error = write_whole(&missing, b"x").unwrap_err().to_string();
        assert!(error.contains("there is no folder"), "{error}");
    }
}
