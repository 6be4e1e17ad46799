//! The table that is printed.

use std::fmt;

use kindred_rank::metrics::{Interval, bootstrap_interval};

use crate::results::{RESAMPLES, SEED};

/// One measured number.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    task: String,
    metric: &'static str,
    interval: Interval,
    values: Vec<f64>,
}

impl Row {
    /// Averages `values` (in `[0, 1]`, one for each user or query) with a 95 % interval.
    pub(crate) fn mean(task: impl Into<String>, metric: &'static str, values: &[f64]) -> Self {
        let interval = bootstrap_interval(values, RESAMPLES, 0.95, SEED);
        Self {
            task: task.into(),
            metric,
            interval,
            values: values.to_vec(),
        }
    }

    pub(crate) fn task(&self) -> &str {
        &self.task
    }

    pub(crate) fn metric(&self) -> &'static str {
        self.metric
    }

    /// Returns what the mean was taken of.
    pub(crate) fn values(&self) -> &[f64] {
        &self.values
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

    pub(crate) fn encoder(&self) -> &str {
        &self.encoder
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
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
                row.values.len()
            )?;
        }
        Ok(())
    }
}
