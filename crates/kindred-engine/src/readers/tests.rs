use kindred_core::Record;
use kindred_embed::Device;

use super::Readers;
use crate::samples::{paper, store};
use crate::{Control, EngineError, Library, Seeds, Selection, SimilarQuery};

fn import(library: &mut Library, ids: &[&str]) {
    let records: Vec<Record> = (ids.iter())
        .map(|id| {
            let text = format!("Edge modes number {id} survive weak disorder in lattices.");
            let paper = paper(id, &format!("Lattices, part {id}"), &text, "2026-01-05");
            Record::Paper {
                paper: Box::new(paper),
                announcement: None,
            }
        })
        .collect();
    store(library, &records);
}

fn found(library: &Library) -> Result<(usize, u64), EngineError> {
    let answer = library.similar(&SimilarQuery {
        seeds: Seeds::Text("edge modes of lattices".to_owned()),
        selection: Selection::default(),
        limit: 10,
    })?;
    Ok((answer.results.len(), answer.not_embedded))
}

#[test]
fn readers_see_what_was_written_since_and_load_the_rest_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Library::create(folder.path()).unwrap();
    import(&mut writer, &["2601.00001", "2601.00002"]);
    writer.embed(&Control::silent()).unwrap();

    let readers = Readers::new(folder.path(), Device::Cpu);
    let address = |library: &Library| {
        let encoder: *const dyn kindred_core::Encoder = library.encoder().unwrap();
        (
            encoder.addr(),
            std::ptr::from_ref(library.index().unwrap()).addr(),
        )
    };
    let (first, second) = readers
        .read(|outer| {
            assert_eq!(found(outer)?, (2, 0));
            let inner = readers.read(|inner| Ok::<_, EngineError>(address(inner)))?;
            Ok::<_, EngineError>((address(outer), inner))
        })
        .unwrap();
    assert_eq!(first, second, "two readers at once share encoder and index");

    import(&mut writer, &["2601.00003"]);
    assert_eq!(readers.read(|library| found(library)).unwrap(), (2, 1));
    writer.embed(&Control::silent()).unwrap();
    assert_eq!(readers.read(|library| found(library)).unwrap(), (3, 0));
    let start = std::sync::Barrier::new(4);
    let others: Vec<(usize, usize)> = std::thread::scope(|scope| {
        let ask = || {
            readers.read(|library| {
                start.wait();
                Ok::<_, EngineError>(address(library))
            })
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        let all = threads
            .into_iter()
            .map(|thread| thread.join().unwrap().unwrap());
        all.collect()
    });
    assert_eq!(others[0].0, first.0, "the encoder is loaded once");
    assert!(others.iter().all(|other| *other == others[0]), "{others:?}");
}

#[test]
fn idle_readers_keep_nothing_of_before_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = Library::create(folder.path()).unwrap();
    import(&mut writer, &["2601.00001"]);
    writer.embed(&Control::silent()).unwrap();
    let readers = Readers::new(folder.path(), Device::Cpu);
    readers
        .read(|_| readers.read(|inner| found(inner)))
        .unwrap();
    let idle = readers.idle.lock().unwrap();
    assert_eq!(idle.len(), 2);
    assert!(idle.iter().all(|library| !library.has_loaded()));
}

#[test]
fn reader_that_panics_is_closed_and_the_next_question_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    drop(Library::create(folder.path()).unwrap());
    let readers = Readers::new(folder.path(), Device::Cpu);
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        readers.read(|_| -> Result<(), EngineError> { panic!("in the middle of a question") })
    }));
    assert!(panicked.is_err());
    assert!(readers.read(|library| library.sets()).unwrap().is_empty());
}

#[test]
fn absent_library_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let readers = Readers::new(&folder.path().join("none"), Device::Cpu);
    let error = readers.read(|library| library.sets()).unwrap_err();
    assert!(matches!(error, EngineError::NoLibrary { .. }), "{error}");
}
