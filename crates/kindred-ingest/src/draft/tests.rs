use super::*;

fn draft(id: &str) -> Draft<'static> {
    let mut draft = Draft::new(id.parse().unwrap(), SourceKind::Query);
    draft.title = "A title".into();
    draft
}

fn finish(draft: Draft<'_>) -> Result<Paper, RecordError> {
    draft.finish(&Limits::default(), &mut Repairs::default())
}

#[test]
fn blank_title_is_refused_and_blank_abstract_is_not() {
    let mut blank = draft("2603.22691");
    blank.title = " \n ".into();
    assert_eq!(finish(blank), Err(RecordError::Missing { field: "title" }));
    assert_eq!(finish(draft("2603.22691")).unwrap().abstract_text, "");
}

/// Threat 4: field caps.
#[test]
fn each_field_has_its_cap() {
    let limits = Limits::default();
    let long = |bytes: usize| Cow::Owned("x".repeat(bytes));
    let spoil = |name: &str, draft: &mut Draft<'static>| match name {
        "title" => draft.title = long(2049),
        "abstract" => draft.abstract_text = long(65_537),
        "comments" => draft.comments = long(8193),
        "journal reference" => draft.journal_ref = long(2049),
        "author list" => draft.authors = vec!["A. One".into(); 5001],
        "author name" => draft.authors = vec![long(2049)],
        TERMS => draft.keywords = vec!["k".into(); 501],
        other => unreachable!("{other}"),
    };
    for name in [
        "title",
        "abstract",
        "comments",
        "journal reference",
        "author list",
        "author name",
        TERMS,
    ] {
        let mut spoiled = draft("2603.22691");
        spoil(name, &mut spoiled);
        let error = spoiled
            .finish(&limits, &mut Repairs::default())
            .unwrap_err();
        assert!(
            matches!(error, RecordError::TooLarge { field, .. } if field == name),
            "{name}: {error}"
        );
    }
}

/// The cap is on the normal form: line breaks and indents do not count.
#[test]
fn title_of_exactly_two_kibibytes_passes() {
    let mut long = draft("2603.22691");
    long.title = format!("  {}\n", "x".repeat(2048)).into();
    assert_eq!(finish(long).unwrap().title.len(), 2048);
}

/// Section 1.7: aliases and subsumed archives; section 1.2: ACM and MSC terms among categories.
#[test]
fn categories_become_canonical_and_foreign_classes_become_keywords() {
    let mut mixed = draft("2603.22691");
    mixed.categories = [
        "math-ph",
        "math.MP",
        "cs.NA",
        "I.2.6; H.3.3",
        "68T05, 62H30",
        "cmp-lg",
    ]
    .map(Cow::from)
    .to_vec();
    mixed.keywords = vec!["H.3.3".into(), " ".into(), "graphs".into()];
    let paper = finish(mixed).unwrap();
    let categories: Vec<&str> = paper.categories.iter().map(Category::as_str).collect();
    assert_eq!(categories, ["math-ph", "math.NA", "cs.CL"]);
    assert_eq!(
        paper.keywords,
        ["I.2.6", "H.3.3", "68T05", "62H30", "graphs"]
    );
}

/// Trap 15: version dropped or silently upgraded.
#[test]
fn version_of_the_id_is_kept_apart_from_the_id() {
    let paper = finish(draft("solv-int/9701001v3")).unwrap();
    assert_eq!(paper.id.short(), "solv-int/9701001");
    assert_eq!(paper.version(), 3);
    let paper = finish(draft("solv-int/9701001")).unwrap();
    assert_eq!(paper.version(), Version::UNKNOWN);
}

#[test]
fn versions_are_ordered_and_each_number_is_there_once() {
    let dated = |number, date: Option<&str>| Version {
        number,
        date: date.map(|date| date.parse().unwrap()),
    };
    let versions = vec![
        dated(3, Some("2020-03-01")),
        dated(1, None),
        dated(0, Some("2020-01-09")),
        dated(1, Some("2020-01-01")),
    ];
    assert_eq!(
        ordered_versions(versions, Some(2)),
        [
            dated(1, Some("2020-01-01")),
            dated(2, None),
            dated(3, Some("2020-03-01"))
        ]
    );
}

/// Section 1.3: withdrawal by comments and abstract.
#[test]
fn withdrawal_is_told_from_mentions_of_it() {
    for text in [
        "Withdrawn",
        "This paper has been withdrawn by the author due to an error in Lemma 2",
        "Paper withdrawn: superseded",
        "arXiv admin note: this submission has been withdrawn by arXiv administrators",
        "The paper is withdrawn from arXiv",
        "12 pages. Withdrawn by the authors. This version withdrawn",
    ] {
        assert!(says_withdrawn(text, ""), "{text}");
    }
    for text in [
        "Replaces the withdrawn arXiv:2001.00001",
        "was withdrawn from the journal of record, now 12 pages",
        "12 pages, 3 figures",
        "A study of withdrawn drugs",
    ] {
        assert!(!says_withdrawn(text, ""), "{text}");
    }
    assert!(says_withdrawn(
        "",
        "This paper has been withdrawn by the author."
    ));
    assert!(!says_withdrawn(
        "",
        "We study drugs that were withdrawn. A drug is withdrawn if"
    ));
    assert!(!says_withdrawn(
        "",
        "Retention is the share of customers that were never withdrawn"
    ));
}

#[test]
fn papers_of_other_schemes_are_not_withdrawn_by_their_words() {
    let mut other = draft("doi:10.1000/1");
    other.comments = "withdrawn".into();
    assert!(!finish(other).unwrap().withdrawn);
    let mut arxiv = draft("2603.22691");
    arxiv.comments = "withdrawn".into();
    assert!(finish(arxiv).unwrap().withdrawn);
}

/// Section 1.8 and 1.2: a paper may be called `0`, `Error` or `None`.
#[test]
fn odd_titles_are_titles() {
    for title in ["0", "Error", "None"] {
        let mut odd = draft("2104.12255");
        odd.title = title.into();
        assert_eq!(finish(odd).unwrap().title, title);
    }
}
