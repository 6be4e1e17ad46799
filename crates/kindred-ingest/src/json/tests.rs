use super::*;
use kindred_core::Paper;

fn parse_as(line: &str, format: Format) -> Result<Paper, RecordError> {
    match parse_line(line, format, &Limits::default(), &mut Repairs::default())?.0 {
        Record::Paper { paper, .. } => Ok(*paper),
        Record::Deleted(_) => unreachable!("lines never delete"),
    }
}

fn parse(line: &str) -> Result<Paper, RecordError> {
    parse_as(line, Format::JsonLines)
}

#[test]
fn own_shape_with_every_field() {
    let paper = parse(
        r#"{"id":"doi:10.1000/1","title":"On\n things","abstract":" Text. ","categories":["cs.DC"],
            "date":"2023-05","authors":["A. One","B. Two"],"venue":"Conf","keywords":["a","b"],
            "doi":"https://doi.org/10.1000/1","comments":"c","license":"l","journal_ref":"j",
            "source":"ignored","unknown":{"x":[1]}}"#,
    )
    .unwrap();
    assert_eq!(paper.title, "On things");
    assert_eq!(paper.abstract_text, "Text.");
    assert_eq!(paper.authors, ["A. One", "B. Two"]);
    assert_eq!(paper.keywords, ["a", "b"]);
    assert_eq!(paper.venue.as_deref(), Some("Conf"));
    assert_eq!(paper.doi.as_deref(), Some("10.1000/1"));
    assert_eq!(paper.journal_ref.as_deref(), Some("j"));
    assert_eq!(paper.version(), Version::UNKNOWN);
    assert_eq!(paper.first_date().unwrap().to_string(), "2023-05");
    assert_eq!(paper.source, SourceKind::JsonLines);
}

#[test]
fn lists_may_be_strings_and_versions_may_be_listed() {
    let paper = parse(
        r#"{"id":"2603.22691v2","title":"T","categories":"cs.DC stat.ML I.2.6","authors":
            "A. One and B. Two","keywords":"x; y","versions":[{"number":2,"date":"2026-04-01"},
            {"number":1,"date":"2026-03-01"}]}"#,
    )
    .unwrap();
    assert_eq!(paper.authors, ["A. One", "B. Two"]);
    assert_eq!(paper.keywords, ["I.2.6", "x", "y"]);
    assert_eq!(paper.version(), 2);
    assert_eq!(paper.first_date().unwrap().to_string(), "2026-03-01");
}

#[test]
fn year_may_be_a_number_and_nulls_are_absent() {
    let paper = parse(
        r#"{"id":"cula:1","title":"T","abstract":null,"date":2021,"authors":null,"doi":null,
            "versions":null,"keywords":[null,"k"]}"#,
    )
    .unwrap();
    assert_eq!(paper.first_date().unwrap().to_string(), "2021");
    assert_eq!(paper.doi, None);
    assert_eq!(paper.keywords, ["k"]);
}

/// Section 1.6: the 14 fields of the snapshot.
#[test]
fn snapshot_line_has_all_versions_and_structured_authors() {
    let paper = parse_as(
        r#"{"id":"0704.0100","submitter":"A. One","authors":"Ann One, Bo van Two Jr.","title":
            "A long\n  title","comments":"5 pages","journal-ref":"J. 1 (2008)","doi":"10.1000/9",
            "report-no":"R-1","categories":"math.MP hep-th","license":null,"abstract":
            "  First line\nsecond.\n","versions":[{"version":"v1","created":
            "Mon, 2 Apr 2007 19:18:42 GMT"},{"version":"v2","created":
            "Tue, 24 Jul 2007 20:10:27 GMT"}],"update_date":"2008-11-26","authors_parsed":
            [["One","Ann",""],["van Two","Bo","Jr.","Somewhere"]]}"#,
        Format::Snapshot,
    )
    .unwrap();
    assert_eq!(paper.id.short(), "0704.0100");
    assert_eq!(paper.title, "A long title");
    assert_eq!(paper.abstract_text, "First line second.");
    assert_eq!(paper.authors, ["Ann One", "Bo van Two Jr."]);
    assert_eq!(paper.categories[0].as_str(), "math-ph");
    assert_eq!(paper.versions.len(), 2);
    assert_eq!(
        paper.first_date().unwrap().to_string(),
        "2007-04-02T19:18:42Z"
    );
    assert_eq!(paper.source, SourceKind::Snapshot);
}

/// Section 1.6: as a number `0704.0001` is another id.
#[test]
fn numeric_id_is_refused_with_the_reason() {
    let error = parse(r#"{"id":704.0001,"title":"T"}"#).unwrap_err();
    assert_eq!(
        error,
        RecordError::NumericId {
            found: "704.0001".into()
        }
    );
    assert!(error.to_string().contains("expected a string"));
}

#[test]
fn unusable_lines_say_why() {
    let cases = [
        (r#"{"title":"T"}"#, "no id"),
        (r#"{"id":"","title":"T"}"#, "no id"),
        (r#"{"id":"2603.22691"}"#, "no title"),
        (r#"{"id":"2603.22691","title":"  "}"#, "no title"),
        (r#"{"id":"plain","title":"T"}"#, "unusable id"),
        (r#"{"id":"2613.22691","title":"T"}"#, "unusable id"),
        (
            r#"{"id":"a:1","title":7}"#,
            "title is the number 7, expected a string",
        ),
        (r#"{"id":"a:1","title":["T"]}"#, "title is an array"),
        (
            r#"{"id":"a:1","title":"T","date":"soon"}"#,
            "date is `soon`",
        ),
        (
            r#"{"id":"a:1","title":"T","date":"2023-06-6"}"#,
            "date is `2023-06-6`",
        ),
        (
            r#"{"id":"a:1","title":"T","authors":{"a":1}}"#,
            "authors is an object",
        ),
        (
            r#"{"id":"a:1","title":"T","versions":[{"number":0}]}"#,
            "version number is `0`",
        ),
        (r#"{"id":"a:1","title":"T","versions":3}"#, "column"),
        (r#"{"id":"a:1","title":"T","id":"a:2"}"#, "duplicate field"),
        (r#"{"id":"a:1","title":"\ud800"}"#, "column"),
        (r#"["a:1","T"]"#, "braces"),
        ("42", "braces"),
        ("{} x", "column 4"),
    ];
    for (line, part) in cases {
        let error = parse(line).unwrap_err().to_string();
        assert!(error.contains(part), "{line}: {error}");
    }
}

#[test]
fn nesting_cannot_exhaust_the_stack() {
    let deep = format!(r#"{{"id":"a:1","title":"T","x":{}"#, "[".repeat(1_000_000));
    assert!(parse(&deep).is_err());
    let deep = format!(
        r#"{{"id":"a:1","title":"T","keywords":{}"#,
        "[".repeat(1_000_000)
    );
    assert!(parse(&deep).is_err());
}

#[test]
fn format_is_told_by_the_keys() {
    let snapshot = r#"{"id":"0704.0100","submitter":null,"title":"T","update_date":"2008-01-01"}"#;
    assert_eq!(format_of(snapshot), Ok(Format::Snapshot));
    assert_eq!(format_of(&snapshot[..70]), Ok(Format::Snapshot));
    assert_eq!(
        format_of(r#"{"id":"a:1","title":"on \"update_date\""}"#),
        Ok(Format::JsonLines)
    );
    let queries = format_of(r#"{"query":"q","relevant":[]}"#).unwrap_err();
    assert!(queries.contains("query, relevant"), "{queries}");
}
