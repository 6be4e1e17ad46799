//! Writing what a review found: ratings at the times of the reference manager, and papers that the
//! library did not have.

use jiff::Timestamp;
use kindred_core::{Paper, PaperId, PaperKey, Record, SourceKind, Version, title_key};
use kindred_ingest::Reference;
use kindred_store::{ImportBatch, RateCounts, Rating, SetName};
use schemars::JsonSchema;
use serde::Serialize;

use super::{ReferenceReview, ReferenceStatus, ReviewedReference};
use crate::{EngineError, Library};

/// Scheme of papers that have no id of their own.
const LOCAL_SCHEME: &str = "local";

/// What of a review is written.
#[derive(Debug, Clone, Copy)]
pub struct WriteOptions {
    /// What the papers are rated as.
    pub rating: Rating,
    /// Whether probable matches are rated too.
    pub likely: bool,
    /// Whether references that are not in the library become papers of it.
    pub add: bool,
    /// The present moment: the time of ratings for which no other is known.
    pub now: Timestamp,
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WrittenReferences {
    /// Ratings.
    #[serde(flatten)]
    pub ratings: RateCounts,
    /// Ratings whose time is that of the reference manager.
    pub dated: u64,
    /// Papers put into the library.
    pub papers: u64,
}

impl Library {
    /// Writes what a review found. Ratings that the set has stay as they are.
    ///
    /// A reference that becomes a paper keeps its arXiv id or DOI as `doi:…`; one without either
    /// is `local:` and a hash of its title and first author, so that it is itself again next time.
    ///
    /// # Errors
    /// As the store reports.
    pub fn write_references(
        &mut self,
        set: &SetName,
        review: &ReferenceReview,
        options: &WriteOptions,
    ) -> Result<WrittenReferences, EngineError> {
        let mut written = WrittenReferences::default();
        let mut rated: Vec<(PaperKey, Rating, Timestamp)> = Vec::new();
        let mut new_papers: Vec<(PaperId, Option<Timestamp>)> = Vec::new();
        let mut records = Vec::new();
        for reviewed in &review.references {
            match (reviewed.status, &reviewed.paper) {
                (ReferenceStatus::Matched, Some(paper)) => {
                    rated.push((paper.key, options.rating, at(reviewed.added, options.now)));
                    written.dated += u64::from(is_dated(reviewed.added, options.now));
                }
                (ReferenceStatus::Likely, Some(paper)) if options.likely => {
                    rated.push((paper.key, options.rating, at(reviewed.added, options.now)));
                    written.dated += u64::from(is_dated(reviewed.added, options.now));
                }
                (ReferenceStatus::Missing, None) if options.add && reviewed.addable => {
                    let paper = paper_of(&reviewed.reference);
                    new_papers.push((paper.id.clone(), reviewed.added));
                    records.push(Record::Paper {
                        paper: Box::new(paper),
                        announcement: None,
                    });
                }
                _ => {}
            }
        }
        if !records.is_empty() {
            let batch = ImportBatch {
                records: &records,
                progress: None,
            };
            written.papers = self.store.import(&batch)?.new;
            self.forget_index();
        }
        for (id, added) in new_papers {
            rated.push((self.key(&id)?, options.rating, at(added, options.now)));
            written.dated += u64::from(is_dated(added, options.now));
        }
        if rated.is_empty() {
            return Ok(written);
        }
        if !self.has_set(set)? {
            self.store.create_set(set, options.now)?;
        }
        written.ratings = self.store.rate_at(set, &rated)?;
        Ok(written)
    }
}

impl ReviewedReference {
    /// Returns the id of the paper that it is, or would be once put into the library.
    pub fn paper_id(&self) -> PaperId {
        let known = self.paper.as_ref().map(|paper| paper.id.clone());
        known.unwrap_or_else(|| id_of(&self.reference))
    }
}

/// The time of a rating: when the paper was added, unless that is still to come.
fn at(added: Option<Timestamp>, now: Timestamp) -> Timestamp {
    added.filter(|added| *added <= now).unwrap_or(now)
}

fn is_dated(added: Option<Timestamp>, now: Timestamp) -> bool {
    added.is_some_and(|added| added <= now)
}

/// Makes a paper of a reference. Any source of papers knows better, so it ranks lowest.
fn paper_of(reference: &Reference) -> Paper {
    Paper {
        id: id_of(reference),
        title: reference.title.clone(),
        abstract_text: reference.abstract_text.clone(),
        authors: reference.authors.clone(),
        categories: Vec::new(),
        versions: vec![Version {
            number: Version::UNKNOWN,
            date: reference.date,
        }],
        comments: None,
        journal_ref: None,
        doi: reference.doi.clone(),
        license: None,
        venue: reference.venue.clone(),
        keywords: Vec::new(),
        withdrawn: false,
        source: SourceKind::JsonLines,
    }
}

fn id_of(reference: &Reference) -> PaperId {
    let doi = reference
        .doi
        .as_ref()
        .and_then(|doi| format!("doi:{doi}").parse().ok());
    reference.id.clone().or(doi).unwrap_or_else(|| {
        let mut hasher = blake3::Hasher::new();
        hasher.update(title_key(&reference.title).as_bytes());
        hasher.update(&[0]);
        let author = reference.authors.first().map_or("", String::as_str);
        hasher.update(title_key(author).as_bytes());
        let hash = hasher.finalize().to_hex();
        PaperId::Other {
            scheme: LOCAL_SCHEME.into(),
            value: hash[..16].into(),
        }
    })
}
