//! Systematic reviews: which of thousands of records belong.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;
use kindred_rank::metrics::{average_precision, wss_at_95};
use rayon::prelude::*;
use serde::Deserialize;

use crate::Bench;
use crate::arrivals::{BACKGROUND, hits};
use crate::data::{JudgedPaper, positions, read, sample_order};
use crate::pool::Pool;
use crate::rankers::{Ranking, Rated};
use crate::results::{Comparison, by_unit};

/// Draws of the seeds.
const DRAWS: u32 = 20;
/// Most seeds of each kind.
const SEEDS: usize = 10;
/// Records read between two trainings of the active protocol.
const STEP: usize = 10;

#[derive(Debug, Deserialize)]
struct Review {
    included: Vec<String>,
    excluded: Vec<String>,
}

/// One draw of one review: rows of the pool of all papers.
#[derive(Debug)]
struct Question {
    review: usize,
    draw: u32,
    included: Vec<usize>,
    excluded: Vec<usize>,
    seeds: usize,
}

/// Ranks the records that are not seeds, by seeds of both kinds.
pub(crate) fn run(data: &Path, bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let (pool, questions) = load(data, bench)?;
    let once = compare(
        "screening",
        &["AP", "WSS@95"],
        (&pool, &questions),
        bench,
        ask,
    )?;
    Ok(vec![once])
}

/// The same as it is worked, of the first draw: read the best ten, train again.
pub(crate) fn active(data: &Path, bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let (pool, mut questions) = load(data, bench)?;
    questions.retain(|question| question.draw == 0);
    let table = compare(
        "screening, trained again after every 10 records",
        &["AP of reading order", "WSS@95"],
        (&pool, &questions),
        bench,
        read_actively,
    )?;
    Ok(vec![table])
}

fn load(data: &Path, bench: &Bench<'_>) -> Result<(Pool, Vec<Question>)> {
    let folder = data.join("eval/reviews");
    let papers: Vec<JudgedPaper> = read(&folder.join("papers.jsonl.zst"))?;
    let reviews: Vec<Review> = read(&folder.join("screening.jsonl.zst"))?;
    let position = positions(&papers);
    let texts: Vec<String> = papers.iter().map(JudgedPaper::text).collect();
    let [pool] = Pool::read([&texts], bench)?;
    let mut questions = Vec::new();
    for (review, judged) in reviews.iter().enumerate() {
        for draw in 0..DRAWS {
            let drawn = |ids: &[String]| -> Vec<usize> {
                let known = ids.iter().map(String::as_str);
                let known = known.filter(|id| position.contains_key(id));
                let order = sample_order("screening", draw, known);
                order.into_iter().map(|id| position[id]).collect()
            };
            let (included, excluded) = (drawn(&judged.included), drawn(&judged.excluded));
            let seeds = SEEDS.min(included.len() / 3);
            if seeds > 0 {
                questions.push(Question {
                    review,
                    draw,
                    included,
                    excluded,
                    seeds,
                });
            }
        }
    }
    Ok((pool, questions))
}

impl Question {
    /// Records that are not seeds, in the papers' order, and those of them that belong.
    fn rest(&self) -> (Vec<usize>, BTreeSet<usize>) {
        let wanted: BTreeSet<usize> = self.included[self.seeds..].iter().copied().collect();
        let mut rest: Vec<usize> = wanted.iter().copied().collect();
        rest.extend(&self.excluded[self.seeds.min(self.excluded.len())..]);
        rest.sort_unstable();
        (rest, wanted)
    }
}

/// Background: the review's records that are not read yet, unlabelled, then other papers.
fn background(rest: &[usize], read: &[&[usize]], papers: usize) -> Vec<usize> {
    let mut rows = rest.to_vec();
    let taken: BTreeSet<usize> = rest
        .iter()
        .chain(read.iter().copied().flatten())
        .copied()
        .collect();
    rows.extend((0..papers).filter(|row| !taken.contains(row)));
    rows.truncate(BACKGROUND.max(rest.len()));
    rows
}

fn scores(
    ranker: &Ranking,
    pool: &Pool,
    (likes, dislikes): (&[usize], &[usize]),
    rest: &[usize],
) -> Vec<f64> {
    let rated = Rated {
        pool,
        likes,
        dislikes,
        background: &background(rest, &[likes, dislikes], pool.len()),
        space: None,
        newest_first: None,
    };
    ranker.score(&rated, (pool, Some(rest)))
}

fn ask(ranker: &Ranking, question: &Question, pool: &Pool) -> Vec<f64> {
    let (rest, wanted) = question.rest();
    let likes = &question.included[..question.seeds];
    let dislikes = &question.excluded[..question.seeds.min(question.excluded.len())];
    let scores = scores(ranker, pool, (likes, dislikes), &rest);
    let hits = hits(&scores, |row| wanted.contains(&rest[row]));
    vec![average_precision(&hits, wanted.len()), wss_at_95(&hits)]
}

fn read_actively(ranker: &Ranking, question: &Question, pool: &Pool) -> Vec<f64> {
    let (mut rest, wanted) = question.rest();
    let mut likes = question.included[..question.seeds].to_vec();
    let mut dislikes = question.excluded[..question.seeds.min(question.excluded.len())].to_vec();
    let mut read = Vec::with_capacity(rest.len());
    let mut left = wanted.len();
    while left > 0 {
        let scores = scores(ranker, pool, (&likes, &dislikes), &rest);
        let mut order: Vec<usize> = (0..rest.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
        let now: BTreeSet<usize> = order[..STEP.min(order.len())].iter().copied().collect();
        for &place in &order[..now.len()] {
            let row = rest[place];
            let belongs = wanted.contains(&row);
            read.push(belongs);
            if belongs {
                likes.push(row);
                left -= 1;
            } else {
                dislikes.push(row);
            }
        }
        let kept = rest.iter().enumerate();
        rest = kept
            .filter(|(place, _)| !now.contains(place))
            .map(|(_, &row)| row)
            .collect();
    }
    read.extend(rest.iter().map(|_| false));
    vec![average_precision(&read, wanted.len()), wss_at_95(&read)]
}

fn compare(
    name: &str,
    measures: &[&'static str],
    (pool, questions): (&Pool, &[Question]),
    bench: &Bench<'_>,
    ask: impl Fn(&Ranking, &Question, &Pool) -> Vec<f64> + Sync,
) -> Result<Comparison> {
    let mut values = Vec::new();
    for ranker in &bench.rankers {
        let key = bench.key(name, ranker, &(questions.len(), pool.len()));
        let found = bench.results.get(&key, || {
            let draws = questions
                .par_iter()
                .map(|question| (question.review, ask(ranker, question, pool)));
            Ok(by_unit(draws.collect()))
        })?;
        bench.progress(name, ranker.name());
        values.push((ranker.name().to_owned(), found));
    }
    Ok(Comparison::new(
        (&bench.encoder, name),
        "reviews",
        measures,
        &values,
    ))
}
