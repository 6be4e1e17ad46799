//! From ranked days to means, intervals and a recommendation.

use kindred_rank::metrics::{bootstrap_interval, expected_calibration_error, paired_difference};

use super::plan::Plan;
use super::rank::{Measures, RankedDay, Rankers};
use super::{Estimate, ReplayAnswer, ReplayCalibration, ReplayQuery, ReplayRanker, ReplayVerdict};
use crate::answer::EncoderView;

/// Resamples of each interval, and the seed that they are drawn with.
const RESAMPLES: usize = 2_000;
const SEED: u64 = 0x7265_706c_6179_2131;
const CONFIDENCE: f64 = 0.95;
/// Days with later likes below which intervals mean little.
const ENOUGH_DAYS: usize = 5;

pub(super) fn answer(
    query: &ReplayQuery,
    plan: &Plan,
    ranked: &[RankedDay],
    rankers: &Rankers,
    (encoder, background): (EncoderView, usize),
) -> ReplayAnswer {
    let measured: Vec<&[Measures]> = (ranked.iter())
        .map(|day| day.measures.as_slice())
        .filter(|measures| !measures.is_empty())
        .collect();
    let names = rankers.names();
    let ndcg: Vec<Vec<f64>> = (0..names.len())
        .map(|ranker| measured.iter().map(|day| day[ranker].ndcg).collect())
        .collect();
    let rankers: Vec<ReplayRanker> = (names.iter().enumerate())
        .map(|(ranker, &name)| {
            let over_days = |of: fn(&Measures) -> f64| {
                let values: Vec<f64> = measured.iter().map(|day| of(&day[ranker])).collect();
                Estimate::from(bootstrap_interval(&values, RESAMPLES, CONFIDENCE, SEED))
            };
            ReplayRanker {
                name,
                recall: over_days(|day| day.recall),
                ndcg: over_days(|day| day.ndcg),
                reciprocal_rank: over_days(|day| day.reciprocal_rank),
                ndcg_beyond_kindred: difference(&ndcg[ranker], &ndcg[0]),
            }
        })
        .collect();
    let probabilities: Vec<f64> = (ranked.iter())
        .flat_map(|day| day.probabilities.iter().copied())
        .collect();
    let kept: Vec<bool> = (plan.days.iter())
        .flat_map(|day| day.kept.iter().copied())
        .collect();
    let (first, last) = (&plan.days[0], &plan.days[plan.days.len() - 1]);
    ReplayAnswer {
        set: query.set.to_string(),
        since: query.since,
        until: plan.until,
        first_day: first.day,
        last_day: last.day,
        encoder,
        limit: query.limit,
        days: ranked.len() as u64,
        days_with_likes: measured.len() as u64,
        arrivals: probabilities.len() as u64,
        left_out: plan.left_out,
        background,
        verdict: verdict(&rankers, &ndcg, query.limit),
        rankers,
        calibration: ReplayCalibration {
            expected_error: expected_calibration_error(&probabilities, &kept),
            expected_likes: probabilities.iter().sum(),
            likes: kept.iter().filter(|&&kept| kept).count() as u64,
        },
    }
}

fn difference(left: &[f64], right: &[f64]) -> Estimate {
    paired_difference(left, right, RESAMPLES, CONFIDENCE, SEED).into()
}

/// Position of the highest mean nDCG, the first among equals.
fn best_of(rankers: &[ReplayRanker], positions: impl Iterator<Item = usize>) -> usize {
    positions
        .reduce(|best, other| {
            if rankers[other].ndcg.mean > rankers[best].ndcg.mean {
                other
            } else {
                best
            }
        })
        .expect("there are several rankers")
}

fn verdict(rankers: &[ReplayRanker], ndcg: &[Vec<f64>], limit: usize) -> ReplayVerdict {
    let best = best_of(rankers, 0..rankers.len());
    let other = if best == 0 {
        best_of(rankers, 1..rankers.len())
    } else {
        0
    };
    let difference = difference(&ndcg[best], &ndcg[other]);
    let is_enough = ndcg[best].len() >= ENOUGH_DAYS;
    let is_significant = difference.low > 0.0;
    let (best, compared_with) = (&rankers[best], rankers[other].name);
    let own = rankers[0].name;
    let recommended = if is_enough && is_significant {
        best.name
    } else {
        own
    };
    let mut verdict = ReplayVerdict {
        best: best.name,
        compared_with,
        ndcg_difference: difference,
        is_significant,
        is_enough,
        recommended,
        sentence: String::new(),
    };
    verdict.sentence = sentence(&verdict, own, best.ndcg.mean, (limit, ndcg[0].len()));
    verdict
}

fn sentence(
    verdict: &ReplayVerdict,
    own: &str,
    ndcg: f64,
    (limit, days): (usize, usize),
) -> String {
    let (best, other) = (verdict.best, verdict.compared_with);
    let Estimate { mean, low, high } = verdict.ndcg_difference;
    let lead = format!("{mean:.3} (95 % interval {low:.3} to {high:.3})");
    let judged = if verdict.is_significant {
        "a significant difference"
    } else {
        "no significant difference"
    };
    if !verdict.is_enough {
        let had = if days == 1 { "day has" } else { "days have" };
        return format!(
            "keep `{own}`: only {days} {had} an arrival that was liked later, fewer than \
             {ENOUGH_DAYS}, so the intervals mean little; the best nDCG@{limit} so far is \
             {ndcg:.3} of `{best}`"
        );
    }
    if best == own {
        return format!(
            "keep `{own}`: its nDCG@{limit} of {ndcg:.3} is the highest, {lead} above the next, \
             `{other}`, {judged}"
        );
    }
    let advice = if verdict.is_significant {
        format!(
            "`{best}` ranks this set better than `{own}` (`kindred feed --ranker {best}` takes it)"
        )
    } else {
        format!("keep `{own}`")
    };
    format!(
        "{advice}: the nDCG@{limit} of `{best}`, {ndcg:.3}, is the highest, {lead} above that of \
         `{own}`, {judged}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The verdict on rankers of which these are the nDCG of each day.
    fn verdict_on(ndcg: &[(&'static str, Vec<f64>)]) -> ReplayVerdict {
        let days: Vec<Vec<f64>> = ndcg.iter().map(|(_, days)| days.clone()).collect();
        let rankers: Vec<ReplayRanker> = (ndcg.iter())
            .map(|(name, days)| {
                let mean = bootstrap_interval(days, RESAMPLES, CONFIDENCE, SEED).into();
                ReplayRanker {
                    name,
                    recall: mean,
                    ndcg: mean,
                    reciprocal_rank: mean,
                    ndcg_beyond_kindred: mean,
                }
            })
            .collect();
        verdict(&rankers, &days, 20)
    }

    #[test]
    fn another_ranker_is_recommended_only_where_it_is_surely_better() {
        let own = vec![0.1, 0.9, 0.4, 0.6, 0.2, 0.8];
        let better: Vec<f64> = own.iter().map(|value| value + 0.05).collect();
        let verdict = verdict_on(&[("kindred", own.clone()), ("other", better)]);
        assert_eq!((verdict.best, verdict.recommended), ("other", "other"));
        assert!(
            verdict
                .sentence
                .starts_with("`other` ranks this set better")
        );
        let option = "`kindred feed --ranker other`";
        assert!(verdict.sentence.contains(option), "{}", verdict.sentence);

        // Better on average by one lucky day.
        let mut lucky = own.clone();
        lucky[0] = 1.0;
        lucky[1] = 0.7;
        let verdict = verdict_on(&[("kindred", own), ("other", lucky)]);
        assert_eq!((verdict.best, verdict.recommended), ("other", "kindred"));
        assert!(!verdict.is_significant);
        assert!(verdict.sentence.starts_with("keep `kindred`"));
        assert!(!verdict.sentence.contains("--ranker"));
    }

    #[test]
    fn few_days_recommend_nothing_new() {
        let verdict = verdict_on(&[("kindred", vec![0.1; 4]), ("other", vec![0.9; 4])]);
        assert!(verdict.is_significant && !verdict.is_enough);
        assert_eq!(verdict.recommended, "kindred");
        assert!(verdict.sentence.contains("only 4 days have"));
    }

    #[test]
    fn equals_leave_kindred_first_and_name_the_next() {
        let days = vec![0.5, 0.7, 0.6, 0.9, 0.8];
        let verdict = verdict_on(&[
            ("kindred", days.clone()),
            ("worse", vec![0.1; 5]),
            ("equal", days),
        ]);
        assert_eq!((verdict.best, verdict.compared_with), ("kindred", "equal"));
        assert!(!verdict.is_significant);
    }
}
