//! The index as a whole; crashes and damage have files of their own.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use kindred_core::{Fingerprint, KeySet, Neighbors, PaperKey, SearchOptions, UnitVector};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{CompactOptions, CompactReport, Index, IndexSpec, OpenOptions, RepairReport};
use crate::disk::crash::CrashDisk;
use crate::error::IndexError;

mod crash;
mod damage;
mod search;

pub(super) type Rows = Vec<(PaperKey, UnitVector)>;

pub(super) fn folder() -> &'static Path {
    Path::new("/library/encoder")
}

pub(super) fn spec(dimension: usize) -> IndexSpec {
    IndexSpec {
        fingerprint: Fingerprint::from_hash(&[0xa5; 32]),
        dimension,
    }
}

pub(super) fn open(disk: &CrashDisk, dimension: usize) -> Result<Index, IndexError> {
    let disk = Arc::new(disk.clone());
    Index::open_on(disk, folder(), &spec(dimension), OpenOptions::default())
}

pub(super) fn create(disk: &CrashDisk, dimension: usize) -> Result<Index, IndexError> {
    Index::create_on(Arc::new(disk.clone()), folder(), &spec(dimension))
}

/// Vectors in clusters of forty, as papers lie in topics.
pub(super) fn clustered(count: usize, dimension: usize, seed: u64) -> Vec<UnitVector> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut point = |scale: f32| -> Vec<f32> {
        (0..dimension)
            .map(|_| scale * (random.random::<f32>() - 0.5))
            .collect()
    };
    let mut vectors = Vec::with_capacity(count);
    while vectors.len() < count {
        let centre = point(1.0);
        for _ in 0..40.min(count - vectors.len()) {
            let noise = point(0.8);
            let sum = centre.iter().zip(noise).map(|(a, b)| a + b).collect();
            vectors.push(UnitVector::new(sum).unwrap());
        }
    }
    vectors
}

pub(super) fn rows(keys: impl Iterator<Item = u64>, dimension: usize, seed: u64) -> Rows {
    let keys: Vec<u64> = keys.collect();
    let vectors = clustered(keys.len(), dimension, seed);
    keys.into_iter().map(PaperKey).zip(vectors).collect()
}

/// Everything that can be found, by key.
pub(super) fn content(index: &Index) -> BTreeMap<PaperKey, Vec<u32>> {
    let keys = index.keys();
    let (keys, vectors) = index.embeddings_for(keys.as_slice());
    let bits = |row: &[f32]| row.iter().map(|value| value.to_bits()).collect();
    keys.into_iter().zip(vectors.rows().map(bits)).collect()
}

pub(super) fn keys(keys: impl IntoIterator<Item = u64>) -> KeySet {
    keys.into_iter().map(PaperKey).collect()
}

#[test]
fn a_stored_paper_gets_its_new_vector() {
    let disk = CrashDisk::default();
    let mut index = create(&disk, 8).unwrap();
    let (old, new) = (rows(0..50, 8, 1), rows(10..20, 8, 2));
    index.append(&old).unwrap();
    index.append(&new).unwrap();
    // Listed twice in one batch: the last one counts.
    let twice = [
        (PaperKey(5), new[0].1.clone()),
        (PaperKey(5), new[1].1.clone()),
    ];
    index.append(&twice).unwrap();
    for index in [index, open(&disk, 8).unwrap()] {
        assert_eq!(index.len(), 50);
        assert_eq!(index.vector(PaperKey(12)).unwrap(), Some(new[2].1.clone()));
        assert_eq!(index.vector(PaperKey(5)).unwrap(), Some(new[1].1.clone()));
        assert_eq!(index.vector(PaperKey(20)).unwrap(), Some(old[20].1.clone()));
        assert_eq!(index.stats().dead, 11);
    }
}

#[test]
fn reopened_index_answers_the_same() {
    let disk = CrashDisk::default();
    let mut index = create(&disk, 16).unwrap();
    index.append(&rows(0..1_000, 16, 1)).unwrap();
    let options = CompactOptions {
        graph_threshold: 100,
        ..CompactOptions::default()
    };
    index.compact(&options).unwrap();
    index.append(&rows(990..1_100, 16, 2)).unwrap();
    index.remove(&keys(3..9)).unwrap();
    let reopened = open(&disk, 16).unwrap();
    assert!(reopened.faults().is_empty());
    assert_eq!(reopened.stats(), index.stats());
    assert_eq!(reopened.stats().graph_rows, 1_000);
    assert_eq!(content(&reopened), content(&index));
    for (_, query) in rows(0..50, 16, 3) {
        let options = SearchOptions::default();
        let answer = index.nearest(&query, &options).unwrap();
        assert_eq!(reopened.nearest(&query, &options).unwrap(), answer);
    }
}

#[test]
fn index_that_grew_is_reopened_without_reading_again_what_is_in_memory() {
    let disk = CrashDisk::default();
    let mut writer = create(&disk, 16).unwrap();
    writer.append(&rows(0..1_000, 16, 1)).unwrap();
    let options = CompactOptions {
        graph_threshold: 100,
        ..CompactOptions::default()
    };
    writer.compact(&options).unwrap();
    let before = open(&disk, 16).unwrap();
    writer.append(&rows(990..1_100, 16, 2)).unwrap();
    writer.remove(&keys(3..9)).unwrap();
    let after = before.reopened().unwrap();
    assert_eq!(content(&after), content(&writer));
    assert_eq!(after.stats(), writer.stats());
    let (old, new) = (&before.parts[0], &after.parts[0]);
    assert!(Arc::ptr_eq(&old.segment, &new.segment));
    assert!(Arc::ptr_eq(old.graph().unwrap(), new.graph().unwrap()));
    assert_eq!(before.len(), 1_000, "the earlier one stays as it was");

    writer.rebuild_graphs(&options).unwrap();
    writer
        .compact(&CompactOptions {
            full: true,
            ..options
        })
        .unwrap();
    let merged = after.reopened().unwrap();
    assert_eq!(content(&merged), content(&writer));
    assert_eq!(merged.stats(), writer.stats());
}

#[test]
fn compaction_keeps_content_and_drops_dead_rows() {
    let disk = CrashDisk::default();
    let mut index = create(&disk, 8).unwrap();
    for batch in 0..30 {
        index
            .append(&rows(batch * 50..batch * 50 + 60, 8, batch))
            .unwrap();
    }
    let before = content(&index);
    let options = CompactOptions {
        graph_threshold: 1_000,
        ..CompactOptions::default()
    };
    let report = index.compact(&options).unwrap();
    assert_eq!((report.merged_segments, report.dropped_rows), (30, 290));
    assert_eq!(report.built.len(), 1);
    assert_eq!(content(&index), before);
    assert_eq!(content(&open(&disk, 8).unwrap()), before);
    let stats = index.stats();
    assert_eq!(
        (stats.segments, stats.dead, stats.graph_rows),
        (1, 0, 1_510)
    );
    assert_eq!(
        disk.files().len(),
        4,
        "one segment, its graph, the manifest, the pointer"
    );
    // A small segment beside a large one stays apart until it is worth the rewriting.
    index.append(&rows(5_000..5_010, 8, 99)).unwrap();
    assert_eq!(index.compact(&options).unwrap().merged_segments, 0);
    index.remove(&keys(0..400)).unwrap();
    let report = index.compact(&options).unwrap();
    assert_eq!((report.merged_segments, report.dropped_rows), (1, 400));
    let full = CompactOptions {
        full: true,
        ..options
    };
    assert_eq!(index.compact(&full).unwrap().merged_segments, 2);
    assert_eq!(index.stats().segments, 1);
}

#[test]
fn serial_builds_repeat_byte_for_byte() {
    let build = || {
        let disk = CrashDisk::default();
        let mut index = create(&disk, 16).unwrap();
        index.append(&rows(0..1_500, 16, 4)).unwrap();
        let options = CompactOptions {
            graph_threshold: 1,
            serial: true,
            ..CompactOptions::default()
        };
        index.compact(&options).unwrap();
        disk.files()
            .iter()
            .map(|path| disk.content(path))
            .collect::<Vec<_>>()
    };
    assert_eq!(build(), build());
}

#[test]
fn graphs_are_discarded_and_rebuilt() {
    let disk = CrashDisk::default();
    let mut index = create(&disk, 8).unwrap();
    index.append(&rows(0..500, 8, 4)).unwrap();
    let options = CompactOptions {
        graph_threshold: 100,
        ..CompactOptions::default()
    };
    index.compact(&options).unwrap();
    assert_eq!(index.rebuild_graphs(&options).unwrap().built.len(), 1);
    assert_eq!(open(&disk, 8).unwrap().stats().graph_rows, 500);
    index.discard_graphs().unwrap();
    assert_eq!(open(&disk, 8).unwrap().stats().graph_rows, 0);
    assert!(
        disk.files()
            .iter()
            .all(|path| path.extension().is_none_or(|kind| kind != "hnsw"))
    );
}

#[test]
fn a_stopped_compaction_leaves_the_index_as_it_was() {
    let disk = CrashDisk::default();
    let mut index = create(&disk, 8).unwrap();
    index.append(&rows(0..5_000, 8, 4)).unwrap();
    index.append(&rows(5_000..7_000, 8, 5)).unwrap();
    let before = content(&index);
    let stop = AtomicBool::new(true);
    let options = CompactOptions {
        graph_threshold: 100,
        stop: Some(&stop),
        ..CompactOptions::default()
    };
    assert!(matches!(index.compact(&options), Err(IndexError::Stopped)));
    assert_eq!(open(&disk, 8).unwrap().stats().segments, 2);
    // Stopped while the graph is built: the merge before it stays.
    stop.store(false, Ordering::Relaxed);
    let progress = |_| stop.store(true, Ordering::Relaxed);
    let late = CompactOptions {
        progress: Some(&progress),
        ..options
    };
    assert!(matches!(index.compact(&late), Err(IndexError::Stopped)));
    let reopened = open(&disk, 8).unwrap();
    assert_eq!(
        (reopened.stats().segments, reopened.stats().graph_rows),
        (1, 0)
    );
    assert_eq!(content(&reopened), before);
    stop.store(false, Ordering::Relaxed);
    index.compact(&options).unwrap();
    assert_eq!(open(&disk, 8).unwrap().stats().graph_rows, 7_000);
}

#[test]
fn empty_and_small_indexes_answer_what_they_have() {
    let mut index = create(&CrashDisk::default(), 4).unwrap();
    let query = rows(0..1, 4, 1).remove(0).1;
    assert_eq!(
        index.nearest(&query, &SearchOptions::default()).unwrap(),
        []
    );
    assert!(index.is_empty());
    assert_eq!(index.append(&[]).unwrap(), None);
    assert_eq!(index.stats().segments, 0);
    assert_eq!(
        index.compact(&CompactOptions::default()).unwrap(),
        CompactReport::default()
    );
    index.append(&rows(0..3, 4, 2)).unwrap();
    let found = |limit| {
        let options = SearchOptions {
            limit,
            ..SearchOptions::default()
        };
        index.nearest(&query, &options).unwrap().len()
    };
    assert_eq!(
        [found(0), found(2), found(3), found(usize::MAX)],
        [0, 2, 3, 3]
    );
    index.remove(&keys(0..3)).unwrap();
    assert_eq!(index.stats().segments, 0, "segments without a live row go");
}

#[test]
fn wrong_dimensions_and_wrong_encoders_are_named() {
    let disk = CrashDisk::default();
    assert!(matches!(open(&disk, 8), Err(IndexError::Absent { .. })));
    let mut index = create(&disk, 8).unwrap();
    let wrong = rows(0..2, 9, 1);
    let mismatch = |error| {
        matches!(
            error,
            IndexError::Dimension {
                expected: 8,
                found: 9
            }
        )
    };
    assert!(mismatch(index.append(&wrong).unwrap_err()));
    assert!(mismatch(
        index
            .nearest(&wrong[0].1, &SearchOptions::default())
            .unwrap_err()
    ));
    assert!(matches!(
        open(&disk, 9),
        Err(IndexError::WrongEncoder { .. })
    ));
    let other = IndexSpec {
        fingerprint: Fingerprint::from_hash(&[1; 32]),
        dimension: 8,
    };
    let disk = Arc::new(disk);
    let error = Index::open_on(disk, folder(), &other, OpenOptions::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the index holds vectors of encoder a5a5a5a5a5a5 (8 dimensions), expected 010101010101 \
         (8 dimensions)"
    );
}

#[test]
fn a_second_writer_is_refused() {
    let disk = CrashDisk::default();
    let mut first = create(&disk, 8).unwrap();
    let mut second = open(&disk, 8).unwrap();
    first.append(&rows(0..5, 8, 1)).unwrap();
    let refused = second.append(&rows(5..9, 8, 1));
    assert!(matches!(refused, Err(IndexError::Changed { .. })));
    assert_eq!(content(&open(&disk, 8).unwrap()), content(&first));
}

#[test]
fn the_index_lives_on_a_real_disk() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("encoders/a5");
    let mut index = Index::create(&path, &spec(8)).unwrap();
    index.append(&rows(0..300, 8, 1)).unwrap();
    let options = CompactOptions {
        graph_threshold: 100,
        ..CompactOptions::default()
    };
    index.compact(&options).unwrap();
    index.append(&rows(300..310, 8, 2)).unwrap();
    let reopened = Index::open(&path, &spec(8)).unwrap();
    assert_eq!(content(&reopened), content(&index));
    assert_eq!(reopened.stats().graph_rows, 300);
    assert!(Index::verify(&path, &spec(8)).unwrap().is_empty());
    assert_eq!(
        Index::repair(&path, &spec(8), &options).unwrap(),
        RepairReport::default()
    );
    assert!(matches!(
        Index::open(folder.path(), &spec(8)),
        Err(IndexError::Absent { .. })
    ));
}
