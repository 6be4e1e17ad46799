//! What answers teach: papers that are asked about, against the best ranked ones and random ones.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use kindred_rank::metrics::{ndcg_at, recall_at};
use kindred_rank::{RankOptions, Ranker, ScoreCandidates as _, TrainingSet, papers_to_ask, train};
use rayon::prelude::*;

use crate::Bench;
use crate::arrivals::{BACKGROUND, Question, Stream, authors_stream, hits};
use crate::results::{Comparison, Values};

/// Questions that are answered, as with `kindred feed --ask 8`.
const ASKED: usize = 8;
/// Papers of others among which one's own are found.
const OTHERS: usize = 200;
const MEASURES: [&str; 3] = ["nDCG@20", "recall@50", "share of answers that are likes"];

/// How the papers to rate are chosen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Choice {
    Asked,
    BestRanked,
    Doubtful,
    Random,
    Nothing,
}

const CHOICES: [(&str, Choice); 5] = [
    ("asked", Choice::Asked),
    ("best ranked", Choice::BestRanked),
    ("closest to the border", Choice::Doubtful),
    ("random", Choice::Random),
    ("no answers", Choice::Nothing),
];

/// Researchers with five liked papers, with one and with none rate eight more; their other earlier
/// papers and 200 of others are there to choose from.
pub(crate) fn run(data: &Path, bench: &Bench<'_>, thin: usize) -> Result<Vec<Comparison>> {
    let stream = authors_stream(data, bench, thin)?;
    let mut tables = Vec::new();
    for (seeds, name) in [
        (5, "eight answers after five likes"),
        (1, "eight answers after one like"),
        (0, "eight answers alone"),
    ] {
        let values: Vec<(String, Values)> = (CHOICES.iter())
            .map(|&(choice_name, choice)| {
                let questions = stream.questions.par_iter();
                let questions = questions.filter(|question| question.known.len() >= seeds + ASKED);
                let values = questions.map(|question| ask(question, &stream, seeds, choice));
                let values = values.collect::<Result<Values>>()?;
                bench.progress(name, choice_name);
                Ok((choice_name.to_owned(), values))
            })
            .collect::<Result<_>>()?;
        tables.push(Comparison::new(
            (&bench.encoder, name),
            "researchers",
            &MEASURES,
            &values,
        ));
    }
    Ok(tables)
}

/// Rows of the known papers.
struct Rated {
    likes: Vec<usize>,
    dislikes: Vec<usize>,
    background: Vec<usize>,
}

fn ask(question: &Question, stream: &Stream, seeds: usize, choice: Choice) -> Result<Vec<f64>> {
    // Rows are in the protocol's random order.
    let mut own = question.known.clone();
    own.sort_unstable();
    let is_own: BTreeSet<usize> = own.iter().copied().collect();
    let mut others = (0..stream.known.len()).filter(|row| !is_own.contains(row));
    let mut pool: Vec<usize> = others.by_ref().take(OTHERS).collect();
    pool.extend(&own[seeds..]);
    pool.sort_unstable();
    let mut rated = Rated {
        likes: own[..seeds].to_vec(),
        dislikes: Vec::new(),
        background: others.take(BACKGROUND).collect(),
    };
    let chosen = choose(&rated, &pool, stream, choice)?;
    let liked = chosen.iter().filter(|row| is_own.contains(row)).count();
    for row in &chosen {
        if is_own.contains(row) {
            rated.likes.push(*row);
        } else {
            rated.dislikes.push(*row);
        }
    }
    let share = liked as f64 / chosen.len().max(1) as f64;
    if rated.likes.is_empty() {
        return Ok(vec![0.0, 0.0, share]);
    }
    let ranker = ranker(&rated, stream)?;
    let rule = RankOptions::default().term_rule();
    let scored = ranker.score_all(stream.arrivals.all(rule))?;
    let scores: Vec<f64> = scored.iter().map(|ranked| ranked.score).collect();
    let hits = hits(&scores, |row| question.wanted.contains(&row));
    let wanted = question.wanted.len();
    Ok(vec![
        ndcg_at(&hits, wanted, 20),
        recall_at(&hits, wanted, 50),
        share,
    ])
}

fn choose(rated: &Rated, pool: &[usize], stream: &Stream, choice: Choice) -> Result<Vec<usize>> {
    let rule = RankOptions::default().term_rule();
    let gathered = stream.known.gather(pool, rule);
    let scores: Option<Vec<f64>> = if rated.likes.is_empty() {
        None
    } else {
        let scored = ranker(rated, stream)?.score_all(gathered.papers())?;
        Some(scored.iter().map(|ranked| ranked.score).collect())
    };
    let places: Vec<usize> = match choice {
        Choice::Nothing => Vec::new(),
        // Evenly spread over rows in random order.
        Choice::Random => (0..ASKED).map(|place| place * pool.len() / ASKED).collect(),
        Choice::Asked => {
            let placed = stream.space()?.place(gathered.papers().vectors);
            let known = stream.known.gather(&rated.likes, None);
            let known = stream.space()?.place(known.papers().vectors);
            papers_to_ask(&placed, scores.as_deref(), &[&known], ASKED)
        }
        Choice::BestRanked => first(pool.len(), scores.as_deref(), |score| -score),
        Choice::Doubtful => first(pool.len(), scores.as_deref(), f64::abs),
    };
    Ok(places.into_iter().map(|place| pool[place]).collect())
}

/// The first places by `rank` of their scores; without scores, the first ones.
fn first(count: usize, scores: Option<&[f64]>, rank: impl Fn(f64) -> f64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    if let Some(scores) = scores {
        order.sort_by(|&a, &b| rank(scores[a]).total_cmp(&rank(scores[b])).then(a.cmp(&b)));
    }
    order.truncate(ASKED);
    order
}

fn ranker(rated: &Rated, stream: &Stream) -> Result<Ranker> {
    let options = RankOptions::default();
    let rule = options.term_rule();
    let [likes, dislikes, background] = [&rated.likes, &rated.dislikes, &rated.background]
        .map(|rows| stream.known.gather(rows, rule));
    let set = TrainingSet {
        space: stream.space.as_ref(),
        ..TrainingSet::new(likes.papers(), dislikes.papers(), background.papers())
    };
    Ok(train(&set, &options)?)
}
