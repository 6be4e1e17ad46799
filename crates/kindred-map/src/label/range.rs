//! Ranges of scales in which labels overlap none that has precedence.

use super::{Body, MOST_SCALE, PlacedLabel};
use crate::input::MapInput;

/// No screen shows a map smaller than this.
const LEAST_SCALE: f32 = 120.0;
/// The scale at which labels at the border must still be inside, with the space around the map.
const BORDER_SCALE: f32 = 640.0;
/// Space around the map on every screen, in pixels.
const BORDER: f32 = 26.0;
/// A coarse label gives way when its topic reaches that far from its spot, in pixels.
const GIVE_WAY: f32 = 620.0;
/// A finer label may come when its topic reaches that far, in pixels.
const COME: f32 = 34.0;
/// A range shorter than this factor would flash by while zooming.
const SHORTEST: f32 = 1.3;

/// One label with a range, in the order of precedence.
struct Ranged {
    body: usize,
    at: [f32; 2],
    from: f32,
    to: f32,
}

pub(super) fn ranged(input: &MapInput<'_>, bodies: &[Body]) -> Vec<PlacedLabel> {
    let has_children = has_children(input, bodies);
    let mut placed: Vec<Ranged> = Vec::new();
    let mut place_of = vec![None; input.topics.len()];
    for (number, body) in bodies.iter().enumerate() {
        let topic = body.topic as usize;
        let reach = body.region.reach.max(1e-6);
        let parent = input.topics[topic]
            .parent
            .and_then(|parent| place_of[parent as usize])
            .map(|place: usize| placed[place].from);
        let come = if body.level == 0 { 0.0 } else { COME / reach };
        let low = LEAST_SCALE
            .max(come)
            .max(parent.unwrap_or(0.0))
            .min(MOST_SCALE);
        if low >= MOST_SCALE {
            continue;
        }
        let high = if has_children[topic] {
            (GIVE_WAY / reach).max(low * 2.0).min(MOST_SCALE)
        } else {
            MOST_SCALE
        };
        if let Some(label) = best_place(number, bodies, &placed, (low, high)) {
            place_of[topic] = Some(placed.len());
            placed.push(label);
        }
    }
    hold_until_children(input, bodies, &mut placed);
    placed.iter().map(|label| finished(label, bodies)).collect()
}

fn finished(label: &Ranged, bodies: &[Body]) -> PlacedLabel {
    let body = &bodies[label.body];
    PlacedLabel {
        topic: body.topic,
        level: body.level,
        lines: body.lines.clone(),
        x: label.at[0],
        y: label.at[1],
        font_size: body.font_size,
        width: body.size[0],
        height: body.size[1],
        min_scale: label.from,
        max_scale: label.to,
    }
}

fn has_children(input: &MapInput<'_>, bodies: &[Body]) -> Vec<bool> {
    let mut has = vec![false; input.topics.len()];
    for body in bodies {
        if let Some(parent) = input.topics[body.topic as usize].parent {
            has[parent as usize] = true;
        }
    }
    has
}

/// Steps from the densest spot in units of a topic's reach: across, down, and what they cost.
const STEPS: [(f32, f32, f32); 7] = [
    (0.0, 0.0, 0.0),
    (0.0, -0.4, 0.12),
    (0.0, 0.4, 0.12),
    (-0.4, 0.0, 0.16),
    (0.4, 0.0, 0.16),
    (0.0, -0.7, 0.3),
    (0.0, 0.7, 0.3),
];

/// The place near the densest spot where the label has the longest range. A range counts by its
/// logarithm, as zooming does; a step away has to pay.
fn best_place(
    number: usize,
    bodies: &[Body],
    placed: &[Ranged],
    (low, high): (f32, f32),
) -> Option<Ranged> {
    let body = &bodies[number];
    let mut best: Option<(f32, Ranged)> = None;
    for (across, down, cost) in STEPS {
        let at = inside(body, [across, down]);
        let mut blocked: Vec<(f32, f32)> = placed
            .iter()
            .filter_map(|other| {
                let until = other
                    .to
                    .min(apart_from(at, body, other.at, &bodies[other.body]));
                (until > other.from).then_some((other.from, until))
            })
            .collect();
        let low = low.max(uncut_from(at, body.size));
        let Some((from, to)) = longest_gap(&mut blocked, low, high.max(2.0 * low).min(MOST_SCALE))
        else {
            continue;
        };
        let value = (to / from).ln() - cost;
        if best.as_ref().is_none_or(|(most, _)| value > *most) {
            let label = Ranged {
                body: number,
                at,
                from,
                to,
            };
            best = Some((value, label));
        }
        if (from, to) == (low, high) {
            break;
        }
    }
    best.map(|(_, label)| label)
}

/// The densest spot, a step away from it, so far inwards that a map that fills the screen does not
/// cut the label.
fn inside(body: &Body, step: [f32; 2]) -> [f32; 2] {
    std::array::from_fn(|axis| {
        let half = ((body.size[axis] / 2.0 - BORDER) / BORDER_SCALE).clamp(0.0, 0.5);
        let wanted = body.region.mode[axis] + step[axis] * body.region.reach;
        wanted.clamp(half, 1.0 - half)
    })
}

/// The scale from which on a map that fills the screen does not cut a label.
fn uncut_from(at: [f32; 2], size: [f32; 2]) -> f32 {
    let along = |axis: usize| {
        let over = (size[axis] / 2.0 - BORDER).max(0.0);
        let room = at[axis].min(1.0 - at[axis]);
        if over > 0.0 {
            over / room.max(1e-6)
        } else {
            0.0
        }
    };
    along(0).max(along(1)).min(BORDER_SCALE)
}

/// The scale from which on two labels do not overlap; infinite if they stand on one spot.
fn apart_from(at: [f32; 2], body: &Body, other_at: [f32; 2], other: &Body) -> f32 {
    let along = |axis: usize| {
        let distance = (at[axis] - other_at[axis]).abs();
        f32::midpoint(body.size[axis], other.size[axis]) / distance
    };
    // A hair more than the exact scale, so that rounding cannot make them touch.
    along(0).min(along(1)) * 1.0001
}

/// The longest part of `low..high`, as a ratio, that no block covers.
fn longest_gap(blocked: &mut [(f32, f32)], low: f32, high: f32) -> Option<(f32, f32)> {
    blocked.sort_by(|left, right| left.0.total_cmp(&right.0));
    let mut best: Option<(f32, f32)> = None;
    let mut from = low;
    let end = (f32::INFINITY, f32::INFINITY);
    for &(start, until) in blocked.iter().chain([&end]) {
        let to = start.min(high);
        let is_longer = best.is_none_or(|(left, right)| to / from > right / left);
        if to / from >= SHORTEST && is_longer {
            best = Some((from, to));
        }
        from = from.max(until);
        if from >= high {
            break;
        }
    }
    best
}

/// A label whose place no child has taken yet when it would give way stays until one does, or
/// until another label needs the room.
fn hold_until_children(input: &MapInput<'_>, bodies: &[Body], placed: &mut [Ranged]) {
    let mut first_child = vec![MOST_SCALE; input.topics.len()];
    for label in &*placed {
        if let Some(parent) = input.topics[bodies[label.body].topic as usize].parent {
            let first = &mut first_child[parent as usize];
            *first = first.min(label.from);
        }
    }
    for number in 0..placed.len() {
        let label = &placed[number];
        let body = &bodies[label.body];
        let wanted = first_child[body.topic as usize];
        if wanted <= label.to {
            continue;
        }
        let mut to = wanted;
        for (place, other) in placed.iter().enumerate() {
            let apart = apart_from(label.at, body, other.at, &bodies[other.body]);
            let is_later = other.to > label.to && other.from.max(label.to) < apart;
            if place != number && is_later {
                to = to.min(other.from.max(label.to));
            }
        }
        placed[number].to = to;
    }
}
