use super::*;

fn expression(text: &str) -> Option<String> {
    text.parse::<WordQuery>().unwrap().expression()
}

#[test]
fn words_are_alternatives_and_lose_their_punctuation() {
    assert_eq!(
        expression("Secure, aggregation!").as_deref(),
        Some(r#""secure" OR "aggregation""#)
    );
    assert_eq!(
        expression("state-of-the-art AND NEAR(x)").as_deref(),
        Some(r#""state" OR "art" OR "near" OR "x""#)
    );
}

#[test]
fn phrases_and_fields_are_required() {
    assert_eq!(
        expression(r#"author:"Adi Shamir" how to share a secret"#).as_deref(),
        Some(r#"(authors : "adi shamir") AND ((authors : "adi shamir") OR "share" OR "secret")"#)
    );
    assert_eq!(
        expression(r#""secure aggr*" ti:k-means -survey"#).as_deref(),
        Some(r#"("secure aggr" * AND title : "k means") NOT ("survey")"#)
    );
}

#[test]
fn common_words_count_only_where_nothing_else_is_left() {
    assert_eq!(
        expression("to be or not to be").as_deref(),
        Some(r#""to" OR "be" OR "or" OR "not""#)
    );
    assert_eq!(expression("the lattice").as_deref(), Some(r#""lattice""#));
}

#[test]
fn categories_are_filters_of_their_own() {
    let query: WordQuery = "cat:cs.na -cat:math.ag graphs".parse().unwrap();
    assert_eq!(query.categories()[0].as_str(), "math.NA");
    assert_eq!(query.excluded_categories()[0].as_str(), "math.AG");
    assert!(!query.has_only_filters());
    assert!("cat:cs".parse::<WordQuery>().unwrap().has_only_filters());
    assert!(matches!(
        "cat:dog".parse::<WordQuery>(),
        Err(QueryError::Category(_))
    ));
}

#[test]
fn queries_of_nothing_are_refused() {
    assert_eq!("".parse::<WordQuery>(), Err(QueryError::Empty));
    assert_eq!(" * -- \"\" : ".parse::<WordQuery>(), Err(QueryError::Empty));
    assert_eq!("-cat".parse::<WordQuery>(), Err(QueryError::OnlyExclusions));
}

#[test]
fn plain_text_keeps_what_an_encoder_should_read() {
    let query: WordQuery = r#"Learning of "secure aggr*" author:shamir title:GANs cat:cs -survey"#
        .parse()
        .unwrap();
    assert_eq!(query.plain_text(), "Learning of secure aggr GANs");
}

#[test]
fn unknown_fields_are_words() {
    assert!(["author", "au", "Title", "ABS", "category"].map(WordQuery::is_field) == [true; 5]);
    assert!(["", "note", "doi", "titles"].map(WordQuery::is_field) == [false; 4]);
    assert_eq!(
        expression("note:this author: x").as_deref(),
        Some(r#""note" OR "author" OR "x""#)
    );
}

#[test]
fn at_most_32_terms_are_asked_for() {
    let many: Vec<String> = (0..100).map(|number| format!("word{number}")).collect();
    assert_eq!(
        expression(&many.join(" ")).unwrap().matches('"').count(),
        64
    );
    let conditions = |count: usize| -> String {
        let parts = (0..count).map(|number| format!("\"a{number} b\" w{number} -x{number}"));
        parts.collect::<Vec<_>>().join(" ")
    };
    let asked = expression(&conditions(8)).unwrap();
    assert!(asked.matches('"').count() <= 64, "{asked}");
    let refused = conditions(9).parse::<WordQuery>();
    assert_eq!(
        refused,
        Err(QueryError::TooManyConditions { found: 9, limit: 8 }),
        "a condition is never dropped"
    );
}

#[test]
fn composed_and_decomposed_accents_are_one_token() {
    assert_eq!(tokens("re\u{301}sume\u{301}"), ["résumé"]);
    assert_eq!(tokens("\u{301} \u{20dd}"), Vec::<String>::new());
}
