//! Heading and legend.

use super::{Pen, Shape, marks};
use crate::input::{MapInput, Mark};
use crate::palette::{Rgb, is_tint};
use crate::text::Weight;

const TITLE: f32 = 26.0;
const SUBTITLE: f32 = 14.0;
const ENTRY: f32 = 13.0;
const EDGE: f32 = 24.0;

/// Height that the heading takes.
pub(super) fn heading_height(input: &MapInput<'_>, unit: f32) -> f32 {
    let subtitle = if input.subtitle.is_empty() { 0.0 } else { 22.0 };
    let title = if input.title.is_empty() { 0.0 } else { 34.0 };
    (18.0 + title + subtitle) * unit
}

pub(super) fn draw(pen: &Pen<'_>, shapes: &mut Vec<Shape>) {
    let unit = pen.view.unit;
    let room = pen.style.width as f32 - 2.0 * EDGE * unit;
    let mut below = 12.0 * unit;
    for (text, size, weight, step) in [
        (pen.input.title, TITLE, Weight::Bold, 34.0),
        (pen.input.subtitle, SUBTITLE, Weight::Regular, 22.0),
    ] {
        if text.is_empty() {
            continue;
        }
        let size = size * unit;
        let text = pen.faces.shown(text);
        let cut = pen.faces.cut(&text, room / size, weight);
        let mut line = pen.line(
            &cut,
            [EDGE * unit, below + step * unit * 0.75],
            (size, weight),
        );
        if weight == Weight::Regular {
            line.color = pen.palette.quiet;
        }
        line.halo = Some((pen.palette.ground, 3.0 * unit));
        below += step * unit;
        shapes.push(Shape::Text(line));
    }
    entries(pen, shapes);
}

/// One row at the bottom: how many papers, which marks there are and how many, what grey means.
fn entries(pen: &Pen<'_>, shapes: &mut Vec<Shape>) {
    let unit = pen.view.unit;
    let size = ENTRY * unit;
    let bottom = pen.style.height as f32 - 14.0 * unit;
    let room = pen.style.width as f32 - EDGE * unit;
    let mut left = EDGE * unit;
    for (mark, color, text) in texts(pen) {
        let at = [left + 16.0 * unit, bottom];
        let mut line = pen.line(&text, at, (size, Weight::Regular));
        if line.at[0] + line.width > room {
            break;
        }
        line.color = pen.palette.quiet;
        let center = [left + 6.0 * unit, bottom - size * 0.36];
        marks::push(pen, shapes, (mark, color), (center, 5.2 * unit), None);
        left = line.at[0] + line.width + 22.0 * unit;
        shapes.push(Shape::Text(line));
    }
}

fn texts(pen: &Pen<'_>) -> Vec<(Mark, Rgb, String)> {
    let points = pen.input.points;
    let papers = format!("{} papers", grouped(points.len()));
    let mut texts = vec![(Mark::None, pen.palette.quiet, papers)];
    for mark in Mark::DRAWN {
        let found = points.iter().filter(|point| point.mark == mark).count();
        if found > 0 {
            let text = format!("{} {}", grouped(found), mark.name());
            texts.push((mark, pen.palette.rest, text));
        }
    }
    let is_rest = |topic: u32| is_tint(pen.hue_of(Some(topic)));
    if points
        .iter()
        .any(|point| point.finest().is_some_and(is_rest))
    {
        texts.push((
            Mark::None,
            pen.palette.rest,
            "pale: smaller topics".to_owned(),
        ));
    }
    texts
}

/// A number with a thin space between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands_are_set_apart() {
        let shown = [0, 999, 1000, 1_234_567].map(super::grouped);
        assert_eq!(
            shown,
            ["0", "999", "1\u{202f}000", "1\u{202f}234\u{202f}567"]
        );
    }
}
