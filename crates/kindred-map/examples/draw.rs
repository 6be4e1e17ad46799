//! Draws a map three ways and packs it for the served page, from a file or from synthetic papers:
//! `cargo run --release -p kindred-map --example draw -- FOLDER [PAPERS | points.jsonl] [dark]`.
//!
//! A line of `points.jsonl` has `x`, `y`, `id`, `title`, and if known `topics` (labels from coarse
//! to fine), `month` (`2026-11`, days are not read), `mark` (`liked`, `disliked`, `new`, `found`) and `strength`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use kindred_map::{
    MapInput, MapPoint, MapTopic, Mark, Month, Style, Theme, html, packed, png, svg,
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Deserialize;

#[derive(Deserialize, Clone)]
struct Row {
    x: f32,
    y: f32,
    id: String,
    title: String,
    #[serde(default)]
    topics: Vec<String>,
    #[serde(default)]
    month: Option<String>,
    #[serde(default)]
    mark: Option<String>,
    #[serde(default)]
    strength: Option<f32>,
}

#[expect(clippy::print_stdout, reason = "an example reports to its reader")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = Path::new(arguments.first().map_or(".", String::as_str));
    let source = arguments.get(1).map_or("2000", String::as_str);
    let rows = match source.parse::<usize>() {
        Ok(papers) => synthetic(papers),
        Err(_) => fs_err::read_to_string(source)?
            .lines()
            .map(serde_json::from_str)
            .collect::<Result<Vec<Row>, _>>()?,
    };
    let tree = Tree::of(&rows);
    let topics = tree.topics();
    let points: Vec<MapPoint<'_>> = rows.iter().map(|row| tree.point(row)).collect();
    let subtitle = format!("{} papers, {} topics", points.len(), topics.len());
    let input = MapInput {
        title: "A map of papers",
        subtitle: &subtitle,
        points: &points,
        topics: &topics,
    };
    let style = Style {
        theme: if arguments.iter().any(|word| word == "dark") {
            Theme::Dark
        } else {
            Theme::Light
        },
        ..Style::default()
    };
    let start = Instant::now();
    let report = |name: &str, bytes: &[u8]| -> std::io::Result<()> {
        let seconds = start.elapsed().as_secs_f32();
        fs_err::write(folder.join(name), bytes)?;
        println!("{name}: {} bytes after {seconds:.2} s", bytes.len());
        Ok(())
    };
    report("map.svg", svg(&input, &style)?.as_bytes())?;
    report("map.png", &png(&input, &style)?)?;
    report("map.html", html(&input, &style)?.as_bytes())?;
    let map = packed(&input)?;
    report("map.kmap", &map.points)?;
    report("map.json", map.facts.as_bytes())?;
    Ok(())
}

/// Topics by their path of labels.
struct Tree {
    paths: Vec<Vec<String>>,
    place: BTreeMap<Vec<String>, u32>,
    sizes: Vec<u64>,
}

impl Tree {
    fn of(rows: &[Row]) -> Self {
        let mut counts: BTreeMap<Vec<String>, u64> = BTreeMap::new();
        for row in rows {
            for level in 1..=row.topics.len().min(3) {
                *counts.entry(row.topics[..level].to_vec()).or_default() += 1;
            }
        }
        let paths: Vec<Vec<String>> = counts.keys().cloned().collect();
        Self {
            place: paths.iter().cloned().zip(0..).collect(),
            sizes: counts.into_values().collect(),
            paths,
        }
    }

    fn topics(&self) -> Vec<MapTopic<'_>> {
        let numbered = (0_u64..).zip(self.paths.iter().zip(&self.sizes));
        numbered
            .map(|(number, (path, &size))| MapTopic {
                number,
                label: path.last().map_or("", String::as_str),
                level: u8::try_from(path.len() - 1).unwrap_or(0),
                parent: (path.len() > 1).then(|| self.place[&path[..path.len() - 1]]),
                size,
            })
            .collect()
    }

    fn point<'a>(&self, row: &'a Row) -> MapPoint<'a> {
        let topic = |level: usize| row.topics.get(..level).map(|path| self.place[path]);
        MapPoint {
            position: [row.x, row.y],
            topics: [topic(1), topic(2), topic(3)],
            month: row.month.as_deref().and_then(|text| {
                let mut parts = text.split('-');
                Some(Month {
                    year: parts.next()?.parse().ok()?,
                    month: parts.next()?.parse().ok()?,
                })
            }),
            id: &row.id,
            title: &row.title,
            url: None,
            mark: match row.mark.as_deref() {
                Some("liked") => Mark::Liked,
                Some("disliked") => Mark::Disliked,
                Some("new") => Mark::New,
                Some("found") => Mark::Query,
                _ => Mark::None,
            },
            strength: row.strength.unwrap_or(1.0),
        }
    }
}

const FIELDS: [(&str, &[&str]); 12] = [
    (
        "large language models",
        &[
            "instruction tuning",
            "retrieval augmented generation",
            "chain of thought",
            "tokenizers",
            "long context",
            "alignment",
            "code generation",
        ],
    ),
    (
        "computer vision",
        &[
            "object detection",
            "diffusion models",
            "image segmentation",
            "video understanding",
            "3d reconstruction",
            "face recognition",
        ],
    ),
    (
        "reinforcement learning",
        &[
            "offline policies",
            "bandits",
            "multi-agent games",
            "reward shaping",
            "robot control",
        ],
    ),
    (
        "graph neural networks",
        &[
            "molecular property prediction",
            "link prediction",
            "oversmoothing",
            "knowledge graphs",
        ],
    ),
    (
        "quantum computing",
        &[
            "error correction codes",
            "variational circuits",
            "entanglement",
            "annealing",
        ],
    ),
    (
        "cosmology and dark matter",
        &[
            "weak lensing surveys",
            "hubble tension",
            "galaxy clusters",
            "axions",
        ],
    ),
    (
        "topological insulators",
        &[
            "twisted bilayer graphene",
            "majorana modes",
            "quantum hall effect",
            "superconductors",
        ],
    ),
    (
        "number theory",
        &[
            "elliptic curves",
            "prime gaps",
            "modular forms",
            "l-functions",
        ],
    ),
    (
        "privacy and federated learning",
        &[
            "differential privacy",
            "secure aggregation",
            "membership inference",
        ],
    ),
    (
        "distributed systems",
        &[
            "consensus protocols",
            "serverless scheduling",
            "storage engines",
            "stream processing",
        ],
    ),
    (
        "speech and audio",
        &[
            "speech recognition",
            "music generation",
            "speaker verification",
        ],
    ),
    (
        "medical imaging",
        &[
            "tumor segmentation",
            "radiology reports",
            "mri reconstruction",
            "pathology slides",
        ],
    ),
];
const DETAILS: [&str; 10] = [
    "benchmarks",
    "theory and bounds",
    "efficient inference",
    "robust training",
    "survey methods",
    "low-resource settings",
    "hardware acceleration",
    "evaluation metrics",
    "noise and uncertainty",
    "scaling laws",
];

/// A round heap of papers of one fine topic.
struct Clump {
    weight: f32,
    spot: [f32; 2],
    /// Where a thread of papers leads to.
    toward: [f32; 2],
    width: f32,
    path: Vec<String>,
}

/// A number with about a normal distribution.
fn normal(random: &mut ChaCha8Rng) -> f32 {
    (0..12).map(|_| random.random::<f32>()).sum::<f32>() - 6.0
}

/// Nested clumps whose sizes fall off as a power of their rank, with threads between them.
fn synthetic(papers: usize) -> Vec<Row> {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let clumps = clumps(&mut random);
    let total: f32 = clumps.iter().map(|clump| clump.weight).sum();
    (0..papers)
        .map(|number| {
            let mut pick = random.random::<f32>() * total;
            let chosen = clumps.iter().find(|clump| {
                pick -= clump.weight;
                pick <= 0.0
            });
            let clump = chosen.unwrap_or(&clumps[0]);
            row(&mut random, clump, number, papers)
        })
        .collect()
}

fn clumps(random: &mut ChaCha8Rng) -> Vec<Clump> {
    let mut clumps = Vec::new();
    for (rank, (field, parts)) in FIELDS.iter().enumerate() {
        let angle = rank as f32 * 2.4;
        let far = 3.1 * (rank as f32 + 0.6).sqrt();
        let center = [far * angle.cos(), far * angle.sin() * 0.8];
        let share = (rank as f32 + 1.5).powf(-0.8);
        for (part_rank, part) in parts.iter().enumerate() {
            let toward = center.map(|value| value + 1.1 * normal(random));
            let part_share = share * (part_rank as f32 + 1.0).powf(-0.7);
            for fine in 0..4_usize {
                let detail = DETAILS[(rank * 7 + part_rank * 3 + fine) % DETAILS.len()];
                let head = part.split(' ').next().unwrap_or("");
                clumps.push(Clump {
                    weight: part_share * (fine as f32 + 1.0).powf(-0.9),
                    spot: toward.map(|value| value + 0.42 * normal(random)),
                    toward,
                    width: 0.1 + 0.22 * random.random::<f32>(),
                    path: vec![
                        (*field).to_owned(),
                        (*part).to_owned(),
                        format!("{head} {detail}"),
                    ],
                });
            }
        }
    }
    clumps
}

fn row(random: &mut ChaCha8Rng, clump: &Clump, number: usize, papers: usize) -> Row {
    let along = if random.random::<f32>() < 0.15 {
        random.random::<f32>()
    } else {
        0.0
    };
    let far = if random.random::<f32>() < 0.08 {
        3.0
    } else {
        1.0
    };
    let [x, y] = [0, 1].map(|axis| {
        let thread = (clump.toward[axis] - clump.spot[axis]) * along;
        clump.spot[axis] + thread + far * clump.width * normal(random)
    });
    // Later months have more papers.
    let newest = (0..3).map(|_| random.random_range(0..120_u32)).max();
    let months = 2017 * 12 + newest.unwrap_or(0) - 1;
    let (year, month) = (months / 12, months % 12 + 1);
    let mark = match random.random_range(0..papers.max(400)) {
        0..20 => Some("liked"),
        20..30 => Some("disliked"),
        30..50 => Some("new"),
        50..60 => Some("found"),
        _ => None,
    };
    let [_, part, detail] = [0, 1, 2].map(|level| clump.path[level].as_str());
    Row {
        x,
        y,
        id: format!("{:02}{month:02}.{:05}", year % 100, number % 99_999),
        title: format!("On {detail} for {part}: $\\alpha_{{{number}}}$ & <b>friends</b>"),
        topics: clump.path.clone(),
        month: Some(format!("{year}-{month}")),
        mark: mark.map(str::to_owned),
        strength: Some(random.random::<f32>().sqrt()),
    }
}
