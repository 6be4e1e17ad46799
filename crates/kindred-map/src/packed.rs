//! A map for a page that fetches it: numbers in one binary file, everything else as JSON.
//!
//! ```text
//!  0  4  magic `KMAP`
//!  4  2  version, 1
//!  6  2  bytes of the header, 32
//!  8  4  n, papers
//! 12  4  m, marks
//! 16  8  width and height of what the papers cover in the unit square, two f32
//! 24  8  zero
//! 32 2n  x of each paper: 65,536 steps of the unit square, a paper stands in the middle of its step
//!    2n  y, grows downwards
//!    2n  topic: its place in the list of topics, 65,535 for none
//!    2n  low 12 bits: months since January 1900 plus 1, 0 for none, 4095 for later ones;
//!        high 4 bits: how firmly it belongs to its topic, 15 is wholly
//!    4m  low 28 bits: place of the paper, high 4 bits: mark (1 new, 2 disliked, 3 liked, 4 found)
//! ```
//! All numbers are little-endian. Papers are sorted by the cell of a grid of 256 by 256, row by row,
//! then by their order; so the papers of neighbouring cells of a row are one slice. Few papers have
//! a mark, hence a list of them at the end.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::error::MapError;
use crate::facts::Facts;
use crate::input::{MapInput, MapPoint, Mark, Month};
use crate::palette::hues;
use crate::rounding::to_u8;
use crate::world::{World, regions};

/// No topic.
const NONE: u16 = u16::MAX;
/// Bytes before the first column.
const HEADER: u16 = 32;
const VERSION: u16 = 1;
const MONTH_BITS: u32 = 12;
const MOST_MONTH: u16 = (1 << MONTH_BITS) - 1;
const MARK_SHIFT: u32 = 28;

/// A map as a page fetches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PackedMap {
    /// Places, topics, months and marks: 32 bytes, 8 for each paper, 4 for each mark.
    pub points: Vec<u8>,
    /// Topics, labels with their ranges of scales, and colours as JSON; no letter of it ends a
    /// script.
    pub facts: String,
    /// For each paper of `points` its place in [`MapInput::points`].
    pub order: Vec<u32>,
    /// 32 hexadecimal digits; two maps that differ in anything a page shows have different ones.
    pub version: String,
}

/// Packs a map: 8 bytes for each paper in one piece, and JSON for the rest.
///
/// Places lose what is finer than a 65,536th of the map's side, strengths what is finer than a
/// fifteenth; months after the year 2240 are all one.
///
/// # Errors
/// What is wrong with the input, as [`MapError`] says.
///
/// # Determinism
/// Equal input gives equal bytes.
pub fn packed(input: &MapInput<'_>) -> Result<PackedMap, MapError> {
    input.check()?;
    let world = World::new(input);
    let regions = regions(input, &world);
    let hues = hues(input, &regions);
    let order = order(&world);
    let points = points(input, &world, &order);
    let facts = Facts::new(input, &world, (&regions, &hues)).json()?;
    let version = version(input, (&points, &facts), &order);
    Ok(PackedMap {
        points,
        facts,
        order,
        version,
    })
}

/// Papers by cell of a grid of 256 by 256, row by row, then by their order.
pub(crate) fn order(world: &World) -> Vec<u32> {
    let mut order: Vec<(u8, u8, u32)> = (0_u32..)
        .zip(&world.places)
        .map(|(number, &place)| {
            let [x, y] = place.map(whole);
            let high = |value: u16| value.to_be_bytes()[0];
            (high(y), high(x), number)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, _, number)| number).collect()
}

/// The binary file.
pub(crate) fn points(input: &MapInput<'_>, world: &World, order: &[u32]) -> Vec<u8> {
    let paper = |&number: &u32| &input.points[number as usize];
    let marks: Vec<u32> = (0_u32..)
        .zip(order.iter().map(paper))
        .filter(|(_, point)| point.mark != Mark::None)
        .map(|(place, point)| place | u32::from(point.mark.packed()) << MARK_SHIFT)
        .collect();
    let length = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let mut bytes = Vec::with_capacity(usize::from(HEADER) + order.len() * 8 + marks.len() * 4);
    bytes.extend(b"KMAP");
    bytes.extend(VERSION.to_le_bytes());
    bytes.extend(HEADER.to_le_bytes());
    bytes.extend(length(order.len()).to_le_bytes());
    bytes.extend(length(marks.len()).to_le_bytes());
    for side in world.extent {
        bytes.extend(side.to_le_bytes());
    }
    bytes.extend([0; 8]);
    for axis in 0..2 {
        for &number in order {
            bytes.extend(whole(world.places[number as usize][axis]).to_le_bytes());
        }
    }
    for point in order.iter().map(paper) {
        bytes.extend(topic(point).to_le_bytes());
    }
    for point in order.iter().map(paper) {
        bytes.extend(time(point).to_le_bytes());
    }
    for mark in marks {
        bytes.extend(mark.to_le_bytes());
    }
    bytes
}

/// A coordinate in 65536 steps; pages draw the middle of a step.
fn whole(value: f32) -> u16 {
    let steps = crate::rounding::floor(value.clamp(0.0, 1.0) * 65_536.0);
    u16::try_from(steps).unwrap_or(u16::MAX)
}

fn topic(point: &MapPoint<'_>) -> u16 {
    let finest = point.finest().and_then(|topic| u16::try_from(topic).ok());
    finest.unwrap_or(NONE)
}

/// Month and strength.
fn time(point: &MapPoint<'_>) -> u16 {
    let month = point.month.map_or(0, Month::packed).min(MOST_MONTH);
    month | u16::from(to_u8(point.firmness() * 15.0)) << MONTH_BITS
}

fn version(input: &MapInput<'_>, (points, facts): (&[u8], &str), order: &[u32]) -> String {
    let mut hasher = Sha256::new();
    for part in [points, facts.as_bytes()] {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    for &number in order {
        let point = &input.points[number as usize];
        for text in [point.id, point.title] {
            hasher.update((text.len() as u64).to_le_bytes());
            hasher.update(text);
        }
    }
    let mut version = String::with_capacity(32);
    for byte in &hasher.finalize()[..16] {
        write!(version, "{byte:02x}").expect("a string takes all text");
    }
    version
}

#[cfg(test)]
mod tests;
