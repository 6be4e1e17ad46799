//! A picture as SVG.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::density::Raster;
use crate::error::MapError;
use crate::input::{MapInput, Style};
use crate::palette::hex;
use crate::png::packed;
use crate::scene::{Line, Paint, Scene, Shape, Stroke, view};
use crate::text::{Letters, Weight, escaped};
use crate::world::World;

/// Draws a map as SVG.
///
/// Up to [`Style::most_discs`] papers are discs with their title as a note; above, their density
/// is an image inside the file. Labels and marks are always vectors. Each text has the width that
/// it was placed with (`textLength`), so that another face cannot make labels overlap. The file
/// refers to nothing outside of it.
///
/// # Errors
/// What is wrong with the input or the size, as [`MapError`] says.
///
/// # Determinism
/// Equal input gives equal bytes.
pub fn svg(input: &MapInput<'_>, style: &Style) -> Result<String, MapError> {
    let scene = Scene::new(input, style, Letters::Viewer)?;
    let (width, height) = (scene.width, scene.height);
    let mut out = String::new();
    let title = escaped(&scene.title);
    let description = escaped(&scene.description);
    write_to(
        &mut out,
        format_args!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
             viewBox=\"0 0 {width} {height}\" role=\"img\" aria-labelledby=\"title description\" \
             font-family=\"Inter, 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif\">\n\
             <title id=\"title\">{title}</title>\n<desc id=\"description\">{description}</desc>\n\
             <rect width=\"100%\" height=\"100%\" fill=\"{}\"/>\n",
            hex(scene.ground)
        ),
    );
    for shape in &scene.shapes {
        write_shape(&mut out, shape)?;
    }
    out.push_str("</svg>\n");
    Ok(out)
}

/// Returns where the papers lie in the picture that [`svg`] draws: x and y in pixels, in the order of
/// [`MapInput::points`].
///
/// # Errors
/// What is wrong with the input or the size, as [`MapError`] says.
pub fn svg_places(input: &MapInput<'_>, style: &Style) -> Result<Vec<[f32; 2]>, MapError> {
    style.check()?;
    input.check()?;
    let world = World::new(input);
    let view = view(input, style, &world);
    Ok(world
        .places
        .iter()
        .map(|&place| view.pixel(place))
        .collect())
}

fn write_to(out: &mut String, text: std::fmt::Arguments<'_>) {
    out.write_fmt(text).expect("a string takes all text");
}

fn write_shape(out: &mut String, shape: &Shape) -> Result<(), MapError> {
    match shape {
        Shape::Image { raster, area } => {
            let data = data_url(raster)?;
            write_to(
                out,
                format_args!(
                    "<image x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" \
                     preserveAspectRatio=\"none\" href=\"{data}\"/>\n",
                    Short(area.left),
                    Short(area.top),
                    Short(area.right - area.left),
                    Short(area.bottom - area.top),
                ),
            );
        }
        Shape::Disc {
            center,
            radius,
            fill,
            stroke,
            note,
        } => {
            let [x, y] = center.map(Short);
            write_to(
                out,
                format_args!("<circle cx=\"{x}\" cy=\"{y}\" r=\"{}\"", Short(*radius)),
            );
            write_look(out, *fill, *stroke);
            write_end(out, "circle", note.as_deref());
        }
        Shape::Lines {
            lines,
            fill,
            stroke,
            note,
        } => {
            out.push_str("<path d=\"");
            for line in lines {
                write_line(out, line);
            }
            out.push('"');
            write_look(out, *fill, *stroke);
            write_end(out, "path", note.as_deref());
        }
        Shape::Text(line) => write_text(out, line),
    }
    Ok(())
}

fn data_url(raster: &Raster) -> Result<String, MapError> {
    let bytes = packed(raster, png::ColorType::Rgba)?;
    Ok(format!("data:image/png;base64,{}", STANDARD.encode(bytes)))
}

fn write_line(out: &mut String, line: &[[f32; 2]]) {
    let is_closed = line.len() > 2 && line.first() == line.last();
    let open = if is_closed {
        &line[..line.len() - 1]
    } else {
        line
    };
    for (number, at) in open.iter().enumerate() {
        let [x, y] = at.map(Short);
        let command = if number == 0 { 'M' } else { 'L' };
        write_to(out, format_args!("{command}{x} {y}"));
    }
    if is_closed {
        out.push('Z');
    }
}

fn write_look(out: &mut String, fill: Option<Paint>, stroke: Option<Stroke>) {
    match fill {
        Some(paint) => {
            write_to(out, format_args!(" fill=\"{}\"", hex(paint.color)));
            if paint.alpha < 1.0 {
                write_to(
                    out,
                    format_args!(" fill-opacity=\"{}\"", Short(paint.alpha)),
                );
            }
        }
        None => out.push_str(" fill=\"none\""),
    }
    let Some(stroke) = stroke else { return };
    let width = Short(stroke.width);
    write_to(
        out,
        format_args!(
            " stroke=\"{}\" stroke-width=\"{width}\" stroke-linejoin=\"round\"",
            hex(stroke.paint.color)
        ),
    );
    if stroke.paint.alpha < 1.0 {
        write_to(
            out,
            format_args!(" stroke-opacity=\"{}\"", Short(stroke.paint.alpha)),
        );
    }
    if let Some(dash) = stroke.dash {
        write_to(out, format_args!(" stroke-dasharray=\"{}\"", Short(dash)));
    }
}

fn write_end(out: &mut String, element: &str, note: Option<&str>) {
    match note.filter(|note| !note.is_empty()) {
        Some(note) => {
            let note = escaped(note);
            write_to(out, format_args!("><title>{note}</title></{element}>\n"));
        }
        None => out.push_str("/>\n"),
    }
}

fn write_text(out: &mut String, line: &Line) {
    if line.text.is_empty() {
        return;
    }
    let [x, y] = line.at.map(Short);
    write_to(
        out,
        format_args!(
            "<text x=\"{x}\" y=\"{y}\" font-size=\"{}\" textLength=\"{}\" \
             lengthAdjust=\"spacingAndGlyphs\" fill=\"{}\"",
            Short(line.size),
            Short(line.width),
            hex(line.color)
        ),
    );
    if line.weight == Weight::Bold {
        out.push_str(" font-weight=\"600\"");
    }
    if let Some((color, width)) = line.halo {
        write_to(
            out,
            format_args!(
                " stroke=\"{}\" stroke-width=\"{}\" stroke-linejoin=\"round\" \
                 paint-order=\"stroke\"",
                hex(color),
                Short(width * 2.0)
            ),
        );
    }
    write_to(out, format_args!(">{}</text>\n", escaped(&line.text)));
}

/// A number with two decimals at most.
struct Short(f32);

impl std::fmt::Display for Short {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let text = format!("{:.2}", self.0);
        let text = text.trim_end_matches('0').trim_end_matches('.');
        formatter.write_str(if text == "-0" { "0" } else { text })
    }
}
