//! One line for each task: the first measure of each encoder, and how far it lies from the second.

use std::collections::BTreeMap;
use std::fmt;

use kindred_rank::metrics::{Interval, paired_difference};

use crate::results::{Comparison, RESAMPLES, SEED};
use crate::table::Row;

/// What a line shows: the name of the task in the tables begins so, its measure, and the task of
/// the mean that it is a part of.
const LINES: [(&str, &str, &str); 10] = [
    ("citations", "nDCG@10", "citations"),
    ("arrivals", "nDCG@20", "arrivals"),
    ("authors", "nDCG@20", "arrivals"),
    ("screening", "AP", "screening"),
    ("bibliographies", "AP", "bibliographies"),
    ("title to abstract", "MRR@10", "titles"),
    ("claims: vectors", "nDCG@10", "claims"),
    ("clusters: recent", "V-measure", "clusters"),
    ("clusters: all-arxiv", "V-measure", "clusters"),
    ("clusters: natural", "V-measure", "clusters"),
];

/// Values of one encoder, one for each user, query, draw or step, by line.
type Measured = BTreeMap<usize, Vec<f64>>;

/// The lines of all encoders.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    encoders: Vec<(String, Measured)>,
}

impl Summary {
    /// Takes what an encoder was measured with.
    ///
    /// Of a table of rankers it takes Kindred's own; where that reads no such rows, the best one,
    /// chosen by the values themselves, which favours them.
    pub(crate) fn add(&mut self, encoder: &str, rows: &[Row], comparisons: &[Comparison]) {
        let mut measured = Measured::new();
        for (line, (task, metric, _)) in LINES.iter().enumerate() {
            let row = (rows.iter()).find(|row| row.task() == *task && row.metric() == *metric);
            let table = comparisons.iter().find(|table| {
                let name = table.task.split(", ").next();
                name == Some(*task) && table.measures.first() == Some(metric)
            });
            if let Some(row) = row {
                measured.insert(line, row.values().to_vec());
            } else if let Some(values) = table.and_then(headline) {
                measured.insert(line, values.to_vec());
            }
        }
        self.encoders.push((encoder.to_owned(), measured));
    }

    /// The difference of an encoder to the second one, where both were asked the same.
    fn difference(&self, encoder: usize, line: usize) -> Option<Vec<f64>> {
        let (_, second) = self.encoders.get(1)?;
        let (own, second) = (self.encoders[encoder].1.get(&line)?, second.get(&line)?);
        (encoder != 1 && own.len() == second.len())
            .then(|| own.iter().zip(second).map(|(a, b)| a - b).collect())
    }

    /// Lines that at least one encoder was measured on.
    fn lines(&self) -> Vec<usize> {
        (0..LINES.len())
            .filter(|line| (self.encoders.iter()).any(|(_, measured)| measured.contains_key(line)))
            .collect()
    }
}

fn headline(table: &Comparison) -> Option<&[f64]> {
    let ours = table.values.iter().find(|(name, _)| name == "kindred");
    let best = || {
        let rankers = table.values.iter();
        rankers.max_by(|(_, a), (_, b)| mean(a).total_cmp(&mean(b)))
    };
    ours.or_else(best).map(|(_, values)| values.as_slice())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

/// The variance of the mean of independent values.
fn variance_of_mean(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2));
    let count = values.len() as f64;
    squares.sum::<f64>() / ((count - 1.0).max(1.0) * count)
}

/// Mean of tasks, each the mean of its lines, with a 95 % interval by the normal approximation:
/// tasks are fixed, their values are drawn.
fn over_tasks(lines: &[(&str, Vec<f64>)]) -> Interval {
    let mut tasks: BTreeMap<&str, Vec<&[f64]>> = BTreeMap::new();
    for (task, values) in lines {
        tasks.entry(task).or_default().push(values);
    }
    let (mut total, mut variance) = (0.0, 0.0);
    for lines in tasks.values() {
        let share = 1.0 / (lines.len() * tasks.len()) as f64;
        for values in lines {
            total += share * mean(values);
            variance += share * share * variance_of_mean(values);
        }
    }
    let half = 1.96 * variance.sqrt();
    Interval {
        mean: total,
        low: total - half,
        high: total + half,
    }
}

/// As Markdown.
impl fmt::Display for Summary {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = self.encoders.get(1).map(|(name, _)| name.as_str());
        write!(out, "### Summary\n\n| task | measure | n |")?;
        for (place, (name, _)) in self.encoders.iter().enumerate() {
            write!(out, " {name} |")?;
            if let (Some(second), true) = (second, place != 1) {
                write!(out, " above {second} |")?;
            }
        }
        let encoders = self.encoders.len();
        let columns = second.map_or(encoders, |_| 2 * encoders - 1);
        write!(out, "\n|---|---|---|{}", "---|".repeat(columns))?;
        let lines = self.lines();
        for &line in &lines {
            let (task, metric, _) = LINES[line];
            let count = self
                .encoders
                .iter()
                .find_map(|(_, values)| values.get(&line));
            write!(
                out,
                "\n| {task} | {metric} | {} |",
                count.map_or(0, Vec::len)
            )?;
            for (place, (_, measured)) in self.encoders.iter().enumerate() {
                write_mean(out, measured.get(&line).map(|values| mean(values)))?;
                if second.is_some() && place != 1 {
                    let interval = self.difference(place, line).map(|differences| {
                        let none = vec![0.0; differences.len()];
                        paired_difference(&differences, &none, RESAMPLES, 0.95, SEED)
                    });
                    write_difference(out, interval)?;
                }
            }
        }
        write!(out, "\n| mean over tasks | | |")?;
        for (place, (_, measured)) in self.encoders.iter().enumerate() {
            let own = lines.iter().map(|line| {
                let values = measured.get(line)?.clone();
                Some((LINES[*line].2, values))
            });
            let own: Option<Vec<(&str, Vec<f64>)>> = own.collect();
            write_mean(out, own.map(|own| over_tasks(&own).mean))?;
            if second.is_some() && place != 1 {
                let differences = lines.iter().map(|line| {
                    let values = self.difference(place, *line)?;
                    Some((LINES[*line].2, values))
                });
                let differences: Option<Vec<(&str, Vec<f64>)>> = differences.collect();
                write_difference(out, differences.map(|own| over_tasks(&own)))?;
            }
        }
        writeln!(out)
    }
}

fn write_mean(out: &mut fmt::Formatter<'_>, mean: Option<f64>) -> fmt::Result {
    match mean {
        Some(mean) => write!(out, " {:.1} |", 100.0 * mean),
        None => out.write_str(" – |"),
    }
}

fn write_difference(out: &mut fmt::Formatter<'_>, interval: Option<Interval>) -> fmt::Result {
    match interval.map(|Interval { mean, low, high }| [mean, low, high].map(|x| 100.0 * x)) {
        Some([mean, low, high]) => write!(out, " {mean:+.1} ({low:+.1} to {high:+.1}) |"),
        None => out.write_str(" – |"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rankers: &[(&str, [f64; 2])]) -> Comparison {
        let values: Vec<(String, Vec<Vec<f64>>)> = rankers
            .iter()
            .map(|(name, values)| ((*name).to_owned(), values.map(|value| vec![value]).to_vec()))
            .collect();
        Comparison::new(
            ("e", "authors, 37,492 arrivals"),
            "users",
            &["nDCG@20"],
            &values,
        )
    }

    #[test]
    fn lines_show_means_and_paired_differences_to_the_second() {
        let mut summary = Summary::default();
        let citations = |values: &[f64]| [Row::mean("citations", "nDCG@10", values)];
        let ours = [table(&[
            ("kindred", [0.2, 0.4]),
            ("max-cosine", [0.9, 0.9]),
        ])];
        summary.add("first", &citations(&[0.5, 0.7, 0.9]), &ours);
        let words = [table(&[("a", [0.1, 0.1]), ("b", [0.1, 0.3])])];
        summary.add("second", &citations(&[0.4, 0.6, 0.8]), &words);
        summary.add("third", &citations(&[0.1, 0.1, 0.1]), &[]);
        let text = summary.to_string();
        let cells = |task: &str| -> Vec<String> {
            let line = text
                .lines()
                .find(|line| line.starts_with(&format!("| {task} |")));
            let cells = line.expect("a line for the task").split('|').skip(2);
            cells.map(|cell| cell.trim().to_owned()).collect()
        };
        assert_eq!(
            cells("citations")[..5],
            ["nDCG@10", "3", "70.0", "+10.0 (+10.0 to +10.0)", "60.0"]
        );
        // Kindred's own ranker where there is one, else the best.
        assert_eq!(cells("authors")[2], "30.0");
        assert_eq!(cells("authors")[4], "20.0");
        assert_eq!(cells("authors")[5..7], ["–", "–"]);
        let means = cells("mean over tasks");
        assert_eq!((&*means[2], &*means[4]), ("50.0", "40.0"));
        assert!(means[3].starts_with("+10.0 ("), "{means:?}");
        assert_eq!(means[5..7], ["–", "–"]);
    }

    #[test]
    fn tasks_weigh_the_same_however_many_lines_they_have() {
        let lines = [
            ("clusters", vec![0.2, 0.4]),
            ("clusters", vec![0.5, 0.5]),
            ("claims", vec![0.8, 0.8]),
        ];
        let interval = over_tasks(&lines);
        assert!((interval.mean - 0.6).abs() < 1e-12);
        // Of the first line alone: variance 0.02 / 2, share 1 / 4.
        let half = 1.96 * (0.01_f64).sqrt() / 4.0;
        assert!((interval.high - interval.mean - half).abs() < 1e-12);
    }
}
