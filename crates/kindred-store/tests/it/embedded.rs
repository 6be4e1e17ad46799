use kindred_core::{Fingerprint, PaperKey};
use kindred_store::{EmbedFailure, Embedded, StoreError, TextHash};

use crate::support::{Library, id, many, paper, record};

fn encoder(number: u8) -> Fingerprint {
    Fingerprint::from_hash(&[number; 32])
}

fn done(library: &Library, encoder: &Fingerprint, limit: usize) -> Vec<Embedded> {
    let pending = library.store.pending(encoder, None, limit).unwrap();
    pending
        .iter()
        .map(|text| Embedded {
            key: text.key,
            text_hash: text.text_hash,
        })
        .collect()
}

#[test]
fn papers_wait_until_their_present_text_has_a_vector() {
    let mut library = Library::with(&many(10));
    let one = encoder(1);
    assert_eq!(library.store.pending_count(&one).unwrap(), 10);
    let rows = done(&library, &one, 6);
    library.store.record_embedded(&one, &rows, &[]).unwrap();
    assert_eq!(library.store.embedded_count(&one).unwrap(), 6);
    assert_eq!(library.store.pending_count(&one).unwrap(), 4);
    assert_eq!(library.store.pending_count(&encoder(2)).unwrap(), 10);
    let keys = library.store.embedded_keys(&one).unwrap();
    assert_eq!(keys.len(), 6);
    assert!(keys.is_sorted());

    let mut new = paper("2602.00001", "Another text");
    new.versions[0].number = 2;
    library.import(&[record(new)]);
    let pending = library.store.pending(&one, None, 100).unwrap();
    assert_eq!(pending.len(), 5);
    assert_eq!(pending[0].text, "Another text");
    assert_eq!(pending[0].key, library.key("2602.00001"));
    assert_eq!(pending[0].text_hash, TextHash::of("Another text", ""));
    assert_eq!(library.store.embedded_count(&one).unwrap(), 5);
    let later = library
        .store
        .pending(&one, Some(pending[0].key), 2)
        .unwrap();
    assert_eq!(later, pending[1..3]);
}

#[test]
fn failed_texts_wait_only_once_changed_or_forgotten() {
    let mut library = Library::with(&many(3));
    let one = encoder(1);
    let first = done(&library, &one, 1)[0];
    let failure = EmbedFailure {
        key: first.key,
        text_hash: first.text_hash,
        reason: "no token".into(),
    };
    let failures = [failure];
    library.store.record_embedded(&one, &[], &failures).unwrap();
    assert_eq!(library.store.pending_count(&one).unwrap(), 2);
    assert_eq!(library.store.embed_failures(&one).unwrap(), failures);
    library
        .store
        .forget_embedded(&one, Some(&[first.key]))
        .unwrap();
    assert_eq!(library.store.pending_count(&one).unwrap(), 3);
    library.store.record_embedded(&one, &[], &failures).unwrap();
    library.store.record_embedded(&one, &[first], &[]).unwrap();
    assert_eq!(library.store.embed_failures(&one).unwrap(), []);
    assert_eq!(library.store.forget_embedded(&one, None).unwrap(), 1);
    assert_eq!(library.store.pending_count(&one).unwrap(), 3);
}

#[test]
fn unknown_papers_are_not_recorded() {
    let mut library = Library::with(&many(2));
    let one = encoder(1);
    let mut rows = done(&library, &one, 2);
    rows.push(Embedded {
        key: PaperKey(99),
        text_hash: rows[0].text_hash,
    });
    let error = library.store.record_embedded(&one, &rows, &[]).unwrap_err();
    assert!(matches!(error, StoreError::UnknownKey { key: 99 }));
    assert_eq!(library.store.pending_count(&one).unwrap(), 2);
}

#[test]
fn new_metadata_does_not_ask_for_a_new_vector() {
    let mut library = Library::with(&[record(paper("2603.22691", "Lattices"))]);
    let one = encoder(1);
    let rows = done(&library, &one, 1);
    library.store.record_embedded(&one, &rows, &[]).unwrap();
    let mut again = paper("2603.22691", " Lattices\n");
    again.versions[0].number = 2;
    again.doi = Some("10.1/2".into());
    assert_eq!(library.import(&[record(again)]).enriched, 1);
    assert_eq!(library.store.pending_count(&one).unwrap(), 0);
    let stored = library.store.paper(&id("2603.22691")).unwrap().unwrap();
    assert_eq!(stored.paper.version(), 2);
}
