//! The machine stops, or the disk fails, at every single operation.

use std::collections::BTreeMap;

use kindred_core::PaperKey;

use super::{CompactOptions, Index, content, create, folder, keys, open, rows, spec};
use crate::disk::crash::{AFTERMATHS, CrashDisk, Mishap};
use crate::error::IndexError;

const DIMENSION: usize = 8;

type Content = BTreeMap<PaperKey, Vec<u32>>;
type Step = fn(&mut Index) -> Result<(), IndexError>;

fn options(full: bool) -> CompactOptions<'static> {
    CompactOptions {
        graph_threshold: 40,
        serial: true,
        full,
        ..CompactOptions::default()
    }
}

/// A life of an index; doing a step twice is as good as once.
const STEPS: [Step; 8] = [
    |index| index.append(&rows(0..50, DIMENSION, 1)).map(drop),
    |index| index.append(&rows(40..60, DIMENSION, 2)).map(drop),
    |index| index.compact(&options(false)).map(drop),
    |index| index.remove(&keys(10..20)).map(drop),
    |index| index.append(&rows(15..18, DIMENSION, 3)).map(drop),
    |index| index.rebuild_graphs(&options(false)).map(drop),
    |index| index.compact(&options(true)).map(drop),
    |index| index.discard_graphs(),
];

/// Returns the content before the first step and after each.
fn history() -> Vec<Content> {
    let mut index = create(&CrashDisk::default(), DIMENSION).unwrap();
    let mut history = vec![content(&index)];
    for step in STEPS {
        step(&mut index).unwrap();
        history.push(content(&index));
    }
    history
}

/// Lives until the mishap; returns how many steps were done.
fn live(disk: &CrashDisk) -> Option<usize> {
    let mut index = create(disk, DIMENSION).ok()?;
    for (done, step) in STEPS.iter().enumerate() {
        if step(&mut index).is_err() {
            return Some(done);
        }
    }
    Some(STEPS.len())
}

/// Opens what a crash left; `done` steps had returned.
fn check(disk: &CrashDisk, done: Option<usize>, history: &[Content], what: &str) {
    let Some(done) = done else {
        // Not even created: there is none, or an empty one.
        let index = create(disk, DIMENSION).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        assert!(index.is_empty_content(), "{what}");
        return;
    };
    let index = open(disk, DIMENSION).unwrap_or_else(|error| panic!("{what}: {error:?}"));
    assert!(index.faults().is_empty(), "{what}: {:?}", index.faults());
    let next = (done + 1).min(STEPS.len());
    let found = content(&index);
    assert!(
        found == history[done] || found == history[next],
        "{what}: neither old nor new"
    );
    let faults = Index::verify_on(disk, folder(), &spec(DIMENSION)).unwrap();
    assert!(
        faults.iter().all(crate::IndexFault::is_note),
        "{what}: {faults:?}"
    );
}

impl Index {
    fn is_empty_content(&self) -> bool {
        content(self).is_empty()
    }
}

#[test]
fn a_crash_at_any_operation_leaves_the_old_or_the_new_state() {
    let history = history();
    let disk = CrashDisk::default();
    assert_eq!(live(&disk), Some(STEPS.len()));
    let operations = disk.operations();
    assert!(
        operations > 150,
        "the life of the index has {operations} operations"
    );
    for operation in 0..operations {
        let disk = CrashDisk::default();
        disk.plan(operation, Mishap::Crash);
        let done = live(&disk);
        for aftermath in AFTERMATHS {
            let what = format!("operation {operation}, {aftermath:?}, {done:?} steps done");
            check(&disk.after(aftermath), done, &history, &what);
        }
    }
}

#[test]
fn a_crash_while_recovering_from_a_crash_does_no_harm() {
    let history = history();
    let last = history.len() - 1;
    for operation in (0..150).step_by(7) {
        let disk = CrashDisk::default();
        disk.plan(operation, Mishap::Crash);
        live(&disk);
        for aftermath in AFTERMATHS {
            let found = disk.after(aftermath);
            for second in (0..40).step_by(6) {
                let disk = found.copy();
                disk.plan(second, Mishap::Crash);
                // The next start does everything again, and stops too.
                live(&disk);
                let after = disk.after(aftermath);
                let what = format!("operations {operation} and {second}, {aftermath:?}");
                let index = create(&after, DIMENSION);
                let index = index.unwrap_or_else(|error| panic!("{what}: {error:?}"));
                assert!(index.faults().is_empty(), "{what}");
                // The third gets through to the end.
                assert_eq!(live(&after), Some(STEPS.len()), "{what}");
                let index = open(&after, DIMENSION).unwrap();
                assert_eq!(content(&index), history[last], "{what}");
            }
        }
    }
}

#[test]
fn a_failed_operation_loses_nothing_and_work_goes_on_after_reopening() {
    let history = history();
    let disk = CrashDisk::default();
    live(&disk);
    for operation in 0..disk.operations() {
        let disk = CrashDisk::default();
        disk.plan(operation, Mishap::Fail);
        let done = live(&disk);
        let what = format!("operation {operation}, {done:?} steps done");
        check(&disk, done, &history, &what);
        let mut index = create(&disk, DIMENSION).unwrap();
        for step in &STEPS[done.unwrap_or(0)..] {
            step(&mut index).unwrap_or_else(|error| panic!("{what}: {error:?}"));
        }
        assert_eq!(&content(&index), history.last().unwrap(), "{what}");
    }
}

#[test]
fn after_a_failed_write_the_index_reads_but_writes_no_more() {
    let disk = CrashDisk::default();
    let mut index = create(&disk, DIMENSION).unwrap();
    STEPS[0](&mut index).unwrap();
    disk.plan(3, Mishap::Fail);
    assert!(matches!(STEPS[1](&mut index), Err(IndexError::Disk { .. })));
    assert!(matches!(
        STEPS[1](&mut index),
        Err(IndexError::ReadOnly { .. })
    ));
    assert_eq!(content(&index), history()[1]);
    let mut index = open(&disk, DIMENSION).unwrap();
    STEPS[1](&mut index).unwrap();
    assert_eq!(content(&index), history()[2]);
}
