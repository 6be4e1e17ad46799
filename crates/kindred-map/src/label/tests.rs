//! No two labels overlap at any scale, and coarse ones come first and give way.

use proptest::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::*;
use crate::input::{MapPoint, MapTopic, Mark, Style};
use crate::scene::{Scene, Shape};

/// Nested topics with papers around random spots; `spread` shrinks from level to level.
struct Made {
    labels: Vec<String>,
    topics: Vec<(u8, Option<u32>)>,
    points: Vec<([f32; 2], [Option<u32>; 3])>,
}

impl Made {
    fn new(seed: u64, [coarse, middle, fine]: [u32; 3]) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut made = Self {
            labels: Vec::new(),
            topics: Vec::new(),
            points: Vec::new(),
        };
        let mut near = |center: [f32; 2], spread: f32| -> [f32; 2] {
            center.map(|value| value + spread * (random.random::<f32>() - 0.5))
        };
        let mut add = |level, parent| {
            let number = u32::try_from(made.topics.len()).unwrap();
            made.topics.push((level, parent));
            let words = "spectral graph methods for unreasonably long names".split(' ');
            let word: Vec<_> = words.take(1 + number as usize * 7 % 7).collect();
            made.labels.push(format!("{} {number}", word.join(" ")));
            number
        };
        for _ in 0..coarse {
            let first = add(0, None);
            let at = near([0.0, 0.0], 10.0);
            for _ in 0..middle {
                let second = add(1, Some(first));
                let at = near(at, 3.0);
                for _ in 0..fine {
                    let third = add(2, Some(second));
                    let at = near(at, 1.0);
                    for _ in 0..6 {
                        let topics = [Some(first), Some(second), Some(third)];
                        made.points.push((near(at, 0.3), topics));
                    }
                }
            }
        }
        made
    }

    fn with<T>(&self, use_it: impl Fn(&MapInput<'_>) -> T) -> T {
        let points: Vec<MapPoint<'_>> = self.points.iter().map(|&point| paper(point)).collect();
        let topics: Vec<MapTopic<'_>> = (0_u64..)
            .zip(self.topics.iter().zip(&self.labels))
            .map(|(number, (&(level, parent), label))| MapTopic {
                number,
                label,
                level,
                parent,
                size: 1,
            })
            .collect();
        use_it(&MapInput {
            title: "Title",
            subtitle: "Subtitle",
            points: &points,
            topics: &topics,
        })
    }
}

fn paper((position, topics): ([f32; 2], [Option<u32>; 3])) -> MapPoint<'static> {
    MapPoint {
        position,
        topics,
        month: None,
        id: "2611.00001",
        title: "A paper",
        url: None,
        mark: Mark::None,
        strength: 1.0,
    }
}

fn shown(labels: &[PlacedLabel], scale: f32) -> Vec<&PlacedLabel> {
    let is_shown = |label: &&PlacedLabel| label.min_scale <= scale && scale < label.max_scale;
    labels.iter().filter(is_shown).collect()
}

/// How far two labels lie within each other at a scale, in pixels; not positive if apart.
fn overlap(left: &PlacedLabel, right: &PlacedLabel, scale: f32) -> f32 {
    let across = f32::midpoint(left.width, right.width) - (left.x - right.x).abs() * scale;
    let down = f32::midpoint(left.height, right.height) - (left.y - right.y).abs() * scale;
    across.min(down)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_two_labels_overlap_at_any_scale(
        seed in any::<u64>(),
        counts in [1_u32..9, 1_u32..5, 1_u32..4],
        wanted in 100.0_f32..2e5,
    ) {
        let labels = Made::new(seed, counts).with(|input| place_labels(input).unwrap());
        prop_assert!(!labels.is_empty());
        // Where something changes is where an overlap would show first.
        let edges = labels.iter().flat_map(|label| {
            [label.min_scale, label.max_scale.min(1e6) * 0.9999]
        });
        for scale in edges.chain([wanted]) {
            let shown = shown(&labels, scale);
            for (place, left) in shown.iter().enumerate() {
                for right in &shown[..place] {
                    let found = overlap(left, right, scale);
                    prop_assert!(found <= 0.01, "{left:?} and {right:?} at {scale}: {found}");
                }
            }
        }
    }

    #[test]
    fn children_come_after_their_parents_and_parents_give_way(
        seed in any::<u64>(),
        counts in [1_u32..9, 1_u32..5, 1_u32..4],
    ) {
        Made::new(seed, counts).with(|input| {
            let labels = place_labels(input).unwrap();
            let of = |topic: u32| labels.iter().find(|label| label.topic == topic);
            for label in &labels {
                let topic = &input.topics[label.topic as usize];
                if let Some(parent) = topic.parent.and_then(of) {
                    assert!(parent.min_scale <= label.min_scale, "{parent:?} before {label:?}");
                }
                assert!(label.min_scale < label.max_scale);
                let child = |other: &&PlacedLabel| {
                    input.topics[other.topic as usize].parent == Some(label.topic)
                };
                let stays = label.max_scale >= MOST_SCALE;
                let has_child = labels.iter().any(|other| child(&other));
                assert!(!(has_child && stays), "{label:?} never gives way");
            }
        });
    }

    #[test]
    fn still_labels_are_inside_apart_and_all_coarse_ones_are_there(
        seed in any::<u64>(),
        counts in [1_u32..9, 1_u32..5, 1_u32..4],
    ) {
        Made::new(seed, counts).with(|input| {
            let style = Style { width: 1400, height: 1000, ..Style::default() };
            let scene = Scene::new(input, &style, Letters::Own).unwrap();
            let lines: Vec<_> = scene.shapes.iter().filter_map(|shape| match shape {
                Shape::Text(line) => Some(line),
                Shape::Disc { .. } | Shape::Image { .. } | Shape::Lines { .. } => None,
            }).collect();
            for line in &lines {
                assert!(line.at[0] >= 0.0 && line.at[0] + line.width <= 1400.0, "{line:?}");
                assert!(line.at[1] - line.size * 0.7 >= 0.0 && line.at[1] <= 1000.0, "{line:?}");
            }
            let middles: Vec<Area> = lines.iter().map(|line| {
                let center = [line.at[0] + line.width / 2.0, line.at[1] - line.size * 0.36];
                Area::around(center, [line.width, line.size * 0.9])
            }).collect();
            for (place, area) in middles.iter().enumerate() {
                for (other_place, other) in middles[..place].iter().enumerate() {
                    let (line, other_line) = (&lines[place].text, &lines[other_place].text);
                    assert!(!area.overlaps(other), "{line} over {other_line}");
                }
            }
            let all: String = lines.iter().map(|line| line.text.as_str()).collect();
            for topic in input.topics.iter().filter(|topic| topic.level == 0) {
                let number = topic.label.rsplit(' ').next().unwrap();
                assert!(all.contains(number), "{} is missing", topic.label);
            }
        });
    }
}

#[test]
fn labels_on_one_spot_follow_each_other() {
    let points = [paper(([0.0, 0.0], [Some(0), Some(1), None])); 5];
    let topic = |number, label, level, parent| MapTopic {
        number,
        label,
        level,
        parent,
        size: 5,
    };
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &points,
        topics: &[topic(7, "above", 0, None), topic(9, "below", 1, Some(0))],
    };
    let labels = place_labels(&input).unwrap();
    assert_eq!(
        labels.len(),
        1,
        "papers on one spot never come apart: {labels:?}"
    );
    assert_eq!(labels[0].lines, ["above"]);
}

#[test]
fn equal_input_gives_equal_labels() {
    let made = Made::new(3, [4, 3, 2]);
    let first = made.with(|input| place_labels(input).unwrap());
    let again = made.with(|input| place_labels(input).unwrap());
    assert_eq!(first, again);
}

/// A coarse topic whose only child is hidden behind a neighbour for long, and if asked another
/// label on the spot of the coarse one.
fn hidden_child(is_crowded: bool) -> Vec<PlacedLabel> {
    let topic = |number, level, parent| MapTopic {
        number,
        label: "label",
        level,
        parent,
        size: 1,
    };
    let topics = [
        topic(0, 0, None),
        topic(1, 0, None),
        topic(2, 1, Some(0)),
        topic(3, 1, None),
    ];
    let body = |topic, level, mode, (reach, papers)| Body {
        topic,
        level,
        region: Region {
            mode,
            reach,
            papers,
        },
        lines: vec!["label".to_owned()],
        font_size: 16.0,
        size: [100.0, 20.0],
    };
    let mut bodies = vec![
        body(0, 0, [0.5, 0.5], (0.1, 100)),
        body(1, 0, [0.7, 0.5], (0.1, 90)),
        body(2, 1, [0.7005, 0.5], (0.001, 80)),
    ];
    if is_crowded {
        let high = Body {
            size: [100.0, 80.0],
            ..body(3, 1, [0.5, 0.5005], (0.01, 70))
        };
        bodies.push(high);
    }
    let input = MapInput {
        title: "",
        subtitle: "",
        points: &[],
        topics: &topics,
    };
    range::ranged(&input, &bodies)
}

#[test]
fn a_label_stays_until_a_child_takes_over() {
    let labels = hidden_child(false);
    assert_eq!(labels.len(), 3);
    assert!(labels[2].min_scale > 20_000.0, "{labels:?}");
    assert!(
        (labels[0].max_scale - labels[2].min_scale).abs() < 1.0,
        "{labels:?}"
    );
}

#[test]
fn a_label_that_another_needs_the_room_of_does_not_stay() {
    let labels = hidden_child(true);
    assert_eq!(labels.len(), 4);
    let (first, last) = (&labels[0], &labels[3]);
    assert!(first.max_scale <= last.min_scale, "{first:?} and {last:?}");
}
