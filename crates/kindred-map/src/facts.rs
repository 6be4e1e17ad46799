//! What pages know of a map besides its papers: topics, labels, colours, as JSON that ends no script.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use crate::error::MapError;
use crate::input::{MapInput, Theme};
use crate::label::{LINE, PlacedLabel, label_color, ranged_labels};
use crate::palette::{Palette, hex};
use crate::rounding::narrow;
use crate::world::{Region, World};

/// Everything but the papers.
#[derive(Debug, Serialize)]
pub(crate) struct Facts<'a> {
    count: usize,
    extent: [f32; 2],
    /// Height of a line of a label as a share of its letters' size.
    line: f32,
    topics: Vec<Topic<'a>>,
    labels: Vec<Label>,
    palettes: BTreeMap<&'static str, Colors>,
}

#[derive(Debug, Serialize)]
struct Topic<'a> {
    /// Its lasting number.
    id: u64,
    label: &'a str,
    parent: Option<u32>,
    hue: Option<u8>,
    papers: usize,
    x: f32,
    y: f32,
    reach: f32,
}

#[derive(Debug, Serialize)]
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

#[derive(Debug, Serialize)]
struct Colors {
    ground: String,
    ink: String,
    rest: String,
    /// Eight hues, then their tints.
    hues: Vec<String>,
    /// Colours of labels, by level and by hue; the first is for none.
    labels: Vec<Vec<String>>,
}

impl<'a> Facts<'a> {
    pub(crate) fn new(
        input: &'a MapInput<'a>,
        world: &World,
        (regions, hues): (&[Option<Region>], &[Option<u8>]),
    ) -> Self {
        let topics = input.topics.iter().zip(regions).zip(hues);
        let topics = topics.map(|((topic, region), &hue)| {
            let mode = region.map_or([0.5, 0.5], |region| region.mode);
            Topic {
                id: topic.number,
                label: topic.label,
                parent: topic.parent,
                hue,
                papers: region.map_or(0, |region| region.papers),
                x: short(mode[0]),
                y: short(mode[1]),
                reach: short(region.map_or(0.0, |region| region.reach)),
            }
        });
        Self {
            count: input.points.len(),
            extent: world.extent.map(short),
            line: LINE,
            topics: topics.collect(),
            labels: ranged_labels(input, regions)
                .into_iter()
                .map(label)
                .collect(),
            palettes: BTreeMap::from([
                ("light", colors(Theme::Light)),
                ("dark", colors(Theme::Dark)),
            ]),
        }
    }

    /// The facts as JSON, safe inside of a script.
    pub(crate) fn json(&self) -> Result<String, MapError> {
        harmless(self)
    }
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
            .chain(palette.numbered())
            .map(|hue| hex(label_color(&palette, hue, level)))
            .collect()
    };
    Colors {
        ground: hex(palette.ground),
        ink: hex(palette.ink),
        rest: hex(palette.rest),
        hues: palette.numbered().map(hex).to_vec(),
        labels: (0..3).map(of_level).collect(),
    }
}

/// Six decimals: finer than a pixel at any zoom, and short.
fn short(value: f32) -> f32 {
    narrow((f64::from(value) * 1e6).round() / 1e6)
}

/// JSON in which letters that could end a script, and those that older readers take for the end of a
/// line, are written as escapes, so the text is the same after parsing.
pub(crate) fn harmless(value: &impl Serialize) -> Result<String, MapError> {
    let json = serde_json::to_string(value)?;
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
    Ok(safe)
}
