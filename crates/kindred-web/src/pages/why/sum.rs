//! A score as a table whose rows add up to it, also as they are written.

use kindred_engine::answer::WhyAnswer;
use maud::{Markup, html};

use crate::view::{count, link, text};

/// One row: what it is, and its part.
struct Row {
    what: Markup,
    part: f64,
}

/// The parts of a score in hundredths, rounded so that they add up to the rounded score.
fn hundredths(parts: &[f64], score: f64) -> (Vec<i64>, i64) {
    let whole = |value: f64| {
        let bounded = (100.0 * value).clamp(-1e15, 1e15);
        #[expect(clippy::cast_possible_truncation, reason = "bounded, and whole")]
        let whole = bounded.floor() as i64;
        (whole, bounded - bounded.floor())
    };
    #[expect(clippy::cast_possible_truncation, reason = "bounded, and whole")]
    let total = (100.0 * score).clamp(-1e15, 1e15).round() as i64;
    let split: Vec<(i64, f64)> = parts.iter().map(|&part| whole(part)).collect();
    let mut rounded: Vec<i64> = split.iter().map(|(whole, _)| *whole).collect();
    let mut order: Vec<usize> = (0..split.len()).collect();
    order.sort_by(|&left, &right| {
        split[right]
            .1
            .total_cmp(&split[left].1)
            .then(left.cmp(&right))
    });
    let missing = total - rounded.iter().sum::<i64>();
    // Those closest to the next hundredth take what the roundings left over.
    let missing = usize::try_from(missing).unwrap_or(0);
    for &place in order.iter().take(missing) {
        rounded[place] += 1;
    }
    (rounded, total)
}

/// A number of hundredths with its sign.
fn written(hundredths: i64) -> String {
    let sign = if hundredths < 0 { '−' } else { '+' };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}", size / 100, size % 100)
}

pub(super) fn table(answer: &WhyAnswer) -> Markup {
    let rows = rows(answer);
    let parts: Vec<f64> = rows.iter().map(|row| row.part).collect();
    let (rounded, total) = hundredths(&parts, answer.score);
    html! {
        div .scroll {
            table .sum {
                thead { tr { th .number scope="col" { "Part" } th scope="col" { "What" } } }
                tbody { @for (row, part) in rows.iter().zip(rounded) {
                    tr { td .number { (written(part)) } td { (row.what) } }
                } }
                tfoot { tr {
                    td .number { strong { (written(total)) } }
                    td { strong { "The score" } ", log-odds of interest: "
                        span .quiet { "a chance of " (kindred_digest::percentage(answer.relevance)) } }
                } }
            }
        }
    }
}

fn rows(answer: &WhyAnswer) -> Vec<Row> {
    let mut rows = vec![Row {
        what: html! { "Where a typical paper of the library starts" },
        part: answer.start,
    }];
    for part in &answer.reasons {
        rows.push(Row {
            what: html! {
                @if part.rating == "like" { "You liked " } @else { "Not for you: " }
                a href=(link::paper(&part.id)) { (text::title(&part.title)) }
                " " span .quiet { (format!("{:.2} alike", part.similarity)) }
            },
            part: part.share,
        });
    }
    let rated = answer.trained_on.likes + answer.trained_on.dislikes;
    let others = rated.saturating_sub(answer.reasons.len());
    if others > 0 {
        rows.push(Row {
            what: html! { (count(others as u64, "other rated paper")) },
            part: answer.other_papers,
        });
    }
    for part in &answer.terms {
        rows.push(Row {
            what: html! { "The words “" bdi { (part.term) } "”" },
            part: part.share,
        });
    }
    rows.push(Row {
        what: html! { "Other words, less what a typical paper has of them" },
        part: answer.other_terms,
    });
    rows.push(Row {
        what: html! { "How close it is to papers of all kinds" },
        part: answer.surroundings,
    });
    rows.push(Row {
        what: html! { "How far it is from " (count(answer.trained_on.background as u64, "random paper")) },
        part: answer.background,
    });
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounded_parts_add_up_to_the_rounded_score() {
        for parts in [
            vec![0.004, 0.004, 0.004],
            vec![-1.336, 2.005, 0.335, -0.001],
            vec![-0.005, -0.005],
            vec![1.0 / 3.0; 7],
            Vec::new(),
        ] {
            let score: f64 = parts.iter().sum();
            let (rounded, total) = hundredths(&parts, score);
            assert_eq!(rounded.iter().sum::<i64>(), total, "{parts:?}");
            for (part, rounded) in parts.iter().zip(&rounded) {
                assert!((100.0 * part - *rounded as f64).abs() < 1.0, "{parts:?}");
            }
        }
        assert_eq!(written(-7), "−0.07");
        assert_eq!(written(1234), "+12.34");
    }
}
