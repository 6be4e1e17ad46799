//! An answer of the engine as the drawing crate wants it.

use std::collections::BTreeMap;

use kindred_engine::TopicId;
use kindred_engine::answer::{MapMark, TopicMapAnswer, TopicMapPoint};
use kindred_map::{LEVELS, MapInput, MapPoint, MapTopic, Mark, Month};

/// What texts a drawing borrows.
#[derive(Debug)]
pub(crate) struct Drawing<'a> {
    answer: &'a TopicMapAnswer,
    ids: Vec<String>,
    /// What is said of the map.
    pub(crate) subtitle: String,
}

impl<'a> Drawing<'a> {
    pub(crate) fn new(answer: &'a TopicMapAnswer) -> Self {
        Self {
            answer,
            ids: answer.points.iter().map(|point| point.id.short()).collect(),
            subtitle: super::subtitle(answer),
        }
    }

    /// Hands the papers and topics of the answer to a function of the drawing crate.
    pub(crate) fn with_input<T>(&self, draw: impl FnOnce(MapInput<'_>) -> T) -> T {
        let numbers = (self.answer.topics.iter()).map(|topic| topic.id);
        let places: BTreeMap<TopicId, u32> = numbers.zip(0..).collect();
        let topics: Vec<MapTopic<'_>> = (self.answer.topics.iter())
            .map(|topic| MapTopic {
                number: topic.id.0,
                label: &topic.label,
                level: topic.level,
                parent: topic.parent.and_then(|parent| places.get(&parent).copied()),
                size: topic.size,
            })
            .collect();
        let points: Vec<MapPoint<'_>> = (self.answer.points.iter())
            .zip(&self.ids)
            .map(|(paper, id)| point(paper, id, &places))
            .collect();
        draw(MapInput {
            title: "Map of the library",
            subtitle: &self.subtitle,
            points: &points,
            topics: &topics,
        })
    }
}

/// A paper without its rating, which changes while the map stays.
fn point<'a>(
    paper: &'a TopicMapPoint,
    id: &'a str,
    places: &BTreeMap<TopicId, u32>,
) -> MapPoint<'a> {
    let mut topics = [None; LEVELS];
    for (level, topic) in topics.iter_mut().zip(&paper.topics) {
        *level = places.get(topic).copied();
    }
    MapPoint {
        position: [paper.x, paper.y],
        topics,
        month: (paper.date).and_then(|day| Month::of(day.year(), day.month().unsigned_abs())),
        id,
        title: &paper.title,
        url: None,
        mark: match paper.mark {
            MapMark::New => Mark::New,
            MapMark::None | MapMark::Liked | MapMark::Disliked => Mark::None,
        },
        strength: paper.strength,
    }
}
