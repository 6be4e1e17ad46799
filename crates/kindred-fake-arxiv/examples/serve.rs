//! Serves the scripted arXiv until it is ended, to try `kindred sync` without a network.
//!
//! Prints the variables that put it in arXiv's place. Its clock stands still but for requests;
//! the time that is asked for moves it: `curl -X POST "$KINDRED_CLOCK/until?to=2026-11-04T09:30:00Z"`.

use std::sync::Arc;

use jiff::Timestamp;
use kindred_fake_arxiv::{Clock, FakeArxiv, World, WorldOptions};

#[expect(clippy::print_stdout, reason = "an example prints what it is for")]
fn main() {
    let options = WorldOptions {
        days: 30,
        new_per_day: 120,
        history: 400,
        ..WorldOptions::default()
    };
    let morning: Timestamp = "2026-11-03T09:30:00Z".parse().expect("a moment");
    let clock = Clock::new(morning);
    let arxiv = FakeArxiv::start(Arc::new(World::new(&options)), clock);
    println!("export KINDRED_ARXIV_OAI={}", arxiv.oai_url());
    println!("export KINDRED_ARXIV_FEED={}", arxiv.feed_url());
    println!("export KINDRED_ARXIV_QUERY={}", arxiv.query_url());
    println!("export KINDRED_CLOCK={}/clock", arxiv.clock_url());
    loop {
        std::thread::park();
    }
}
