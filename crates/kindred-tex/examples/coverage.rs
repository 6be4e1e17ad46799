//! Reads papers as JSON Lines from standard input and prints how many of the formulas in their
//! titles and abstracts can be converted, why the others cannot, and how long it took.

use std::collections::BTreeMap;
use std::io::{self, BufRead, Write};
use std::time::{Duration, Instant};

/// Most causes, and examples of each, that are printed.
const CAUSES: usize = 60;
const EXAMPLES: usize = 3;

#[derive(Default)]
struct Tally {
    papers: usize,
    texts: usize,
    formulas: usize,
    complete: usize,
    converted: usize,
    partial: usize,
    unknown: BTreeMap<String, usize>,
    taken: Duration,
    slowest: Duration,
    misses: BTreeMap<String, (usize, Vec<String>)>,
}

impl Tally {
    fn add(&mut self, text: &str) {
        let start = Instant::now();
        let marked = kindred_tex::parse(text);
        let taken = start.elapsed();
        self.taken += taken;
        self.slowest = self.slowest.max(taken);
        self.texts += 1;
        let counts = marked.counts();
        self.formulas += counts.formulas;
        self.complete += counts.complete;
        self.converted += counts.formulas - counts.misses.len();
        self.partial += counts.partial;
        let names: std::collections::BTreeSet<_> = counts.unknown.iter().collect();
        for name in names {
            *self.unknown.entry(name.clone()).or_default() += 1;
        }
        for miss in &counts.misses {
            let (count, examples) = self.misses.entry(miss.cause.clone()).or_default();
            *count += 1;
            if examples.len() < EXAMPLES {
                examples.push(miss.tex.clone());
            }
        }
    }

    fn print(&self, out: &mut dyn Write) -> io::Result<()> {
        let share = |part: usize| 100.0 * part as f64 / self.formulas.max(1) as f64;
        writeln!(out, "papers              {}", self.papers)?;
        writeln!(out, "formulas            {}", self.formulas)?;
        let converted = share(self.converted);
        writeln!(
            out,
            "converted           {} ({converted:.3} %)",
            self.converted
        )?;
        let whole = self.converted - self.partial;
        writeln!(out, "  of these whole    {whole} ({:.3} %)", share(whole))?;
        let partial = share(self.partial);
        writeln!(out, "  with unknown ones {} ({partial:.3} %)", self.partial)?;
        let complete = share(self.complete);
        writeln!(
            out,
            "complete in Unicode {} ({complete:.2} %)",
            self.complete
        )?;
        let micros = self.taken.as_secs_f64() * 1e6;
        writeln!(
            out,
            "time                {:.1} us a paper, {:.2} us a formula, slowest text {:.0} us",
            micros / self.papers.max(1) as f64,
            micros / self.formulas.max(1) as f64,
            self.slowest.as_secs_f64() * 1e6,
        )?;
        let mut unknown: Vec<_> = self.unknown.iter().collect();
        unknown.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let unknown = unknown.iter().take(CAUSES * 8);
        let unknown: Vec<_> = unknown
            .map(|(name, count)| format!("{name} {count}"))
            .collect();
        writeln!(out, "unknown, by texts: {}", unknown.join(", "))?;
        let mut misses: Vec<_> = self.misses.iter().collect();
        misses.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        for (cause, (count, examples)) in misses.into_iter().take(CAUSES) {
            writeln!(out, "{count:>6}  {cause}")?;
            for example in examples {
                writeln!(out, "            {}", example.replace('\n', " "))?;
            }
        }
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shows_text = std::env::args().any(|argument| argument == "--text");
    let mut tally = Tally::default();
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let paper: serde_json::Value = serde_json::from_str(&line?)?;
        tally.papers += 1;
        for field in ["title", "abstract"] {
            let text = paper[field].as_str().unwrap_or_default();
            tally.add(text);
            if shows_text {
                writeln!(out, "{}", kindred_tex::unicode(text))?;
            }
        }
    }
    tally.print(&mut out)?;
    Ok(())
}
