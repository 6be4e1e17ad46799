use proptest::prelude::*;

use super::*;
use crate::{SourceKind, Version};

fn rule(kind: RuleKind, text: &str) -> Rule {
    Rule::new(kind, text).unwrap()
}

fn must(text: &str) -> Rule {
    rule(RuleKind::Must, text)
}

fn subject(title: &str, abstract_text: &str, authors: &[&str], categories: &[&str]) -> RuleSubject {
    let paper = Paper {
        id: "2603.00001".parse().unwrap(),
        title: title.into(),
        abstract_text: abstract_text.into(),
        authors: authors.iter().map(|&name| name.into()).collect(),
        categories: categories
            .iter()
            .map(|name| name.parse().unwrap())
            .collect(),
        versions: vec![Version {
            number: 1,
            date: None,
        }],
        comments: None,
        journal_ref: None,
        doi: None,
        license: None,
        venue: None,
        keywords: Vec::new(),
        withdrawn: false,
        source: SourceKind::Query,
    };
    RuleSubject::from(&paper)
}

#[test]
fn words_are_whole_and_in_a_row() {
    let graph = must("graph neural network");
    assert!(graph.matches_text("A Graph Neural-Network for Rain"));
    assert!(graph.matches_text(r"\emph{Gr\'aph} NEURAL {network}s' edge, graph neural network"));
    assert!(!graph.matches_text("graph neural networks"));
    assert!(!graph.matches_text("neural graph network"));
    assert!(!graph.matches_text("graph of a neural network"));
    assert!(must("survey").matches_text("(Survey)"));
    assert!(!must("survey").matches_text("surveying"));
}

#[test]
fn stars_leave_the_end_of_a_word_open() {
    let rule = must("graph* neural net*");
    assert!(rule.matches_text("graphical neural networks"));
    assert!(rule.matches_text("graph neural net"));
    assert!(!rule.matches_text("paragraph neural networks"));
    for text in ["*", "gr*aph", "g*", "* graph", "graph **", "graph *", "a-*"] {
        let error = Rule::new(RuleKind::Must, text).unwrap_err();
        assert!(
            matches!(error, RuleError::Star { .. } | RuleError::NoLetters { .. }),
            "{text}: {error:?}"
        );
    }
}

#[test]
fn alternatives_are_enough_one_by_one() {
    let rule = must("LLM* | large language model*");
    assert!(rule.matches_text("Evaluating LLMs"));
    assert!(rule.matches_text("Large Language Models as Judges"));
    assert!(!rule.matches_text("Large models of language"));
    assert!(rule.is_same(&must("Large  Language model* | llm* |LLM*")));
    assert!(!rule.is_same(&must("LLM*")));
}

#[test]
fn a_phrase_does_not_run_from_title_to_abstract() {
    let paper = subject("On graphs", "neural networks of them", &[], &[]);
    assert!(!must("graphs neural").matches(&paper));
    assert!(must("neural networks").matches(&paper));
    assert!(must("graphs").matches(&paper));
}

#[test]
fn formulas_and_accents_are_read() {
    assert!(must("Poincare").matches_text(r"On Poincar\'e duality"));
    assert!(must("α-divergence").matches_text(r"The $\alpha$-divergence"));
    assert!(must("802.11").matches_text("Wi-Fi (802.11)"));
}

#[test]
fn categories_and_archives_are_held_against_every_category_of_a_paper() {
    let paper = subject("T", "", &[], &["cs.LG", "stat.ML"]);
    assert!(rule(RuleKind::Category, "STAT").matches(&paper));
    assert!(rule(RuleKind::NotCategory, "stat.ml").matches(&paper));
    assert!(!rule(RuleKind::Category, "math").matches(&paper));
    assert_eq!(rule(RuleKind::Category, "cs.NA").text(), "math.NA");
}

#[test]
fn authors_match_with_initials_and_in_either_form() {
    for (pattern, name) in [
        ("J. Doe", "Jane Doe"),
        ("Jane Doe", "J. Doe"),
        ("Doe, Jane", "Jane M. Doe"),
        ("Doe", "Jane Doe"),
        (r#"K. G\"odel"#, "Gödel, Kurt"),
        ("J.-L. Picard", "Jean-Luc Picard"),
        ("Ludwig van Beethoven", "van Beethoven, L."),
        ("Sammy Davis Jr.", "S. Davis"),
    ] {
        let paper = subject("T", "", &["Other Person", name], &[]);
        assert!(
            rule(RuleKind::PinAuthor, pattern).matches(&paper),
            "{pattern} / {name}"
        );
    }
    for (pattern, name) in [
        ("Jane Doe", "John Doe"),
        ("J. Doe", "Mary Doe"),
        ("Jane Doe", "Doe"),
        ("Jane Doe", "Jane Roe"),
        ("Ada M. Doe", "Ada B. Doe"),
    ] {
        let paper = subject("T", "", &[name], &[]);
        assert!(
            !rule(RuleKind::MuteAuthor, pattern).matches(&paper),
            "{pattern} / {name}"
        );
    }
}

#[test]
fn texts_that_say_nothing_are_refused_with_what_was_expected() {
    for (kind, text, part) in [
        (RuleKind::Must, "", "is empty, expected a word or phrase"),
        (RuleKind::Must, " \t ", "is empty"),
        (RuleKind::MustNot, "a |", "is empty"),
        (RuleKind::MustNot, "?!", "no letter or digit"),
        (RuleKind::Must, "&", "no letter or digit"),
        (RuleKind::PinAuthor, "", "a name such as `Jane Doe`"),
        (RuleKind::MuteAuthor, ", .", "no letter or digit"),
        (RuleKind::Category, "biology", "`cs.DC`, `hep-th` or `math`"),
        (RuleKind::NotCategory, "", "`cs.DC`"),
    ] {
        let error = Rule::new(kind, text).unwrap_err().to_string();
        assert!(error.contains(part), "{kind} {text:?}: {error}");
    }
}

#[test]
fn rules_that_undo_each_other_contradict() {
    for (left, right) in [
        ((RuleKind::Must, "Survey"), (RuleKind::MustNot, "survey")),
        (
            (RuleKind::Must, "graph neural"),
            (RuleKind::MustNot, "graph*"),
        ),
        ((RuleKind::Must, "a1 | b1"), (RuleKind::MustNot, "b1|a1|c1")),
        (
            (RuleKind::Category, "cs.LG"),
            (RuleKind::NotCategory, "cs.lg"),
        ),
        ((RuleKind::Category, "cs.LG"), (RuleKind::NotCategory, "cs")),
        (
            (RuleKind::PinAuthor, "Jane Doe"),
            (RuleKind::MuteAuthor, "Doe, Jane"),
        ),
    ] {
        let (left, right) = (rule(left.0, left.1), rule(right.0, right.1));
        assert!(left.contradicts(&right), "{left} / {right}");
        assert!(right.contradicts(&left), "{right} / {left}");
    }
    for (left, right) in [
        (
            (RuleKind::Must, "graph*"),
            (RuleKind::MustNot, "graph neural"),
        ),
        ((RuleKind::Must, "a1 | b1"), (RuleKind::MustNot, "a1")),
        ((RuleKind::Category, "cs"), (RuleKind::NotCategory, "cs.LG")),
        (
            (RuleKind::PinAuthor, "Jane Doe"),
            (RuleKind::MuteAuthor, "J. Doe"),
        ),
        ((RuleKind::Must, "survey"), (RuleKind::Must, "survey")),
    ] {
        let (left, right) = (rule(left.0, left.1), rule(right.0, right.1));
        assert!(!left.contradicts(&right), "{left} / {right}");
    }
    let (pinned, muted) = (
        rule(RuleKind::PinAuthor, "Jane Doe"),
        rule(RuleKind::MuteAuthor, "J. Doe"),
    );
    assert!(muted.overshadows(&pinned) && !pinned.overshadows(&muted));
}

#[test]
fn stored_numbers_find_their_kind() {
    for kind in RuleKind::ALL {
        assert_eq!(RuleKind::from_number(kind.number()), Some(kind));
    }
    assert_eq!(RuleKind::from_number(0), None);
    assert_eq!(RuleKind::from_number(7), None);
}

/// Words of letters that fold to themselves.
fn words() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[a-d]{2,4}", 1..12)
}

proptest! {
    #[test]
    fn phrases_are_found_as_an_oracle_finds_them(text in words(), phrase in words()) {
        // Words joined by spaces and framed by them: a phrase is then a plain substring.
        let framed = format!(" {} ", text.join(" "));
        let whole = framed.contains(&format!(" {} ", phrase.join(" ")));
        let stem = framed.contains(&format!(" {}", phrase.join(" ")));
        prop_assert_eq!(must(&phrase.join(" ")).matches_text(&text.join(" ")), whole);
        prop_assert_eq!(must(&format!("{}*", phrase.join(" "))).matches_text(&text.join(" ")), stem);
    }

    #[test]
    fn every_part_of_a_text_is_found_however_it_is_spelt(
        text in words(), from in 0usize..12, length in 1usize..4,
    ) {
        let from = from % text.len();
        let part = &text[from..(from + length).min(text.len())];
        let spelt = text.join(" - ").to_uppercase();
        prop_assert!(must(&part.join(" ")).matches_text(&spelt));
        let open = format!("{}*", part.join(" "));
        prop_assert!(must(&open).matches_text(&spelt));
    }

    #[test]
    fn a_contradiction_is_never_met_by_a_text(
        text in words(), wanted in words(), excluded in words(), open in any::<bool>(),
    ) {
        let wanted = must(&wanted[..wanted.len().min(2)].join(" | "));
        let star = if open { "*" } else { "" };
        let excluded = rule(RuleKind::MustNot, &format!("{}{star}", excluded[0]));
        let text = text.join(" ");
        if wanted.contradicts(&excluded) && wanted.matches_text(&text) {
            prop_assert!(excluded.matches_text(&text), "{wanted} / {excluded} / {text}");
        }
    }

    #[test]
    fn reading_any_text_neither_panics_nor_changes_on_a_second_reading(
        text in "\\PC{0,30}", number in 1u8..7,
    ) {
        let kind = RuleKind::from_number(number).unwrap();
        if let Ok(first) = Rule::new(kind, &text) {
            let second = Rule::new(kind, first.text()).unwrap();
            prop_assert!(first.is_same(&second));
            prop_assert_eq!(first.text(), second.text());
        }
    }

    #[test]
    fn names_admit_their_initials_and_their_other_form(
        given in prop::collection::vec("[A-Z][a-z]{1,6}", 1..3), surname in "[A-Z][a-z]{2,8}",
    ) {
        prop_assume!(!["Jr", "Sr", "Ii", "Iii", "Iv"].contains(&surname.as_str()));
        let initials: Vec<String> = given.iter().map(|name| format!("{}.", &name[..1])).collect();
        let full = AuthorName::new(&format!("{} {surname}", given.join(" "))).unwrap();
        let short = AuthorName::new(&format!("{} {surname}", initials.join(" "))).unwrap();
        let turned = AuthorName::new(&format!("{surname}, {}", given.join(" "))).unwrap();
        prop_assert_eq!(&full, &turned);
        prop_assert!(full.admits(&short) && short.admits(&full) && short.admits(&turned));
    }
}
