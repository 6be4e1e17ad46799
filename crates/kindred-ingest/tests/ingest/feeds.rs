//! Announcement feeds.

use jiff::civil::date;
use kindred_core::{Announcement, AnnouncementKind, SourceKind};
use kindred_ingest::{Format, IngestError, RecordError};

use crate::support::*;

/// Section 1.4: the parts of an item.
#[test]
fn rss_item_becomes_an_announced_paper() {
    let outcome = read(RSS.as_bytes());
    assert_eq!(outcome.format, Some(Format::Feed));
    assert_eq!(
        outcome.page.as_ref().unwrap().announced,
        Some(date(2026, 3, 4))
    );
    let items = outcome.items();
    let first = paper(&items[0]);
    assert_eq!(first.id.short(), "2603.00001");
    // The announcement is not a submission: the version has a number and no date.
    assert_eq!(versions(first), ["1 -"]);
    // Split at the first marker only, unescaped once.
    assert_eq!(
        first.abstract_text,
        "Sample text about the word Abstract: it stays &lt;whole&gt;."
    );
    assert_eq!(first.authors, ["Author 006", "Author 007"]);
    assert_eq!(categories(first), ["cs.DC", "cs.LG"]);
    assert_eq!(first.license.as_deref(), Some("http://example.org/license"));
    assert_eq!(first.source, SourceKind::Feed);
    assert_eq!(
        announcement(&items[0]),
        Some(Announcement {
            kind: AnnouncementKind::New,
            day: date(2026, 3, 4)
        })
    );
}

/// Section 1.4: `DOI` and `journal_reference` in feeds; trap 10: missing parts; the channel's day
/// and the type in the description stand in.
#[test]
fn sparse_rss_item_is_completed_from_its_surroundings() {
    let items = read(RSS.as_bytes()).items();
    let second = paper(&items[1]);
    assert_eq!(second.version(), 4);
    assert_eq!(second.doi.as_deref(), Some("10.1000/sample.4"));
    assert_eq!(second.journal_ref.as_deref(), Some("J. Samples 4"));
    assert_eq!(
        announcement(&items[1]),
        Some(Announcement {
            kind: AnnouncementKind::ReplaceCross,
            day: date(2026, 3, 4)
        })
    );
    assert_eq!(
        *quarantined(&items[2]),
        RecordError::Missing { field: "id" }
    );
}

#[test]
fn day_of_the_channel_counts_wherever_it_stands() {
    let day = "<pubDate>Wed, 04 Mar 2026 00:00:00 -0500</pubDate>\n    <skipDays>";
    assert!(RSS.contains(day));
    let moved = RSS.replacen(day, "<skipDays>", 1).replace(
        "</channel>",
        "<pubDate>Thu, 05 Mar 2026 00:00:00 -0500</pubDate></channel>",
    );
    let items = read(moved.as_bytes()).items();
    assert_eq!(announcement(&items[1]).unwrap().day, date(2026, 3, 5));
    assert_eq!(announcement(&items[0]).unwrap().day, date(2026, 3, 4));
}

/// The query service's answers and this feed are both Atom.
#[test]
fn atom_feed_of_announcements_is_told_from_an_answer_to_a_query() {
    let outcome = read(FEED.as_bytes());
    assert_eq!(outcome.format, Some(Format::Feed));
    let items = outcome.items();
    assert_eq!(versions(paper(&items[0])), ["2 -"]);
    assert_eq!(paper(&items[0]).abstract_text, "Sample text.");
    // `updated` is the time of the request, here past midnight in UTC.
    assert_eq!(
        announcement(&items[0]),
        Some(Announcement {
            kind: AnnouncementKind::Replace,
            day: date(2026, 3, 4)
        })
    );
}

/// Section 1.4: empty feed on weekends and holidays; trap 18: quiet is not failed.
#[test]
fn empty_feed_is_quiet_and_fine() {
    let start = RSS.find("<item>").unwrap();
    let end = RSS.rfind("</item>").unwrap() + "</item>".len();
    let quiet = format!("{}{}", &RSS[..start], &RSS[end..]);
    let outcome = read(quiet.as_bytes());
    assert_eq!(outcome.page.as_ref().unwrap().records, 0);
    assert!(outcome.items().is_empty());
    let start = FEED.find("<entry>").unwrap();
    let end = FEED.rfind("</entry>").unwrap() + "</entry>".len();
    let quiet = format!("{}{}", &FEED[..start], &FEED[end..]);
    let outcome = read(quiet.as_bytes());
    assert_eq!(outcome.format, Some(Format::Feed));
    assert!(outcome.items().is_empty());
}

/// Section 1.4: errors are valid feeds with a title of their own.
#[test]
fn feed_error_is_an_error() {
    for page in [RSS, FEED] {
        let spoiled = page.replace(
            "<title>cs.DC updates on arXiv.org",
            "<title>Feed error for query: cs.XX",
        );
        let outcome = read(spoiled.as_bytes());
        assert!(matches!(outcome.error, Some(IngestError::ErrorFeed { .. })));
        assert!(outcome.error().contains("cs.XX"));
        assert!(outcome.items.is_empty());
    }
}
