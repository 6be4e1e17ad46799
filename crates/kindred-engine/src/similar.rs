//! Papers like given ones, or like a text.

use jiff::civil::Date;
use kindred_core::{
    Category, EncodeError, Encoder, KeySet, Neighbor, Neighbors, PaperId, PaperKey, Role,
    SearchOptions, UnitVector,
};
use kindred_store::{PaperFilter, StoredPaper};

use crate::answer::{EncoderView, PaperView, SimilarAnswer, SimilarHit};
use crate::{EngineError, Library};

/// Further neighbours asked for, so that ties at the end of the list fall by paper id.
const TIE_MARGIN: usize = 16;

/// Which papers may be in an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only papers in one of these categories or archives; empty for all.
    pub categories: Vec<Category>,
    /// Only papers whose first version is of this day or later.
    pub since: Option<Date>,
    /// Only papers whose first version is of this day or earlier.
    pub until: Option<Date>,
}

impl Selection {
    pub(crate) fn is_everything(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn filter(&self) -> PaperFilter {
        PaperFilter {
            categories: self.categories.clone(),
            since: self.since,
            until: self.until,
            include_withdrawn: true,
            ..PaperFilter::default()
        }
    }
}

/// What to find papers like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seeds {
    /// Papers of the library; several are averaged.
    Papers(Vec<PaperId>),
    /// A text such as an abstract.
    Text(String),
}

/// A question for similar papers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimilarQuery {
    /// What to find papers like.
    pub seeds: Seeds,
    /// Which papers may be in the answer.
    pub selection: Selection,
    /// Most papers to return.
    pub limit: usize,
}

impl Library {
    /// Returns the papers closest to the seeds, the seeds themselves left out.
    ///
    /// Several papers are averaged as unit vectors. A paper whose vector is not there yet is
    /// encoded on the spot.
    ///
    /// # Errors
    /// [`EngineError::UnknownPaper`] for a seed that is not in the library,
    /// [`EngineError::NothingEmbedded`] if there are no vectors, [`EngineError::Query`] if a text
    /// has no vector.
    pub fn similar(&self, query: &SimilarQuery) -> Result<SimilarAnswer, EngineError> {
        let choice = self.encoder_choice()?;
        let (seeds, vector) = match &query.seeds {
            Seeds::Papers(ids) => {
                let seeds: Vec<StoredPaper> = ids
                    .iter()
                    .map(|id| self.paper(id))
                    .collect::<Result<_, _>>()?;
                let vectors: Vec<UnitVector> = seeds
                    .iter()
                    .map(|seed| self.vector_of(seed))
                    .collect::<Result<_, _>>()?;
                let vector = mean_vector(&vectors)?;
                (seeds, vector)
            }
            Seeds::Text(text) => (Vec::new(), self.encode_query(text)?),
        };
        let excluded: KeySet = seeds.iter().map(|seed| seed.key).collect();
        let allowed = self.allowed(&query.selection)?;
        let neighbors = self.nearest_papers(&vector, query.limit, allowed.as_ref(), &excluded)?;
        let results = neighbors
            .iter()
            .enumerate()
            .map(|(position, (neighbor, paper))| SimilarHit {
                rank: position + 1,
                score: neighbor.score,
                paper: PaperView::from(paper),
            })
            .collect();
        Ok(SimilarAnswer {
            encoder: EncoderView::from(&choice),
            seeds: seeds.iter().map(PaperView::from).collect(),
            not_embedded: self.pending(&choice)?,
            results,
        })
    }

    /// Returns the papers that a selection lets pass, or `None` if it lets all pass.
    pub(crate) fn allowed(&self, selection: &Selection) -> Result<Option<KeySet>, EngineError> {
        if selection.is_everything() {
            return Ok(None);
        }
        Ok(Some(self.store.keys_where(&selection.filter())?))
    }

    /// Returns the nearest papers with their neighbours' scores, equal scores by paper id.
    pub(crate) fn nearest_papers(
        &self,
        vector: &UnitVector,
        limit: usize,
        allowed: Option<&KeySet>,
        excluded: &KeySet,
    ) -> Result<Vec<(Neighbor, StoredPaper)>, EngineError> {
        let options = SearchOptions {
            limit: limit.saturating_add(TIE_MARGIN),
            allowed,
            excluded: Some(excluded),
            ..SearchOptions::default()
        };
        let neighbors = self.index()?.nearest(vector, &options)?;
        let keys: Vec<PaperKey> = neighbors.iter().map(|neighbor| neighbor.key).collect();
        let mut papers = self.store.papers(&keys)?.into_iter().peekable();
        let mut found = Vec::with_capacity(neighbors.len());
        for neighbor in neighbors {
            if let Some(paper) = papers.next_if(|paper| paper.key == neighbor.key) {
                found.push((neighbor, paper));
            }
        }
        found.sort_by(|(left, left_paper), (right, right_paper)| {
            right
                .score
                .cmp(&left.score)
                .then_with(|| left_paper.paper.id.cmp(&right_paper.paper.id))
        });
        found.truncate(limit);
        Ok(found)
    }

    /// Returns a paper's stored vector, or encodes its text where there is none yet.
    pub(crate) fn vector_of(&self, paper: &StoredPaper) -> Result<UnitVector, EngineError> {
        if let Some(vector) = self.index()?.vector(paper.key)? {
            return Ok(vector);
        }
        encode_one(self.encoder()?, &paper.paper.text(), Role::Document)
    }

    pub(crate) fn encode_query(&self, text: &str) -> Result<UnitVector, EngineError> {
        encode_one(self.encoder()?, text, Role::Query)
    }
}

fn encode_one(encoder: &dyn Encoder, text: &str, role: Role) -> Result<UnitVector, EngineError> {
    let mut vectors = encoder.encode(&[text], role);
    let vector = vectors.pop().unwrap_or(Err(EncodeError::NoTokens));
    vector.map_err(EngineError::Query)
}

/// Returns the direction of the mean of unit vectors.
fn mean_vector(vectors: &[UnitVector]) -> Result<UnitVector, EngineError> {
    let dimension = vectors.first().map_or(0, UnitVector::dimension);
    let mut sum = vec![0.0_f32; dimension];
    for vector in vectors {
        for (total, value) in sum.iter_mut().zip(vector.as_slice()) {
            *total += value;
        }
    }
    Ok(UnitVector::new(sum)?)
}
