//! Token ids are those of the `tokenizers` crate on real abstracts.

use std::io::{BufRead, BufReader};
use std::path::Path;

use kindred_embed::{BuiltIn, LoadOptions, ModelTokenizer};
use rayon::prelude::*;

use crate::support::{Paper, minilm, shared};

const CORPORA: [&str; 3] = [
    "corpus/arxiv-recent.jsonl.zst",
    "corpus/arxiv-1993-2019.jsonl.zst",
    "corpus/conferences.jsonl.zst",
];
/// Papers of each corpus; `KINDRED_TOKENS_EACH` sets another number.
const PAPERS_EACH: usize = 34_000;
/// One paper in this many goes through every tokenizer, the others through that of `kindred-static`.
const EVERY_TOKENIZER: usize = 4;
/// Texts that may be left to the `tokenizers` crate: one in this many.
const RARE: usize = 1_000;

/// Texts of one corpus, taken at equal steps so that every year and archive is in.
fn texts(path: &Path, each: usize) -> Vec<(String, String)> {
    let lines = || {
        let file = fs_err::File::open(path).unwrap();
        BufReader::new(zstd::Decoder::new(file).unwrap()).lines()
    };
    let step = (lines().count() / each).max(1);
    let papers = lines().step_by(step);
    papers
        .map(|line| {
            let paper: Paper = serde_json::from_str(&line.unwrap()).unwrap();
            (paper.id, format!("{}. {}", paper.title, paper.summary))
        })
        .collect()
}

/// Number of texts, and of those that were left to the crate.
type Counts = (usize, usize);

fn compare(tokenizer: &ModelTokenizer, texts: &[(String, String)], step: usize) -> Counts {
    let each = texts.par_iter().step_by(step).map(|(id, text)| {
        let found = tokenizer.ids(text).unwrap();
        let expected = tokenizer.library_ids(text).unwrap();
        assert_eq!(found, expected, "{id}");
        (1, usize::from(tokenizer.needs_library(text)))
    });
    each.reduce(|| (0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1))
}

#[test]
fn ids_are_those_of_the_tokenizers_crate_on_real_abstracts() {
    let options = LoadOptions::default();
    let of_built_in = |built_in| ModelTokenizer::of_built_in(built_in, &options).unwrap();
    let mut tokenizers = vec![
        (1, of_built_in(BuiltIn::Static)),
        (EVERY_TOKENIZER, of_built_in(BuiltIn::Small)),
    ];
    if let Some(folder) = minilm() {
        let tokenizer = ModelTokenizer::of_folder(&folder, &options).unwrap();
        tokenizers.push((EVERY_TOKENIZER, tokenizer));
    }
    let each = std::env::var("KINDRED_TOKENS_EACH").ok();
    let each = each.map_or(PAPERS_EACH, |each| each.parse().unwrap());
    for corpus in CORPORA {
        let Some(path) = shared(corpus) else { continue };
        let texts = texts(&path, each);
        for (step, tokenizer) in &tokenizers {
            let (compared, left) = compare(tokenizer, &texts, *step);
            eprintln!("{corpus}: the same ids {compared} times, {left} times by the crate");
            assert!(left <= compared / RARE, "{left} of {compared}");
        }
    }
}
