//! Papers that exist before the world's first announcement.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, date};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::WorldOptions;
use super::facts::{Announced, Event, Paper};
use super::schedule::{announcement_of, published, shift, utc_day};
use super::script::{Numbers, first_facts, pick_categories, revised};

/// Ids of the old scheme and of the first month of the new one, with their categories and days.
const OLD: [(&str, &[&str], Date); 8] = [
    ("hep-th/9901001", &["hep-th"], date(1999, 1, 1)),
    ("math/0611800", &["math.NA", "cs.NA"], date(2006, 11, 27)),
    ("cs/0301012", &["cs.DC"], date(2003, 1, 14)),
    (
        "0704.0001",
        &["hep-th", "math-ph", "math.MP"],
        date(2007, 4, 3),
    ),
    ("cmp-lg/9502001", &["cmp-lg"], date(1995, 2, 2)),
    (
        "solv-int/9701001",
        &["solv-int", "nlin.SI"],
        date(1997, 1, 6),
    ),
    ("astro-ph/0601001", &["astro-ph"], date(2006, 1, 3)),
    (
        "quant-ph/0201082",
        &["quant-ph", "hep-th"],
        date(2002, 1, 18),
    ),
];

/// When today's service was given its oldest datestamps, which many old papers share.
fn earliest() -> Timestamp {
    moment(date(2005, 9, 16))
}

/// A bulk edit that left half of the papers before it with one time of modification.
fn bulk() -> Timestamp {
    moment(date(2015, 5, 13))
}

fn moment(day: Date) -> Timestamp {
    day.at(18, 0, 0, 0)
        .to_zoned(TimeZone::UTC)
        .expect("a fixed and valid day")
        .timestamp()
}

/// Writes the older papers; none has an event on `start` (UTC) or later.
pub(super) fn write(
    options: &WorldOptions,
    random: &mut ChaCha8Rng,
    numbers: &mut Numbers,
) -> Vec<Paper> {
    let count = usize::try_from(options.history).unwrap_or(usize::MAX);
    let mut papers: Vec<Paper> = OLD
        .iter()
        .take(count)
        .enumerate()
        .map(|(place, (id, categories, day))| {
            let categories = categories.iter().map(|name| (*name).to_owned()).collect();
            let mut paper = one(options, random, moment(*day), categories);
            (*id).clone_into(&mut paper.id);
            if place == 4 {
                // The service prints `None` for what is missing.
                for event in &mut paper.events {
                    let facts = Arc::make_mut(&mut event.facts);
                    facts.submitter = None;
                    facts.authors.clear();
                    facts.author_line.clear();
                }
            }
            paper
        })
        .collect();
    let mut by_day: BTreeMap<Date, Vec<Paper>> = BTreeMap::new();
    for _ in papers.len()..count {
        let submitted = submission(options, random);
        let categories = pick_categories(random, &options.categories);
        let paper = one(options, random, submitted, categories);
        by_day
            .entry(announcement_of(submitted))
            .or_default()
            .push(paper);
    }
    for (day, group) in by_day {
        for mut paper in group {
            paper.id = numbers.next(day);
            papers.push(paper);
        }
    }
    papers
}

/// A time of submission whose announcement lies before the start; half are of the last two years.
fn submission(options: &WorldOptions, random: &mut ChaCha8Rng) -> Timestamp {
    let latest = moment(shift(options.start, -12)).as_second();
    let two_years = 63_000_000;
    let earliest = if random.random_bool(0.5) {
        latest - two_years
    } else {
        moment(date(2007, 5, 2)).as_second().min(latest - two_years)
    };
    Timestamp::from_second(random.random_range(earliest..latest)).expect("between two valid times")
}

/// A paper without an id, and its life until the start.
fn one(
    options: &WorldOptions,
    random: &mut ChaCha8Rng,
    submitted: Timestamp,
    categories: Vec<String>,
) -> Paper {
    let day = announcement_of(submitted);
    let mut facts = first_facts(random, submitted, categories);
    let mut events = vec![Event {
        at: published(day).max(earliest()),
        announced: Some((day, Announced::New)),
        facts: Arc::new(facts.clone()),
    }];
    let revisions = match random.random_range(0..20) {
        0 => 5,
        1..3 => 2,
        3..8 => 1,
        _ => 0,
    };
    let mut last = submitted;
    for _ in 0..revisions {
        let wait = random.random_range(5 * 24..150 * 24);
        last = last
            .checked_add(SignedDuration::from_hours(wait))
            .expect("worlds lie within jiff's range");
        let day = announcement_of(last);
        if day >= options.start {
            break;
        }
        facts = revised(random, &facts, last);
        events.push(Event {
            at: published(day).max(earliest()),
            announced: Some((day, Announced::Replacement)),
            facts: Arc::new(facts.clone()),
        });
    }
    let newest = events.last().map(|event| event.at);
    // Papers older than today's service keep the datestamp that they share.
    let touched =
        newest.is_some_and(|at| earliest() < at && at < bulk()) && utc_day(bulk()) < options.start;
    if touched && random.random_bool(0.5) {
        events.push(Event {
            at: bulk(),
            announced: None,
            facts: Arc::new(facts),
        });
    }
    Paper {
        id: String::new(),
        events,
    }
}
