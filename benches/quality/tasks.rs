//! The protocols.

use clap::ValueEnum;

use crate::source::Source;
use crate::words::WordModel;

/// A protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Task {
    /// Cited papers among all others.
    Citations,
    /// Abstracts that bear on a claim: by meaning, by words, fused.
    Claims,
    /// Later additions of `CiteULike` users among new arrivals.
    Arrivals,
    /// The same by size of the known library.
    Sizes,
    /// Later papers of researchers among new arrivals.
    Authors,
    /// Records that belong to a systematic review.
    Screening,
    /// The same, trained again after every ten records read.
    Active,
    /// Next additions to reference lists.
    Bibliographies,
    /// Probabilities of the arrivals protocol against what was kept.
    Calibration,
    /// The abstract that belongs to a title.
    Titles,
    /// What diversity and balance between interests cost and bring.
    Lists,
    /// What eight answers teach, by how the papers are chosen.
    Asking,
    /// Whether the interests of a mixed set are found.
    Interests,
    /// Papers of a category in one cluster: k-means, told the number of categories, V-measure and
    /// AMI, intervals over ten seeds (only when named, or for the summary).
    Clusters,
    /// Claims again, over the parameters of the fusion (only when named).
    Fusion,
    /// No protocol: the vectors of all evaluation papers, for those that follow (only when named).
    Vectors,
    /// Topics against categories, and what they cost, beside the peers' (only when named).
    Topics,
    /// No protocol: papers and vectors of the topics protocol, for the peers (only when named).
    TopicSets,
}

impl Task {
    pub(crate) const ALL: [Self; 13] = [
        Self::Citations,
        Self::Claims,
        Self::Arrivals,
        Self::Sizes,
        Self::Authors,
        Self::Screening,
        Self::Active,
        Self::Bibliographies,
        Self::Calibration,
        Self::Titles,
        Self::Lists,
        Self::Asking,
        Self::Interests,
    ];

    /// Those of the summary.
    pub(crate) const SUMMARY: [Self; 8] = [
        Self::Citations,
        Self::Arrivals,
        Self::Authors,
        Self::Screening,
        Self::Bibliographies,
        Self::Titles,
        Self::Claims,
        Self::Clusters,
    ];

    /// Whether a source gives what the task reads: words have no space to find interests in, and
    /// no library holds them.
    pub(crate) fn reads(self, source: &Source<'_>) -> bool {
        let model = match source {
            Source::Encoder(_) => return true,
            Source::Words(model) => *model,
        };
        match self {
            Self::Citations | Self::Claims | Self::Titles => true,
            Self::Arrivals
            | Self::Sizes
            | Self::Authors
            | Self::Screening
            | Self::Active
            | Self::Bibliographies
            | Self::Clusters => model != WordModel::Bm25,
            Self::Calibration | Self::Lists | Self::Asking | Self::Interests => {
                model == WordModel::Lsa
            }
            Self::Fusion | Self::Vectors | Self::Topics | Self::TopicSets => false,
        }
    }
}
