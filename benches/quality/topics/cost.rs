//! Time and memory from vectors and texts to labels.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use serde::Deserialize;

use super::sets::SetName;

/// What a run cost.
#[derive(Debug, Deserialize)]
struct Cost {
    method: String,
    threads: usize,
    papers: usize,
    wall_s: f64,
    cpu_s: f64,
    peak_kib: u64,
    #[serde(default)]
    stages: BTreeMap<String, Part>,
}

#[derive(Debug, Deserialize)]
struct Part {
    cpu_s: f64,
}

/// A row for each method and set: ours is measured now, in a process of its own.
pub(super) fn table(folder: &Path, names: &[SetName]) -> Result<String> {
    let mut out = String::from(
        "### Time and memory, from vectors and texts to labels\n\nWhat is compiled at first use is \
         compiled before, files are read before. Memory is the peak of the process; layouts in two \
         dimensions are apart.\n\n\
         | set | papers | method | threads | wall s | CPU s | peak MiB | CPU s of parts |\n\
         |---|---|---|---|---|---|---|---|\n",
    );
    for name in names {
        let set = folder.join(name.as_str());
        let mut costs = Vec::new();
        if set.join("meta.json").exists() {
            costs.push(ours(&set)?);
        }
        let results = folder.join("results");
        for file in [
            "bertopic/SET/speed-0.json",
            "hdbscan-vectors/SET/seed-0.json",
            "umap-learn/SET/seed-0.json",
            "umap-learn/SET/speed-0.json",
        ] {
            let path = results.join(file.replace("SET", name.as_str()));
            if path.exists() {
                let text = fs_err::read_to_string(&path)?;
                let cost = serde_json::from_str(&text);
                costs.push(cost.with_context(|| format!("{} is no result", path.display()))?);
            }
        }
        for cost in costs {
            out += &cost.row(name.as_str());
        }
    }
    Ok(out)
}

fn ours(set: &Path) -> Result<Cost> {
    let program = std::env::current_exe()?.with_file_name("topics_speed");
    let output = Command::new(&program)
        .arg(set)
        .output()
        .with_context(|| format!("running {}", program.display()))?;
    ensure!(
        output.status.success(),
        "{} failed: {}",
        program.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).context("reading what `topics_speed` prints")
}

impl Cost {
    fn row(&self, set: &str) -> String {
        let mut parts = String::new();
        for (name, part) in &self.stages {
            let comma = if parts.is_empty() { "" } else { ", " };
            let _ = write!(parts, "{comma}{name} {:.1}", part.cpu_s);
        }
        format!(
            "| {set} | {} | {} | {} | {:.1} | {:.1} | {} | {parts} |\n",
            self.papers,
            self.method,
            self.threads,
            self.wall_s,
            self.cpu_s,
            self.peak_kib / 1_024
        )
    }
}
