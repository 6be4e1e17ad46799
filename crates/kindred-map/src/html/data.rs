//! The data of the page: columns of numbers as base64, texts as JSON that ends no script.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::error::MapError;
use crate::input::{MapInput, MapPoint, Month, Theme};
use crate::label::{LINE, PlacedLabel, label_color, ranged_labels};
use crate::palette::{Palette, hex};
use crate::rounding::{narrow, to_u8};
use crate::world::{Region, World};

/// No topic.
const NONE: u16 = u16::MAX;

#[derive(Serialize)]
struct Data<'a> {
    count: usize,
    extent: [f32; 2],
    line: f32,
    columns: String,
    ids: Vec<&'a str>,
    titles: Vec<&'a str>,
    urls: BTreeMap<usize, &'a str>,
    topics: Vec<Topic<'a>>,
    labels: Vec<Label>,
    palettes: BTreeMap<&'static str, Colors>,
}

#[derive(Serialize)]
struct Topic<'a> {
    label: &'a str,
    parent: Option<u32>,
    hue: Option<u8>,
    papers: usize,
    x: f32,
    y: f32,
    reach: f32,
}

#[derive(Serialize)]
struct Label {
    topic: u32,
    level: u8,
    lines: Vec<String>,
    x: f32,
    y: f32,
    size: f32,
    width: f32,
    height: f32,
    min: f32,
    max: f32,
}

#[derive(Serialize)]
struct Colors {
    ground: String,
    ink: String,
    rest: String,
    hues: Vec<String>,
    /// Colours of labels, by level and by hue; the first is for none.
    labels: Vec<Vec<String>>,
}

/// The data as JSON. Letters that could end a script, and those that older readers take for the
/// end of a line, are written as escapes, so the text is the same after parsing.
pub(super) fn json(
    input: &MapInput<'_>,
    world: &World,
    (regions, hues): (&[Option<Region>], &[Option<u8>]),
) -> Result<String, MapError> {
    let order = order(world);
    let points = || order.iter().map(|&number| &input.points[number]);
    let urls = points().enumerate().filter_map(|(place, point)| {
        let url = point.url?;
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        is_web.then_some((place, url))
    });
    let topics = (0..input.topics.len()).map(|topic| {
        let region = regions[topic];
        let mode = region.map_or([0.5, 0.5], |region| region.mode);
        Topic {
            label: input.topics[topic].label,
            parent: input.topics[topic].parent,
            hue: hues[topic],
            papers: region.map_or(0, |region| region.papers),
            x: short(mode[0]),
            y: short(mode[1]),
            reach: short(region.map_or(0.0, |region| region.reach)),
        }
    });
    let data = Data {
        count: order.len(),
        extent: world.extent.map(short),
        line: LINE,
        columns: columns(input, world, &order),
        ids: points().map(|point| point.id).collect(),
        titles: points().map(|point| point.title).collect(),
        urls: urls.collect(),
        topics: topics.collect(),
        labels: ranged_labels(input, regions)
            .into_iter()
            .map(label)
            .collect(),
        palettes: BTreeMap::from([
            ("light", colors(Theme::Light)),
            ("dark", colors(Theme::Dark)),
        ]),
    };
    Ok(harmless(&serde_json::to_string(&data)?))
}

/// Papers by cell of a grid of 256 by 256, row by row, then by their order.
fn order(world: &World) -> Vec<usize> {
    let mut order: Vec<(u8, u8, usize)> = world
        .places
        .iter()
        .enumerate()
        .map(|(number, &place)| {
            let [x, y] = place.map(whole);
            let high = |value: u16| value.to_be_bytes()[0];
            (high(y), high(x), number)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, _, number)| number).collect()
}

/// A coordinate in 65536 steps; the page draws the middle of a step.
fn whole(value: f32) -> u16 {
    let steps = crate::rounding::floor(value.clamp(0.0, 1.0) * 65_536.0);
    u16::try_from(steps).unwrap_or(u16::MAX)
}

/// Little-endian columns one behind the other: x, y, topic, month (16 bits), mark, strength (8).
fn columns(input: &MapInput<'_>, world: &World, order: &[usize]) -> String {
    let mut bytes = Vec::with_capacity(order.len() * 10);
    let topic = |point: &MapPoint<'_>| {
        let finest = point.finest().and_then(|topic| u16::try_from(topic).ok());
        finest.unwrap_or(NONE)
    };
    for &number in order {
        bytes.extend(whole(world.places[number][0]).to_le_bytes());
    }
    for &number in order {
        bytes.extend(whole(world.places[number][1]).to_le_bytes());
    }
    for &number in order {
        bytes.extend(topic(&input.points[number]).to_le_bytes());
    }
    for &number in order {
        let month = input.points[number].month.map_or(0, Month::packed);
        bytes.extend(month.to_le_bytes());
    }
    bytes.extend(
        order
            .iter()
            .map(|&number| input.points[number].mark.packed()),
    );
    let strength = |&number: &usize| to_u8(input.points[number].firmness() * 255.0);
    bytes.extend(order.iter().map(strength));
    STANDARD.encode(bytes)
}

fn label(placed: PlacedLabel) -> Label {
    Label {
        topic: placed.topic,
        level: placed.level,
        lines: placed.lines,
        x: placed.x,
        y: placed.y,
        size: placed.font_size,
        width: placed.width,
        height: placed.height,
        min: placed.min_scale,
        max: placed.max_scale,
    }
}

fn colors(theme: Theme) -> Colors {
    let palette = Palette::of(theme);
    let of_level = |level: u8| {
        std::iter::once(palette.rest)
            .chain(palette.hues)
            .map(|hue| hex(label_color(&palette, hue, level)))
            .collect()
    };
    Colors {
        ground: hex(palette.ground),
        ink: hex(palette.ink),
        rest: hex(palette.rest),
        hues: palette.hues.map(hex).to_vec(),
        labels: (0..3).map(of_level).collect(),
    }
}

/// Six decimals: finer than a pixel at any zoom, and short.
fn short(value: f32) -> f32 {
    narrow((f64::from(value) * 1e6).round() / 1e6)
}

fn harmless(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for letter in json.chars() {
        match letter {
            '<' => safe.push_str("\\u003c"),
            '>' => safe.push_str("\\u003e"),
            '&' => safe.push_str("\\u0026"),
            '\u{7f}'..='\u{9f}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2066}'..='\u{2069}' => {
                write!(safe, "\\u{:04x}", u32::from(letter)).expect("a string takes all text");
            }
            _ => safe.push(letter),
        }
    }
    safe
}
