//! How well the terms of topics belong together, and how far topics differ in them.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::topic::TopicText;

/// Returns for each topic the mean normalised pointwise mutual information of its terms, in
/// `[-1, 1]`; `None` for a topic without a pair of terms to compare.
///
/// `NPMI(a, b) = ln(p(a, b) / (p(a) p(b))) / -ln p(a, b)` (Bouma, "Normalized (pointwise) mutual
/// information in collocation extraction", 2009), where `p` is the share of `texts` that hold the
/// term, or both terms; -1 for terms that are never together, 1 for terms that are in every text.
///
/// A text holds a term if the term's words follow one another in its title or in its abstract.
/// Words are runs of letters and digits, case and diacritics ignored, plurals as written; a term of
/// one word is also found where it is all that is left of a written word without its punctuation
/// and accented letters (`lowrank` for `low-rank`), since some methods make their words like that.
/// Pairs where one term's words lie within the other's are left out: that they occur together says
/// nothing.
pub fn npmi_coherence(texts: &[TopicText<'_>], topics: &[Vec<String>]) -> Vec<Option<f64>> {
    let terms: BTreeSet<Vec<String>> = topics.iter().flatten().map(|term| words(term)).collect();
    let terms: Vec<Vec<String>> = terms.into_iter().collect();
    let holders = holders(texts, &terms);
    let place = |term: &String| {
        let own = words(term);
        terms.partition_point(|other| *other < own)
    };
    topics
        .iter()
        .map(|topic| {
            let places: Vec<usize> = topic.iter().map(place).collect();
            let mut values = Vec::new();
            for (position, &left) in places.iter().enumerate() {
                for &right in &places[position + 1..] {
                    if !is_within(&terms[left], &terms[right])
                        && !is_within(&terms[right], &terms[left])
                    {
                        values.push(npmi(&holders[left], &holders[right], texts.len()));
                    }
                }
            }
            let count = values.len() as f64;
            (!values.is_empty()).then(|| values.iter().sum::<f64>() / count)
        })
        .collect()
}

/// Returns the share of distinct terms among the terms of all topics, in `(0, 1]`: 1 if no two
/// topics have a term in common (Dieng, Ruiz and Blei, "Topic modeling in embedding spaces", 2020,
/// who take 25 terms of each). 1 if there are no terms.
pub fn topic_diversity(topics: &[Vec<String>]) -> f64 {
    let all = topics.iter().flatten().count();
    let distinct: BTreeSet<Vec<String>> = topics.iter().flatten().map(|term| words(term)).collect();
    if all == 0 {
        1.0
    } else {
        distinct.len() as f64 / all as f64
    }
}

/// Information that two terms give of each other, from the texts that hold them.
fn npmi(left: &[u32], right: &[u32], texts: usize) -> f64 {
    let both = common(left, right);
    if both == 0 {
        return -1.0;
    }
    if both == texts {
        return 1.0;
    }
    let share = |count: usize| count as f64 / texts as f64;
    let joint = share(both);
    (joint / (share(left.len()) * share(right.len()))).ln() / -joint.ln()
}

/// Number of values in both of two ascending lists.
fn common(left: &[u32], right: &[u32]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < left.len() && j < right.len() {
        match left[i].cmp(&right[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                count += 1;
                i += 1;
                j += 1;
            }
        }
    }
    count
}

/// Whether a term's words lie side by side within another's.
fn is_within(inner: &[String], outer: &[String]) -> bool {
    inner.is_empty() || outer.windows(inner.len()).any(|window| window == inner)
}

/// Returns for each term the texts that hold it, ascending.
fn holders(texts: &[TopicText<'_>], terms: &[Vec<String>]) -> Vec<Vec<u32>> {
    let mut starting: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, term) in terms.iter().enumerate() {
        if let Some(first) = term.first() {
            starting.entry(first).or_default().push(place);
        }
    }
    let mut holders: Vec<Vec<u32>> = vec![Vec::new(); terms.len()];
    let mut note = |place: usize, text: u32| {
        if holders[place].last() != Some(&text) {
            holders[place].push(text);
        }
    };
    for (number, text) in (0_u32..).zip(texts) {
        for part in [text.title, text.abstract_text] {
            let found = words(part);
            for (position, word) in found.iter().enumerate() {
                for &place in starting.get(word.as_str()).into_iter().flatten() {
                    if found[position..].starts_with(&terms[place]) {
                        note(place, number);
                    }
                }
            }
            for word in part.split_whitespace().filter_map(bare) {
                for &place in starting.get(word.as_str()).into_iter().flatten() {
                    if terms[place].len() == 1 {
                        note(place, number);
                    }
                }
            }
        }
    }
    holders
}

/// Runs of letters and digits in lower case without diacritics.
fn words(text: &str) -> Vec<String> {
    let folded: String = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        let letters = text.nfkd().filter(|&c| !is_combining_mark(c));
        letters.flat_map(char::to_lowercase).collect()
    };
    let words = folded.split(|c: char| !c.is_alphanumeric());
    words
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A written word without all that is no plain letter or digit; `None` where nothing goes.
fn bare(written: &str) -> Option<String> {
    let is_plain = written.chars().all(|c| c.is_ascii_alphanumeric());
    let left = written.chars().filter(char::is_ascii_alphanumeric);
    (!is_plain).then(|| left.collect::<String>().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts<'a>(abstracts: &[&'a str]) -> Vec<TopicText<'a>> {
        let text = |&abstract_text| TopicText {
            title: "",
            abstract_text,
        };
        abstracts.iter().map(text).collect()
    }

    fn topic(terms: &[&str]) -> Vec<String> {
        terms.iter().map(|&term| term.to_owned()).collect()
    }

    fn one(abstracts: &[&str], terms: &[&str]) -> Option<f64> {
        npmi_coherence(&texts(abstracts), &[topic(terms)])[0]
    }

    fn assert_near(found: Option<f64>, expected: f64) {
        let found = found.expect("there is a pair");
        assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
    }

    #[test]
    fn coherence_of_a_pair_by_hand() {
        // p(a) = 3/4, p(b) = 2/4, together 1/4: ln(2/3) / ln 4.
        let abstracts = ["a word", "a b", "b", "a"];
        assert_near(
            one(&abstracts, &["a", "b"]),
            (2.0_f64 / 3.0).ln() / 4.0_f64.ln(),
        );
    }

    #[test]
    fn coherence_has_its_extremes() {
        assert_near(one(&["a b", "b a", "c", ""], &["a", "b"]), 1.0);
        assert_near(one(&["a", "b", "c"], &["a", "b"]), -1.0);
        assert_near(one(&["a", "b"], &["a", "nowhere"]), -1.0);
        assert_near(one(&["a b", "b a"], &["a", "b"]), 1.0);
        // Independent: p(a) = p(b) = 1/2, together 1/4.
        assert_near(one(&["a b", "a", "b", "c"], &["a", "b"]), 0.0);
    }

    #[test]
    fn coherence_is_the_mean_over_pairs() {
        // (a, b) always together, (a, c) and (b, c) never.
        let found = one(&["a b", "b a", "c", "d"], &["a", "b", "c"]);
        assert_near(found, (1.0 - 1.0 - 1.0) / 3.0);
    }

    #[test]
    fn terms_are_word_sequences() {
        let abstracts = [
            "Low-rank matrices",
            "rank low matrices",
            "low rank",
            "other",
        ];
        // `low rank` is in the first and third: together once, shares 1/2 and 1/2.
        assert_near(one(&abstracts, &["low-rank", "matrices"]), 0.0);
        // Without its hyphen it is only in the first, where `matrices` is.
        let expected = (0.25_f64 / (0.25 * 0.5)).ln() / 4.0_f64.ln();
        assert_near(one(&abstracts, &["lowrank", "matrices"]), expected);
        // Not across the end of a title.
        let split = [
            TopicText {
                title: "very low",
                abstract_text: "rank matrices",
            },
            TopicText {
                title: "",
                abstract_text: "low rank",
            },
        ];
        let found = npmi_coherence(&split, &[topic(&["low rank", "matrices"])]);
        assert_near(found[0], -1.0);
    }

    #[test]
    fn diacritics_do_not_hide_a_word() {
        let abstracts = ["the Schr\u{f6}dinger equation", "an equation", "other"];
        let expected = one(
            &["Schrodinger equation", "equation", "other"],
            &["Schrodinger", "equation"],
        )
        .expect("a pair");
        for written in ["Schrodinger", "schro\u{308}dinger", "schrdinger"] {
            assert_near(one(&abstracts, &[written, "equation"]), expected);
        }
    }

    #[test]
    fn a_term_within_another_is_no_pair() {
        let abstracts = ["neural network", "network", "graph"];
        assert_eq!(one(&abstracts, &["neural network", "network"]), None);
        assert_eq!(one(&abstracts, &["network"]), None);
        assert_eq!(one(&abstracts, &[]), None);
        let with_third = one(&abstracts, &["neural network", "network", "graph"]);
        assert_near(with_third, -1.0);
    }

    #[test]
    fn diversity_is_the_share_of_distinct_terms() {
        let topics = [topic(&["a", "b"]), topic(&["B", "c"])];
        assert!((topic_diversity(&topics) - 0.75).abs() < 1e-12);
        assert!((topic_diversity(&topics[..1]) - 1.0).abs() < 1e-12);
        assert!((topic_diversity(&[]) - 1.0).abs() < 1e-12);
    }
}
