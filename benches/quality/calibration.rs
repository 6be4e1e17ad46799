//! How far probabilities can be believed: by the prior, and by a person's own history.

use std::path::Path;

use anyhow::Result;
use kindred_rank::metrics::expected_calibration_error;
use kindred_rank::{Calibration, Outcome};
use rayon::prelude::*;

use crate::Bench;
use crate::arrivals::{Question, Stream, citeulike_stream};
use crate::table::Row;

/// One person in this many is measured.
const EVERY: usize = 4;

/// Halves the arrivals: the first half is history, the second is what comes.
pub(crate) fn run(data: &Path, bench: &Bench<'_>) -> Result<Vec<Row>> {
    let stream = citeulike_stream(data, bench)?;
    let questions: Vec<&Question> = stream.questions.iter().step_by(EVERY).collect();
    let outcomes: Vec<[Vec<Outcome>; 2]> = questions
        .par_iter()
        .map(|question| ask(question, &stream))
        .collect::<Result<_>>()?;
    let pooled: Vec<Outcome> = outcomes
        .iter()
        .flat_map(|[past, _]| past)
        .copied()
        .collect();
    let everybody = Calibration::fit(&pooled);
    bench.progress(
        "calibration of everybody's history",
        &format!("{everybody:?}"),
    );
    let errors = |name: &str, of: &(dyn Fn(&[Outcome]) -> Calibration + Sync)| {
        let values: Vec<[f64; 2]> = (outcomes.par_iter())
            .map(|[past, future]| {
                let calibration = of(past);
                let scored = future.iter();
                let (probabilities, kept): (Vec<f64>, Vec<bool>) = scored
                    .map(|one| (calibration.probability(one.score), one.kept))
                    .unzip();
                let expected: f64 = probabilities.iter().sum();
                let found = kept.iter().filter(|&&kept| kept).count() as f64;
                let error = expected_calibration_error(&probabilities, &kept);
                [error, (expected - found).abs() / found.max(1.0)]
            })
            .collect();
        let column = |measure: usize| values.iter().map(|row| row[measure]).collect::<Vec<f64>>();
        [
            Row::mean(format!("calibration: {name}"), "expected error", &column(0)),
            Row::mean(
                format!("calibration: {name}"),
                "error of the number kept",
                &column(1),
            ),
        ]
    };
    let mut rows = Vec::new();
    rows.extend(errors("prior", &|_| Calibration::default()));
    rows.extend(errors("everybody's history", &|_| everybody));
    rows.extend(errors("own history", &Calibration::fit));
    Ok(rows)
}

fn ask(question: &Question, stream: &Stream) -> Result<[Vec<Outcome>; 2]> {
    let ranker = stream.ranker(question)?;
    let scored = ranker.score_all(stream.arrivals())?;
    let outcomes: Vec<Outcome> = (scored.iter().enumerate())
        .map(|(row, ranked)| Outcome {
            score: ranker.standardised(ranked.score),
            kept: question.wanted.contains(&row),
        })
        .collect();
    // Arrivals are in a random order.
    let (past, future) = outcomes.split_at(outcomes.len() / 2);
    Ok([past.to_vec(), future.to_vec()])
}
