use kindred_core::Record;
use kindred_ingest::Input;

use super::*;
use crate::samples::{paper, store};

const BIBLIOGRAPHY: &str = r"
@misc{one, title = {Clocks of Sand in Small Rooms}, author = {Ada Example}, eprint = {2603.00001}, archiveprefix = {arXiv}}
@misc{again, title = {Clocks of Sand in Small Rooms}, author = {Ada Example}}
@misc{two, title = {Rivers That Remember Their Old Beds}, author = {Somebody Else}}
@misc{three, title = {Winds over Towers of Unequal Height}, author = {Somebody Else}}
@misc{new, title = {A Title Nobody Has}, author = {Nora New}, abstract = {It is about teapots.}}
@misc{bare, title = {Another Title Nobody Has}, author = {Nora New}}
";

fn library() -> (tempfile::TempDir, Library) {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::create(folder.path()).unwrap();
    let papers = [
        ("2603.00001", "Clocks of Sand in Small Rooms"),
        ("2603.00002", "Rivers That Remember Their Old Beds"),
        ("2603.00003", "Winds over Towers of Unequal Height"),
    ];
    let records = papers.map(|(id, title)| Record::Paper {
        paper: Box::new(paper(id, title, "An abstract.", "2026-03-02")),
        announcement: None,
    });
    store(&mut library, &records);
    (folder, library)
}

fn review(library: &Library, set: &SetName) -> ReferenceReview {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("refs.bib");
    fs_err::write(&path, BIBLIOGRAPHY).unwrap();
    let inputs = [Input::File(path)];
    let request = ReferenceRequest {
        set,
        rating: Rating::Like,
        inputs: &inputs,
        collections: &[],
    };
    library.review_references(&request).unwrap()
}

fn now() -> Timestamp {
    "2026-04-01T08:00:00Z".parse().unwrap()
}

#[test]
fn single_likely_matches_and_new_papers_are_chosen() {
    let (_folder, mut library) = library();
    let set: SetName = "reading".parse().unwrap();
    let whole = review(&library, &set);
    let mut review = whole.clone();
    let counts = &review.counts;
    assert_eq!(
        (counts.matched, counts.likely, counts.duplicate),
        (1, 2, 1),
        "{review:?}"
    );
    assert_eq!((counts.missing, counts.addable), (2, 1));
    review.keep(|_, reviewed| {
        let key = reviewed.citation_key.as_deref();
        matches!(key, Some("three" | "new"))
    });
    assert_eq!((review.counts.likely, review.counts.addable), (1, 1));
    assert_eq!(review.counts.matched + review.counts.duplicate, 0);
    let added = review.references[1].paper_id();
    let options = WriteOptions {
        rating: Rating::Like,
        likely: true,
        add: true,
        now: now(),
    };
    let written = library.write_references(&set, &review, &options).unwrap();
    assert_eq!((written.ratings.added, written.papers), (2, 1));
    let rated: Vec<PaperId> = library.ratings(&set).unwrap().into_keys().collect();
    assert!(rated.contains(&"2603.00003".parse().unwrap()), "{rated:?}");
    assert!(rated.contains(&added), "{added} in {rated:?}");
    assert_eq!(rated.len(), 2);
    let mut after = whole;
    library.turn_review(&mut after, &set, Rating::Like).unwrap();
    let counts = &after.counts;
    assert_eq!(
        (counts.rated, counts.missing, counts.addable),
        (2, 1, 0),
        "{after:?}"
    );
}

#[test]
fn review_turned_to_another_set_knows_what_that_set_has_rated() {
    let (_folder, mut library) = library();
    let other: SetName = "other".parse().unwrap();
    let ids: Vec<PaperId> = ["2603.00001", "2603.00002"]
        .map(|id| id.parse().unwrap())
        .into();
    library.rate(&other, &ids, Rating::Dislike, now()).unwrap();
    let set: SetName = "reading".parse().unwrap();
    let first = review(&library, &set);
    let mut turned = first.clone();
    library
        .turn_review(&mut turned, &other, Rating::Like)
        .unwrap();
    let counts = &turned.counts;
    assert_eq!((counts.rated, counts.contradicting), (2, 2), "{turned:?}");
    assert_eq!((counts.matched, counts.likely), (0, 1));
    assert_eq!(turned.references[0].rated, Some("dislike"));
    library
        .turn_review(&mut turned, &set, Rating::Like)
        .unwrap();
    assert_eq!(turned, first);
}
