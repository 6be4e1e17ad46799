//! One day, ranked by every ranker.

use std::borrow::Cow;
use std::sync::Arc;

use kindred_core::{Embeddings, KeySet, PaperKey};
use kindred_rank::metrics::{ndcg_at, recall_at, reciprocal_rank};
use kindred_rank::{
    Lexicon, Papers, RankError, RankOptions, Ranked, ScoreCandidates, Space, TermRows, TermRule,
    TrainingSet, baselines, train,
};

use super::plan::{History, PlannedDay};

/// Kindred's own ranker and the baselines.
pub(super) struct Rankers {
    pub(super) own: RankOptions,
    pub(super) others: Vec<Box<dyn ScoreCandidates>>,
    /// What the rankers read terms by, each once, the own ranker's first.
    rules: Vec<TermRule>,
}

pub(super) fn rankers() -> Rankers {
    let (own, others) = (RankOptions::default(), baselines());
    let mut rules: Vec<TermRule> = Vec::new();
    let all = std::iter::once(own.term_rule()).chain(others.iter().map(|other| other.term_rule()));
    for rule in all.flatten() {
        if !rules.contains(&rule) {
            rules.push(rule);
        }
    }
    Rankers { own, others, rules }
}

impl Rankers {
    /// Names, the own ranker's first.
    pub(super) fn names(&self) -> Vec<&'static str> {
        let others = self.others.iter().map(|other| other.name());
        std::iter::once(self.own.name()).chain(others).collect()
    }
}

/// Arrivals of one day, in memory.
pub(super) struct Day<'a> {
    pub(super) planned: &'a PlannedDay,
    pub(super) vectors: Embeddings,
    pub(super) texts: Vec<String>,
}

/// How well one ranker ordered one day.
#[derive(Debug, Clone, Copy)]
pub(super) struct Measures {
    pub(super) recall: f64,
    pub(super) ndcg: f64,
    pub(super) reciprocal_rank: f64,
}

/// What a day gave.
#[derive(Debug)]
pub(super) struct RankedDay {
    /// Probability of each arrival by the own ranker.
    pub(super) probabilities: Vec<f64>,
    /// One for each ranker, in the order of their names; empty where nothing was liked later.
    pub(super) measures: Vec<Measures>,
}

/// Terms by one rule of the papers that all days share.
struct SharedTerms {
    rule: TermRule,
    lexicon: Lexicon,
    background: TermRows,
    likes: TermRows,
    dislikes: TermRows,
}

/// What all days share.
pub(super) struct Body {
    history: History,
    background_keys: Vec<PaperKey>,
    background: Embeddings,
    space: Arc<Space>,
    terms: Vec<SharedTerms>,
}

/// What a set held when a day began: rows of the shared papers, and their vectors.
struct Held<'a> {
    likes: Vec<usize>,
    dislikes: Vec<usize>,
    background: Vec<usize>,
    like_vectors: Embeddings,
    dislike_vectors: Embeddings,
    background_vectors: Cow<'a, Embeddings>,
    newest_first: Vec<usize>,
}

/// Terms of one day's papers: likes, dislikes, background, arrivals.
struct DayTerms {
    rule: TermRule,
    parts: [TermRows; 4],
}

impl Body {
    /// `texts` are those of background, likes and dislikes.
    pub(super) fn new(
        history: History,
        (background_keys, background): (Vec<PaperKey>, Embeddings),
        rankers: &Rankers,
        [texts, likes, dislikes]: [&[String]; 3],
    ) -> Self {
        let terms = (rankers.rules.iter())
            .map(|&rule| {
                let mut lexicon = Lexicon::new(rule);
                SharedTerms {
                    rule,
                    background: lexicon.rows(texts),
                    likes: lexicon.rows(likes),
                    dislikes: lexicon.rows(dislikes),
                    lexicon,
                }
            })
            .collect();
        Self {
            space: Arc::new(Space::fit(&background)),
            history,
            background_keys,
            background,
            terms,
        }
    }

    /// Number of background papers.
    pub(super) fn background(&self) -> usize {
        self.background.len()
    }

    /// Ranks a day by the own ranker, and by the others where there is something to measure.
    pub(super) fn rank(
        &self,
        day: &Day<'_>,
        rankers: &Rankers,
        limit: usize,
    ) -> Result<RankedDay, RankError> {
        let held = self.held(day.planned);
        let likes = day.planned.likes();
        let rules = if likes == 0 { 1 } else { self.terms.len() };
        let terms: Vec<DayTerms> = (self.terms.iter().take(rules))
            .map(|shared| shared.of_day(&held, &day.texts))
            .collect();
        let (set, candidates) = self.papers(&held, day, &terms, rankers.own.term_rule());
        let own: Vec<Ranked> = train(&set, &rankers.own)?.score_all(candidates)?;
        let mut ranked = RankedDay {
            probabilities: own.iter().map(|ranked| ranked.probability).collect(),
            measures: Vec::new(),
        };
        if likes == 0 {
            return Ok(ranked);
        }
        let measure = |scores: &[f64]| measures(scores, &day.planned.kept, likes, limit);
        let own: Vec<f64> = own.iter().map(|ranked| ranked.score).collect();
        ranked.measures.push(measure(&own));
        for other in &rankers.others {
            let (set, candidates) = self.papers(&held, day, &terms, other.term_rule());
            let scores = other.score_all(&set, candidates)?;
            ranked.measures.push(measure(&scores));
        }
        Ok(ranked)
    }

    fn held(&self, planned: &PlannedDay) -> Held<'_> {
        let arrivals: KeySet = planned.keys.iter().copied().collect();
        let background: Vec<usize> = (self.background_keys.iter().enumerate())
            .filter(|(_, key)| !arrivals.contains(**key))
            .map(|(row, _)| row)
            .collect();
        let likes = self.history.likes.held_on(planned.day);
        let dislikes = self.history.dislikes.held_on(planned.day);
        Held {
            like_vectors: gather(&self.history.likes.vectors, &likes),
            dislike_vectors: gather(&self.history.dislikes.vectors, &dislikes),
            background_vectors: if background.len() == self.background.len() {
                Cow::Borrowed(&self.background)
            } else {
                Cow::Owned(gather(&self.background, &background))
            },
            newest_first: self.history.likes.newest_first(&likes),
            likes,
            dislikes,
            background,
        }
    }

    /// Puts together what a ranker with this rule is given.
    fn papers<'a>(
        &'a self,
        held: &'a Held<'_>,
        day: &'a Day<'_>,
        terms: &'a [DayTerms],
        rule: Option<TermRule>,
    ) -> (TrainingSet<'a>, Papers<'a>) {
        let terms = rule.and_then(|rule| terms.iter().find(|terms| terms.rule == rule));
        let papers = |vectors: &'a Embeddings, part: usize| Papers {
            vectors,
            terms: terms.map(|terms| &terms.parts[part]),
            placed: None,
        };
        let set = TrainingSet {
            likes: papers(&held.like_vectors, 0),
            dislikes: papers(&held.dislike_vectors, 1),
            background: papers(&held.background_vectors, 2),
            space: Some(&self.space),
            newest_first: Some(&held.newest_first),
        };
        (set, papers(&day.vectors, 3))
    }
}

impl SharedTerms {
    /// New terms of arrivals are numbered in a copy of the lexicon: a day's terms do not depend on
    /// the days before, and do not pile up.
    fn of_day(&self, held: &Held<'_>, arrivals: &[String]) -> DayTerms {
        DayTerms {
            rule: self.rule,
            parts: [
                self.likes.gather(&held.likes),
                self.dislikes.gather(&held.dislikes),
                self.background.gather(&held.background),
                self.lexicon.clone().rows(arrivals),
            ],
        }
    }
}

/// Measures the order that scores give, best first, equal ones by row.
fn measures(scores: &[f64], kept: &[bool], likes: usize, limit: usize) -> Measures {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let ranking: Vec<bool> = order.into_iter().map(|row| kept[row]).collect();
    Measures {
        recall: recall_at(&ranking, likes, limit),
        ndcg: ndcg_at(&ranking, likes, limit),
        reciprocal_rank: reciprocal_rank(&ranking),
    }
}

fn gather(vectors: &Embeddings, rows: &[usize]) -> Embeddings {
    let mut data = Vec::with_capacity(rows.len() * vectors.dimension());
    for &row in rows {
        data.extend_from_slice(vectors.row(row));
    }
    Embeddings::from_unit_rows(vectors.dimension(), data).expect("rows of unit vectors are such")
}
