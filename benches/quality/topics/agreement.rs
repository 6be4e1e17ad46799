//! How well topics agree with categories, and how good their terms are.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use kindred_benches::{SetPaper, TopicSet};
use kindred_topics::metrics::{
    adjusted_mutual_information, adjusted_rand_index, npmi_coherence, topic_diversity, v_measure,
};
use rayon::prelude::*;

use super::methods::{Kind, Method, Run};

/// Measures of one run, in the order of the columns.
type Values = Vec<Option<f64>>;

const COLUMNS: [&str; 10] = [
    "topics",
    "unassigned %",
    "AMI",
    "V",
    "ARI",
    "archive AMI",
    "archive V",
    "archive ARI",
    "NPMI",
    "diversity",
];

/// A row for each method: means over its seeds, with the extremes where they differ.
pub(super) fn table(set: &TopicSet, methods: &[Method]) -> String {
    let categories = names(set, |paper| &paper.category);
    let archives = names(set, |paper| &paper.archive);
    let gold = distinct(&categories);
    let nearest = (methods.iter().enumerate())
        .filter(|(_, method)| method.is_ours)
        .min_by_key(|(_, method)| {
            let first = method.of(Kind::Seed).next();
            first.map_or(0, Run::topic_count).abs_diff(gold)
        })
        .map(|(place, _)| place);
    let mut out = format!(
        "{} papers, {gold} primary categories, {} archives. Means over seeds, extremes in brackets; \
         all but counts, NPMI and diversity in percent.\n\n| method |",
        set.papers.len(),
        distinct(&archives),
    );
    for column in COLUMNS {
        let _ = write!(out, " {column} |");
    }
    let _ = writeln!(out, "\n|---|{}", "---|".repeat(COLUMNS.len()));
    for (place, method) in methods.iter().enumerate() {
        let runs: Vec<&Run> = method.of(Kind::Seed).collect();
        let values: Vec<Values> = (runs.par_iter())
            .map(|run| measures(set, run, &categories, &archives))
            .collect();
        let mark = if nearest == Some(place) {
            " (nearest)"
        } else {
            ""
        };
        let _ = write!(out, "| {}{mark} |", method.name);
        for column in 0..COLUMNS.len() {
            let column: Vec<Option<f64>> = values.iter().map(|run| run[column]).collect();
            let _ = write!(out, " {} |", cell(&column));
        }
        let _ = writeln!(out);
    }
    out
}

fn measures(set: &TopicSet, run: &Run, categories: &[u32], archives: &[u32]) -> Values {
    let groups = run.groups();
    let unassigned = run.assignment.iter().filter(|&&topic| topic < 0).count();
    let mut values = vec![
        Some(run.topic_count() as f64),
        Some(100.0 * unassigned as f64 / groups.len() as f64),
    ];
    for gold in [categories, archives] {
        for measure in [adjusted_mutual_information, v_measure, adjusted_rand_index] {
            values.push(Some(100.0 * measure(&groups, gold)));
        }
    }
    let terms = run.top_terms();
    let coherences = npmi_coherence(&set.texts(), &terms);
    let known: Vec<f64> = coherences.into_iter().flatten().collect();
    let count = known.len() as f64;
    values.push((!known.is_empty()).then(|| known.iter().sum::<f64>() / count));
    values.push((!terms.is_empty()).then(|| topic_diversity(&terms)));
    values
}

/// The mean, and the extremes where they differ.
fn cell(values: &[Option<f64>]) -> String {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    if known.is_empty() {
        return "–".to_owned();
    }
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let low = known.iter().copied().fold(f64::INFINITY, f64::min);
    let high = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let digits = if mean.abs() <= 1.0 { 3 } else { 1 };
    if high - low < 1e-9 {
        format!("{mean:.digits$}")
    } else {
        format!("{mean:.digits$} ({low:.digits$} to {high:.digits$})")
    }
}

/// A number for each paper's name.
fn names<'a>(set: &'a TopicSet, name: impl Fn(&'a SetPaper) -> &'a String) -> Vec<u32> {
    let all: BTreeSet<&String> = set.papers.iter().map(&name).collect();
    let all: Vec<&String> = all.into_iter().collect();
    let number = |paper| {
        let place = all
            .binary_search(&name(paper))
            .expect("every name is there");
        u32::try_from(place).expect("fewer names than papers")
    };
    set.papers.iter().map(number).collect()
}

fn distinct(names: &[u32]) -> usize {
    names.iter().collect::<BTreeSet<_>>().len()
}
