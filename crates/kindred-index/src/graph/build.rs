//! Building a graph with `hnsw_rs` and taking it over.
//!
//! `hnsw_rs` is given row numbers in place of vectors and a distance that looks them up, so vectors
//! are not copied. Only its construction is used: its search makes one hop per layer instead of a
//! descent, and its files are neither atomic nor checked. What it is asked for stays within what
//! it checks by ending the process (links) or by failing late (layers).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hnsw_rs::anndists::dist::distances::Distance;
use hnsw_rs::hnsw::Hnsw;
use kindred_core::{Embeddings, dot};

use super::mend::mend;
use super::quality::{GraphQuality, measure};
use super::{BASE_LINKS, Graph, Layer, NO_LINK, UPPER_LINKS};

/// The most links that a flat graph has places for above the base layer.
pub(crate) const MAX_LINKS: usize = UPPER_LINKS;
/// `hnsw_rs` works with exactly this many layers.
const LAYERS: usize = 16;
/// Rows inserted between two looks at the stop flag.
const ROWS_PER_STEP: usize = 2_048;

/// How a graph is built.
#[derive(Debug, Clone, Copy)]
pub(crate) struct BuildOptions<'a> {
    /// Links per row above the base layer, half of those on it; `2..=MAX_LINKS`.
    pub(crate) links: usize,
    /// Candidates kept in view while a row is inserted.
    pub(crate) effort: usize,
    /// Insert in order on one thread, so that the same rows give the same bytes.
    pub(crate) serial: bool,
    /// Set by the caller to stop.
    pub(crate) stop: Option<&'a AtomicBool>,
}

/// What came of a build.
#[derive(Debug)]
pub(crate) struct Built {
    /// `None` if the graph did not pass its checks.
    pub(crate) graph: Option<Graph>,
    pub(crate) quality: GraphQuality,
}

/// A request to stop was seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stopped;

impl BuildOptions<'_> {
    pub(super) fn check_stop(&self) -> Result<(), Stopped> {
        match self.stop {
            Some(stop) if stop.load(Ordering::Relaxed) => Err(Stopped),
            _ => Ok(()),
        }
    }
}

/// Half the squared Euclidean distance of two rows, never negative, without assertions.
struct RowDistance {
    vectors: Arc<Embeddings>,
}

impl Distance<u32> for RowDistance {
    fn eval(&self, left: &[u32], right: &[u32]) -> f32 {
        let left = self.vectors.row(left[0] as usize);
        let right = self.vectors.row(right[0] as usize);
        (1.0 - dot(left, right)).max(0.0)
    }
}

/// Builds, mends and checks the graph of `vectors`, which holds at least one row.
///
/// `progress` is told the number of rows inserted.
///
/// # Determinism
/// With `serial` the result depends on the rows alone; else also on the timing of threads.
pub(crate) fn build(
    vectors: &Arc<Embeddings>,
    options: &BuildOptions<'_>,
    progress: &dyn Fn(usize),
) -> Result<Built, Stopped> {
    let raw = construct(vectors, options, progress)?;
    let (graph, unreachable) = mend(raw, vectors, options)?;
    let quality = measure(&graph, vectors, unreachable, options)?;
    let graph = quality.is_good().then_some(graph);
    Ok(Built { graph, quality })
}

/// Builds the graph as `hnsw_rs` leaves it.
fn construct(
    vectors: &Arc<Embeddings>,
    options: &BuildOptions<'_>,
    progress: &dyn Fn(usize),
) -> Result<Graph, Stopped> {
    let links = options.links.clamp(2, MAX_LINKS);
    let effort = options.effort.max(links);
    let distance = RowDistance {
        vectors: Arc::clone(vectors),
    };
    let hnsw = Hnsw::<u32, RowDistance>::new(links, vectors.len(), LAYERS, effort, distance);
    let rows: Vec<u32> = (0..u32::try_from(vectors.len()).expect("rows fit u32")).collect();
    // The first alone: threads that both find an empty graph would leave it in two parts.
    let (first, rest) = rows.split_at(1);
    hnsw.insert_slice((first, 0));
    for step in rest.chunks(ROWS_PER_STEP) {
        options.check_stop()?;
        let points: Vec<(&[u32], usize)> =
            step.chunks(1).map(|row| (row, row[0] as usize)).collect();
        if options.serial {
            for point in points {
                hnsw.insert_slice(point);
            }
        } else {
            hnsw.parallel_insert_slice(&points);
        }
        progress(step.last().map_or(0, |&row| row as usize + 1));
    }
    Ok(export(&hnsw, vectors.len()))
}

/// Links of the rows of one layer, by row.
type LayerLinks = BTreeMap<u32, Vec<u32>>;

fn export(hnsw: &Hnsw<'_, u32, RowDistance>, rows: usize) -> Graph {
    let mut base = vec![NO_LINK; rows * BASE_LINKS];
    let mut upper: Vec<LayerLinks> = Vec::new();
    let points = hnsw.get_point_indexation();
    for level in 0..=usize::from(hnsw.get_max_level_observed()) {
        for point in points.get_layer_iterator(level) {
            let row = u32::try_from(point.get_origin_id()).expect("rows were given as u32");
            let neighborhood = point.get_neighborhood_id();
            for (layer, neighbors) in neighborhood.iter().enumerate() {
                let mut links: Vec<u32> = Vec::with_capacity(neighbors.len());
                for neighbor in neighbors {
                    let link = u32::try_from(neighbor.d_id).expect("rows were given as u32");
                    if link != row && !links.contains(&link) {
                        links.push(link);
                    }
                }
                if layer == 0 {
                    links.truncate(BASE_LINKS);
                    let start = row as usize * BASE_LINKS;
                    base[start..start + links.len()].copy_from_slice(&links);
                } else if layer <= level || !links.is_empty() {
                    upper.resize_with(upper.len().max(layer), LayerLinks::default);
                    upper[layer - 1].insert(row, links);
                }
            }
        }
    }
    nest(&mut upper);
    let entry = upper.last().and_then(|top| top.keys().next().copied());
    let upper = upper.iter().map(flatten).collect();
    Graph {
        entry: entry.unwrap_or(0),
        base,
        upper,
    }
}

/// Makes every layer part of the one below it, as links and layers of `hnsw_rs` need not be.
fn nest(upper: &mut [LayerLinks]) {
    for index in (0..upper.len()).rev() {
        let linked: Vec<u32> = upper[index].values().flatten().copied().collect();
        for row in linked {
            upper[index].entry(row).or_default();
        }
        if index > 0 {
            let above: Vec<u32> = upper[index].keys().copied().collect();
            for row in above {
                upper[index - 1].entry(row).or_default();
            }
        }
    }
}

fn flatten(layer: &LayerLinks) -> Layer {
    let rows: Vec<u32> = layer.keys().copied().collect();
    let mut links = vec![NO_LINK; rows.len() * UPPER_LINKS];
    for (places, neighbors) in links.chunks_mut(UPPER_LINKS).zip(layer.values()) {
        for (place, neighbor) in places.iter_mut().zip(neighbors) {
            let position = rows
                .binary_search(neighbor)
                .expect("linked rows are in the layer");
            *place = u32::try_from(position).expect("rows fit u32");
        }
    }
    Layer { rows, links }
}
