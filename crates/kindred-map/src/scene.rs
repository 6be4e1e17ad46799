//! A still picture as a list of shapes, back to front; both the vector and the pixel picture are
//! written from it.

mod legend;
mod marks;
mod points;

use crate::density::Raster;
use crate::error::MapError;
use crate::input::{MapInput, Style};
use crate::label::{Area, LINE, StillLabel, View, bodies, label_color, still_labels, weight};
use crate::palette::{Palette, Rgb, hues};
use crate::text::{Faces, Letters, Weight};
use crate::world::{Region, World, regions};

/// How much larger the letters of a thumbnail are than those of a picture of its size.
const THUMBNAIL_LETTERS: f32 = 2.4;

/// A colour with its opacity.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Paint {
    pub(crate) color: Rgb,
    pub(crate) alpha: f32,
}

/// A line around or along a shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stroke {
    pub(crate) paint: Paint,
    pub(crate) width: f32,
    /// Length of dashes and of the gaps between them.
    pub(crate) dash: Option<f32>,
}

/// One line of letters.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) text: String,
    /// Left end of the base line.
    pub(crate) at: [f32; 2],
    pub(crate) size: f32,
    pub(crate) width: f32,
    pub(crate) weight: Weight,
    pub(crate) color: Rgb,
    /// Colour and width of a border that sets it off from what is behind.
    pub(crate) halo: Option<(Rgb, f32)>,
}

/// What a picture consists of. All measures are in pixels.
#[derive(Debug, Clone)]
pub(crate) enum Shape {
    /// Pixels stretched over an area.
    Image { raster: Raster, area: Area },
    /// Discs of one radius.
    Disc {
        center: [f32; 2],
        radius: f32,
        fill: Option<Paint>,
        stroke: Option<Stroke>,
        /// What a reader sees who points at it.
        note: Option<String>,
    },
    /// Lines, closed where they end where they began.
    Lines {
        lines: Vec<Vec<[f32; 2]>>,
        fill: Option<Paint>,
        stroke: Option<Stroke>,
        note: Option<String>,
    },
    /// Letters.
    Text(Line),
}

/// A picture.
#[derive(Debug)]
pub(crate) struct Scene {
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) ground: Rgb,
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) shapes: Vec<Shape>,
}

/// What every part of a picture is drawn with.
pub(crate) struct Pen<'a> {
    pub(crate) input: &'a MapInput<'a>,
    pub(crate) style: &'a Style,
    pub(crate) world: &'a World,
    pub(crate) faces: &'a Faces,
    pub(crate) palette: &'a Palette,
    pub(crate) hues: &'a [Option<u8>],
    pub(crate) view: View,
}

impl Pen<'_> {
    pub(crate) fn hue_of(&self, topic: Option<u32>) -> Option<u8> {
        topic.and_then(|topic| self.hues[topic as usize])
    }

    pub(crate) fn line(&self, text: &str, at: [f32; 2], (size, weight): (f32, Weight)) -> Line {
        let text = self.faces.shown(text);
        Line {
            width: self.faces.width(&text, size, weight),
            text,
            at,
            size,
            weight,
            color: self.palette.ink,
            halo: None,
        }
    }
}

impl Scene {
    pub(crate) fn new(
        input: &MapInput<'_>,
        style: &Style,
        letters: Letters,
    ) -> Result<Self, MapError> {
        style.check()?;
        input.check()?;
        let faces = Faces::new(letters);
        let world = World::new(input);
        let regions = regions(input, &world);
        let palette = Palette::of(style.theme);
        let hues = hues(input, &regions);
        let pen = Pen {
            input,
            style,
            world: &world,
            faces: &faces,
            palette: &palette,
            hues: &hues,
            view: view(input, style, &world),
        };
        let mut shapes = Vec::new();
        points::draw(&pen, &mut shapes);
        let labels = place_labels(&pen, &regions);
        draw_labels(&pen, &labels, &mut shapes);
        marks::draw(&pen, &mut shapes);
        if !style.is_thumbnail {
            legend::draw(&pen, &mut shapes);
        }
        Ok(Self {
            width: style.width,
            height: style.height,
            ground: palette.ground,
            title: faces.shown(input.title),
            description: description(input, labels.len()),
            shapes,
        })
    }
}

fn place_labels(pen: &Pen<'_>, regions: &[Option<Region>]) -> Vec<StillLabel> {
    let Pen { input, view, .. } = pen;
    let kept = marks::areas(pen);
    if !pen.style.is_thumbnail {
        let bodies = bodies(input, regions, pen.faces, view.unit);
        return still_labels(bodies, view, (&kept, true));
    }
    let mut bodies = bodies(input, regions, pen.faces, view.unit * THUMBNAIL_LETTERS);
    bodies.retain(|body| body.level == 0);
    still_labels(bodies, view, (&kept, false))
}

fn description(input: &MapInput<'_>, labels: usize) -> String {
    format!(
        "Map of {} papers in {} topics, {labels} of them labelled. Papers that are alike lie close \
         to each other.",
        input.points.len(),
        input.topics.len()
    )
}

/// Places the unit square between heading and legend.
pub(crate) fn view(input: &MapInput<'_>, style: &Style, world: &World) -> View {
    let (width, height) = (style.width as f32, style.height as f32);
    let unit = ((width * height).sqrt() / 1385.0).clamp(0.35, 8.0);
    let edge = 14.0 * unit;
    let (heading, legend) = if style.is_thumbnail {
        (edge, edge)
    } else {
        (legend::heading_height(input, unit), 34.0 * unit)
    };
    let area = Area {
        left: edge,
        top: heading.min(height * 0.3),
        right: width - edge,
        bottom: height - legend.min(height * 0.2),
    };
    let space = 26.0 * unit;
    let across = (area.right - area.left - 2.0 * space).max(8.0) / world.extent[0].max(0.05);
    let down = (area.bottom - area.top - 2.0 * space).max(8.0) / world.extent[1].max(0.05);
    let scale = across.min(down);
    let middle = [
        f32::midpoint(area.left, area.right),
        f32::midpoint(area.top, area.bottom),
    ];
    View {
        area,
        scale,
        origin: [middle[0] - scale / 2.0, middle[1] - scale / 2.0],
        unit,
    }
}

fn draw_labels(pen: &Pen<'_>, labels: &[StillLabel], shapes: &mut Vec<Shape>) {
    let unit = pen.view.unit;
    for label in labels {
        if let Some(spot) = label.leader {
            shapes.push(Shape::Lines {
                lines: vec![vec![spot, label.center]],
                fill: None,
                stroke: Some(Stroke {
                    paint: Paint {
                        color: pen.palette.quiet,
                        alpha: 0.8,
                    },
                    width: unit,
                    dash: None,
                }),
                note: None,
            });
        }
    }
    // Coarse ones last, so that the halo of none lies over a larger one.
    for label in labels.iter().rev() {
        let body = &label.body;
        let hue = pen.palette.hue(pen.hue_of(Some(body.topic)));
        let color = label_color(pen.palette, hue, body.level);
        let size = body.font_size;
        let first = label.center[1] - size * LINE * (body.lines.len() as f32 - 1.0) / 2.0;
        for (number, text) in (0_u16..).zip(&body.lines) {
            let mut line = pen.line(text, [0.0, 0.0], (size, weight(body.level)));
            line.at = [
                label.center[0] - line.width / 2.0,
                first + f32::from(number) * size * LINE + size * 0.36,
            ];
            line.color = color;
            line.halo = Some((pen.palette.ground, (size * 0.16).max(1.5 * unit)));
            shapes.push(Shape::Text(line));
        }
    }
}
