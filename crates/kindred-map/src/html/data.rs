//! The data of the offline page: the packed papers as base64, their texts, and all other facts.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;

use crate::error::MapError;
use crate::facts::{Facts, harmless};
use crate::input::MapInput;
use crate::packed::{order, points};
use crate::world::{Region, World};

#[derive(Serialize)]
struct Data<'a> {
    facts: Facts<'a>,
    points: String,
    ids: Vec<&'a str>,
    titles: Vec<&'a str>,
    urls: BTreeMap<usize, &'a str>,
}

/// The data as JSON, in the order of cells.
pub(super) fn json(
    input: &MapInput<'_>,
    world: &World,
    places: (&[Option<Region>], &[Option<u8>]),
) -> Result<String, MapError> {
    let order = order(world);
    let papers = || order.iter().map(|&number| &input.points[number as usize]);
    let urls = papers().enumerate().filter_map(|(place, paper)| {
        let url = paper.url?;
        let is_web = url.starts_with("https://") || url.starts_with("http://");
        is_web.then_some((place, url))
    });
    harmless(&Data {
        facts: Facts::new(input, world, places),
        points: STANDARD.encode(points(input, world, &order)),
        ids: papers().map(|paper| paper.id).collect(),
        titles: papers().map(|paper| paper.title).collect(),
        urls: urls.collect(),
    })
}
