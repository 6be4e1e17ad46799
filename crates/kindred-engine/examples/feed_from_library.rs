//! Prints the feed of a seed set of an existing library.
//!
//! `cargo run -p kindred-engine --example feed_from_library -- LIBRARY SET 2026-04-07`

use std::error::Error;
use std::path::Path;

use jiff::ToSpan as _;
use jiff::civil::Date;
use kindred_engine::{FeedQuery, FeedRanker, Library, ListOptions};

#[expect(clippy::print_stdout, reason = "an example prints what it found")]
fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, set, day] = arguments.as_slice() else {
        return Err("expected LIBRARY SET DAY".into());
    };
    let library = Library::open_read_only(Path::new(folder))?;
    let as_of: Date = day.parse()?;
    let answer = library.feed(&FeedQuery {
        set: set.parse()?,
        as_of,
        since: as_of.saturating_sub(6.days()),
        categories: Vec::new(),
        limit: 10,
        reasons: 1,
        ranker: FeedRanker::default(),
        list: ListOptions::default(),
    })?;
    for hit in &answer.results {
        println!("{:.2}  {}  {}", hit.score, hit.paper.id, hit.paper.title);
        for reason in &hit.reasons {
            println!("      because of {} ({:+.2})", reason.title, reason.share);
        }
    }
    Ok(())
}
