use kindred_core::{Paper, PaperKey};
use kindred_store::{Rating, Store};

use crate::support::{Library, downgrade, paper, record, set, time};

fn with_doi(id: &str, title: &str, doi: &str) -> Paper {
    Paper {
        doi: Some(doi.into()),
        ..paper(id, title)
    }
}

fn titled(library: &Library, title: &str) -> Vec<String> {
    library.ids(&library.store.keys_with_title(title).unwrap())
}

fn some_papers() -> Library {
    Library::with(&[
        record(with_doi(
            "2401.00001",
            r"Poincar\'e Duality for $\ell$-Adic Sheaves",
            "10.1000/ABC.d",
        )),
        record(paper("2401.00002", "Sheaves I")),
        record(paper("2401.00003", "Sheaves II")),
        record(paper("2401.00004", "SHEAVES, i.")),
        record(paper("2401.00005", "?!")),
    ])
}

#[test]
fn titles_are_found_whatever_their_spelling() {
    let library = some_papers();
    assert_eq!(
        titled(&library, "Poincaré duality for ℓ-adic sheaves"),
        ["2401.00001"]
    );
    assert_eq!(titled(&library, "sheaves i"), ["2401.00002", "2401.00004"]);
    assert_eq!(titled(&library, "Sheaves III"), [""; 0]);
    assert_eq!(
        titled(&library, "?!"),
        [""; 0],
        "a title without letters finds nothing"
    );
}

#[test]
fn dois_are_found_in_any_case() {
    let library = some_papers();
    let find = |doi: &str| library.ids(&library.store.keys_with_doi(doi).unwrap());
    assert_eq!(find("10.1000/abc.D"), ["2401.00001"]);
    assert_eq!(find("10.1000/abc"), [""; 0]);
}

#[test]
fn changed_title_is_found_by_its_new_form_alone() {
    let mut library = some_papers();
    let mut changed = paper("2401.00002", "Cosheaves");
    changed.versions[0].number = 2;
    library.import(&[record(changed)]);
    assert_eq!(titled(&library, "cosheaves"), ["2401.00002"]);
    assert_eq!(titled(&library, "sheaves i"), ["2401.00004"]);
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn library_of_the_first_version_is_read_and_brought_up_to_date() {
    let library = some_papers();
    let key = library.key("2401.00001");
    downgrade(&library, 1);
    let reader = Store::open_read_only(&library.path).unwrap();
    assert_eq!(
        reader
            .keys_with_title("poincare duality for l adic sheaves")
            .unwrap(),
        [key]
    );
    assert_eq!(reader.keys_with_doi("10.1000/abc.d").unwrap(), [key]);
    assert_eq!(
        reader.verify(&mut |_, _| {}).unwrap(),
        [],
        "an older library is no fault"
    );
    drop(reader);

    let store = Store::open(&library.path).unwrap();
    assert_eq!(
        store.keys_with_title("sheaves ii").unwrap(),
        [library.key("2401.00003")]
    );
    assert_eq!(store.verify(&mut |_, _| {}).unwrap(), []);
    let version = |path: &std::path::Path| -> u32 {
        let connection = rusqlite::Connection::open(path).unwrap();
        let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
        version.unwrap()
    };
    assert_eq!(version(&library.path), version(&Library::new().path));
}

#[test]
fn lost_and_stray_entries_of_the_title_index_are_faults() {
    for damage in [
        "DELETE FROM title_keys WHERE key = 1",
        "UPDATE title_keys SET hash = hash + 1 WHERE key = 1",
        "INSERT INTO title_keys VALUES (12345, 1)",
    ] {
        let library = some_papers();
        let other = rusqlite::Connection::open(&library.path).unwrap();
        other.execute_batch(damage).unwrap();
        let faults = library.store.verify(&mut |_, _| {}).unwrap();
        assert!(!faults.is_empty(), "{damage}");
    }
}

#[test]
fn ratings_keep_times_of_their_own() {
    let mut library = some_papers();
    let reading = set("reading");
    library.store.create_set(&reading, time(9)).unwrap();
    let (first, second) = (library.key("2401.00001"), library.key("2401.00002"));
    let ratings = [
        (first, Rating::Like, time(1)),
        (second, Rating::Dislike, time(2)),
    ];
    library.store.rate_at(&reading, &ratings).unwrap();
    let times: Vec<(PaperKey, _)> = library
        .store
        .ratings(&reading)
        .unwrap()
        .iter()
        .map(|rated| (rated.key, rated.at))
        .collect();
    assert_eq!(times, [(first, time(1)), (second, time(2))]);
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}
