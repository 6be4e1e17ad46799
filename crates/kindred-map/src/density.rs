//! Density of papers: planes of counts and colours, soft shade, contour lines, tone mapping.

use crate::palette::Rgb;
use crate::rounding::{ceil, floor, to_u8};

/// Count and colour at each cell of a grid, row by row from the top.
#[derive(Debug)]
pub(crate) struct Planes {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) count: Vec<f32>,
    color: [Vec<f32>; 3],
}

/// Straight (not premultiplied) red, green, blue, alpha, row by row from the top.
#[derive(Debug, Clone)]
pub(crate) struct Raster {
    pub(crate) width: usize,
    pub(crate) height: usize,
    pub(crate) pixels: Vec<u8>,
}

impl Planes {
    pub(crate) fn new(width: usize, height: usize) -> Self {
        let plane = || vec![0.0; width * height];
        Self {
            width,
            height,
            count: plane(),
            color: [plane(), plane(), plane()],
        }
    }

    fn add(&mut self, cell: usize, weight: f32, color: Rgb) {
        self.count[cell] += weight;
        for (plane, channel) in self.color.iter_mut().zip(color) {
            plane[cell] += weight * f32::from(channel);
        }
    }

    /// Adds a disc with soft edges: its coverage of each cell counts.
    pub(crate) fn stamp(&mut self, center: [f32; 2], radius: f32, (weight, color): (f32, Rgb)) {
        let edge = radius + 0.5;
        let rows = floor((center[1] - edge).max(0.0))..ceil(center[1] + edge).min(self.height);
        for row in rows {
            let columns =
                floor((center[0] - edge).max(0.0))..ceil(center[0] + edge).min(self.width);
            for column in columns {
                let (x, y) = (
                    column as f32 + 0.5 - center[0],
                    row as f32 + 0.5 - center[1],
                );
                let cover = (edge - x.hypot(y)).clamp(0.0, 1.0);
                if cover > 0.0 {
                    self.add(row * self.width + column, cover * weight, color);
                }
            }
        }
    }

    /// Spreads all planes by about a Gaussian: three passes of a box in each direction.
    pub(crate) fn blur(&mut self, radius: usize) {
        let (width, height) = (self.width, self.height);
        for plane in std::iter::once(&mut self.count).chain(&mut self.color) {
            for _ in 0..3 {
                for row in plane.chunks_exact_mut(width) {
                    box_pass(row, radius);
                }
                let mut line = vec![0.0; height];
                for column in 0..width {
                    for (row, value) in line.iter_mut().enumerate() {
                        *value = plane[row * width + column];
                    }
                    box_pass(&mut line, radius);
                    for (row, value) in line.iter().enumerate() {
                        plane[row * width + column] = *value;
                    }
                }
            }
        }
    }

    /// The count that `share` of all cells with papers do not exceed; 0 without papers.
    pub(crate) fn quantile(&self, share: f32) -> f32 {
        let most = self.count.iter().copied().fold(0.0, f32::max);
        let mut counts: Vec<f32> = self
            .count
            .iter()
            .copied()
            .filter(|&count| count > most * 1e-4)
            .collect();
        if counts.is_empty() {
            return 0.0;
        }
        let at = floor((counts.len() - 1) as f32 * share).min(counts.len() - 1);
        *counts.select_nth_unstable_by(at, f32::total_cmp).1
    }

    /// Mean colour of each cell; `opacity` gives its alpha from its count.
    pub(crate) fn toned(&self, opacity: impl Fn(f32) -> f32) -> Raster {
        let mut pixels = Vec::with_capacity(self.count.len() * 4);
        for (cell, &count) in self.count.iter().enumerate() {
            if count > 1e-6 {
                let channel = |plane: &Vec<f32>| to_u8(plane[cell] / count);
                pixels.extend(self.color.each_ref().map(channel));
                pixels.push(to_u8(opacity(count).clamp(0.0, 1.0) * 255.0));
            } else {
                pixels.extend([0; 4]);
            }
        }
        Raster {
            width: self.width,
            height: self.height,
            pixels,
        }
    }

    /// Lines of equal count, by marching squares, each in units of cells. Closed lines end where
    /// they begin.
    pub(crate) fn contour(&self, level: f32) -> Vec<Vec<[f32; 2]>> {
        let mut links = Vec::new();
        for row in 0..self.height.saturating_sub(1) {
            for column in 0..self.width.saturating_sub(1) {
                self.cell_links(column, row, level, &mut links);
            }
        }
        chained(links)
            .into_iter()
            .map(|edges| {
                let place = |&edge: &usize| self.crossing(edge, level);
                edges.iter().map(place).collect()
            })
            .collect()
    }

    /// Edges are numbered: twice the cell at their upper left end, one more for upright ones.
    /// Lines have the higher side on their right.
    fn cell_links(&self, column: usize, row: usize, level: f32, links: &mut Vec<(usize, usize)>) {
        let cell = row * self.width + column;
        let corners = [cell, cell + 1, cell + self.width + 1, cell + self.width];
        let above = corners.map(|corner| self.count[corner] >= level);
        let edges = [
            2 * cell,
            2 * (cell + 1) + 1,
            2 * (cell + self.width),
            2 * cell + 1,
        ];
        // Walking around the cell: edge k lies between corners k and k + 1.
        let enters: Vec<usize> = (0..4)
            .filter(|&k| !above[k] && above[(k + 1) % 4])
            .collect();
        let leaves: Vec<usize> = (0..4)
            .filter(|&k| above[k] && !above[(k + 1) % 4])
            .collect();
        for &enter in &enters {
            // The end of the run of high corners that begins here; on a saddle the runs stay apart.
            let leave = (1..4)
                .map(|step| (enter + step) % 4)
                .find(|edge| leaves.contains(edge));
            if let Some(leave) = leave {
                links.push((edges[leave], edges[enter]));
            }
        }
    }

    fn crossing(&self, edge: usize, level: f32) -> [f32; 2] {
        let (cell, upright) = (edge / 2, edge % 2);
        let next = if upright == 1 {
            cell + self.width
        } else {
            cell + 1
        };
        let (from, to) = (self.count[cell], self.count[next]);
        let share = if (to - from).abs() > 1e-12 {
            ((level - from) / (to - from)).clamp(0.0, 1.0)
        } else {
            0.5
        };
        let at = [
            (cell % self.width) as f32 + 0.5,
            (cell / self.width) as f32 + 0.5,
        ];
        if upright == 1 {
            [at[0], at[1] + share]
        } else {
            [at[0] + share, at[1]]
        }
    }
}

/// Joins links into chains; every edge starts one link at most and ends one at most.
fn chained(mut links: Vec<(usize, usize)>) -> Vec<Vec<usize>> {
    links.sort_unstable();
    let find = |from: usize| links.binary_search_by_key(&from, |link| link.0).ok();
    let mut ends: Vec<usize> = links.iter().map(|link| link.1).collect();
    ends.sort_unstable();
    let mut used = vec![false; links.len()];
    let mut chains = Vec::new();
    let is_open = |number: &usize| ends.binary_search(&links[*number].0).is_err();
    let open_first = (0..links.len()).filter(is_open).chain(0..links.len());
    for first in open_first {
        let mut next = Some(first);
        let mut chain = vec![links[first].0];
        while let Some(number) = next.filter(|&number| !used[number]) {
            used[number] = true;
            chain.push(links[number].1);
            next = find(links[number].1);
        }
        if chain.len() > 1 {
            chains.push(chain);
        }
    }
    chains
}

/// One pass of a box of `2 radius + 1` cells; outside is empty.
fn box_pass(line: &mut [f32], radius: usize) {
    let before = line.to_vec();
    let width = (2 * radius + 1) as f32;
    let mut sum: f64 = before
        .iter()
        .take(radius)
        .map(|&value| f64::from(value))
        .sum();
    for (place, value) in line.iter_mut().enumerate() {
        if let Some(&enter) = before.get(place + radius) {
            sum += f64::from(enter);
        }
        if place > radius {
            sum -= f64::from(before[place - radius - 1]);
        }
        *value = crate::rounding::narrow(sum.max(0.0)) / width;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blur_keeps_the_sum_and_the_middle() {
        let mut planes = Planes::new(41, 31);
        planes.stamp([20.5, 15.5], 1.0, (1.0, [255, 0, 0]));
        let before: f32 = planes.count.iter().sum();
        planes.blur(3);
        let after: f32 = planes.count.iter().sum();
        assert!((before - after).abs() < 1e-3 * before, "{before} {after}");
        let most = planes.count.iter().copied().fold(0.0, f32::max);
        assert!((planes.count[15 * 41 + 20] - most).abs() < 1e-6);
    }

    #[test]
    fn the_contour_of_a_round_hill_is_one_closed_circle() {
        let mut planes = Planes::new(60, 60);
        planes.stamp([30.0, 30.0], 6.0, (1.0, [0; 3]));
        planes.blur(4);
        let level = planes.count[30 * 60 + 30] / 2.0;
        let lines = planes.contour(level);
        assert_eq!(lines.len(), 1);
        let line = &lines[0];
        assert_eq!(line.first(), line.last());
        let radii: Vec<f32> = line
            .iter()
            .map(|at| (at[0] - 30.0).hypot(at[1] - 30.0))
            .collect();
        let (low, high) = radii
            .iter()
            .fold((f32::MAX, 0.0_f32), |(low, high), &radius| {
                (low.min(radius), high.max(radius))
            });
        assert!(low > 4.0 && high - low < 0.8, "{low} {high}");
    }

    #[test]
    fn colour_of_a_cell_is_the_mean_of_its_papers() {
        let mut planes = Planes::new(3, 3);
        planes.stamp([1.5, 1.5], 0.6, (1.0, [200, 0, 0]));
        planes.stamp([1.5, 1.5], 0.6, (1.0, [0, 100, 0]));
        let raster = planes.toned(|count| count / 2.0);
        assert_eq!(raster.pixels[16..20], [100, 50, 0, 255]);
    }
}
