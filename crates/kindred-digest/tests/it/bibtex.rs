//! BibTeX, read back by counting braces as BibTeX does.

use std::collections::BTreeMap;

use kindred_digest::Format;
use proptest::prelude::*;

use crate::support::{HOSTILE, any_digest, assert_tame, digest_of};

/// Reads entries: key and fields.
fn entries(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let mut entries = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("@misc{") {
        assert!(
            rest[..start].trim().is_empty(),
            "between entries: {:?}",
            &rest[..start]
        );
        let body_start = start + "@misc{".len();
        let length = closing(&rest[body_start..]);
        let body = &rest[body_start..body_start + length];
        rest = &rest[body_start + length + 1..];
        let (key, mut fields) = body.split_once(',').expect("a key");
        let mut found = BTreeMap::new();
        while let Some((name, value)) = fields.split_once(" = {") {
            let length = closing(value);
            let name = name.trim_matches([',', ' ', '\n']).to_owned();
            let is_first = found.insert(name, value[..length].to_owned()).is_none();
            assert!(is_first, "a field twice in {body}");
            fields = &value[length + 1..];
        }
        assert!(fields.trim().is_empty(), "{fields:?}");
        entries.push((key.to_owned(), found));
    }
    assert!(rest.trim().is_empty(), "{rest:?}");
    entries
}

/// Finds the brace that closes what was opened before `text`.
fn closing(text: &str) -> usize {
    let mut depth = 1;
    for (position, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return position;
        }
    }
    panic!("unbalanced: {text:?}");
}

fn assert_entries(digest: &kindred_digest::Digest) {
    let text = Format::Bibtex.render(digest);
    assert_tame(&text);
    let entries = entries(&text);
    assert_eq!(entries.len(), digest.len());
    for (place, (key, fields)) in entries.iter().enumerate() {
        assert_eq!(*key, format!("arXiv:2603.{:05}", 90_000 + place));
        let names: Vec<&str> = fields.keys().map(String::as_str).collect();
        let known = [
            "abstract",
            "archiveprefix",
            "author",
            "eprint",
            "howpublished",
            "keywords",
            "month",
            "primaryclass",
            "title",
            "url",
            "year",
        ];
        assert!(names.iter().all(|name| known.contains(name)), "{names:?}");
        assert_eq!(fields["eprint"], format!("2603.{:05}", 90_000 + place));
        // Outside braces, `and` stands once: between the two authors.
        let mut depth = 0;
        let outside: String = fields["author"]
            .chars()
            .filter(|character| {
                depth += match character {
                    '{' => 1,
                    '}' => -1,
                    _ => 0,
                };
                depth == 0
            })
            .collect();
        let ands = outside
            .split(' ')
            .filter(|word| word.eq_ignore_ascii_case("and"))
            .count();
        assert_eq!(ands, 1, "{}", fields["author"]);
        for value in fields.values() {
            let backslashes = value.len() - value.trim_end_matches('\\').len();
            assert!(backslashes % 2 == 0, "{value:?}");
        }
    }
}

#[test]
fn hostile_titles_are_only_values() {
    assert_entries(&digest_of(&HOSTILE));
}

proptest! {
    #[test]
    fn any_title_is_only_a_value(digest in any_digest()) {
        assert_entries(&digest);
    }
}
