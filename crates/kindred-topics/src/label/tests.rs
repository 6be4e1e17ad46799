use super::*;

fn text<'a>(title: &'a str, abstract_text: &'a str) -> TopicText<'a> {
    TopicText {
        title,
        abstract_text,
    }
}

fn labelled(texts: &[TopicText<'_>], topics: &[Vec<u32>]) -> Vec<Labelled> {
    let mut named = unnamed(topics);
    let labels = Labels::new(texts, 10);
    labels
        .name(&mut named, topics, &|_| {}, &AtomicBool::new(false))
        .unwrap();
    named
        .into_iter()
        .map(|topic| Labelled {
            label: topic.label,
            terms: topic.terms,
        })
        .collect()
}

fn unnamed(topics: &[Vec<u32>]) -> Vec<Topic> {
    topics
        .iter()
        .map(|members| Topic {
            label: String::new(),
            terms: Vec::new(),
            level: 0,
            parent: None,
            children: Vec::new(),
            members: members.clone(),
            representatives: Vec::new(),
        })
        .collect()
}

#[test]
fn weights_follow_the_formula() {
    let texts = [
        text("quark, quark, lattice", ""),
        text("quark, graph", ""),
        text("graph, graph, planar, planar", ""),
    ];
    let found = labelled(&texts, &[vec![0, 1], vec![2]]);
    // Topic 0 has 5 words, topic 1 four: A = 4.5.
    let expected = [
        vec![
            ("quark", 3.0 / 5.0 * (1.0_f64 + 4.5 / 3.0).ln()),
            ("lattice", 1.0 / 5.0 * (1.0_f64 + 4.5).ln()),
            ("graph", 1.0 / 5.0 * (1.0_f64 + 4.5 / 3.0).ln()),
        ],
        vec![
            ("planar", 2.0 / 4.0 * (1.0_f64 + 4.5 / 2.0).ln()),
            ("graph", 2.0 / 4.0 * (1.0_f64 + 4.5 / 3.0).ln()),
        ],
    ];
    for (topic, expected) in found.iter().zip(expected) {
        assert_eq!(topic.terms.len(), expected.len(), "{topic:?}");
        for ((shown, weight), (term, by_hand)) in topic.terms.iter().zip(expected) {
            assert_eq!(shown, term);
            assert!((weight - by_hand).abs() < 1e-12);
        }
    }
    assert_eq!(found[0].label, "quark, lattice, graph");
}

#[test]
fn plurals_fold_and_the_usual_form_is_shown() {
    let texts = [
        text("", "the neural networks and neural networks"),
        text("", "a neural network. The neural networks"),
        text("", "the dwarf galaxies"),
        text("", "the dwarf galaxies and a galaxy"),
    ];
    let found = labelled(&texts, &[vec![0, 1], vec![2, 3]]);
    assert_eq!(found[0].terms[0].0, "neural networks");
    assert_eq!(found[1].label, "dwarf galaxies");
    for topic in &found {
        let folded = topic
            .terms
            .iter()
            .filter(|(term, _)| term.contains("network"));
        assert!(folded.count() <= 1, "{topic:?}");
    }
}

#[test]
fn labels_have_two_to_four_words_and_are_unique() {
    let phrase = "secure aggregation in federated learning";
    let texts: Vec<TopicText<'_>> = (0..12).map(|_| text(phrase, phrase)).collect();
    let topics = [vec![0, 1, 2, 3], vec![4, 5, 6, 7], vec![8, 9, 10, 11]];
    let found = labelled(&texts, &topics);
    let mut labels: Vec<String> = found
        .iter()
        .map(|topic| topic.label.to_lowercase())
        .collect();
    let words = found[0].label.split([' ', '-']).count();
    assert!((2..=4).contains(&words), "{labels:?}");
    labels.sort();
    labels.dedup();
    assert_eq!(labels.len(), 3, "{labels:?}");
}

#[test]
fn no_term_lies_within_another() {
    let texts = [
        text(
            "graph neural networks",
            "graph neural networks, graph theory, neural nets",
        ),
        text("graph neural networks", "a graph of neural networks"),
        text("dark matter halo", "dark matter halo and dark energy"),
        text("dark matter halo", "matter in a halo"),
    ];
    let found = labelled(&texts, &[vec![0, 1], vec![2, 3]]);
    for topic in &found {
        for (a, _) in &topic.terms {
            for (b, _) in &topic.terms {
                let is_within = a != b && format!(" {b} ").contains(&format!(" {a} "));
                assert!(!is_within, "{a} in {b}");
            }
        }
    }
    assert_eq!(found[1].terms[0].0, "dark matter halo");
}

#[test]
fn wordless_topics_are_called_by_a_title_or_nothing() {
    let texts = [
        text("", ""),
        text("", ""),
        text("The 22 of it all so far", ""),
    ];
    let found = labelled(&texts, &[vec![0], vec![1], vec![2]]);
    let labels: Vec<&str> = found.iter().map(|topic| topic.label.as_str()).collect();
    assert_eq!(labels[..2], ["untitled papers", "untitled papers 2"]);
    assert!(!labels[2].is_empty());
}

#[test]
fn a_set_flag_stops_the_passes() {
    let texts = [text("a b", "")];
    let labels = Labels::new(&texts, 10);
    let mut topics = unnamed(&[vec![0]]);
    let stopped = labels.name(&mut topics, &[vec![0]], &|_| {}, &AtomicBool::new(true));
    assert_eq!(stopped, Err(TopicError::Stopped));
}

#[test]
fn children_are_set_apart_from_their_siblings() {
    let texts = [
        text("quark, lattice", ""),
        text("quark, gluon", ""),
        text("quark, quark, decay", ""),
        text("graph, planar", ""),
    ];
    let members = [vec![0, 1, 2], vec![3], vec![0, 1], vec![2]];
    let mut topics = unnamed(&members);
    for child in [2, 3] {
        (topics[child].level, topics[child].parent) = (1, Some(0));
    }
    let labels = Labels::new(&texts, 10);
    labels
        .name(&mut topics, &members, &|_| {}, &AtomicBool::new(false))
        .unwrap();
    assert_eq!(topics[0].terms[0].0, "quark");
    // Four of seven words of all siblings: less telling than what is heard once.
    let weight = |term: &str| {
        let found = topics[2].terms.iter().find(|(shown, _)| shown == term);
        found.unwrap().1
    };
    assert!((weight("quark") - 0.5 * (1.0_f64 + 3.5 / 4.0).ln()).abs() < 1e-12);
    assert!((weight("gluon") - 0.25 * 4.5_f64.ln()).abs() < 1e-12);
    let mut labels: Vec<&str> = topics.iter().map(|topic| topic.label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), 4);
}
