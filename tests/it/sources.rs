//! Other sources by the same door: exports by a field mapping, feeds of journals, and one paper
//! seen through several of them. The texts were written for these tests.

use std::io::Write as _;

use crate::support::Place;

/// One paper in arXiv's words, as a line of our own form.
const ON_ARXIV: &str = r#"{"id":"2603.22691v1","title":"Sparse codes for streams that forget","abstract":"We forget on purpose.","authors":["Ada Lovelace"],"categories":["cs.DC"],"date":"2026-03-24"}"#;

/// The same paper at OpenAlex, and one that is nowhere else.
const OPENALEX: &str = concat!(
    r#"{"id":"https://openalex.org/W1","doi":"https://doi.org/10.1145/1.23","title":"Sparse Codes for Streams That Forget","publication_date":"2026-05-02","authorships":[{"author":{"display_name":"A. Lovelace"}}],"primary_location":{"landing_page_url":"https://doi.org/10.1145/1.23","source":{"display_name":"Journal of Streams"}},"abstract_inverted_index":{"Elsewhere":[0]}}"#,
    "\n",
    r#"{"id":"https://openalex.org/W2","title":"Lakes and Their Shores in Winter","publication_date":"2026-05-02","authorships":[{"author":{"display_name":"Emmy Noether"}}]}"#,
    "\n",
    r#"{"id":"https://openalex.org/W3"}"#,
    "\n",
);

/// The same paper in its journal's feed.
const FEED: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"><channel>
<title>Journal of Streams</title><link>https://example.org</link>
<item><title>Sparse codes &lt;i&gt;for&lt;/i&gt; streams that forget</title>
<link>https://example.org/articles/1?utm_source=rss</link>
<prism:doi>10.1145/1.23</prism:doi>
<description>&lt;p&gt;A journal&amp;#x2019;s words.&lt;/p&gt;</description>
<pubDate>Sat, 02 May 2026 00:00:00 GMT</pubDate></item>
</channel></rss>"#;

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn one_paper_through_three_doors_is_one_paper() {
    let place = Place::new();
    let works = place.write("works.jsonl.gz", &gzip(OPENALEX));
    let feed = place.write("journal.rss", FEED.as_bytes());
    let arxiv = place.write("arxiv.jsonl", ON_ARXIV.as_bytes());
    let first = place
        .run(&["import", "--mapping", "openalex", &works, "--json"])
        .expect_code(0)
        .json();
    let input = &first["inputs"][0];
    assert_eq!(input["format"], "JSON Lines by a field mapping");
    assert_eq!((&input["new"], &input["rejected"]), (&2.into(), &1.into()));
    assert_eq!(input["rejections"][0]["place"], "line 3");
    assert_eq!(input["rejections"][0]["reason"], "no title");

    // Before arXiv's record comes, the smallest id is the paper's own.
    place
        .run(&["set", "add", "mine", "openalex:W1"])
        .expect_code(0);
    let second = place
        .run(&["import", &feed, &arxiv, "--json"])
        .expect_code(0)
        .json();
    for input in second["inputs"].as_array().unwrap() {
        assert_eq!((&input["records"], &input["new"]), (&1.into(), &0.into()));
    }

    let ids = ["2603.22691", "openalex:W1", "doi:10.1145/1.23"];
    for id in ids {
        let shown = place.run(&["show", id, "--json"]).expect_code(0).json();
        assert_eq!(shown["id"], "arXiv:2603.22691", "{shown:#}");
        assert_eq!(
            shown["also"],
            serde_json::json!(["doi:10.1145/1.23", "openalex:W1"])
        );
        assert_eq!(shown["abstract"], "We forget on purpose.");
        assert_eq!(shown["venue"], "Journal of Streams");
        assert_eq!(shown["versions"][1]["number"], 1);
    }
    let text = place.run(&["show", "openalex:W1"]).expect_code(0).stdout;
    assert!(text.contains("doi:10.1145/1.23, openalex:W1"), "{text}");
    let similar = place
        .run(&["similar", "doi:10.1145/1.23", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(similar["seeds"][0]["id"], "arXiv:2603.22691");
    assert_eq!(similar["results"][0]["paper"]["id"], "openalex:W2");
    let set = place
        .run(&["set", "show", "mine", "--json"])
        .expect_code(0)
        .stdout;
    assert!(
        set.contains("arXiv:2603.22691") && !set.contains("openalex:W1"),
        "{set}"
    );
    let stats = place.run(&["stats", "--json"]).expect_code(0).json();
    assert_eq!(stats["store"]["papers"], 2);
    place.run(&["verify"]).expect_code(0);

    // All of it again, in another order, says nothing new.
    for arguments in [
        &["import", &arxiv, &feed, "--json"][..],
        &["import", "--mapping", "openalex", &works, "--json"],
    ] {
        let again = place.run(arguments).expect_code(0).json();
        for input in again["inputs"].as_array().unwrap() {
            assert_eq!((&input["new"], &input["enriched"]), (&0.into(), &0.into()));
        }
    }
}

#[test]
fn mapping_of_ones_own_is_read_from_a_file() {
    let place = Place::new();
    let lines = place.write(
        "export.jsonl",
        br#"{"key":7,"name":"A <b>name</b> of its own"}"#,
    );
    let mapping = place.write(
        "ours.toml",
        b"id = { path = \"key\", scheme = \"ours\" }\ntitle = { path = \"name\", form = \"html\" }\n",
    );
    place
        .run(&["import", "--mapping", &mapping, &lines, "--no-embed"])
        .expect_code(0);
    let shown = place
        .run(&["show", "ours:7", "--json"])
        .expect_code(0)
        .json();
    assert_eq!(shown["title"], "A name of its own");
    assert_eq!(shown.get("also"), None);
}

#[test]
fn bad_mappings_are_usage_errors_that_name_what_is_wrong() {
    let place = Place::new();
    let lines = place.write("export.jsonl", br#"{"key":7}"#);
    let bad = place.write("bad.toml", b"id = \"key\"\ntitle = \"a..b\"\n");
    for (mapping, expected) in [
        ("pubmed", "`openalex`"),
        (
            bad.as_str(),
            "line 2 of the mapping has `a..b` as `title.path`",
        ),
        ("missing.toml", "missing.toml"),
    ] {
        let run = place
            .run(&["import", "--mapping", mapping, &lines])
            .expect_code(2);
        assert!(run.stderr.contains(expected), "{}", run.stderr);
        assert!(run.stderr.contains("docs/SOURCES.md"), "{}", run.stderr);
    }
    assert!(!place.library().exists());
    let feed = place.write("journal.rss", FEED.as_bytes());
    let run = place
        .run(&["import", "--mapping", "openalex", &feed])
        .expect_code(5);
    assert!(run.stdout.contains("expected JSON Lines"), "{}", run.stdout);
}
