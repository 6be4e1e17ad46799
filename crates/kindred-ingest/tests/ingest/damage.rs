//! Damaged, hostile and foreign inputs.

use std::io::{self, Read, Write};

use flate2::Compression as Level;
use flate2::write::GzEncoder;
use kindred_ingest::{Format, IngestError, Input, Limits, ReadOptions, SourceReader};

use crate::support::*;

pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(crate) fn zstandard(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::stream::Encoder::new(Vec::new(), 3).unwrap();
    encoder.include_checksum(true).unwrap();
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

type Pack = fn(&[u8]) -> Vec<u8>;
const PACKS: [(&str, Pack); 2] = [("gzip", gzip), ("Zstandard", zstandard)];

#[test]
fn compressed_inputs_read_like_plain_ones() {
    for (name, pack) in PACKS {
        for (page, text, format) in PAGES {
            let packed = read(&pack(text.as_bytes()));
            assert_eq!(packed.format, Some(format), "{name} {page}");
            assert_eq!(packed.items(), read(text.as_bytes()).items());
        }
        let halves = OWN.split_at(OWN.find("{\"id\":\"sample:17").unwrap() + 9);
        let members = [pack(halves.0.as_bytes()), pack(halves.1.as_bytes())].concat();
        assert_eq!(
            read(&members).items(),
            read(OWN.as_bytes()).items(),
            "{name}"
        );
    }
}

/// Every cut of a compressed file, except one between members, is seen; of lines, those before
/// the cut are delivered.
#[test]
fn cut_compressed_lines_give_good_lines_and_then_an_error() {
    let line = |n: usize| {
        let title = n * 7919 % 1000;
        format!("{{\"id\":\"a:{n}\",\"title\":\"Sample {title}\"}}\n")
    };
    let lines = (0..500).map(line).collect::<Vec<_>>().concat();
    let whole = read(lines.as_bytes()).items();
    for (name, pack) in PACKS {
        let packed = pack(lines.as_bytes());
        let step = packed.len() / 40;
        for end in (step..packed.len()).step_by(step).chain([packed.len() - 1]) {
            let outcome = read(&packed[..end]);
            assert!(
                matches!(outcome.error, Some(IngestError::Damaged { .. })),
                "{name} {end}: {:?}",
                outcome.error
            );
            assert!(outcome.error().contains(name));
            assert_eq!(outcome.items, whole[..outcome.items.len()], "{name} {end}");
        }
        let mut flipped = packed.clone();
        let middle = flipped.len() - 6;
        flipped[middle] ^= 0x10;
        assert!(read(&flipped).error.is_some(), "{name}: checksum");
    }
}

#[test]
fn cut_compressed_page_gives_nothing() {
    for (name, pack) in PACKS {
        let packed = pack(RAW.as_bytes());
        for end in 4..packed.len() {
            let outcome = read(&packed[..end]);
            assert!(outcome.error.is_some(), "{name} {end}");
            assert!(outcome.items.is_empty());
        }
    }
}

/// Finding 1 and threat 4 of the fake server: cut between records, in a record, before the token.
#[test]
fn every_strict_prefix_of_a_page_is_refused() {
    for (name, page, _) in PAGES {
        let page = page.trim_end().as_bytes();
        for end in 0..page.len() {
            let outcome = read(&page[..end]);
            assert!(outcome.error.is_some(), "{name} cut at {end}");
            assert!(outcome.items.is_empty(), "{name} cut at {end}");
        }
    }
}

/// Threat 4: a bomb is stopped by its ratio long before it is unpacked.
#[test]
fn zero_bombs_are_refused() {
    let options = ReadOptions {
        limits: Limits {
            expansion_floor: 1 << 20,
            ..Limits::default()
        },
        ..ReadOptions::default()
    };
    let blanks = vec![b' '; 8 << 20];
    for (name, pack) in PACKS {
        for head in ["<feed>", "{\"id\":\"a:1\",\"title\":\"T\"}\n{"] {
            let packed = pack(&[head.as_bytes(), &blanks].concat());
            let outcome = read_with(&packed, &options);
            assert!(
                outcome.error().contains("compressed bytes grow to"),
                "{name}"
            );
        }
    }
    // Text packs less well, and passes far beyond the floor.
    let line = |n: u64| {
        let word = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        format!("{{\"id\":\"a:{n}\",\"title\":\"Sample {word:x}\"}}\n")
    };
    let lines = (0..40_000).map(line).collect::<Vec<_>>().concat();
    assert!(lines.len() > 3 << 19);
    for (name, pack) in PACKS {
        let outcome = read_with(&pack(lines.as_bytes()), &options);
        assert_eq!(outcome.items().len(), 40_000, "{name}");
    }
}

/// Parallel compressors begin with a frame that holds no data.
#[test]
fn skippable_frame_before_the_data_is_skipped() {
    let frame = b"\x50\x2a\x4d\x18\x04\0\0\0\x10\0\0\0";
    let packed = [&frame[..], &zstandard(OWN.as_bytes())].concat();
    assert_eq!(read(&packed).items(), read(OWN.as_bytes()).items());
}

#[test]
fn page_over_its_limit_is_refused() {
    let options = ReadOptions {
        limits: Limits {
            page_bytes: QUERY.len() - 1,
            ..Limits::default()
        },
        ..ReadOptions::default()
    };
    let outcome = read_with(QUERY.as_bytes(), &options);
    assert!(matches!(outcome.error, Some(IngestError::TooLarge { .. })));
    let options = ReadOptions {
        limits: Limits {
            page_records: 2,
            ..Limits::default()
        },
        ..ReadOptions::default()
    };
    assert!(
        read_with(QUERY.as_bytes(), &options)
            .error()
            .contains("records")
    );
}

/// A record over its limit is quarantined, the others of its page are read.
#[test]
fn huge_record_costs_one_record() {
    let options = ReadOptions {
        limits: Limits {
            record_bytes: 600,
            ..Limits::default()
        },
        ..ReadOptions::default()
    };
    let items = read_with(QUERY.as_bytes(), &options).items();
    assert!(
        quarantined(&items[0])
            .to_string()
            .contains("record too large")
    );
    assert_eq!(paper(&items[1]).title, "Error");
}

/// Threat 1: entity bombs and external entities, in every format.
#[test]
fn doctype_is_refused_everywhere() {
    for (name, page, _) in PAGES {
        let body = page.split_once("?>").unwrap().1;
        let bomb = format!("<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>{body}");
        let outcome = read(bomb.as_bytes());
        assert!(outcome.error().contains("DOCTYPE"), "{name}");
    }
    let unknown = QUERY.replace("9 pages", "9 pages&xxe;");
    assert!(read(unknown.as_bytes()).error().contains("&xxe;"));
}

/// Traps 3, 5 and 6: what services and people hand over in place of data.
#[test]
fn inputs_that_are_no_data_say_what_they_are() {
    let cases: [(&[u8], &str); 17] = [
        (b"", "is empty"),
        (b" \n\t\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (b"Rate exceeded.", "Rate exceeded"),
        (
            b"<!DOCTYPE html><html><body>503</body></html>",
            "an HTML page",
        ),
        (b"  <HTML><body>406</body>", "an HTML page"),
        (
            b"<x:html xmlns:x='http://www.w3.org/1999/xhtml'/>",
            "an HTML page",
        ),
        (b"<opml/>", "root element `opml`"),
        (b"<feed/>", "root element `feed`"),
        (b"<rss version='2.0'/>", "RSS without a channel"),
        (b"[{\"id\":\"a:1\"}]", "a JSON array"),
        (b"{\n \"id\": \"a:1\"\n}", "spread over several lines"),
        (b"{\"query\":\"q\"}\n", "first object has query"),
        (b"PK\x03\x04rest", "a ZIP archive"),
        (b"%PDF-1.5", "starts with `%PDF-1.5`"),
        (b"\xff\xfe<\0f\0", "UTF-16"),
        (b"@article{a, title={T}}", "starts with `@article"),
    ];
    for (bytes, expected) in cases {
        let outcome = read(bytes);
        assert!(outcome.error().contains(expected), "{}", outcome.error());
        assert!(outcome.items.is_empty());
    }
    let latin = QUERY.replace("UTF-8", "ISO-8859-1");
    assert!(read(latin.as_bytes()).error().contains("ISO-8859-1"));
}

#[test]
fn missing_file_directory_and_file_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let options = ReadOptions::default();
    let open = |name: &str| SourceReader::open(&Input::File(folder.path().join(name)), &options);
    let missing = open("missing.xml").unwrap_err();
    assert!(chain(&missing).contains("missing.xml"));
    assert!(matches!(missing, IngestError::Open { .. }));
    assert!(matches!(open("."), Err(IngestError::Directory { .. })));
    // The name says nothing about the content.
    let packed = gzip(QUERY.as_bytes());
    fs_err::write(folder.path().join("papers.jsonl"), &packed).unwrap();
    let reader = open("papers.jsonl").unwrap();
    assert_eq!(reader.format(), Format::Atom);
    assert!(reader.name().ends_with("papers.jsonl"));
    let length = u64::try_from(packed.len()).unwrap();
    assert_eq!(reader.total_bytes(), Some(length));
    assert_eq!(reader.compressed_bytes_read(), length);
}

/// Gives a few bytes at a time and then fails.
struct Failing(&'static [u8]);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() {
            return Err(io::Error::other("cable pulled"));
        }
        let count = buffer.len().min(3).min(self.0.len());
        let (now, later) = self.0.split_at(count);
        buffer[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

/// A failing disk is not a damaged file.
#[test]
fn failing_stream_is_a_read_error_after_the_good_lines() {
    let stream = Box::new(Failing(OWN.as_bytes()));
    let reader = SourceReader::from_reader("x", stream, None, &ReadOptions::default());
    // The input is shorter than what detection looks at, so nothing was delivered yet.
    assert!(matches!(reader, Err(IngestError::Read { .. })));
    let long: &'static str = OWN.repeat(50).leak();
    let stream = Box::new(Failing(long.as_bytes()));
    let mut reader = SourceReader::from_reader("x", stream, None, &ReadOptions::default()).unwrap();
    let results: Vec<_> = reader.by_ref().collect();
    assert_eq!(results.len(), 201);
    assert!(results[..200].iter().all(Result::is_ok));
    assert!(matches!(results[200], Err(IngestError::Read { .. })));
    assert!(reader.next().is_none());
}

#[test]
fn bytes_in_drops_read_like_bytes_at_once() {
    struct Drops(io::Cursor<Vec<u8>>);
    impl Read for Drops {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = buffer.len().min(1);
            self.0.read(&mut buffer[..count])
        }
    }
    for text in [OWN, RAW, FEED] {
        let drops = Box::new(Drops(io::Cursor::new(text.as_bytes().to_vec())));
        let reader = SourceReader::from_reader("x", drops, None, &ReadOptions::default()).unwrap();
        let items: Vec<_> = reader.map(Result::unwrap).collect();
        assert_eq!(items, read(text.as_bytes()).items());
    }
}
