//! The flat HNSW graph of one segment: how it is kept, built, mended, stored and searched.

mod build;
mod file;
mod mend;
mod quality;
mod walk;

pub(crate) use build::{BuildOptions, MAX_LINKS, Stopped, build};
pub(crate) use file::{path, segment_of_file};
pub use quality::GraphQuality;
pub(crate) use walk::{Goal, Walk, with_scratch};

/// Links of a row on the base layer; the stride of its adjacency.
pub(crate) const BASE_LINKS: usize = 32;
/// Links of a row on each layer above.
pub(crate) const UPPER_LINKS: usize = 16;
/// Fills the places of links that a row does not have.
pub(crate) const NO_LINK: u32 = u32::MAX;

/// Folder of the graphs below the index folder.
pub(crate) const GRAPH_FOLDER: &str = "graph";

/// The base layer holds every row, each layer above a part of the one below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Graph {
    /// Row at which every search enters; it is in the top layer.
    entry: u32,
    /// `[rows, BASE_LINKS]`, each row's links first, then [`NO_LINK`].
    base: Vec<u32>,
    /// The layers above, lowest first.
    upper: Vec<Layer>,
}

/// A layer above the base.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Layer {
    /// Its rows, ascending.
    rows: Vec<u32>,
    /// `[rows.len(), UPPER_LINKS]`: positions in `rows`, then [`NO_LINK`].
    links: Vec<u32>,
}

impl Graph {
    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.base.len() / BASE_LINKS
    }

    /// Returns the links of a row on the base layer.
    #[inline]
    fn links(&self, row: usize) -> &[u32] {
        trim(&self.base[row * BASE_LINKS..(row + 1) * BASE_LINKS])
    }

    /// Returns the places for links of a row on the base layer.
    fn places(&mut self, row: usize) -> &mut [u32] {
        &mut self.base[row * BASE_LINKS..(row + 1) * BASE_LINKS]
    }

    /// Returns the mean number of links of a row on the base layer.
    fn mean_degree(&self) -> f64 {
        let links = self.base.iter().filter(|&&link| link != NO_LINK).count();
        links as f64 / self.len().max(1) as f64
    }

    /// Whether every link leads to a row that exists, every layer is part of the one below, and
    /// the entry is in all of them.
    fn is_valid(&self) -> bool {
        let rows = self.len();
        let entry_is_in = |layer: &Layer| layer.rows.binary_search(&self.entry).is_ok();
        let is_part_of_below = |index: usize, layer: &Layer| {
            index.checked_sub(1).is_none_or(|below| {
                let below = &self.upper[below].rows;
                layer
                    .rows
                    .iter()
                    .all(|row| below.binary_search(row).is_ok())
            })
        };
        (self.entry as usize) < rows
            && self
                .base
                .as_chunks::<BASE_LINKS>()
                .0
                .iter()
                .all(|links| are_links(links, rows))
            && self.upper.iter().enumerate().all(|(index, layer)| {
                let count = layer.rows.len();
                layer.rows.is_sorted_by(|a, b| a < b)
                    && layer.rows.last().is_some_and(|&row| (row as usize) < rows)
                    && layer.links.len() == count * UPPER_LINKS
                    && layer
                        .links
                        .chunks(UPPER_LINKS)
                        .all(|links| are_links(links, count))
                    && entry_is_in(layer)
                    && is_part_of_below(index, layer)
            })
    }
}

impl Layer {
    #[inline]
    fn links(&self, position: usize) -> &[u32] {
        trim(&self.links[position * UPPER_LINKS..(position + 1) * UPPER_LINKS])
    }
}

/// Cuts off the places without a link.
#[inline]
fn trim(links: &[u32]) -> &[u32] {
    let count = links.iter().position(|&link| link == NO_LINK);
    &links[..count.unwrap_or(links.len())]
}

/// Whether links below `count` are followed by nothing but empty places.
fn are_links(links: &[u32], count: usize) -> bool {
    let used = trim(links).len();
    links[..used].iter().all(|&link| (link as usize) < count)
        && links[used..].iter().all(|&link| link == NO_LINK)
}

#[cfg(test)]
mod tests;
