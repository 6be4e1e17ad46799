//! What a hub says about the bytes of a file before they come.
//!
//! A hub is a git server. Its listing names each file's git object: for a small file that is the
//! SHA-1 of `blob SIZE\0` and the bytes, for a large one that of a pointer (git-lfs specification),
//! whose text follows from the SHA-256 and the size of the bytes. So every file can be checked
//! without another request, large ones by their SHA-256.

use std::io::{self, Read};
use std::path::Path;

use sha1::{Digest, Sha1};
use sha2::Sha256;

/// Bytes hashed at once.
const STEP: usize = 1 << 16;

/// How the bytes of a file are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Checksum {
    /// SHA-1 of the git object that holds the bytes.
    Blob(String),
    /// SHA-1 of the git object that holds the pointer to the bytes.
    Pointer(String),
    /// SHA-256 of the bytes.
    Sha256(String),
}

impl Checksum {
    /// Takes what a listing says: the object's id, and for a large file its SHA-256 where it is
    /// there. `None` if that is nothing to check against.
    pub(super) fn of_listing(id: &str, is_large: bool, sha256: Option<&str>) -> Option<Self> {
        if let Some(sha256) = sha256.filter(|hash| is_hash(hash, 64)) {
            return Some(Self::Sha256(sha256.to_ascii_lowercase()));
        }
        let id = is_hash(id, 40).then(|| id.to_ascii_lowercase())?;
        Some(if is_large {
            Self::Pointer(id)
        } else {
            Self::Blob(id)
        })
    }

    /// Whether the bytes of a file are the right ones.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub(super) fn fits(&self, path: &Path) -> io::Result<bool> {
        let size = fs_err::metadata(path)?.len();
        Ok(match self {
            Self::Blob(id) => {
                let mut hasher = Sha1::new_with_prefix(format!("blob {size}\0"));
                feed(path, |bytes| hasher.update(bytes))?;
                hex(&hasher.finalize()) == *id
            }
            Self::Sha256(hash) => sha256(path)? == *hash,
            Self::Pointer(id) => {
                let pointer = pointer(&sha256(path)?, size);
                let object = format!("blob {}\0{pointer}", pointer.len());
                hex(&Sha1::digest(object)) == *id
            }
        })
    }
}

/// Returns the text that stands in a git repository for a large file.
fn pointer(sha256: &str, size: u64) -> String {
    format!("version https://git-lfs.github.com/spec/v1\noid sha256:{sha256}\nsize {size}\n")
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut hasher = Sha256::new();
    feed(path, |bytes| hasher.update(bytes))?;
    Ok(hex(&hasher.finalize()))
}

fn feed(path: &Path, mut take: impl FnMut(&[u8])) -> io::Result<()> {
    let mut file = fs_err::File::open(path)?;
    let mut buffer = vec![0; STEP];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(()),
            read => take(&buffer[..read]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|digit| char::from(DIGITS[usize::from(digit)]))
        .collect()
}

fn is_hash(text: &str, digits: usize) -> bool {
    text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `git hash-object` says of `hello\n`, and of the pointer to it.
    const BLOB: &str = "ce013625030ba8dba906f756967f9e9ca394464a";
    const POINTER: &str = "fa61e1ef71c9908c0926776a4aa3504b3a27f159";
    const SHA256: &str = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    fn hello() -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs_err::write(file.path(), "hello\n").unwrap();
        file
    }

    #[test]
    fn small_files_are_known_by_their_git_object() {
        let file = hello();
        let checksum = Checksum::of_listing(BLOB, false, None).unwrap();
        assert!(checksum.fits(file.path()).unwrap());
        fs_err::write(file.path(), "hallo\n").unwrap();
        assert!(!checksum.fits(file.path()).unwrap());
    }

    #[test]
    fn large_files_are_known_by_their_sha256_or_by_the_pointer_to_them() {
        let file = hello();
        let direct = Checksum::of_listing(BLOB, true, Some(SHA256)).unwrap();
        assert!(direct.fits(file.path()).unwrap());
        let pointed = Checksum::of_listing(POINTER, true, None).unwrap();
        assert!(pointed.fits(file.path()).unwrap());
        fs_err::write(file.path(), "hallo\n").unwrap();
        assert!(!direct.fits(file.path()).unwrap());
        assert!(!pointed.fits(file.path()).unwrap());
    }

    #[test]
    fn a_listing_without_hashes_gives_nothing_to_check() {
        assert_eq!(Checksum::of_listing("0", false, None), None);
        assert_eq!(Checksum::of_listing("0", true, Some("abc")), None);
    }
}
