//! Reads inputs, counts their records and measures the speed: `read FILE...`.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Instant;

use kindred_core::Record;
use kindred_ingest::{Input, ReadOptions, SourceReader};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut out = std::io::stdout().lock();
    for path in std::env::args_os().skip(1) {
        let input = Input::File(path.into());
        let start = Instant::now();
        let mut reader = SourceReader::open(&input, &ReadOptions::default())?;
        let (mut papers, mut deleted) = (0_u64, 0_u64);
        let mut bad: BTreeMap<String, (u64, String)> = BTreeMap::new();
        for item in reader.by_ref() {
            let item = item?;
            match item.record {
                Ok(Record::Paper { .. }) => papers += 1,
                Ok(Record::Deleted(_)) => deleted += 1,
                Err(error) => {
                    let first = || (0, item.place.to_string());
                    bad.entry(error.to_string()).or_insert_with(first).0 += 1;
                }
            }
        }
        let seconds = start.elapsed().as_secs_f64();
        writeln!(
            out,
            "{input}: {}: {papers} papers, {deleted} deleted, {:.2} s, {:.0} records/s",
            reader.format(),
            seconds,
            papers as f64 / seconds
        )?;
        for (reason, (count, place)) in bad {
            writeln!(out, "  {count} x {reason} (first at {place})")?;
        }
    }
    Ok(())
}
