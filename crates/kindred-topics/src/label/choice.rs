//! From weighted terms to a label of two to four words.

use std::collections::BTreeSet;

use crate::label::{Labelled, Term};
use crate::topic::TopicText;

/// Words of a label: it is complete at the first number and never longer than the second.
const ENOUGH_WORDS: usize = 3;
const MAX_WORDS: usize = 4;
/// A term within a longer one gives way if the longer one accounts for this share of it.
const GIVES_WAY: f64 = 0.4;

/// Chooses terms and labels, topic by topic; later topics avoid the labels of earlier ones.
pub(crate) struct Choice<'a> {
    texts: &'a [TopicText<'a>],
    term_limit: usize,
    used: BTreeSet<String>,
}

impl<'a> Choice<'a> {
    pub(crate) fn new(texts: &'a [TopicText<'a>], term_limit: usize) -> Self {
        Self {
            texts,
            term_limit,
            used: BTreeSet::new(),
        }
    }

    /// Chooses for a topic with these papers, the strongest first, and terms, heaviest first.
    pub(crate) fn choose(&mut self, members: &[u32], terms: Vec<Term>) -> Labelled {
        let base = labels(&terms)
            .find(|label| !self.used.contains(&label.to_lowercase()))
            .unwrap_or_else(|| from_title(self.texts, members));
        let mut label = base.clone();
        let mut number = 1;
        while !self.used.insert(label.to_lowercase()) {
            number += 1;
            label = format!("{base} {number}");
        }
        let shown = terms.into_iter().take(self.term_limit);
        Labelled {
            label,
            terms: shown.map(|term| (term.shown, term.weight)).collect(),
        }
    }
}

/// Drops terms that are mostly heard within a longer one, and longer ones whose parts say as much.
pub(crate) fn without_parts(terms: Vec<Term>) -> Vec<Term> {
    let is_within = |short: &Term, long: &Term| {
        let (short, long) = (short.words(), long.words());
        short.len() < long.len() && long.windows(short.len()).any(|part| part == short)
    };
    let gives_way: Vec<bool> = terms
        .iter()
        .map(|term| {
            terms.iter().any(|other| {
                is_within(term, other)
                    && f64::from(other.count) >= GIVES_WAY * f64::from(term.count)
            })
        })
        .collect();
    let mut kept: Vec<Term> = Vec::new();
    for (term, gives_way) in terms.into_iter().zip(gives_way) {
        let is_repeated = kept
            .iter()
            .any(|other| is_within(other, &term) || is_within(&term, other));
        if !gives_way && !is_repeated {
            kept.push(term);
        }
    }
    kept
}

/// Possible labels, best first: the heaviest terms that fit together, then without the second,
/// the third and so on.
///
/// A label prefers terms of several words, which say more, and terms of many of the papers over
/// those that few papers repeat.
fn labels(terms: &[Term]) -> impl Iterator<Item = String> + '_ {
    let mut terms: Vec<&Term> = terms.iter().collect();
    let value = |term: &Term| term.weight * term.words().len() as f64 * term.coverage.sqrt();
    terms.sort_by(|a, b| (value(b).total_cmp(&value(a))).then_with(|| a.shown.cmp(&b.shown)));
    (0..terms.len()).filter_map(move |skipped| {
        let mut chosen: Vec<&Term> = Vec::new();
        let mut words = 0;
        for (place, term) in terms.iter().enumerate() {
            let is_skipped = skipped > 0 && (1..=skipped).contains(&place);
            let is_shared = chosen.iter().any(|other| overlaps(other, term));
            let length = term.words().len();
            if is_skipped || is_shared || words + length > MAX_WORDS {
                continue;
            }
            chosen.push(term);
            words += length;
            if words >= ENOUGH_WORDS {
                break;
            }
        }
        let shown: Vec<&str> = chosen.iter().map(|term| term.shown.as_str()).collect();
        (words >= 2).then(|| shown.join(", "))
    })
}

fn overlaps(left: &Term, right: &Term) -> bool {
    left.words().iter().any(|word| right.words().contains(word))
}

/// The first words of the first paper's title, for topics whose words say nothing.
fn from_title(texts: &[TopicText<'_>], members: &[u32]) -> String {
    let title = members.first().map_or("", |&row| texts[row as usize].title);
    let words: Vec<&str> = title.split_whitespace().take(MAX_WORDS).collect();
    if words.is_empty() {
        "untitled papers".to_owned()
    } else {
        words.join(" ")
    }
}
