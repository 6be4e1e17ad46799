//! What people added later, among all that arrived: the feed's own question.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, Result};
use kindred_rank::metrics::{ndcg_at, recall_at, reciprocal_rank};
use kindred_rank::{Papers, RankOptions, Ranker, ScoreCandidates as _, Space, TrainingSet, train};
use rayon::prelude::*;
use serde::Deserialize;

use crate::Bench;
use crate::data::{JudgedPaper, positions, read, sample_order};
use crate::pool::Pool;
use crate::rankers::{Ranking, Rated};
use crate::results::Comparison;

/// Known papers that every ranker may use as background.
pub(crate) const BACKGROUND: usize = 3_000;
/// Sizes of the known library that are reported apart; of the last, users with as many or more.
const SIZES: [usize; 5] = [1, 3, 10, 30, 100];
const MEASURES: [&str; 3] = ["nDCG@20", "recall@50", "MRR"];

#[derive(Debug, Deserialize)]
struct UserLibrary {
    papers: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct Profile {
    seeds: Vec<String>,
    positives: Vec<String>,
}

/// One person's question: rows of the known pool, rows of the arrivals.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    pub(crate) known: Vec<usize>,
    pub(crate) wanted: BTreeSet<usize>,
}

/// Known papers, arrivals and everybody's questions.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) known: Pool,
    pub(crate) arrivals: Pool,
    /// Of the known papers; absent where they are read by their words.
    pub(crate) space: Option<Arc<Space>>,
    pub(crate) questions: Vec<Question>,
}

impl Stream {
    /// Returns the space that vectors lie in.
    pub(crate) fn space(&self) -> Result<&Arc<Space>> {
        self.space.as_ref().context("the task reads vectors")
    }

    /// Trains the program's own ranker on what a person knows.
    pub(crate) fn ranker(&self, question: &Question) -> Result<Ranker> {
        let options = RankOptions::default();
        let rule = options.term_rule();
        let others = background(question, self.known.len());
        let [likes, none, others] =
            [&question.known[..], &[], &others[..]].map(|rows| self.known.gather(rows, rule));
        let set = TrainingSet {
            space: self.space.as_ref(),
            ..TrainingSet::new(likes.papers(), none.papers(), others.papers())
        };
        Ok(train(&set, &options)?)
    }

    /// Returns all arrivals as the program's own ranker reads them.
    pub(crate) fn arrivals(&self) -> Papers<'_> {
        self.arrivals.all(RankOptions::default().term_rule())
    }
}

/// Users of `CiteULike`: a fifth of all papers arrives, the rest is known.
pub(crate) fn citeulike_stream(data: &Path, bench: &Bench<'_>) -> Result<Stream> {
    let folder = data.join("eval/citeulike");
    let papers: Vec<JudgedPaper> = read(&folder.join("papers.jsonl.zst"))?;
    let libraries: Vec<UserLibrary> = read(&folder.join("libraries.jsonl.zst"))?;
    let order = sample_order("arrivals", 0, papers.iter().map(|paper| paper.id.as_str()));
    let position = positions(&papers);
    let arriving = order.len() / 5;
    let mut row_of = vec![(false, 0); papers.len()];
    for (place, id) in order.iter().enumerate() {
        row_of[position[id]] = if place < arriving {
            (true, place)
        } else {
            (false, place - arriving)
        };
    }
    let text = |id: &&str| papers[position[id]].text();
    let arrivals: Vec<String> = order[..arriving].iter().map(text).collect();
    let known: Vec<String> = order[arriving..].iter().map(text).collect();
    let [known, mut arrivals] = Pool::read([&known, &arrivals], bench)?;
    let questions = libraries
        .iter()
        .map(|library| {
            let rows = library
                .papers
                .iter()
                .filter_map(|id| position.get(id.as_str()));
            let (arrived, owned): (Vec<_>, Vec<_>) = rows
                .map(|&place| row_of[place])
                .partition(|(arrives, _)| *arrives);
            Question {
                known: owned.into_iter().map(|(_, row)| row).collect(),
                wanted: arrived.into_iter().map(|(_, row)| row).collect(),
            }
        })
        .filter(|question| question.known.len() >= 5 && question.wanted.len() >= 2)
        .collect();
    let space = known.space(BACKGROUND);
    if let Some(space) = &space {
        arrivals.place(space);
    }
    Ok(Stream {
        known,
        arrivals,
        space,
        questions,
    })
}

pub(crate) fn citeulike(data: &Path, bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let stream = citeulike_stream(data, bench)?;
    Ok(vec![measure(
        "arrivals",
        &stream,
        &stream.questions,
        bench,
    )?])
}

/// The same by the size of the known library.
pub(crate) fn citeulike_sizes(data: &Path, bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let stream = citeulike_stream(data, bench)?;
    let mut tables = Vec::new();
    for size in SIZES {
        // Rows are in the protocol's random order, so the first ones are a sample.
        let smaller: Vec<Question> = stream
            .questions
            .iter()
            .filter(|question| question.known.len() >= size)
            .map(|question| {
                let mut first = question.known.clone();
                first.sort_unstable();
                if size < 100 {
                    first.truncate(size);
                }
                Question {
                    known: first,
                    wanted: question.wanted.clone(),
                }
            })
            .collect();
        let plus = if size < 100 { "" } else { " or more" };
        let name = format!("arrivals, {size}{plus} known");
        tables.push(measure(&name, &stream, &smaller, bench)?);
    }
    Ok(tables)
}

/// Researchers: their earlier papers are known, their later ones arrive.
pub(crate) fn authors_stream(data: &Path, bench: &Bench<'_>, thin: usize) -> Result<Stream> {
    let folder = data.join("eval/authors");
    let known: Vec<JudgedPaper> = read(&folder.join("known.jsonl.zst"))?;
    let all: Vec<JudgedPaper> = read(&folder.join("arrivals.jsonl.zst"))?;
    let profiles: Vec<Profile> = read(&folder.join("profiles.jsonl.zst"))?;
    let positives: BTreeSet<&str> = profiles
        .iter()
        .flat_map(|profile| &profile.positives)
        .map(String::as_str)
        .collect();
    let rest = all
        .iter()
        .map(|p| p.id.as_str())
        .filter(|id| !positives.contains(id));
    let order = sample_order("authors", 0, rest);
    let kept: BTreeSet<&str> = order
        .iter()
        .copied()
        .take(order.len() / thin.max(1))
        .collect();
    let arrivals: Vec<JudgedPaper> = all
        .iter()
        .filter(|p| positives.contains(p.id.as_str()) || kept.contains(p.id.as_str()))
        .cloned()
        .collect();

    let known_order = sample_order("authors", 0, known.iter().map(|paper| paper.id.as_str()));
    let known_at = positions(&known);
    let known: Vec<JudgedPaper> = known_order
        .iter()
        .map(|id| known[known_at[id]].clone())
        .collect();
    let (known_at, arrival_at) = (positions(&known), positions(&arrivals));
    let questions = profiles
        .iter()
        .map(|profile| Question {
            known: rows(&profile.seeds, |id| known_at.get(id).copied()),
            wanted: rows(&profile.positives, |id| arrival_at.get(id).copied())
                .into_iter()
                .collect(),
        })
        .filter(|question| !question.known.is_empty() && !question.wanted.is_empty())
        .collect();
    let text = |papers: &[JudgedPaper]| papers.iter().map(JudgedPaper::text).collect::<Vec<_>>();
    let [known, mut arrivals] = Pool::read([&text(&known), &text(&arrivals)], bench)?;
    let space = known.space(BACKGROUND);
    if let Some(space) = &space {
        arrivals.place(space);
    }
    Ok(Stream {
        known,
        arrivals,
        space,
        questions,
    })
}

fn rows(ids: &[String], row: impl Fn(&str) -> Option<usize>) -> Vec<usize> {
    ids.iter().filter_map(|id| row(id)).collect()
}

pub(crate) fn authors(data: &Path, bench: &Bench<'_>, thin: usize) -> Result<Vec<Comparison>> {
    let stream = authors_stream(data, bench, thin)?;
    let name = format!("authors, {} arrivals", stream.arrivals.len());
    Ok(vec![measure(&name, &stream, &stream.questions, bench)?])
}

fn measure(
    name: &str,
    stream: &Stream,
    questions: &[Question],
    bench: &Bench<'_>,
) -> Result<Comparison> {
    let mut values = Vec::new();
    for ranker in &bench.rankers {
        let found = bench.results.get(
            &bench.key(name, ranker, &(questions.len(), stream.known.len())),
            || {
                Ok(questions
                    .par_iter()
                    .map(|question| ask(ranker, question, stream))
                    .collect())
            },
        )?;
        bench.progress(name, ranker.name());
        values.push((ranker.name().to_owned(), found));
    }
    Ok(Comparison::new(
        (&bench.encoder, name),
        "users",
        &MEASURES,
        &values,
    ))
}

/// Rows of the background of a question: the first known papers that are not its own, which are in
/// the protocol's random order.
pub(crate) fn background(question: &Question, known: usize) -> Vec<usize> {
    let own: BTreeSet<usize> = question.known.iter().copied().collect();
    (0..known)
        .filter(|row| !own.contains(row))
        .take(BACKGROUND)
        .collect()
}

fn ask(ranker: &Ranking, question: &Question, stream: &Stream) -> Vec<f64> {
    let rated = Rated {
        pool: &stream.known,
        likes: &question.known,
        dislikes: &[],
        background: &background(question, stream.known.len()),
        space: stream.space.as_ref(),
        newest_first: None,
    };
    let scores = ranker.score(&rated, (&stream.arrivals, None));
    let hits = hits(&scores, |row| question.wanted.contains(&row));
    let relevant = question.wanted.len();
    vec![
        ndcg_at(&hits, relevant, 20),
        recall_at(&hits, relevant, 50),
        reciprocal_rank(&hits),
    ]
}

/// Whether what stands at each place is wanted, best score first, equal scores by row.
pub(crate) fn hits(scores: &[f64], wanted: impl Fn(usize) -> bool) -> Vec<bool> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order.into_iter().map(wanted).collect()
}
