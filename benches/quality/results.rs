//! Results of single questions, kept between runs, and the tables made of them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use kindred_rank::metrics::{Interval, bootstrap_interval, paired_difference};
use serde::Serialize;

/// Bootstrap resamples of every interval.
pub(crate) const RESAMPLES: usize = 1_000;
/// Seed of the bootstrap.
pub(crate) const SEED: u64 = 20_260_407;

/// Where finished work is kept: one file for each ranker of each protocol.
#[derive(Debug)]
pub(crate) struct Results {
    folder: PathBuf,
}

/// One ranker's values: for each unit that intervals are drawn over (a user, a review), one number
/// for each measure.
pub(crate) type Values = Vec<Vec<f64>>;

impl Results {
    pub(crate) fn open(folder: &Path) -> Result<Self> {
        fs_err::create_dir_all(folder)?;
        Ok(Self {
            folder: folder.to_owned(),
        })
    }

    /// Returns the values under this key, which names all that they depend on; computes and keeps
    /// them where there are none.
    pub(crate) fn get(
        &self,
        key: &str,
        compute: impl FnOnce() -> Result<Values>,
    ) -> Result<Values> {
        let name = blake3::hash(key.as_bytes()).to_hex();
        let path = self.folder.join(format!("{}.json", &name[..24]));
        if path.exists() {
            let text = fs_err::read_to_string(&path)?;
            return serde_json::from_str(&text)
                .with_context(|| format!("{} is no result, delete it", path.display()));
        }
        let values = compute()?;
        let half = path.with_extension("part");
        fs_err::write(&half, serde_json::to_string(&values)?)?;
        fs_err::rename(&half, &path)?;
        Ok(values)
    }
}

/// A table of rankers, the first of which is compared with the others.
#[derive(Debug, Serialize)]
pub(crate) struct Comparison {
    pub(crate) encoder: String,
    pub(crate) task: String,
    /// What one value was measured on: `users`, `reviews`.
    pub(crate) unit: &'static str,
    pub(crate) units: usize,
    pub(crate) measures: Vec<&'static str>,
    pub(crate) rankers: Vec<RankerRow>,
    /// The first measure of each ranker, one value for each unit, or for each part of a unit so
    /// weighed that the mean is the same.
    #[serde(skip)]
    pub(crate) values: Vec<(String, Vec<f64>)>,
}

/// One ranker's numbers, in percent.
#[derive(Debug, Serialize)]
pub(crate) struct RankerRow {
    pub(crate) name: String,
    pub(crate) means: Vec<Range>,
    /// How far the first ranker lies above this one; absent for the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) behind: Option<Vec<Range>>,
}

/// A mean with its 95 % interval.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Range {
    pub(crate) mean: f64,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl From<Interval> for Range {
    fn from(interval: Interval) -> Self {
        Self {
            mean: 100.0 * interval.mean,
            low: 100.0 * interval.low,
            high: 100.0 * interval.high,
        }
    }
}

impl Comparison {
    pub(crate) fn new(
        (encoder, task): (&str, &str),
        unit: &'static str,
        measures: &[&'static str],
        values: &[(String, Values)],
    ) -> Self {
        let column = |values: &Values, measure: usize| -> Vec<f64> {
            values.iter().map(|unit| unit[measure]).collect()
        };
        let rankers = values
            .iter()
            .enumerate()
            .map(|(place, (name, own))| RankerRow {
                name: name.clone(),
                means: (0..measures.len())
                    .map(|measure| {
                        bootstrap_interval(&column(own, measure), RESAMPLES, 0.95, SEED).into()
                    })
                    .collect(),
                behind: (place > 0).then(|| {
                    (0..measures.len())
                        .map(|measure| {
                            let first = column(&values[0].1, measure);
                            let own = column(own, measure);
                            paired_difference(&first, &own, RESAMPLES, 0.95, SEED).into()
                        })
                        .collect()
                }),
            });
        Self {
            encoder: encoder.to_owned(),
            task: task.to_owned(),
            unit,
            units: values.first().map_or(0, |(_, values)| values.len()),
            measures: measures.to_vec(),
            rankers: rankers.collect(),
            values: (values.iter())
                .map(|(name, values)| (name.clone(), column(values, 0)))
                .collect(),
        }
    }
}

/// As Markdown.
impl fmt::Display for Comparison {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            encoder,
            task,
            units,
            unit,
            ..
        } = self;
        write!(out, "### {encoder}: {task} ({units} {unit})\n\n| ranker |")?;
        let first = self.rankers.first().map_or("", |row| row.name.as_str());
        for measure in &self.measures {
            write!(out, " {measure} | {first} above it |")?;
        }
        write!(out, "\n|---|{}", "---|---|".repeat(self.measures.len()))?;
        for row in &self.rankers {
            write!(out, "\n| {} |", row.name)?;
            for (measure, range) in row.means.iter().enumerate() {
                let Range { mean, low, high } = range;
                write!(out, " {mean:.1} ({low:.1} to {high:.1}) |")?;
                match row.behind.as_ref().map(|behind| behind[measure]) {
                    Some(Range { mean, low, high }) => {
                        write!(out, " {mean:+.1} ({low:+.1} to {high:+.1}) |")?;
                    }
                    None => out.write_str(" |")?,
                }
            }
        }
        writeln!(out)
    }
}

/// Averages values of repeated draws of one unit: `(unit, values)` in any order, units ascending.
pub(crate) fn by_unit(values: Vec<(usize, Vec<f64>)>) -> Values {
    let mut grouped: BTreeMap<usize, Vec<Vec<f64>>> = BTreeMap::new();
    for (unit, values) in values {
        grouped.entry(unit).or_default().push(values);
    }
    (grouped.into_values())
        .map(|draws| {
            let count = draws.len() as f64;
            (0..draws[0].len())
                .map(|measure| draws.iter().map(|draw| draw[measure]).sum::<f64>() / count)
                .collect()
        })
        .collect()
}
