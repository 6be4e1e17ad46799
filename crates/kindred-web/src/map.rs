//! The map as pages and programs ask for it: read and packed once, kept until it changes.
//!
//! What a map shows besides ratings changes only when one is drawn or added to, a topic is renamed or
//! the encoder is another one; a stamp tells, and costs no more than a few rows. Ratings change with
//! every click, are few, and are asked for apart.

pub(crate) mod body;
pub(crate) mod drawing;
mod fields;
mod small;

use std::sync::{Arc, OnceLock};

use axum::body::Bytes;
use kindred_engine::answer::{TopicMapAnswer, TopicMapPoint};
use kindred_engine::{EngineError, Library, PaperId, TopicBody, TopicId, TopicMapStamp};
use kindred_map::{MapError, PackedMap, Style, Theme, packed, svg};

use self::body::TreeTopic;
use self::drawing::Drawing;
use self::fields::Fields;
use self::small::Small;
use crate::view::count;

/// Topics of all levels that the page lists; of larger trees it leaves the finest level to the
/// topics' own pages.
const MOST_LISTED: usize = 1_200;
/// Size of the still picture.
const PICTURE: (u32, u32) = (1600, 1000);

/// The script of the page: the renderer that the offline page has too, and the page's own parts, in
/// a scope of their own.
pub(crate) fn script() -> String {
    let own = concat!(
        include_str!("../assets/map/geometry.js"),
        include_str!("../assets/map/address.js"),
        include_str!("../assets/map/api.js"),
        include_str!("../assets/map/sets.js"),
        include_str!("../assets/map/card.js"),
        include_str!("../assets/map/panel.js"),
        include_str!("../assets/map/main.js"),
    );
    format!("(() => {{\n{}{own}}})();\n", kindred_map::MAP_SCRIPT)
}

/// A map, ready to be sent.
#[derive(Debug)]
pub(crate) struct ReadyMap {
    /// What it was read at.
    pub(crate) stamp: TopicMapStamp,
    /// Tells maps apart in addresses.
    pub(crate) version: String,
    /// The packed papers.
    pub(crate) points: Bytes,
    /// Topics, labels, colours and names of fields in JSON.
    pub(crate) facts: Bytes,
    /// For each packed paper the number of its field, 0 for another one.
    pub(crate) fields: Bytes,
    /// The tree of topics.
    pub(crate) tree: Vec<TreeTopic>,
    /// Papers, topics, when it was drawn.
    pub(crate) subtitle: String,
    answer: TopicMapAnswer,
    /// For each packed paper its place in the answer.
    order: Vec<u32>,
    /// For each paper of the answer its place among the packed ones.
    places: Vec<u32>,
    pictures: [OnceLock<Result<Bytes, String>>; 2],
    small: [OnceLock<Result<Small, String>>; 2],
}

impl ReadyMap {
    /// Returns the stored map of a library: the one that was kept, if it is as it was, or read anew;
    /// `None` where none was drawn.
    ///
    /// # Errors
    /// As the engine reports; inside, as [`ReadyMap::new`].
    pub(crate) fn of(
        library: &Library,
        kept: Option<Arc<Self>>,
    ) -> Result<Option<Result<Arc<Self>, MapError>>, EngineError> {
        let body = TopicBody::default();
        let Some(stamp) = library.topic_map_stamp(&body)? else {
            return Ok(None);
        };
        if let Some(map) = kept.filter(|map| map.stamp == stamp) {
            return Ok(Some(Ok(map)));
        }
        let answer = library.stored_topic_map(&body)?;
        Ok(answer.map(|answer| Self::new(answer, stamp).map(Arc::new)))
    }

    /// Packs an answer; takes about a second for 100,000 papers.
    ///
    /// # Errors
    /// As the drawing crate reports of places that are no numbers.
    pub(crate) fn new(answer: TopicMapAnswer, stamp: TopicMapStamp) -> Result<Self, MapError> {
        let drawing = Drawing::new(&answer);
        let map = drawing.with_input(|input| packed(&input))?;
        let subtitle = drawing.subtitle;
        let PackedMap {
            points,
            facts,
            order,
            version,
        } = map;
        let papers = order.iter().map(|&number| &answer.points[number as usize]);
        let fields = Fields::new(papers.map(|paper| paper.category.as_ref()));
        let version = with_fields(&version, &fields);
        let mut places = vec![0; order.len()];
        for (place, &number) in (0_u32..).zip(&order) {
            places[number as usize] = place;
        }
        Ok(Self {
            stamp,
            points: points.into(),
            facts: whole(&facts, &version, &fields.names),
            fields: fields.of.into(),
            version,
            tree: tree(&answer),
            subtitle,
            answer,
            order,
            places,
            pictures: [const { OnceLock::new() }; 2],
            small: [const { OnceLock::new() }; 2],
        })
    }

    /// Papers on the map.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// Papers of the library that have no vector yet.
    pub(crate) fn not_embedded(&self) -> u64 {
        self.answer.not_embedded
    }

    /// The paper at a place of the packed ones.
    pub(crate) fn paper(&self, place: u32) -> Option<&TopicMapPoint> {
        let number = self.order.get(place as usize)?;
        self.answer.points.get(*number as usize)
    }

    /// The place of a paper, if it is on the map.
    pub(crate) fn place(&self, id: &PaperId) -> Option<u32> {
        let number = (self.answer.points).binary_search_by(|point| point.id.cmp(id));
        number.ok().map(|number| self.places[number])
    }

    /// The map as a still picture, drawn when it is first asked for.
    ///
    /// # Errors
    /// What the drawing crate reports.
    pub(crate) fn picture(&self, theme: Theme) -> Result<Bytes, String> {
        let draw = || {
            let style = Style {
                width: PICTURE.0,
                height: PICTURE.1,
                theme,
                ..Style::default()
            };
            let drawn = Drawing::new(&self.answer).with_input(|input| svg(&input, &style));
            drawn.map(Bytes::from).map_err(|error| error.to_string())
        };
        self.pictures[usize::from(theme == Theme::Dark)]
            .get_or_init(draw)
            .clone()
    }

    /// A small picture of the map on which one paper is marked, or that says that it is not there.
    ///
    /// # Errors
    /// What the drawing crate reports.
    pub(crate) fn whereabouts(&self, theme: Theme, paper: &PaperId) -> Result<Bytes, String> {
        let draw = || Small::new(&self.answer, theme).map_err(|error| error.to_string());
        let small = self.small[usize::from(theme == Theme::Dark)].get_or_init(draw);
        let number = (self.answer.points).binary_search_by(|point| point.id.cmp(paper));
        (small.as_ref())
            .map(|small| small.marked(number.ok()))
            .map_err(Clone::clone)
    }
}

/// The facts with the version and the names of fields before them.
fn whole(facts: &str, version: &str, fields: &[String]) -> Bytes {
    let others = facts.strip_prefix('{').unwrap_or(facts);
    let fields = serde_json::Value::from(fields);
    Bytes::from(format!(
        "{{\"version\":\"{version}\",\"categories\":{fields},{others}"
    ))
}

/// A version that differs where papers have other fields, too.
fn with_fields(version: &str, fields: &Fields) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in std::iter::once(version).chain(fields.names.iter().map(String::as_str)) {
        hasher.update(part.as_bytes());
        hasher.update(&[0]);
    }
    hasher.update(&fields.of);
    let mut hex = hasher.finalize().to_hex().to_string();
    hex.truncate(version.len());
    hex
}

/// The tree of topics, those with more papers first.
fn tree(answer: &TopicMapAnswer) -> Vec<TreeTopic> {
    let levels = if answer.topics.len() <= MOST_LISTED {
        3
    } else {
        2
    };
    below(answer, None, levels)
}

/// The topics below one, down to so many levels. Answers list parents before children.
fn below(answer: &TopicMapAnswer, parent: Option<TopicId>, levels: usize) -> Vec<TreeTopic> {
    if levels == 0 {
        return Vec::new();
    }
    let mut found: Vec<TreeTopic> = (answer.topics.iter())
        .filter(|topic| topic.parent == parent)
        .map(|topic| TreeTopic {
            id: topic.id.0,
            label: topic.label.clone(),
            papers: topic.size,
            below: below(answer, Some(topic.id), levels - 1),
        })
        .collect();
    found.sort_by_key(|topic| (std::cmp::Reverse(topic.papers), topic.id));
    found
}

/// What is said of a map below its heading.
pub(crate) fn subtitle(answer: &TopicMapAnswer) -> String {
    let coarse = answer.topics.iter().filter(|topic| topic.level == 0);
    let mut parts = vec![
        count(answer.points.len() as u64, "paper"),
        count(coarse.count() as u64, "topic"),
    ];
    if let Some(drawn) = answer.drawn {
        parts.push(format!("drawn on {}", drawn.strftime("%Y-%m-%d")));
    }
    if answer.projected > 0 {
        parts.push(format!("{} added since", count(answer.projected, "paper")));
    }
    parts.join(", ")
}
