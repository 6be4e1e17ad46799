//! The table that is printed.

use std::fmt;

use kindred_rank::metrics::{Interval, bootstrap_interval};

/// Bootstrap resamples of every interval.
const RESAMPLES: usize = 1_000;
/// Seed of the bootstrap.
const SEED: u64 = 20_260_407;

/// One measured number.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    task: String,
    metric: &'static str,
    interval: Interval,
    count: usize,
}

impl Row {
    /// Averages `values` (in `[0, 1]`, one for each user or query) with a 95 % interval.
    pub(crate) fn mean(task: impl Into<String>, metric: &'static str, values: &[f64]) -> Self {
        let interval = bootstrap_interval(values, RESAMPLES, 0.95, SEED);
        Self {
            task: task.into(),
            metric,
            interval,
            count: values.len(),
        }
    }
}

/// All rows of one encoder.
#[derive(Debug)]
pub(crate) struct Table {
    encoder: String,
    rows: Vec<Row>,
}

impl Table {
    pub(crate) fn new(encoder: &str) -> Self {
        Self {
            encoder: encoder.to_owned(),
            rows: Vec::new(),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn extend(&mut self, rows: Vec<Row>) {
        self.rows.extend(rows);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "### {}\n", self.encoder)?;
        writeln!(formatter, "| task | metric | mean | 95 % interval | n |")?;
        writeln!(formatter, "|---|---|---|---|---|")?;
        for row in &self.rows {
            let Interval { mean, low, high } = row.interval;
            writeln!(
                formatter,
                "| {} | {} | {:.1} | {:.1} to {:.1} | {} |",
                row.task,
                row.metric,
                mean * 100.0,
                low * 100.0,
                high * 100.0,
                row.count
            )?;
        }
        Ok(())
    }
}
