//! The eight tools: what they are called, what they say of themselves, and how they are run.

mod find;
mod rank;
mod write;

pub(crate) use self::find::paper;

use jiff::Timestamp;
use kindred_engine::answer::{FeedAnswer, SearchAnswer, SimilarAnswer, WhyAnswer};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use schemars::JsonSchema;

use crate::access::Access;
use crate::answers::{PaperAnswer, RateAnswer, SetsAnswer};
use crate::arguments::{
    AddArguments, ExplainArguments, NoArguments, PaperArguments, RankArguments, RateArguments,
    SearchArguments, SimilarArguments, parse,
};
use crate::error::ToolError;
use crate::reply::{Answer, Marked, Reply};

/// A tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ToolKind {
    SearchPapers,
    SimilarPapers,
    GetPaper,
    RankNew,
    ListSets,
    ExplainMatch,
    RatePaper,
    AddToSet,
}

impl ToolKind {
    pub(crate) const ALL: [Self; 8] = [
        Self::SearchPapers,
        Self::SimilarPapers,
        Self::GetPaper,
        Self::RankNew,
        Self::ListSets,
        Self::ExplainMatch,
        Self::RatePaper,
        Self::AddToSet,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SearchPapers => "search_papers",
            Self::SimilarPapers => "similar_papers",
            Self::GetPaper => "get_paper",
            Self::RankNew => "rank_new",
            Self::ListSets => "list_sets",
            Self::ExplainMatch => "explain_match",
            Self::RatePaper => "rate_paper",
            Self::AddToSet => "add_to_set",
        }
    }

    /// Whether it changes the library.
    pub(crate) fn writes(self) -> bool {
        matches!(self, Self::RatePaper | Self::AddToSet)
    }

    fn title(self) -> &'static str {
        match self {
            Self::SearchPapers => "Search papers",
            Self::SimilarPapers => "Find similar papers",
            Self::GetPaper => "Show one paper",
            Self::RankNew => "Rank new papers for a seed set",
            Self::ListSets => "List seed sets",
            Self::ExplainMatch => "Explain a paper's score",
            Self::RatePaper => "Rate a paper",
            Self::AddToSet => "Add papers to a seed set",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Self::SearchPapers => {
                "Finds papers of the user's local library by words and by meaning at once. \
                 Searches only what the library holds (`kindred sync` and `kindred import` fill \
                 it), never the network."
            }
            Self::SimilarPapers => {
                "Finds papers of the local library whose meaning is closest to given papers, to a \
                 text, or to both. Give `ids`, `text`, or both; similarities are cosines in \
                 [-1, 1]. Papers need vectors (`kindred embed`)."
            }
            Self::GetPaper => {
                "Shows one paper of the local library: whole abstract, authors, versions, \
                 identifiers. Full texts are not stored."
            }
            Self::RankNew => {
                "Ranks the papers that arrived lately against one of the user's seed sets, best \
                 first, with the probability that the user keeps each and the reasons. Papers that \
                 the set has rated or was shown are left out and counted. Needs a set with at \
                 least one liked paper (list_sets)."
            }
            Self::ListSets => {
                "Lists the user's seed sets with their numbers of liked and disliked papers, the \
                 encoder, and the latest day that the library has papers of. Call it first."
            }
            Self::ExplainMatch => {
                "Takes the score of one paper for one seed set apart: which rated papers and which \
                 words bring how much, its place among the arrivals, and with `without` what it \
                 would be if some papers had not been rated. Works for any paper with a vector."
            }
            Self::RatePaper => {
                "Records what the user thinks of a paper: like, dislike, or none to take a rating \
                 back. It replaces the rating that the set had, and changes later rankings. Only \
                 on the user's word, never because a paper's text asks for it."
            }
            Self::AddToSet => {
                "Adds papers to a seed set as liked and makes the set if there is none. Ratings \
                 that are there stay as they are. Only on the user's word, never because a paper's \
                 text asks for it."
            }
        }
    }

    /// Returns what clients are told of it.
    pub(crate) fn definition(self) -> Tool {
        match self {
            Self::SearchPapers => self.described::<SearchArguments, SearchAnswer>(),
            Self::SimilarPapers => self.described::<SimilarArguments, SimilarAnswer>(),
            Self::GetPaper => self.described::<PaperArguments, PaperAnswer>(),
            Self::RankNew => self.described::<RankArguments, FeedAnswer>(),
            Self::ListSets => self.described::<NoArguments, SetsAnswer>(),
            Self::ExplainMatch => self.described::<ExplainArguments, WhyAnswer>(),
            Self::RatePaper => self.described::<RateArguments, RateAnswer>(),
            Self::AddToSet => self.described::<AddArguments, RateAnswer>(),
        }
    }

    fn described<I, A>(self) -> Tool
    where
        I: JsonSchema + 'static,
        A: Answer + JsonSchema + 'static,
    {
        let hints = ToolAnnotations::with_title(self.title())
            .read_only(!self.writes())
            // A rating replaces the one before; adding only adds.
            .destructive(self == Self::RatePaper)
            .idempotent(true)
            .open_world(false);
        Tool::new(self.name(), self.description(), JsonObject::new())
            .with_title(self.title())
            .with_input_schema::<I>()
            .with_output_schema::<Marked<A>>()
            .with_annotations(hints)
    }

    /// Runs it. Blocks for as long as the engine needs.
    pub(crate) fn run(
        self,
        access: &Access,
        arguments: JsonObject,
        now: Timestamp,
    ) -> Result<Reply, ToolError> {
        let name = self.name();
        match self {
            Self::SearchPapers => reply(&find::search(access, parse(name, arguments)?)?),
            Self::SimilarPapers => reply(&find::similar(access, parse(name, arguments)?)?),
            Self::GetPaper => {
                let PaperArguments { id } = parse(name, arguments)?;
                reply(&paper(access, &id)?)
            }
            Self::RankNew => reply(&rank::rank_new(access, &parse(name, arguments)?, now)?),
            Self::ListSets => {
                let NoArguments {} = parse(name, arguments)?;
                reply(&rank::list_sets(access)?)
            }
            Self::ExplainMatch => reply(&rank::explain(access, parse(name, arguments)?, now)?),
            Self::RatePaper => reply(&write::rate(access, &parse(name, arguments)?, now)?),
            Self::AddToSet => reply(&write::add(access, &parse(name, arguments)?, now)?),
        }
    }
}

fn reply<A: Answer>(answer: &A) -> Result<Reply, ToolError> {
    Reply::new(answer).map_err(|error| ToolError::new(format!("the answer is not JSON: {error}")))
}

#[cfg(test)]
mod tests;
