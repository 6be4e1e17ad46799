use kindred_core::PaperKey;
use kindred_store::{PaperFilter, RateCounts, Rating, SetName, StoreError};

use crate::support::{Library, many, seen, set, time};

#[test]
fn rating_again_replaces_and_is_counted() {
    let mut library = Library::with(&many(4));
    let reading = set("reading");
    library.store.create_set(&reading, time(0)).unwrap();
    let keys = library.store.keys_where(&PaperFilter::default()).unwrap();
    let keys = keys.as_slice();
    let rate = |library: &mut Library, ratings: &[(PaperKey, Rating)], at| {
        library.store.rate(&reading, ratings, time(at)).unwrap()
    };
    let counts = rate(
        &mut library,
        &[(keys[2], Rating::Like), (keys[0], Rating::Like)],
        1,
    );
    assert_eq!(
        counts,
        RateCounts {
            added: 2,
            ..RateCounts::default()
        }
    );
    let counts = rate(
        &mut library,
        &[(keys[2], Rating::Dislike), (keys[0], Rating::Like)],
        2,
    );
    assert_eq!(
        counts,
        RateCounts {
            added: 0,
            changed: 1,
            unchanged: 1
        }
    );

    let rated = library.store.ratings(&reading).unwrap();
    assert!(rated.is_sorted_by_key(|paper| paper.id.clone()));
    let of = |key| rated.iter().find(|paper| paper.key == key).unwrap();
    assert_eq!(
        (of(keys[2]).rating, of(keys[2]).at),
        (Rating::Dislike, time(2))
    );
    assert_eq!(
        (of(keys[0]).rating, of(keys[0]).at),
        (Rating::Like, time(1))
    );
    let summary = &library.store.sets().unwrap()[0];
    assert_eq!(
        (summary.likes, summary.dislikes, summary.created),
        (1, 1, time(0))
    );
    assert_eq!(library.store.unrate(&reading, &keys[..2]).unwrap(), 1);
    assert_eq!(library.store.ratings(&reading).unwrap().len(), 1);
}

#[test]
fn unknown_sets_and_papers_are_named_and_nothing_is_rated() {
    let mut library = Library::with(&many(2));
    let reading = set("reading");
    let key = library.key("2602.00001");
    let rate = [(key, Rating::Like), (PaperKey(77), Rating::Like)];
    let error = library.store.rate(&reading, &rate, time(0)).unwrap_err();
    assert!(error.to_string().contains("no set `reading`"), "{error}");
    library.store.create_set(&reading, time(0)).unwrap();
    let error = library.store.rate(&reading, &rate, time(0)).unwrap_err();
    assert!(matches!(error, StoreError::UnknownKey { key: 77 }));
    assert_eq!(library.store.ratings(&reading).unwrap(), []);
}

#[test]
fn sets_are_made_renamed_and_deleted_with_all_that_is_theirs() {
    let mut library = Library::with(&many(3));
    let (one, two) = (set("one"), set("two"));
    library.store.create_set(&one, time(0)).unwrap();
    library.store.create_set(&two, time(1)).unwrap();
    let taken = library.store.create_set(&one, time(2)).unwrap_err();
    assert!(matches!(taken, StoreError::SetExists { .. }));
    assert!(library.store.rename_set(&one, &two).is_err());
    library.store.rename_set(&one, &set("eins")).unwrap();
    let names: Vec<String> = library
        .store
        .sets()
        .unwrap()
        .iter()
        .map(|summary| summary.name.to_string())
        .collect();
    assert_eq!(names, ["eins", "two"]);

    let key = library.key("2602.00001");
    library
        .store
        .rate(&two, &[(key, Rating::Like)], time(3))
        .unwrap();
    library
        .store
        .mark_shown(&two, &[seen(key)], "2026-04-07".parse().unwrap())
        .unwrap();
    library
        .store
        .mark_shown(&two, &[seen(key)], "2026-04-09".parse().unwrap())
        .unwrap();
    let shown = library.store.shown(&two).unwrap();
    assert_eq!(shown, [(key, "2026-04-07".parse().unwrap())]);
    library.store.delete_set(&two).unwrap();
    assert!(matches!(
        library.store.shown(&two),
        Err(StoreError::UnknownSet { .. })
    ));
    library.store.create_set(&two, time(4)).unwrap();
    assert_eq!(library.store.ratings(&two).unwrap(), []);
    assert_eq!(library.store.shown(&two).unwrap(), []);
}

#[test]
fn names_that_shells_and_files_choke_on_are_refused() {
    for text in ["", " ", "a b", "-x", "a/b", "..", "a\nb", &"x".repeat(65)] {
        assert!(text.parse::<SetName>().is_err(), "{text:?}");
    }
    for text in ["reading", "läse-liste_2.1", "7"] {
        assert_eq!(text.parse::<SetName>().unwrap().as_str(), text);
    }
}
