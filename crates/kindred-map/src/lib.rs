//! Maps of papers: still pictures as SVG and PNG, and one HTML file that works offline.
//!
//! Places, topics and titles go in, a picture comes out; the crate makes no layout, reads no file
//! and opens no connection. [`svg`] and [`png()`] write the same picture from one list of shapes;
//! [`html`] carries the papers themselves and a page that pans, zooms and searches them; [`packed()`] is
//! a map for a page that a server keeps, drawn by the same script ([`MAP_SCRIPT`]).
//! [`place_labels`] gives each topic's name the range of scales in which it overlaps no other.
//!
//! Equal input gives equal bytes: nothing is drawn by chance, ties go to the paper that comes
//! first. All texts are taken for hostile: they are cleaned, cut and escaped for where they go.
//!
//! ```
//! use kindred_map::{MapInput, MapPoint, MapTopic, Mark, Style, html, svg};
//!
//! let topics = [MapTopic { number: 1, label: "graph learning", level: 0, parent: None, size: 2 }];
//! let paper = |id, position, mark| MapPoint {
//!     position,
//!     topics: [Some(0), None, None],
//!     month: None,
//!     id,
//!     title: "On $K_5$ & <b>friends</b>",
//!     url: None,
//!     mark,
//!     strength: 1.0,
//! };
//! let points = [
//!     paper("2611.00001", [0.0, 1.0], Mark::Liked),
//!     paper("2611.00002", [1.0, 0.5], Mark::None),
//! ];
//! let input = MapInput { title: "Two papers", subtitle: "", points: &points, topics: &topics };
//! let style = Style { width: 800, height: 600, ..Style::default() };
//! assert!(svg(&input, &style)?.contains("graph learning</text>"));
//! assert!(html(&input, &style)?.contains("2611.00002"));
//! # Ok::<(), kindred_map::MapError>(())
//! ```

mod density;
mod error;
mod facts;
mod html;
mod input;
mod label;
mod packed;
mod page;
mod palette;
mod png;
mod rounding;
mod scene;
mod svg;
mod text;
mod world;

pub use error::MapError;
pub use html::html;
pub use input::{LEVELS, MapInput, MapPoint, MapTopic, Mark, Month, Style, Theme};
pub use label::{MOST_SCALE, PlacedLabel, place_labels};
pub use packed::{PackedMap, packed};
pub use page::{MAP_FACES, MAP_SCRIPT};
pub use png::png;
pub use svg::{svg, svg_places};

#[cfg(test)]
mod tests;
