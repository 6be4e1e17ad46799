use kindred_core::{Rule, RuleKind};
use kindred_store::{Store, StoreError, StoreFault};

use crate::support::{Library, downgrade, many, set, time};

fn rule(kind: RuleKind, text: &str) -> Rule {
    Rule::new(kind, text).unwrap()
}

fn texts(library: &Library, name: &str) -> Vec<String> {
    let rules = library.store.rules(&set(name)).unwrap();
    rules.iter().map(ToString::to_string).collect()
}

#[test]
fn rules_keep_their_order_and_are_replaced_as_a_whole() {
    let mut library = Library::with(&many(1));
    let reading = set("reading");
    library.store.create_set(&reading, time(0)).unwrap();
    assert_eq!(library.store.rules(&reading).unwrap(), []);
    let rules = [
        rule(RuleKind::PinAuthor, "Jane Doe"),
        rule(RuleKind::Must, "graph* | GNN"),
        rule(RuleKind::MustNot, "survey"),
        rule(RuleKind::Category, "cs.NA"),
        rule(RuleKind::NotCategory, "q-bio"),
        rule(RuleKind::MuteAuthor, "Müller, K."),
    ];
    library.store.set_rules(&reading, &rules).unwrap();
    assert_eq!(library.store.rules(&reading).unwrap(), rules);
    library.store.set_rules(&reading, &rules[2..3]).unwrap();
    assert_eq!(texts(&library, "reading"), ["must-not survey"]);
    assert_eq!(library.store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn rules_belong_to_one_set_and_go_with_it() {
    let mut library = Library::with(&many(1));
    let (one, two) = (set("one"), set("two"));
    let rules = [rule(RuleKind::Must, "graph")];
    let error = library.store.set_rules(&one, &rules).unwrap_err();
    assert!(matches!(error, StoreError::UnknownSet { .. }), "{error:?}");
    for name in [&one, &two] {
        library.store.create_set(name, time(0)).unwrap();
        library.store.set_rules(name, &rules).unwrap();
    }
    library.store.rename_set(&one, &set("eins")).unwrap();
    library.store.delete_set(&two).unwrap();
    library.store.create_set(&two, time(1)).unwrap();
    assert_eq!(texts(&library, "two"), Vec::<String>::new());
    assert_eq!(texts(&library, "eins"), ["must graph"]);
}

#[test]
fn changed_letter_of_a_rule_is_named() {
    let mut library = Library::with(&many(1));
    let reading = set("reading");
    library.store.create_set(&reading, time(0)).unwrap();
    let rules = [
        rule(RuleKind::Must, "graph"),
        rule(RuleKind::MustNot, "survey"),
    ];
    library.store.set_rules(&reading, &rules).unwrap();
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute("UPDATE rules SET text = 'graqh' WHERE place = 1", [])
        .unwrap();
    raw.execute("UPDATE rules SET kind = 1 WHERE place = 2", [])
        .unwrap();
    let faults = library.store.verify(&mut |_, _| {}).unwrap();
    let expected = [1, 2].map(|place| StoreFault::Rule { set: 1, place });
    assert_eq!(faults, expected);
    raw.execute("UPDATE rules SET text = '?!' WHERE place = 1", [])
        .unwrap();
    let error = library.store.rules(&reading).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
}

#[test]
fn library_of_the_second_version_has_no_rules_until_it_is_written() {
    let mut library = Library::with(&many(3));
    let reading = set("reading");
    library.store.create_set(&reading, time(0)).unwrap();
    downgrade(&library, 2);
    let reader = Store::open_read_only(&library.path).unwrap();
    assert_eq!(reader.rules(&reading).unwrap(), []);
    let day = "2030-01-01".parse().unwrap();
    assert_eq!(reader.revised(&reading, day).unwrap(), []);
    assert_eq!(reader.verify(&mut |_, _| {}).unwrap(), []);
    drop(reader);
    let mut store = Store::open(&library.path).unwrap();
    store
        .set_rules(&reading, &[rule(RuleKind::Must, "graph")])
        .unwrap();
    assert_eq!(store.rules(&reading).unwrap().len(), 1);
    assert_eq!(store.verify(&mut |_, _| {}).unwrap(), []);
}
