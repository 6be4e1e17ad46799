//! Writes the vectors of texts to a file, going on where an earlier run stopped.
//!
//! ```text
//! cargo run --release -p kindred-embed --example vectors -- MODEL_FOLDER TEXTS OUT [DTYPE] [THREADS] [COUNT]
//! ```
//!
//! TEXTS has one text a line, of which the first COUNT are read (default: all); OUT gets one row of 32-bit floats (little-endian, length 1) for each,
//! in the same order, without a head. A half-written last row is dropped first. A text without a
//! vector gets a row of zeros. `models/train` reads the teacher's vectors from here on machines
//! without a GPU.

use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use fs_err::{File, OpenOptions};
use kindred_core::Role;
use kindred_embed::{Dtype, LoadOptions, load_folder};

/// Texts encoded between two writes to the file.
const BATCH: usize = 4_096;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &'static str| arguments.next().ok_or(what);
    let model = next("which model? a folder")?;
    let texts = next("which texts? a file with one a line")?;
    let out = next("where to? a file")?;
    let dtype = next("").map_or(Ok(Dtype::Int8), |dtype| dtype.parse())?;
    let threads = next("").map_or(Ok(2), |threads| threads.parse())?;
    let count: u64 = next("").map_or(Ok(u64::MAX), |count| count.parse())?;
    let options = LoadOptions {
        threads: Some(threads),
        dtype,
        ..LoadOptions::default()
    };
    let encoder = load_folder(Path::new(&model), &options)?;
    let mut file = OpenOptions::new().create(true).append(true).open(&out)?;
    let row = 4 * encoder.dimension() as u64;
    let done = file.metadata()?.len() / row;
    file.set_len(done * row)?;
    let mut lines = BufReader::new(File::open(&texts)?).lines();
    for _ in 0..done {
        if let Some(line) = lines.next() {
            line?;
        }
    }
    let mut written = done;
    loop {
        let left = usize::try_from(count.saturating_sub(written)).unwrap_or(BATCH);
        let batch: Vec<String> = lines
            .by_ref()
            .take(left.min(BATCH))
            .collect::<Result<_, _>>()?;
        if batch.is_empty() {
            return Ok(());
        }
        let batch: Vec<&str> = batch.iter().map(String::as_str).collect();
        let mut bytes = Vec::with_capacity(batch.len() * 4 * encoder.dimension());
        for vector in encoder.encode(&batch, Role::Document) {
            match vector {
                Ok(vector) => {
                    let numbers = vector.as_slice().iter();
                    bytes.extend(numbers.flat_map(|number| number.to_le_bytes()));
                }
                Err(_) => bytes.resize(bytes.len() + 4 * encoder.dimension(), 0),
            }
        }
        file.write_all(&bytes)?;
        written += batch.len() as u64;
        writeln!(std::io::stderr(), "vectors: {written}")?;
    }
}
