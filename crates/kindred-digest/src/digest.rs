//! The digest as data.

use std::collections::BTreeMap;

use jiff::civil::Date;
use kindred_engine::answer::{FeedAnswer, FeedHit, InterestView, LeftOut, PaperView, RevisionView};
use kindred_engine::{FeedRanker, PaperId};
use serde::Serialize;

use crate::text::tidy;

/// Smallest share, beside the largest, of a reason that is told: a rated paper with hardly a part
/// in the score is no reason worth a line.
const SMALLEST_SHARE: f64 = 0.2;

/// What one or several seed sets recommend of a period.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Digest {
    /// The day on which it is read: the last day of the period.
    pub as_of: Date,
    /// First day of the period.
    pub since: Date,
    /// Where following arXiv stands, in one line; absent where nothing is followed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<String>,
    /// One for each set, in the order asked for.
    pub sections: Vec<Section>,
}

/// What one seed set recommends.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Section {
    /// Name of the set.
    pub set: String,
    /// Name of the ranker that gave the order: `kindred` or that of a baseline.
    pub ranker: String,
    /// Papers of the period: arrivals, and new versions of papers that the reader knows.
    pub arrivals: u64,
    /// The interests of the set, where it has several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<InterestView>,
    /// Those that are not among the results, by reason; reasons without a paper are left out.
    pub left_out: Vec<Omission>,
    /// Best first.
    pub results: Vec<Item>,
}

/// How many papers were left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Omission {
    /// The reason, to be read after a number: `shown before`.
    pub reason: String,
    /// Number of papers, from 1.
    pub count: u64,
}

/// One recommended paper.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Item {
    /// Position in its section, from 1.
    pub rank: usize,
    /// Probability that the reader keeps it, in `[0, 1]`; absent where another ranker than
    /// Kindred's own gave the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevance: Option<f64>,
    /// What there is to say of it before the reasons: that its author is pinned, that it is a
    /// new version, which interest it belongs to or between which it lies.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// What is new, of a paper that the reader knows in an earlier version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionView>,
    /// Why it is here, weightiest first.
    pub reasons: Vec<Cause>,
    /// The paper.
    pub paper: PaperView,
}

/// A rated paper that an item is here for, or in spite of.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cause {
    /// `like` or `dislike`.
    pub rating: String,
    /// The rated paper.
    pub id: PaperId,
    /// Its title.
    pub title: String,
}

impl Cause {
    /// Returns the words that introduce the rated paper's title.
    pub fn words(&self) -> &'static str {
        if self.rating == "dislike" {
            "although you disliked"
        } else {
            "because you liked"
        }
    }
}

impl Digest {
    /// Returns how many results there are in all sections.
    pub fn len(&self) -> usize {
        self.sections
            .iter()
            .map(|section| section.results.len())
            .sum()
    }

    /// Whether no section has a result.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns a title in one line: the sets and the day.
    pub fn title(&self) -> String {
        let sets: Vec<String> = self
            .sections
            .iter()
            .map(|section| tidy(&section.set))
            .collect();
        format!("Kindred: {}, {}", sets.join(", "), self.as_of)
    }

    /// Returns the days that it covers.
    pub fn period(&self) -> String {
        if self.since == self.as_of {
            self.as_of.to_string()
        } else {
            format!("{} to {}", self.since, self.as_of)
        }
    }

    /// Says where following arXiv stands: what the digest may lack.
    pub fn standing(&self) -> Option<String> {
        let line = self.following.as_ref()?;
        Some(format!("Following arXiv: {}.", tidy(line)))
    }

    /// Returns each paper once, in the order of its first place, with the sets that recommend it.
    pub(crate) fn papers(&self) -> Vec<(&Item, Vec<&str>)> {
        let mut places = BTreeMap::new();
        let mut papers: Vec<(&Item, Vec<&str>)> = Vec::new();
        for section in &self.sections {
            for item in &section.results {
                let place = *places.entry(&item.paper.id).or_insert(papers.len());
                if place == papers.len() {
                    papers.push((item, Vec::new()));
                }
                papers[place].1.push(&section.set);
            }
        }
        papers
    }
}

impl Section {
    /// Returns the name of the ranker where it is another than Kindred's own.
    pub fn other_ranker(&self) -> Option<&str> {
        (self.ranker != FeedRanker::default().name()).then_some(self.ranker.as_str())
    }

    /// Names the interests of the set in one line; `None` where it has only one.
    pub(crate) fn interests(&self) -> Option<String> {
        let named: Vec<String> = (self.interests.iter())
            .map(|interest| format!("{} {}", interest.number, interest_name(interest)))
            .collect();
        (!named.is_empty()).then(|| format!("interests: {}", named.join("; ")))
    }

    /// Returns what it was made of, in words: `24 arrivals; left out: 19 further down`.
    pub(crate) fn summary(&self) -> String {
        let arrivals = match self.arrivals {
            1 => "1 arrival".to_owned(),
            number => format!("{number} arrivals"),
        };
        let parts: Vec<String> = self
            .left_out
            .iter()
            .map(|omission| format!("{} {}", omission.count, omission.reason))
            .collect();
        let arrivals = match self.other_ranker() {
            Some(name) => format!("{arrivals} ranked by {name}"),
            None => arrivals,
        };
        if parts.is_empty() {
            arrivals
        } else {
            format!("{arrivals}; left out: {}", parts.join(", "))
        }
    }
}

impl Item {
    /// A paper about which nothing is to be said.
    pub(crate) fn bare(rank: usize, paper: &PaperView) -> Self {
        Self {
            rank,
            relevance: None,
            notes: Vec::new(),
            revision: None,
            reasons: Vec::new(),
            paper: paper.clone(),
        }
    }
}

impl From<&FeedAnswer> for Section {
    fn from(answer: &FeedAnswer) -> Self {
        Self {
            set: answer.set.clone(),
            ranker: answer.ranker.to_owned(),
            arrivals: answer.arrivals + answer.revisions,
            interests: answer.interests.clone(),
            left_out: omissions(answer.left_out),
            results: answer.results.iter().map(Item::from).collect(),
        }
    }
}

impl From<&FeedHit> for Item {
    fn from(hit: &FeedHit) -> Self {
        let largest = hit
            .reasons
            .iter()
            .fold(0.0_f64, |largest, reason| largest.max(reason.share.abs()));
        Self {
            rank: hit.rank,
            relevance: hit.relevance,
            notes: notes(hit),
            revision: hit.revision.clone(),
            reasons: hit
                .reasons
                .iter()
                // That a revision is like its earlier self is no reason either.
                .filter(|reason| {
                    reason.share.abs() >= SMALLEST_SHARE * largest && reason.id != hit.paper.id
                })
                .map(|reason| Cause {
                    rating: reason.rating.to_owned(),
                    id: reason.id.clone(),
                    title: reason.title.clone(),
                })
                .collect(),
            paper: hit.paper.clone(),
        }
    }
}

/// Returns what there is to say of a hit before its reasons: that its author is pinned, that it is
/// a new version of a paper that the reader knows, which of several interests it belongs to.
pub fn notes(hit: &FeedHit) -> Vec<String> {
    let pinned = hit
        .pinned
        .iter()
        .map(|author| format!("pinned: author {author}"));
    let revised = hit.revision.iter().map(|revision| {
        let newest = match hit.paper.version {
            Some(number) => format!("version {number}"),
            None => "new version".to_owned(),
        };
        let seen = match revision.seen_version {
            Some(number) => format!("you saw version {number}"),
            None => "you saw an earlier one".to_owned(),
        };
        format!(
            "{newest}, {seen}: it says something else now ({:.2} alike)",
            revision.similarity
        )
    });
    let placed = match (hit.between, hit.interest) {
        (Some([left, right]), _) => {
            Some(format!("to explore: between interests {left} and {right}"))
        }
        (None, Some(number)) => Some(format!("interest {number}")),
        (None, None) => None,
    };
    pinned.chain(revised).chain(placed).collect()
}

/// Returns the terms of an interest and its size: `client, federated (13 papers)`.
pub fn interest_name(interest: &InterestView) -> String {
    let papers = match interest.size {
        1 => "1 paper".to_owned(),
        number => format!("{number} papers"),
    };
    format!("{} ({papers})", interest.terms.join(", "))
}

/// Puts counts into words. All fields are named, so that a new one cannot be forgotten here.
fn omissions(left_out: LeftOut) -> Vec<Omission> {
    let LeftOut {
        in_set,
        shown_before,
        unchanged_revisions,
        owned,
        duplicates,
        by_rule,
        withdrawn,
        not_embedded,
        below_limit,
    } = left_out;
    [
        (below_limit, "further down"),
        (in_set, "already in the set"),
        (shown_before, "shown before"),
        (unchanged_revisions, "revised without news"),
        (owned, "in another set"),
        (duplicates, "the same work again"),
        (by_rule, "removed by rules"),
        (withdrawn, "withdrawn"),
        (not_embedded, "not embedded yet"),
    ]
    .into_iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, reason)| Omission {
        reason: reason.to_owned(),
        count,
    })
    .collect()
}
