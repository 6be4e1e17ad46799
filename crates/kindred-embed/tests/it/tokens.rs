//! Token ids are those of the `tokenizers` crate on real abstracts.

use std::io::{BufRead, BufReader};
use std::path::Path;

use kindred_embed::{LoadOptions, ModelTokenizer};

use crate::support::{Paper, minilm, shared};

const CORPORA: [&str; 3] = [
    "corpus/arxiv-recent.jsonl.zst",
    "corpus/arxiv-1993-2019.jsonl.zst",
    "corpus/conferences.jsonl.zst",
];
/// Papers of each corpus; `KINDRED_TOKENS_EACH` sets another number.
const PAPERS_EACH: usize = 34_000;
/// Texts that may be left to the `tokenizers` crate: one in this many.
const RARE: usize = 1_000;

/// Papers of one corpus, taken at equal steps so that every year and archive is in.
fn papers(path: &Path, each: usize) -> Vec<Paper> {
    let lines = || {
        let file = fs_err::File::open(path).unwrap();
        BufReader::new(zstd::Decoder::new(file).unwrap()).lines()
    };
    let step = (lines().count() / each).max(1);
    lines()
        .step_by(step)
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap())
        .collect()
}

fn assert_same_ids(tokenizers: &[ModelTokenizer], path: &Path, each: usize) {
    let (mut texts, mut left) = (0, 0);
    for paper in papers(path, each) {
        let text = format!("{}. {}", paper.title, paper.summary);
        for tokenizer in tokenizers {
            let found = tokenizer.ids(&text).unwrap();
            let expected = tokenizer.library_ids(&text).unwrap();
            assert_eq!(found, expected, "{}", paper.id);
            left += usize::from(tokenizer.needs_library(&text));
            texts += 1;
        }
    }
    eprintln!(
        "{}: {texts} times the same ids, {left} times the crate was needed",
        path.display()
    );
    assert!(left <= texts / RARE, "{left} of {texts}");
}

#[test]
fn ids_are_those_of_the_tokenizers_crate_on_real_abstracts() {
    let options = LoadOptions::default();
    let mut tokenizers = vec![ModelTokenizer::of_built_in(&options).unwrap()];
    if let Some(folder) = minilm() {
        tokenizers.push(ModelTokenizer::of_folder(&folder, &options).unwrap());
    }
    let each = std::env::var("KINDRED_TOKENS_EACH").ok();
    let each = each.map_or(PAPERS_EACH, |each| each.parse().unwrap());
    for corpus in CORPORA {
        if let Some(path) = shared(corpus) {
            assert_same_ids(&tokenizers, &path, each);
        }
    }
}
