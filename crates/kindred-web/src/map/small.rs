//! A small picture of the map that shows where a paper lies.

use axum::body::Bytes;
use kindred_engine::answer::TopicMapAnswer;
use kindred_map::{MapError, Style, Theme, svg, svg_places};

use super::drawing::Drawing;

const WIDTH: u32 = 560;
const HEIGHT: u32 = 360;
/// Radius of the ring around the paper.
const RING: f32 = 11.0;

/// The picture without a paper, and where each paper lies in it.
#[derive(Debug)]
pub(super) struct Small {
    /// An SVG document without its last tag.
    open: String,
    /// Colour of the mark.
    ink: &'static str,
    /// Colour around it.
    ground: &'static str,
    places: Vec<[f32; 2]>,
}

impl Small {
    /// Draws the picture.
    ///
    /// # Errors
    /// As the drawing crate reports.
    pub(super) fn new(answer: &TopicMapAnswer, theme: Theme) -> Result<Self, MapError> {
        let style = Style {
            width: WIDTH,
            height: HEIGHT,
            theme,
            // Titles of discs would make the picture large.
            most_discs: 0,
            is_thumbnail: true,
        };
        Drawing::new(answer).with_input(|input| {
            let mut open = svg(&input, &style)?;
            open.truncate(open.trim_end().trim_end_matches("</svg>").len());
            let (ink, ground) = match theme {
                Theme::Light => ("#b4470f", "#fff"),
                Theme::Dark => ("#ffb38a", "#12151a"),
            };
            Ok(Self {
                open,
                ink,
                ground,
                places: svg_places(&input, &style)?,
            })
        })
    }

    /// The picture with a ring around a paper, told by its place in the answer.
    pub(super) fn marked(&self, paper: Option<usize>) -> Bytes {
        let Self {
            open, ink, ground, ..
        } = self;
        let mark = match paper.and_then(|paper| self.places.get(paper)) {
            Some([x, y]) => {
                let ring = |color: &str, width: u8| {
                    format!(
                        "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{RING}\" fill=\"none\" \
                         stroke=\"{color}\" stroke-width=\"{width}\"/>"
                    )
                };
                let spot =
                    format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{ink}\"/>");
                ring(ground, 7) + &ring(ink, 3) + &spot
            }
            None => format!(
                "<text x=\"{}\" y=\"{}\" font-size=\"15\" text-anchor=\"middle\" fill=\"{ink}\">\
                 It came after the map was drawn.</text>",
                WIDTH / 2,
                HEIGHT / 2,
            ),
        };
        Bytes::from(format!("{open}{mark}</svg>\n"))
    }
}
