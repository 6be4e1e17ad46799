//! Answers of the query service.

use kindred_core::SourceKind;
use kindred_ingest::{Format, IngestError, RecordError};

use crate::support::*;

#[test]
fn entry_becomes_a_paper() {
    let outcome = read(QUERY.as_bytes());
    assert_eq!(outcome.format, Some(Format::Atom));
    let facts = outcome.page.clone().unwrap();
    assert_eq!(
        (facts.total_results, facts.start_index, facts.records),
        (Some(40), Some(12), 3)
    );
    let items = outcome.items();
    assert_eq!(items.len(), 3);
    let first = paper(&items[0]);
    assert_eq!(first.id.to_string(), "arXiv:2601.00001");
    // Finding 2: text is split at entities.
    assert_eq!(first.title, "Q&A for <Schedulers>: A Sample Title");
    // Section 1.2: the summary starts with two spaces.
    assert_eq!(
        first.abstract_text,
        "A sample summary with $O(n)$ steps and a second line."
    );
    assert_eq!(first.authors, ["Author 001", "Author 002"]);
    assert_eq!(categories(first), ["cs.DC", "stat.ML"]);
    assert_eq!(first.keywords, ["C.2.4", "D.4.1"]);
    assert_eq!(
        versions(first),
        ["1 2026-01-01T13:00:00Z", "3 2026-03-01T10:00:00Z"]
    );
    assert_eq!(first.comments.as_deref(), Some("9 pages"));
    assert_eq!(first.doi.as_deref(), Some("10.1000/sample.1"));
    assert_eq!(first.journal_ref.as_deref(), Some("J. Samples 1 (2026)"));
    assert_eq!(first.source, SourceKind::Query);
    let place = items[0].place;
    assert_eq!(
        place.to_string(),
        format!("record 1 at byte {}", place.offset)
    );
    let offset = usize::try_from(place.offset).unwrap();
    assert!(QUERY[offset..].starts_with("<entry>"));
}

/// Trap 13: absent and reordered fields; section 1.2: a paper may be called `Error`.
#[test]
fn sparse_entry_called_error_is_a_paper() {
    let items = read(QUERY.as_bytes()).items();
    let second = paper(&items[1]);
    assert_eq!(second.id.short(), "astro-ph/0601001");
    assert_eq!(second.title, "Error");
    assert_eq!(second.abstract_text, "");
    assert!(second.authors.is_empty() && second.categories.is_empty());
    assert_eq!(versions(second), ["1 2006-01-02T14:57:58Z"]);
}

/// Trap 13: quarantine one record, keep the page.
#[test]
fn bad_entry_is_quarantined_with_its_place() {
    let items = read(QUERY.as_bytes()).items();
    assert!(matches!(quarantined(&items[2]), RecordError::Id { .. }));
    assert_eq!(items[2].place.number, 3);
}

/// An Atom feed of something else has no papers, whatever its ids look like.
#[test]
fn entries_of_other_sites_are_quarantined() {
    for id in [
        "tag:example.org,2026:1",
        "urn:uuid:1",
        "https://example.org/1",
        "",
    ] {
        let other = QUERY.replace("http://arxiv.org/abs/2601.00001v3", id);
        let items = read(other.as_bytes()).items();
        assert!(quarantined(&items[0]).to_string().contains("id"), "{id}");
    }
}

/// Section 1.2 and trap 4: an error entry is told by its id.
#[test]
fn error_entry_is_an_error_of_the_service() {
    let outcome = read(QUERY_ERROR.as_bytes());
    assert!(matches!(outcome.error, Some(IngestError::ErrorFeed { .. })));
    assert!(outcome.error().contains("incorrect id format for xyz"));
    assert!(outcome.items.is_empty());
}

fn page_without_entries(total: u64, start: u64, size: u64) -> String {
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom' \
         xmlns:o='http://a9.com/-/spec/opensearch/1.1/'><id>https://arxiv.org/api/x</id>\
         <o:itemsPerPage>{size}</o:itemsPerPage><o:totalResults>{total}</o:totalResults>\
         <o:startIndex>{start}</o:startIndex></feed>"
    )
}

/// Section 1.2: a well-formed unknown id gives no entry and no error.
#[test]
fn page_of_no_results_is_fine_and_says_so() {
    for (total, start, size) in [(0, 0, 100), (40, 40, 10), (40, 0, 0)] {
        let outcome = read(page_without_entries(total, start, size).as_bytes());
        assert_eq!(outcome.format, Some(Format::Atom));
        assert_eq!(outcome.page.as_ref().unwrap().total_results, Some(total));
        assert!(outcome.items().is_empty());
    }
}

/// Traps 1 and 4: empty page mid-list; totalResults 1 but no entry.
#[test]
fn empty_page_inside_a_list_is_an_error_and_never_its_end() {
    for (total, start) in [(40, 10), (1, 0)] {
        let outcome = read(page_without_entries(total, start, 10).as_bytes());
        assert!(matches!(outcome.error, Some(IngestError::EmptyPage { .. })));
    }
}

/// Trap 2: a short page; the caller advances by the records received.
#[test]
fn facts_count_the_records_received_not_the_page_size() {
    let facts = read(QUERY.replace("Page>3<", "Page>10<").as_bytes())
        .page
        .unwrap();
    assert_eq!(facts.records, 3);
}

/// Section 1.2: namespaces by address, never by prefix.
#[test]
fn prefixes_do_not_matter() {
    let renamed = QUERY
        .replace("xmlns:arxiv=", "xmlns:zz=")
        .replace("<arxiv:", "<zz:")
        .replace("</arxiv:", "</zz:");
    assert_ne!(renamed, QUERY);
    let plain = read(QUERY.as_bytes()).items();
    let other = read(renamed.as_bytes()).items();
    assert_eq!(paper(&plain[0]), paper(&other[0]));
    let foreign = QUERY.replace(
        "http://arxiv.org/schemas/atom\" xmlns=",
        "http://x/\" xmlns=",
    );
    assert_ne!(foreign, QUERY);
    assert_eq!(paper(&read(foreign.as_bytes()).items()[0]).doi, None);
}

/// Trap 17: NUL and one bad UTF-8 byte are mended and counted for the record that has them.
#[test]
fn bad_bytes_cost_no_page_and_are_counted() {
    let mut bytes = QUERY.replace("9 pages", "9\u{0} pages&#1;").into_bytes();
    let at = QUERY.find("Author 002").unwrap();
    bytes[at + 7] = 0xff;
    let items = read(&bytes).items();
    assert_eq!(items[0].repairs.control_characters, 2);
    assert_eq!(items[0].repairs.invalid_utf8, 1);
    assert_eq!(paper(&items[0]).comments.as_deref(), Some("9 pages"));
    assert!(items[1].repairs.is_empty());
}
