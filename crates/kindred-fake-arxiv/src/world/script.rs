//! The life of the world, day by day: announcements in the evening before, edits in the daytime.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::{Date, time};
use jiff::{SignedDuration, Timestamp};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::facts::{Announced, Event, Facts, Paper, VersionFacts};
use super::schedule::{cutoff, eastern_moment, is_announcement_day, previous, published, shift};
use super::text;
use super::words::{LICENSES, subject_of};
use super::{WorldOptions, history};
use crate::taxonomy;

/// Categories outside the world's own that papers are cross-listed in.
const CROSS: [&str; 6] = [
    "cs.LG",
    "eess.SY",
    "math-ph",
    "math.ST",
    "cs.IT",
    "physics.comp-ph",
];

/// Titles that clients took for something else; revisions keep them.
const ODD_TITLES: [&str; 3] = ["Error", "0", "None"];

/// The next number of each month.
#[derive(Debug, Default)]
pub(super) struct Numbers(BTreeMap<(i16, i8), u32>);

impl Numbers {
    /// The next id of the month of `day`.
    pub(super) fn next(&mut self, day: Date) -> String {
        let month = (day.year(), day.month());
        let number = self.0.entry(month).or_insert(0);
        *number += 1;
        let (year, month) = month;
        if year < 2015 {
            format!("{:02}{month:02}.{number:04}", year % 100)
        } else {
            format!("{:02}{month:02}.{number:05}", year % 100)
        }
    }
}

/// Writes every paper with all of its events.
pub(super) fn write(options: &WorldOptions) -> Vec<Paper> {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut numbers = Numbers::default();
    let mut papers = history::write(options, &mut random, &mut numbers);
    let mut script = Script {
        options,
        random,
        numbers,
        fresh: 0,
    };
    for offset in 0..i64::from(options.days) {
        let day = shift(options.start, offset);
        if is_announcement_day(day) {
            script.replacements(day, &mut papers);
            script.cross_lists(day, &mut papers);
            script.new_papers(day, &mut papers);
        }
        script.edits(day, &mut papers);
        if offset % 7 == 3 {
            script.bulk_edit(day, &mut papers);
        }
    }
    papers
}

struct Script<'a> {
    options: &'a WorldOptions,
    random: ChaCha8Rng,
    numbers: Numbers,
    /// New papers so far.
    fresh: u32,
}

impl Script<'_> {
    fn new_papers(&mut self, day: Date, papers: &mut Vec<Paper>) {
        let mean = self.options.new_per_day;
        let count = self.random.random_range(mean - mean / 4..=mean + mean / 4);
        let mut submissions: Vec<Timestamp> = (0..count)
            .map(|_| {
                let submitted = self.within_window(day);
                // Moderation holds one paper in twenty.
                if self.random.random_bool(0.05) {
                    let hours = self.random.random_range(3 * 24..12 * 24);
                    submitted - SignedDuration::from_hours(hours)
                } else {
                    submitted
                }
            })
            .collect();
        submissions.sort();
        for submitted in submissions {
            let categories = pick_categories(&mut self.random, &self.options.categories);
            let mut facts = first_facts(&mut self.random, submitted, categories);
            self.fresh += 1;
            match self.fresh {
                3 => ODD_TITLES[0].clone_into(&mut facts.title),
                5 => ODD_TITLES[1].clone_into(&mut facts.title),
                8 => ODD_TITLES[2].clone_into(&mut facts.title),
                _ => {}
            }
            papers.push(Paper {
                id: self.numbers.next(day),
                events: vec![Event {
                    at: published(day),
                    announced: Some((day, Announced::New)),
                    facts: Arc::new(facts),
                }],
            });
        }
    }

    /// New versions, one in twelve of them a withdrawal.
    fn replacements(&mut self, day: Date, papers: &mut [Paper]) {
        for place in self.some(papers.len(), self.options.new_per_day / 3) {
            let submitted = self.within_window(day);
            let old = papers[place].newest();
            if old.is_withdrawn() || old.current().submitted >= submitted {
                continue;
            }
            let facts = if self.random.random_bool(1.0 / 12.0) {
                withdrawn(old, submitted)
            } else {
                revised(&mut self.random, old, submitted)
            };
            papers[place].events.push(Event {
                at: published(day),
                announced: Some((day, Announced::Replacement)),
                facts: Arc::new(facts),
            });
        }
    }

    fn cross_lists(&mut self, day: Date, papers: &mut [Paper]) {
        for place in self.some(papers.len(), self.options.new_per_day / 8) {
            let mut facts = papers[place].newest().clone();
            let own: Vec<&str> = self.options.categories.iter().map(String::as_str).collect();
            let added = if self.random.random_bool(0.5) {
                text::pick(&mut self.random, &CROSS)
            } else {
                text::pick(&mut self.random, &own)
            };
            let known = facts.canonical_categories();
            if known.iter().any(|name| name == taxonomy::canonical(added)) {
                continue;
            }
            facts.categories.push(added.to_owned());
            papers[place].events.push(Event {
                at: published(day),
                announced: Some((day, Announced::Cross(vec![added.to_owned()]))),
                facts: Arc::new(facts),
            });
        }
    }

    /// Journal references and DOIs, added one by one in the daytime.
    fn edits(&mut self, day: Date, papers: &mut [Paper]) {
        for place in self.some(papers.len(), (self.options.new_per_day / 6).max(1)) {
            // After the announcement of this day, before that of the next one.
            let at = eastern_moment(day, time(1, 0, 0, 0))
                + SignedDuration::from_secs(self.random.random_range(0..20 * 3600));
            let mut facts = papers[place].newest().clone();
            let (reference, doi) = text::publication(&mut self.random, day.year());
            if self.random.random_bool(0.7) {
                facts.journal_ref = Some(reference);
            }
            facts.doi = Some(doi);
            papers[place].events.push(Event {
                at,
                announced: None,
                facts: Arc::new(facts),
            });
        }
    }

    /// Fifty of the oldest papers at once: half get a DOI, the others a new datestamp alone.
    fn bulk_edit(&mut self, day: Date, papers: &mut [Paper]) {
        let at = eastern_moment(day, time(21, 30, 0, 0));
        let history = usize::try_from(self.options.history).unwrap_or(usize::MAX);
        let oldest = papers.len().min(history);
        for place in self.some(oldest, 50) {
            let mut facts = papers[place].newest().clone();
            if self.random.random_bool(0.5) {
                let (_, doi) = text::publication(&mut self.random, day.year());
                facts.doi = Some(doi);
            }
            papers[place].events.push(Event {
                at,
                announced: None,
                facts: Arc::new(facts),
            });
        }
    }

    /// Distinct places below `length`, about `count` of them, in order.
    fn some(&mut self, length: usize, count: u32) -> Vec<usize> {
        let count = usize::try_from(count).unwrap_or(usize::MAX).min(length);
        let mut places = rand::seq::index::sample(&mut self.random, length, count).into_vec();
        places.sort_unstable();
        places
    }

    /// A time of submission in the window that `day` announces.
    fn within_window(&mut self, day: Date) -> Timestamp {
        let from = cutoff(previous(day)).as_second();
        let to = cutoff(day).as_second();
        Timestamp::from_second(self.random.random_range(from..to)).expect("between two valid times")
    }
}

/// Categories of a paper: a primary one of the world's own, perhaps others, some by their aliases.
pub(super) fn pick_categories(random: &mut ChaCha8Rng, own: &[String]) -> Vec<String> {
    let own: Vec<&str> = own.iter().map(|name| taxonomy::canonical(name)).collect();
    let mut names = vec![text::pick(random, &own)];
    for _ in 0..2 {
        if random.random_bool(0.25) {
            let other = if random.random_bool(0.5) {
                text::pick(random, &CROSS)
            } else {
                text::pick(random, &own)
            };
            if !names.contains(&other) {
                names.push(other);
            }
        }
    }
    let mut listed: Vec<String> = Vec::new();
    for name in names {
        match (taxonomy::alias(name), random.random_range(0..10)) {
            (Some(alias), 0..5) => listed.extend([name.to_owned(), alias.to_owned()]),
            (Some(alias), 5..7) => listed.extend([alias.to_owned(), name.to_owned()]),
            (Some(alias), 7) => listed.push(alias.to_owned()),
            _ => listed.push(name.to_owned()),
        }
    }
    listed
}

/// The first version of a paper.
pub(super) fn first_facts(
    random: &mut ChaCha8Rng,
    submitted: Timestamp,
    categories: Vec<String>,
) -> Facts {
    let subject = taxonomy::canonical(&categories[0]).to_owned();
    let authors = text::authors(random);
    let author_line = text::author_line(random, &authors);
    let sentences = text::sentences(random, &subject);
    let is_math = subject.starts_with("math");
    Facts {
        versions: vec![version(random, 1, submitted)],
        submitter: authors.first().cloned(),
        title: text::title(random, &subject),
        abstract_text: text::wrapped(&sentences),
        authors,
        author_line,
        categories,
        comments: text::comments(random),
        report_number: random
            .random_bool(0.1)
            .then(|| format!("SAMPLE-{}", random.random_range(100..1000))),
        msc_class: is_math.then(|| "65N30, 65F10".to_owned()),
        acm_class: random.random_bool(0.1).then(|| "C.2.4".to_owned()),
        journal_ref: None,
        doi: None,
        license: random
            .random_bool(0.95)
            .then(|| text::pick(random, &LICENSES).to_owned()),
    }
}

/// The next version: another abstract, sometimes another title and other comments.
pub(super) fn revised(random: &mut ChaCha8Rng, old: &Facts, submitted: Timestamp) -> Facts {
    let subject = taxonomy::canonical(&old.categories[0]).to_owned();
    let number = old.current().number + 1;
    let mut facts = old.clone();
    facts.versions.push(version(random, number, submitted));
    let mut sentences = vec![old.abstract_text.trim().replace('\n', " ")];
    sentences.push(text::sentence(random, subject_of(&subject), 1));
    if random.random_bool(0.4) {
        sentences = text::sentences(random, &subject);
    }
    facts.abstract_text = text::wrapped(&sentences);
    if random.random_bool(0.3) && !ODD_TITLES.contains(&old.title.as_str()) {
        facts.title = text::title(random, &subject);
    }
    if random.random_bool(0.5) {
        facts.comments = Some(format!("v{number}: corrected, proofs of both lemmas added"));
    }
    facts
}

/// A version that withdraws the paper.
fn withdrawn(old: &Facts, submitted: Timestamp) -> Facts {
    let mut facts = old.clone();
    facts.versions.push(VersionFacts {
        number: old.current().number + 1,
        submitted,
        size_kilobytes: 1,
        source_type: Some("I"),
    });
    facts.comments = Some("This paper has been withdrawn by the author".to_owned());
    facts
}

fn version(random: &mut ChaCha8Rng, number: u16, submitted: Timestamp) -> VersionFacts {
    VersionFacts {
        number,
        submitted,
        size_kilobytes: random.random_range(5..3000),
        source_type: *[None, Some("D"), Some("D"), Some("AD"), Some("P")]
            .get(random.random_range(0..5))
            .expect("within the five"),
    }
}
