//! What our topics of a set cost, in a process of their own, from vectors and texts to labels.
//!
//! `topics_speed FOLDER [--threads N]` reads a set that `quality --task topic-sets` wrote and prints
//! one JSON line. Reading is not timed; memory is the peak of the process, the set included.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Result;
use clap::Parser;
use kindred_benches::{Level, TopicSet, cpu_seconds, levels, peak_memory_kib};
use serde_json::json;

/// What to measure.
#[derive(Debug, Parser)]
struct Arguments {
    /// Folder of a set
    set: PathBuf,
    /// Threads
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// Wall and processor seconds since the start.
type Cost = (f64, f64);

#[expect(clippy::print_stdout, reason = "a benchmark prints its result")]
fn main() -> Result<()> {
    let arguments = Arguments::parse();
    rayon::ThreadPoolBuilder::new()
        .num_threads(arguments.threads)
        .build_global()?;
    let set = TopicSet::read(&arguments.set)?;
    let (start, cpu_before) = (Instant::now(), cpu_seconds()?);
    let cost =
        || -> Result<Cost> { Ok((start.elapsed().as_secs_f64(), cpu_seconds()? - cpu_before)) };
    // When each part last reported; parts follow one another.
    let ends: RefCell<Vec<(String, Cost)>> = RefCell::default();
    let found = levels(&set, 0, &|progress| {
        let (stage, now) = (format!("{:?}", progress.stage), cost().unwrap_or_default());
        let mut ends = ends.borrow_mut();
        match ends.last_mut() {
            Some((last, end)) if *last == stage => *end = now,
            Some(_) | None => ends.push((stage, now)),
        }
    })?;
    let (wall, cpu) = cost()?;
    let mut stages = BTreeMap::new();
    let mut before = (0.0, 0.0);
    for (stage, end) in ends.into_inner() {
        let part = json!({"wall_s": end.0 - before.0, "cpu_s": end.1 - before.1});
        stages.insert(stage.to_lowercase(), part);
        before = end;
    }
    let line = json!({
        "method": "Kindred",
        "threads": arguments.threads,
        "papers": set.papers.len(),
        "wall_s": wall,
        "cpu_s": cpu,
        "peak_kib": peak_memory_kib()?,
        "stages": stages,
        "topics": found.iter().map(Level::topic_count).collect::<Vec<_>>(),
    });
    println!("{line}");
    Ok(())
}
