//! A day's arrivals, from the bytes of the answers to a ranked feed.
//!
//! `cargo run --release --workspace --bin morning -- [--arrivals 1500] [--encoder FOLDER]` follows
//! a scripted arXiv of this machine whose clock does not wait, so that what is left is the
//! program's own work: a library of some weeks is made and embedded first, then one morning is
//! synced, embedded and ranked.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use clap::Parser;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use kindred_engine::{
    Category, ClientOptions, Clock, Control, FeedQuery, FeedRanker, Library, ListOptions,
    ModelShelf, PaperId, Rating, Service, SyncOptions, SyncReport, SyncRequest,
};
use kindred_fake_arxiv::{FakeArxiv, World, WorldOptions};

/// Categories that are followed.
const CATEGORIES: [&str; 5] = ["cs.LG", "cs.CL", "cs.CV", "stat.ML", "cs.DC"];

/// What to measure.
#[derive(Debug, Parser)]
struct Arguments {
    /// New papers of the morning, about
    #[arg(long, default_value_t = 1_500)]
    arrivals: u32,
    /// Mornings before it that the library holds
    #[arg(long, default_value_t = 3)]
    before: u32,
    /// `kindred-small` (also `built-in`), `kindred-static` or a sentence-transformers folder
    #[arg(long, default_value = "built-in")]
    encoder: String,
}

/// The clock of the scripted arXiv; sleeping moves it on.
struct Virtual(kindred_fake_arxiv::Clock);

impl std::fmt::Debug for Virtual {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Virtual")
            .field(&self.0.now())
            .finish()
    }
}

impl Clock for Virtual {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn sleep_until(&self, time: Timestamp, stop: &dyn Fn() -> bool) -> bool {
        self.0.advance_to(time);
        !stop()
    }
}

/// A library that follows a scripted arXiv.
struct Bench {
    library: Library,
    arxiv: FakeArxiv,
    clock: kindred_fake_arxiv::Clock,
    network: PathBuf,
    categories: Vec<Category>,
    start: Date,
}

impl Bench {
    fn sync(&mut self) -> Result<SyncReport> {
        let service = Service::on_loopback(
            &self.arxiv.oai_url(),
            &self.arxiv.feed_url(),
            &self.arxiv.query_url(),
        )?;
        let options = SyncOptions {
            client: ClientOptions::new(self.network.clone(), service.hosts()),
            service,
            clock: Arc::new(Virtual(self.clock.clone())),
            point: &|_| {},
        };
        let request = SyncRequest {
            categories: self.categories.clone(),
            since: Some(self.start),
            ..SyncRequest::default()
        };
        let report = self.library.sync(&request, &options, &Control::silent())?;
        ensure!(report.error.is_none(), "{:?}", report.error);
        Ok(report)
    }
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its table")]
fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let (mut bench, world) = set_up(&arguments, folder.path())?;
    let start = bench.start;
    let mut day = start;
    for _ in 0..arguments.before {
        bench.clock.advance_to(morning(day)?);
        bench.sync()?;
        bench.library.embed(&Control::silent())?;
        day = day.saturating_add(1.day());
    }
    while !World::is_announcement_day(day) {
        day = day.saturating_add(1.day());
    }
    let set = "reading".parse()?;
    let known: Vec<PaperId> = world
        .at(bench.clock.now())
        .iter()
        .filter(|paper| {
            paper.announced >= start && CATEGORIES.contains(&paper.categories[0].as_str())
        })
        .step_by(17)
        .take(30)
        .map(|paper| paper.id.parse())
        .collect::<Result<_, _>>()?;
    bench
        .library
        .rate(&set, &known, Rating::Like, bench.clock.now())?;

    bench.clock.advance_to(morning(day)?);
    let cpu = cpu_seconds();
    let began = Instant::now();
    let report = bench.sync()?;
    let synced = began.elapsed();
    let embedded = bench.library.embed(&Control::silent())?;
    let embedding = began.elapsed().saturating_sub(synced);
    let asked = Instant::now();
    let feed = bench.library.feed(&FeedQuery {
        set,
        as_of: day,
        since: day,
        categories: Vec::new(),
        limit: 20,
        reasons: 2,
        ranker: FeedRanker::default(),
        list: ListOptions::default(),
    })?;
    let ranking = asked.elapsed();
    let all = began.elapsed();
    let records: u64 = report.lists.iter().map(|list| list.records).sum();
    let polite = 3 * report.requests;
    println!("| part | seconds |\n|---|---|");
    println!(
        "| {records} records in {} requests: read, stored, proven | {:.2} |",
        report.requests,
        seconds(synced)
    );
    println!(
        "| {} papers embedded and indexed | {:.2} |",
        embedded.embedded,
        seconds(embedding)
    );
    println!(
        "| {} arrivals ranked | {:.2} |",
        feed.arrivals,
        seconds(ranking)
    );
    println!("| all, from the bytes to the feed | {:.2} |", seconds(all));
    println!(
        "| processor time of all threads, the scripted arXiv's included | {:.2} |",
        cpu_seconds() - cpu
    );
    println!("| arXiv's three seconds a request | {polite} |");
    Ok(())
}

/// Makes a world, its server and an empty library.
fn set_up(arguments: &Arguments, folder: &Path) -> Result<(Bench, Arc<World>)> {
    let start = date(2026, 11, 2);
    let options = WorldOptions {
        seed: 1,
        start,
        days: arguments.before + 7,
        categories: CATEGORIES.iter().map(|name| (*name).to_owned()).collect(),
        new_per_day: arguments.arrivals,
        history: 200,
    };
    let clock = kindred_fake_arxiv::Clock::new(morning(start)?);
    let world = Arc::new(World::new(&options));
    let arxiv = FakeArxiv::start(Arc::clone(&world), clock.clone());
    let mut bench = Bench {
        library: Library::create(&folder.join("library"))?,
        arxiv,
        clock,
        network: folder.join("network"),
        categories: CATEGORIES
            .iter()
            .map(|name| name.parse())
            .collect::<Result<_, _>>()?,
        start,
    };
    let origin = ModelShelf::new(&folder.join("models")).find(&arguments.encoder)?;
    bench.library.use_encoder(&origin)?;
    Ok((bench, world))
}

fn morning(day: Date) -> Result<Timestamp> {
    let time = day.at(9, 30, 0, 0).to_zoned(TimeZone::UTC);
    Ok(time.context("a day of this century")?.timestamp())
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

/// User and system time of this process so far; 0 where the system does not tell.
fn cpu_seconds() -> f64 {
    let Ok(text) = fs_err::read_to_string("/proc/self/stat") else {
        return 0.0;
    };
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap_or("")
        .split_whitespace()
        .collect();
    let ticks = |at: usize| {
        fields
            .get(at)
            .and_then(|field| field.parse::<f64>().ok())
            .unwrap_or(0.0)
    };
    (ticks(11) + ticks(12)) / 100.0
}
