//! A page that pans, zooms and searches a map, as one file without any connection.

mod data;
mod tree;

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use crate::error::MapError;
use crate::input::{MapInput, Style, Theme};
use crate::page::{MAP_FACES, MAP_SCRIPT};
use crate::palette::hues;
use crate::text::{clean, escaped};
use crate::world::{World, regions};

const TEMPLATE: &str = include_str!("../assets/page/map.html");
const LOOK: &str = include_str!("../assets/page/map.css");
/// Behind [`MAP_SCRIPT`].
const OWN_SCRIPT: &str = concat!(
    include_str!("../assets/page/panel.js"),
    include_str!("../assets/page/main.js"),
);

/// Writes a map as one HTML page: pan, zoom, hover, search, months, topics, list of papers.
///
/// The page holds its data, script, look and face; its policy forbids every connection and every
/// script but its own, by hash. A light style follows the reader's system, a dark one is dark from
/// the start; the reader can switch. Width and height of `style` say nothing here.
///
/// # Errors
/// What is wrong with the input, as [`MapError`] says.
///
/// # Determinism
/// Equal input gives equal bytes.
pub fn html(input: &MapInput<'_>, style: &Style) -> Result<String, MapError> {
    input.check()?;
    let world = World::new(input);
    let regions = regions(input, &world);
    let hues = hues(input, &regions);
    let look = look();
    let script = format!("{MAP_SCRIPT}{OWN_SCRIPT}");
    let data = data::json(input, &world, (&regions, &hues))?;
    let theme = match style.theme {
        Theme::Light => "auto",
        Theme::Dark => "dark",
    };
    Ok(filled(
        TEMPLATE,
        &[
            ("THEME", theme),
            ("SCRIPT_HASH", &hash(&script)),
            ("STYLE_HASH", &hash(&look)),
            ("TITLE", &escaped(&clean(input.title))),
            ("SUBTITLE", &escaped(&clean(input.subtitle))),
            ("COUNT", &input.points.len().to_string()),
            ("TOPICS", &tree::list(input, &regions)),
            ("STYLE", &look),
            ("DATA", &data),
            ("SCRIPT", &script),
        ],
    ))
}

fn look() -> String {
    let mut look = String::from(LOOK);
    for (weight, face) in MAP_FACES {
        let bytes = STANDARD.encode(face);
        writeln!(
            look,
            "@font-face {{ font-family: \"Map Sans\"; font-weight: {weight}; \
             src: url(data:font/otf;base64,{bytes}) format(\"opentype\"); }}"
        )
        .expect("a string takes all text");
    }
    look
}

/// What a policy calls a script or style of this text.
pub(crate) fn hash(text: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Sha256::digest(text.as_bytes()))
    )
}

/// Fills the places of a template in one pass, so that what is filled in is never read again.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let (name, after) = after
            .split_once("}}")
            .expect("places of the template are closed");
        let value = values.iter().find(|value| value.0 == name);
        out.push_str(value.expect("every place of the template has a value").1);
        rest = after;
    }
    out.push_str(rest);
    out
}
