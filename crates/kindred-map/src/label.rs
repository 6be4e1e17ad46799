//! Names of topics on a map: their size, and the range of scales at which each is shown.
//!
//! [`place_labels`] follows Been, Daiches and Yap, "Dynamic map labeling" (2006): a label stands
//! still on the map and keeps its size on the screen, so two labels that are apart at one scale are
//! apart at every larger one. Each label gets one range of scales, fixed beforehand, in which it
//! overlaps no other; panning and zooming therefore never make a label flicker, and the page has
//! nothing to compute.

mod range;
mod still;

use crate::error::MapError;
use crate::input::MapInput;
use crate::palette::{Palette, Rgb, mix};
use crate::text::{Faces, Letters, Weight};
use crate::world::{Region, World, regions};

pub(crate) use still::{Area, StillLabel, View, still_labels};

/// Scale from which on nothing changes any more; stands for no upper end.
pub const MOST_SCALE: f32 = 1e7;

/// Most labels that get a range; the largest topics come first.
const MOST_LABELS: usize = 4000;

/// A label with the scales at which it is shown.
///
/// A scale is how many pixels the unit square of the map is wide. The label is shown while
/// `min_scale <= scale < max_scale`, centred on its place; its box is `width` by `height` pixels at
/// every scale.
#[derive(Debug, Clone, PartialEq)]
pub struct PlacedLabel {
    /// Place of its topic in [`MapInput::topics`].
    pub topic: u32,
    /// Level of its topic.
    pub level: u8,
    /// Its text, one line or two.
    pub lines: Vec<String>,
    /// Centre in the unit square, from the left.
    pub x: f32,
    /// Centre in the unit square, from the top.
    pub y: f32,
    /// Height of its letters in pixels.
    pub font_size: f32,
    /// Width of its box in pixels, with the space around it.
    pub width: f32,
    /// Height of its box in pixels, with the space around it.
    pub height: f32,
    /// Smallest scale at which it is shown.
    pub min_scale: f32,
    /// Scale at which it is no longer shown; [`MOST_SCALE`] if it stays.
    pub max_scale: f32,
}

/// Finds the range of scales of each label.
///
/// Labels stand at the densest spot of their topic. Coarse ones come first and give way to finer
/// ones when their topic is larger than a screen; among topics of a level the one with more papers
/// on the map has precedence. Two labels of one scale never overlap. Topics without papers, and
/// labels that no scale has room for, are left out; a topic whose label has no letters is called by
/// its number. Sorted by level, then by precedence.
///
/// # Errors
/// What is wrong with the input, as [`MapError`] says.
pub fn place_labels(input: &MapInput<'_>) -> Result<Vec<PlacedLabel>, MapError> {
    input.check()?;
    let world = World::new(input);
    let regions = regions(input, &world);
    Ok(ranged_labels(input, &regions))
}

pub(crate) fn ranged_labels(input: &MapInput<'_>, regions: &[Option<Region>]) -> Vec<PlacedLabel> {
    let mut bodies = bodies(input, regions, &Faces::new(Letters::Viewer), 1.0);
    bodies.truncate(MOST_LABELS);
    range::ranged(input, &bodies)
}

/// What a label looks like, before it has a place.
#[derive(Debug, Clone)]
pub(crate) struct Body {
    pub(crate) topic: u32,
    pub(crate) level: u8,
    pub(crate) region: Region,
    pub(crate) lines: Vec<String>,
    pub(crate) font_size: f32,
    /// Width and height of its box, with the space around it.
    pub(crate) size: [f32; 2],
}

/// Distance of base lines in units of the size of letters.
pub(crate) const LINE: f32 = 1.12;

/// The labels of all topics with papers, by precedence: level, papers, number. Sizes are in
/// pixels times `unit`.
pub(crate) fn bodies(
    input: &MapInput<'_>,
    regions: &[Option<Region>],
    faces: &Faces,
    unit: f32,
) -> Vec<Body> {
    let mut most = [1_usize; 3];
    for (topic, region) in input.topics.iter().zip(regions) {
        let papers = region.map_or(0, |region| region.papers);
        let level = usize::from(topic.level);
        most[level] = most[level].max(papers);
    }
    let mut bodies = Vec::new();
    for (place, (topic, region)) in (0_u32..).zip(input.topics.iter().zip(regions)) {
        let Some(region) = *region else { continue };
        let mut text = faces.shown(topic.label);
        if !Faces::is_legible(&text) {
            text = format!("topic {}", topic.number);
        }
        let share = (region.papers as f32 / most[usize::from(topic.level)] as f32).sqrt();
        let (font_size, widest) = match topic.level {
            0 => (16.0 + 7.0 * share, 8.5),
            1 => (13.0 + 2.0 * share, 9.0),
            _ => (10.5 + 1.5 * share, 10.0),
        };
        let font_size = font_size * unit;
        let lines = faces.broken(&text, widest, weight(topic.level));
        let width = lines
            .iter()
            .map(|line| faces.width(line, font_size, weight(topic.level)))
            .fold(0.0, f32::max);
        let height = font_size * LINE * lines.len() as f32;
        bodies.push(Body {
            topic: place,
            level: topic.level,
            region,
            lines,
            font_size,
            size: [width + 6.0 * unit, height + 3.0 * unit],
        });
    }
    bodies.sort_by_key(|body| {
        let number = input.topics[body.topic as usize].number;
        (body.level, std::cmp::Reverse(body.region.papers), number)
    });
    bodies
}

pub(crate) fn weight(level: u8) -> Weight {
    if level < 2 {
        Weight::Bold
    } else {
        Weight::Regular
    }
}

/// The colour of a label: that of its topic, moved to the ink the more the smaller the letters are.
pub(crate) fn label_color(palette: &Palette, hue: Rgb, level: u8) -> Rgb {
    let share = match level {
        0 => 0.25,
        1 => 0.55,
        _ => 0.75,
    };
    palette.for_text(mix(hue, palette.ink, share))
}

#[cfg(test)]
mod tests;
