//! From weighted terms to a label of two to four words.

use std::collections::BTreeSet;

use crate::label::weight::MIN_LOG_LIFT;
use crate::label::{Labelled, Term};
use crate::term::singulars;
use crate::topic::TopicText;

/// Words of a label: it is complete at the first number and never longer than the second.
const ENOUGH_WORDS: usize = 3;
const MAX_WORDS: usize = 4;
/// Characters of a title's word that a label shows; what is longer is cut.
const MAX_TITLE_WORD: usize = 40;
/// Terms behind the first that are left out at most to get another label.
const MAX_SKIPPED: usize = 8;
/// Two terms of three words are one of four if the rarer has this share of the other's count.
const CHAINED: f64 = 0.6;
/// Part that is left of the value of a term that the label above has.
const SAID: f64 = 0.4;
/// Letters that two words of one stem share at least.
const MIN_STEM: usize = 5;
/// Letters of the longest word that is taken for the first letters of a term.
const MAX_ACRONYM: usize = 5;
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

    /// Chooses for a topic with these papers, the strongest first, and terms, heaviest first, below
    /// a topic whose label has the terms `above`.
    pub(crate) fn choose(
        &mut self,
        members: &[u32],
        terms: Vec<Term>,
        above: &[String],
    ) -> Labelled {
        let (base, leading) = labels(&terms, above)
            .find(|(label, _)| !self.used.contains(&label.to_lowercase()))
            .unwrap_or_else(|| (from_title(self.texts, members), Vec::new()));
        let mut label = base.clone();
        let mut number = 1;
        while !self.used.insert(label.to_lowercase()) {
            number += 1;
            label = format!("{base} {number}");
        }
        let shown = terms.into_iter().take(self.term_limit);
        Labelled {
            label,
            leading,
            terms: shown.map(|term| (term.shown, term.weight)).collect(),
        }
    }
}

/// Drops terms that are mostly heard within a longer one, and longer ones whose parts say as much.
pub(crate) fn without_parts(mut terms: Vec<Term>) -> Vec<Term> {
    let chained = chained(&terms);
    terms.extend(chained);
    terms.sort_by(|a, b| {
        b.weight
            .total_cmp(&a.weight)
            .then_with(|| b.key.cmp(&a.key))
    });
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

/// Terms of four words, as the overlap of two of three words that are mostly used together: the
/// words of `physics-informed neural networks`.
fn chained(terms: &[Term]) -> Vec<Term> {
    let longest: Vec<&Term> = terms.iter().filter(|t| t.words().len() == 3).collect();
    let pairs = longest
        .iter()
        .flat_map(|&head| longest.iter().map(move |&tail| (head, tail)));
    pairs
        .filter(|(head, tail)| {
            let (few, many) = (head.count.min(tail.count), head.count.max(tail.count));
            head.words()[1..] == tail.words()[..2] && f64::from(few) >= CHAINED * f64::from(many)
        })
        .map(|(head, tail)| {
            let last = tail.plain.rsplit(' ').next().unwrap_or_default();
            let plain = format!("{} {last}", head.plain);
            Term {
                key: [head.key[0], head.key[1], head.key[2], tail.key[2]],
                count: head.count.min(tail.count),
                coverage: head.coverage.min(tail.coverage),
                weight: head.weight.max(tail.weight),
                log_lift: head.log_lift.min(tail.log_lift),
                shown: plain.clone(),
                plain,
            }
        })
        .collect()
}

/// Possible labels with their terms, best first: the terms of most value that do not repeat each
/// other, the same with one more, then without the second, the third and so on, then others in
/// front.
fn labels<'a>(
    terms: &'a [Term],
    above: &'a [String],
) -> impl Iterator<Item = (String, Vec<String>)> + 'a {
    let mut terms: Vec<(f64, &Term)> = terms
        .iter()
        .map(|term| (value(term, above), term))
        .collect();
    terms.sort_by(|a, b| (b.0.total_cmp(&a.0)).then_with(|| a.1.shown.cmp(&b.1.shown)));
    let attempts = (0..terms.len()).flat_map(|first| {
        let skips = (1..MAX_SKIPPED).map(move |skipped| (first, skipped, ENOUGH_WORDS));
        [(first, 0, ENOUGH_WORDS), (first, 0, MAX_WORDS)]
            .into_iter()
            .chain(skips)
    });
    attempts.filter_map(move |(first, skipped, enough)| {
        let (&(_, leading), rest) = terms[first..].split_first()?;
        let mut chosen = vec![leading];
        let mut words = leading.words().len();
        for &(_, term) in rest.iter().skip(skipped) {
            if words >= enough {
                break;
            }
            let length = term.words().len();
            if words + length <= MAX_WORDS && !chosen.iter().any(|other| repeats(other, term)) {
                chosen.push(term);
                words += length;
            }
        }
        let shown: Vec<&str> = chosen.iter().map(|term| term.shown.as_str()).collect();
        let plain = chosen.iter().map(|term| term.plain.clone()).collect();
        (words >= 2).then(|| (shown.join(", "), plain))
    })
}

/// What a term is worth in a label below one of the terms `above`.
///
/// A label prefers terms of several words, which say more, terms of many of the papers, and those
/// that set the topic apart from its siblings rather than from the corpus. What the label above
/// says needs no saying again.
fn value(term: &Term, above: &[String]) -> f64 {
    let words = term.words().len() as f64;
    let lift = term.log_lift.max(MIN_LOG_LIFT);
    let value = term.weight * (words.powi(3) * term.coverage * lift).sqrt();
    if is_said(term, above) {
        SAID * value
    } else {
        value
    }
}

/// Whether every word of a term is in the label above, or the term is short for it.
fn is_said(term: &Term, above: &[String]) -> bool {
    let is_in = |part: &str| {
        (above.iter()).any(|other| parts(other).any(|other| have_one_stem(other, part)))
    };
    parts(&term.plain).all(is_in) || above.iter().any(|other| is_short_for(&term.plain, other))
}

/// Whether two terms say the same in part: they share a word or its stem, or one is short for the
/// other.
fn repeats(left: &Term, right: &Term) -> bool {
    let has_stem = parts(&left.plain).any(|a| parts(&right.plain).any(|b| have_one_stem(a, b)));
    has_stem || is_short_for(&left.plain, &right.plain) || is_short_for(&right.plain, &left.plain)
}

fn parts(plain: &str) -> impl Iterator<Item = &str> {
    plain.split([' ', '-'])
}

/// Whether two words start alike and part late: `cluster` and `clustering`, `star` and `stars`.
fn have_one_stem(left: &str, right: &str) -> bool {
    let pairs = left.chars().zip(right.chars());
    let common = pairs.take_while(|(a, b)| a == b).count();
    let shorter = left.chars().count().min(right.chars().count());
    left == right || (common >= MIN_STEM && common + 2 >= shorter) || {
        let (short, long) = if left.len() < right.len() {
            (left, right)
        } else {
            (right, left)
        };
        singulars(long).iter().any(|singular| singular == short)
    }
}

/// Whether a word is made of the first letters of a term's words, perhaps behind others: `gnn` of
/// `graph neural network`, `llm` of `language model`.
fn is_short_for(word: &str, term: &str) -> bool {
    let initials: String = parts(term).filter_map(|part| part.chars().next()).collect();
    !word.contains(' ')
        && initials.chars().count() >= 2
        && word.chars().count() <= MAX_ACRONYM
        && (word.ends_with(&initials) || word.trim_end_matches('s').ends_with(&initials))
}

/// The first words of the first paper's title, for topics whose words say nothing.
fn from_title(texts: &[TopicText<'_>], members: &[u32]) -> String {
    let title = members.first().map_or("", |&row| texts[row as usize].title);
    let words: Vec<String> = title
        .split_whitespace()
        .take(MAX_WORDS)
        .map(|word| match word.char_indices().nth(MAX_TITLE_WORD) {
            Some((end, _)) => format!("{}…", &word[..end]),
            None => word.to_owned(),
        })
        .collect();
    if words.is_empty() {
        "untitled papers".to_owned()
    } else {
        words.join(" ")
    }
}
