//! Makes a library of the sample and prints the papers closest to a text.
//!
//! `cargo run -p kindred-engine --example similar -- "secure aggregation"`

use std::error::Error;
use std::path::Path;

use kindred_engine::{
    Control, ImportRequest, Input, Library, Seeds, Selection, SimilarQuery, Timestamp,
};

#[expect(clippy::print_stdout, reason = "an example prints what it found")]
fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "secure aggregation".to_owned());
    let folder = tempfile::tempdir()?;
    let mut library = Library::create(folder.path())?;

    let sample = Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../data/sample.jsonl"
    ));
    let inputs = [Input::File(sample.to_owned())];
    let now: Timestamp = "2026-04-07T00:00:00Z".parse()?;
    library.import(
        &ImportRequest {
            inputs: &inputs,
            now,
        },
        &Control::silent(),
    )?;
    library.embed(&Control::silent())?;

    let answer = library.similar(&SimilarQuery {
        seeds: Seeds::Text(text),
        selection: Selection::default(),
        limit: 5,
    })?;
    for hit in &answer.results {
        println!(
            "{:.3}  {}  {}",
            hit.score.get(),
            hit.paper.id,
            hit.paper.title
        );
    }
    Ok(())
}
