//! Scores taken apart, in the words of answers.

use std::collections::BTreeMap;

use kindred_core::PaperKey;
use kindred_rank::{Explanation, Lexicon, Seed};

use super::seeds::Seeds;
use super::training::Trained;
use crate::answer::{InterestView, Reason, TermReason};

/// Terms that name an interest.
const NAMING_TERMS: usize = 3;

/// Names the seed papers of an explanation.
pub(super) fn seed_reasons(
    explanation: &Explanation,
    seeds: &Seeds,
    titles: &BTreeMap<PaperKey, String>,
) -> Vec<Reason> {
    (explanation.parts.iter())
        .map(|part| {
            let (rated, rating) = match part.seed {
                Seed::Like(position) => (&seeds.likes[position], "like"),
                Seed::Dislike(position) => (&seeds.dislikes[position], "dislike"),
            };
            Reason {
                id: rated.id.clone(),
                title: titles.get(&rated.key).cloned().unwrap_or_default(),
                rating,
                similarity: part.similarity.get(),
                share: part.share,
            }
        })
        .collect()
}

/// Names the terms of an explanation.
pub(super) fn term_reasons(explanation: &Explanation, lexicon: &Lexicon) -> Vec<TermReason> {
    (explanation.terms.iter())
        .map(|part| TermReason {
            term: lexicon.term(part.term).to_owned(),
            share: part.share,
        })
        .collect()
}

/// Describes the interests of a set by the terms that most of their papers share and others do
/// not; none where there is only one.
pub(super) fn interests(trained: &Trained, lexicon: &Lexicon) -> Vec<InterestView> {
    let facets = &trained.facets;
    if facets.len() < 2 {
        return Vec::new();
    }
    let mut holding: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for (row, &facet) in trained.like_terms.iter().zip(facets.of_likes()) {
        for &(term, _) in row {
            holding.entry(term).or_insert_with(|| vec![0; facets.len()])[facet] += 1;
        }
    }
    let likes = trained.like_terms.len() as f64;
    (0..facets.len())
        .map(|facet| {
            let size = facets.sizes()[facet] as f64;
            let mut named: Vec<(f64, u32)> = (holding.iter())
                .map(|(&term, held)| {
                    let inside = held[facet] as f64;
                    let outside = held.iter().sum::<usize>() as f64 - inside;
                    let others = (likes - size).max(1.0);
                    // Difference of shares; a pair of words says more than a word.
                    let is_pair = lexicon.term(term).contains(' ');
                    let weight = if is_pair { 1.5 } else { 1.0 };
                    (weight * (inside / size - outside / others), term)
                })
                .collect();
            named.sort_by(|a, b| {
                (b.0.total_cmp(&a.0)).then_with(|| lexicon.term(a.1).cmp(lexicon.term(b.1)))
            });
            InterestView {
                number: facet + 1,
                size: facets.sizes()[facet],
                terms: distinct_terms(&named, lexicon),
            }
        })
        .collect()
}

/// The first terms that do not repeat a word of one before.
fn distinct_terms(named: &[(f64, u32)], lexicon: &Lexicon) -> Vec<String> {
    let mut terms: Vec<String> = Vec::with_capacity(NAMING_TERMS);
    for &(_, term) in named {
        let text = lexicon.term(term);
        let is_new = text.split(' ').all(|word| {
            (terms.iter()).all(|taken| taken.split(' ').all(|other| other != word))
        });
        if is_new {
            terms.push(text.to_owned());
        }
        if terms.len() == NAMING_TERMS {
            break;
        }
    }
    terms
}
