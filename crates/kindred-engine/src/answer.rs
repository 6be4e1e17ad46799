//! The shapes that verbs answer in; `--json` prints them as they are here.

mod topics;

use jiff::civil::Date;
use kindred_core::{AnnouncementKind, Category, Paper, PaperDate, PaperId, RuleKind, Score};
use kindred_embed::Dtype;
use kindred_store::StoredPaper;
use schemars::JsonSchema;
use serde::Serialize;

pub use self::topics::{
    EventPaper, MapMark, MonthCount, PlacedPapers, TopicAssignment, TopicDiffAnswer,
    TopicEventView, TopicMapAnswer, TopicMapPoint, TopicPaper, TopicRef, TopicRunChanges,
    TopicRunView, TopicShowAnswer, TopicSubscribeAnswer, TopicView, TopicsAnswer,
};
use crate::choice::EncoderChoice;
use crate::ledger::Following;

/// A paper as answers show it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct PaperView {
    /// Identifier with its scheme.
    pub id: PaperId,
    /// Page of the paper, where its scheme has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Title, with TeX.
    pub title: String,
    /// Abstract, with TeX; may be empty.
    #[serde(rename = "abstract")]
    pub abstract_text: String,
    /// Authors in order.
    pub authors: Vec<String>,
    /// Categories, primary first.
    pub categories: Vec<Category>,
    /// Date of the first version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<PaperDate>,
    /// Number of the latest version known; absent where no source named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u16>,
    /// Conference or journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub venue: Option<String>,
    /// Whether the paper was withdrawn.
    pub withdrawn: bool,
}

impl From<&Paper> for PaperView {
    fn from(paper: &Paper) -> Self {
        Self {
            id: paper.id.clone(),
            url: paper.id.url(),
            title: paper.title.clone(),
            abstract_text: paper.abstract_text.clone(),
            authors: paper.authors.clone(),
            categories: paper.categories.clone(),
            date: paper.first_date(),
            version: Some(paper.version()).filter(|&version| version > 0),
            venue: paper.venue.clone(),
            withdrawn: paper.withdrawn,
        }
    }
}

impl From<&StoredPaper> for PaperView {
    fn from(stored: &StoredPaper) -> Self {
        Self::from(&stored.paper)
    }
}

/// Which encoder gave an answer.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct EncoderView {
    /// Name for people.
    pub name: String,
    /// Full fingerprint.
    pub fingerprint: String,
    /// Dimensions of its vectors.
    pub dimension: usize,
    /// Numbers that it computes with.
    pub dtype: Dtype,
}

impl From<&EncoderChoice> for EncoderView {
    fn from(choice: &EncoderChoice) -> Self {
        Self {
            name: choice.name.clone(),
            fingerprint: choice.fingerprint.to_string(),
            dimension: choice.dimension,
            dtype: choice.dtype,
        }
    }
}

/// A paper with its similarity.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SimilarHit {
    /// Position, from 1.
    pub rank: usize,
    /// Cosine similarity in `[-1, 1]`.
    pub score: Score,
    /// The paper.
    pub paper: PaperView,
}

/// Answer of `similar`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SimilarAnswer {
    /// The encoder.
    pub encoder: EncoderView,
    /// The papers asked about; empty for a text.
    pub seeds: Vec<PaperView>,
    /// Papers that have no vector yet and so cannot be found.
    pub not_embedded: u64,
    /// Closest first; equal scores by paper id.
    pub results: Vec<SimilarHit>,
}

/// Place and score of a paper in one of the lists that were fused.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Evidence {
    /// Position in that list, from 1.
    pub rank: usize,
    /// Score in that list: BM25 (positive, larger is better) or cosine similarity.
    pub score: f64,
}

/// A paper found by words, meaning or both.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SearchHit {
    /// Position, from 1.
    pub rank: usize,
    /// Fused score: sum of weighted reciprocal ranks.
    pub score: f64,
    /// Its place among the papers found by words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub words: Option<Evidence>,
    /// Its place among the papers found by meaning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<Evidence>,
    /// The paper.
    pub paper: PaperView,
}

/// Answer of `search`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SearchAnswer {
    /// The query as it was understood.
    pub query: String,
    /// The encoder; absent where only words were used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encoder: Option<EncoderView>,
    /// Best first; equal scores by paper id.
    pub results: Vec<SearchHit>,
}

/// Why a paper is in a feed: one rated paper and its part of the score.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Reason {
    /// The rated paper.
    pub id: PaperId,
    /// Its title.
    pub title: String,
    /// `like` or `dislike`.
    pub rating: &'static str,
    /// Cosine similarity with the arrival.
    pub similarity: f32,
    /// Its part of the score; parts of all rated papers and of the background add up to it.
    pub share: f64,
}

/// Why a paper is in a feed: a word or a pair of words and its part of the score.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct TermReason {
    /// The term, lower case, in the singular.
    pub term: String,
    /// Its part of the score, positive.
    pub share: f64,
}

/// One of several interests that a set was found to have.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct InterestView {
    /// Number, from 1, the largest first.
    pub number: usize,
    /// Liked papers in it.
    pub size: usize,
    /// Terms that its papers share and the others do not, at most three.
    pub terms: Vec<String>,
}

/// How far one has to read a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct ExpectedReading {
    /// Share of what is expected to be kept, in `[0, 1]`.
    pub share: f64,
    /// Papers, from the top, that hold that share.
    pub papers: usize,
    /// Papers ranked.
    pub of: usize,
    /// Papers that are expected to be kept among all.
    pub kept: f64,
}

/// One arrival of a feed.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FeedHit {
    /// Position, from 1.
    pub rank: usize,
    /// The ranker's score, larger is better: of Kindred's own log-odds of interest against the
    /// background, of another whatever it gives.
    pub score: f64,
    /// Probability that the reader keeps it, in `[0, 1]`, calibrated on what they kept of earlier
    /// feeds of the set; with little history, on what others keep. Absent where another ranker
    /// than Kindred's own gave the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevance: Option<f64>,
    /// The rated papers with the largest part of the score, largest first; none where another
    /// ranker than Kindred's own gave the order.
    pub reasons: Vec<Reason>,
    /// The words and pairs of words with the largest part of the score, largest first; none likewise.
    pub terms: Vec<TermReason>,
    /// Number of the interest that it belongs to, from 1; absent where the set has only one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interest: Option<usize>,
    /// The two interests that it lies between, where it is here to explore.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub between: Option<[usize; 2]>,
    /// The author rule that put it before the others, whatever its score.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pinned: Option<String>,
    /// What is new, of a paper that was shown or liked before in an earlier version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<RevisionView>,
    /// As what it was announced in the period; absent where no announcement of it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub announced: Option<AnnouncementKind>,
    /// The arrival.
    pub paper: PaperView,
}

/// What a new version changed of the title and abstract that a reader has seen.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct RevisionView {
    /// Newest version that the reader has seen; absent where no source named one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen_version: Option<u16>,
    /// Cosine similarity of the vectors of the text as it was seen and as it is, in `[-1, 1]`; 0
    /// where the text as it was seen has no vector.
    pub similarity: f32,
    /// The title word by word; empty where it is the same.
    pub title: Vec<TextRun>,
    /// The abstract word by word; empty where it is the same.
    #[serde(rename = "abstract")]
    pub abstract_text: Vec<TextRun>,
}

/// Whether words are in both texts or in one of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// In both.
    Equal,
    /// Only in the text as it was seen.
    Removed,
    /// Only in the text as it is.
    Added,
}

/// Words in a row with the same fate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TextRun {
    /// Their fate.
    pub kind: RunKind,
    /// The words, a single space between them; never empty.
    pub text: String,
}

/// What a rule of the set did to a feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RuleCount {
    /// The rule as it was written. All categories of a set are one condition, with ` | ` between
    /// them.
    pub rule: String,
    /// What it is about.
    pub kind: RuleKind,
    /// Papers that it removed. A paper that several rules remove counts for the first of them.
    pub removed: u64,
}

/// How many papers of the period were left out of a feed, by reason. A paper with several reasons
/// counts for the first that applies: `unchanged_revisions`, `in_set`, `withdrawn`,
/// `shown_before`, `owned`, `by_rule`, `duplicates`, `not_embedded`, `below_limit`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// In the set already, liked or disliked.
    pub in_set: u64,
    /// Shown in a feed of the set on an earlier day.
    pub shown_before: u64,
    /// Shown or liked before, and new versions since then changed nothing that matters in title
    /// and abstract.
    pub unchanged_revisions: u64,
    /// Liked in another set of the library.
    pub owned: u64,
    /// The same work as a paper that is rated, owned or was shown, or as another arrival.
    pub duplicates: u64,
    /// Removed by a rule of the set.
    pub by_rule: u64,
    /// Withdrawn.
    pub withdrawn: u64,
    /// Without a vector yet.
    pub not_embedded: u64,
    /// Ranked, but below the limit.
    pub below_limit: u64,
}

/// What a feed's ranker was trained on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TrainedOn {
    /// Liked papers with a vector.
    pub likes: usize,
    /// Disliked papers with a vector.
    pub dislikes: usize,
    /// Random papers of the library, as weak negatives.
    pub background: usize,
    /// Papers of earlier feeds that the probabilities were calibrated on; 0 where they are those
    /// of other people's libraries.
    pub outcomes: usize,
}

/// Answer of `feed`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FeedAnswer {
    /// The seed set.
    pub set: String,
    /// The day on which the feed is read.
    pub as_of: Date,
    /// First day of the period.
    pub since: Date,
    /// Last day of the period.
    pub until: Date,
    /// The encoder.
    pub encoder: EncoderView,
    /// Name of the ranker: `kindred` or that of a baseline.
    pub ranker: &'static str,
    /// What the ranker learnt from.
    pub trained_on: TrainedOn,
    /// Papers whose first version, or whose announcement, falls in the period.
    pub arrivals: u64,
    /// Older papers, shown or liked before, of which a version falls in the period that the reader
    /// has not seen. With the arrivals they are all that was left out or is among the results.
    pub revisions: u64,
    /// How far one has to read; absent where the ranker gives no probabilities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<ExpectedReading>,
    /// The interests of the set, where it has several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub interests: Vec<InterestView>,
    /// Those left out.
    pub left_out: LeftOut,
    /// The rules of the set in the order in which they are applied.
    pub rules: Vec<RuleCount>,
    /// Where following arXiv stands, for whoever asked ([`crate::Library::following`]); a feed can
    /// only rank what was fetched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub following: Option<Following>,
    /// Papers of pinned authors, then the others, best first; equal scores by paper id.
    pub results: Vec<FeedHit>,
}

/// Answer of `why`: `score` is the sum of `start`, the shares of `reasons` and `terms`, and the
/// four parts beside them.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WhyAnswer {
    /// The seed set.
    pub set: String,
    /// The paper.
    pub paper: PaperView,
    /// Whether the set has rated it; then it is judged by the others.
    pub in_set: bool,
    /// First day of the arrivals that it is ranked among.
    pub since: Date,
    /// Last day of those arrivals.
    pub until: Date,
    /// Its place among them, from 1.
    pub rank: usize,
    /// How many they are, itself counted.
    pub of: usize,
    /// Papers that are expected to be kept among all of them.
    pub expected: f64,
    /// Log-odds under the training weights.
    pub score: f64,
    /// Probability that the reader keeps it, in `[0, 1]`.
    pub relevance: f64,
    /// The score of the typical paper of the library.
    pub start: f64,
    /// The rated papers with the largest shares by magnitude, largest first.
    pub reasons: Vec<Reason>,
    /// The shares of the other rated papers together.
    pub other_papers: f64,
    /// The terms with the largest shares, largest first.
    pub terms: Vec<TermReason>,
    /// The shares of the other terms together, less what words bring to the typical paper.
    pub other_terms: f64,
    /// What its surroundings do: negative where it is close to papers of all kinds.
    pub surroundings: f64,
    /// How far it lies from the random papers that the set was trained against.
    pub background: f64,
    /// The interest that it belongs to, where the set has several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interest: Option<InterestView>,
    /// What the ranker learnt from.
    pub trained_on: TrainedOn,
    /// The same without some rated papers, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without: Option<WhatIf>,
}

/// Where a paper would stand without some rated papers.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct WhatIf {
    /// The papers left out.
    pub without: Vec<PaperId>,
    /// Its place then, from 1.
    pub rank: usize,
    /// Its score then.
    pub score: f64,
    /// Its probability then.
    pub relevance: f64,
}

/// Answer of `feed --ask`: papers whose rating would teach most.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AskAnswer {
    /// The seed set; it need not exist yet.
    pub set: String,
    /// First day of the period.
    pub since: Date,
    /// Last day of the period.
    pub until: Date,
    /// Papers that they were chosen from.
    pub candidates: usize,
    /// The most useful answer first.
    pub questions: Vec<AskedPaper>,
}

/// A paper that the reader is asked about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AskedPaper {
    /// Position, from 1.
    pub rank: usize,
    /// Probability that the reader keeps it; absent where the set has no like yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub relevance: Option<f64>,
    /// The paper.
    pub paper: PaperView,
}
