use std::path::Path;

use super::*;
use crate::disk::crash::CrashDisk;

const KIND: FileKind = FileKind {
    magic: *b"KNDRTEST",
    format: 3,
};
const HEADER: Header = Header {
    owner: [7; 32],
    count: 5,
    width: 2,
};

fn stored() -> (CrashDisk, &'static Path, Stored) {
    let (disk, path) = (CrashDisk::default(), Path::new("/index/file"));
    disk.make_folder(Path::new("/index")).unwrap();
    let sections = [
        (*b"first\0\0\0", Numbers::U64(&[1, 2, 3])),
        (*b"second\0\0", Numbers::F32(&[0.5, -0.25])),
        (*b"third\0\0\0", Numbers::U32(&[9])),
    ];
    let stored = write(&disk, path, KIND, &HEADER, &sections).unwrap();
    (disk, path, stored)
}

#[test]
fn the_layout_is_the_one_documented() {
    let (disk, path, stored) = stored();
    let bytes = disk.content(path);
    assert_eq!(&bytes[..8], b"KNDRTEST");
    assert_eq!(
        bytes[8..16],
        [3, 0, 0, 0, 32, 1, 0, 0],
        "format 3, 64 + 3 * 64 + 32 bytes"
    );
    assert_eq!(bytes[16..48], [7; 32]);
    assert_eq!(
        bytes[48..64],
        [5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0]
    );
    assert_eq!(&bytes[64..72], b"first\0\0\0");
    assert_eq!(
        bytes[72..88],
        [64, 1, 0, 0, 0, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0]
    );
    assert_eq!(bytes[88..120], *blake3::hash(&bytes[320..344]).as_bytes());
    assert_eq!(bytes[256..288], *blake3::hash(&bytes[..256]).as_bytes());
    assert_eq!(bytes[288..320], [0; 32], "padding");
    assert_eq!(bytes[384..392], [0, 0, 0, 63, 0, 0, 128, 190]);
    assert_eq!(bytes.len(), 452, "the file ends with the last section");
    assert_eq!(
        (stored.bytes, *stored.hash.as_bytes()),
        (452, bytes[256..288].try_into().unwrap())
    );
}

#[test]
fn sections_read_back_and_unknown_ones_are_skipped() {
    let (disk, path, stored) = stored();
    let mut container = Container::open(&disk, path, KIND).unwrap();
    assert_eq!(*container.header(), HEADER);
    assert_eq!(container.read_u64(*b"first\0\0\0", 3).unwrap(), [1, 2, 3]);
    assert_eq!(container.read_u32(*b"third\0\0\0", 1).unwrap(), [9]);
    assert_eq!(container.finish().unwrap(), stored);
}

#[test]
fn damage_in_a_skipped_section_is_found() {
    let (disk, path, _) = stored();
    let mut bytes = disk.content(path);
    bytes[385] ^= 4;
    disk.set_content(path, bytes);
    let mut container = Container::open(&disk, path, KIND).unwrap();
    container.read_u64(*b"first\0\0\0", 3).unwrap();
    assert!(container.read_u32(*b"third\0\0\0", 1).is_err());
}

/// Changes the header and gives it a hash that fits.
fn reheaded(change: impl FnOnce(&mut [u8])) -> Option<IndexError> {
    let (disk, path, _) = stored();
    let mut bytes = disk.content(path);
    change(&mut bytes);
    let hash = blake3::hash(&bytes[..256]);
    bytes[256..288].copy_from_slice(hash.as_bytes());
    disk.set_content(path, bytes);
    Container::open(&disk, path, KIND).err()
}

#[test]
fn a_newer_format_is_told_from_damage() {
    let error = reheaded(|bytes| bytes[8] = 4);
    assert!(matches!(
        error,
        Some(IndexError::NewerFormat {
            found: 4,
            supported: 3,
            ..
        })
    ));
    assert!(matches!(
        reheaded(|bytes| bytes[8] = 0),
        Some(IndexError::Damaged { .. })
    ));
    assert!(
        reheaded(|bytes| bytes[8] = 2).is_none(),
        "older formats are read"
    );
}

#[test]
fn sizes_that_the_file_has_not_are_refused_before_memory_is_asked_for() {
    // Bytes of the length field of the last section: up to 2^63 numbers.
    for byte in 0..8 {
        let error = reheaded(|bytes| bytes[64 + 2 * 64 + 16 + byte] = 0x7f);
        assert!(matches!(error, Some(IndexError::Damaged { .. })), "{byte}");
    }
    let error = reheaded(|bytes| bytes[60] = 2);
    assert!(
        matches!(error, Some(IndexError::Damaged { .. })),
        "section count"
    );
    let (disk, path, _) = stored();
    let mut container = Container::open(&disk, path, KIND).unwrap();
    assert!(container.read_u64(*b"first\0\0\0", u64::MAX / 4).is_err());
}
