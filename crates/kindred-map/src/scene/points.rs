//! Papers: soft shade and contour lines beneath, discs or tone-mapped density above.

use super::{Paint, Pen, Shape, Stroke};
use crate::density::{Planes, Raster};
use crate::input::Theme;
use crate::label::Area;
use crate::palette::is_tint;
use crate::rounding::ceil;

/// Pixels of the picture per cell of the shade, at unit 1.
const CELL: f32 = 5.0;
/// Most pixels of the density of papers; larger pictures stretch it.
const MOST_PIXELS: f32 = 8e6;
/// Fewer papers than that have no density, and lines would circle each of them.
const FEW: usize = 200;
/// Share of the densest cells at which a contour line runs.
const CONTOURS: [f32; 3] = [0.09, 0.3, 0.7];

pub(super) fn draw(pen: &Pen<'_>, shapes: &mut Vec<Shape>) {
    if pen.input.points.is_empty() {
        return;
    }
    shade(pen, shapes);
    if pen.input.points.len() <= pen.style.most_discs {
        discs(pen, shapes);
    } else {
        density(pen, shapes);
    }
}

fn whole(pen: &Pen<'_>) -> Area {
    Area {
        left: 0.0,
        top: 0.0,
        right: pen.style.width as f32,
        bottom: pen.style.height as f32,
    }
}

/// The discs' radius: together they cover a twentieth of what the papers spread over.
fn radius(pen: &Pen<'_>) -> f32 {
    let [width, height] = pen.world.extent;
    let area = width.max(0.1) * height.max(0.1) * pen.view.scale * pen.view.scale;
    let fair = (area * 0.05 / (pen.input.points.len() as f32 * std::f32::consts::PI)).sqrt();
    fair.clamp(1.1 * pen.view.unit, 5.5 * pen.view.unit)
}

fn shade(pen: &Pen<'_>, shapes: &mut Vec<Shape>) {
    let cell = CELL * pen.view.unit;
    let area = whole(pen);
    let (columns, rows) = (ceil(area.right / cell), ceil(area.bottom / cell));
    let mut planes = Planes::new(columns, rows);
    for (point, &place) in pen.input.points.iter().zip(&pen.world.places) {
        let [x, y] = pen.view.pixel(place);
        let color = pen.palette.hue(pen.hue_of(point.finest()));
        planes.stamp([x / cell, y / cell], 0.5, (1.0, color));
    }
    planes.blur(if pen.input.points.len() > 20_000 {
        1
    } else {
        2
    });
    let reference = planes.quantile(0.97);
    if reference <= 0.0 {
        return;
    }
    let most = if pen.style.theme == Theme::Light {
        0.34
    } else {
        0.38
    };
    let raster = planes.toned(|count| most * logarithmic(count / reference, 30.0));
    shapes.push(image(raster, cell));
    if pen.input.points.len() < FEW {
        return;
    }
    planes.blur(1);
    let reference = planes.quantile(0.97);
    for share in CONTOURS {
        let mut lines = planes.contour(reference * share);
        // What is smaller than a letter is noise.
        lines.retain(|line| line.len() > 14);
        for at in lines.iter_mut().flatten() {
            *at = [at[0] * cell, at[1] * cell];
        }
        let lines: Vec<_> = lines.iter().map(|line| thinned(line, 0.35)).collect();
        if lines.is_empty() {
            continue;
        }
        shapes.push(Shape::Lines {
            lines,
            fill: None,
            stroke: Some(Stroke {
                paint: Paint {
                    color: pen.palette.quiet,
                    alpha: 0.28,
                },
                width: 0.8 * pen.view.unit,
                dash: None,
            }),
            note: None,
        });
    }
}

fn image(raster: Raster, cell: f32) -> Shape {
    let area = Area {
        left: 0.0,
        top: 0.0,
        right: raster.width as f32 * cell,
        bottom: raster.height as f32 * cell,
    };
    Shape::Image { raster, area }
}

/// Grows from 0 at 0 to 1 at 1 and stays; the larger `bend`, the sooner.
fn logarithmic(value: f32, bend: f32) -> f32 {
    ((1.0 + bend * value).ln() / (1.0 + bend).ln()).min(1.0)
}

/// Leaves out what lies closer than `tolerance` to the line through its neighbours.
fn thinned(line: &[[f32; 2]], tolerance: f32) -> Vec<[f32; 2]> {
    let mut kept: Vec<[f32; 2]> = Vec::new();
    for (number, &at) in line.iter().enumerate() {
        let next = line.get(number + 1);
        let Some((&last, &next)) = kept.last().zip(next) else {
            kept.push(at);
            continue;
        };
        let along = [next[0] - last[0], next[1] - last[1]];
        let across = (at[0] - last[0]) * along[1] - (at[1] - last[1]) * along[0];
        let length = along[0].hypot(along[1]);
        let is_short = (1e-6..24.0 * CELL).contains(&length);
        if across.abs() > tolerance * length || !is_short {
            kept.push(at);
        }
    }
    kept
}

/// The papers in an order that no topic profits from: by a hash of the id (Fowler, Noll, Vo).
fn order(pen: &Pen<'_>) -> Vec<usize> {
    let hash = |id: &str| {
        id.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |state, byte| {
            (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let mut order: Vec<(bool, u64, usize)> = pen
        .input
        .points
        .iter()
        .enumerate()
        .map(|(number, point)| {
            let is_colored = !is_tint(pen.hue_of(point.finest()));
            (is_colored, hash(point.id), number)
        })
        .collect();
    order.sort_unstable();
    order.into_iter().map(|(_, _, number)| number).collect()
}

fn discs(pen: &Pen<'_>, shapes: &mut Vec<Shape>) {
    let radius = radius(pen);
    for number in order(pen) {
        let point = &pen.input.points[number];
        shapes.push(Shape::Disc {
            center: pen.view.pixel(pen.world.places[number]),
            radius,
            fill: Some(Paint {
                color: pen.palette.hue(pen.hue_of(point.finest())),
                alpha: 0.38 + 0.42 * point.firmness(),
            }),
            stroke: None,
            note: Some(pen.faces.shown(point.title)),
        });
    }
}

fn density(pen: &Pen<'_>, shapes: &mut Vec<Shape>) {
    let area = whole(pen);
    let step = (area.right * area.bottom / MOST_PIXELS).sqrt().max(1.0);
    let (columns, rows) = (ceil(area.right / step), ceil(area.bottom / step));
    let mut planes = Planes::new(columns, rows);
    let radius = radius(pen) / step;
    for (point, &place) in pen.input.points.iter().zip(&pen.world.places) {
        let [x, y] = pen.view.pixel(place);
        let color = pen.palette.hue(pen.hue_of(point.finest()));
        let weight = 0.4 + 0.6 * point.firmness();
        planes.stamp([x / step, y / step], radius, (weight, color));
    }
    let most = planes.quantile(0.995).max(2.0);
    // Few papers hardly cover each other, so each has to be seen.
    let least = 0.34 + 0.26 * (1.0 - pen.input.points.len() as f32 / 60_000.0).max(0.0);
    let raster = planes.toned(|count| {
        let edge = count.min(1.0);
        edge * (least + (1.0 - least) * logarithmic((count - 1.0).max(0.0) / most, 20.0))
    });
    shapes.push(image(raster, step));
}
