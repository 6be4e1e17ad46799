//! A year of mornings, with outages on one day in ten.

use std::env;

use kindred_engine::{LedgerQuery, SyncBy};
use kindred_fake_arxiv::{Fault, Plan, RetryAfter, Source, WorldOptions};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};

use super::oracle::{Follower, next};

/// What an outage is.
const OUTAGES: [Fault; 8] = [
    Fault::Unavailable,
    Fault::TooMany {
        retry_after: RetryAfter::Seconds(86_400),
    },
    Fault::Html,
    Fault::Reset,
    Fault::CutMidRecord,
    Fault::HiddenRecords,
    Fault::Quiet,
    Fault::EmptyBody,
];

/// Follows a world for some days; of each outage the ledger has to know.
fn follow(days: u32, seed: u64) {
    let options = WorldOptions {
        seed,
        days: days + 5,
        new_per_day: 40,
        history: 100,
        ..WorldOptions::default()
    };
    let follower = Follower::new(&options, &["cs.DC", "stat.ML"]);
    follower.arxiv.set_page_sizes(60, 200, 2_000);
    let mut random = StdRng::seed_from_u64(seed);
    let mut day = options.start;
    let mut failed = Vec::new();
    for _ in 0..days {
        follower.wake_on(day);
        follower.arxiv.clear_faults();
        let is_outage = random.random_range(0..10) == 0;
        if is_outage {
            let fault = OUTAGES[random.random_range(0..OUTAGES.len())];
            follower.arxiv.add_fault(Source::Oai, fault, Plan::Forever);
            follower.arxiv.add_fault(Source::Feed, fault, Plan::Forever);
        }
        let report = follower.sync_by(SyncBy::All);
        if report.error.is_some() && kindred_fake_arxiv::World::is_announcement_day(day) {
            failed.push(day);
            assert!(
                report.open.iter().any(|gap| gap.day == day),
                "seed {seed}: the sync of {day} failed and the ledger has no gap"
            );
        }
        // The log of a year is long.
        if follower.arxiv.log().len() > 2_000 {
            follower.assert_polite("a part of the year");
            follower.arxiv.clear_log();
        }
        day = next(day);
    }
    follower.arxiv.clear_faults();
    for _ in 0..3 {
        follower.wake_on(day);
        let report = follower.sync();
        assert!(report.error.is_none(), "{:?}", report.error);
        day = next(day);
    }
    follower.assert_equal("after a year");
    let answer = follower
        .library()
        .ledger(&LedgerQuery {
            categories: Vec::new(),
            days: u16::try_from(days + 10).unwrap(),
            now: follower.clock.now(),
        })
        .unwrap();
    let open: Vec<_> = answer
        .gaps
        .iter()
        .filter(|gap| gap.closed.is_none())
        .collect();
    assert!(open.is_empty(), "seed {seed}: open in the end: {open:#?}");
    for day in &failed {
        assert!(
            answer.gaps.iter().any(|gap| gap.day == *day),
            "seed {seed}: the gap of {day} is not named"
        );
    }
    assert!(
        failed.len() >= usize::try_from(days / 40).unwrap(),
        "only {} outages",
        failed.len()
    );
    let unproven: Vec<_> = answer
        .days
        .iter()
        .filter(|day| day.expected == "announcement" && !day.proven)
        .collect();
    assert!(unproven.is_empty(), "seed {seed}: {unproven:#?}");
}

#[test]
fn after_a_season_of_outages_the_ledger_has_no_open_gap_and_names_every_one() {
    if env::var("KINDRED_LONG").as_deref() == Ok("1") {
        follow(365, 1);
    } else {
        follow(60, 1);
    }
}
