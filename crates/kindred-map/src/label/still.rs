//! Labels of a still picture: all coarse ones, and as many finer ones as there is room for.

use super::Body;

/// A rectangle by its left, top, right and bottom edge, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Area {
    pub(crate) left: f32,
    pub(crate) top: f32,
    pub(crate) right: f32,
    pub(crate) bottom: f32,
}

impl Area {
    pub(crate) fn around(center: [f32; 2], size: [f32; 2]) -> Self {
        Self {
            left: center[0] - size[0] / 2.0,
            top: center[1] - size[1] / 2.0,
            right: center[0] + size[0] / 2.0,
            bottom: center[1] + size[1] / 2.0,
        }
    }

    pub(crate) fn overlaps(&self, other: &Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }

    fn holds(&self, other: &Self) -> bool {
        self.left <= other.left
            && self.top <= other.top
            && self.right >= other.right
            && self.bottom >= other.bottom
    }
}

/// A label with its place in the picture.
#[derive(Debug)]
pub(crate) struct StillLabel {
    pub(crate) body: Body,
    pub(crate) center: [f32; 2],
    /// The spot of its topic, if the label had to go so far away that a line should show it.
    pub(crate) leader: Option<[f32; 2]>,
}

/// How a picture shows the unit square.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    /// Where labels may be.
    pub(crate) area: Area,
    /// Pixels of the side of the unit square.
    pub(crate) scale: f32,
    /// Pixel of the upper left corner of the unit square.
    pub(crate) origin: [f32; 2],
    /// Size of text: 1 in a picture of 1600 x 1200.
    pub(crate) unit: f32,
}

impl View {
    pub(crate) fn pixel(&self, place: [f32; 2]) -> [f32; 2] {
        [
            self.origin[0] + place[0] * self.scale,
            self.origin[1] + place[1] * self.scale,
        ]
    }
}

/// Places labels by precedence; each takes the free place that is nearest to the densest spot of
/// its topic. Finer labels stay within their topic or are left out.
///
/// `kept` are areas that had better stay free, such as marks: a coarse or middle label
/// covers one only where it has no other place, a fine one never. Where there are to be no leaders, a
/// coarse label without room by its topic is left out too.
pub(crate) fn still_labels(
    bodies: Vec<Body>,
    view: &View,
    (kept, has_leaders): (&[Area], bool),
) -> Vec<StillLabel> {
    let mut placed: Vec<StillLabel> = Vec::new();
    let mut areas: Vec<Area> = Vec::new();
    for body in bodies {
        let spot = view.pixel(body.region.mode);
        let reach = body.region.reach * view.scale;
        let farthest = match body.level {
            0 => view.area.right - view.area.left + view.area.bottom - view.area.top,
            _ if reach < body.font_size * 0.7 => continue,
            // A topic that lies scattered reaches far, but its label speaks for its densest spot.
            1 => (reach + body.size[1] * 0.5).min(body.size[1] * 1.6),
            _ => (reach * 0.8 + body.size[1] * 0.25).min(body.size[1] * 1.1),
        };
        let near = farthest.min(reach * 1.2 + body.size[1] * 1.5);
        let mut center = free_place(&body, (spot, near), &view.area, &[&areas, kept]);
        if center.is_none() && body.level < 2 {
            center = free_place(&body, (spot, farthest), &view.area, &[&areas]);
        }
        let Some(center) = center else { continue };
        let moved = (center[0] - spot[0]).hypot(center[1] - spot[1]);
        let leader = (body.level == 0 && moved > reach + body.size[1]).then_some(spot);
        if leader.is_some() && !has_leaders {
            continue;
        }
        areas.push(Area::around(center, body.size));
        placed.push(StillLabel {
            body,
            center,
            leader,
        });
    }
    placed
}

/// The first free place on rings around the spot, sideways steps being wider than steps up and
/// down as labels are wider than high.
fn free_place(
    body: &Body,
    (spot, farthest): ([f32; 2], f32),
    bounds: &Area,
    taken: &[&[Area]],
) -> Option<[f32; 2]> {
    let step = body.size[1] * 0.35;
    let mut ring = 0_u16;
    loop {
        let radius = f32::from(ring) * step;
        if radius > farthest {
            return None;
        }
        let turns = if ring == 0 { 1 } else { (ring * 6).min(96) };
        for turn in 0..turns {
            let angle = std::f32::consts::TAU * (f32::from(turn) / f32::from(turns) - 0.25);
            let wanted = [
                spot[0] + radius * 1.4 * angle.cos(),
                spot[1] + radius * angle.sin(),
            ];
            let center = pushed_inside(wanted, body.size, bounds);
            let area = Area::around(center, body.size);
            if bounds.holds(&area)
                && !taken
                    .iter()
                    .copied()
                    .flatten()
                    .any(|other| other.overlaps(&area))
            {
                return Some(center);
            }
        }
        ring = ring.checked_add(1)?;
    }
}

fn pushed_inside(center: [f32; 2], size: [f32; 2], bounds: &Area) -> [f32; 2] {
    let push = |value: f32, half: f32, low: f32, high: f32| {
        if high - low < 2.0 * half {
            f32::midpoint(low, high)
        } else {
            // A hair inside, so that rounding cannot put the edge outside.
            value.clamp(
                low + half + 0.01,
                (high - half - 0.01).max(low + half + 0.01),
            )
        }
    };
    [
        push(center[0], size[0] / 2.0, bounds.left, bounds.right),
        push(center[1], size[1] / 2.0, bounds.top, bounds.bottom),
    ]
}
