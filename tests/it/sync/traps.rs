//! The traps of arXiv's services, one test for each that can be shown against a scripted arXiv;
//! docs/TRAPS.md lists them all, with the tests of other crates.

mod lists;
mod papers;
mod requests;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use jiff::civil::Date;
use kindred_engine::{LedgerAnswer, LedgerQuery};
use kindred_fake_arxiv::{Entry, Source, TruePaper, WorldOptions};

use super::oracle::Follower;
use crate::support::{files_below, root};

/// A follower on the morning of its fourth day: Thursday, 2026-11-05.
fn follower(categories: &[&str]) -> Follower {
    let follower = Follower::new(&WorldOptions::default(), categories);
    follower.wake_on(day("2026-11-05"));
    follower
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

/// Requests to a service, oldest first.
fn asked(follower: &Follower, source: Source) -> Vec<Entry> {
    let mut log = follower.arxiv.log();
    log.retain(|entry| entry.source == Some(source));
    log
}

/// Requests to OAI-PMH with a verb, oldest first.
fn asked_with(follower: &Follower, verb: &str) -> Vec<Entry> {
    let mut log = asked(follower, Source::Oai);
    log.retain(|entry| argument(entry, "verb").as_deref() == Some(verb));
    log
}

/// An argument of a request, decoded.
fn argument(entry: &Entry, name: &str) -> Option<String> {
    let (_, query) = entry.target.split_once('?')?;
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let (_, value) = pairs.find(|(known, _)| *known == name)?;
    let mut bytes = Vec::new();
    let mut rest = value.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let digits = [rest.next().unwrap(), rest.next().unwrap()];
                let digits = str::from_utf8(&digits).unwrap();
                bytes.push(u8::from_str_radix(digits, 16).unwrap());
            }
            _ => bytes.push(byte),
        }
    }
    Some(String::from_utf8(bytes).unwrap())
}

/// Seconds from each request to the next.
fn gaps(log: &[Entry]) -> Vec<i64> {
    let pairs = log.windows(2);
    pairs
        .map(|pair| pair[1].at.duration_since(pair[0].at).as_secs())
        .collect()
}

/// What the scripted arXiv answers to an address, byte for byte.
fn raw(address: &str) -> String {
    let rest = address.strip_prefix("http://").unwrap();
    let (host, target) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let head = format!("GET /{target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The ledger of three weeks, as of now.
fn ledger(follower: &Follower) -> LedgerAnswer {
    let query = LedgerQuery {
        categories: Vec::new(),
        days: 21,
        now: follower.clock.now(),
    };
    follower.library().ledger(&query).unwrap()
}

/// Papers of the world that have to be in the library, and are.
fn stored(follower: &Follower) -> Vec<(TruePaper, kindred_engine::Paper)> {
    let library = follower.library();
    let mine = follower.mine();
    let here: Vec<_> = mine
        .into_iter()
        .filter_map(|truth| {
            let id = truth.id.parse().unwrap();
            Some((truth, library.paper(&id).ok()?.paper))
        })
        .collect();
    assert!(here.len() > 20, "only {} papers came", here.len());
    here
}

/// Finding 5: earlier versions of SQLite can damage a library whose log is begun anew.
#[test]
fn finding_5_sqlite_is_free_of_the_race_of_its_log() {
    let found = rusqlite::version_number();
    assert!(found >= 3_051_003, "SQLite {}", rusqlite::version());
    let manifest = fs_err::read_to_string(root().join("Cargo.toml")).unwrap();
    let line = manifest
        .lines()
        .find(|line| line.starts_with("rusqlite"))
        .unwrap();
    assert!(line.contains("bundled"), "the system's own: {line}");
}

/// Finding 6: what reads XML is a version without the advisories, and bounds the depth itself.
#[test]
fn finding_6_the_reader_of_xml_has_no_known_hole() {
    let lock = fs_err::read_to_string(root().join("Cargo.lock")).unwrap();
    let mut lines = lock.lines();
    let mut versions = Vec::new();
    while lines.any(|line| line == "name = \"quick-xml\"") {
        let version = lines.next().unwrap();
        versions.push(version.trim_start_matches("version = ").trim_matches('"'));
    }
    assert!(!versions.is_empty());
    for version in versions {
        let parts: Vec<u32> = version
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect();
        assert!(parts[..2] >= [0, 41][..], "quick-xml {version}");
    }
}

/// Every test that the document names is a function of the file that it names, and every test of
/// this folder is named.
#[test]
fn the_document_of_traps_names_tests_that_exist() {
    let document = fs_err::read_to_string(root().join("docs/TRAPS.md")).unwrap();
    let mut named = BTreeSet::new();
    for line in document.lines().filter(|line| line.starts_with("| ")) {
        let mut tests = Vec::new();
        for word in line.split('`').skip(1).step_by(2) {
            if std::path::Path::new(word)
                .extension()
                .is_some_and(|end| end == "rs")
            {
                let text = fs_err::read_to_string(root().join(word)).unwrap();
                assert!(!tests.is_empty(), "{word} stands after its tests");
                for test in tests.drain(..) {
                    let function = format!("#[test]\nfn {test}()");
                    let text = text.replace("\n    ", "\n");
                    assert!(text.contains(&function), "{word} has no test `{test}`");
                    named.insert(test);
                }
            } else if word.contains('_') && !word.contains(['=', ':', ' ', '/']) {
                tests.push(word.to_owned());
            }
        }
        assert!(tests.is_empty(), "{tests:?} have no file");
    }
    assert!(named.len() > 40, "the document names {} tests", named.len());
    for number in 1..=18 {
        let row = format!("| {number} | ");
        assert!(document.contains(&row), "trap {number} is not listed");
    }
    let folder = root().join("tests/it/sync/traps");
    let files = files_below(&folder);
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        let text = fs_err::read_to_string(&file).unwrap();
        for part in text.split("#[test]\nfn ").skip(1) {
            let name = part.split('(').next().unwrap();
            assert!(named.contains(name), "docs/TRAPS.md does not name `{name}`");
        }
    }
}
