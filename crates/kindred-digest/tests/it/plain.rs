//! Plain text, JSON and RIS.

use kindred_digest::{Format, readable};
use proptest::prelude::*;
use unicode_width::UnicodeWidthStr;

use crate::support::{HOSTILE, any_digest, assert_tame, digest, digest_of, section};

#[test]
fn a_digest_reads_well_as_text() {
    let text = Format::Plain.render(&digest_of(&["On $x^2$ and \\alpha"]));
    let expected = "\
Kindred: reading, 2026-03-27

reading
-------
2026-03-21 to 2026-03-27: 24 arrivals; left out: 19 further down
interests: 1 client, update (13 papers); 2 On x² and α (1 paper)

 1. On x² and α
    On x² and α, Ada Example
    97 % · 2603.90000 · cs.DC cs.LG · 2026-03-27 · On x² and α
    pinned: author On x² and α
    because you liked On x² and α
    title: … two three four five [-On x² and α-] {+new+}
    abstract: {+On x² and α+} On x² and α
    https://arxiv.org/abs/2603.90000
";
    assert_eq!(text, expected);
}

#[test]
fn without_probabilities_none_is_shown() {
    let mut digest = digest_of(&["One"]);
    digest.sections[0].ranker = "centroid".to_owned();
    digest.sections[0].results[0].relevance = None;
    let rendered = |format: Format| format.render(&digest);
    for format in [Format::Plain, Format::Markdown, Format::Html] {
        let text = rendered(format);
        assert!(
            text.contains("24 arrivals ranked by centroid; left out"),
            "{text}"
        );
    }
    for format in [Format::Plain, Format::Markdown, Format::Atom] {
        assert!(!rendered(format).contains('%'), "{}", rendered(format));
    }
    let plain = rendered(Format::Plain);
    assert!(plain.contains("\n    2603.90000 · cs.DC cs.LG"), "{plain}");
    let page = rendered(Format::Html);
    assert!(
        page.contains("<div class=\"score\"><span>#1</span></div>"),
        "{page}"
    );
    assert!(page.contains("<span>2603.90000</span>"), "{page}");
    assert!(!page.contains("probability"), "{page}");
    let json: serde_json::Value = serde_json::from_str(&rendered(Format::Json)).unwrap();
    assert_eq!(json["sections"][0]["ranker"], "centroid");
    assert!(json["sections"][0]["results"][0].get("relevance").is_none());
}

#[test]
fn nothing_new_is_said() {
    let empty = digest(vec![section("reading", Vec::new())]);
    assert!(Format::Plain.render(&empty).contains("Nothing new."));
    assert!(Format::Markdown.render(&empty).contains("Nothing new."));
    assert!(Format::Html.render(&empty).contains("Nothing new."));
    assert!(Format::Bibtex.render(&empty).starts_with('%'));
}

#[test]
fn json_keeps_every_character() {
    let digest = digest_of(&HOSTILE);
    let text = Format::Json.render(&digest);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    for (place, title) in HOSTILE.iter().enumerate() {
        assert_eq!(
            value["sections"][0]["results"][place]["paper"]["title"],
            *title
        );
    }
    let steers = |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.chars().any(steers));
}

proptest! {
    #[test]
    fn text_is_tame_and_its_lines_fit(digest in any_digest()) {
        let text = Format::Plain.render(&digest);
        assert_tame(&text.replace(['\u{2068}', '\u{2069}'], ""));
        for line in text.lines() {
            prop_assert!(line.width() <= 78 + 2 || line.contains("://"), "{line:?}");
        }
    }

    #[test]
    fn json_parses_to_the_same_texts(digest in any_digest()) {
        let value: serde_json::Value = serde_json::from_str(&Format::Json.render(&digest)).unwrap();
        for (place, item) in digest.sections[0].results.iter().enumerate() {
            let found = &value["sections"][0]["results"][place]["paper"]["title"];
            prop_assert_eq!(found.as_str().unwrap(), item.paper.title.as_str());
        }
    }

    #[test]
    fn ris_has_one_tag_a_line_and_one_record_a_paper(digest in any_digest()) {
        let text = Format::Ris.render(&digest);
        assert_tame(&text);
        let mut records = 0;
        for line in text.split_terminator("\r\n") {
            let (tag, rest) = line.split_at_checked(6).expect("a tag");
            prop_assert!(tag.ends_with("  - ") && !rest.contains(['\r', '\n']), "{line:?}");
            records += usize::from(tag.starts_with("ER"));
        }
        prop_assert_eq!(records, digest.len());
        for item in &digest.sections[0].results {
            let title = readable(&item.paper.title);
            let expected = format!("TI  - {title}");
            let is_there = title.is_empty() || text.split("\r\n").any(|line| line == expected);
            prop_assert!(is_there, "{expected:?}");
        }
    }
}
