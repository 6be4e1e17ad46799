use super::*;
use crate::label::weight::MIN_LOG_LIFT;

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
            leading: Vec::new(),
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
    // Topic 0 has 5 words, topic 1 four: A = 4.5. The topics are the corpus: both lifts are one.
    let weight = |share: f64, frequency: f64, coverage: f64| {
        let lift = share / (frequency / 9.0);
        share * (1.0 + 4.5 / frequency).ln() * coverage.sqrt() * (1.5 * lift.ln()).max(MIN_LOG_LIFT)
    };
    let expected = [
        vec![
            ("quark", weight(3.0 / 5.0, 3.0, 1.0)),
            ("lattice", weight(1.0 / 5.0, 1.0, 0.5)),
            ("graph", weight(1.0 / 5.0, 3.0, 0.5)),
        ],
        vec![
            ("planar", weight(2.0 / 4.0, 2.0, 1.0)),
            ("graph", weight(2.0 / 4.0, 3.0, 1.0)),
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
fn endless_words_of_a_title_are_cut() {
    let endless = "字".repeat(600);
    let texts = [text(&endless, "")];
    let found = labelled(&texts, &[vec![0]]);
    assert_eq!(found[0].label, format!("{}…", "字".repeat(40)));
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
    let weight = |term: &str| {
        let found = topics[2].terms.iter().find(|(shown, _)| shown == term);
        found.unwrap().1
    };
    // Half of the topic's words, but four of seven of all siblings' and four of nine of the
    // corpus: a lift below one.
    let by_hand = 0.5 * (1.0_f64 + 3.5 / 4.0).ln() * MIN_LOG_LIFT;
    assert!((weight("quark") - by_hand).abs() < 1e-12);
    // In one of two papers, one of four words; one of seven and one of nine.
    let lifts = (7.0_f64 / 4.0).ln() + 0.5 * (9.0_f64 / 4.0).ln();
    let by_hand = 0.25 * 4.5_f64.ln() * 0.5_f64.sqrt() * lifts;
    assert!((weight("gluon") - by_hand).abs() < 1e-12);
    let mut labels: Vec<&str> = topics.iter().map(|topic| topic.label.as_str()).collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), 4);
}

#[test]
fn a_topic_without_siblings_has_no_lift() {
    let found = labelled(&[text("quark, quark, lattice", "")], &[vec![0]]);
    let by_hand = 2.0 / 3.0 * (1.0_f64 + 3.0 / 2.0).ln();
    assert_eq!(found[0].terms[0].0, "quark");
    assert!((found[0].terms[0].1 - by_hand).abs() < 1e-12);
}

/// Two topics of which the second is about something else.
fn first_label(abstracts: &[&str]) -> Labelled {
    let mut texts: Vec<TopicText<'_>> = abstracts.iter().map(|&own| text("", own)).collect();
    let own: Vec<u32> = (0..).take(texts.len()).collect();
    let others = "lattice gauge theory, mesons, glueballs";
    texts.extend([text("", others), text("", others)]);
    let other = u32::try_from(own.len()).unwrap();
    labelled(&texts, &[own, vec![other, other + 1]]).remove(0)
}

#[test]
fn a_label_does_not_repeat_itself() {
    let own = "reinforcement learning, reinforcement learning, RLs, RLs, reinforced, clusters, clustering";
    let found = first_label(&[own, own, own]);
    assert_eq!(found.label, "reinforcement learning, clustering");
}

#[test]
fn a_phrase_of_four_words_stays_whole() {
    let own = "physics-informed neural networks, a physics-informed neural network";
    let found = first_label(&[own, own, own]);
    let label = found.label.trim_end_matches('s');
    assert_eq!(label, "physics-informed neural network", "{found:?}");
    assert_eq!(found.terms[0].0, found.label);
}

#[test]
fn a_label_leaves_out_what_the_label_above_says() {
    let texts = [
        text("galaxies, dust", "galaxies, galaxies, dust, spectra"),
        text("galaxies, dust", "galaxies, galaxies, dust, spectra"),
        text("galaxies, bars", "galaxies, bars, disks"),
        text("galaxies, bars", "galaxies, bars, disks"),
        text("quarks", "quarks, gluons"),
    ];
    let members = [vec![0, 1, 2, 3], vec![4], vec![0, 1], vec![2, 3]];
    let mut topics = unnamed(&members);
    for child in [2, 3] {
        (topics[child].level, topics[child].parent) = (1, Some(0));
    }
    let labels = Labels::new(&texts, 10);
    labels
        .name(&mut topics, &members, &|_| {}, &AtomicBool::new(false))
        .unwrap();
    assert!(topics[0].label.starts_with("galaxies"), "{topics:?}");
    // Their heaviest terms are among those that the label above has.
    assert_eq!(topics[2].label, "spectra, dust, galaxies");
    assert_eq!(topics[3].label, "disks, bars, galaxies");
}

#[test]
fn names_keep_their_capitals_in_titles() {
    let texts = [
        text("Markov Chains and Mixing", "mixing of Markov chains"),
        text("Markov Chains", "mixing"),
        text("Markov Chains", "mixing"),
        text("Dwarf Galaxies", "galaxies"),
    ];
    // The topic's own abstracts do not say it.
    let found = labelled(&texts, &[vec![1, 2], vec![0, 3]]);
    assert!(found[0].label.contains("Markov chains"), "{found:?}");
}

#[test]
fn a_label_of_three_words_that_is_used_gets_another() {
    let phrase = "the lattice gauge theory, mesons and decays";
    let texts: Vec<TopicText<'_>> = (0..9).map(|_| text("", phrase)).collect();
    let found = labelled(&texts, &[vec![0, 1, 2], vec![3, 4, 5], vec![6, 7, 8]]);
    for topic in &found {
        let is_title = topic.label.starts_with("untitled");
        assert!(!is_title, "{found:?}");
    }
    assert_ne!(found[0].label, found[1].label);
}

#[test]
fn threads_do_not_change_labels() {
    let words = ["quark", "gluon", "lattice", "planar graph", "minor", "tree"];
    let abstracts: Vec<String> = (0..5_000)
        .map(|number: usize| {
            let word = |step: usize| words[number / step % words.len()];
            format!("{} {}, {} of {}", word(1), word(7), word(49), word(343))
        })
        .collect();
    let texts: Vec<TopicText<'_>> = abstracts.iter().map(|own| text("", own)).collect();
    let topics: Vec<Vec<u32>> = (0..6)
        .map(|topic| (0..5_000).filter(|row| row % 6 == topic).collect())
        .collect();
    let [one, four] = [1, 4].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        pool.build().unwrap().install(|| labelled(&texts, &topics))
    });
    assert_eq!(one, four);
}
