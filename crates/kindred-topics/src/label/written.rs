//! The form in which a topic's papers write its terms.

use std::collections::BTreeMap;

use crate::label::corpus::{BREAK, Chunk, Corpus};
use crate::label::vocabulary::Vocabulary;
use crate::label::{LONGEST, Term, TermKey};
use crate::term::{Token, shown};

/// Papers of a topic that are read again, the strongest.
const PAPERS_READ_AGAIN: usize = 60;

/// Times that a term is looked at, more than enough to know its usual form.
const MAX_SEEN: u32 = 50;

/// Shows each term in the form that is most frequent in the strongest of the papers `members`.
pub(crate) fn show(terms: &mut [Term], corpus: &Corpus, members: &[u32]) {
    // Places of terms by their words.
    let mut places: Vec<(TermKey, usize)> = terms.iter().map(|term| term.key).zip(0..).collect();
    places.sort_unstable();
    let mut is_first = vec![false; corpus.vocabulary.len()];
    for (key, _) in &places {
        is_first[key[0] as usize] = true;
    }
    let mut seen = vec![0; terms.len()];
    let mut forms: BTreeMap<(usize, String), u32> = BTreeMap::new();
    for &row in members.iter().take(PAPERS_READ_AGAIN) {
        let (chunk, place) = Corpus::place(row);
        let chunk = &corpus.chunks()[chunk];
        let tokens = chunk.text(place);
        for (start, &token) in tokens.iter().enumerate() {
            let word = chunk.word(token);
            if word == BREAK || !is_first[word as usize] {
                continue;
            }
            each_term_from(&tokens[start..], chunk, &places, |place, tokens| {
                if seen[place] == MAX_SEEN {
                    return;
                }
                seen[place] += 1;
                // Where a capital is expected it is not known whether a word has one of its own.
                let is_plain = tokens.iter().all(|token| !token.is_capital_expected());
                let votes = if is_plain { 2 } else { 1 };
                *forms
                    .entry((place, written(tokens, chunk, &corpus.vocabulary)))
                    .or_default() += votes;
            });
        }
    }
    let mut best: Vec<u32> = vec![0; terms.len()];
    for ((place, form), votes) in forms {
        if votes > best[place] {
            best[place] = votes;
            terms[place].shown = form;
        }
    }
}

/// Calls `each` with the places of the terms that `tokens` start with, and the terms' tokens.
fn each_term_from(
    tokens: &[Token],
    chunk: &Chunk,
    places: &[(TermKey, usize)],
    mut each: impl FnMut(usize, &[Token]),
) {
    let mut key = [BREAK; LONGEST];
    for (length, &token) in (1..=LONGEST).zip(tokens) {
        key[length - 1] = chunk.word(token);
        // Terms that start with these words are next to each other.
        let first = places.partition_point(|(other, _)| other[..length] < key[..length]);
        let is_start = |(other, _): &&(TermKey, usize)| other[..length] == key[..length];
        if key[length - 1] == BREAK || !places.get(first).as_ref().is_some_and(is_start) {
            return;
        }
        if let Ok(found) = places.binary_search_by_key(&key, |&(other, _)| other) {
            each(places[found].1, &tokens[..length]);
        }
    }
}

/// Joins words as they were written.
fn written(tokens: &[Token], chunk: &Chunk, vocabulary: &Vocabulary) -> String {
    let mut joined = String::new();
    for (place, token) in tokens.iter().enumerate() {
        if place > 0 {
            joined.push(if token.is_tied() { '-' } else { ' ' });
        }
        let is_name = vocabulary.is_name(chunk.word(*token));
        let hides_capital = token.is_capital_expected() && !is_name;
        joined += &shown(chunk.written(*token), hides_capital);
    }
    joined
}
