//! JSON Lines of other sources, read by a field mapping. The shapes are those of the exports, the
//! texts were written for these tests.

use std::sync::Arc;

use kindred_core::{Paper, SourceKind, Version};
use kindred_ingest::{FieldMapping, Format, IngestError, Limits, ReadOptions, RecordError};

use crate::support::*;

const BIORXIV: &str = r#"{"doi":"10.1101/2026.05.01.592000","title":"Cells that <i>forget</i> &amp; cells that do not","authors":"Lovelace, A. K.; Noether, Emmy; Davis, Sammy, Jr.;","author_corresponding":"Ada K. Lovelace","author_corresponding_institution":"Somewhere","date":"2026-05-03","version":"2","type":"new results","license":"cc_by","category":"neuroscience","jatsxml":"https://www.biorxiv.org/content/early/x.xml","abstract":"We count cells (p < 0.05).\nSome forget.","published":"NA","server":"bioRxiv"}"#;

const OPENALEX: &str = r#"{"id":"https://openalex.org/W4400000001","doi":"https://doi.org/10.1145/1.23","title":"Streams","display_name":"Streams","publication_year":2026,"publication_date":"2026-04-02","ids":{"openalex":"https://openalex.org/W4400000001","doi":"https://doi.org/10.1145/1.23","mag":"12"},"language":"en","primary_location":{"is_oa":false,"landing_page_url":"https://doi.org/10.1145/1.23","source":{"id":"https://openalex.org/S1","display_name":"Journal of Streams","issn_l":null},"license":"cc-by"},"authorships":[{"author_position":"first","author":{"id":"https://openalex.org/A1","display_name":"Ada Lovelace","orcid":null},"raw_author_name":"A. Lovelace"},{"author_position":"last","author":{"id":"https://openalex.org/A2","display_name":"Emmy Noether"}}],"topics":[{"id":"https://openalex.org/T1","display_name":"Stream Processing","score":0.9}],"keywords":[{"id":"https://openalex.org/keywords/sketch","display_name":"Sketch","score":0.5}],"locations":[{"landing_page_url":"https://doi.org/10.1145/1.23"}],"abstract_inverted_index":{"We":[0],"forget":[1,4],"what":[2],"streams":[3]}}"#;

const SCHOLAR: &str = r#"{"paperId":"0123456789abcdef","corpusId":7,"externalIds":{"MAG":"1","DOI":"10.1145/1.23","CorpusId":7},"title":"Streams","abstract":null,"venue":"","journal":{"name":"Journal of Streams"},"year":2026,"publicationDate":null,"authors":[{"authorId":"1","name":"A. Lovelace"}],"s2FieldsOfStudy":[{"category":"Computer Science","source":"s2-fos-model"},{"category":"Computer Science","source":"external"}]}"#;

const S2AG: &str = r#"{"corpusid":8,"externalids":{"ACL":null,"ArXiv":"2603.22691","DOI":null,"CorpusId":"8"},"url":"https://www.semanticscholar.org/paper/x","title":"Aggregation","authors":[{"authorId":"1","name":"A. Lovelace"}],"venue":"arXiv.org","year":2026,"s2fieldsofstudy":[{"category":"Mathematics","source":"s2-fos-model"}],"publicationdate":"2026-03-24","journal":{"name":"ArXiv","pages":null,"volume":"abs/2603.22691"}}"#;

fn options(mapping: FieldMapping) -> ReadOptions {
    ReadOptions {
        mapping: Some(Arc::new(mapping)),
        ..ReadOptions::default()
    }
}

fn by(name: &str, lines: &str) -> Outcome {
    read_with(
        lines.as_bytes(),
        &options(FieldMapping::named(name).unwrap()),
    )
}

#[track_caller]
fn one(name: &str, line: &str) -> Paper {
    let outcome = by(name, line);
    assert_eq!(outcome.format, Some(Format::MappedJsonLines));
    paper(&outcome.items()[0]).clone()
}

#[test]
fn biorxiv_record() {
    let paper = one("biorxiv", BIORXIV);
    assert_eq!(paper.id.to_string(), "doi:10.1101/2026.05.01.592000");
    assert_eq!(paper.title, "Cells that forget & cells that do not");
    assert_eq!(
        paper.abstract_text,
        "We count cells (p < 0.05). Some forget."
    );
    assert_eq!(
        paper.authors,
        ["A. K. Lovelace", "Emmy Noether", "Sammy Davis Jr."]
    );
    assert_eq!(versions(&paper), ["2 2026-05-03"]);
    assert_eq!(paper.doi.as_deref(), Some("10.1101/2026.05.01.592000"));
    assert_eq!(paper.venue.as_deref(), Some("bioRxiv"));
    assert_eq!(paper.license.as_deref(), Some("cc_by"));
    assert_eq!(paper.keywords, ["neuroscience"]);
    assert_eq!(paper.source, SourceKind::JsonLines);
}

#[test]
fn openalex_work() {
    let paper = one("openalex", OPENALEX);
    assert_eq!(paper.id.to_string(), "openalex:W4400000001");
    assert_eq!(paper.abstract_text, "We forget what streams forget");
    assert_eq!(paper.authors, ["Ada Lovelace", "Emmy Noether"]);
    assert_eq!(versions(&paper), ["0 2026-04-02"]);
    assert_eq!(paper.doi.as_deref(), Some("10.1145/1.23"));
    assert_eq!(paper.venue.as_deref(), Some("Journal of Streams"));
    assert_eq!(paper.license.as_deref(), Some("cc-by"));
    assert_eq!(paper.keywords, ["Sketch"]);
}

#[test]
fn semantic_scholar_papers_of_both_kinds() {
    let paper = one("semantic-scholar", SCHOLAR);
    assert_eq!(paper.id.to_string(), "s2:7");
    assert_eq!(paper.abstract_text, "");
    assert_eq!(paper.venue.as_deref(), Some("Journal of Streams"));
    assert_eq!(versions(&paper), ["0 2026"]);
    assert_eq!(paper.keywords, ["Computer Science"]);

    let paper = one("semantic-scholar", S2AG);
    assert_eq!(paper.id.to_string(), "arXiv:2603.22691");
    assert_eq!(paper.version(), Version::UNKNOWN);
    let no_corpus = SCHOLAR
        .replace("\"corpusId\":7,", "")
        .replace(",\"CorpusId\":7", "");
    assert_eq!(
        one("semantic-scholar", &no_corpus).id.to_string(),
        "s2-paper:0123456789abcdef"
    );
}

#[test]
fn record_that_names_an_arxiv_id_is_that_paper() {
    let with_doi = OPENALEX.replace("10.1145/1.23", "10.48550/arxiv.2603.22691");
    let elsewhere = OPENALEX.replace(
        r#""locations":["#,
        r#""locations":[{"landing_page_url":null},{"landing_page_url":"http://arxiv.org/abs/2603.22691v3"},"#,
    );
    for line in [with_doi, elsewhere] {
        let paper = one("openalex", &line);
        assert_eq!(paper.id.to_string(), "arXiv:2603.22691");
        assert_eq!(paper.version(), Version::UNKNOWN);
        assert!(paper.doi.is_none_or(|doi| doi == "10.1145/1.23"));
    }
    let no_paper_of_arxiv = OPENALEX.replace("10.1145/1.23", "10.1145/arxiv.study");
    assert_eq!(
        one("openalex", &no_paper_of_arxiv).id.to_string(),
        "openalex:W4400000001"
    );
}

#[test]
fn mapping_of_ones_own_with_every_transform() {
    let mapping = FieldMapping::parse(
        r#"
        id = [{ path = "ids.doi", scheme = "doi" }, "ids.own"]
        title = { path = "name", form = "html", strip = ["Article: ", "Letter: "] }
        authors = { path = "people[]", join = ["given", "family"] }
        keywords = { path = "words", split = "|" }
        categories = "subjects[]"
        date = "year"
        "#,
    )
    .unwrap();
    let lines = [
        r#"{"ids":{"doi":"https://doi.org/10.1000/ABC"},"name":"LETTER: <b>One</b>","people":[{"given":"Ada","family":"Lovelace"},{"family":"Noether"}],"words":"a | b|","subjects":["cs.LG","Streams"],"year":2026}"#,
        r#"{"ids":{"doi":"none","own":"ours:7"},"name":"Two"}"#,
    ];
    let items = read_with(lines.join("\n").as_bytes(), &options(mapping)).items();
    let first = paper(&items[0]);
    assert_eq!(first.id.to_string(), "doi:10.1000/abc");
    assert_eq!(first.title, "One");
    assert_eq!(first.authors, ["Ada Lovelace", "Noether"]);
    assert_eq!(categories(first), ["cs.LG"]);
    assert_eq!(first.keywords, ["Streams", "a", "b"]);
    assert_eq!(paper(&items[1]).id.to_string(), "ours:7");
}

#[test]
fn record_without_id_or_title_is_named_by_its_line_and_the_rest_goes_on() {
    let lines = [
        OPENALEX,
        r#"{"id":"https://openalex.org/W2"}"#,
        "",
        r#"{"title":"Nameless"}"#,
        r#"{"id":"https://openalex.org/W3","title":{"en":"x"}}"#,
        r#"{"id":"https://openalex.org/W 4","title":"x"}"#,
        r#"{"id":"https://openalex.org/W5","title":"x","abstract_inverted_index":{"x":"0"}}"#,
        r#"{"id":"https://openalex.org/W6","title":"x","publication_date":"soon"}"#,
        "[1]",
        &OPENALEX.replace("W4400000001", "W9"),
    ]
    .join("\n");
    let items = by("openalex", &lines).items();
    assert_eq!(items.len(), 9);
    assert_eq!(items[1].place.to_string(), "line 2");
    assert_eq!(
        *quarantined(&items[1]),
        RecordError::Missing { field: "title" }
    );
    assert_eq!(items[2].place.to_string(), "line 4");
    assert_eq!(
        *quarantined(&items[2]),
        RecordError::Missing { field: "id" }
    );
    assert!(matches!(
        quarantined(&items[3]),
        RecordError::Type { field: "title", .. }
    ));
    assert!(matches!(quarantined(&items[4]), RecordError::Id { .. }));
    assert!(matches!(
        quarantined(&items[5]),
        RecordError::Type {
            field: "abstract",
            ..
        }
    ));
    assert!(matches!(quarantined(&items[6]), RecordError::Date { .. }));
    assert!(matches!(quarantined(&items[7]), RecordError::Json { .. }));
    assert_eq!(paper(&items[8]).id.to_string(), "openalex:W9");
}

#[test]
fn hostile_lines_are_refused_and_the_rest_goes_on() {
    let deep = format!(
        r#"{{"id":"https://openalex.org/W1","title":"x","x":{}1{}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let huge = format!(
        r#"{{"id":"https://openalex.org/W2","title":"{}"}}"#,
        "x".repeat(Limits::default().line_bytes)
    );
    let many = format!(
        r#"{{"id":"https://openalex.org/W3","title":"x","abstract_inverted_index":{{"x":[{}0]}}}}"#,
        "0,".repeat(200_000)
    );
    let lines = format!("{deep}\n{huge}\n{many}\n{OPENALEX}");
    let items = by("openalex", &lines).items();
    assert!(matches!(quarantined(&items[0]), RecordError::Json { .. }));
    assert!(matches!(
        quarantined(&items[1]),
        RecordError::TooLarge { field: "line", .. }
    ));
    assert!(matches!(
        quarantined(&items[2]),
        RecordError::TooLarge {
            field: "abstract",
            ..
        }
    ));
    assert_eq!(paper(&items[3]).id.to_string(), "openalex:W4400000001");
}

#[test]
fn reading_is_taken_up_in_the_middle() {
    let second = OPENALEX.replace("W4400000001", "W2");
    let lines = format!("{OPENALEX}\n{second}\n");
    let mut options = options(FieldMapping::named("openalex").unwrap());
    let at = u64::try_from(OPENALEX.len() + 1).unwrap();
    options.resume_at = Some(kindred_ingest::Position::new(at));
    let items = read_with(lines.as_bytes(), &options).items();
    assert_eq!(items.len(), 1);
    assert_eq!(paper(&items[0]).id.to_string(), "openalex:W2");
    assert_eq!(items[0].place.to_string(), "line 2");
}

#[test]
fn mapping_is_for_lines_alone() {
    let outcome = by("openalex", RSS);
    assert!(matches!(outcome.error, Some(IngestError::NotLines { .. })));
    // Without one, such lines are not taken for papers.
    assert!(read(BIORXIV.as_bytes()).items()[0].record.is_err());
}
