use std::cell::RefCell;
use std::sync::atomic::Ordering;

use kindred_core::{Embeddings, NearestRows, UnitVector, nearest_rows};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::metrics::adjusted_rand_index;
use crate::topic::{TopicText, links};

const WORDS: [&str; 6] = [
    "quark gluon plasma",
    "dwarf galaxy halo",
    "planar graph colouring",
    "protein folding kinetics",
    "federated learning privacy",
    "superconducting qubit readout",
];

/// Papers around random centres, in random order: vectors, words, and the centre of each.
fn planted(groups: usize, size: usize, noise: f32) -> (Embeddings, Vec<&'static str>, Vec<u32>) {
    let mut generator = ChaCha8Rng::seed_from_u64(3);
    let mut truth: Vec<usize> = (0..groups * size).map(|row| row % groups).collect();
    truth.shuffle(&mut generator);
    let mut gaussian = || -> Vec<f32> {
        // A sum of uniform numbers is close enough to a normal one.
        (0..32)
            .map(|_| (0..6).map(|_| generator.random_range(-1.0..1.0_f32)).sum())
            .collect()
    };
    let centres: Vec<Vec<f32>> = (0..groups).map(|_| gaussian()).collect();
    let mut vectors = Embeddings::with_capacity(32, truth.len());
    for &group in &truth {
        let spread = gaussian();
        let near = centres[group]
            .iter()
            .zip(spread)
            .map(|(centre, by)| centre + noise * by);
        vectors
            .push(&UnitVector::new(near.collect()).unwrap())
            .unwrap();
    }
    let words = truth
        .iter()
        .map(|&group| WORDS[group % WORDS.len()])
        .collect();
    let truth = truth
        .into_iter()
        .map(|group| u32::try_from(group).unwrap())
        .collect();
    (vectors, words, truth)
}

fn texts<'a>(words: &[&'a str]) -> Vec<TopicText<'a>> {
    let text = |&words| TopicText {
        title: words,
        abstract_text: words,
    };
    words.iter().map(text).collect()
}

fn run(vectors: &Embeddings, words: &[&str], options: &TopicOptions) -> Topics {
    let texts = texts(words);
    let (codes, nearest) = prepared(vectors);
    let input = TopicInput {
        codes: &codes,
        nearest: &nearest,
        texts: &texts,
    };
    cluster(&input, options, &|_| {}, &AtomicBool::new(false)).unwrap()
}

/// What the engine makes of vectors.
fn prepared(vectors: &Embeddings) -> (Codes, NearestRows) {
    let codes = Codes::new(vectors);
    let stop = AtomicBool::new(false);
    let nearest = nearest_rows(&codes, links(codes.len()), &mut |_| {}, &stop).unwrap();
    (codes, nearest)
}

#[test]
fn planted_topics_are_found_and_described() {
    let (vectors, words, truth) = planted(6, 60, 0.7);
    let found = run(&vectors, &words, &TopicOptions::default());
    assert!(adjusted_rand_index(&found.assignment(0), &truth) >= 0.95);
    let coarse = found.at_level(0);
    assert_eq!(coarse, [0, 1, 2, 3, 4, 5]);
    for &position in &coarse {
        let topic = &found.topics[position as usize];
        assert_eq!(topic.representatives.len(), 3);
        assert_eq!(topic.label, words[topic.members[0] as usize]);
    }
    assert!(
        found
            .strength
            .iter()
            .all(|&strength| strength > 0.0 && strength <= 1.0)
    );
}

/// Two planted levels: fields far apart, each of groups that are closer together.
fn planted_tree() -> (Embeddings, Vec<&'static str>, [Vec<u32>; 2]) {
    let mut generator = ChaCha8Rng::seed_from_u64(8);
    let mut gaussian = |scale: f32| -> Vec<f32> {
        (0..32)
            .map(|_| (0..6).map(|_| generator.random_range(-scale..scale)).sum())
            .collect()
    };
    let add = |left: &[f32], right: Vec<f32>| -> Vec<f32> {
        left.iter().zip(right).map(|(a, b)| a + b).collect()
    };
    let fields: Vec<Vec<f32>> = (0..4).map(|_| gaussian(1.0)).collect();
    let groups: Vec<Vec<f32>> = (0..12)
        .map(|group| add(&fields[group % 4], gaussian(0.35)))
        .collect();
    let mut vectors = Embeddings::with_capacity(32, 720);
    let mut truth = [Vec::new(), Vec::new()];
    for row in 0..720_usize {
        let group = row % 12;
        let near = add(&groups[group], gaussian(0.45));
        vectors.push(&UnitVector::new(near).unwrap()).unwrap();
        truth[0].push(u32::try_from(group % 4).unwrap());
        truth[1].push(u32::try_from(group).unwrap());
    }
    let words = (0..720).map(|row| WORDS[row % 12 % WORDS.len()]).collect();
    (vectors, words, truth)
}

#[test]
fn a_planted_tree_is_found() {
    let (vectors, words, truth) = planted_tree();
    let options = TopicOptions {
        target: Some(4),
        ..TopicOptions::default()
    };
    let found = run(&vectors, &words, &options);
    for (level, truth) in truth.iter().enumerate() {
        let agreement = adjusted_rand_index(&found.assignment(level), truth);
        assert!(agreement >= 0.95, "level {level}: {agreement}");
    }
}

#[test]
fn a_tree_is_nested_and_complete() {
    let (vectors, words, _) = planted(5, 300, 2.0);
    let found = run(&vectors, &words, &TopicOptions::default());
    assert!(found.levels() >= 2, "{} levels", found.levels());
    for (position, topic) in (0..).zip(&found.topics) {
        assert!(topic.members.is_sorted());
        assert!(!topic.label.is_empty());
        assert!(
            topic
                .representatives
                .iter()
                .all(|row| topic.members.contains(row))
        );
        let children: Vec<&Topic> = topic
            .children
            .iter()
            .map(|&child| &found.topics[child as usize])
            .collect();
        assert!(children.is_sorted_by_key(|child| usize::MAX - child.size()));
        assert!(children.iter().all(|child| child.parent == Some(position)));
        assert!(children.iter().all(|child| child.level == topic.level + 1));
        let mut rows: Vec<u32> = children
            .iter()
            .flat_map(|child| child.members.iter().copied())
            .collect();
        rows.sort_unstable();
        assert!(children.is_empty() || rows == topic.members);
        assert_ne!(children.len(), 1);
    }
    for level in 0..=found.levels() {
        let sizes = found.at_level(level).into_iter();
        let sum: usize = sizes
            .map(|position| found.topics[position as usize].size())
            .sum();
        assert_eq!(sum, vectors.len(), "level {level}");
    }
    assert_eq!(found.assignment(found.levels() - 1), found.finest);
}

#[test]
fn threads_do_not_change_anything() {
    let (vectors, words, _) = planted(5, 80, 1.5);
    let with_threads = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        pool.unwrap()
            .install(|| run(&vectors, &words, &TopicOptions::default()))
    };
    assert_eq!(with_threads(1), with_threads(4));
}

#[test]
fn papers_put_back_in_order_give_the_same_topics() {
    let (vectors, words, _) = planted(5, 40, 1.2);
    let ids: Vec<usize> = (0..vectors.len()).collect();
    let expected = run(&vectors, &words, &TopicOptions::default());
    let mut arrived = ids.clone();
    arrived.shuffle(&mut ChaCha8Rng::seed_from_u64(9));
    // What a caller does: papers come in any order and are put in the order of their ids.
    arrived.sort_unstable();
    let mut sorted = Embeddings::with_capacity(32, ids.len());
    for &id in &arrived {
        sorted.push(&vectors.unit_vector(id)).unwrap();
    }
    let words: Vec<&str> = arrived.iter().map(|&id| words[id]).collect();
    assert_eq!(run(&sorted, &words, &TopicOptions::default()), expected);
}

#[test]
fn another_order_of_clear_topics_gives_the_same_partition() {
    let (vectors, words, _) = planted(6, 50, 0.7);
    let expected = run(&vectors, &words, &TopicOptions::default());
    let mut order: Vec<usize> = (0..vectors.len()).collect();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(4));
    let mut moved = Embeddings::with_capacity(32, order.len());
    for &row in &order {
        moved.push(&vectors.unit_vector(row)).unwrap();
    }
    let moved_words: Vec<&str> = order.iter().map(|&row| words[row]).collect();
    let found = run(&moved, &moved_words, &TopicOptions::default());
    let moved = found.assignment(0);
    let mut back = vec![0; order.len()];
    for (place, &row) in order.iter().enumerate() {
        back[row] = moved[place];
    }
    assert!((adjusted_rand_index(&back, &expected.assignment(0)) - 1.0).abs() < 1e-12);
}

#[test]
fn a_wanted_number_of_topics_is_given() {
    let (vectors, words, _) = planted(6, 40, 1.0);
    for target in [1, 3, 6, 11] {
        let options = TopicOptions {
            target: Some(target),
            min_size: 2,
            ..TopicOptions::default()
        };
        let found = run(&vectors, &words, &options);
        assert_eq!(found.at_level(0).len(), target);
    }
}

#[test]
fn a_handful_of_papers_has_topics() {
    for rows in 0..8 {
        let (vectors, words, _) = planted(1, rows, 0.5);
        let found = run(&vectors, &words, &TopicOptions::default());
        assert_eq!(found.finest, vec![0; rows]);
        assert_eq!(found.topics.len(), usize::from(rows > 0), "{rows} papers");
        assert!(found.topics.iter().all(|topic| topic.size() == rows));
        assert!(
            found
                .strength
                .iter()
                .all(|&strength| strength > 0.0 && strength <= 1.0)
        );
    }
}

#[test]
fn identical_papers_are_one_topic() {
    let mut vectors = Embeddings::with_capacity(4, 300);
    for _ in 0..300 {
        vectors
            .push(&UnitVector::new(vec![1.0, 2.0, 3.0, 4.0]).unwrap())
            .unwrap();
    }
    let found = run(&vectors, &[WORDS[0]; 300], &TopicOptions::default());
    assert_eq!(found.topics.len(), 1);
    assert_eq!(found.topics[0].representatives.len(), 3);
}

#[test]
fn labels_are_unique_even_for_equal_texts() {
    let (vectors, _, _) = planted(6, 30, 0.5);
    let words = vec![WORDS[0]; vectors.len()];
    let found = run(&vectors, &words, &TopicOptions::default());
    let mut labels: Vec<&str> = found
        .topics
        .iter()
        .map(|topic| topic.label.as_str())
        .collect();
    labels.sort_unstable();
    labels.dedup();
    assert_eq!(labels.len(), found.topics.len());
}

#[test]
fn progress_passes_through_all_stages() {
    let (vectors, words, _) = planted(3, 60, 0.5);
    let texts = texts(&words);
    let (codes, nearest) = prepared(&vectors);
    let input = TopicInput {
        codes: &codes,
        nearest: &nearest,
        texts: &texts,
    };
    let heard = RefCell::new(Vec::new());
    let progress = |at: TopicProgress| heard.borrow_mut().push(at);
    let stop = AtomicBool::new(false);
    cluster(&input, &TopicOptions::default(), &progress, &stop).unwrap();
    for stage in [Stage::Communities, Stage::Labels] {
        let heard = heard.borrow();
        let last = heard.iter().rev().find(|at| at.stage == stage).unwrap();
        assert_eq!(last.done, last.total);
    }
    stop.store(true, Ordering::Relaxed);
    let stopped = cluster(&input, &TopicOptions::default(), &|_| {}, &stop);
    assert_eq!(stopped, Err(TopicError::Stopped));
}

#[test]
fn wrong_input_is_named() {
    let (vectors, words, _) = planted(1, 3, 0.5);
    let texts = texts(&words[..2]);
    let (codes, nearest) = prepared(&vectors);
    let input = TopicInput {
        codes: &codes,
        nearest: &nearest,
        texts: &texts,
    };
    let stop = AtomicBool::new(false);
    let found = cluster(&input, &TopicOptions::default(), &|_| {}, &stop);
    assert_eq!(
        found.unwrap_err().to_string(),
        "3 vectors come with 2 texts, expected one for each paper"
    );
    let few = NearestRows::from_lists(1, [(1, 3)]);
    let input = TopicInput {
        nearest: &few,
        texts: &self::texts(&words),
        ..input
    };
    let found = cluster(&input, &TopicOptions::default(), &|_| {}, &stop);
    assert_eq!(
        found.unwrap_err().to_string(),
        "3 vectors come with 1 lists of neighbours, expected one for each paper"
    );
    let options = TopicOptions {
        resolution: f64::NAN,
        ..TopicOptions::default()
    };
    let found = cluster(&input, &options, &|_| {}, &stop);
    assert!(matches!(
        found,
        Err(TopicError::Option {
            name: "resolution",
            ..
        })
    ));
}
