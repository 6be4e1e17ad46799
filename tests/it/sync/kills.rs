//! The program killed at named points, again and again: nothing is lost, nothing counts twice.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use kindred_fake_arxiv::{Fault, Plan, Source, WorldOptions};
use serde_json::Value;

use super::oracle::{Follower, next};
use crate::support::Place;

/// Every point at which a sync can be halted.
const POINTS: [&str; 40] = [
    "sync: begun",
    "sets: before the request",
    "sets: answered",
    "sets: stored",
    "sync: follows stored",
    "list: begun",
    "page: before the request",
    "page: answered",
    "page: before the commit",
    "page: committed",
    "page: token given up",
    "page: nothing stored",
    "census: begun",
    "census: answered",
    "census: compared",
    "record: before the request",
    "record: answered",
    "record: committed",
    "lost: page answered",
    "lost: page committed",
    "lost: rest stored",
    "census: before the end",
    "census: end stored",
    "list: attempt stored",
    "feed: before the request",
    "feed: answered",
    "feed: before the commit",
    "feed: committed",
    "feed: counts stored",
    "feed: attempt stored",
    "missing: begun",
    "missing: before the query",
    "missing: answered",
    "missing: committed",
    "missing: done",
    "gaps: before they are judged",
    "gaps: stored",
    "sync: end",
    "embed: before",
    "embed: after",
];

/// A category that the world has no paper of.
const EMPTY: &str = "econ.GN";

/// The program in a place of its own, following a scripted arXiv.
struct Victim {
    place: Place,
    follower: Follower,
}

impl Victim {
    fn new(options: &WorldOptions) -> Self {
        let mut follower = Follower::new(options, &["cs.DC", "stat.ML", EMPTY]);
        // All that there is, so that the first harvest has many pages.
        follower.since = "2005-09-16".parse().unwrap();
        follower.arxiv.set_page_sizes(60, 90, 2_000);
        Self {
            place: Place::new(),
            follower,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let arxiv = &self.follower.arxiv;
        let mut command = self.place.command(arguments);
        command
            .env("KINDRED_ARXIV_OAI", arxiv.oai_url())
            .env("KINDRED_ARXIV_FEED", arxiv.feed_url())
            .env("KINDRED_ARXIV_QUERY", arxiv.query_url())
            .env("KINDRED_CLOCK", format!("{}/clock", arxiv.clock_url()));
        command
    }

    fn sync(&self) -> Command {
        self.command(&[
            "sync",
            "--since",
            "2005-09-16",
            "-c",
            "cs.DC",
            "-c",
            "stat.ML",
            "-c",
            EMPTY,
        ])
    }

    /// Starts a sync and kills it at the `nth` time that it passes a point; says whether it came
    /// there.
    fn kill_at(&self, point: &str, nth: u32) -> bool {
        let mut child = self
            .sync()
            .env("KINDRED_HALT_AT", format!("{point}#{nth}"))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let told = BufReader::new(child.stderr.take().expect("it was piped"));
        let halted = format!("halted at {point}");
        let came = told
            .lines()
            .any(|line| line.is_ok_and(|line| line == halted));
        if came {
            child.kill().expect("the program is there");
        }
        child.wait().expect("the program ends");
        came
    }

    fn today(&self) -> jiff::civil::Date {
        let now = self.follower.clock.now();
        now.to_zoned(jiff::tz::TimeZone::UTC).date()
    }

    fn finish(&self, code: i32) {
        let run: crate::support::Run = self.sync().output().expect("the program starts").into();
        run.expect_code(code);
    }

    /// What the ledger counts for each category and day.
    fn ledger(&self) -> Vec<Value> {
        let run: crate::support::Run = self
            .command(&["ledger", "--days", "20", "--json"])
            .output()
            .expect("the program starts")
            .into();
        let days = run.expect_code(0).json()["days"].take();
        let Value::Array(days) = days else {
            panic!("{days}")
        };
        days.into_iter()
            .map(|mut day| {
                day["why"].take();
                day
            })
            .collect()
    }
}

/// What goes wrong on each morning, so that every point is passed.
fn spoil(victim: &Victim, morning: usize) {
    let arxiv = &victim.follower.arxiv;
    arxiv.clear_faults();
    match morning {
        // More than twenty records are hidden, so that whole days are asked for again.
        0 => arxiv.add_fault(Source::Oai, Fault::HiddenRecords, Plan::Times(40)),
        // A few are, so that they are asked for one by one.
        1 => arxiv.add_fault(Source::Oai, Fault::HiddenRecords, Plan::Times(2)),
        // The feed is ahead of OAI-PMH by more than twenty papers.
        2 => arxiv.add_fault(Source::Oai, Fault::Quiet, Plan::Forever),
        _ => {}
    }
}

fn kill_often(kills: usize, options: &WorldOptions) -> BTreeSet<&'static str> {
    let victim = Victim::new(options);
    let mut killed: BTreeSet<&str> = BTreeSet::new();
    let mut count = 0;
    let mut turn = options.seed as usize * 7;
    let mut day = options.start;
    for morning in 0..options.days as usize {
        victim.follower.wake_on(day);
        spoil(&victim, morning);
        let wanted = kills
            .div_ceil(options.days as usize)
            .min(kills - count.min(kills));
        let mut tries = 0;
        let mut here = 0;
        while here < wanted && tries < 2 * POINTS.len() {
            // Points that were not met yet come first.
            let fresh: Vec<&'static str> = (POINTS.iter().copied())
                .filter(|point| !killed.contains(point))
                .collect();
            let pool = if fresh.is_empty() {
                POINTS.to_vec()
            } else {
                fresh
            };
            let point = pool[turn % pool.len()];
            let nth = 1 + (turn / 3 % 2) as u32;
            turn += 1;
            tries += 1;
            if victim.kill_at(point, nth) {
                killed.insert(point);
                here += 1;
                count += 1;
            }
            // A night between two pages makes the token of the second one worthless.
            if point == "page: committed" {
                let midnight = next(victim.today());
                victim.follower.clock.advance_to(
                    midnight
                        .at(0, 1, 0, 0)
                        .to_zoned(jiff::tz::TimeZone::UTC)
                        .unwrap()
                        .timestamp(),
                );
            }
        }
        victim.follower.arxiv.clear_faults();
        victim.finish(0);
        day = next(day);
    }
    victim.follower.wake_on(day);
    victim.finish(0);
    victim
        .follower
        .assert_equal_in(&victim.place.library(), "after kills");
    victim.follower.assert_polite("after kills");
    victim.place.run(&["verify"]).expect_code(0);
    assert!(count >= kills, "only {count} kills");

    let calm = Victim::new(options);
    let mut day = options.start;
    for _ in 0..=options.days {
        calm.follower.wake_on(day);
        calm.finish(0);
        day = next(day);
    }
    let (mine, calm) = (victim.ledger(), calm.ledger());
    assert_eq!(mine.len(), calm.len());
    for (mine, calm) in mine.iter().zip(&calm) {
        assert_eq!(mine, calm, "the ledger counts as if nothing had happened");
    }
    killed
}

#[test]
fn a_sync_that_is_killed_anywhere_loses_nothing() {
    let options = WorldOptions {
        days: 5,
        history: 700,
        new_per_day: 60,
        ..WorldOptions::default()
    };
    if env::var("KINDRED_LONG").as_deref() == Ok("1") {
        let mut killed = BTreeSet::new();
        for seed in 1..=4 {
            let options = WorldOptions {
                seed,
                ..options.clone()
            };
            killed.extend(kill_often(50, &options));
        }
        let missed: Vec<&&str> = POINTS
            .iter()
            .filter(|point| !killed.contains(**point))
            .collect();
        assert!(missed.is_empty(), "never killed at {missed:?}");
    } else {
        let killed = kill_often(20, &options);
        assert!(killed.len() >= 15, "only at {killed:?}");
    }
}
