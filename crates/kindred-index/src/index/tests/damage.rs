//! Every stored file cut, extended, exchanged and bit-flipped.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kindred_core::{KeySet, Neighbor, Neighbors, SearchOptions, UnitVector};

use super::{CompactOptions, Index, OpenOptions, create, folder, keys, open, rows, spec};
use crate::disk::crash::CrashDisk;
use crate::error::{IndexError, IndexFault};

const DIMENSION: usize = 8;

fn options() -> CompactOptions<'static> {
    CompactOptions {
        graph_threshold: 100,
        serial: true,
        ..CompactOptions::default()
    }
}

/// An index with a graph, a delta and dead rows.
fn sound() -> CrashDisk {
    let disk = CrashDisk::default();
    let mut index = create(&disk, DIMENSION).unwrap();
    index.append(&rows(0..200, DIMENSION, 1)).unwrap();
    index.compact(&options()).unwrap();
    index.remove(&keys(10..15)).unwrap();
    index.append(&rows(190..230, DIMENSION, 2)).unwrap();
    disk
}

fn answers(index: &Index) -> Vec<Vec<Neighbor>> {
    let queries = rows(0..5, DIMENSION, 7);
    let options = SearchOptions {
        effort: Some(24),
        ..SearchOptions::default()
    };
    let answer = |query: &UnitVector| index.nearest(query, &options).unwrap();
    queries.iter().map(|(_, query)| answer(query)).collect()
}

fn exact_answers() -> Vec<Vec<Neighbor>> {
    let mut index = open(&sound(), DIMENSION).unwrap();
    index.discard_graphs().unwrap();
    answers(&index)
}

fn is(path: &Path, kind: &str) -> bool {
    path.extension().is_some_and(|extension| extension == kind)
}

/// Calls `check` with each way a file can be damaged.
fn damages(bytes: &[u8], mut check: impl FnMut(Vec<u8>, &str)) {
    let stride = bytes.len().div_ceil(300);
    for length in (0..bytes.len()).step_by(stride).chain([bytes.len() - 1]) {
        check(bytes[..length].to_vec(), &format!("cut to {length} bytes"));
    }
    for position in (0..bytes.len().min(700)).chain((700..bytes.len()).step_by(stride)) {
        let mut flipped = bytes.to_vec();
        flipped[position] ^= 1 << (position % 8);
        check(flipped, &format!("byte {position} flipped"));
    }
    for extra in [&b"\0"[..], b"\n", &[0; 64]] {
        check(
            [bytes, extra].concat(),
            &format!("{} bytes longer", extra.len()),
        );
    }
    for start in (0..bytes.len()).step_by(stride * 16) {
        let mut zeroed = bytes.to_vec();
        let end = bytes.len().min(start + 64);
        zeroed[start..end].fill(0);
        if zeroed != bytes {
            check(zeroed, &format!("bytes {start}..{end} zeroed"));
        }
    }
}

/// Damages every file in every way and hands on the disk, the file and what was done.
fn for_each_damage(mut check: impl FnMut(&CrashDisk, &Path, &str)) {
    let disk = sound();
    let files = disk.files();
    assert_eq!(
        files.len(),
        6,
        "two segments, a graph, two manifests, the pointer: {files:?}"
    );
    for path in files {
        damages(&disk.content(&path), |bytes, what| {
            let damaged = disk.copy();
            damaged.set_content(&path, bytes);
            check(&damaged, &path, &format!("{}: {what}", path.display()));
        });
    }
}

/// The manifest that is no longer live; nothing depends on it.
fn previous_manifest(disk: &CrashDisk) -> PathBuf {
    let is_manifest = |path: &PathBuf| path.to_string_lossy().contains("MANIFEST-");
    disk.files().into_iter().find(is_manifest).unwrap()
}

#[test]
fn damage_is_an_error_or_a_fault_and_never_a_wrong_answer() {
    let exact = exact_answers();
    let previous = previous_manifest(&sound());
    let healthy = answers(&open(&sound(), DIMENSION).unwrap());
    assert_ne!(
        healthy, exact,
        "the graph is searched, with an effort that is not enough"
    );
    let mut checked = 0;
    for_each_damage(|disk, path, what| {
        checked += 1;
        match open(disk, DIMENSION) {
            Ok(index) if is(path, "hnsw") => {
                assert!(!index.faults().is_empty(), "{what}");
                assert!(!index.faults()[0].is_note(), "{what}");
                assert_eq!(answers(&index), exact, "{what}");
            }
            Ok(index) => {
                assert_eq!(path, previous, "{what}: opened");
                assert_eq!(answers(&index), healthy, "{what}");
            }
            Err(IndexError::Damaged { path: named, .. }) => {
                let is_pointer = path.ends_with("CURRENT");
                assert!(named == path || is_pointer, "{what}: {named:?} is blamed");
            }
            Err(error) => panic!("{what}: {error:?}"),
        }
    });
    assert!(checked > 4_000, "{checked} damages");
}

#[test]
fn verify_names_every_damaged_file() {
    for_each_damage(|disk, path, what| {
        let faults = Index::verify_on(disk, folder(), &spec(DIMENSION)).unwrap();
        let named = |fault: &IndexFault| {
            !fault.is_note() && (fault.path() == path || path.ends_with("CURRENT"))
        };
        assert!(faults.iter().any(named), "{what}: {faults:?}");
        assert!(faults.iter().all(|fault| !fault.to_string().is_empty()));
    });
}

#[test]
fn repair_leaves_a_sound_index_and_says_what_is_lost() {
    let sound = sound();
    let before = open(&sound, DIMENSION).unwrap().keys();
    let previous = previous_manifest(&sound);
    let mut seen = 0;
    for_each_damage(|disk, path, what| {
        seen += 1;
        // Building a graph each time would take minutes.
        if is(path, "hnsw") && seen % 20 != 0 {
            return;
        }
        let all = Arc::new(disk.clone());
        let report = Index::repair_on(all, folder(), &spec(DIMENSION), &options())
            .unwrap_or_else(|error| panic!("{what}: {error:?}"));
        let index = open(disk, DIMENSION).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert!(index.faults().is_empty(), "{what}");
        let faults = Index::verify_on(disk, folder(), &spec(DIMENSION)).unwrap();
        let is_previous = path == previous;
        assert!(is_previous || faults.is_empty(), "{what}: {faults:?}");
        assert_eq!(
            report.rebuilt_graphs,
            usize::from(is(path, "hnsw")),
            "{what}"
        );
        let kept = index.keys();
        assert!(
            report
                .lost
                .as_slice()
                .iter()
                .all(|&key| !kept.contains(key)),
            "{what}"
        );
        if is(path, "vec") {
            assert_eq!(report.dropped_segments, 1, "{what}");
            assert_eq!(
                kept.len() + report.lost.len() + report.lost_unknown,
                225,
                "{what}"
            );
        } else {
            // Where the manifest is lost, the one before it has the deletions, and the segment
            // stored after that is taken from its file.
            assert_eq!(kept, before, "{what}");
            assert_eq!((report.lost.len(), report.lost_unknown), (0, 0), "{what}");
        }
    });
}

#[test]
fn keys_are_known_when_only_vectors_are_damaged() {
    let disk = sound();
    let path = disk
        .files()
        .into_iter()
        .find(|path| is(path, "vec"))
        .unwrap();
    let mut bytes = disk.content(&path);
    *bytes.last_mut().unwrap() ^= 1;
    disk.set_content(&path, bytes);
    let report = Index::repair_on(Arc::new(disk), folder(), &spec(DIMENSION), &options()).unwrap();
    let expected: KeySet = keys((0..10).chain(15..190));
    assert_eq!((report.lost, report.lost_unknown), (expected, 0));
}

#[test]
fn repair_puts_the_index_together_without_any_manifest() {
    let disk = sound();
    for path in disk.files() {
        if !is(&path, "vec") && !is(&path, "hnsw") {
            disk.set_content(&path, b"gone".to_vec());
        }
    }
    let shared = Arc::new(disk.clone());
    let report = Index::repair_on(shared, folder(), &spec(DIMENSION), &options()).unwrap();
    assert!(report.recovered_manifest);
    let index = open(&disk, DIMENSION).unwrap();
    // Deletions are lost with the manifests; the newer vectors still win.
    assert_eq!(index.keys(), keys(0..230));
    assert_eq!(index.stats().graph_rows, 200, "the graph is taken over");
    let newest = rows(190..230, DIMENSION, 2);
    assert_eq!(
        index.vector(newest[0].0).unwrap(),
        Some(newest[0].1.clone())
    );
}

#[test]
fn missing_files_are_named_and_salvage_reads_the_rest() {
    let sound = sound();
    for path in sound.files() {
        let disk = sound.copy();
        crate::disk::Disk::remove(&disk, &path).unwrap();
        if is(&path, "hnsw") {
            assert_eq!(open(&disk, DIMENSION).unwrap().faults()[0].path(), path);
        } else if is(&path, "vec") {
            let error = open(&disk, DIMENSION).unwrap_err();
            assert!(matches!(&error, IndexError::Damaged { path: named, .. } if *named == path));
            let salvage = OpenOptions { salvage: true };
            let disk = Arc::new(disk);
            let mut index = Index::open_on(disk, folder(), &spec(DIMENSION), salvage).unwrap();
            assert_eq!(index.faults()[0].path(), path);
            assert!(!index.is_empty());
            let refused = index.append(&rows(0..1, DIMENSION, 1));
            assert!(matches!(refused, Err(IndexError::ReadOnly { .. })));
        }
    }
}

#[test]
fn leftovers_are_notes_and_the_next_write_removes_them() {
    let disk = sound();
    let strays = [
        "vectors/seg-000099.vec",
        "graph/seg-000001.hnsw.tmp",
        "MANIFEST-000099",
    ];
    for name in strays {
        disk.set_content(&folder().join(name), b"half".to_vec());
    }
    disk.set_content(&folder().join("notes.txt"), b"not ours".to_vec());
    let faults = Index::verify_on(&disk, folder(), &spec(DIMENSION)).unwrap();
    assert_eq!(faults.len(), 3);
    assert!(faults.iter().all(IndexFault::is_note));
    let mut index = open(&disk, DIMENSION).unwrap();
    index.remove(&keys(0..1)).unwrap();
    let left = disk.files();
    assert!(
        strays
            .iter()
            .all(|name| !left.contains(&folder().join(name)))
    );
    assert!(left.contains(&folder().join("notes.txt")));
}
