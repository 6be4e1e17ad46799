//! What changed between two texts, word by word.

use ::similar::{Algorithm, DiffTag, capture_diff_slices};

use crate::answer::{RunKind, TextRun};

/// Most words in both texts that are told as changed, because what stands on both sides of them
/// changed: texts that say something else still share an `and` or `of the`.
const SHORT: usize = 2;

/// Returns the words of both texts in one row: equal, removed from `old`, added in `new`. Empty if
/// the texts have the same words.
pub(super) fn difference(old: &str, new: &str) -> Vec<TextRun> {
    let old: Vec<&str> = old.split_whitespace().collect();
    let new: Vec<&str> = new.split_whitespace().collect();
    if old == new {
        return Vec::new();
    }
    // Whether the words are in both texts, and how many there are in each. The places that come
    // with them are not always those that the words before lead to.
    let steps: Vec<(bool, usize, usize)> = capture_diff_slices(Algorithm::Patience, &old, &new)
        .iter()
        .map(|step| {
            let is_equal = step.tag() == DiffTag::Equal;
            (is_equal, step.old_range().len(), step.new_range().len())
        })
        .collect();
    let mut runs = Vec::new();
    // The change that is under way, as places in both texts.
    let mut change = (0..0, 0..0);
    for (place, &(is_equal, before, after)) in steps.iter().enumerate() {
        let next = steps
            .get(place + 1)
            .map_or(0, |(_, before, after)| before + after);
        let is_passed_over =
            before <= SHORT && change.0.len() + change.1.len() > 2 * before && next > 2 * before;
        let end = (change.0.end + before, change.1.end + after);
        if is_equal && !is_passed_over {
            let kept = change.1.end..end.1;
            push(&mut runs, RunKind::Removed, &old[change.0]);
            push(&mut runs, RunKind::Added, &new[change.1]);
            push(&mut runs, RunKind::Equal, &new[kept]);
            change = (end.0..end.0, end.1..end.1);
        } else {
            change = (change.0.start..end.0, change.1.start..end.1);
        }
    }
    push(&mut runs, RunKind::Removed, &old[change.0]);
    push(&mut runs, RunKind::Added, &new[change.1]);
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

    #[test]
    fn short_words_between_large_changes_are_part_of_them() {
        let old = "two phases of driven lattices keep an edge and survive weak disorder";
        let new = "secure protocols of many clients sum gradients and tolerate lazy users";
        let runs = difference(old, new);
        let kinds: Vec<RunKind> = runs.iter().map(|run| run.kind).collect();
        assert_eq!(kinds, [RunKind::Removed, RunKind::Added], "{runs:?}");
        assert_eq!(side(&runs, RunKind::Added), old);
        assert_eq!(side(&runs, RunKind::Removed), new);
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
