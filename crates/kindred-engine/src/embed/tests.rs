use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::*;
use crate::{ImportRequest, Input, Timestamp};

const PAPERS: u64 = 325;

/// A library with the sample's papers, none of them embedded.
fn library(folder: &Path) -> Library {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample.jsonl");
    let mut library = Library::create(folder).unwrap();
    let request = ImportRequest {
        inputs: &[Input::File(sample)],
        now: Timestamp::UNIX_EPOCH,
    };
    library.import(&request, &Control::silent()).unwrap();
    library
}

/// Embeds what waits, merging after every second batch; is stopped as the `last` batch is done.
fn embed(library: &mut Library, last: usize) -> (Result<(), EngineError>, u64) {
    let (stop, batches) = (AtomicBool::new(false), AtomicUsize::new(0));
    let progress = |progress| {
        let is_batch = matches!(progress, Progress::Embed { done, .. } if done > 0);
        if is_batch && batches.fetch_add(1, Ordering::Relaxed) + 1 == last {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let control = Control {
        progress: &progress,
        stop: &stop,
    };
    library.choose_built_in_if_new().unwrap();
    let choice = library.encoder_choice().unwrap();
    let mut index = library.take_index(&choice).unwrap();
    let mut report = EmbedReport::default();
    let job = Job {
        choice: &choice,
        control: &control,
        merge_after: 2,
    };
    let outcome = library.embed_pending(&job, &mut index, &mut report);
    library.forget_index();
    (outcome, report.embedded)
}

fn assert_sound(library: &Library) {
    let report = library.verify(&Control::silent()).unwrap();
    assert_eq!(report.faults, []);
}

#[test]
fn a_stop_inside_a_merge_keeps_every_batch_and_the_next_job_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = library(folder.path());
    let (outcome, first) = embed(&mut library, 2);
    assert!(matches!(outcome, Err(EngineError::Stopped)), "{outcome:?}");
    let stats = library.stats().unwrap();
    let index = stats.index.unwrap();
    assert!(index.segments >= 2, "the merge was left: {index:?}");
    assert_eq!(stats.embedded, first);
    assert_eq!(index.live as u64, first, "one vector for each paper");
    assert_sound(&library);

    let (outcome, second) = embed(&mut library, usize::MAX);
    outcome.unwrap();
    assert_eq!(first + second, PAPERS, "nothing is embedded twice");
    let index = library.stats().unwrap().index.unwrap();
    assert_eq!(index.live as u64, PAPERS);
    assert_sound(&library);
}

#[test]
fn merges_in_the_midst_of_a_job_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = library(folder.path());
    let (outcome, embedded) = embed(&mut library, usize::MAX);
    outcome.unwrap();
    let index = library.stats().unwrap().index.unwrap();
    assert_eq!((embedded, index.live as u64), (PAPERS, PAPERS));
    assert!(index.segments <= 2, "the first two were merged: {index:?}");
    assert_sound(&library);
}
