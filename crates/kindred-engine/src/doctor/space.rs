//! Space on the disk.

use std::path::Path;

/// Returns the bytes that are free for the user where `folder` is or would be made; `None` where
/// the system does not tell.
#[cfg(unix)]
pub(super) fn available(folder: &Path) -> Option<u64> {
    let there = std::path::absolute(folder).ok()?;
    let there = there.ancestors().find(|folder| folder.is_dir())?;
    let found = rustix::fs::statvfs(there).ok()?;
    Some(found.f_bavail.saturating_mul(found.f_frsize))
}

#[cfg(not(unix))]
pub(super) fn available(_folder: &Path) -> Option<u64> {
    None
}

/// Returns the bytes of all files below `folder`; what cannot be read counts as nothing.
pub(super) fn size_of(folder: &Path) -> u64 {
    let mut folders = vec![folder.to_owned()];
    let mut size = 0;
    while let Some(folder) = folders.pop() {
        for entry in fs_err::read_dir(&folder).into_iter().flatten().flatten() {
            // Links are not followed, so this ends.
            match entry.metadata() {
                Ok(found) if found.is_dir() => folders.push(entry.path()),
                Ok(found) => size += found.len(),
                Err(_) => {}
            }
        }
    }
    size
}

/// Writes a number of bytes.
pub(super) fn bytes(number: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units.iter().find(|(power, _)| number >> power > 0);
    match unit {
        Some((power, unit)) => {
            let size = number as f64 / (1_u64 << power) as f64;
            format!("{size:.1} {unit}")
        }
        None => format!("{number} B"),
    }
}
