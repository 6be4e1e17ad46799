//! `replay`.

use std::io;

use anyhow::Result;
use kindred_engine::{Estimate, ReplayAnswer, ReplayQuery, ReplayRanker};

use super::sets::default_set;
use crate::arguments::ReplayArguments;
use crate::exit::Outcome;
use crate::network::today;
use crate::output::{Screen, count, plural};
use crate::session::Session;

/// Columns of the rankers' names.
const NAME: usize = 20;
/// Columns of a mean with its interval.
const ESTIMATE: usize = 21;

pub(crate) fn replay(session: &Session, arguments: &ReplayArguments) -> Result<Outcome> {
    let library = session.read()?;
    let query = ReplayQuery {
        set: default_set(&library, arguments.set.as_deref(), false)?,
        since: arguments.since,
        until: arguments.until,
        today: today()?,
        limit: usize::from(arguments.limit),
    };
    let answer = session.with_control(|control| library.replay(&query, control))?;
    session.print(&answer, print_replay)?;
    Ok(Outcome::Fine)
}

fn print_replay(answer: &ReplayAnswer, screen: &mut Screen<'_>) -> io::Result<()> {
    screen.aside(&format!(
        "{}, {} to {}: {} ranked over {}, each with what the set held when it began",
        answer.set,
        answer.first_day,
        answer.last_day,
        plural(answer.arrivals, "arrival"),
        plural(answer.days, "day"),
    ))?;
    screen.aside(&format!(
        "means with 95 % bootstrap intervals over the {} with an arrival that was liked later",
        plural(answer.days_with_likes, "day"),
    ))?;
    let limit = answer.limit;
    screen.exact(&format!(
        "{:NAME$}{:ESTIMATE$}{:ESTIMATE$}MRR",
        "",
        format!("nDCG@{limit}"),
        format!("recall@{limit}"),
    ))?;
    for ranker in &answer.rankers {
        screen.exact(&row(ranker))?;
    }
    let calibration = answer.calibration;
    screen.line(&format!(
        "calibration of kindred: expected error {:.3}; {:.1} likes expected, {} found",
        calibration.expected_error,
        calibration.expected_likes,
        count(calibration.likes),
    ))?;
    screen.heading(&answer.verdict.sentence)?;
    let left = answer.left_out;
    let parts: Vec<String> = [
        (left.rated_before, "rated before"),
        (left.withdrawn, "withdrawn"),
        (left.not_embedded, "not embedded yet"),
    ]
    .into_iter()
    .filter(|(number, _)| *number > 0)
    .map(|(number, what)| format!("{} {what}", count(number)))
    .collect();
    if parts.is_empty() {
        Ok(())
    } else {
        screen.aside(&format!("left out: {}", parts.join(", ")))
    }
}

fn row(ranker: &ReplayRanker) -> String {
    format!(
        "{:NAME$}{:ESTIMATE$}{:ESTIMATE$}{}",
        ranker.name,
        estimate(ranker.ndcg),
        estimate(ranker.recall),
        estimate(ranker.reciprocal_rank)
    )
}

fn estimate(estimate: Estimate) -> String {
    let Estimate { mean, low, high } = estimate;
    format!("{mean:.3} ({low:.3}-{high:.3})")
}
