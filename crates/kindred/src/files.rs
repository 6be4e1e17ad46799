//! Files for the user, written whole or not at all.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};
use tempfile::NamedTempFile;

use crate::exit::UsageError;

/// Writes a file by way of a temporary one beside it, so that a reader never sees a part and a
/// failure leaves what was there.
pub(crate) fn write_whole(path: &Path, content: &[u8]) -> Result<()> {
    // What a link leads to is replaced, not the link.
    let target = fs_err::canonicalize(path).ok();
    let path = target.as_deref().unwrap_or(path);
    let is_other = path.exists() && !path.is_file();
    if is_other || path.file_name().is_none() {
        let message = format!("cannot write `{}`: it is not a file", path.display());
        let hint = Some("name a file, or leave out --out to print".to_owned());
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

    #[cfg(unix)]
    #[test]
    fn a_link_stays_and_a_device_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        fs_err::write(&file, b"one").unwrap();
        fs_err::os::unix::fs::symlink(&file, &link).unwrap();
        write_whole(&link, b"two").unwrap();
        assert_eq!(fs_err::read(&file).unwrap(), b"two");
        assert!(link.is_symlink());
        assert!(write_whole(Path::new("/dev/null"), b"x").is_err());
    }

    #[test]
    fn a_folder_or_a_missing_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_whole(folder.path(), b"x").unwrap_err().to_string();
        assert!(error.contains("it is not a file"), "{error}");
        let missing = folder.path().join("none/digest.html");
        let error = write_whole(&missing, b"x").unwrap_err().to_string();
        assert!(error.contains("there is no folder"), "{error}");
    }
}
