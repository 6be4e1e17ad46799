//! What the user has to do with papers: a shape for each, so that colour is never alone.

use super::{Paint, Pen, Shape, Stroke};
use crate::input::Mark;
use crate::label::Area;

/// Radius of a mark at unit 1.
const RADIUS: f32 = 5.2;
/// Labels keep off that many marks; more would leave them no room.
const KEPT_FREE: usize = 300;

/// Where marks are, if they are few enough for labels to keep off.
pub(super) fn areas(pen: &Pen<'_>) -> Vec<Area> {
    let side = 2.2 * RADIUS * pen.view.unit;
    let points = pen.input.points.iter().zip(&pen.world.places);
    let areas: Vec<Area> = points
        .filter(|(point, _)| point.mark != Mark::None)
        .map(|(_, &place)| Area::around(pen.view.pixel(place), [side, side]))
        .take(KEPT_FREE + 1)
        .collect();
    if areas.len() > KEPT_FREE {
        Vec::new()
    } else {
        areas
    }
}

pub(super) fn draw(pen: &Pen<'_>, shapes: &mut Vec<Shape>) {
    let radius = RADIUS * pen.view.unit;
    let mut marked: Vec<(Mark, usize)> = pen
        .input
        .points
        .iter()
        .enumerate()
        .filter(|(_, point)| point.mark != Mark::None)
        .map(|(number, point)| (point.mark, number))
        .collect();
    marked.sort_unstable();
    for (mark, number) in marked {
        let point = &pen.input.points[number];
        let note = format!("{}: {}", mark.name(), pen.faces.shown(point.title));
        let center = pen.view.pixel(pen.world.places[number]);
        let color = pen.palette.hue(pen.hue_of(point.finest()));
        push(pen, shapes, (mark, color), (center, radius), Some(note));
    }
}

/// One mark: a bold ring, a cross, a dashed ring or a triangle, each on a border in the colour of
/// the ground.
pub(super) fn push(
    pen: &Pen<'_>,
    shapes: &mut Vec<Shape>,
    (mark, color): (Mark, [u8; 3]),
    (center, radius): ([f32; 2], f32),
    note: Option<String>,
) {
    let solid = |color, alpha| Paint { color, alpha };
    let ink = solid(pen.palette.liked, 1.0);
    let ground = solid(pen.palette.ground, 0.9);
    let line = radius * 0.42;
    let stroke = |paint, width, dash| Some(Stroke { paint, width, dash });
    let ring = |fill, stroke, note| Shape::Disc {
        center,
        radius,
        fill,
        stroke,
        note,
    };
    match mark {
        Mark::None => shapes.push(Shape::Disc {
            center,
            radius: radius * 0.6,
            fill: Some(solid(color, 0.9)),
            stroke: None,
            note,
        }),
        Mark::Liked => {
            shapes.push(ring(None, stroke(ground, line * 2.0, None), None));
            let filled = Some(solid(color, 1.0));
            shapes.push(ring(filled, stroke(ink, line, None), note));
        }
        Mark::New => {
            shapes.push(ring(None, stroke(ground, line * 1.5, None), None));
            let filled = Some(solid(color, 0.75));
            let dashed = stroke(ink, line * 0.72, Some(radius * 0.62));
            shapes.push(ring(filled, dashed, note));
        }
        Mark::Disliked => {
            let arm = radius * 0.8;
            let [x, y] = center;
            let lines = vec![
                vec![[x - arm, y - arm], [x + arm, y + arm]],
                vec![[x - arm, y + arm], [x + arm, y - arm]],
            ];
            for (paint, width, note) in [(ground, line * 2.0, None), (ink, line * 0.8, note)] {
                shapes.push(Shape::Lines {
                    lines: lines.clone(),
                    fill: None,
                    stroke: stroke(paint, width, None),
                    note,
                });
            }
        }
        Mark::Query => {
            let [x, y] = center;
            let (side, up) = (radius * 1.1, radius * 1.25);
            let lines = vec![vec![
                [x, y - up],
                [x + side, y + up * 0.65],
                [x - side, y + up * 0.65],
                [x, y - up],
            ]];
            let fills = [
                (None, ground, line * 2.2, None),
                (Some(solid(color, 1.0)), ink, line * 0.8, note),
            ];
            for (fill, paint, width, note) in fills {
                shapes.push(Shape::Lines {
                    lines: lines.clone(),
                    fill,
                    stroke: stroke(paint, width, None),
                    note,
                });
            }
        }
    }
}
