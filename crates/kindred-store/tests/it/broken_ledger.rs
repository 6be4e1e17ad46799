//! Rows of the ledger and of harvests that were broken by hand are named.

use kindred_store::StoreFault;

use crate::support::{Library, downgrade, fill_ledger, many};

fn filled() -> Library {
    let mut library = Library::with(&many(60));
    fill_ledger(&mut library.store);
    library
}

/// The faults of a library after a change that a sound program could not make.
fn faults_after(change: &str) -> Vec<StoreFault> {
    let library = filled();
    let raw = rusqlite::Connection::open(&library.path).unwrap();
    raw.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON;")
        .unwrap();
    assert_eq!(raw.execute(change, []).unwrap(), 1, "{change}");
    library.store.verify(&mut |_, _| {}).unwrap()
}

fn assert_named(change: &str, table: &'static str, row: &str, what: &'static str) {
    let row = row.to_owned();
    let fault = StoreFault::Ledger { table, row, what };
    assert_eq!(faults_after(change), [fault], "{change}");
}

#[test]
fn sound_ledger_has_no_faults() {
    assert_eq!(filled().store.verify(&mut |_, _| {}).unwrap(), []);
}

#[test]
fn fault_names_table_row_and_what_is_wrong() {
    let faults = faults_after("UPDATE datestamps SET day = '2026-01-5' WHERE key = 1");
    assert_eq!(
        faults[0].to_string(),
        "row `1` of `datestamps` has no day where one has to be"
    );
}

#[test]
fn datestamp_without_its_paper_is_named() {
    let faults = faults_after("INSERT INTO datestamps (key, day) VALUES (999, '2026-01-05')");
    let fault = StoreFault::Reference {
        table: "datestamps".into(),
        parent: "papers".into(),
    };
    assert_eq!(faults, [fault]);
}

#[test]
fn broken_days_and_categories_are_named() {
    for (change, table, row, what) in [
        (
            "UPDATE follows SET since = '2026-13-01' WHERE category = 'math'",
            "follows",
            "math",
            "has no day where one has to be",
        ),
        (
            "UPDATE follows SET category = 'cs.dc' WHERE category = 'cs.DC'",
            "follows",
            "cs.dc",
            "has no category",
        ),
        (
            "UPDATE datestamps SET day = '20260110' WHERE key = 6",
            "datestamps",
            "6",
            "has no day where one has to be",
        ),
        (
            "UPDATE announced SET day = 'today' WHERE day = '2026-01-06'",
            "announced",
            "cs.DC today",
            "has no day where one has to be",
        ),
        (
            "UPDATE announced SET category = 'ps.DC' WHERE day = '2026-01-06'",
            "announced",
            "ps.DC 2026-01-06",
            "has no category",
        ),
        (
            "UPDATE gaps SET day = '2026-02-30' WHERE day = '2026-02-28'",
            "gaps",
            "cs.DC 2026-02-30",
            "has no day where one has to be",
        ),
        (
            "UPDATE gaps SET category = '' WHERE day = '2026-02-28'",
            "gaps",
            " 2026-02-28",
            "has no category",
        ),
        (
            "UPDATE attempts SET until_day = '2026' WHERE number = 9",
            "attempts",
            "9",
            "has no day where one has to be",
        ),
        (
            "UPDATE missing SET day = '2026-01-32' WHERE id = 'arXiv:2601.20000'",
            "missing",
            "arXiv:2601.20000",
            "has no day where one has to be",
        ),
    ] {
        assert_named(change, table, row, what);
    }
}

#[test]
fn broken_times_texts_and_outcomes_are_named() {
    for (change, table, row, what) in [
        (
            "UPDATE attempts SET at = 9000000000000000000 WHERE number = 9",
            "attempts",
            "9",
            "has no time where one has to be",
        ),
        (
            "UPDATE attempts SET failure = CAST(x'ff' AS TEXT) WHERE number = 9",
            "attempts",
            "9",
            "has a text that is not UTF-8",
        ),
        (
            "UPDATE gaps SET outcome = NULL WHERE day = '2026-01-05'",
            "gaps",
            "cs.DC 2026-01-05",
            "is closed without an outcome, or has an outcome and is open",
        ),
        (
            "UPDATE gaps SET closed = NULL WHERE day = '2026-01-05'",
            "gaps",
            "cs.DC 2026-01-05",
            "is closed without an outcome, or has an outcome and is open",
        ),
    ] {
        assert_named(change, table, row, what);
    }
}

#[test]
fn unknown_kind_and_negative_count_are_named_beside_their_constraints() {
    for (change, table, row, what) in [
        (
            "UPDATE gaps SET kind = 4 WHERE day = '2026-01-05'",
            "gaps",
            "cs.DC 2026-01-05",
            "is of no kind of gap",
        ),
        (
            "UPDATE missing SET tries = -1 WHERE id = 'arXiv:2601.20000'",
            "missing",
            "arXiv:2601.20000",
            "has no count where one has to be",
        ),
    ] {
        let row = row.to_owned();
        let fault = StoreFault::Ledger { table, row, what };
        let faults = faults_after(change);
        assert!(
            matches!(&faults[..], [StoreFault::Structure { .. }, last] if *last == fault),
            "{change}: {faults:?}"
        );
    }
}

#[test]
fn missing_paper_whose_id_or_place_changed_is_named() {
    for (set, row, what) in [
        ("id = 'nothing'", "nothing", "has no id of a paper"),
        ("id = '2601.20000'", "2601.20000", "has no id of a paper"),
        (
            "id = 'arXiv:2601.20999'",
            "arXiv:2601.20999",
            "has another place than its id",
        ),
        (
            "id_order = x'0000'",
            "arXiv:2601.20000",
            "has another place than its id",
        ),
        (
            "categories = 'cs.DC'",
            "arXiv:2601.20000",
            "has categories that cannot be read",
        ),
        (
            r#"categories = '["cs.DC", "cx.DC"]'"#,
            "arXiv:2601.20000",
            "has categories that cannot be read",
        ),
    ] {
        let change = format!("UPDATE missing SET {set} WHERE id = 'arXiv:2601.20000'");
        assert_named(&change, "missing", row, what);
    }
}

#[test]
fn harvest_that_contradicts_itself_is_named() {
    for (set, what) in [
        (
            "covered_until = '2026-01-04'",
            "covers days that end before they begin",
        ),
        ("covered_from = NULL", "says only in part what it covers"),
        ("checked = NULL", "says only in part what it covers"),
        ("started = NULL", "says only in part when its harvest began"),
        (
            "from_day = NULL",
            "says only in part when its harvest began",
        ),
        (
            "from_day = NULL, started = NULL",
            "has a token and no harvest under way",
        ),
        (
            "from_day = NULL, started = NULL, token = NULL, token_at = NULL",
            "says how far a harvest came that is not under way",
        ),
        (
            "token_at = NULL",
            "has a token without its time, or the time without a token",
        ),
        ("last_day = '2026-3-1'", "has no day where one has to be"),
        (
            "started = -9000000000000000000",
            "has no time where one has to be",
        ),
    ] {
        let change = format!("UPDATE harvests SET {set}");
        assert_named(&change, "harvests", "oai cs:cs:DC", what);
    }
}

#[test]
fn library_from_before_the_ledger_has_none_to_check() {
    let library = filled();
    downgrade(&library, 3);
    let old = kindred_store::Store::open_read_only(&library.path).unwrap();
    assert_eq!(old.verify(&mut |_, _| {}).unwrap(), []);
}
