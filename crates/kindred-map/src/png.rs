//! A picture as PNG, drawn with tiny-skia.

use tiny_skia::{
    Color, FillRule, FilterQuality, LineJoin, PathBuilder, Pixmap, PixmapPaint, PixmapRef,
    StrokeDash, Transform,
};
use ttf_parser::{GlyphId, OutlineBuilder};

use crate::density::Raster;
use crate::error::MapError;
use crate::input::{MapInput, Style};
use crate::scene::{Line, Paint, Scene, Shape, Stroke};
use crate::text::{Faces, Letters};

/// Draws a map as PNG, with the letters that this crate carries.
///
/// It has Latin, Greek and Cyrillic ones; a run of others becomes a dot, and a topic whose label has
/// no letter that can be drawn is called by its number ([`svg`](crate::svg()) and
/// [`html`](crate::html()) leave letters to the reader's program and have all scripts). The picture
/// is opaque and has the size that `style` asks for.
///
/// # Errors
/// What is wrong with the input or the size, as [`MapError`] says.
///
/// # Determinism
/// Equal input gives equal bytes.
pub fn png(input: &MapInput<'_>, style: &Style) -> Result<Vec<u8>, MapError> {
    let scene = Scene::new(input, style, Letters::Own)?;
    let (width, height) = (scene.width, scene.height);
    let mut canvas = Pixmap::new(width, height).ok_or(MapError::Size { width, height })?;
    let [red, green, blue] = scene.ground;
    canvas.fill(Color::from_rgba8(red, green, blue, 255));
    let faces = Faces::new(Letters::Own);
    for shape in &scene.shapes {
        match shape {
            Shape::Image { raster, area } => {
                let stretch = [
                    (area.right - area.left) / raster.width as f32,
                    (area.bottom - area.top) / raster.height as f32,
                ];
                draw_raster(&mut canvas, raster, (area.left, area.top), stretch);
            }
            Shape::Disc {
                center,
                radius,
                fill,
                stroke,
                ..
            } => {
                if let Some(path) = PathBuilder::from_circle(center[0], center[1], *radius) {
                    draw_path(&mut canvas, &path, *fill, *stroke);
                }
            }
            Shape::Lines {
                lines,
                fill,
                stroke,
                ..
            } => {
                if let Some(path) = path_of(lines) {
                    draw_path(&mut canvas, &path, *fill, *stroke);
                }
            }
            Shape::Text(line) => draw_text(&mut canvas, line, &faces),
        }
    }
    let pixels = canvas
        .pixels()
        .iter()
        .flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]);
    let raster = Raster {
        width: width as usize,
        height: height as usize,
        pixels: pixels.collect(),
    };
    packed(&raster, png::ColorType::Rgb)
}

/// Packs pixels as PNG; `kind` says how many bytes a pixel has.
pub(crate) fn packed(raster: &Raster, kind: png::ColorType) -> Result<Vec<u8>, MapError> {
    let side = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    let (width, height) = (side(raster.width), side(raster.height));
    let wrong = |source| MapError::Png {
        width,
        height,
        source,
    };
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(kind);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    let mut writer = encoder.write_header().map_err(wrong)?;
    writer.write_image_data(&raster.pixels).map_err(wrong)?;
    writer.finish().map_err(wrong)?;
    Ok(bytes)
}

fn paint(paint: Paint) -> tiny_skia::Paint<'static> {
    let mut filled = tiny_skia::Paint::default();
    let [red, green, blue] = paint.color;
    let alpha = crate::rounding::to_u8(paint.alpha.clamp(0.0, 1.0) * 255.0);
    filled.set_color_rgba8(red, green, blue, alpha);
    filled.anti_alias = true;
    filled
}

fn draw_path(
    canvas: &mut Pixmap,
    path: &tiny_skia::Path,
    fill: Option<Paint>,
    stroke: Option<Stroke>,
) {
    let still = Transform::identity();
    if let Some(fill) = fill {
        canvas.fill_path(path, &paint(fill), FillRule::Winding, still, None);
    }
    if let Some(line) = stroke {
        let pen = tiny_skia::Stroke {
            width: line.width,
            line_join: LineJoin::Round,
            dash: line
                .dash
                .and_then(|dash| StrokeDash::new(vec![dash, dash], 0.0)),
            ..tiny_skia::Stroke::default()
        };
        canvas.stroke_path(path, &paint(line.paint), &pen, still, None);
    }
}

fn path_of(lines: &[Vec<[f32; 2]>]) -> Option<tiny_skia::Path> {
    let mut builder = PathBuilder::new();
    for line in lines {
        let is_closed = line.len() > 2 && line.first() == line.last();
        let open = if is_closed {
            &line[..line.len() - 1]
        } else {
            line
        };
        for (number, at) in open.iter().enumerate() {
            if number == 0 {
                builder.move_to(at[0], at[1]);
            } else {
                builder.line_to(at[0], at[1]);
            }
        }
        if is_closed {
            builder.close();
        }
    }
    builder.finish()
}

fn draw_raster(canvas: &mut Pixmap, raster: &Raster, at: (f32, f32), stretch: [f32; 2]) {
    let mut bytes = Vec::with_capacity(raster.pixels.len());
    for pixel in raster.pixels.as_chunks::<4>().0 {
        let [red, green, blue, alpha] = *pixel;
        let color = tiny_skia::ColorU8::from_rgba(red, green, blue, alpha).premultiply();
        bytes.extend([color.red(), color.green(), color.blue(), color.alpha()]);
    }
    let side = |value: usize| u32::try_from(value).unwrap_or(0);
    let Some(image) = PixmapRef::from_bytes(&bytes, side(raster.width), side(raster.height)) else {
        return;
    };
    let is_exact = stretch.iter().all(|factor| (factor - 1.0).abs() < 1e-6);
    let look = PixmapPaint {
        quality: if is_exact {
            FilterQuality::Nearest
        } else {
            FilterQuality::Bicubic
        },
        ..PixmapPaint::default()
    };
    let place = Transform::from_row(stretch[0], 0.0, 0.0, stretch[1], at.0, at.1);
    canvas.draw_pixmap(0, 0, image, &look, place, None);
}

/// Draws glyphs into one path.
struct Outline {
    builder: PathBuilder,
    at: [f32; 2],
    scale: f32,
}

impl Outline {
    fn place(&self, x: f32, y: f32) -> (f32, f32) {
        (self.at[0] + x * self.scale, self.at[1] - y * self.scale)
    }
}

impl OutlineBuilder for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.builder.move_to(x, y);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        let (x, y) = self.place(x, y);
        self.builder.line_to(x, y);
    }

    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        let ((x1, y1), (x, y)) = (self.place(x1, y1), self.place(x, y));
        self.builder.quad_to(x1, y1, x, y);
    }

    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let ((x1, y1), (x2, y2)) = (self.place(x1, y1), self.place(x2, y2));
        let (x, y) = self.place(x, y);
        self.builder.cubic_to(x1, y1, x2, y2, x, y);
    }

    fn close(&mut self) {
        self.builder.close();
    }
}

fn draw_text(canvas: &mut Pixmap, line: &Line, faces: &Faces) {
    let face = faces.face(line.weight);
    let scale = line.size / f32::from(face.units_per_em());
    let mut outline = Outline {
        builder: PathBuilder::new(),
        at: line.at,
        scale,
    };
    for letter in line.text.chars() {
        let glyph = face.glyph_index(letter).unwrap_or(GlyphId(0));
        face.outline_glyph(glyph, &mut outline);
        outline.at[0] += f32::from(face.glyph_hor_advance(glyph).unwrap_or(0)) * scale;
    }
    let Some(path) = outline.builder.finish() else {
        return;
    };
    let solid = |color| Paint { color, alpha: 1.0 };
    if let Some((color, width)) = line.halo {
        let halo = Stroke {
            paint: solid(color),
            width: width * 2.0,
            dash: None,
        };
        draw_path(canvas, &path, None, Some(halo));
    }
    draw_path(canvas, &path, Some(solid(line.color)), None);
}
