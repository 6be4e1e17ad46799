//! Lays vectors out in the plane and says how long it took and how good it is:
//! `cargo run --release -p kindred-topics --example layout -- VECTORS DIMENSION OUT`, where VECTORS
//! holds little-endian floats `[papers, DIMENSION]` and OUT receives `[papers, 2]`.
//! `... -- VECTORS DIMENSION LAYOUT judge` judges the layout of another program.

use std::sync::atomic::AtomicBool;
use std::time::Instant;

use kindred_core::{Codes, Embeddings, UnitVector, nearest_rows};
use kindred_topics::metrics::{neighbor_preservation, trustworthiness};
use kindred_topics::{LayoutOptions, layout};

/// Neighbours that the layout is made of, and that it is judged by.
const NEIGHBORS: usize = 15;
/// Papers whose ranks are looked at.
const SAMPLE: usize = 2000;

#[expect(clippy::print_stdout, reason = "an example reports to its reader")]
fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, dimension, out, rest @ ..] = &arguments[..] else {
        println!("usage: layout VECTORS DIMENSION OUT [judge]");
        return;
    };
    let dimension = dimension.parse().expect("a number of dimensions");
    let mut vectors = Embeddings::with_capacity(dimension, 0);
    for row in floats(path).chunks_exact(dimension) {
        let vector = UnitVector::new(row.to_vec()).expect("each row has a direction");
        vectors.push(&vector).expect("all have one dimension");
    }
    let stop = AtomicBool::new(false);
    let codes = Codes::new(&vectors);
    let begin = Instant::now();
    let nearest = nearest_rows(&codes, NEIGHBORS, &mut |_| {}, &stop).expect("nothing stops it");
    println!("{} papers: neighbours {:.2?}", codes.len(), begin.elapsed());
    let positions: Vec<[f32; 2]> = if rest.is_empty() {
        let (begin, before) = (Instant::now(), processor_seconds());
        let options = LayoutOptions::default();
        let positions =
            layout(&codes, &nearest, &options, &|_, _| {}, &stop).expect("nothing stops it");
        println!(
            "layout {:.2?}, {:.2} CPU-seconds",
            begin.elapsed(),
            processor_seconds() - before
        );
        let bytes = positions
            .iter()
            .flatten()
            .flat_map(|part| part.to_le_bytes());
        fs_err::write(out, bytes.collect::<Vec<u8>>()).expect("the layout can be written");
        positions
    } else {
        floats(out)
            .chunks_exact(2)
            .map(|pair| [pair[0], pair[1]])
            .collect()
    };
    println!(
        "trustworthiness {:.4}, preservation {:.4}",
        trustworthiness(&vectors, &positions, NEIGHBORS, SAMPLE),
        neighbor_preservation(&nearest, &positions, NEIGHBORS),
    );
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
