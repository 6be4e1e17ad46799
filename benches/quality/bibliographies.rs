//! Researchers' reference lists as they grew, day by day.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Result;
use kindred_rank::metrics::average_precision;
use rayon::prelude::*;
use serde::Deserialize;

use crate::Bench;
use crate::arrivals::{BACKGROUND, hits};
use crate::data::{JudgedPaper, positions, read, sample_order};
use crate::pool::Pool;
use crate::rankers::{Ranking, Rated};
use crate::results::{Comparison, Values, by_unit};

/// Dated items that a list must have.
const MIN_DATED: usize = 80;
/// Items that a user starts with.
const START: usize = 10;

#[derive(Debug, Deserialize)]
struct List {
    items: Vec<Item>,
}

#[derive(Debug, Deserialize)]
struct Item {
    id: String,
    added: Option<String>,
}

/// One day with additions: what the user had, what was added, all in rows of the pool.
#[derive(Debug)]
struct Step {
    user: usize,
    /// Oldest first.
    had: Vec<usize>,
    added: BTreeSet<usize>,
}

pub(crate) fn run(data: &Path, bench: &Bench<'_>) -> Result<Vec<Comparison>> {
    let folder = data.join("eval/bibliographies");
    let papers: Vec<JudgedPaper> = read(&folder.join("papers.jsonl.zst"))?;
    let lists: Vec<List> = read(&folder.join("libraries.jsonl.zst"))?;
    // The background is drawn in the protocol's random order.
    let order = sample_order(
        "bibliographies",
        0,
        papers.iter().map(|paper| paper.id.as_str()),
    );
    let at = positions(&papers);
    let papers: Vec<JudgedPaper> = order.iter().map(|id| papers[at[id]].clone()).collect();
    let at = positions(&papers);
    let texts: Vec<String> = papers.iter().map(JudgedPaper::text).collect();
    let [pool] = Pool::read([&texts], bench)?;
    let mut steps = Vec::new();
    let mut undated = Vec::new();
    for (user, list) in lists.iter().enumerate() {
        undated.push(
            (list.items.iter())
                .filter(|item| item.added.is_none())
                .filter_map(|item| at.get(item.id.as_str()).copied())
                .collect::<BTreeSet<usize>>(),
        );
        steps.extend(steps_of(user, list, &at));
    }
    let name = "bibliographies";
    let mut values = Vec::new();
    for ranker in &bench.rankers {
        let key = bench.key(name, ranker, &(steps.len(), pool.len()));
        let found = bench.results.get(&key, || {
            let found = steps.par_iter().map(|step| {
                let value = ask(ranker, step, &undated[step.user], &pool);
                (step.user, vec![value])
            });
            Ok(found
                .map(|(user, values)| {
                    // The unit of the interval is the step; the user is kept for the mean over users.
                    let mut row = vec![user as f64];
                    row.extend(values);
                    row
                })
                .collect())
        })?;
        bench.progress(name, ranker.name());
        values.push((ranker.name().to_owned(), found));
    }
    let by_user: Vec<_> = (values.iter())
        .map(|(name, steps)| {
            let steps = steps.iter().enumerate();
            let pairs = steps.map(|(step, row)| (user_of(row, step), row[1..].to_vec()));
            (name.clone(), by_unit(pairs.collect()))
        })
        .collect();
    let by_step: Vec<_> = (values.iter())
        .map(|(name, steps)| {
            let rows = steps.iter().map(|row| row[1..].to_vec());
            (name.clone(), rows.collect())
        })
        .collect();
    let mut users = Comparison::new((&bench.encoder, name), "users", &["AP"], &by_user);
    users.values = (values.iter())
        .map(|(name, steps)| (name.clone(), weighed(steps)))
        .collect();
    Ok(vec![
        users,
        Comparison::new(
            (&bench.encoder, "bibliographies, mean over steps"),
            "steps",
            &["AP"],
            &by_step,
        ),
    ])
}

/// Values of steps, those of a user with few steps weighed more, so that their mean is that of
/// the users' means.
fn weighed(steps: &Values) -> Vec<f64> {
    let mut counts: BTreeMap<usize, usize> = BTreeMap::new();
    for (step, row) in steps.iter().enumerate() {
        *counts.entry(user_of(row, step)).or_default() += 1;
    }
    let share = steps.len() as f64 / counts.len().max(1) as f64;
    (steps.iter().enumerate())
        .map(|(step, row)| row[1] * share / counts[&user_of(row, step)] as f64)
        .collect()
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a user's number was stored among numbers"
)]
fn user_of(row: &[f64], step: usize) -> usize {
    debug_assert!(row[0] >= 0.0, "step {step} has no user");
    row[0] as usize
}

/// The days on which a user with enough dated items added some, after the first ten items.
fn steps_of(user: usize, list: &List, at: &BTreeMap<&str, usize>) -> Vec<Step> {
    let mut days: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for item in &list.items {
        if let Some(added) = &item.added
            && at.contains_key(item.id.as_str())
        {
            days.entry(added).or_default().push(&item.id);
        }
    }
    let dated: usize = days.values().map(Vec::len).sum();
    if dated < MIN_DATED {
        return Vec::new();
    }
    let mut ordered: Vec<(&str, usize)> = Vec::with_capacity(dated);
    for (day, ids) in &mut days {
        ids.sort_unstable();
        ordered.extend(ids.iter().map(|id| (*day, at[id])));
    }
    let mut steps = Vec::new();
    let mut place = START;
    while place < ordered.len() {
        let day = ordered[place].0;
        let end = place
            + ordered[place..]
                .iter()
                .take_while(|(d, _)| *d == day)
                .count();
        let had: Vec<usize> = ordered[..place].iter().map(|&(_, row)| row).collect();
        let owned: BTreeSet<usize> = had.iter().copied().collect();
        let added = ordered[place..end].iter().map(|&(_, row)| row);
        let added: BTreeSet<usize> = added.filter(|row| !owned.contains(row)).collect();
        if !added.is_empty() {
            steps.push(Step { user, had, added });
        }
        place = end;
    }
    steps
}

fn ask(ranker: &Ranking, step: &Step, undated: &BTreeSet<usize>, pool: &Pool) -> f64 {
    let had: BTreeSet<usize> = step.had.iter().copied().collect();
    let rest: Vec<usize> = (0..pool.len())
        .filter(|row| !had.contains(row) && !undated.contains(row))
        .collect();
    let newest_first: Vec<usize> = (0..step.had.len()).rev().collect();
    let rated = Rated {
        pool,
        likes: &step.had,
        dislikes: &[],
        background: &rest[..rest.len().min(BACKGROUND)],
        space: None,
        newest_first: Some(&newest_first),
    };
    let scores = ranker.score(&rated, (pool, Some(&rest)));
    let hits = hits(&scores, |row| step.added.contains(&rest[row]));
    average_precision(&hits, step.added.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weighed_steps_have_the_mean_of_the_users_means() {
        let steps = vec![
            vec![0.0, 0.2],
            vec![0.0, 0.4],
            vec![0.0, 0.6],
            vec![3.0, 1.0],
        ];
        let weighed = weighed(&steps);
        assert!((weighed.iter().sum::<f64>() / 4.0 - 0.7).abs() < 1e-12);
        assert!((weighed[3] - 2.0).abs() < 1e-12);
    }
}
