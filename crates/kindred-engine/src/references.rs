//! Seed sets out of bibliographies: which papers of the library their references are, what is to
//! be reviewed before anything is written, and the writing.

mod choice;
mod matching;
mod write;

use std::collections::BTreeMap;

use jiff::Timestamp;
use kindred_core::{PaperDate, PaperId, PaperKey, title_key};
use kindred_ingest::{Input, Reference, ReferenceOptions, read_references};
use kindred_store::{Rating, SetName};
use schemars::JsonSchema;
use serde::Serialize;

use self::choice::status_of;
use self::matching::is_one_author;
pub use self::write::{WriteOptions, WrittenReferences};
use crate::import::{Rejection, chain, name_of};
use crate::{EngineError, Library};

/// What to read for which set.
#[derive(Debug)]
pub struct ReferenceRequest<'a> {
    /// The set that the references are for; there need not be one yet.
    pub set: &'a SetName,
    /// What the papers are to be rated as.
    pub rating: Rating,
    /// Bibliographies, read one after the other.
    pub inputs: &'a [Input],
    /// Of Zotero databases only these collections; empty for everything.
    pub collections: &'a [String],
}

/// One bibliography.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReferenceInput {
    /// Its name.
    pub input: String,
    /// What it was recognised as; absent if it could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<String>,
    /// References read.
    pub references: u64,
    /// What could not be used, by place.
    pub problems: Vec<Rejection>,
    /// Why nothing of it could be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}

/// What a reference is to the library.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ReferenceStatus {
    /// A paper of the library.
    Matched,
    /// Probably a paper of the library; nothing but a title says so, or something speaks against.
    Likely,
    /// A paper of the library that the set has rated already; its rating stays.
    Rated,
    /// The same paper as a reference before it.
    Duplicate,
    /// Not in the library.
    Missing,
}

/// By what a reference was matched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MatchedBy {
    /// Its arXiv id, or an id of another scheme.
    Id,
    /// Its DOI.
    Doi,
    /// Its title and first author.
    TitleAndAuthor,
    /// Its title; the authors are unknown or other ones.
    Title,
    /// A similar title by the same first author, or by nobody known.
    SimilarTitle,
    /// Its id, but the paper has quite another title.
    IdOfOtherTitle,
}

/// The paper of the library that a reference is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MatchedPaper {
    /// Its id.
    pub id: PaperId,
    /// Its title.
    pub title: String,
    /// By what it was found.
    pub by: MatchedBy,
    #[serde(skip)]
    key: PaperKey,
}

/// A reference and what it is to the library.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReviewedReference {
    /// Name of its input.
    pub input: String,
    /// Where it stands there, such as `line 12`.
    pub place: String,
    /// What it is to the library.
    pub status: ReferenceStatus,
    /// Title; may be empty.
    pub title: String,
    /// Authors in order.
    pub authors: Vec<String>,
    /// Citation key, or key of the item.
    #[serde(rename = "citation_key", skip_serializing_if = "Option::is_none")]
    pub citation_key: Option<String>,
    /// arXiv id, or an id of another scheme.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<PaperId>,
    /// DOI.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub doi: Option<String>,
    /// Address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Date of publication.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<PaperDate>,
    /// When it was put into the reference manager: the time of its rating.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added: Option<Timestamp>,
    /// The paper of the library.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<MatchedPaper>,
    /// The rating that the paper has in the set: `like` or `dislike`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rated: Option<&'static str>,
    /// Of a duplicate, where its first reference stands.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate_of: Option<String>,
    /// Whether it has title and abstract, so that it can become a paper of the library.
    pub addable: bool,
    #[serde(skip)]
    reference: Reference,
}

/// How many references have each status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReferenceCounts {
    /// Papers of the library, to be rated.
    pub matched: u64,
    /// Probable ones.
    pub likely: u64,
    /// Rated before.
    pub rated: u64,
    /// Of these, rated the other way.
    pub contradicting: u64,
    /// Named twice.
    pub duplicate: u64,
    /// Not in the library.
    pub missing: u64,
    /// Of these, with title and abstract.
    pub addable: u64,
}

/// What an import of references would do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ReferenceReview {
    /// The set.
    pub set: String,
    /// `like` or `dislike`.
    pub rating: &'static str,
    /// The bibliographies.
    pub inputs: Vec<ReferenceInput>,
    /// How many references have each status.
    pub counts: ReferenceCounts,
    /// All references in the order of the inputs.
    pub references: Vec<ReviewedReference>,
}

impl Library {
    /// Reads bibliographies and says what each of their references is to the library. Writes
    /// nothing.
    ///
    /// A reference is matched by its id, then by its DOI, then by its title and first author, all
    /// without regard to spelling. An input that cannot be read is reported and the next one
    /// follows; so is a reference that cannot be used.
    ///
    /// # Errors
    /// Only as the store reports.
    pub fn review_references(
        &self,
        request: &ReferenceRequest<'_>,
    ) -> Result<ReferenceReview, EngineError> {
        let mut review = ReferenceReview {
            set: request.set.to_string(),
            rating: word_of(request.rating),
            inputs: Vec::new(),
            counts: ReferenceCounts::default(),
            references: Vec::new(),
        };
        let options = ReferenceOptions {
            collections: request.collections.to_vec(),
            ..ReferenceOptions::default()
        };
        let mut reviewer = Reviewer {
            ratings: self.ratings_by_key(request.set)?,
            papers: BTreeMap::new(),
            names: BTreeMap::new(),
        };
        for input in request.inputs {
            let mut report = ReferenceInput {
                input: name_of(input),
                ..ReferenceInput::default()
            };
            match read_references(input, &options) {
                Ok(found) => {
                    report.format = Some(found.format.to_string());
                    report.references = found.references.len() as u64;
                    report.problems = found
                        .problems
                        .iter()
                        .map(|problem| Rejection {
                            place: problem.place.to_string(),
                            reason: problem.fault.to_string(),
                        })
                        .collect();
                    for reference in found.references {
                        let reviewed = self.reviewed(&report.input, reference)?;
                        reviewer.add(reviewed, &mut review);
                    }
                }
                Err(error) => report.failure = Some(chain(&error)),
            }
            review.inputs.push(report);
        }
        review.count();
        Ok(review)
    }

    fn ratings_by_key(&self, set: &SetName) -> Result<BTreeMap<PaperKey, Rating>, EngineError> {
        if !self.has_set(set)? {
            return Ok(BTreeMap::new());
        }
        let ratings = self.ratings_of(set)?;
        Ok(ratings
            .into_iter()
            .map(|rated| (rated.key, rated.rating))
            .collect())
    }

    /// Looks a reference up.
    fn reviewed(
        &self,
        input: &str,
        reference: Reference,
    ) -> Result<ReviewedReference, EngineError> {
        let paper = self.match_reference(&reference)?;
        let status = status_of(paper.as_ref());
        Ok(ReviewedReference {
            input: input.to_owned(),
            place: reference.place.to_string(),
            status,
            title: reference.title.clone(),
            authors: reference.authors.clone(),
            citation_key: reference.key.clone(),
            id: reference.id.clone(),
            doi: reference.doi.clone(),
            url: reference.url.clone(),
            date: reference.date,
            added: reference.added,
            paper,
            rated: None,
            duplicate_of: None,
            addable: !reference.title.is_empty() && !reference.abstract_text.is_empty(),
            reference,
        })
    }
}

/// What is known while references are gone through.
struct Reviewer {
    ratings: BTreeMap<PaperKey, Rating>,
    /// Positions of the first reference to each paper of the library.
    papers: BTreeMap<PaperKey, usize>,
    /// Positions of the first reference to each other work, by id, DOI and title.
    names: BTreeMap<String, usize>,
}

impl Reviewer {
    fn add(&mut self, mut reviewed: ReviewedReference, review: &mut ReferenceReview) {
        let here = review.references.len();
        if let Some(first) = self.first(&reviewed, &review.references) {
            let before = &mut review.references[first];
            improve(before, &reviewed);
            reviewed.status = ReferenceStatus::Duplicate;
            reviewed.duplicate_of = Some(if before.input == reviewed.input {
                before.place.clone()
            } else {
                format!("{} of {}", before.place, before.input)
            });
            // The first of two known times is when the paper was met.
            before.added = match (before.added, reviewed.added) {
                (Some(one), Some(other)) => Some(one.min(other)),
                (one, other) => one.or(other),
            };
        } else {
            self.remember(&reviewed, here);
            let key = reviewed.paper.as_ref().map(|paper| paper.key);
            if let Some(rating) = key.and_then(|key| self.ratings.get(&key)) {
                reviewed.status = ReferenceStatus::Rated;
                reviewed.rated = Some(word_of(*rating));
            }
        }
        review.references.push(reviewed);
    }

    /// The first reference to the same work.
    fn first(&self, reviewed: &ReviewedReference, before: &[ReviewedReference]) -> Option<usize> {
        if let Some(paper) = &reviewed.paper {
            return self.papers.get(&paper.key).copied();
        }
        let by_id = ids(&reviewed.reference)
            .into_iter()
            .find_map(|name| self.names.get(&name).copied());
        by_id.or_else(|| {
            let first = *self.names.get(&title_name(&reviewed.reference)?)?;
            is_one_author(&reviewed.authors, &before[first].authors).then_some(first)
        })
    }

    fn remember(&mut self, reviewed: &ReviewedReference, here: usize) {
        if let Some(paper) = &reviewed.paper {
            self.papers.insert(paper.key, here);
            return;
        }
        let reference = &reviewed.reference;
        for name in ids(reference).into_iter().chain(title_name(reference)) {
            self.names.entry(name).or_insert(here);
        }
    }
}

/// Gives the first reference to a work what a later one knows better: a match without doubt, an
/// abstract.
fn improve(before: &mut ReviewedReference, later: &ReviewedReference) {
    if before.status == ReferenceStatus::Likely && later.status == ReferenceStatus::Matched {
        before.status = ReferenceStatus::Matched;
        before.paper.clone_from(&later.paper);
    }
    if before.status == ReferenceStatus::Missing && later.addable && !before.addable {
        before.addable = true;
        before.reference = later.reference.clone();
    }
}

/// Names under which a work is known without doubt.
fn ids(reference: &Reference) -> Vec<String> {
    let id = reference.id.as_ref().map(|id| format!("id {id}"));
    let doi = reference.doi.as_ref().map(|doi| format!("doi {doi}"));
    id.into_iter().chain(doi).collect()
}

fn title_name(reference: &Reference) -> Option<String> {
    let key = title_key(&reference.title);
    (!key.is_empty()).then(|| format!("title {key}"))
}

pub(crate) fn word_of(rating: Rating) -> &'static str {
    match rating {
        Rating::Like => "like",
        Rating::Dislike => "dislike",
    }
}

#[cfg(test)]
mod tests;
