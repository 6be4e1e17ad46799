//! Digests to render: one that is ordinary, and any number that are not.

use jiff::civil::date;
use kindred_core::{Paper, SourceKind, Version};
use kindred_digest::{Cause, Digest, Item, Omission, Section};
use kindred_engine::answer::{InterestView, PaperView, RevisionView, RunKind, TextRun};
use proptest::prelude::*;

/// Text that has broken feeds, mails and pages before.
pub(crate) const HOSTILE: [&str; 22] = [
    "A title\r\nBcc: victim@example.org\r\n\r\nbody",
    "<script>alert(1)</script> & <img src=x onerror=alert(1)>",
    "]]> <![CDATA[ &amp; &lt; &#0; <!-- --> <?php ?>",
    "\u{202e}desrever\u{202c} \u{2066}a\u{2069} \u{2068}b",
    "\u{5e9}\u{5dc}\u{5d5}\u{5dd} 1, \u{627}\u{644}\u{639}\u{631}\u{628}\u{64a}\u{629} (2)",
    "nul \0 bell \u{7} escape \u{1b}[2J \u{9b}31m delete \u{7f}",
    "not a character: \u{ffff} \u{fffe} \u{fdd0}, mark \u{feff}, line \u{2028} paragraph \u{2029}",
    r"} , title = {stolen} } @misc{x, y = {",
    r"ends with a backslash \",
    r"$x^2 + \alpha$ and $unclosed {",
    r"\'e \input{/etc/passwd} \write18{rm}",
    "[text](javascript:alert(1)) ![i](http://a.example/x.png) `code` **bold** __x__ ~~y~~",
    "1. list\n- item\n# heading\n> quote\n```\nfence\n===\n---\n| a | b |",
    "javascript:alert(1) data:text/html,x http://evil.example www.evil.example a@b.example",
    "=?utf-8?Q?encoded=0D=0ABcc:_x?= =?utf-8?B?QmNjOiB4?=",
    ".\r\n.\r\nQUIT",
    "From here on --boundary--",
    "ER  - \r\nTY  - JOUR\r\nTI  - second",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467} e\u{301}\u{301}\u{301} \u{e0041}\u{e0042}",
    "\" onmouseover=\"alert(1)\" x='y'",
    "</title></head><body></bdi></p></li>",
    "   ",
];

/// Returns a paper with an arXiv id; `number` keeps ids apart.
pub(crate) fn paper(number: usize, title: &str, summary: &str, author: &str) -> PaperView {
    let paper = Paper {
        id: format!("2603.{:05}", 90_000 + number).parse().unwrap(),
        title: title.to_owned(),
        abstract_text: summary.to_owned(),
        authors: vec![author.to_owned(), "Ada Example".to_owned()],
        categories: vec!["cs.DC".parse().unwrap(), "cs.LG".parse().unwrap()],
        versions: vec![Version {
            number: 1,
            date: Some("2026-03-27T06:11:30Z".parse().unwrap()),
        }],
        comments: None,
        journal_ref: None,
        doi: None,
        license: None,
        venue: Some(title.to_owned()),
        keywords: Vec::new(),
        withdrawn: false,
        source: SourceKind::Query,
    };
    PaperView::from(&paper)
}

pub(crate) fn item(rank: usize, paper: PaperView, reason: &str) -> Item {
    Item {
        rank,
        relevance: Some(0.97),
        notes: vec![format!("pinned: author {reason}")],
        revision: None,
        reasons: vec![Cause {
            rating: "like".to_owned(),
            id: "2602.90001".parse().unwrap(),
            title: reason.to_owned(),
        }],
        paper,
    }
}

/// Returns the item as a new version whose title and abstract hold this text, taken out and put in.
pub(crate) fn revised(item: Item, text: &str) -> Item {
    let run = |kind, text: &str| TextRun {
        kind,
        text: text.to_owned(),
    };
    Item {
        revision: Some(RevisionView {
            seen_version: Some(1),
            similarity: 0.5,
            title: vec![
                run(RunKind::Equal, "zero one two three four five"),
                run(RunKind::Removed, text),
                run(RunKind::Added, "new"),
            ],
            abstract_text: vec![run(RunKind::Added, text), run(RunKind::Equal, text)],
        }),
        ..item
    }
}

/// Returns a digest of one set with a result for each title.
pub(crate) fn digest_of(titles: &[&str]) -> Digest {
    let results = titles
        .iter()
        .enumerate()
        .map(|(place, title)| {
            let paper = paper(place, title, title, title);
            revised(item(place + 1, paper, title), title)
        })
        .collect();
    let interests = vec![
        InterestView {
            number: 1,
            size: 13,
            terms: vec!["client".to_owned(), "update".to_owned()],
        },
        InterestView {
            number: 2,
            size: 1,
            terms: titles.iter().map(|&title| title.to_owned()).collect(),
        },
    ];
    digest(vec![Section {
        interests,
        ..section("reading", results)
    }])
}

pub(crate) fn section(set: &str, results: Vec<Item>) -> Section {
    Section {
        set: set.to_owned(),
        ranker: "kindred".to_owned(),
        arrivals: 24,
        interests: Vec::new(),
        left_out: vec![Omission {
            reason: "further down".to_owned(),
            count: 19,
        }],
        results,
    }
}

pub(crate) fn digest(sections: Vec<Section>) -> Digest {
    Digest {
        following: None,
        as_of: date(2026, 3, 27),
        since: date(2026, 3, 21),
        sections,
    }
}

/// Any text, hostile text in any order, and words of a thousand characters.
pub(crate) fn any_title() -> impl Strategy<Value = String> {
    let hostile = prop::collection::vec(prop::sample::select(&HOSTILE[..]), 1..4)
        .prop_map(|parts| parts.concat());
    prop_oneof![
        2 => any::<String>(),
        2 => hostile,
        1 => "[\u{0}-\u{7f}]{0,60}",
        1 => (any::<char>(), 900_usize..1_100).prop_map(|(c, length)| c.to_string().repeat(length)),
        1 => r"[\\${}^_&%#~a-c ]{0,60}",
    ]
}

/// Returns digests whose texts are any.
pub(crate) fn any_digest() -> impl Strategy<Value = Digest> {
    prop::collection::vec(any_title(), 1..4).prop_map(|titles| {
        let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
        digest_of(&titles)
    })
}

/// Asserts that text holds nothing that steers what is around it. Isolates have to be balanced in
/// every line.
pub(crate) fn assert_tame(text: &str) {
    for line in text.split('\n') {
        let mut depth = 0_i32;
        for character in line.chars() {
            let is_control = character.is_control() && character != '\r';
            assert!(!is_control, "{character:?} in {line:?}");
            let code = u32::from(character);
            assert!(code & 0xfffe != 0xfffe, "{character:?} in {line:?}");
            assert!(!('\u{202a}'..='\u{202e}').contains(&character), "{line:?}");
            match character {
                '\u{2066}' | '\u{2067}' => panic!("{line:?}"),
                '\u{2068}' => depth += 1,
                '\u{2069}' => depth -= 1,
                _ => {}
            }
            assert!(depth >= 0, "{line:?}");
        }
    }
}
