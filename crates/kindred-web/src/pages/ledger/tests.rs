use axum::http::StatusCode;
use jiff::civil::date;
use kindred_engine::{Control, GapView, ImportRequest, Input, LedgerAnswer, LedgerDay, Library};

use crate::testing::{Desk, now};

#[tokio::test]
async fn without_categories_the_page_says_how_to_follow_one() {
    let desk = Desk::sample();
    let page = desk.get("/ledger").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.text().contains("kindred sync --category cs.DC"));
    let narrowed = desk.get("/ledger?category=cs.DC").await;
    assert_eq!(narrowed.status, StatusCode::CONFLICT);
    let wrong = desk.get("/ledger?days=many").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn days_are_told_by_word_and_shape() {
    let folder = tempfile::tempdir().unwrap();
    let mut library = Library::create(folder.path()).unwrap();
    let file = folder.path().join("snapshot.json");
    let line = r#"{"id": "2603.00001", "submitter": "A", "authors": "Ada Example", "title": "Clocks", "comments": null, "journal-ref": null, "doi": null, "report-no": null, "categories": "cs.DC", "license": null, "abstract": "Of sand.", "versions": [{"version": "v1", "created": "Mon, 23 Mar 2026 10:00:00 GMT"}], "update_date": "2026-03-24", "authors_parsed": [["Example", "Ada", ""]]}"#;
    fs_err::write(&file, format!("{line}\n")).unwrap();
    let request = ImportRequest {
        inputs: &[Input::File(file)],
        now: now(),
    };
    let report = library
        .import_snapshot(&request, &Control::silent())
        .unwrap();
    assert_eq!(report.inputs[0].new, 1, "{report:?}");
    drop(library);
    let desk = Desk::over(folder, |_| {});
    let page = desk.get("/ledger?days=14").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.text());
    assert!(page.text().contains("href=\"/ledger?days=31\""));
    for part in [
        "<table class=\"ledger\">",
        "all of arXiv",
        "<th scope=\"row\"><time datetime=\"2026-03-31\">",
        "not asked for yet",
        "○",
    ] {
        assert!(page.text().contains(part), "{part} in {}", page.text());
    }
    assert!(
        !page.text().contains("<time datetime=\"2026-03-28\">"),
        "a quiet Saturday"
    );
}

#[tokio::test]
async fn open_gaps_stand_first_and_closed_ones_are_counted() {
    let (until, late) = (date(2026, 3, 31), date(2026, 3, 30));
    let gap = |day, closed: Option<&str>| GapView {
        category: "cs.DC".to_owned(),
        day,
        kind: "missing",
        reason: "2 of 40 papers are not <here>".to_owned(),
        opened: now(),
        closed: closed.map(|_| now()),
        outcome: closed.map(str::to_owned),
    };
    let day = |day, open: bool| LedgerDay {
        category: "cs.DC".to_owned(),
        day,
        expected: "announcement",
        announced: 1040,
        replaced: 3,
        fetched: 1038,
        embedded: 1037,
        shown: 0,
        missing: 2,
        proven: !open,
        feed_read: true,
        why: vec!["the service was down".to_owned()],
        open,
    };
    let mut answer = LedgerAnswer {
        since: late,
        until,
        days: vec![day(until, true), day(late, false)],
        gaps: vec![gap(until, None), gap(late, Some("fetched since"))],
    };
    let desk = Desk::sample();
    let page = super::shown(&desk.app, &answer, None, (14, &[])).into_string();
    let place = |part: &str| {
        page.find(part)
            .unwrap_or_else(|| panic!("{part} in {page}"))
    };
    let parts = [
        "<h2>1 gap open</h2>",
        "2026-03-31</time>, missing: 2 of 40 papers are not &lt;here&gt;",
        "<code>kindred sync</code> closes what can be closed",
        "<h2>By day</h2>",
        "1,040",
        "▲</span> open",
        "the service was down",
        "✓</span> complete, was open",
        "<summary>1 gap closed</summary>",
        "2026-03-30</time>: 2 of 40 papers are not &lt;here&gt;; fetched since",
    ];
    let places = parts.map(place);
    assert!(places.is_sorted(), "{places:?} in {page}");

    answer.gaps.clear();
    let page = super::shown(&desk.app, &answer, None, (14, &[])).into_string();
    assert!(
        !page.contains("gap open") && !page.contains("gap closed"),
        "{page}"
    );
}

#[test]
fn links_to_other_spans_keep_the_categories() {
    let form = super::spans(14, &["cs.DC", "cs.LG"]).into_string();
    let link = "href=\"/ledger?category=cs.DC&amp;category=cs.LG&amp;days=31\"";
    assert!(form.contains(link), "{form}");
}
