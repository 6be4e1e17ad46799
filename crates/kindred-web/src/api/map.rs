//! The map in numbers, and the papers on it by their places: what its page asks for. These addresses
//! are the page's own and not of the versioned API: places mean nothing but on one drawing.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use kindred_engine::{
    EngineError, Library, PaperId, Rating, SearchMode, SearchQuery, Selection, SetName, TopicBody,
    WordQuery,
};
use schemars::JsonSchema;
use serde::Serialize;

use super::MAX_TEXT;
use crate::app::App;
use crate::error::{ApiError, Failure};
use crate::gate::Cost;
use crate::map::ReadyMap;
use crate::pages::map::{changed, places_of};
use crate::signed::Fields;
use crate::view::{link, text};

/// Papers that are told at once.
const MOST_PAPERS: usize = 50;
/// Papers that a search on the map finds.
const MOST_FOUND: usize = 200;

const JSON: &str = "application/json";
const BYTES: &str = "application/octet-stream";

pub(crate) fn router() -> Router<Arc<App>> {
    Router::new()
        .route(
            "/",
            get(|state, fields, headers| part((state, fields, headers), JSON, |map| &map.facts)),
        )
        .route(
            "/points",
            get(|state, fields, headers| part((state, fields, headers), BYTES, |map| &map.points)),
        )
        .route(
            "/categories",
            get(|state, fields, headers| part((state, fields, headers), BYTES, |map| &map.fields)),
        )
        .route("/marks", get(marks))
        .route("/point/{place}", get(point))
        .route("/papers", get(papers))
        .route("/find", get(find))
        .route("/scores", get(scores))
}

/// A paper on the map.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct MapPaper {
    /// Its place among the packed papers.
    pub(crate) i: u32,
    /// Its id.
    pub(crate) id: String,
    /// Its title, formulas in Unicode.
    pub(crate) title: String,
    /// Its page.
    pub(crate) href: String,
    /// The page of papers like it.
    pub(crate) similar: String,
    /// Day of its first version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) date: Option<String>,
}

/// Several papers on the map.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MapPapers {
    pub(crate) papers: Vec<MapPaper>,
}

/// What a search on the map found.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct MapPlaces {
    /// Places among the packed papers, best first.
    pub(crate) places: Vec<u32>,
}

/// Rated papers on the map, by their places: a paper that one set likes and another one does not is
/// liked.
#[derive(Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct MapMarks {
    pub(crate) liked: Vec<u32>,
    pub(crate) disliked: Vec<u32>,
}

impl MapMarks {
    fn add(&mut self, place: u32, rating: Rating) {
        match rating {
            Rating::Like => self.liked.push(place),
            Rating::Dislike => self.disliked.push(place),
        }
    }

    fn in_order(mut self) -> Self {
        for list in [&mut self.liked, &mut self.disliked] {
            list.sort_unstable();
            list.dedup();
        }
        let Self { liked, disliked } = &mut self;
        disliked.retain(|place| liked.binary_search(place).is_err());
        self
    }
}

/// Marks of all sets, and those of one set apart from the others where one was named.
#[derive(Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct AllMapMarks {
    #[serde(flatten)]
    pub(crate) all: MapMarks,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) own: Option<MapMarks>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) others: Option<MapMarks>,
}

/// The map that is asked for: where a version is named, that one.
async fn wanted(app: &App, fields: &Fields) -> Result<Arc<ReadyMap>, Failure> {
    let map = app.map().await?.ok_or_else(|| Failure::Conflict {
        message: "no map of this library has been drawn".to_owned(),
        hint: Some("run `kindred map`".to_owned()),
    })?;
    match fields.get("v") {
        Some(version) if version != map.version => Err(changed()),
        Some(_) | None => Ok(map),
    }
}

/// How browsers keep something that stays as it is while the map has this version.
pub(crate) struct Keeping {
    about: [(HeaderName, String); 2],
    is_known: bool,
}

impl Keeping {
    /// `of` tells apart what is made of one map, if it is more than one thing.
    pub(crate) fn new(map: &ReadyMap, of: &str, (fields, headers): (&Fields, &HeaderMap)) -> Self {
        // Hashed, since ids hold what a tag must not.
        let hash = blake3::hash(format!("{} {of}", map.version).as_bytes());
        let tag = format!("\"{}\"", &hash.to_hex()[..32]);
        let care = if fields.get("v") == Some(map.version.as_str()) {
            "private, max-age=31536000, immutable"
        } else {
            "private, no-cache"
        };
        let known = headers.get(header::IF_NONE_MATCH);
        Self {
            is_known: known.is_some_and(|known| known.as_bytes() == tag.as_bytes()),
            about: [
                (header::ETAG, tag),
                (header::CACHE_CONTROL, care.to_owned()),
            ],
        }
    }

    /// The answer to a browser that has it already.
    pub(crate) fn known(&self) -> Option<Response> {
        let answer = (StatusCode::NOT_MODIFIED, self.about.clone());
        self.is_known.then(|| answer.into_response())
    }

    pub(crate) fn answer(self, kind: &'static str, bytes: Bytes) -> Response {
        ([(header::CONTENT_TYPE, kind)], self.about, bytes).into_response()
    }
}

/// One part of the map in numbers.
async fn part(
    (State(app), fields, headers): (State<Arc<App>>, Fields, HeaderMap),
    kind: &'static str,
    pick: fn(&ReadyMap) -> &Bytes,
) -> Result<Response, ApiError> {
    let map = wanted(&app, &fields).await?;
    let keeping = Keeping::new(&map, "", (&fields, &headers));
    let known = keeping.known();
    Ok(known.unwrap_or_else(|| keeping.answer(kind, pick(&map).clone())))
}

async fn marks(State(app): State<Arc<App>>, fields: Fields) -> Result<Json<AllMapMarks>, ApiError> {
    let map = wanted(&app, &fields).await?;
    let set: Option<SetName> = fields.read("set")?;
    let marks = app.read(Cost::Quick, move |library| {
        marked(library, &map, set.as_ref())
    });
    Ok(Json(marks.await?))
}

/// A set that is not there has rated nothing: the first rating makes it.
fn marked(
    library: &Library,
    map: &ReadyMap,
    set: Option<&SetName>,
) -> Result<AllMapMarks, EngineError> {
    let [mut all, mut own, mut others] = <[MapMarks; 3]>::default();
    for one in library.sets()? {
        let apart = if set == Some(&one.name) {
            &mut own
        } else {
            &mut others
        };
        for (id, rating) in library.ratings(&one.name)? {
            if let Some(place) = map.place(&id) {
                all.add(place, rating);
                apart.add(place, rating);
            }
        }
    }
    Ok(AllMapMarks {
        all: all.in_order(),
        own: set.map(|_| own.in_order()),
        others: set.map(|_| others.in_order()),
    })
}

fn told(map: &ReadyMap, place: u32) -> Result<MapPaper, Failure> {
    let paper = map.paper(place).ok_or_else(|| {
        let papers = map.len();
        Failure::bad(format!("there is no paper {place} on a map of {papers}"))
    })?;
    Ok(MapPaper {
        i: place,
        id: paper.id.short(),
        title: text::plain(&paper.title),
        href: link::paper(&paper.id),
        similar: link::similar(&paper.id),
        date: paper.date.map(|date| date.to_string()),
    })
}

async fn point(
    State(app): State<Arc<App>>,
    Path(place): Path<String>,
    fields: Fields,
) -> Result<Json<MapPaper>, ApiError> {
    let map = wanted(&app, &fields).await?;
    match places_of(&place, 1)?.as_slice() {
        &[place] => Ok(Json(told(&map, place)?)),
        _ => Err(Failure::bad("the place of a paper is missing").into()),
    }
}

async fn papers(State(app): State<Arc<App>>, fields: Fields) -> Result<Json<MapPapers>, ApiError> {
    let map = wanted(&app, &fields).await?;
    let places = places_of(fields.get("i").unwrap_or_default(), MOST_PAPERS)?;
    let papers: Result<Vec<MapPaper>, Failure> =
        places.into_iter().map(|place| told(&map, place)).collect();
    Ok(Json(MapPapers { papers: papers? }))
}

/// Finds papers on the map by an id, or by words and meaning.
async fn find(State(app): State<Arc<App>>, fields: Fields) -> Result<Json<MapPlaces>, ApiError> {
    let map = wanted(&app, &fields).await?;
    let text = fields.get("q").unwrap_or_default().to_owned();
    let id: Option<PaperId> = fields.read("id")?;
    let id = id.or_else(|| text.parse().ok());
    if let Some(place) = id.and_then(|id| map.place(&id)) {
        let places = vec![place];
        return Ok(Json(MapPlaces { places }));
    }
    if text.is_empty() || fields.is_set("id") {
        return Ok(Json(MapPlaces { places: Vec::new() }));
    }
    if text.len() > MAX_TEXT {
        let found = text.len();
        let message = format!("q has {found} bytes, expected at most {MAX_TEXT}");
        return Err(Failure::bad(message).into());
    }
    let words: WordQuery = text.parse().map_err(|error| {
        let text: String = text.chars().take(80).collect();
        Failure::bad(format!("q `{text}`: {error}"))
    })?;
    let query = SearchQuery {
        words,
        selection: Selection::default(),
        limit: MOST_FOUND,
        mode: SearchMode::default(),
    };
    let places = app.read(Cost::Quick, move |library| {
        let found = library.search(&query)?.results.into_iter();
        Ok(found.filter_map(|hit| map.place(&hit.paper.id)).collect())
    });
    Ok(Json(MapPlaces {
        places: places.await?,
    }))
}

/// How well each paper of the map fits a set: a byte a paper, 255 fits best, 0 is unknown. Values
/// fall with the logarithm of the rank, so that the few best stand out.
async fn scores(State(app): State<Arc<App>>, fields: Fields) -> Result<Response, ApiError> {
    let map = wanted(&app, &fields).await?;
    let set: SetName = fields.need("set")?;
    let bytes = app.read(Cost::Slow, move |library| {
        let fits = library.fit(&set, &TopicBody::default())?;
        Ok(ranked(&map, fits))
    });
    let kind = [(header::CONTENT_TYPE, BYTES)];
    Ok((kind, bytes.await?).into_response())
}

fn ranked(map: &ReadyMap, mut fits: Vec<(PaperId, f64)>) -> Vec<u8> {
    fits.sort_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
    let most = (fits.len() as f64 + 1.0).ln();
    let mut bytes = vec![0; map.len()];
    let mut value = 255_u8;
    for (rank, (id, _)) in fits.iter().enumerate() {
        let share = 1.0 - (rank as f64 + 1.0).ln() / most;
        while f64::from(value) > 1.0 + 254.0 * share {
            value -= 1;
        }
        if let Some(place) = map.place(id) {
            bytes[place as usize] = value;
        }
    }
    bytes
}
