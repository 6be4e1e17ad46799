//! Lays vectors out in the plane and says how long it took and how good it is:
//! `cargo run --release -p kindred-topics --example layout -- VECTORS DIMENSION OUT`, where VECTORS
//! holds little-endian floats `[papers, DIMENSION]` and OUT receives `[papers, 2]`.
//! With `judge` after them OUT is read instead, for the layout of another program; with `project`
//! the last tenth of the papers is placed among the others, which are laid out.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use kindred_core::{Codes, Embeddings, UnitVector, nearest_among, nearest_rows};
use kindred_topics::metrics::{neighbor_preservation, trustworthiness};
use kindred_topics::{LayoutOptions, layout, project};

/// Neighbours that the layout is made of, and that it is judged by.
const NEIGHBORS: usize = 15;
/// Papers whose ranks are looked at.
const SAMPLE: usize = 2000;

#[expect(clippy::print_stdout, reason = "an example reports to its reader")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, dimension, out, mode @ ..] = &arguments[..] else {
        println!("usage: layout VECTORS DIMENSION OUT [judge|project]");
        return;
    };
    let dimension = dimension.parse().expect("a number of dimensions");
    let mut vectors = Embeddings::with_capacity(dimension, 0);
    for row in floats(path).chunks_exact(dimension) {
        let vector = UnitVector::new(row.to_vec()).expect("each row has a direction");
        vectors.push(&vector).expect("all have one dimension");
    }
    let mode = mode.first().map(String::as_str);
    let positions: Vec<[f32; 2]> = match mode {
        Some("judge") => floats(out)
            .chunks_exact(2)
            .map(|pair| [pair[0], pair[1]])
            .collect(),
        Some("project") => {
            let mut positions = laid_out(&head(&vectors, vectors.len() - vectors.len() / 10));
            positions.extend(projected(&vectors, &positions));
            positions
        }
        _ => laid_out(&vectors),
    };
    if mode != Some("judge") {
        let parts = positions.iter().flatten();
        let bytes = parts.flat_map(|part| part.to_le_bytes());
        fs_err::write(out, bytes.collect::<Vec<u8>>()).expect("the layout can be written");
    }
    let codes = Codes::new(&vectors);
    println!(
        "trustworthiness {:.4}, preservation {:.4}",
        trustworthiness(&vectors, &positions, NEIGHBORS, SAMPLE),
        neighbor_preservation(&neighbors(&codes), &positions, NEIGHBORS),
    );
}

fn neighbors(codes: &Codes) -> kindred_core::NearestRows {
    let stop = AtomicBool::new(false);
    nearest_rows(codes, NEIGHBORS, &mut |_| {}, &stop).expect("nothing stops it")
}

#[expect(clippy::print_stdout, reason = "an example reports to its reader")]
fn laid_out(vectors: &Embeddings) -> Vec<[f32; 2]> {
    let codes = Codes::new(vectors);
    let begin = Instant::now();
    let nearest = neighbors(&codes);
    println!("{} papers: neighbours {:.2?}", codes.len(), begin.elapsed());
    let (begin, before) = (Instant::now(), processor_seconds());
    let options = LayoutOptions::default();
    let stop = AtomicBool::new(false);
    let positions =
        layout(&codes, &nearest, &options, &|_, _| {}, &stop).expect("nothing stops it");
    println!(
        "layout {:.2?}, {:.2} CPU-seconds",
        begin.elapsed(),
        processor_seconds() - before
    );
    positions
}

/// Places the papers after those that have positions and says how many of their neighbours among
/// those are among as many nearest in the plane.
#[expect(clippy::print_stdout, reason = "an example reports to its reader")]
fn projected(vectors: &Embeddings, positions: &[[f32; 2]]) -> Vec<[f32; 2]> {
    let codes = Codes::new(vectors);
    let nearest = nearest_among(&codes, positions.len(), NEIGHBORS);
    let begin = Instant::now();
    let placed = project(&codes, &nearest, positions, &LayoutOptions::default());
    let elapsed = begin.elapsed();
    let mut kept = 0;
    for (row, place) in placed.iter().enumerate() {
        let square = |at: &[f32; 2]| (at[0] - place[0]).powi(2) + (at[1] - place[1]).powi(2);
        let mut all: Vec<(f32, u32)> = positions.iter().map(square).zip(0..).collect();
        all.select_nth_unstable_by(NEIGHBORS, |a, b| a.0.total_cmp(&b.0));
        let near = nearest.of(row);
        kept += near
            .filter(|&(other, _)| all[..NEIGHBORS].iter().any(|found| found.1 == other))
            .count();
    }
    println!(
        "{} papers projected in {elapsed:.2?}, preservation {:.4}",
        placed.len(),
        kept as f64 / (placed.len() * NEIGHBORS) as f64
    );
    placed
}

fn head(vectors: &Embeddings, rows: usize) -> Embeddings {
    let data = vectors.as_slice()[..rows * vectors.dimension()].to_vec();
    Embeddings::from_unit_rows(vectors.dimension(), data).expect("rows of a matrix")
}

fn floats(path: &str) -> Vec<f32> {
    let bytes = fs_err::read(path).expect("the file can be read");
    let parts = bytes.chunks_exact(4);
    parts
        .map(|part| f32::from_le_bytes([part[0], part[1], part[2], part[3]]))
        .collect()
}

/// Processor time of this process so far; 0 where the system does not tell it this way.
fn processor_seconds() -> f64 {
    let statistics = fs_err::read_to_string("/proc/self/stat").unwrap_or_default();
    // After the name: state, then 10 fields, then user and system time in hundredths.
    let after_name = statistics.rsplit(')').next().unwrap_or_default();
    let fields = after_name.split_whitespace().skip(11).take(2);
    let hundredths: f64 = fields.filter_map(|field| field.parse::<f64>().ok()).sum();
    hundredths / 100.0
}
