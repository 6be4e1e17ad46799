//! The map of a body: places that stay, new papers put among them.

use std::collections::BTreeMap;

use jiff::Timestamp;
use kindred_core::{Codes, KeySet, PaperKey, nearest_among};
use kindred_store::{MapPoint, Rating, StoredPaper};
use kindred_topics::{LayoutOptions, layout, project};

use super::current::Current;
use super::run::{Ground, neighbors};
use super::{TopicBody, TopicsQuery};
use crate::answer::{MapMark, TopicMapAnswer, TopicMapPoint};
use crate::{Control, EngineError, Library, Progress};

/// Neighbours that a place depends on: those of UMAP's defaults.
const NEIGHBORS: usize = 15;
/// Papers that are read at once: with their abstracts, which a map does not show.
const CHUNK: usize = 8_192;

/// Which map to draw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopicMapQuery {
    /// The papers.
    pub body: TopicBody,
    /// Whether to lay all papers out anew, instead of putting new ones among the others.
    pub redraw: bool,
}

/// What a stored map shows, hashed: two equal stamps of a body are of maps with the same papers in the
/// same places, the same topics and the same names. Ratings and titles are not in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TopicMapStamp([u8; 32]);

impl Library {
    /// Returns the stamp of the map that [`Library::stored_topic_map`] would read, without reading it;
    /// `None` if there is none.
    ///
    /// # Errors
    /// As the store reports.
    pub fn topic_map_stamp(&self, body: &TopicBody) -> Result<Option<TopicMapStamp>, EngineError> {
        let scope = body.key();
        let map = self.store.topic_map_stamp(&scope)?;
        let run = self.store.latest_topic_run(&scope)?;
        let (Some(map), Some(run)) = (map, run) else {
            return Ok(None);
        };
        if map.encoder != self.encoder_choice()?.fingerprint {
            return Ok(None);
        }
        let mut hasher = blake3::Hasher::new();
        for number in [map.at.as_microsecond(), run.number] {
            hasher.update(&number.to_le_bytes());
        }
        for count in [map.laid_out, map.added] {
            hasher.update(&count.to_le_bytes());
        }
        hasher.update(map.encoder.as_str().as_bytes());
        for (topic, name) in self.store.topic_names(&scope)? {
            hasher.update(&topic.0.to_le_bytes());
            hasher.update(name.as_str().as_bytes());
            hasher.update(&[0]);
        }
        Ok(Some(TopicMapStamp(*hasher.finalize().as_bytes())))
    }

    /// Returns the places of a body's papers in the plane, with their topics. Places are stored:
    /// papers that came since are put near their neighbours, and no other moves.
    ///
    /// # Errors
    /// As [`Library::topics`].
    pub fn topic_map(
        &mut self,
        query: &TopicMapQuery,
        now: Timestamp,
        control: &Control<'_>,
    ) -> Result<TopicMapAnswer, EngineError> {
        let now = super::stored(now);
        let mut current = self.current_topics(&query.body, false, now, control)?;
        let stored = self.store.topic_map(&current.scope)?;
        let usable = stored.filter(|map| {
            let is_fine = map.encoder == current.choice.fingerprint && !query.redraw;
            is_fine && shares(&current, &map.points)
        });
        let (drawn, points) = match usable {
            Some(map) => (map.at, self.with_new(&current, map.points, control)?),
            None => (now, self.laid_out(&mut current, now, control)?),
        };
        self.map_view(&current, drawn, &points)
    }

    /// Returns the map of a body as it is stored, `None` if none was drawn with the encoder in use.
    /// Nothing is grouped, placed or laid out.
    ///
    /// # Errors
    /// [`EngineError::NoTopics`] where the body was never grouped; otherwise as the store reports.
    pub fn stored_topic_map(
        &self,
        body: &TopicBody,
    ) -> Result<Option<TopicMapAnswer>, EngineError> {
        let current = self.stored_topics_of_body(body)?;
        match self.store.topic_map(&current.scope)? {
            Some(map) if map.encoder == current.choice.fingerprint => {
                self.map_view(&current, map.at, &map.points).map(Some)
            }
            Some(_) | None => Ok(None),
        }
    }

    /// Lays all papers out and stores the map.
    fn laid_out(
        &mut self,
        current: &mut Current,
        now: Timestamp,
        control: &Control<'_>,
    ) -> Result<Vec<MapPoint>, EngineError> {
        if current.members.is_empty() {
            return Ok(Vec::new());
        }
        let ground = if let Some(ground) = current.ground.take() {
            ground
        } else {
            let keys: Vec<PaperKey> = current.papers.iter().map(|(key, _)| *key).collect();
            let (rows, codes) = self.codes(&keys)?;
            let nearest = neighbors(&codes, control)?;
            Ground {
                rows,
                codes,
                nearest,
            }
        };
        let progress = |done: usize, total: usize| {
            control.report(Progress::Layout {
                done: done as u64,
                total: total as u64,
            });
        };
        let options = LayoutOptions::default();
        let placed = layout(
            &ground.codes,
            &ground.nearest,
            &options,
            &progress,
            control.stop,
        );
        let placed = placed.map_err(|error| {
            if control.is_stopped() {
                EngineError::Stopped
            } else {
                error.into()
            }
        })?;
        let points = points(&ground.rows, &placed, false);
        if self.is_writable() {
            let encoder = &current.choice.fingerprint;
            self.store
                .save_topic_map(&current.scope, encoder, now, &points)?;
        }
        Ok(points)
    }

    /// Adds the papers that a map lacks.
    fn with_new(
        &mut self,
        current: &Current,
        mut points: Vec<MapPoint>,
        control: &Control<'_>,
    ) -> Result<Vec<MapPoint>, EngineError> {
        let on_map: KeySet = points.iter().map(|point| point.key).collect();
        let settled: BTreeMap<PaperKey, [f32; 2]> = (points.iter())
            .filter(|point| !point.is_projected)
            .map(|point| (point.key, [point.x, point.y]))
            .collect();
        let keys = current.papers.iter().map(|(key, _)| *key);
        let new: Vec<PaperKey> = keys.filter(|&key| !on_map.contains(key)).collect();
        if new.is_empty() {
            return Ok(points);
        }
        let mut wanted: Vec<PaperKey> = (current.papers.iter())
            .map(|(key, _)| *key)
            .filter(|key| settled.contains_key(key))
            .collect();
        wanted.extend(new);
        let (rows, vectors) = self.index()?.embeddings_for(&wanted);
        control.check()?;
        let among = rows
            .iter()
            .take_while(|key| settled.contains_key(key))
            .count();
        let places: Vec<[f32; 2]> = rows[..among].iter().map(|key| settled[key]).collect();
        let codes = Codes::scaled_to(&vectors, among);
        let nearest = nearest_among(&codes, among, NEIGHBORS);
        let found = project(&codes, &nearest, &places, &LayoutOptions::default());
        let added = self::points(&rows[among..], &found, true);
        if self.is_writable() {
            self.store.add_to_topic_map(&current.scope, &added)?;
        }
        points.extend(added);
        points.sort_by_key(|point| point.key);
        Ok(points)
    }

    fn map_view(
        &self,
        current: &Current,
        drawn: Timestamp,
        points: &[MapPoint],
    ) -> Result<TopicMapAnswer, EngineError> {
        let answer = self.topics_view(current, &TopicsQuery::default())?;
        let facts = self.facts(current)?;
        let disliked = self.disliked_papers()?;
        let keys: Vec<PaperKey> = current.papers.iter().map(|(key, _)| *key).collect();
        let view = |stored: StoredPaper| {
            let place = points
                .binary_search_by_key(&stored.key, |point| point.key)
                .ok()?;
            let (point, member) = (&points[place], facts.member(stored.key)?);
            let mark = if facts.liked.contains(stored.key) {
                MapMark::Liked
            } else if disliked.contains(stored.key) {
                MapMark::Disliked
            } else if point.is_projected {
                MapMark::New
            } else {
                MapMark::None
            };
            Some(TopicMapPoint {
                x: point.x,
                y: point.y,
                topics: facts.path(member.topic),
                strength: member.strength,
                date: stored.first_day,
                mark,
                category: stored.paper.categories.into_iter().next(),
                id: stored.paper.id,
                title: stored.paper.title,
            })
        };
        let projected = points.iter().filter(|point| point.is_projected).count() as u64;
        let mut shown = Vec::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            shown.extend(self.store.papers(keys)?.into_iter().filter_map(&view));
        }
        Ok(TopicMapAnswer {
            encoder: answer.encoder,
            body: answer.body,
            drawn: (!shown.is_empty()).then_some(drawn),
            projected,
            not_embedded: answer.not_embedded,
            topics: answer.topics,
            points: shown,
        })
    }

    fn disliked_papers(&self) -> Result<KeySet, EngineError> {
        let mut disliked = Vec::new();
        for set in self.store.sets()? {
            let ratings = self.store.ratings(&set.name)?;
            let found = ratings
                .iter()
                .filter(|rated| rated.rating == Rating::Dislike);
            disliked.extend(found.map(|rated| rated.key));
        }
        Ok(disliked.into_iter().collect())
    }
}

/// Whether enough of a map's papers are still here that it is worth keeping: half of them.
fn shares(current: &Current, points: &[MapPoint]) -> bool {
    let here: KeySet = current.members.iter().map(|member| member.key).collect();
    let kept = points
        .iter()
        .filter(|point| here.contains(point.key))
        .count();
    kept * 2 >= points.len() && kept > 0
}

/// Points by key.
fn points(rows: &[PaperKey], placed: &[[f32; 2]], is_projected: bool) -> Vec<MapPoint> {
    let mut points: Vec<MapPoint> = rows
        .iter()
        .zip(placed)
        .map(|(&key, &[x, y])| MapPoint {
            key,
            x,
            y,
            is_projected,
        })
        .collect();
    points.sort_by_key(|point| point.key);
    points
}
