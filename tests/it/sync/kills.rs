//! The program killed at named points, again and again: nothing is lost, nothing counts twice.

use std::collections::BTreeSet;
use std::env;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use kindred_fake_arxiv::{Fault, Plan, Source, WorldOptions};
use serde_json::Value;

use super::oracle::{Follower, next};
use crate::support::Place;

/// Points at which a sync can be halted, in the order in which it passes them.
const POINTS: [&str; 40] = [
    "sync: begun",
    "sets: before the request",
    "sets: answered",
    "sets: stored",
    "sync: follows stored",
    "feed: before the request",
    "feed: answered",
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
        self.place.command_of(&self.follower.arxiv, arguments)
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
                assert_eq!(day["fetched"], day["embedded"], "{day}");
                // A paper whose first version was hidden counts as new once it comes, not as
                // replaced, so these depend on what the faults of the first morning met.
                for name in ["why", "replaced", "fetched", "embedded"] {
                    day[name].take();
                }
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
        0 => arxiv.add_fault(Source::Oai, Fault::HiddenRecords, Plan::Times(16)),
        // A few are, so that they are asked for one by one.
        1 => arxiv.add_fault(Source::Oai, Fault::HiddenRecords, Plan::Times(2)),
        // The feed is ahead of OAI-PMH by more than twenty papers.
        2 => arxiv.add_fault(Source::Oai, Fault::Quiet, Plan::Forever),
        _ => {}
    }
}

/// Points that are passed on a morning of that kind alone.
fn special(morning: usize) -> &'static [&'static str] {
    match morning.min(3) {
        0 => &[
            "sets: before the request",
            "sets: answered",
            "sets: stored",
            "lost: page answered",
            "lost: page committed",
            "lost: rest stored",
        ],
        1 => &[
            "record: before the request",
            "record: answered",
            "record: committed",
        ],
        2 => &[
            "missing: begun",
            "missing: before the query",
            "missing: answered",
            "missing: committed",
            "missing: done",
        ],
        // A sync that comes to its end has read the feed, so these come before anything else.
        _ => &[
            "feed: before the request",
            "feed: answered",
            "feed: before the commit",
            "feed: committed",
            "feed: counts stored",
        ],
    }
}

/// Whether a point is passed on some other mornings alone.
fn is_elsewhere(point: &str, morning: usize) -> bool {
    let is_special = |other: usize| special(other).contains(&point);
    (0..4).any(is_special) && !is_special(morning.min(3)) && !point.starts_with("feed: ")
}

impl Victim {
    /// Kills a sync at a point, if it comes there; a place in a list is worthless only after a
    /// night between two pages.
    fn kill(&self, point: &'static str, nth: u32) -> Vec<&'static str> {
        const GIVEN_UP: &str = "page: token given up";
        const COMMITTED: &str = "page: committed";

        let mut killed = Vec::new();
        if point == GIVEN_UP && self.kill_at(COMMITTED, 1) {
            killed.push(COMMITTED);
            let midnight = next(self.today()).at(0, 1, 0, 0);
            let midnight = midnight.to_zoned(jiff::tz::TimeZone::UTC).unwrap();
            self.follower.clock.advance_to(midnight.timestamp());
        }
        // A sync that does not come to a point comes to its end, and passes nothing more that day.
        let is_repeated = ["page: b", "page: c", "census: a", "census: c", "list: "]
            .iter()
            .any(|start| point.starts_with(start));
        if self.kill_at(point, if is_repeated { nth } else { 1 }) {
            killed.push(point);
        }
        killed
    }
}

/// Chooses points for a round of kills, in the order of the sync, since what is done on a morning is
/// not passed again: first some that only this morning has, the others in turn.
fn choose(morning: usize, round: usize, wanted: usize, turn: &mut usize) -> BTreeSet<usize> {
    let special = special(morning);
    let mut points = BTreeSet::new();
    if round == 0 {
        let share = wanted.div_ceil(2).max(wanted.saturating_sub(4));
        let place = |point: &&str| POINTS.iter().position(|other| other == point);
        let first = *turn % special.len().max(1);
        let share = special.len().min(share);
        points.extend(
            special
                .iter()
                .cycle()
                .skip(first)
                .take(share)
                .filter_map(place),
        );
    }
    while points.len() < wanted {
        let point = *turn % POINTS.len();
        if !is_elsewhere(POINTS[point], morning) {
            points.insert(point);
        }
        *turn += 3;
    }
    points
}

fn kill_often(kills: usize, options: &WorldOptions) -> BTreeSet<&'static str> {
    let victim = Victim::new(options);
    let mut killed: BTreeSet<&str> = BTreeSet::new();
    let mut count = 0;
    let mut turn = usize::try_from(options.seed).unwrap() * 11;
    let mut day = options.start;
    for morning in 0..options.days as usize {
        victim.follower.wake_on(day);
        spoil(&victim, morning);
        let wanted = kills.div_ceil(options.days as usize);
        let mut here = 0;
        for round in 0..4 {
            for point in choose(morning, round, wanted, &mut turn) {
                if here < wanted {
                    let came = victim.kill(POINTS[point], 1 + u32::from(turn % 2 == 1));
                    here += came.len();
                    killed.extend(came);
                }
            }
        }
        count += here;
        victim.follower.arxiv.clear_faults();
        victim.finish(0);
        day = next(day);
    }
    victim.follower.wake_on(day);
    // What the pages and the census of the first morning both had hidden is for an audit to find.
    let audit = victim.command(&["ledger", "audit"]).output();
    let code = audit.expect("the program starts").status.code();
    assert!(matches!(code, Some(0 | 1)), "{code:?}");
    victim.finish(0);
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
        new_per_day: 100,
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
        assert!(killed.len() >= 12, "only at {killed:?}");
    }
}
