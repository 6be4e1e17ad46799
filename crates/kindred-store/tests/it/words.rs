use kindred_core::Record;
use kindred_store::{PaperFilter, WordQuery};
use proptest::prelude::*;

use crate::support::{Library, paper, record};

fn library() -> Library {
    let with = |id: &str, title: &str, text: &str, author: &str, category: &str| -> Record {
        let mut paper = paper(id, title);
        paper.abstract_text = text.into();
        paper.authors = vec![author.into()];
        paper.categories = vec![category.parse().unwrap()];
        record(paper)
    };
    Library::with(&[
        with(
            "2601.00001",
            "Secure aggregation",
            "Users collude.",
            "Adi Shamir",
            "cs.CR",
        ),
        with(
            "2601.00002",
            "Aggregation of data",
            "It is secure.",
            "José Müller",
            "cs.DB",
        ),
        with(
            "2601.00003",
            "Poincaré duality",
            "A note on k-means.",
            "Secure Jones",
            "math.AG",
        ),
        with(
            "2601.00004",
            "Surveys",
            "Blockchain aggregation survey.",
            "Jones",
            "cs.CR",
        ),
    ])
}

fn found(query: &str) -> Vec<String> {
    let mut found = library().search(query, &PaperFilter::default());
    for id in &mut found {
        id.drain(..9);
    }
    found
}

#[test]
fn rarer_and_more_words_come_first() {
    assert_eq!(found("secure aggregation colluding")[0], "1");
    assert_eq!(found("the users").len(), 1);
}

#[test]
fn phrases_fields_prefixes_and_exclusions_select() {
    assert_eq!(found("\"secure aggregation\""), ["1"]);
    assert_eq!(found("author:secure"), ["3"]);
    assert_eq!(found("author:jones aggregation"), ["4", "3"]);
    assert_eq!(found("title:k-means"), Vec::<String>::new());
    assert_eq!(found("abstract:k-means"), ["3"]);
    assert_eq!(found("blockch*"), ["4"]);
    assert_eq!(found("aggregation -blockchain").len(), 2);
    assert_eq!(found("cat:cs aggregation -cat:cs.CR"), ["2"]);
    assert_eq!(found("cat:cs.CR -survey"), ["1"]);
}

#[test]
fn accents_case_and_endings_do_not_matter() {
    assert_eq!(found("POINCARE dualities"), ["3"]);
    assert_eq!(found("author:muller"), ["2"]);
}

#[test]
fn equal_scores_are_ordered_by_id_even_at_the_cut() {
    let mut library = Library::new();
    for number in [5, 3, 9, 1, 7] {
        library.import(&[record(paper(&format!("2601.0000{number}"), "Same words"))]);
    }
    let query: WordQuery = "same".parse().unwrap();
    let filter = PaperFilter::default();
    let all = library.search("same", &filter);
    assert!(all.is_sorted());
    for limit in 0..6 {
        let found = library.store.search_words(&query, limit, &filter).unwrap();
        let keys: Vec<_> = found.iter().map(|(key, _)| *key).collect();
        assert_eq!(library.ids(&keys), all[..limit.min(5)]);
        assert!(found.iter().all(|(_, score)| *score > 0.0));
    }
}

#[test]
fn whole_sentences_of_common_words_are_answered() {
    assert_eq!(found("it is on a").len(), 2);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_text_is_a_syntax_error(
        texts in prop::collection::vec(
            prop_oneof![
                "[ -~]{0,24}",
                "[\"'*:^+(){}|AND ORNT-]{0,24}",
                "\\PC{0,16}",
                "(author|title|abstract|cat|words|rowid)?:?[ -~]{0,8}",
                any::<String>(),
            ],
            40,
        ),
    ) {
        let library = library();
        for text in texts {
            if let Ok(query) = text.parse::<WordQuery>() {
                let found = library.store.search_words(&query, 10, &PaperFilter::default());
                prop_assert!(found.is_ok(), "{text:?}: {found:?}");
            }
        }
    }
}

#[test]
fn every_pair_of_ascii_punctuation_is_harmless() {
    let library = library();
    for first in (1u8..128)
        .map(char::from)
        .filter(|c| !c.is_ascii_alphanumeric())
    {
        for second in (1u8..128)
            .map(char::from)
            .filter(|c| !c.is_ascii_alphanumeric())
        {
            let text = format!("{first}{second}secure{first}data{second} {second}{first}*");
            let query: WordQuery = match text.parse() {
                Ok(query) => query,
                Err(_) => continue,
            };
            let found = library
                .store
                .search_words(&query, 10, &PaperFilter::default());
            assert!(found.is_ok(), "{text:?}: {found:?}");
        }
    }
}
