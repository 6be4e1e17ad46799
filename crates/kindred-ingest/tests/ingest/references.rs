//! References of bibliographies: what is read, and what is said of the rest.

use std::fmt::Write;

use kindred_ingest::{
    IngestError, Limits, Reference, ReferenceFormat, ReferenceOptions, References, parse_references,
};
use proptest::prelude::*;

const BIBTEX: &str = include_str!("../fixtures/references.bib");
const BROKEN: &str = include_str!("../fixtures/broken.bib");
const RIS: &str = include_str!("../fixtures/references.ris");
const CSL: &str = include_str!("../fixtures/references.json");
const LIST: &str = include_str!("../fixtures/references.txt");

fn parse(bytes: &[u8]) -> Result<References, IngestError> {
    parse_references("refs", bytes, &ReferenceOptions::default())
}

fn read(text: &str) -> References {
    parse(text.as_bytes()).unwrap()
}

/// `place [id] [doi] title` of each reference.
fn lines(found: &References) -> Vec<String> {
    found
        .references
        .iter()
        .map(|reference| {
            let mut line = reference.place.to_string();
            for part in [
                reference.id.as_ref().map(kindred_core::PaperId::short),
                reference.doi.clone(),
            ] {
                write!(line, " [{}]", part.unwrap_or_default()).unwrap();
            }
            format!("{line} {}", reference.title)
        })
        .collect()
}

fn problems(found: &References) -> Vec<String> {
    found
        .problems
        .iter()
        .map(|problem| format!("{}: {}", problem.place, problem.fault))
        .collect()
}

fn added(reference: &Reference) -> Option<String> {
    reference.added.map(|added| added.to_string())
}

#[test]
fn bibtex_is_read_with_its_accents_strings_and_arxiv_ids() {
    let found = read(BIBTEX);
    assert_eq!(found.format, ReferenceFormat::Bibtex);
    assert_eq!(
        lines(&found),
        [
            r"line 6 [] [10.1234/abc.def] Lattice Masks for Secure Sums in $\mathbb{Z}_q^n$",
            "line 16 [2401.01234] [] Tides of a \"Drowned\" Moon",
            "line 23 [math/0611800] [] Knots without Rope",
            "line 30 [1706.00001] [] Indexing the Unindexable",
            "line 40 [2201.05555] [] Noted in Passing",
            "line 41 [2202.00002] [] A Page",
        ]
    );
    let first = &found.references[0];
    assert_eq!(
        first.authors,
        [
            "Élodie Lévy",
            "Jan van der Berg Jr.",
            "The Small Team, Unlimited"
        ]
    );
    assert_eq!(first.venue.as_deref(), Some("Journal of Invented Things B"));
    assert_eq!(first.abstract_text, "Sums of masked inputs & their bounds.");
    assert_eq!(first.date.unwrap().to_string(), "2024");
    assert_eq!(first.key.as_deref(), Some("lattice2024"));
    assert_eq!(added(first).as_deref(), Some("2024-02-03T00:00:00Z"));
    assert_eq!(
        added(&found.references[2]).as_deref(),
        Some("2019-05-01T08:00:00Z")
    );
    assert_eq!(added(&found.references[3]), None, "DBLP's own time");
}

#[test]
fn broken_bibtex_costs_what_is_broken_and_names_its_line() {
    let found = read(BROKEN);
    assert_eq!(
        lines(&found),
        [
            "line 1 [] [10.1000/first] A Sound Entry",
            "line 6 [] [10.1000/unclosed] A Broken title",
            "line 12 [] [10.1000/early] Closed too early",
            "line 17 [2401.00077] [] The Same Key Again",
            "line 22 [] [] Odd fields",
            "line 33 [] [] Cut off",
        ]
    );
    let expected = [
        "line 7: braces or quotes of field `title` in entry `unclosed`",
        "line 13: entry `early` is closed before its last field",
        "line 17: key `first` was used in line 1 already",
        "line 22: unusable arXiv id: `2413.00001`",
        "line 24: expected `name = value` in entry `odd`, found `what is this`",
        "line 25: no `@string` defines `nosuchname`",
        "line 29: neither a title nor an id nor a DOI",
        "line 33: entry `cut` is not closed",
        "line 35: braces or quotes of field `doi` in entry `cut` do not close, it is left out",
    ];
    let problems = problems(&found);
    assert_eq!(problems.len(), expected.len(), "{problems:#?}");
    for (problem, expected) in problems.iter().zip(expected) {
        assert!(problem.starts_with(expected), "{problem} / {expected}");
    }
}

#[test]
fn ris_is_read_with_records_that_do_not_end() {
    let found = read(RIS);
    assert_eq!(found.format, ReferenceFormat::Ris);
    assert_eq!(
        lines(&found),
        [
            "line 1 [] [10.1234/abc.def] Lattice Masks for Secure Sums",
            "line 14 [2401.01234] [] Tides of a Drowned Moon",
            "line 21 [] [] Without an End",
            "line 23 [] [] With an End",
        ]
    );
    let first = &found.references[0];
    assert_eq!(first.authors, ["Élodie Lévy", "Jan Berg"]);
    assert_eq!(
        first.abstract_text,
        "Sums of masked inputs and their bounds."
    );
    assert_eq!(first.date.unwrap().to_string(), "2024-01-02");
    assert_eq!(
        problems(&found),
        [
            "line 20: `stray line` is no line of RIS, expected a tag such as `TI  - `",
            "line 21: entry `TY` is not closed; its fields up to here are used",
        ]
    );
}

#[test]
fn csl_json_loses_only_its_broken_objects() {
    let found = read(CSL);
    assert_eq!(found.format, ReferenceFormat::CslJson);
    assert_eq!(
        lines(&found),
        [
            "line 2 [] [10.1234/abc.def] Lattice Masks for Secure Sums",
            "line 20 [2401.01234] [] Tides of a Drowned Moon",
            "line 31 [math/0611800] [] Knots without Rope",
        ]
    );
    let first = &found.references[0];
    assert_eq!(first.authors, ["Élodie Lévy", "The Small Team"]);
    assert_eq!(first.abstract_text, "Sums of masked inputs & their bounds.");
    assert_eq!(first.date.unwrap().to_string(), "2024-01-02");
    assert_eq!(found.references[1].date.unwrap().to_string(), "2024");
    let problems = problems(&found);
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(
        problems[0].starts_with("line 15: not a usable JSON object:"),
        "{problems:#?}"
    );
    assert!(problems[0].ends_with("in line 17"), "{problems:#?}");
    assert!(problems[1].starts_with("line 26: "), "{problems:#?}");
}

#[test]
fn exports_of_zotero_plugins_keep_their_days() {
    let text = r#"{"config": {}, "items": [
        {"itemType": "preprint", "citationKey": "moon", "title": "Tides", "dateAdded": "2021-03-04T05:06:07Z",
         "creators": [{"creatorType": "author", "firstName": "Nora", "lastName": "Moon"},
                      {"creatorType": "editor", "name": "Nobody"}],
         "archiveID": "arXiv:2401.01234", "date": "2024-01-02"},
        {"itemType": "attachment", "title": "Full text"}]}"#;
    let found = read(text);
    assert_eq!(lines(&found), ["line 2 [2401.01234] [] Tides"]);
    assert_eq!(found.references[0].authors, ["Nora Moon"]);
    assert_eq!(
        added(&found.references[0]).as_deref(),
        Some("2021-03-04T05:06:07Z")
    );
    assert!(found.problems.is_empty());
}

#[test]
fn lists_hold_ids_addresses_and_titles() {
    let found = read(LIST);
    assert_eq!(found.format, ReferenceFormat::List);
    assert_eq!(
        lines(&found),
        [
            "line 2 [2401.01234] [] ",
            "line 3 [math/0611800] [] ",
            "line 4 [] [10.1234/abc.def] ",
            "line 6 [] [] Lattice Masks for Secure Sums",
            "line 9 [openreview:AbC123] [] ",
            "line 10 [1706.00001] [] ",
        ]
    );
    let problems = problems(&found);
    assert_eq!(problems.len(), 2, "{problems:#?}");
    assert!(problems[0].starts_with("line 7: `https://example.org/paper` is no address"));
    assert!(problems[1].starts_with("line 8: unusable arXiv id: "));
}

#[test]
fn encodings_of_old_files_are_read_and_named() {
    let latin = b"@article{a, title = {Th\xe9orie},\n author = {\xc9lodie L\xe9vy}}\n";
    let found = parse(latin).unwrap();
    assert_eq!(found.references[0].title, "Théorie");
    assert_eq!(found.references[0].authors, ["Élodie Lévy"]);
    assert_eq!(
        problems(&found),
        ["line 1: not UTF-8 in 2 lines from here on; read as Windows-1252 (Latin-1)"]
    );
    let marked = format!("\u{feff}{}", BIBTEX.replace('\n', "\r\n"));
    assert_eq!(lines(&read(&marked)), lines(&read(BIBTEX)));
    let wide: Vec<u8> = [0xff, 0xfe]
        .into_iter()
        .chain(RIS.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(lines(&parse(&wide).unwrap()), lines(&read(RIS)));
}

#[test]
fn what_is_no_list_of_references_is_refused_by_name() {
    for (text, found) in [
        ("", "empty"),
        (" \n\t", "empty"),
        ("<!DOCTYPE html><html>", "an HTML page"),
        ("<?xml version='1.0'?><rdf:RDF>", "XML"),
        ("%PDF-1.7 x", "not text"),
        ("a\0b", "not text"),
    ] {
        let error = parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(found), "{error}");
        assert!(error.contains("expected BibTeX, RIS, CSL-JSON"), "{error}");
    }
    let options = ReferenceOptions {
        collections: vec!["Thesis".into()],
        ..ReferenceOptions::default()
    };
    let error = parse_references("refs", BIBTEX.as_bytes(), &options).unwrap_err();
    assert!(
        matches!(error, IngestError::NoCollections { .. }),
        "{error}"
    );
}

#[test]
fn long_files_are_read_up_to_the_limit_and_say_so() {
    let entry = "@misc{k, title = {A Title of Some Length}}\n";
    let options = ReferenceOptions {
        limits: Limits {
            page_bytes: entry.len() * 10,
            ..Limits::default()
        },
        ..ReferenceOptions::default()
    };
    let text = entry.repeat(25);
    let found = parse_references("refs", text.as_bytes(), &options).unwrap();
    assert_eq!(found.references.len(), 10);
    let last = problems(&found).pop().unwrap();
    assert!(
        last.starts_with("line 10: more than") && last.contains("split the file"),
        "{last}"
    );
}

#[test]
fn fields_larger_than_allowed_are_left_out_alone() {
    let text = format!(
        "@misc{{k, doi = {{10.1000/x}}, title = {{{}}}}}",
        "a".repeat(5_000)
    );
    let found = read(&text);
    assert_eq!(lines(&found), ["line 1 [] [10.1000/x] "]);
    assert!(problems(&found)[0].contains("title of 5000 bytes is left out"));
}

#[test]
fn hostile_texts_take_linear_time() {
    for piece in [
        "@a{b={",
        "@",
        "@a{",
        "a={\n",
        "@a{b,\n",
        "{",
        "\n{",
        "[{\"a\":",
        "TY  - \n",
        "arxiv ",
        "doi",
        "\\'",
        "$",
        "<",
        "@string{a=a#a}\n",
        "@a{b,c=\"{",
        "%2F",
        "@a{b}},c=",
        "@comment{",
        "@string{a={",
        "doi10.",
        "doi10.1234/)",
        "@a{b},c=",
    ] {
        for start in ["", "@a{b,\n", "[{", "TY  - A\n"] {
            let text = format!("{start}{}", piece.repeat((1 << 20) / piece.len()));
            drop(parse(text.as_bytes()));
        }
    }
}

/// A reference of a damaged text that the whole text does not have: its ids have to be whole.
fn assert_no_invented_ids(whole: &References, found: &References, cut: usize) {
    let known: Vec<_> = whole
        .references
        .iter()
        .map(|found| (&found.id, &found.doi))
        .collect();
    for reference in &found.references {
        let is_known = (reference.id.is_none() || known.iter().any(|(id, _)| **id == reference.id))
            && (reference.doi.is_none() || known.iter().any(|(_, doi)| **doi == reference.doi));
        assert!(is_known, "cut at {cut}: {reference:?}");
    }
}

#[test]
fn every_prefix_gives_an_error_or_the_good_rest() {
    for text in [BIBTEX, RIS, CSL, BROKEN] {
        let whole = read(text);
        for cut in 0..text.len() {
            let Ok(found) = parse(&text.as_bytes()[..cut]) else {
                continue;
            };
            assert!(
                found.references.len() <= whole.references.len() + 1,
                "cut at {cut}"
            );
            if found.format == whole.format {
                assert_no_invented_ids(&whole, &found, cut);
            }
        }
    }
}

fn document() -> impl Strategy<Value = Vec<u8>> {
    prop::sample::select(vec![BIBTEX, BROKEN, RIS, CSL, LIST])
        .prop_map(|text| text.as_bytes().to_vec())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damage_never_panics(
        mut bytes in document(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3_u8), 1..20),
    ) {
        for (at, value, kind) in changes {
            let at = at.index(bytes.len());
            let sign = b"{}\"@=,#\\\n$%<&-\0("[usize::from(value) % 16];
            match kind {
                0 => bytes[at] = value,
                1 => bytes.insert(at, sign),
                _ => {
                    bytes.truncate(bytes.len().min(at + 400));
                    bytes.swap_remove(at);
                    bytes.push(sign);
                }
            }
        }
        if let Ok(found) = parse(&bytes) {
            for reference in found.references {
                prop_assert!(
                    !reference.title.is_empty() || reference.id.is_some() || reference.doi.is_some()
                );
                prop_assert!(!reference.title.chars().any(char::is_control));
            }
        }
    }

    #[test]
    fn other_entries_survive_a_broken_one(
        broken in "[a-z{}\"=,# ]{0,60}",
        at in 0..4_usize,
    ) {
        let entries: Vec<String> = (0..4)
            .map(|number| {
                let inside = if number == at { broken.as_str() } else { "" };
                format!("@misc{{k{number},\n  eprint = {{2401.0000{}}}, archiveprefix = {{arXiv}}, {inside}\n}}\n", number + 1)
            })
            .collect();
        let found = read(&entries.concat());
        for number in (0..4).filter(|number| *number != at) {
            let id = format!("2401.0000{}", number + 1);
            prop_assert!(
                found.references.iter().any(|reference| {
                    reference.id.as_ref().is_some_and(|found| found.short() == id)
                }),
                "{id} of {}", entries.concat()
            );
        }
    }
}
