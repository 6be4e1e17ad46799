//! What a new version changed, word by word, for reading.

use kindred_engine::answer::{RevisionView, RunKind, TextRun};

use crate::text::{isolated, readable};

/// Words shown on each side of a change.
const CONTEXT: usize = 4;
/// Stands for the words that were left out.
const GAP: &str = "…";

/// Returns the runs with their texts as `write` makes them; of words that stayed only the four
/// beside a change are kept, `…` stands for the others. Runs of which nothing is left are dropped.
pub fn abridged(runs: &[TextRun], write: impl Fn(&str) -> String) -> Vec<TextRun> {
    runs.iter()
        .enumerate()
        .map(|(place, run)| {
            let text = write(&run.text);
            let text = match run.kind {
                RunKind::Removed | RunKind::Added => text,
                RunKind::Equal => shortened(&text, place == 0, place + 1 == runs.len()),
            };
            TextRun {
                kind: run.kind,
                text,
            }
        })
        .filter(|run| !run.text.is_empty())
        .collect()
}

/// Returns the words of runs: those taken out as `[-old words-]`, those put in as `{+new+}`. Words
/// of right-to-left scripts are isolated.
pub fn marked_words(runs: &[TextRun]) -> Vec<(RunKind, String)> {
    let mut marked = Vec::new();
    for run in runs {
        let (open, close) = match run.kind {
            RunKind::Equal => ("", ""),
            RunKind::Removed => ("[-", "-]"),
            RunKind::Added => ("{+", "+}"),
        };
        let words: Vec<&str> = run.text.split(' ').collect();
        for (number, word) in words.iter().enumerate() {
            let open = if number == 0 { open } else { "" };
            let close = if number + 1 == words.len() { close } else { "" };
            marked.push((run.kind, format!("{open}{}{close}", isolated(word))));
        }
    }
    marked
}

/// Returns what changed in title and abstract as people read it, each with its label; nothing for
/// a text that is the same.
pub(crate) fn changes(revision: Option<&RevisionView>) -> Vec<(&'static str, Vec<TextRun>)> {
    let Some(revision) = revision else {
        return Vec::new();
    };
    [
        ("title:", &revision.title),
        ("abstract:", &revision.abstract_text),
    ]
    .into_iter()
    .map(|(label, runs)| (label, abridged(runs, readable)))
    .filter(|(_, runs)| runs.iter().any(|run| run.kind != RunKind::Equal))
    .collect()
}

/// Keeps of words that stayed those beside a change.
fn shortened(text: &str, is_first: bool, is_last: bool) -> String {
    let before = if is_first { 0 } else { CONTEXT };
    let after = if is_last { 0 } else { CONTEXT };
    let words: Vec<&str> = text.split(' ').collect();
    if words.len() <= before + after + 1 {
        return text.to_owned();
    }
    let mut kept = words[..before].to_vec();
    kept.push(GAP);
    kept.extend(&words[words.len() - after..]);
    kept.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(kind: RunKind, text: &str) -> TextRun {
        TextRun {
            kind,
            text: text.to_owned(),
        }
    }

    fn marked(runs: &[TextRun]) -> String {
        let words = marked_words(&abridged(runs, readable));
        let words: Vec<String> = words.into_iter().map(|(_, word)| word).collect();
        words.join(" ")
    }

    #[test]
    fn changes_stand_among_the_words_beside_them() {
        let runs = [
            run(RunKind::Equal, "one two three four five six"),
            run(RunKind::Removed, "old words"),
            run(RunKind::Added, r"new $\alpha$"),
            run(RunKind::Equal, "a b c d e f g h i j"),
            run(RunKind::Added, "end"),
            run(RunKind::Equal, "of it"),
        ];
        assert_eq!(
            marked(&runs),
            "… three four five six [-old words-] {+new α+} a b c d … g h i j {+end+} of it"
        );
    }

    #[test]
    fn what_nothing_is_left_of_is_no_change() {
        let invisible = run(RunKind::Added, "\u{202e}\u{2066}");
        let revision = |title| RevisionView {
            seen_version: Some(1),
            similarity: 0.5,
            title,
            abstract_text: Vec::new(),
        };
        let same = revision(vec![run(RunKind::Equal, "same"), invisible.clone()]);
        assert_eq!(changes(Some(&same)), []);
        let other = revision(vec![run(RunKind::Removed, "old"), invisible]);
        let removed = vec![run(RunKind::Removed, "old")];
        assert_eq!(changes(Some(&other)), [("title:", removed)]);
    }
}
