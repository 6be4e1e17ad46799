//! Each thing that goes wrong at a service, on the third morning of a week; in the end the
//! library equals the world, and the service was treated politely.

use std::env;
use std::time::Duration;

use jiff::civil::Date;
use kindred_engine::SyncBy;
use kindred_fake_arxiv::{Fault, Plan, RetryAfter, Source, WorldOptions};

use super::oracle::{Follower, next};

/// Days that a run follows.
const DAYS: usize = 7;
/// The day on which something goes wrong, counted from 0.
const BAD_DAY: usize = 2;
/// Categories that runs follow: a plain one, one of statistics, one with an alias.
const CATEGORIES: [&str; 3] = ["cs.DC", "stat.ML", "math.NA"];

/// Something that goes wrong, and how often.
type Scenario = (&'static str, Fault, Plan);

/// What every source can do to a client.
const SCENARIOS: [Scenario; 34] = [
    ("an empty page", Fault::EmptyPage, Plan::Nth(2)),
    ("a short page", Fault::ShortPage, Plan::Nth(2)),
    ("a page twice", Fault::DuplicatePage, Plan::Nth(3)),
    ("cut inside of a record", Fault::CutMidRecord, Plan::Nth(2)),
    (
        "cut between records",
        Fault::CutBetweenRecords,
        Plan::Nth(2),
    ),
    ("cut before the token", Fault::CutBeforeToken, Plan::Nth(2)),
    ("an empty body", Fault::EmptyBody, Plan::Times(2)),
    (
        "rate exceeded in place of data",
        Fault::RateExceeded,
        Plan::Times(3),
    ),
    (
        "429 with seconds",
        Fault::TooMany {
            retry_after: RetryAfter::Seconds(40),
        },
        Plan::Times(2),
    ),
    (
        "429 with a date",
        Fault::TooMany {
            retry_after: RetryAfter::DateIn(90),
        },
        Plan::Times(2),
    ),
    (
        "429 with nothing",
        Fault::TooMany {
            retry_after: RetryAfter::None,
        },
        Plan::Times(2),
    ),
    (
        "429 for a day",
        Fault::TooMany {
            retry_after: RetryAfter::Seconds(86_400),
        },
        Plan::Times(1),
    ),
    ("503 ten times", Fault::Unavailable, Plan::Times(10)),
    ("406", Fault::NotAcceptable, Plan::Times(2)),
    ("403", Fault::Forbidden, Plan::Times(1)),
    ("a web page", Fault::Html, Plan::Times(2)),
    ("redirects in a circle", Fault::RedirectLoop, Plan::Times(1)),
    (
        "a redirect to another host",
        Fault::RedirectAway,
        Plan::Times(1),
    ),
    ("a byte now and then", Fault::Slow, Plan::Times(1)),
    ("damaged letters", Fault::WrongCharset, Plan::Nth(2)),
    ("UTF-16", Fault::Utf16, Plan::Times(1)),
    ("a gzip bomb", Fault::GzipBomb, Plan::Times(1)),
    ("a body without end", Fault::Endless, Plan::Times(1)),
    ("a connection that breaks", Fault::Reset, Plan::Times(3)),
    ("hidden records", Fault::HiddenRecords, Plan::Times(2)),
    (
        "a clock two days ahead",
        Fault::ClockSkew { seconds: 172_800 },
        Plan::Times(4),
    ),
    (
        "a clock two days behind",
        Fault::ClockSkew { seconds: -172_800 },
        Plan::Times(4),
    ),
    (
        "a record edited during the harvest",
        Fault::EditDuring,
        Plan::Times(1),
    ),
    (
        "a record as its first version",
        Fault::LowerVersion,
        Plan::Nth(2),
    ),
    ("a deleted header", Fault::DeletedHeader, Plan::Nth(2)),
    (
        "yesterday's batch under today's date",
        Fault::StaleFeed,
        Plan::Times(3),
    ),
    (
        "an announcement that is late",
        Fault::Quiet,
        Plan::Times(12),
    ),
    (
        "a record without a title",
        Fault::OneBadRecord,
        Plan::Nth(2),
    ),
    ("nothing wrong", Fault::ShortPage, Plan::Nth(1_000)),
];

fn seeds() -> u64 {
    match env::var("KINDRED_LONG").as_deref() {
        Ok("1") => 20,
        _ => 1,
    }
}

/// Follows a world for some days with one thing going wrong.
fn follow(source: Source, scenario: &Scenario, seed: u64) {
    let (name, fault, plan) = *scenario;
    let what = format!("{source:?}, seed {seed}, {name}");
    let options = WorldOptions {
        seed,
        ..WorldOptions::default()
    };
    let by = match source {
        Source::Oai | Source::Feed => SyncBy::All,
        Source::Query => SyncBy::Query,
    };
    let mut follower = Follower::new(&options, &CATEGORIES);
    if matches!(fault, Fault::Slow | Fault::Endless) {
        follower.deadline = Duration::from_millis(1_500);
    }
    follower.arxiv.set_page_sizes(25, 60, 2_000);
    let mut day: Date = options.start;
    for number in 0..DAYS {
        follower.wake_on(day);
        if number == BAD_DAY {
            follower.arxiv.add_fault(source, fault, plan);
        }
        follower.sync_by(by);
        day = next(day);
    }
    follower.wake_on(day);
    let report = follower.sync_by(by);
    assert!(report.error.is_none(), "{what}: {:?}", report.error);
    assert_eq!(report.missing.left, 0, "{what}");
    match source {
        Source::Oai | Source::Feed => follower.assert_equal(&what),
        Source::Query => follower.assert_submitted(&what),
    }
    follower.assert_polite(&what);
}

fn follow_all(source: Source) {
    for seed in 1..=seeds() {
        for scenario in &SCENARIOS {
            follow(source, scenario, seed);
        }
    }
}

#[test]
fn whatever_goes_wrong_in_oai_pmh_the_library_equals_the_world() {
    follow_all(Source::Oai);
}

#[test]
fn whatever_goes_wrong_in_the_feed_the_library_equals_the_world() {
    follow_all(Source::Feed);
}

#[test]
fn whatever_goes_wrong_in_queries_the_library_equals_the_world() {
    follow_all(Source::Query);
}

#[test]
fn a_quiet_fortnight_is_followed_to_the_letter() {
    let options = WorldOptions::default();
    let follower = Follower::new(&options, &CATEGORIES);
    follower.arxiv.set_page_sizes(40, 100, 2_000);
    let mut day = options.start;
    for _ in 0..14 {
        follower.wake_on(day);
        let report = follower.sync();
        assert!(report.error.is_none(), "{:?}", report.error);
        follower.assert_equal(&format!("on {day}"));
        day = next(day);
    }
    follower.assert_polite("a fortnight");
}
