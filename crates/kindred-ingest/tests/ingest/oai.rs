//! Pages of OAI-PMH.

use kindred_core::{Record, SourceKind};
use kindred_ingest::{Format, IngestError, RecordError};

use crate::support::*;

/// Finding 3: the date of version 1 is that of `version[1]`.
#[test]
fn raw_record_has_all_versions() {
    let outcome = read(RAW.as_bytes());
    assert_eq!(outcome.format, Some(Format::OaiPmh));
    let facts = outcome.page.clone().unwrap();
    assert_eq!(facts.response_date.as_deref(), Some("2026-03-02T04:30:00Z"));
    assert_eq!(
        facts.resumption_token.as_deref(),
        Some("verb%3DListRecords%26skip%3D5")
    );
    let items = outcome.items();
    assert_eq!(items.len(), 5);
    let first = paper(&items[0]);
    assert_eq!(first.id.short(), "0901.0001");
    assert_eq!(
        versions(first),
        ["1 2008-06-25T15:29:38Z", "2 2014-12-12T10:00:00Z"]
    );
    // Section 1.3: raw TeX stays; traps 13 and 14: line breaks and stray braces.
    assert_eq!(first.title, r"Sample graphs on J\'er\^ome surfaces");
    assert_eq!(first.abstract_text, "Sample text with a stray } brace.");
    assert_eq!(
        first.authors,
        ["Author 001", "Author 002 Jr.", r"{\'E}. Author 003"]
    );
    assert_eq!(categories(first), ["math.NA", "cs.DC"]);
    // The wrong acm-class repeats the MSC class.
    assert_eq!(first.keywords, ["68M14", "05C85"]);
    assert!(!first.withdrawn);
    assert_eq!(first.source, SourceKind::OaiArxivRaw);
}

/// Section 1.3: literal `None` for missing authors, but a title may be `None`; withdrawal by the
/// last version's source type.
#[test]
fn printed_none_is_absent_and_flag_i_is_a_withdrawal() {
    let items = read(RAW.as_bytes()).items();
    let second = paper(&items[1]);
    assert!(second.authors.is_empty());
    assert_eq!(second.title, "None");
    assert!(second.withdrawn);
    let revived = RAW.replace(
        "<source_type>I</source_type></version>",
        "<source_type>I</source_type></version><version version=\"v3\"><date>Tue, 5 Jan 1999 \
         00:00:00 GMT</date><source_type>D</source_type></version>",
    );
    assert!(!paper(&read(revived.as_bytes()).items()[1]).withdrawn);
}

#[test]
fn deleted_header_is_a_deletion() {
    let items = read(RAW.as_bytes()).items();
    let Ok(Record::Deleted(id)) = &items[2].record else {
        panic!("{:?}", items[2]);
    };
    assert_eq!(id.short(), "0901.0002");
}

#[test]
fn contradicting_ids_and_foreign_metadata_are_quarantined() {
    let items = read(RAW.as_bytes()).items();
    assert!(matches!(
        quarantined(&items[3]),
        RecordError::IdMismatch { .. }
    ));
    assert_eq!(
        *quarantined(&items[4]),
        RecordError::UnknownMetadata {
            found: "marc".into()
        }
    );
}

/// Finding 3: `created` is not the date of version 1, so the version is unknown.
#[test]
fn arxiv_format_has_an_unknown_version_with_the_latest_date() {
    let items = read(ARXIV.as_bytes()).items();
    let only = paper(&items[0]);
    assert_eq!(versions(only), ["0 2026-02-03"]);
    assert_eq!(
        only.authors,
        ["A. B. Author 004 Jr.", "The Sample Collaboration"]
    );
    assert_eq!(categories(only), ["cs.DC", "nlin.CD"]);
    assert_eq!(only.doi.as_deref(), Some("10.1000/a"));
    assert!(only.withdrawn);
    assert_eq!(only.source, SourceKind::OaiArxiv);
}

#[test]
fn dublin_core_takes_categories_from_sets() {
    let outcome = read(DUBLIN.as_bytes());
    // An empty token is the end of the list, and not the same as none.
    assert_eq!(
        outcome.page.as_ref().unwrap().resumption_token.as_deref(),
        Some("")
    );
    let items = outcome.items();
    let only = paper(&items[0]);
    assert_eq!(categories(only), ["cs.AI", "hep-th", "physics.acc-ph"]);
    assert_eq!(only.authors, ["A. Author 005", "Sample Team"]);
    assert_eq!(only.abstract_text, "Sample text.");
    assert_eq!(only.comments.as_deref(), Some("3 pages"));
    assert_eq!(only.journal_ref.as_deref(), Some("J. Samples 3"));
    assert_eq!(only.doi.as_deref(), Some("10.1000/sample.3"));
    assert_eq!(versions(only), ["0 2026-02-06"]);
    assert_eq!(only.source, SourceKind::OaiDublinCore);
}

#[test]
fn record_alone_and_metadata_alone_are_read() {
    let start = ARXIV.find("<arXiv ").unwrap();
    let end = ARXIV.find("</arXiv>").unwrap() + "</arXiv>".len();
    let metadata = &ARXIV[start..end];
    let in_page = read(ARXIV.as_bytes()).items();
    let alone = read(metadata.as_bytes()).items();
    assert_eq!(paper(&alone[0]), paper(&in_page[0]));
    let record = format!(
        "<record><header><identifier>oai:arXiv.org:2601.00002</identifier></header><metadata>\
         {metadata}</metadata></record>"
    );
    let wrapped = read(record.as_bytes()).items();
    assert_eq!(paper(&wrapped[0]), paper(&in_page[0]));
}

fn answer(body: &str) -> String {
    format!("<OAI-PMH xmlns='http://www.openarchives.org/OAI/2.0/'>{body}</OAI-PMH>")
}

/// Section 1.3: `noRecordsMatch` on an incremental is success with zero.
#[test]
fn no_records_match_is_an_answer() {
    let outcome = read(answer("<error code='noRecordsMatch'>none</error>").as_bytes());
    assert_eq!(
        outcome.page.as_ref().unwrap().oai_code.as_deref(),
        Some("noRecordsMatch")
    );
    assert!(outcome.items().is_empty());
}

/// Section 1.3 and trap 11: errors come with HTTP 200 and name their code.
#[test]
fn other_errors_name_their_code() {
    let outcome = read(answer("<error code='badResumptionToken'>expired</error>").as_bytes());
    let Some(IngestError::Oai { code, message, .. }) = outcome.error else {
        panic!("{:?}", outcome.error);
    };
    assert_eq!((&*code, &*message), ("badResumptionToken", "expired"));
}

#[test]
fn answers_without_papers_say_what_they_are() {
    for verb in [
        "ListIdentifiers",
        "Identify",
        "ListSets",
        "ListMetadataFormats",
    ] {
        let outcome = read(answer(&format!("<{verb}/>")).as_bytes());
        assert!(outcome.error().contains(verb), "{}", outcome.error());
    }
}

/// Trap 1 for OAI: a list without records is never an answer.
#[test]
fn empty_list_and_missing_answer_are_errors() {
    let empty =
        read(answer("<ListRecords><resumptionToken>x</resumptionToken></ListRecords>").as_bytes());
    assert!(matches!(empty.error, Some(IngestError::EmptyPage { .. })));
    let missing = read(answer("<responseDate>2026-03-02</responseDate>").as_bytes());
    assert!(matches!(
        missing.error,
        Some(IngestError::UnknownFormat { .. })
    ));
}
