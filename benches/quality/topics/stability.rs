//! How far topics depend on chance, on order and on which papers there are.

use std::fmt::Write as _;

use kindred_topics::metrics::adjusted_rand_index;

use super::methods::{Kind, Method, Run};

/// A row for each method: adjusted Rand indices between runs, mean and lowest.
pub(super) fn table(methods: &[Method]) -> String {
    let mut out = String::from(
        "Adjusted Rand index between runs, mean (lowest): every pair of seeds; shuffled papers and \
         nine tenths of them against the first run, over the papers in both. Papers without a topic \
         are one group. Ours are grouped in the order of ids, as the engine does.\n\n\
         | method | seeds | orders | 90 % |\n|---|---|---|---|\n",
    );
    for method in methods {
        let seeds: Vec<&Run> = method.of(Kind::Seed).collect();
        let Some(first) = seeds.iter().min_by_key(|run| run.draw) else {
            continue;
        };
        let mut between = Vec::new();
        for (position, left) in seeds.iter().enumerate() {
            between.extend(
                seeds[position + 1..]
                    .iter()
                    .map(|right| agreement(left, right)),
            );
        }
        let against = |kind| -> Vec<f64> {
            let runs = method.of(kind);
            runs.map(|run| agreement(first, run)).collect()
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            method.name,
            cell(&between),
            cell(&against(Kind::Order)),
            cell(&against(Kind::Part))
        );
    }
    out
}

/// Adjusted Rand index over the papers that are in both.
fn agreement(left: &Run, right: &Run) -> f64 {
    let (left_groups, right_groups) = (left.groups(), right.groups());
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut place = 0;
    for (row, group) in left.rows.iter().zip(left_groups) {
        while right.rows.get(place).is_some_and(|other| other < row) {
            place += 1;
        }
        if right.rows.get(place) == Some(row) {
            a.push(group);
            b.push(right_groups[place]);
        }
    }
    adjusted_rand_index(&a, &b)
}

fn cell(values: &[f64]) -> String {
    if values.is_empty() {
        return "–".to_owned();
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    format!("{mean:.3} ({low:.3})")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(rows: &[usize], assignment: &[i64]) -> Run {
        let value = serde_json::json!({
            "kind": "part", "draw": 0, "rows": rows, "assignment": assignment, "terms": [],
        });
        serde_json::from_value(value).expect("a run")
    }

    #[test]
    fn agreement_is_over_papers_in_both() {
        let whole = run(&[0, 1, 2, 3, 4, 5], &[0, 0, 1, 1, -1, -1]);
        // Names differ; papers 0 and 3 are absent, paper 9 is nowhere else.
        let part = run(&[1, 2, 4, 5, 9], &[7, 3, 5, 5, 5]);
        assert!((agreement(&whole, &part) - 1.0).abs() < 1e-12);
        assert!((agreement(&part, &whole) - 1.0).abs() < 1e-12);
        let mixed = run(&[1, 2, 4, 5, 9], &[7, 7, 7, 5, 5]);
        assert!(agreement(&whole, &mixed) < 0.5);
    }
}
