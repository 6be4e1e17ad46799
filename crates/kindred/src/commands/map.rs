//! `map`.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use kindred_engine::answer::{MapMark, TopicMapAnswer};
use kindred_engine::{TopicId, TopicMapQuery};
use kindred_map::{LEVELS, MapInput, MapPoint, MapTopic, Mark, Month, Style, Theme};

use super::find::{found, note_pending, short_id};
use super::topics::{body, open};
use crate::arguments::{MapArguments, MapTheme};
use crate::exit::Outcome;
use crate::files::write_whole;
use crate::network::now;
use crate::output::{Screen, plural};
use crate::session::Session;

pub(crate) fn map(session: &Session, arguments: &MapArguments) -> Result<Outcome> {
    let mut library = open(session)?;
    let query = TopicMapQuery {
        body: body(&arguments.body),
        redraw: arguments.redraw,
    };
    let now = now()?;
    let answer = session.with_control(|control| library.topic_map(&query, now, control))?;
    drop(library);
    note_pending(session, answer.not_embedded);
    let files = [&arguments.html, &arguments.svg, &arguments.png];
    if session.json || files.iter().all(|file| file.is_none()) {
        session.print(&answer, print_summary)?;
    }
    if answer.points.is_empty() {
        return Ok(found(true, session));
    }
    write_files(session, arguments, &answer)?;
    Ok(Outcome::Fine)
}

fn print_summary(answer: &TopicMapAnswer, screen: &mut Screen<'_>) -> std::io::Result<()> {
    screen.line(&subtitle(answer))?;
    screen.aside("--html FILE, --svg FILE or --png FILE writes it, --json prints the places")
}

fn write_files(session: &Session, arguments: &MapArguments, answer: &TopicMapAnswer) -> Result<()> {
    let ids: Vec<String> = (answer.points.iter())
        .map(|point| short_id(&point.id.to_string()).clone())
        .collect();
    let drawing = Drawing::new(answer, &ids);
    let input = MapInput {
        title: &drawing.title,
        subtitle: &drawing.subtitle,
        points: &drawing.points,
        topics: &drawing.topics,
    };
    let style = Style {
        width: u32::from(arguments.width),
        height: u32::from(arguments.height),
        theme: match arguments.theme {
            MapTheme::Light => Theme::Light,
            MapTheme::Dark => Theme::Dark,
        },
        ..Style::default()
    };
    let step = || "drawing the map";
    let write = |file: &std::path::Path, content: &[u8]| -> Result<()> {
        write_whole(file, content)?;
        session.note(&format!("wrote `{}`", file.display()));
        Ok(())
    };
    if let Some(file) = &arguments.html {
        let page = kindred_map::html(&input, &style).with_context(step)?;
        write(file, page.as_bytes())?;
    }
    if let Some(file) = &arguments.svg {
        let picture = kindred_map::svg(&input, &style).with_context(step)?;
        write(file, picture.as_bytes())?;
    }
    if let Some(file) = &arguments.png {
        let picture = kindred_map::png(&input, &style).with_context(step)?;
        write(file, &picture)?;
    }
    Ok(())
}

/// A map as the pictures want it.
struct Drawing<'a> {
    title: String,
    subtitle: String,
    points: Vec<MapPoint<'a>>,
    topics: Vec<MapTopic<'a>>,
}

impl<'a> Drawing<'a> {
    /// Takes an answer and its papers' ids as they are shown.
    fn new(answer: &'a TopicMapAnswer, ids: &'a [String]) -> Self {
        let places: BTreeMap<TopicId, u32> = answer
            .topics
            .iter()
            .map(|topic| topic.id)
            .zip(0..)
            .collect();
        let topics = answer
            .topics
            .iter()
            .map(|topic| MapTopic {
                number: topic.id.0,
                label: &topic.label,
                level: topic.level,
                parent: topic.parent.and_then(|parent| places.get(&parent).copied()),
                size: topic.size,
            })
            .collect();
        let points = answer
            .points
            .iter()
            .zip(ids)
            .map(|(point, id)| {
                let mut levels = [None; LEVELS];
                for (level, id) in levels.iter_mut().zip(&point.topics) {
                    *level = places.get(id).copied();
                }
                MapPoint {
                    position: [point.x, point.y],
                    topics: levels,
                    month: (point.date)
                        .and_then(|day| Month::of(day.year(), day.month().unsigned_abs())),
                    id,
                    title: &point.title,
                    url: None,
                    mark: match point.mark {
                        MapMark::None => Mark::None,
                        MapMark::Liked => Mark::Liked,
                        MapMark::Disliked => Mark::Disliked,
                        MapMark::New => Mark::New,
                    },
                    strength: point.strength,
                }
            })
            .collect();
        Self {
            title: title(answer),
            subtitle: subtitle(answer),
            points,
            topics,
        }
    }
}

fn title(answer: &TopicMapAnswer) -> String {
    match answer.body.as_str() {
        "all" => "Map of the library".to_owned(),
        body => format!("Map of {body}"),
    }
}

fn subtitle(answer: &TopicMapAnswer) -> String {
    let mut parts = vec![
        plural(answer.points.len() as u64, "paper"),
        plural(answer.topics.len() as u64, "topic"),
    ];
    if let Some(drawn) = answer.drawn {
        parts.push(format!("laid out on {}", drawn.strftime("%Y-%m-%d")));
    }
    if answer.projected > 0 {
        parts.push(format!("{} added since", plural(answer.projected, "paper")));
    }
    parts.join(", ")
}
