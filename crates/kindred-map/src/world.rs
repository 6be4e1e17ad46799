//! Places of papers in the unit square, and where topics lie in it.

use crate::input::{LEVELS, MapInput};
use crate::rounding::{floor, narrow};

/// Maps with fewer papers show all of them in their places.
const MANY_POINTS: usize = 2_000;
/// On each side of a larger map one paper in so many may be drawn at the edge.
const FARTHEST: usize = 500;
/// What a larger map shows beyond its other papers, as a share of their extent.
const MARGIN: f64 = 0.06;

/// Places in the unit square: the wider side of the layout fills it, the other is centred. The
/// second coordinate grows downwards, as on screens.
#[derive(Debug)]
pub(crate) struct World {
    /// One place for each paper.
    pub(crate) places: Vec<[f32; 2]>,
    /// Width and height of what the papers cover.
    pub(crate) extent: [f32; 2],
}

impl World {
    pub(crate) fn new(input: &MapInput<'_>) -> Self {
        let [(low_x, high_x), (low_y, high_y)] = [frame(input, 0), frame(input, 1)];
        let (low, high) = ([low_x, low_y], [high_x, high_y]);
        let sides = [high[0] - low[0], high[1] - low[1]];
        let side = sides[0].max(sides[1]);
        if !(side.is_finite() && side > 0.0) {
            return Self {
                places: vec![[0.5, 0.5]; input.points.len()],
                extent: [0.0, 0.0],
            };
        }
        let middle = [
            f64::midpoint(low[0], high[0]),
            f64::midpoint(low[1], high[1]),
        ];
        let places = input.points.iter().map(|point| {
            let across = (f64::from(point.position[0]) - middle[0]) / side;
            let up = (f64::from(point.position[1]) - middle[1]) / side;
            [
                narrow(0.5 + across).clamp(0.0, 1.0),
                narrow(0.5 - up).clamp(0.0, 1.0),
            ]
        });
        Self {
            places: places.collect(),
            extent: [narrow(sides[0] / side), narrow(sides[1] / side)],
        }
    }
}

/// What a map shows along an axis: all papers, but of a large map not the farthest few, which would
/// leave the others little room; those are drawn at the edge.
fn frame(input: &MapInput<'_>, axis: usize) -> (f64, f64) {
    let values = input
        .points
        .iter()
        .map(|point| f64::from(point.position[axis]));
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else {
        return (f64::INFINITY, f64::NEG_INFINITY);
    };
    if values.len() < MANY_POINTS {
        return (first, last);
    }
    let cut = values.len() / FARTHEST;
    let (low, high) = (values[cut], values[values.len() - 1 - cut]);
    let margin = (high - low) * MARGIN;
    (first.max(low - margin), last.min(high + margin))
}

/// Where a topic lies.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Region {
    /// Its densest spot.
    pub(crate) mode: [f32; 2],
    /// Three quarters of its papers are at most that far from the spot.
    pub(crate) reach: f32,
    /// Papers of the topic on this map.
    pub(crate) papers: usize,
}

/// The region of each topic, `None` for topics without papers on the map.
pub(crate) fn regions(input: &MapInput<'_>, world: &World) -> Vec<Option<Region>> {
    let mut members: Vec<Vec<[f32; 2]>> = vec![Vec::new(); input.topics.len()];
    for (point, &place) in input.points.iter().zip(&world.places) {
        for topic in point.topics.iter().take(LEVELS).flatten() {
            members[*topic as usize].push(place);
        }
    }
    members.iter().map(|places| region(places)).collect()
}

fn region(places: &[[f32; 2]]) -> Option<Region> {
    if places.is_empty() {
        return None;
    }
    let mode = densest(places);
    let mut distances: Vec<f32> = places.iter().map(|&at| squared(at, mode).sqrt()).collect();
    distances.sort_unstable_by(f32::total_cmp);
    Some(Region {
        mode,
        reach: distances[distances.len() * 3 / 4],
        papers: places.len(),
    })
}

/// The densest spot: the fullest cell of a grid, refined by mean shift (Fukunaga and Hostetler
/// 1975) with a flat kernel.
fn densest(places: &[[f32; 2]]) -> [f32; 2] {
    let center = [median(places, 0), median(places, 1)];
    let mut distances: Vec<f32> = places
        .iter()
        .map(|&at| squared(at, center).sqrt())
        .collect();
    distances.sort_unstable_by(f32::total_cmp);
    let spread = distances[distances.len() / 2];
    if spread <= f32::EPSILON {
        return center;
    }
    let width = (spread * 0.5).max(1.0 / 400.0);
    let mut cells: Vec<(usize, usize)> = places
        .iter()
        .map(|at| (floor(at[0] / width), floor(at[1] / width)))
        .collect();
    cells.sort_unstable();
    let mut fullest = (0, cells[0]);
    for run in cells.chunk_by(|left, right| left == right) {
        if run.len() > fullest.0 {
            fullest = (run.len(), run[0]);
        }
    }
    let (column, row) = fullest.1;
    let mut spot = [(column as f32 + 0.5) * width, (row as f32 + 0.5) * width];
    for _ in 0..12 {
        let mut sum = [0.0_f64; 2];
        let mut count = 0_u32;
        for &at in places {
            if squared(at, spot) <= width * width {
                sum[0] += f64::from(at[0]);
                sum[1] += f64::from(at[1]);
                count += 1;
            }
        }
        if count == 0 {
            break;
        }
        let next = [
            narrow(sum[0] / f64::from(count)),
            narrow(sum[1] / f64::from(count)),
        ];
        let moved = squared(next, spot);
        spot = next;
        if moved < 1e-10 {
            break;
        }
    }
    spot
}

fn median(places: &[[f32; 2]], axis: usize) -> f32 {
    let mut values: Vec<f32> = places.iter().map(|at| at[axis]).collect();
    let middle = values.len() / 2;
    *values.select_nth_unstable_by(middle, f32::total_cmp).1
}

pub(crate) fn squared(left: [f32; 2], right: [f32; 2]) -> f32 {
    let (x, y) = (left[0] - right[0], left[1] - right[1]);
    x * x + y * y
}
