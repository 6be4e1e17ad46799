//! Properties over mutated documents: no panic, no half page.

use kindred_core::Record;
use proptest::prelude::*;

use crate::damage::{gzip, zstandard};
use crate::support::*;

const LINES: [&str; 2] = [SNAPSHOT, OWN];

fn document() -> impl Strategy<Value = Vec<u8>> {
    let pages = PAGES.iter().map(|(_, page, _)| *page);
    let texts: Vec<&'static str> = pages.chain(LINES).chain([QUERY_ERROR]).collect();
    prop::sample::select(texts).prop_map(|text| text.as_bytes().to_vec())
}

/// What may happen to a document on its way.
#[derive(Debug, Clone)]
enum Change {
    Flip(prop::sample::Index, u8),
    Cut(prop::sample::Index),
    Remove(prop::sample::Index, usize),
    Insert(prop::sample::Index, Vec<u8>),
    Copy(prop::sample::Index, prop::sample::Index, usize),
}

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    let markup = prop::sample::select(vec![
        "<",
        ">",
        "</",
        "/>",
        "&",
        ";",
        "&#0;",
        "&amp;",
        "<![CDATA[",
        "]]>",
        "<!--",
        "-->",
        "<?",
        "\"",
        "'",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "\\",
        "\\u",
        "\n",
        "\0",
        "\u{feff}",
        "<entry>",
        "<a xmlns='",
        "xmlns:x=''",
        "(",
        ")",
        " and ",
        "v0",
        "v99999",
        "10.",
        "Abstract: ",
    ]);
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, bits)| Change::Flip(at, bits)),
        index().prop_map(Change::Cut),
        (index(), 1..80_usize).prop_map(|(at, count)| Change::Remove(at, count)),
        (index(), markup).prop_map(|(at, text)| Change::Insert(at, text.into())),
        (index(), prop::collection::vec(any::<u8>(), 1..8))
            .prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        (index(), index(), 1..200_usize)
            .prop_map(|(from, to, count)| Change::Copy(from, to, count)),
    ]
}

fn apply(mut bytes: Vec<u8>, changes: &[Change]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        let length = bytes.len();
        match change {
            Change::Flip(at, bits) => bytes[at.index(length)] ^= bits,
            Change::Cut(at) => bytes.truncate(at.index(length)),
            Change::Remove(at, count) => {
                let start = at.index(length);
                bytes.drain(start..(start + count).min(length));
            }
            Change::Insert(at, new) => {
                let start = at.index(length);
                bytes.splice(start..start, new.iter().copied());
            }
            Change::Copy(from, to, count) => {
                let start = from.index(length);
                let copied = bytes[start..(start + count).min(length)].to_vec();
                let target = to.index(length);
                bytes.splice(target..target, copied);
            }
        }
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    /// Whatever comes in, the outcome is a value, errors can be printed, and what was accepted
    /// keeps the promises of [`kindred_core::Paper`].
    #[test]
    fn mutated_documents_never_panic_and_papers_stay_normal(
        bytes in document(),
        changes in prop::collection::vec(change(), 1..6),
    ) {
        let outcome = read(&apply(bytes, &changes));
        if let Some(error) = &outcome.error {
            prop_assert!(chain(error).len() < 2000);
        }
        for item in &outcome.items {
            match &item.record {
                Err(error) => prop_assert!(chain(error).len() < 2000),
                Ok(Record::Deleted(_)) => {}
                Ok(Record::Paper { paper, .. }) => {
                    prop_assert!(!paper.title.is_empty());
                    prop_assert!(!paper.versions.is_empty());
                    let ascending = paper.versions.is_sorted_by(|a, b| a.number < b.number);
                    prop_assert!(ascending);
                    for text in [&paper.title, &paper.abstract_text] {
                        prop_assert!(!text.chars().any(char::is_control));
                        prop_assert!(!text.contains("  "));
                        prop_assert_eq!(text.trim(), text);
                    }
                }
            }
        }
    }

    /// No bytes at all make a reader panic, and random ones never make a paper.
    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let outcome = read(&bytes);
        prop_assert!(outcome.items.iter().all(|item| item.record.is_err()));
    }

    /// A changed byte of a compressed file is an error, or one of those that do not matter.
    #[test]
    fn changed_compressed_bytes_are_noticed(
        bytes in document(),
        at in any::<prop::sample::Index>(),
        bits in 1..=u8::MAX,
        is_gzip in any::<bool>(),
    ) {
        let mut packed = if is_gzip { gzip(&bytes) } else { zstandard(&bytes) };
        let place = at.index(packed.len());
        packed[place] ^= bits;
        let outcome = read(&packed);
        if outcome.error.is_none() {
            prop_assert_eq!(outcome.items, read(&bytes).items);
        }
    }
}
