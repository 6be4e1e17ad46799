//! What many records of one paper come to, whatever their order and however often they are seen.
//!
//! The state of a paper is a join-semilattice: each part is the maximum of a total order, or a
//! union. Joining is therefore commutative, associative and idempotent.
//!
//! | part | rule |
//! |---|---|
//! | ids | union; the smallest is the paper's own, so one of arXiv before all others |
//! | title, abstract, withdrawn, source | largest (arXiv's own, version, precedence of the source, has an abstract, text hash, withdrawn) |
//! | comments | of the newest version only: largest (precedence, text) |
//! | authors, categories, keywords | largest (arXiv's own, version, precedence, length, text) among those not empty |
//! | journal reference, DOI, licence, venue | largest (arXiv's own, version, precedence, text) among those given |
//! | date of a version | most precise, then earliest |
//! | announcements, deletion | union |
//!
//! A record is arXiv's own if its id is one of arXiv. What came under another id has version
//! numbers of another series: beside a record of arXiv they order such records among themselves,
//! but are no versions of the paper, and their dates count as that of an unnamed version.
//!
//! Records that say when they last changed (OAI-PMH, the snapshot) are states of one record in
//! time: a later one takes the place of what an earlier one said of the same version. Their order
//! does not matter either as long as one kind of source gave them: of several kinds, only the
//! day of the latest record is known.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use kindred_core::{
    Announcement, AnnouncementKind, Category, Paper, PaperDate, PaperId, SourceKind, Version,
};

use crate::text::{Hasher, TextHash, normal_form};

/// Where a value came from: arXiv's own or not, then version, then precedence of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Rank {
    /// Whether the record's id was one of arXiv.
    pub(crate) is_arxiv: bool,
    pub(crate) version: u16,
    pub(crate) precedence: u8,
}

impl Rank {
    /// Marks in the stored number of a source what is not arXiv's own in a paper of arXiv.
    const ELSEWHERE: u8 = 0x80;

    /// Stored number of the source, in a row whose own id is one of arXiv or not.
    pub(crate) fn source_number(self, in_arxiv_row: bool) -> u8 {
        if in_arxiv_row && !self.is_arxiv {
            self.precedence | Self::ELSEWHERE
        } else {
            self.precedence
        }
    }

    /// The rank with a stored number of its source; `None` for a number that was never written.
    pub(crate) fn from_stored(version: u16, number: u8, in_arxiv_row: bool) -> Option<Self> {
        let is_elsewhere = number & Self::ELSEWHERE != 0;
        let precedence = number & !Self::ELSEWHERE;
        SourceKind::from_precedence(precedence)?;
        (in_arxiv_row || !is_elsewhere).then_some(Self {
            is_arxiv: in_arxiv_row && !is_elsewhere,
            version,
            precedence,
        })
    }
}

/// A value with its rank; ordered by rank, then value.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ranked<T> {
    pub(crate) rank: Rank,
    pub(crate) value: T,
}

/// A list that is greater if it is longer, since sources shorten lists; equal lengths by content.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct List<T> {
    length: usize,
    items: Vec<T>,
}

impl<T> List<T> {
    pub(crate) fn new(items: Vec<T>) -> Self {
        Self {
            length: items.len(),
            items,
        }
    }

    pub(crate) fn items(&self) -> &[T] {
        &self.items
    }
}

/// Title, abstract and what belongs to exactly their revision. Field order is the order of
/// precedence; texts come last because equal hashes mean equal texts.
#[expect(clippy::struct_field_names, reason = "`abstract` is a keyword")]
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Text {
    pub(crate) rank: Rank,
    pub(crate) has_abstract: bool,
    pub(crate) hash: TextHash,
    pub(crate) withdrawn: bool,
    pub(crate) title: String,
    pub(crate) abstract_text: String,
}

/// Everything that is known of one paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct State {
    /// The smallest of its ids.
    pub(crate) id: PaperId,
    /// Its other ids.
    pub(crate) also: BTreeSet<PaperId>,
    pub(crate) text: Text,
    pub(crate) authors: Option<Ranked<List<String>>>,
    pub(crate) categories: Option<Ranked<List<Category>>>,
    pub(crate) comments: Option<Ranked<String>>,
    pub(crate) journal_ref: Option<Ranked<String>>,
    pub(crate) doi: Option<Ranked<String>>,
    pub(crate) license: Option<Ranked<String>>,
    pub(crate) venue: Option<Ranked<String>>,
    pub(crate) keywords: Option<Ranked<List<String>>>,
    pub(crate) versions: BTreeMap<u16, Option<PaperDate>>,
    pub(crate) arrivals: BTreeSet<(Date, AnnouncementKind)>,
    pub(crate) deleted: bool,
}

impl State {
    /// Takes what one record says, its texts brought into their normal form.
    pub(crate) fn of_record(paper: &Paper, announcement: Option<Announcement>) -> Self {
        let title = normal_form(&paper.title).into_owned();
        let abstract_text = normal_form(&paper.abstract_text).into_owned();
        let mut versions = BTreeMap::new();
        for version in &paper.versions {
            join_date(versions.entry(version.number).or_default(), version.date);
        }
        if versions.is_empty() {
            versions.insert(Version::UNKNOWN, None);
        }
        let rank = Rank {
            is_arxiv: matches!(paper.id, PaperId::Arxiv(_)),
            version: versions.last_key_value().map_or(0, |(number, _)| *number),
            precedence: paper.source.precedence(),
        };
        let one = |text: &Option<String>| {
            let value = normal_form(text.as_deref()?).into_owned();
            (!value.is_empty()).then_some(Ranked { rank, value })
        };
        let several = |texts: &[String]| {
            let items: Vec<String> = texts
                .iter()
                .map(|text| normal_form(text).into_owned())
                .filter(|text| !text.is_empty())
                .collect();
            ranked_list(rank, items)
        };
        Self {
            id: paper.id.clone(),
            also: BTreeSet::new(),
            text: Text {
                rank,
                has_abstract: !abstract_text.is_empty(),
                hash: TextHash::of(&title, &abstract_text),
                withdrawn: paper.withdrawn,
                title,
                abstract_text,
            },
            authors: several(&paper.authors),
            categories: ranked_list(rank, distinct(&paper.categories)),
            comments: one(&paper.comments),
            journal_ref: one(&paper.journal_ref),
            doi: one(&paper.doi),
            license: one(&paper.license),
            venue: one(&paper.venue),
            keywords: several(&paper.keywords),
            versions,
            arrivals: announcement
                .map(|announcement| (announcement.day, announcement.kind))
                .into_iter()
                .collect(),
            deleted: false,
        }
    }

    /// Whether the paper's own id is one of arXiv.
    pub(crate) fn is_arxiv(&self) -> bool {
        matches!(self.id, PaperId::Arxiv(_))
    }

    /// All its ids, its own first.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &PaperId> {
        std::iter::once(&self.id).chain(&self.also)
    }

    /// Makes versions of another series one unnamed version.
    fn forget_version_numbers(&mut self) {
        let mut latest = None;
        for date in std::mem::take(&mut self.versions).into_values() {
            join_date(&mut latest, date);
        }
        self.versions.insert(Version::UNKNOWN, latest);
    }

    /// Adds what another record, or many, said of the same paper, under the same id or another.
    pub(crate) fn join(&mut self, mut other: Self) {
        debug_assert!(
            !(self.is_arxiv() && other.is_arxiv()) || self.id == other.id,
            "papers of arXiv are never one"
        );
        if self.is_arxiv() != other.is_arxiv() {
            let elsewhere = if self.is_arxiv() {
                &mut other
            } else {
                &mut *self
            };
            elsewhere.forget_version_numbers();
        }
        if other.id < self.id {
            std::mem::swap(&mut self.id, &mut other.id);
        }
        self.also.insert(other.id);
        self.also.append(&mut other.also);
        self.also.remove(&self.id);
        let revision = |text: &Text| (text.rank.is_arxiv, text.rank.version);
        if revision(&other.text) > revision(&self.text) {
            self.comments = other.comments;
        } else if revision(&other.text) == revision(&self.text) {
            join_greater(&mut self.comments, other.comments);
        }
        if other.text > self.text {
            self.text = other.text;
        }
        join_greater(&mut self.authors, other.authors);
        join_greater(&mut self.categories, other.categories);
        join_greater(&mut self.journal_ref, other.journal_ref);
        join_greater(&mut self.doi, other.doi);
        join_greater(&mut self.license, other.license);
        join_greater(&mut self.venue, other.venue);
        join_greater(&mut self.keywords, other.keywords);
        for (number, date) in other.versions {
            join_date(self.versions.entry(number).or_default(), date);
        }
        self.arrivals.extend(other.arrivals);
        self.deleted |= other.deleted;
    }

    /// Adds what a later state of the same record says: where it speaks of the same version, from
    /// the same kind of source or a better one, it is true, absent fields included.
    pub(crate) fn supersede(&mut self, later: Self) {
        let rank = later.text.rank;
        if later.text.rank >= self.text.rank {
            self.text = later.text.clone();
        }
        forget_up_to(&mut self.authors, rank);
        forget_up_to(&mut self.categories, rank);
        forget_up_to(&mut self.comments, rank);
        forget_up_to(&mut self.journal_ref, rank);
        forget_up_to(&mut self.doi, rank);
        forget_up_to(&mut self.license, rank);
        forget_up_to(&mut self.venue, rank);
        forget_up_to(&mut self.keywords, rank);
        self.join(later);
    }

    /// Adds what an earlier state of the same record says: of versions known as they were later
    /// nothing but dates and announcements.
    pub(crate) fn join_earlier(&mut self, earlier: Self) {
        if earlier.text.rank > self.text.rank || earlier.id != self.id {
            return self.join(earlier);
        }
        for (number, date) in earlier.versions {
            join_date(self.versions.entry(number).or_default(), date);
        }
        self.arrivals.extend(earlier.arrivals);
        self.deleted |= earlier.deleted;
    }

    /// Returns the paper as the rest of the program sees it; a deleted one counts as withdrawn.
    pub(crate) fn to_paper(&self) -> Paper {
        let one = |field: &Option<Ranked<String>>| field.as_ref().map(|field| field.value.clone());
        Paper {
            id: self.id.clone(),
            title: self.text.title.clone(),
            abstract_text: self.text.abstract_text.clone(),
            authors: items(self.authors.as_ref()).to_vec(),
            categories: items(self.categories.as_ref()).to_vec(),
            versions: self
                .versions
                .iter()
                .map(|(&number, &date)| Version { number, date })
                .collect(),
            comments: one(&self.comments),
            journal_ref: one(&self.journal_ref),
            doi: one(&self.doi),
            license: one(&self.license),
            venue: one(&self.venue),
            keywords: items(self.keywords.as_ref()).to_vec(),
            withdrawn: self.text.withdrawn || self.deleted,
            source: SourceKind::from_precedence(self.text.rank.precedence)
                .expect("ranks are made of source kinds"),
        }
    }

    /// Returns the date of the first version: that of version 1, else the earliest known.
    pub(crate) fn first_date(&self) -> Option<PaperDate> {
        let of_first = self.versions.get(&1).copied().flatten();
        of_first.or_else(|| self.versions.values().copied().flatten().min())
    }

    /// Ranks of authors, categories, comments, journal reference, DOI, licence, venue, keywords.
    pub(crate) fn field_ranks(&self) -> [Option<Rank>; 8] {
        [
            rank(self.authors.as_ref()),
            rank(self.categories.as_ref()),
            rank(self.comments.as_ref()),
            rank(self.journal_ref.as_ref()),
            rank(self.doi.as_ref()),
            rank(self.license.as_ref()),
            rank(self.venue.as_ref()),
            rank(self.keywords.as_ref()),
        ]
    }

    /// Hashes everything, title and abstract by their own hash.
    pub(crate) fn row_hash(&self) -> [u8; 16] {
        let mut hasher = Hasher::new("kindred-store row 1");
        hasher.text(&self.id.to_string());
        hasher.bytes(&self.text.hash.0);
        hasher.number(u64::from(self.text.withdrawn) | u64::from(self.deleted) << 1);
        for rank in [Some(self.text.rank)].into_iter().chain(self.field_ranks()) {
            let number = |rank: Rank| {
                u64::from(rank.version) << 8 | u64::from(rank.source_number(self.is_arxiv()))
            };
            hasher.number(rank.map_or(0, |rank| number(rank) + 1));
        }
        let categories = items(self.categories.as_ref());
        hasher.number(categories.len() as u64);
        for category in categories {
            hasher.text(category.as_str());
        }
        for list in [self.authors.as_ref(), self.keywords.as_ref()] {
            hasher.number(items(list).len() as u64);
            for item in items(list) {
                hasher.text(item);
            }
        }
        for field in [
            &self.comments,
            &self.journal_ref,
            &self.doi,
            &self.license,
            &self.venue,
        ] {
            hasher.text(field.as_ref().map_or("", |field| &field.value));
        }
        hasher.number(self.versions.len() as u64);
        for (number, date) in &self.versions {
            hasher.number(u64::from(*number));
            hasher.text(&date.map_or_else(String::new, |date| date.to_string()));
        }
        hasher.number(self.arrivals.len() as u64);
        for (day, kind) in &self.arrivals {
            hasher.text(&day.to_string());
            hasher.number(u64::from(kind_number(*kind)));
        }
        for id in &self.also {
            hasher.text(&id.to_string());
        }
        hasher.finish()
    }
}

/// Stored number of an announcement's kind.
pub(crate) fn kind_number(kind: AnnouncementKind) -> u8 {
    match kind {
        AnnouncementKind::New => 1,
        AnnouncementKind::Cross => 2,
        AnnouncementKind::Replace => 3,
        AnnouncementKind::ReplaceCross => 4,
    }
}

/// The kind with that stored number.
pub(crate) fn kind_of_number(number: u8) -> Option<AnnouncementKind> {
    match number {
        1 => Some(AnnouncementKind::New),
        2 => Some(AnnouncementKind::Cross),
        3 => Some(AnnouncementKind::Replace),
        4 => Some(AnnouncementKind::ReplaceCross),
        _ => None,
    }
}

/// Items of an optional list.
pub(crate) fn items<T>(list: Option<&Ranked<List<T>>>) -> &[T] {
    list.map_or(&[], |list| list.value.items())
}

fn rank<T>(field: Option<&Ranked<T>>) -> Option<Rank> {
    field.map(|field| field.rank)
}

fn ranked_list<T>(rank: Rank, items: Vec<T>) -> Option<Ranked<List<T>>> {
    (!items.is_empty()).then(|| Ranked {
        rank,
        value: List::new(items),
    })
}

fn distinct(categories: &[Category]) -> Vec<Category> {
    let mut seen = BTreeSet::new();
    categories
        .iter()
        .filter(|category| seen.insert(category.as_str()))
        .cloned()
        .collect()
}

/// Empties a field that is known by a rank or a lower one; what came under other ids stays.
fn forget_up_to<T>(field: &mut Option<Ranked<T>>, rank: Rank) {
    let is_same = |known: &Ranked<T>| known.rank.is_arxiv == rank.is_arxiv && known.rank <= rank;
    if field.as_ref().is_some_and(is_same) {
        *field = None;
    }
}

fn join_greater<T: Ord>(mine: &mut Option<T>, other: Option<T>) {
    if other > *mine {
        *mine = other;
    }
}

/// Keeps the more precise of two dates, the earlier of two that are equally precise.
fn join_date(mine: &mut Option<PaperDate>, other: Option<PaperDate>) {
    let order = |date: &Option<PaperDate>| date.map(|date| (date.to_string().len(), Reverse(date)));
    if order(&other) > order(mine) {
        *mine = other;
    }
}

#[cfg(test)]
mod tests;
