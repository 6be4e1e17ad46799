//! What changed between two texts, word by word.

use ::similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::answer::{RunKind, TextRun};

/// Returns the words of both texts in one row: equal, removed from `old`, added in `new`. Empty if
/// the texts have the same words.
pub(super) fn difference(old: &str, new: &str) -> Vec<TextRun> {
    let old: Vec<&str> = old.split_whitespace().collect();
    let new: Vec<&str> = new.split_whitespace().collect();
    if old == new {
        return Vec::new();
    }
    let mut runs = Vec::new();
    for operation in capture_diff_slices(Algorithm::Patience, &old, &new) {
        let (tag, before, after) = operation.as_tag_tuple();
        match tag {
            DiffTag::Equal => push(&mut runs, RunKind::Equal, &new[after]),
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                push(&mut runs, RunKind::Removed, &old[before]);
                push(&mut runs, RunKind::Added, &new[after]);
            }
        }
    }
    runs
}

fn push(runs: &mut Vec<TextRun>, kind: RunKind, words: &[&str]) {
    if !words.is_empty() {
        runs.push(TextRun {
            kind,
            text: words.join(" "),
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn side(runs: &[TextRun], dropped: RunKind) -> String {
        let texts: Vec<&str> = runs
            .iter()
            .filter(|run| run.kind != dropped)
            .map(|run| run.text.as_str())
            .collect();
        texts.join(" ")
    }

    #[test]
    fn changed_words_stand_between_those_that_stayed() {
        let runs = difference("we prove a weak bound", "we prove a strong bound here");
        let told: Vec<(RunKind, &str)> = runs
            .iter()
            .map(|run| (run.kind, run.text.as_str()))
            .collect();
        assert_eq!(
            told,
            [
                (RunKind::Equal, "we prove a"),
                (RunKind::Removed, "weak"),
                (RunKind::Added, "strong"),
                (RunKind::Equal, "bound"),
                (RunKind::Added, "here"),
            ]
        );
        assert_eq!(difference("a  b", "a b"), []);
    }

    proptest! {
        #[test]
        fn both_texts_can_be_read_from_the_runs(old in "[ab ]{0,30}", new in "[abc ]{0,30}") {
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let runs = difference(&old, &new);
            if words(&old) == words(&new) {
                prop_assert!(runs.is_empty());
            } else {
                prop_assert_eq!(side(&runs, RunKind::Added), words(&old));
                prop_assert_eq!(side(&runs, RunKind::Removed), words(&new));
            }
        }
    }
}
