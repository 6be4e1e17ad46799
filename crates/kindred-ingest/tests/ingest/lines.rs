//! JSON Lines.

use kindred_core::SourceKind;
use kindred_ingest::{Format, IngestError, Limits, Position, ReadOptions, RecordError};

use crate::support::*;

#[test]
fn own_lines_are_read_and_bad_ones_named_by_line() {
    let outcome = read(OWN.as_bytes());
    assert_eq!(outcome.format, Some(Format::JsonLines));
    let items = outcome.items();
    let places: Vec<String> = items.iter().map(|item| item.place.to_string()).collect();
    // Line 2 is blank.
    assert_eq!(places, ["line 1", "line 3", "line 4", "line 5"]);
    assert_eq!(paper(&items[0]).abstract_text, "Sample text é.");
    assert_eq!(versions(paper(&items[0])), ["0 2026-03"]);
    assert_eq!(paper(&items[1]).venue.as_deref(), Some("Sample Conference"));
    assert!(matches!(quarantined(&items[2]), RecordError::Json { .. }));
    assert_eq!(paper(&items[3]).id.to_string(), "sample:18");
    let offset = usize::try_from(items[3].place.offset).unwrap();
    assert!(OWN[offset..].starts_with(r#"{"id":"sample:18""#));
}

/// Section 1.6: ids stay strings, versions are all there.
#[test]
fn snapshot_is_told_by_its_keys() {
    let outcome = read(SNAPSHOT.as_bytes());
    assert_eq!(outcome.format, Some(Format::Snapshot));
    let items = outcome.items();
    assert_eq!(items.len(), 3);
    assert_eq!(paper(&items[0]).source, SourceKind::Snapshot);
    assert_eq!(
        paper(&items[0]).authors,
        ["A. Author 011", "B. Author 012 Jr."]
    );
    assert!(matches!(
        quarantined(&items[1]),
        RecordError::NumericId { .. }
    ));
    assert_eq!(paper(&items[2]).version(), 2);
}

/// Section 1.6: unparsed trailing partial line after a cut download.
#[test]
fn cut_last_line_is_reported_and_stays_ahead() {
    let cut = &OWN[..OWN.len() - 20];
    let outcome = read(cut.as_bytes());
    let last = outcome.items.last().unwrap();
    assert!(matches!(quarantined(last), RecordError::CutLine { .. }));
    assert_eq!(outcome.position.get(), last.place.offset);
    // Once the rest is there, reading goes on with this line.
    let options = ReadOptions {
        resume_at: Some(outcome.position),
        ..ReadOptions::default()
    };
    let rest = read_with(OWN.as_bytes(), &options).items();
    assert_eq!(rest.len(), 1);
    assert_eq!(paper(&rest[0]).id.to_string(), "sample:18");
}

#[test]
fn whole_last_line_needs_no_newline() {
    let items = read(OWN.trim_end().as_bytes()).items();
    assert_eq!(paper(&items[3]).id.to_string(), "sample:18");
}

#[test]
fn reading_goes_on_at_every_position_it_gave() {
    let stream = || Box::new(std::io::Cursor::new(OWN.as_bytes().to_vec()));
    let all = read(OWN.as_bytes()).items();
    for count in 0..=all.len() {
        let options = ReadOptions::default();
        let mut reader =
            kindred_ingest::SourceReader::from_reader("x", stream(), None, &options).unwrap();
        let read_now: Vec<_> = reader.by_ref().take(count).map(Result::unwrap).collect();
        assert_eq!(read_now, all[..count]);
        let options = ReadOptions {
            resume_at: Some(reader.position()),
            ..options
        };
        let rest = read_with(OWN.as_bytes(), &options).items();
        assert_eq!(rest, all[count..], "after {count} items");
    }
}

#[test]
fn position_of_another_file_is_refused() {
    for (position, reason) in [
        (5, "first line"),
        (200, "start of a line"),
        (9999, "ends before"),
    ] {
        let options = ReadOptions {
            resume_at: Some(Position::new(position)),
            ..ReadOptions::default()
        };
        let outcome = read_with(OWN.as_bytes(), &options);
        assert!(matches!(outcome.error, Some(IngestError::Resume { .. })));
        assert!(outcome.error().contains(reason), "{}", outcome.error());
    }
}

/// Threat 18: a line over 1 MiB is skipped and reported, the next one is read.
#[test]
fn huge_line_costs_one_record() {
    let huge = format!(
        "{{\"id\":\"a:1\",\"title\":\"{}\"}}\n{{\"id\":\"a:2\",\"title\":\"T\"}}\n",
        "x".repeat(5 << 20)
    );
    let items = read(huge.as_bytes()).items();
    assert!(matches!(
        quarantined(&items[0]),
        RecordError::TooLarge { field: "line", .. }
    ));
    assert_eq!(paper(&items[1]).id.to_string(), "a:2");
    assert_eq!(items[1].place.number, 2);
}

/// A line of exactly the limit passes, one byte more does not.
#[test]
fn line_limit_is_exact() {
    let line = r#"{"id":"a:1","title":"T"}"#;
    for (spare, passes) in [(0, true), (-1_isize, false)] {
        let options = ReadOptions {
            limits: Limits {
                line_bytes: line.len().checked_add_signed(spare).unwrap(),
                ..Limits::default()
            },
            ..ReadOptions::default()
        };
        let items = read_with(format!("{line}\n").as_bytes(), &options).items();
        assert_eq!(items[0].record.is_ok(), passes);
    }
}

/// Trap 17 in lines: bad bytes and escaped control characters.
#[test]
fn bad_bytes_in_a_line_are_mended_and_counted() {
    let mut line = b"\xef\xbb\xbf{\"id\":\"a:1\",\"title\":\"caf".to_vec();
    line.extend_from_slice(b"\xe9 \\u0000\\u001b[0m ok\"}\n");
    let items = read(&line).items();
    assert_eq!(paper(&items[0]).title, "caf\u{fffd} [0m ok");
    assert_eq!(items[0].repairs.invalid_utf8, 1);
    assert_eq!(items[0].repairs.control_characters, 2);
}

#[test]
fn carriage_returns_before_newlines_do_not_matter() {
    let items = read(OWN.replace('\n', "\r\n").as_bytes()).items();
    assert_eq!(items.len(), 4);
    assert_eq!(paper(&items[3]).id.to_string(), "sample:18");
}
